#include "http/form.h"

#include "base/test.h"

#include <string.h>

static err_t parse(struct arena *a, const char *s, struct form *f, const char **why)
{
	*why = "";
	return form_parse(a, s, strlen(s), FORM_PAIRS, f, why);
}

TEST(form, pairs_are_decoded_in_order)
{
	static const struct {
		const char *text, *name, *value;
		size_t n;
	} cases[] = {
		{ "a=1&b=2", "a", "1", 2 },
		{ "a=1&b=2", "b", "2", 2 },
		{ "a=x+y%20z", "a", "x y z", 1 },
		{ "a=1%2B1", "a", "1+1", 1 },
		{ "%C3%A9=%e2%82%ac", "\xc3\xa9", "\xe2\x82\xac", 1 },
		{ "q", "q", "", 1 },
		{ "q=", "q", "", 1 },
		{ "=v", "", "v", 1 },
		{ "&&a=1&&", "a", "1", 1 },
		{ "a=b=c", "a", "b=c", 1 },
		{ "a=%26%3D", "a", "&=", 1 },
		{ "a=1&a=2", "a", "1", 2 },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct form f;
		const char *why;
		CHECK_OK(parse(a, cases[i].text, &f, &why));
		CHECK_INT(f.n, cases[i].n);
		CHECK_TEXT(form_get(&f, cases[i].name), cases[i].value);
	}
	arena_free(a);
}

TEST(form, repeated_names_are_all_kept)
{
	struct arena *a = arena_new(0);
	struct form f;
	const char *why;
	CHECK_OK(parse(a, "a=1&b=2&a=3", &f, &why));
	CHECK_INT(form_count(&f, "a"), 2);
	CHECK_TEXT(f.items[2].value, "3");
	CHECK(!form_get(&f, "c"));
	CHECK_INT(form_count(&f, "c"), 0);
	arena_free(a);
}

TEST(form, nothing_gives_nothing)
{
	struct arena *a = arena_new(0);
	struct form f;
	const char *why;
	CHECK_OK(parse(a, "", &f, &why));
	CHECK_INT(f.n, 0);
	arena_free(a);
}

TEST(form, bad_bytes_are_refused_with_their_place)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "a=%", "There is a bad percent escape at byte 2." },
		{ "a=%4", "There is a bad percent escape at byte 2." },
		{ "a=%zz", "There is a bad percent escape at byte 2." },
		{ "ab=1&c%g0=1", "There is a bad percent escape at byte 6." },
		{ "a=%&b1=2", "There is a bad percent escape at byte 2." }, /* never past its own pair */
		{ "a=b%00c", "There is a NUL at byte 5." },
		{ "a=%ff", "The text at byte 2 is not UTF-8." },
		{ "a=\xc3(", "The text at byte 2 is not UTF-8." },
		{ "a=%ed%a0%80", "The text at byte 2 is not UTF-8." },
		{ "%c0%af=1", "The text at byte 0 is not UTF-8." },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct form f;
		const char *why;
		CHECK_ERR(parse(a, cases[i].text, &f, &why), ERR_MALFORMED);
		CHECK_TEXT(why, cases[i].why);
		CHECK_INT(f.n, 0);
	}
	arena_free(a);
}

TEST(form, a_raw_nul_is_refused)
{
	struct arena *a = arena_new(0);
	struct form f;
	const char *why;
	CHECK_ERR(form_parse(a, "a=b\0c", 5, FORM_PAIRS, &f, &why), ERR_MALFORMED);
	arena_free(a);
}

TEST(form, more_pairs_than_asked_for_are_refused)
{
	struct arena *a = arena_new(0);
	struct form f;
	const char *why;
	CHECK_OK(form_parse(a, "a&b&c&", 6, 3, &f, &why));
	CHECK_ERR(form_parse(a, "a&b&c&d", 7, 3, &f, &why), ERR_TOO_LARGE);
	CHECK_TEXT(why, "There are more than 3 fields.");
	arena_free(a);
}

TEST(form, a_segment_keeps_its_plus)
{
	struct arena *a = arena_new(0);
	const char *out, *why;
	CHECK_OK(percent_decode(a, "a+b%20c%2Fd", 11, &out, &why));
	CHECK_TEXT(out, "a+b c/d");
	CHECK_ERR(percent_decode(a, "%0", 2, &out, &why), ERR_MALFORMED);
	arena_free(a);
}

TEST(form, encoded_texts_decode_to_themselves)
{
	struct arena *a = arena_new(0);
	const char *text = "a b/\xc3\xa9?&=+%\x01~-._Z9", *out, *why;
	char *encoded = percent_encode(a, text);
	CHECK_TEXT(encoded, "a%20b%2F%C3%A9%3F%26%3D%2B%25%01~-._Z9");
	CHECK_OK(percent_decode(a, encoded, strlen(encoded), &out, &why));
	CHECK_TEXT(out, text);
	arena_free(a);
}

TEST(form, paths_are_decoded_or_refused)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "/", "/" },
		{ "/a/b", "/a/b" },
		{ "/a%20b", "/a b" },
		{ "/a//b/", "/a//b/" },
		{ "/...", "/..." },
		{ "/.a/..b", "/.a/..b" },
		{ "/%E2%82%AC", "/\xe2\x82\xac" },
		{ "", NULL },
		{ "a", NULL },
		{ "*", NULL },
		{ "/.", NULL },
		{ "/..", NULL },
		{ "/a/../b", NULL },
		{ "/a/./b", NULL },
		{ "/%2e%2E/etc", NULL },
		{ "/a/%2e", NULL },
		{ "/a%2Fb", NULL },
		{ "/a%2fb", NULL },
		{ "/a%00", NULL },
		{ "/a%0a", NULL },
		{ "/a%5cb", NULL },
		{ "/a\\b", NULL },
		{ "/%7f", NULL },
		{ "/%", NULL },
		{ "/%ff", NULL },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *out, *why = "";
		err_t e = path_decode(a, cases[i].path, strlen(cases[i].path), &out, &why);
		CHECK_ERR(e, cases[i].want ? ERR_OK : ERR_MALFORMED);
		CHECK((e != ERR_OK) == (*why != 0));
		if (!e)
			CHECK_TEXT(out, cases[i].want);
	}
	arena_free(a);
}
