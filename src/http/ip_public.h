/* Which addresses are somebody's on the public Internet. A server that fetches or posts to what it is told must go nowhere
 * else: not to itself, not into its own network, not to the metadata service of its cloud; nor by an address that only
 * translates to one of those. */
#ifndef HTTP_IP_PUBLIC_H
#define HTTP_IP_PUBLIC_H

#include "http/ip.h"

/* NULL for an address that is public; else what it is, in a word or two: "loopback", "private". Addresses that carry an
 * IPv4 address (IPv4-mapped, NAT64, 6to4, Teredo, ISATAP) are judged by that one too. */
const char *ip_not_public(const struct ip *ip);

#endif
