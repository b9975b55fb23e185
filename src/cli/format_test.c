#include "cli/format.h"

#include "base/test.h"
#include "base/type.h"

#include <string.h>

struct dish {
	const char *id, *name;
	int64_t price;
	struct secret recipe;
};
extern const struct type dish_type;
TYPE(dish, FIELD(dish, id, 0, "Identifier"), FIELD(dish, name, 0, "Name"), FIELD(dish, price, 0, "Cents"),
	FIELD(dish, recipe, 0, "Not told"));

static const char *printed(struct arena *a, const char *format, const char *json)
{
	struct cli c = { .mem = a, .out = { .mem = a }, .width = 80 };
	json_t *data = json_loads(json, JSON_DECODE_ANY, NULL);
	CHECK(format_find(format)->write(&c, &(struct shown){ data, &dish_type, json, strlen(json) }));
	json_decref(data);
	return buf_cstr(&c.out);
}

static void check_printed(const char *format, const char *json, const char *want)
{
	struct arena *a = arena_new(0);
	CHECK_TEXT(printed(a, format, json), want);
	arena_free(a);
}

TEST(format, names_are_known_and_others_are_not)
{
	struct arena *a = arena_new(0);
	CHECK_TEXT(format_names(a, "|"), "table|json|yaml|csv|plain");
	CHECK(!format_find("xml") && !format_find("") && !format_find("JSON"));
	arena_free(a);
}

TEST(format, csv_has_the_columns_of_the_type_whatever_the_rows_fill)
{
	check_printed("csv", "[]", "id,name,price\r\n");
	check_printed("csv",
		"[{\"id\":\"a\",\"name\":\"x, y\"},{\"id\":\"b\",\"price\":5,\"more\":{\"in\":[1,\"z\"]}}]",
		"id,name,price,more.in\r\na,\"x, y\",,\r\nb,,5,\"[1,\"\"z\"\"]\"\r\n");
	check_printed("csv", "{\"id\":\"a\",\"name\":\"=1+1\",\"price\":null}", "id,name,price\r\na,\"'=1+1\",\r\n");
	check_printed("csv", "{}", "id,name,price\r\n");
}

TEST(format, plain_keeps_a_row_on_a_line_and_a_cell_between_tabs)
{
	check_printed("plain", "[{\"id\":\"a\",\"name\":\"one\\ttwo\\nthree\\\\\",\"price\":1}]",
		"a\tone\\ttwo\\nthree\\\\\t1\n");
	check_printed("plain", "{\"id\":\"a\",\"in\":{\"deep\":true}}", "id\ta\nin.deep\ttrue\n");
}

TEST(format, advisory_no_answer_steers_the_terminal)
{
	struct arena *a = arena_new(0);
	static const char *const names[] = { "plain", "yaml", "json", "table" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(!strchr(printed(a, names[i], "{\"name\":\"\\u001b]0;owned\\u0007\"}"), 0x1b));
	arena_free(a);
}

TEST(format, yaml_quotes_what_a_reader_could_take_for_something_else)
{
	check_printed("yaml",
		"{\"a\":\"plain\",\"b\":\"yes\",\"c\":\"12\",\"d\":\"a: b\",\"e\":\"2026-11-21\",\"f\":\"\",\"g\":null,\"h\":1.5,"
		"\"i\":[],\"j\":\"- x\",\"no\":\"two\\nlines\"}",
		"a: plain\nb: \"yes\"\nc: \"12\"\nd: \"a: b\"\ne: \"2026-11-21\"\nf: \"\"\ng: null\nh: 1.5\ni: []\n"
		"j: \"- x\"\n\"no\": \"two\\nlines\"\n");
	check_printed("yaml", "[{\"id\":\"a\",\"list\":[1,{\"x\":1,\"y\":[2]}]},[3,4],{}]",
		"- id: a\n  list:\n    - 1\n    - x: 1\n      \"y\":\n        - 2\n-\n  - 3\n  - 4\n- {}\n");
}
