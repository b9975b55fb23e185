#include "http/cookie.h"

#include "base/test.h"

#include <string.h>

TEST(cookie, header_is_read_leniently)
{
	static const struct {
		const char *header, *name, *value;
		size_t n;
	} cases[] = {
		{ "a=1", "a", "1", 1 },
		{ "a=1; b=2", "b", "2", 2 },
		{ "a=1;b=2", "b", "2", 2 },
		{ " a = 1 ;", "a", "1", 1 },
		{ "a=", "a", "", 1 },
		{ "a=b=c", "a", "b=c", 1 },
		{ "a=\"x y\"", "a", "\"x y\"", 1 },
		{ "junk; a=1", "a", "1", 1 },
		{ "=1; a=2", "a", "2", 1 },
		{ "b c=1; a=2", "a", "2", 1 },
		{ "a=\x01; a=2", "a", "2", 1 },
		{ "a=\xff; a=2", "a", "2", 1 },
		{ "a=\"1;2\"; b=3", "a", "\"1", 2 },
		{ "__Host-s=t", "__Host-s", "t", 1 },
		{ "A=1", "a", NULL, 1 },
		{ "", "a", NULL, 0 },
		{ ";;;", "a", NULL, 0 },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cookies c;
		cookie_parse(a, cases[i].header, &c);
		CHECK_INT(c.n, cases[i].n);
		CHECK_TEXT(cookie_get(&c, cases[i].name), cases[i].value);
	}
	arena_free(a);
}

TEST(cookie, no_header_is_no_cookie)
{
	struct arena *a = arena_new(0);
	struct cookies c;
	cookie_parse(a, NULL, &c);
	CHECK_INT(c.n, 0);
	CHECK(!cookie_get(&c, "a"));
	arena_free(a);
}

TEST(cookie, of_two_with_one_name_the_first_counts)
{
	struct arena *a = arena_new(0);
	struct cookies c;
	cookie_parse(a, "s=first; s=second", &c);
	CHECK_INT(c.n, 2);
	CHECK_TEXT(cookie_get(&c, "s"), "first");
	arena_free(a);
}

TEST(cookie, their_number_is_bounded)
{
	struct arena *a = arena_new(0);
	char header[4 * 500 + 1] = "";
	for (size_t i = 0; i < 500; i++)
		memcpy(header + 4 * i, "a=1;", 5);
	struct cookies c;
	cookie_parse(a, header, &c);
	CHECK_INT(c.n, COOKIES_MAX);
	arena_free(a);
}

TEST(cookie, set_cookie_is_safe_unless_told_otherwise)
{
	static const struct {
		struct cookie c;
		const char *want;
	} cases[] = {
		{ { .name = "a", .value = "1" }, "a=1; Path=/; HttpOnly; SameSite=Lax" },
		{ { .name = "__Host-s", .value = "x", .secure = true, .max_age = 60, .same_site = COOKIE_STRICT },
			"__Host-s=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict" },
		{ { .name = "a", .value = "gone", .remove = true },
			"a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax" },
		{ { .name = "csrf", .value = "x", .for_scripts = true, .path = "/api", .domain = "example.com" },
			"csrf=x; Path=/api; Domain=example.com; SameSite=Lax" },
		{ { .name = "a", .value = "", .same_site = COOKIE_NONE, .secure = true },
			"a=; Path=/; HttpOnly; Secure; SameSite=None" },
		{ { .name = "__Secure-a", .value = "1", .secure = true, .domain = "example.com" },
			"__Secure-a=1; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *out;
		CHECK_OK(cookie_format(a, &cases[i].c, &out));
		CHECK_TEXT(out, cases[i].want);
	}
	arena_free(a);
}

TEST(cookie, what_could_break_out_is_refused)
{
	static const struct cookie cases[] = {
		{ .name = "", .value = "1" },
		{ .name = "a b", .value = "1" },
		{ .name = "a=", .value = "1" },
		{ .name = "a;", .value = "1" },
		{ .name = "a\r\n", .value = "1" },
		{ .name = "a", .value = "1;2" },
		{ .name = "a", .value = "1 2" },
		{ .name = "a", .value = "1,2" },
		{ .name = "a", .value = "\"1\"" },
		{ .name = "a", .value = "1\\2" },
		{ .name = "a", .value = "1\r\nSet-Cookie: b=2" },
		{ .name = "a", .value = "\xc3\xa9" },
		{ .name = "a", .value = "1", .path = "x" },
		{ .name = "a", .value = "1", .path = "/;Domain=evil" },
		{ .name = "a", .value = "1", .domain = "" },
		{ .name = "a", .value = "1", .domain = "a;b" },
		{ .name = "a", .value = "1", .max_age = -1 },
		{ .name = "a", .value = "1", .same_site = COOKIE_NONE },
		{ .name = "__Host-a", .value = "1" },
		{ .name = "__Host-a", .value = "1", .secure = true, .path = "/x" },
		{ .name = "__Host-a", .value = "1", .secure = true, .domain = "example.com" },
		{ .name = "__host-a", .value = "1" },
		{ .name = "__Secure-a", .value = "1" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *out;
		CHECK_ERR(cookie_format(a, &cases[i], &out), ERR_INVALID);
	}
	arena_free(a);
}

TEST(cookie, one_longer_than_browsers_keep_is_refused)
{
	struct arena *a = arena_new(0);
	char value[4097];
	memset(value, 'x', sizeof value - 1);
	value[4096] = 0;
	const char *out;
	CHECK_ERR(cookie_format(a, &(struct cookie){ .name = "a", .value = value }, &out), ERR_INVALID);
	value[4000] = 0;
	CHECK_OK(cookie_format(a, &(struct cookie){ .name = "a", .value = value }, &out));
	arena_free(a);
}
