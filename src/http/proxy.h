/* Who the client is behind trusted proxies. Only a peer on the list is believed, and of what it passes on only the part
 * that trusted proxies wrote themselves: the chain is read from the right, and the first address that is not trusted is
 * the client. What a client puts in front of the chain is never reached. */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "base/arena.h"
#include "base/err.h"
#include "http/ip.h"

struct proxy_net {
	struct ip net;
	int bits; /* 0 to 128 */
};
struct proxy_list {
	struct proxy_net *nets;
	size_t n;
	bool local; /* "unix": peers on a unix socket */
};

/* Reads "127.0.0.1, 10.0.0.0/8, ::1, fd00::/8, unix"; "" is nobody. ERR_INVALID and *why a sentence when a part is
 * malformed or has bits behind its mask ("10.0.0.1/8" is nearly always a slip). */
err_t proxy_list_parse(struct arena *a, const char *text, struct proxy_list *out, const char **why) CHECKED;
bool proxy_trusts(const struct proxy_list *trusted, const struct ip *ip);

/* Values of the request's headers, NULL when absent. Repeated ones must all be here, joined in order: field_join(). */
struct proxy_headers {
	const char *x_forwarded_for, *forwarded, *x_forwarded_proto;
};
struct proxy_peer {
	bool local; /* on a unix socket; ip is not used */
	struct ip ip;
	bool secure; /* it speaks TLS with us */
};
struct proxy_client {
	bool known; /* false: a peer on a unix socket of which nothing is said */
	struct ip ip;
	bool secure;
};

/* The client of a request. A malformed or contradicting chain (X-Forwarded-For and Forwarded that disagree, "unknown",
 * an address that cannot be read) makes the peer the client. `secure` is what the trusted peer says of the way to it:
 * X-Forwarded-Proto counts as https only when all its values are; without a word it is the peer's own. */
struct proxy_client proxy_client(
	const struct proxy_list *trusted, const struct proxy_peer *peer, const struct proxy_headers *said);

#endif
