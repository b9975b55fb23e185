#include "api/examples.h"
#include "base/test.h"

#include <string.h>

static const char text[] = "GET /a\n"
			   "GET /b/{id}\n"
			   "parameter id \"one two\"\n"
			   "parameter limit 2\n"
			   "200 {\"a\":\"b c\"}\n"
			   "\n"
			   "POST /a\n"
			   "application/json {\"x\":\"/y\"}\n"
			   "204\n"
			   "\n"
			   "PUT /file\n"
			   "image/png\n"
			   "200 text/csv \"a,b\\n\"\n"
			   "\n";

TEST(examples, are_found_by_each_of_their_addresses)
{
	struct arena *mem = arena_new(0);
	static const char *const routes[] = { "GET /a", "GET /b/{id}" };
	for (size_t i = 0; i < 2; i++) {
		const struct example *e = example_find(mem, text, routes[i]);
		CHECK_INT(e->status, 200);
		CHECK_TEXT(e->answer, "{\"a\":\"b c\"}");
		CHECK_TEXT(e->answer_type, "application/json");
		CHECK(!e->type && !e->body);
		CHECK_TEXT(example_value(e, "id", 2), "\"one two\"");
		CHECK_TEXT(example_value(e, "limit", 5), "2");
		CHECK(!example_value(e, "limits", 6) && !example_value(e, "lim", 3));
	}
	arena_free(mem);
}

TEST(examples, have_bodies_and_answers_of_any_type)
{
	struct arena *mem = arena_new(0);
	const struct example *post = example_find(mem, text, "POST /a");
	CHECK_TEXT(post->type, "application/json");
	CHECK_TEXT(post->body, "{\"x\":\"/y\"}");
	CHECK_INT(post->status, 204);
	CHECK(!post->answer);
	const struct example *put = example_find(mem, text, "PUT /file");
	CHECK_TEXT(put->type, "image/png");
	CHECK(!put->body);
	CHECK_TEXT(put->answer_type, "text/csv");
	CHECK_TEXT(put->answer, "\"a,b\\n\"");
	arena_free(mem);
}

TEST(examples, are_not_found_by_a_part_of_an_address)
{
	struct arena *mem = arena_new(0);
	CHECK(!example_find(mem, text, "GET /b"));
	CHECK(!example_find(mem, text, "ET /a"));
	CHECK(!example_find(mem, text, "GET /c"));
	CHECK(!example_find(mem, NULL, "GET /a") && !example_find(mem, "", "GET /a"));
	CHECK(!example_value(NULL, "id", 2));
	arena_free(mem);
}

TEST(examples, that_were_recorded_are_there)
{
	struct arena *mem = arena_new(0);
	const struct example *e = example_find(mem, examples_text, "POST /api/v1/auth/login");
	CHECK(e && e->body && strstr(e->body, "\"identifier\"") && e->answer && strstr(e->answer, "\"access_token\""));
	arena_free(mem);
}
