/* A cap on how many connections one client may hold, where a client is a key of 16 bytes (an address or a network).
 * Shared by all loops; safe between threads. */
#ifndef NET_CAP_H
#define NET_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAP_KEY = 16 };

struct cap;
struct cap *cap_new(int each); /* at most `each` at a time; NULL when 0: no cap */
void cap_free(struct cap *c); /* NULL is allowed, here and below */
/* False when the client holds as many as it may. Each true must be given back. */
bool cap_take(struct cap *c, const uint8_t key[static CAP_KEY]);
void cap_give(struct cap *c, const uint8_t key[static CAP_KEY]);
size_t cap_clients(struct cap *c); /* that hold one or more */

#endif
