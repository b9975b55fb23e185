#include "http/proxy.h"

#include "base/test.h"

#include <string.h>

static const char list_text[] = "127.0.0.1, 10.0.0.0/8, ::1, fd00::/8, unix";

TEST(proxy, lists_are_read_or_refused)
{
	static const struct {
		const char *text;
		size_t nets;
		bool local, ok;
	} cases[] = {
		{ list_text, 4, true, true },
		{ "", 0, false, true },
		{ " , ", 0, false, true },
		{ "0.0.0.0/0,::/0", 2, false, true },
		{ "Unix", 0, true, true },
		{ "10.0.0.1/8", 0, false, false },
		{ "10.0.0.0/33", 0, false, false },
		{ "fd00::/129", 0, false, false },
		{ "10.0.0.0/", 0, false, false },
		{ "10.0.0.0/x", 0, false, false },
		{ "10.0.0.0/-1", 0, false, false },
		{ "localhost", 0, false, false },
		{ "127.0.0.1 10.0.0.0/8", 0, false, false },
		{ "/8", 0, false, false },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct proxy_list l;
		const char *why = NULL;
		CHECK_ERR(proxy_list_parse(a, cases[i].text, &l, &why), cases[i].ok ? ERR_OK : ERR_INVALID);
		CHECK_INT(why == NULL, cases[i].ok);
		if (!cases[i].ok)
			continue;
		CHECK_INT(l.n, cases[i].nets);
		CHECK_INT(l.local, cases[i].local);
	}
	arena_free(a);
}

static struct ip of(const char *s)
{
	struct ip ip;
	CHECK(ip_parse(s, strlen(s), &ip));
	return ip;
}

TEST(proxy, all_of_ipv6_does_not_mean_ipv4)
{
	struct arena *a = arena_new(0);
	struct proxy_list l;
	const char *why;
	CHECK_OK(proxy_list_parse(a, "::/0", &l, &why));
	struct ip v4 = of("192.0.2.1"), v6 = of("2001:db8::1");
	CHECK(!proxy_trusts(&l, &v4));
	CHECK(proxy_trusts(&l, &v6));
	CHECK_OK(proxy_list_parse(a, "0.0.0.0/0", &l, &why));
	CHECK(proxy_trusts(&l, &v4));
	CHECK(!proxy_trusts(&l, &v6));
	arena_free(a);
}

struct client_case {
	const char *peer; /* NULL: a unix socket */
	struct proxy_headers said;
	const char *want; /* NULL: not known */
	bool secure;
};

static void check_clients(const struct client_case *c, size_t n, bool peer_secure)
{
	struct arena *a = arena_new(0);
	struct proxy_list l;
	const char *why;
	CHECK_OK(proxy_list_parse(a, list_text, &l, &why));
	for (size_t i = 0; i < n; i++) {
		struct proxy_peer peer = { .local = !c[i].peer, .secure = peer_secure };
		if (c[i].peer)
			peer.ip = of(c[i].peer);
		struct proxy_client got = proxy_client(&l, &peer, &c[i].said);
		char text[IP_TEXT] = "";
		if (got.known)
			ip_format(&got.ip, text);
		if (strcmp(text, c[i].want ? c[i].want : "") != 0 || got.secure != c[i].secure)
			test_fail(__FILE__, __LINE__, "case %zu: %s %d", i, text, got.secure);
	}
	arena_free(a);
}

