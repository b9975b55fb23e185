#include "http/field.h"

#include "base/test.h"

#include <string.h>

TEST(field, lists_are_split_outside_quotes)
{
	struct span rest = span_of(" a , \"b,c\" ,, d;e=\"x\\\"y,z\" "), piece;
	static const char *const want[] = { "a", "\"b,c\"", "", "d;e=\"x\\\"y,z\"" };
	for (size_t i = 0; i < 4; i++) {
		CHECK(field_next(&rest, ',', &piece));
		CHECK_BYTES(piece.p, piece.n, want[i], strlen(want[i]));
	}
	CHECK(!field_next(&rest, ',', &piece));
}

TEST(field, tokens_are_found_in_any_case)
{
	CHECK(field_has_token("keep-alive, Upgrade", "upgrade"));
	CHECK(field_has_token("upgrade", "upgrade"));
	CHECK(!field_has_token("upgraded", "upgrade"));
	CHECK(!field_has_token("up grade", "upgrade"));
	CHECK(!field_has_token("", "upgrade"));
	CHECK(!field_has_token(NULL, "upgrade"));
}

TEST(field, weights_have_three_digits_at_most)
{
	static const struct {
		const char *text;
		int want;
	} cases[] = { { "0", 0 }, { "1", 1000 }, { "0.5", 500 }, { "0.001", 1 }, { "1.000", 1000 }, { "1.", 1000 },
		{ "0.", 0 }, { "1.001", -1 }, { "2", -1 }, { "", -1 }, { ".5", -1 }, { "0.1234", -1 }, { "0.x", -1 },
		{ "-1", -1 }, { "00", -1 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(field_weight(span_of(cases[i].text)), cases[i].want);
}

TEST(field, parameters_are_tokens_or_quoted)
{
	static const struct {
		const char *text, *want;
	} cases[] = { { "a=b", "b" }, { "a=\"b c\"", "b c" }, { "a=\"\"", "" }, { "a=\"x\\\"y\"", "x\"y" },
		{ "a=\"C:\\dir\\f\"", "C:\\dir\\f" }, { "a=\"x\\\\\"", "x\\" }, { "a", NULL }, { "=b", NULL },
		{ "a=", NULL }, { "a=\"", NULL }, { "a=\"b", NULL }, { "a=\"b\"c", NULL }, { "a=b c", NULL },
		{ "a b=c", NULL }, { "a=\"b\"c\"", NULL }, { "a=\"b\\\"", NULL }, { "", NULL } };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span name;
		const char *value = NULL;
		bool ok = field_param(a, span_of(cases[i].text), &name, &value);
		CHECK_INT(ok, cases[i].want != NULL);
		if (ok)
			CHECK_TEXT(value, cases[i].want);
	}
	arena_free(a);
}

TEST(field, repeated_headers_are_joined_in_order)
{
	struct http_header items[] = { { "a", "1" }, { "b", "x" }, { "a", "2" }, { "a", "" } };
	struct http_headers h = { items, 4, 4 };
	struct arena *a = arena_new(0);
	CHECK_TEXT(field_join(a, &h, "a"), "1, 2, ");
	CHECK(field_join(a, &h, "b") == items[1].value);
	CHECK(!field_join(a, &h, "c"));
	arena_free(a);
}
