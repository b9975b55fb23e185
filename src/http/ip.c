#include "http/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) */

static void map_v4(const void *four, struct ip *out)
{
	memcpy(out->b, mapped, sizeof mapped);
	memcpy(out->b + 12, four, 4);
}

bool ip_parse(const char *s, size_t n, struct ip *out)
{
	char text[IP_TEXT];
	struct in_addr v4;
	if (n >= sizeof text || memchr(s, 0, n))
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	if (inet_pton(AF_INET6, text, out->b) == 1)
		return true;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	map_v4(&v4, out);
	return true;
}

static bool is_port(const char *s, size_t n)
{
	if (n < 2 || n > 6 || *s != ':')
		return false;
	for (size_t i = 1; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

bool ip_parse_node(const char *s, size_t n, struct ip *out)
{
	if (!n)
		return false;
	if (*s == '[') {
		const char *close = memchr(s, ']', n);
		if (!close)
			return false;
		size_t rest = n - (size_t)(close + 1 - s);
		if (rest && !is_port(close + 1, rest))
			return false;
		return ip_parse(s + 1, (size_t)(close - s) - 1, out) && memchr(s, ':', (size_t)(close - s));
	}
	const char *colon = memchr(s, ':', n);
	if (colon && is_port(colon, n - (size_t)(colon - s)) && memchr(s, '.', (size_t)(colon - s)))
		n = (size_t)(colon - s);
	return ip_parse(s, n, out);
}

bool ip_from_sockaddr(const struct sockaddr *sa, struct ip *out)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		map_v4(&in.sin_addr, out);
		return true;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	struct sockaddr_in6 in6;
	memcpy(&in6, sa, sizeof in6);
	memcpy(out->b, &in6.sin6_addr, sizeof out->b);
	return true;
}

size_t ip_format(const struct ip *ip, char out[static IP_TEXT])
{
	const char *text =
		ip_is_v4(ip) ? inet_ntop(AF_INET, ip->b + 12, out, IP_TEXT) : inet_ntop(AF_INET6, ip->b, out, IP_TEXT);
	return text ? strlen(out) : 0;
}

bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->b, mapped, sizeof mapped) == 0;
}

bool ip_same(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool ip_in(const struct ip *ip, const struct ip *net, int bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned rest = (unsigned)bits % 8;
	if (memcmp(ip->b, net->b, whole) != 0)
		return false;
	return rest == 0 || (ip->b[whole] ^ net->b[whole]) >> (8 - rest) == 0;
}

struct ip ip_block(const struct ip *ip)
{
	struct ip block = *ip;
	if (!ip_is_v4(ip))
		memset(block.b + 8, 0, 8);
	return block;
}

const char *ip_block_text(struct arena *a, const char *ip)
{
	struct ip one;
	char text[IP_TEXT];
	if (!strchr(ip, ':') || !ip_parse(ip, strlen(ip), &one))
		return ip;
	one = ip_block(&one);
	ip_format(&one, text);
	return arena_printf(a, "%s/64", text);
}
