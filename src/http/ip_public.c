#include "http/ip_public.h"

#include <string.h>

/* The IANA registries of special-purpose addresses (RFC 6890), what was reserved since, and what is no unicast. */
struct net {
	struct ip ip;
	int bits;
	const char *what;
};
#define V4(a, b, c, d, bits_) { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d } }, 96 + (bits_)
#define V6(bits_, ...) { { __VA_ARGS__ } }, bits_

static const struct net special_v4[] = {
	{ V4(0, 0, 0, 0, 8), "this network" }, /* RFC 791 section 3.2; Linux connects 0.0.0.0 to itself */
	{ V4(10, 0, 0, 0, 8), "private" }, /* RFC 1918 */
	{ V4(100, 64, 0, 0, 10), "shared by a provider" }, /* RFC 6598 */
	{ V4(127, 0, 0, 0, 8), "loopback" }, /* RFC 1122 section 3.2.1.3 */
	{ V4(169, 254, 0, 0, 16), "link-local" }, /* RFC 3927; 169.254.169.254 is the metadata service of clouds */
	{ V4(172, 16, 0, 0, 12), "private" }, /* RFC 1918 */
	{ V4(192, 0, 0, 0, 24), "reserved" }, /* RFC 6890: IETF protocol assignments */
	{ V4(192, 0, 2, 0, 24), "documentation" }, /* RFC 5737 */
	{ V4(192, 88, 99, 0, 24), "a relay to 6to4" }, /* RFC 7526 */
	{ V4(192, 168, 0, 0, 16), "private" }, /* RFC 1918 */
	{ V4(198, 18, 0, 0, 15), "benchmarking" }, /* RFC 2544 */
	{ V4(198, 51, 100, 0, 24), "documentation" }, /* RFC 5737 */
	{ V4(203, 0, 113, 0, 24), "documentation" }, /* RFC 5737 */
	{ V4(224, 0, 0, 0, 4), "multicast" }, /* RFC 5771 */
	{ V4(240, 0, 0, 0, 4), "reserved" }, /* RFC 1112 section 4; 255.255.255.255 is broadcast */
};

static const struct net special_v6[] = {
	{ V6(127, 0), "loopback" }, /* :: and ::1, RFC 4291 section 2.5 */
	{ V6(96, 0), "IPv4-compatible" }, /* RFC 4291 section 2.5.5.1 */
	{ V6(48, 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01), "a translation of a private network" }, /* RFC 8215 */
	{ V6(64, 0x01, 0x00), "discarded" }, /* RFC 6666 */
	{ V6(48, 0x20, 0x01, 0x00, 0x02), "benchmarking" }, /* RFC 5180 */
	{ V6(28, 0x20, 0x01, 0x00, 0x10), "an identifier" }, /* ORCHID, RFC 4843 */
	{ V6(28, 0x20, 0x01, 0x00, 0x20), "an identifier" }, /* ORCHIDv2, RFC 7343 */
	{ V6(32, 0x20, 0x01, 0x0d, 0xb8), "documentation" }, /* RFC 3849 */
	{ V6(20, 0x3f, 0xff), "documentation" }, /* RFC 9637 */
	{ V6(16, 0x5f, 0x00), "segment routing" }, /* RFC 9602 */
	{ V6(7, 0xfc), "private" }, /* unique local, RFC 4193 */
	{ V6(10, 0xfe, 0x80), "link-local" }, /* RFC 4291 section 2.5.6 */
	{ V6(10, 0xfe, 0xc0), "site-local" }, /* RFC 3879 */
	{ V6(8, 0xff), "multicast" }, /* RFC 4291 section 2.7 */
};

/* Where an address carries one of IPv4, to which somebody on the way translates or tunnels. */
static const struct carrier {
	struct net net;
	size_t at;
	bool flipped; /* all its bits */
} carriers[] = {
	{ { V6(96, 0x00, 0x64, 0xff, 0x9b), "NAT64" }, 12, false }, /* RFC 6052 section 2.1 */
	{ { V6(16, 0x20, 0x02), "6to4" }, 2, false }, /* RFC 3056 */
	{ { V6(32, 0x20, 0x01, 0x00, 0x00), "Teredo" }, 4, false }, /* RFC 4380 section 4: the server */
	{ { V6(32, 0x20, 0x01, 0x00, 0x00), "Teredo" }, 12, true }, /* and the client */
};

static struct ip carried(const struct ip *ip, size_t at, bool flipped)
{
	struct ip v4 = { { [10] = 0xff, [11] = 0xff } };
	for (size_t i = 0; i < 4; i++)
		v4.b[12 + i] = flipped ? (uint8_t)~ip->b[at + i] : ip->b[at + i];
	return v4;
}

static const char *look_up(const struct net *nets, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_in(ip, &nets[i].ip, nets[i].bits))
			return nets[i].what;
	return NULL;
}

static const char *judge_v4(const struct ip *ip)
{
	return look_up(special_v4, sizeof special_v4 / sizeof *special_v4, ip);
}

/* An interface identifier of ISATAP (RFC 5214 section 6.1): 0000:5efe or 0200:5efe and an IPv4 address, under any prefix. */
static bool is_isatap(const struct ip *ip)
{
	static const uint8_t mark[] = { 0x00, 0x5e, 0xfe };
	return (ip->b[8] & ~2U) == 0 && memcmp(ip->b + 9, mark, sizeof mark) == 0;
}

static const char *judge_carried(const struct ip *ip, bool *carries)
{
	const char *what = NULL;
	for (size_t i = 0; !what && i < sizeof carriers / sizeof *carriers; i++) {
		const struct carrier *c = &carriers[i];
		struct ip v4 = carried(ip, c->at, c->flipped);
		if (!ip_in(ip, &c->net.ip, c->net.bits))
			continue;
		*carries = true;
		what = judge_v4(&v4);
	}
	struct ip v4 = carried(ip, 12, false);
	return !what && is_isatap(ip) ? judge_v4(&v4) : what;
}

const char *ip_not_public(const struct ip *ip)
{
	static const struct net global = { V6(3, 0x20),
		"" }; /* 2000::/3: all else is not given to anybody (RFC 4291) */
	bool carries = false;
	if (ip_is_v4(ip))
		return judge_v4(ip);
	const char *what = look_up(special_v6, sizeof special_v6 / sizeof *special_v6, ip);
	if (!what)
		what = judge_carried(ip, &carries);
	if (what || carries)
		return what;
	return ip_in(ip, &global.ip, global.bits) ? NULL : "reserved";
}
