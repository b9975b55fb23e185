/* The address of somebody else's server, as a person wrote it, and whether anything may be sent there. A name is judged when
 * it is written, and what it leads to when the connection is made: names change (DNS rebinding). */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/proxy.h"

enum { TARGET_MAX = 2048 };

struct target {
	bool https;
	const char *host; /* lower case, IPv6 without its brackets */
	int port;
	const char *origin; /* "https://example.org:8443": without the path, which may hold a secret */
	bool is_ip;
	struct ip ip; /* when it is */
};

struct target_rules {
	bool http; /* http:// is taken too */
	bool any_address; /* addresses need not be public */
	struct proxy_list allowed; /* networks that are taken all the same */
};

/* Reads an absolute http or https URL of visible ASCII: no user name, no fragment, a host that is a name or an address in its
 * one spelling, a port that other services do not have. NULL when it is right, else what is wrong ("must ..."). */
const char *target_parse(struct arena *a, const char *url, struct target *out);
/* NULL when it may be tried, else what is wrong. */
const char *target_refused(struct arena *a, const struct target *t, const struct target_rules *rules);
/* The same of an address that is to be connected to: what it is ("loopback"). */
const char *target_ip_refused(const struct ip *ip, const struct target_rules *rules);

#endif
