/* Addresses of others' servers: what is read, and what is refused before anything is sent. */
#include "http/target.h"
#include "base/str.h"
#include "base/test.h"

#include <string.h>

static struct arena *mem;
static struct target_rules strict = { 0 };

static const char *refused(const char *url, const struct target_rules *rules)
{
	struct target t;
	const char *why = target_parse(mem, url, &t);
	return why ? why : target_refused(mem, &t, rules);
}

TEST(target, reads_the_parts_of_a_url)
{
	mem = arena_new(0);
	static const struct {
		const char *url, *host, *origin;
		int port;
	} good[] = {
		{ "https://example.org", "example.org", "https://example.org", 443 },
		{ "https://Example.ORG/Path?q=1", "example.org", "https://example.org", 443 },
		{ "https://example.org:443/", "example.org", "https://example.org", 443 },
		{ "https://example.org:8443?x", "example.org", "https://example.org:8443", 8443 },
		{ "http://xn--bcher-kva.example/a", "xn--bcher-kva.example", "http://xn--bcher-kva.example", 80 },
		{ "https://8.8.8.8/", "8.8.8.8", "https://8.8.8.8", 443 },
		{ "https://[2606:4700::1111]:8443/x", "2606:4700::1111", "https://[2606:4700::1111]:8443", 8443 },
		{ "https://a_b.example/x@y:z", "a_b.example", "https://a_b.example", 443 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct target t;
		CHECK(!target_parse(mem, good[i].url, &t));
		CHECK_TEXT(t.host, good[i].host);
		CHECK_TEXT(t.origin, good[i].origin);
		CHECK_INT(t.port, good[i].port);
		CHECK(t.https == str_starts(good[i].url, "https:"));
	}
	arena_free(mem);
}

TEST(target, what_is_no_plain_web_address_is_refused)
{
	mem = arena_new(0);
	static const char *const bad[] = { "", "example.org", "//example.org", "ftp://example.org",
		"file:///etc/passwd", "gopher://example.org", "httpss://example.org", "HTTPS://example.org",
		"https:example.org", "https:/example.org", "https://", "https:///x", "https://:443",
		"https://example.org:", "https://example.org:0", "https://example.org:65536",
		"https://example.org:99999999999", "https://example.org:80a", "https://example.org:-1",
		"https://example.org:22", "https://example.org:25", "https://user@example.org",
		"https://user:word@example.org/", "https://example.org#x", "https://example.org/#x",
		"https://example.org\\@evil.example", "https://exa mple.org", "https://example.org/\r\nX: y",
		"https://example.org/\xc3\xa4", "https://b\xc3\xbc.example", "https://-a.example", "https://a-.example",
		"https://a..example", "https://.example", "https://example.org.", "https://%31.example", "https://[::1",
		"https://::1/", "https://[]", "https://[1.2.3.4]", "https://[fe80::1%25eth0]/", "https://[::1]x",
		"https://[::1]:", "https://[example.org]/" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!refused(bad[i], &(struct target_rules){ .http = true, .any_address = true }))
			test_fail(__FILE__, __LINE__, "%s is taken", bad[i]);
	CHECK_TEXT(refused("http://example.org", &strict), "must begin with https://");
	CHECK(!refused("http://example.org", &(struct target_rules){ .http = true }));
	char *longest = memset(arena_alloc(mem, TARGET_MAX + 9), 'a', TARGET_MAX + 1);
	CHECK_TEXT(refused(memcpy(longest, "https://", 8), &strict), "is too long");
	arena_free(mem);
}

TEST(target, advisory_ssrf_no_spelling_of_an_address_of_this_host_passes)
{
	mem = arena_new(0);
	static const char *const bad[] = { "https://localhost/", "https://LOCALHOST:8443/", "https://a.localhost/",
		"https://localhost./", "https://127.0.0.1/", "https://127.0.0.1./", "https://127.1/",
		"https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0x7f.0.0.0x1/",
		"https://0177.0.0.1/", "https://127.0.0.01/", "https://017700000001/", "https://0/", "https://0.0.0.0/",
		"https://0x/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
		"https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
		"https://[2002:7f00:1::]/", "https://[2001:0:808:808::80ff:fffe]/",
		"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://10.1.2.3/",
		"https://100.100.100.200/", "https://192.168.1.1:8443/", "https://127.0.0.1%2f@example.org/",
		"https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!refused(bad[i], &strict))
			test_fail(__FILE__, __LINE__, "%s is taken", bad[i]);
	CHECK(strstr(refused("https://[::ffff:127.0.0.1]/", &strict), "not public (loopback)"));
	arena_free(mem);
}

TEST(target, networks_that_are_allowed_are_taken_and_no_others)
{
	mem = arena_new(0);
	struct target_rules rules = { 0 };
	const char *why;
	CHECK_OK(proxy_list_parse(mem, "10.1.0.0/16, fd00:1::/32", &rules.allowed, &why));
	CHECK(!refused("https://10.1.2.3/", &rules));
	CHECK(!refused("https://[fd00:1::7]/", &rules));
	CHECK(refused("https://10.2.2.3/", &rules));
	CHECK(refused("https://127.0.0.1/", &rules));
	/* Through a translation it is another way, which nobody allowed. */
	CHECK(refused("https://[64:ff9b::10.1.2.3]/", &rules));
	CHECK(!refused("https://127.0.0.1/", &(struct target_rules){ .any_address = true }));
	arena_free(mem);
}