TEST(proxy, the_first_untrusted_address_from_the_right_is_the_client)
{
	static const struct client_case cases[] = {
		{ "127.0.0.1", { 0 }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7" }, "192.0.2.7", false },
		{ "::ffff:127.0.0.1", { .x_forwarded_for = "192.0.2.7" }, "192.0.2.7", false },
		{ "127.0.0.1", { .x_forwarded_for = "6.6.6.6, 192.0.2.7" }, "192.0.2.7", false },
		{ "127.0.0.1", { .x_forwarded_for = "6.6.6.6, 192.0.2.7, 10.1.2.3" }, "192.0.2.7", false },
		{ "127.0.0.1", { .x_forwarded_for = "10.9.9.9, 10.1.2.3" }, "10.9.9.9", false },
		{ "127.0.0.1", { .x_forwarded_for = "::ffff:192.0.2.7" }, "192.0.2.7", false },
		{ "::1", { .x_forwarded_for = "2001:db8::9, fd12::1" }, "2001:db8::9", false },
		{ "::1", { .x_forwarded_for = "[2001:db8::9]:4711" }, "2001:db8::9", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7:5000" }, "192.0.2.7", false },
		{ "192.0.2.1", { .x_forwarded_for = "6.6.6.6", .x_forwarded_proto = "https" }, "192.0.2.1", false },
		{ NULL, { .x_forwarded_for = "192.0.2.7" }, "192.0.2.7", false },
		{ NULL, { 0 }, NULL, false },
		{ "127.0.0.1", { .forwarded = "for=192.0.2.7" }, "192.0.2.7", false },
		{ "127.0.0.1", { .forwarded = "For=\"[2001:db8:cafe::17]:4711\"" }, "2001:db8:cafe::17", false },
		{ "127.0.0.1", { .forwarded = "for=6.6.6.6, for=192.0.2.7;by=10.0.0.1, for=10.2.2.2" }, "192.0.2.7",
			false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7", .forwarded = "for=192.0.2.7" }, "192.0.2.7", false },
	};
	check_clients(cases, sizeof cases / sizeof *cases, false);
}

TEST(proxy, a_malformed_chain_makes_the_peer_the_client)
{
	static const struct client_case cases[] = {
		{ "127.0.0.1", { .x_forwarded_for = "" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "unknown" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7, junk" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7, junk, 10.0.0.1" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7," }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "junk, 192.0.2.7" }, "192.0.2.7", false }, /* never reached */
		{ "127.0.0.1", { .x_forwarded_for = "\", 192.0.2.7" }, "192.0.2.7", false },
		{ "127.0.0.1", { .forwarded = "for=unknown" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=_hidden" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "proto=https" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=1.2.3.4;for=6.6.6.6" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=\"6.6.6.6" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=6.6.6.6;x=\", for=192.0.2.7" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=6.6.6.6;x=\", for=\"[2001:db8::1]:1\"" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=6.6.6.6;x=\"\\\", for=\"[2001:db8::1]:1\"" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=2001:db8::1" }, "127.0.0.1", false }, /* needs quotes and brackets */
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7", .forwarded = "for=6.6.6.6" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7", .forwarded = "junk" }, "127.0.0.1", false },
		{ NULL, { .x_forwarded_for = "junk" }, NULL, false },
	};
	check_clients(cases, sizeof cases / sizeof *cases, false);
}

TEST(proxy, secure_is_what_the_trusted_peer_says)
{
	static const struct client_case plain[] = {
		{ "127.0.0.1", { .x_forwarded_proto = "https" }, "127.0.0.1", true },
		{ "127.0.0.1", { .x_forwarded_proto = "HTTPS" }, "127.0.0.1", true },
		{ "127.0.0.1", { .x_forwarded_proto = "http" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_proto = "https, http" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_proto = "http, https" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_proto = "https,https" }, "127.0.0.1", true },
		{ "127.0.0.1", { .x_forwarded_proto = "" }, "127.0.0.1", false },
		{ "127.0.0.1", { .x_forwarded_proto = "https://x" }, "127.0.0.1", false },
		{ "127.0.0.1", { .forwarded = "for=192.0.2.7;proto=https" }, "192.0.2.7", true },
		{ "127.0.0.1", { .forwarded = "for=192.0.2.7;proto=http" }, "192.0.2.7", false },
		{ "127.0.0.1", { .forwarded = "for=6.6.6.6;proto=https, for=192.0.2.7;proto=http" }, "192.0.2.7",
			false },
		{ "127.0.0.1", { .forwarded = "for=192.0.2.7;proto=https, for=10.0.0.1;proto=http" }, "192.0.2.7",
			true },
		{ "127.0.0.1", { .forwarded = "for=192.0.2.7;proto=https", .x_forwarded_proto = "http" }, "192.0.2.7",
			false },
		{ NULL, { .x_forwarded_proto = "https" }, NULL, true },
	};
	static const struct client_case tls[] = {
		{ "127.0.0.1", { .x_forwarded_for = "192.0.2.7" }, "192.0.2.7", true },
		{ "127.0.0.1", { .x_forwarded_proto = "http" }, "127.0.0.1", false },
		{ "192.0.2.1", { .x_forwarded_proto = "http" }, "192.0.2.1", true },
	};
	check_clients(plain, sizeof plain / sizeof *plain, false);
	check_clients(tls, sizeof tls / sizeof *tls, true);
}
