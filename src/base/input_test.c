#include "base/json.h"
#include "base/sample_test.h"
#include "base/test.h"

#include <string.h>

/* Binds name, value, name, value ... NULL. */
static err_t bind(struct cx *cx, struct sample *out, const char *const *pairs)
{
	struct input in;
	input_begin(&in, cx, &sample_type, out, false);
	for (; *pairs; pairs += 2)
		input_text(&in, pairs[0], pairs[1]);
	return input_end(&in);
}
#define PAIRS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

TEST(input, converts_texts_to_every_kind)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	CHECK_OK(bind(cx, &s,
		PAIRS("label", " Anna ", "count", "7", "ratio", "-1.5e2", "on", "Yes", "colour", "red", "password",
			"geheim", "created_at", "2026-01-02T03:04:05Z", "tags", "a,b", "tags", "c", "extra", "[1, 2]",
			"home", "{\"street\":\"x\"}", "labels", "{\"a\":\"b\"}", "maybe", "0", "nickname", "", "age",
			"")));
	CHECK_TEXT(s.name, "Anna");
	CHECK(s.count == 7 && s.ratio == -150 && s.on && s.colour == COLOUR_RED && s.limit == 20);
	CHECK(s.tags.n == 3 && !strcmp(((const char **)s.tags.items)[2], "c"));
	CHECK_TEXT(s.extra.text, "[1,2]");
	CHECK_TEXT(s.home->street, "x");
	CHECK_TEXT(s.labels.items[0].name, "a");
	CHECK(s.maybe.has == IS_SET && !s.maybe.v && s.nickname.has == IS_NULL && s.age.has == ABSENT);
	sample_cx_end(cx);
}

TEST(input, takes_an_empty_number_as_none_so_that_the_default_holds)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	CHECK_OK(bind(cx, &s, PAIRS("name", "Anna", "limit", "", "colour", "", "on", "")));
	CHECK(s.limit == 20 && s.colour == COLOUR_GREEN && !s.on);
	sample_cx_end(cx);
}

TEST(input, tells_every_wrong_text)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	CHECK_ERR(bind(cx, &s,
			  PAIRS("count", "1.0", "ratio", "0x10", "on", "maybe", "limit", "51", "email", "x", "shoe",
				  "1", "made_by", "me", "extra", "{", "limit", "3", "bio", "\xff", "\xff", "1", "tags",
				  "1,2,3,4,5,6", "score", "1e999")),
		ERR_INVALID);
	CHECK_TEXT(sample_errors(cx), "count: must be a whole number that fits in 64 bits (invalid)\n"
				      "ratio: must be a number (invalid)\n"
				      "on: must be true or false (invalid)\n"
				      "limit: must be 50 or less (invalid)\n"
				      "email: must be an e-mail address (invalid)\n"
				      "shoe: is not a field of this request (unknown_field)\n"
				      "made_by: cannot be set (read_only)\n"
				      "extra: must be JSON (invalid)\n"
				      "limit: is given twice (duplicate)\n"
				      "bio: must be valid UTF-8 (invalid)\n"
				      "?: is not a field of this request (unknown_field)\n"
				      "tags: must have at most 5 items (invalid)\n"
				      "score: is a number too large (invalid)\n"
				      "name: is required (required)\n");
	CHECK_ERR(cx->fail.code, ERR_INVALID);
	sample_cx_end(cx);
}

TEST(input, joins_path_query_and_body_and_lets_the_body_override_nothing)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	struct input in;
	const char *body = "{\"name\":\"Anna\",\"id\":\"0192f8a0-2222-7abc-8def-0123456789ab\"}";
	input_begin(&in, cx, &sample_type, &s, false);
	input_text(&in, "id", "0192f8a0-1111-7abc-8def-0123456789ab");
	CHECK_OK(input_json(&in, body, strlen(body)));
	CHECK_ERR(input_end(&in), ERR_INVALID);
	CHECK_TEXT(sample_errors(cx), "id: is given twice (duplicate)\n");
	CHECK_TEXT(s.id, "0192f8a0-1111-7abc-8def-0123456789ab");
	sample_cx_end(cx);
}
