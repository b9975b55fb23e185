/* Addresses of clients. One form for both families: IPv4 is kept as IPv4-mapped IPv6, so that "::ffff:192.0.2.1" and
 * "192.0.2.1" are one client and not two. */
#ifndef HTTP_IP_H
#define HTTP_IP_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct ip {
	uint8_t b[16]; /* comparable with memcmp */
};

enum { IP_TEXT = 46 };

/* Reads n bytes "192.0.2.1" or "2001:db8::1": no brackets, port, zone or blanks; four decimal numbers without leading
 * zeros. */
bool ip_parse(const char *s, size_t n, struct ip *out);
/* The same, also "192.0.2.1:80", "[2001:db8::1]" and "[2001:db8::1]:80". */
bool ip_parse_node(const char *s, size_t n, struct ip *out);
/* False for an address that is neither IPv4 nor IPv6 (a unix socket). */
bool ip_from_sockaddr(const struct sockaddr *sa, struct ip *out);
/* Text in the shortest form (RFC 5952), IPv4 with dots; returns its length. */
size_t ip_format(const struct ip *ip, char out[static IP_TEXT]);

bool ip_is_v4(const struct ip *ip);
bool ip_same(const struct ip *a, const struct ip *b);
bool ip_in(const struct ip *ip, const struct ip *net, int bits); /* bits of the 128 that count */
/* What counts as one client for caps: the address itself for IPv4, its /64 for IPv6 (one household has all of it). */
struct ip ip_block(const struct ip *ip);
/* The same as a text, for an address as a text: an IPv4 address as it is, "2001:db8::/64". */
const char *ip_block_text(struct arena *a, const char *ip);

#endif
