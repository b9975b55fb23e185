#include "http/ip.h"

#include "base/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

TEST(ip, texts_are_read_and_written_in_one_form)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:0201", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "", NULL },
		{ "1.2.3", NULL },
		{ "1.2.3.4.5", NULL },
		{ "1.2.3.256", NULL },
		{ "01.2.3.4", NULL },
		{ "0x7f.0.0.1", NULL },
		{ "2130706433", NULL },
		{ " 1.2.3.4", NULL },
		{ "1.2.3.4 ", NULL },
		{ "fe80::1%eth0", NULL },
		{ "[::1]", NULL },
		{ "1::2::3", NULL },
		{ "12345::", NULL },
		{ "localhost", NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip ip;
		char text[IP_TEXT];
		bool ok = ip_parse(cases[i].in, strlen(cases[i].in), &ip);
		if (ok != (cases[i].out != NULL))
			test_fail(__FILE__, __LINE__, "%s", cases[i].in);
		if (!ok)
			continue;
		CHECK_INT(ip_format(&ip, text), strlen(cases[i].out));
		CHECK_TEXT(text, cases[i].out);
	}
}

TEST(ip, nodes_may_have_brackets_and_a_port)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1:8080", "192.0.2.1" },
		{ "2001:db8::1", "2001:db8::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "2001:db8::1:443", "2001:db8::1:443" }, /* without brackets it is all address */
		{ "[::ffff:1.2.3.4]:1", "1.2.3.4" },
		{ "", NULL },
		{ "[", NULL },
		{ "[]", NULL },
		{ "[::1", NULL },
		{ "[::1]x", NULL },
		{ "[::1]:", NULL },
		{ "[::1]:http", NULL },
		{ "[::1]:123456", NULL },
		{ "[1.2.3.4]", NULL },
		{ "1.2.3.4:", NULL },
		{ "1.2.3.4:x", NULL },
		{ ":80", NULL },
		{ "unknown", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip ip;
		char text[IP_TEXT];
		bool ok = ip_parse_node(cases[i].in, strlen(cases[i].in), &ip);
		if (ok != (cases[i].out != NULL))
			test_fail(__FILE__, __LINE__, "%s", cases[i].in);
		if (ok && ip_format(&ip, text))
			CHECK_TEXT(text, cases[i].out);
	}
}

TEST(ip, addresses_of_sockets_are_read)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &v6.sin6_addr);
	struct ip a, b;
	CHECK(ip_from_sockaddr((const struct sockaddr *)&v4, &a));
	CHECK(ip_from_sockaddr((const struct sockaddr *)&v6, &b));
	CHECK(ip_same(&a, &b) && ip_is_v4(&a));
	CHECK(!ip_from_sockaddr((const struct sockaddr *)&un, &a));
}

static struct ip of(const char *s)
{
	struct ip ip;
	CHECK(ip_parse(s, strlen(s), &ip));
	return ip;
}

TEST(ip, a_block_is_an_address_or_a_household)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "2001:db8:0:1::1", "2001:db8:0:1:ffff::9", true },
		{ "2001:db8:0:1::1", "2001:db8:0:2::1", false },
		{ "::1", "127.0.0.1", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ip a = of(cases[i].a), b = of(cases[i].b);
		struct ip x = ip_block(&a), y = ip_block(&b);
		CHECK_INT(ip_same(&x, &y), cases[i].same);
	}
}

TEST(ip, networks_hold_addresses_by_the_bit)
{
	struct ip net = of("10.32.0.0"), in = of("10.63.255.255"), out = of("10.64.0.0");
	CHECK(ip_in(&in, &net, 96 + 11));
	CHECK(!ip_in(&out, &net, 96 + 11));
	CHECK(ip_in(&out, &net, 0));
	CHECK(!ip_in(&in, &net, 128));
	CHECK(ip_in(&net, &net, 128));
}
