/* A client's side of TLS over a socket that does not block, for threads that wait with poll(). TLS 1.2 and 1.3; the other
 * side must show a certificate for its name by somebody who is trusted. */
#ifndef NET_TLS_CLIENT_H
#define NET_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct tls_client;

/* On a connected socket, which stays the caller's. `host` is the name (or address) that the certificate must have; `ca_file`
 * holds whom to trust, NULL or "": the system's. NULL and *why (a sentence that lives as long as the program). */
struct tls_client *tls_client_new(int fd, const char *host, const char *ca_file, const char **why);
void tls_client_free(struct tls_client *t); /* says no good-bye: the other side may hang; NULL is allowed */

enum tls_step { TLS_STEP_DONE, TLS_STEP_READ, TLS_STEP_WRITE, TLS_STEP_FAILED };
/* Each does what it can at once: DONE, or what the socket must be ready for before it is called again. */
enum tls_step tls_client_greet(struct tls_client *t);
enum tls_step tls_client_read(struct tls_client *t, void *p, size_t cap, size_t *n);
enum tls_step tls_client_write(struct tls_client *t, const void *p, size_t n, size_t *sent);

/* Why it failed, as a sentence; borrowed until this thread's next one. */
const char *tls_client_why(struct tls_client *t);

#endif
