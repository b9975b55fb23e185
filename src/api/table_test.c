#include "api/table.h"
#include "base/test.h"

#include <string.h>

static const char *table_of(const char *json, size_t width)
{
	static char text[4096];
	struct buf b = { 0 };
	CHECK_OK(table_write(&b, json, strlen(json), width));
	snprintf(text, sizeof text, "%s", buf_cstr(&b));
	buf_free(&b);
	return text;
}

TEST(table, lays_out_a_list_in_columns_of_its_widest_cells)
{
	CHECK_TEXT(table_of("{\"success\":true,\"data\":[{\"id\":1,\"name\":\"Jürg\",\"x\":null,\"ok\":true},"
			    "{\"id\":22,\"name\":\"中文字\",\"x\":\"\",\"ok\":false}],\"meta\":{\"total\":2}}",
			   80),
		"id  name    ok\n1   Jürg    yes\n22  中文字  no\n(2 in all)\n");
	CHECK_TEXT(table_of("[]", 80), "(none)\n");
}

TEST(table, lays_out_an_object_in_two_columns)
{
	CHECK_TEXT(table_of("{\"id\":7,\"tags\":[\"a\",\"b\"],\"none\":null,\"more\":{\"k\":[1]}}", 80),
		"id      7\ntags    a, b\nmore.k  [1]\n");
	CHECK_TEXT(table_of("{\"success\":true,\"message\":\"Done.\",\"data\":null}", 80), "Done.\n");
}

TEST(table, shows_the_lists_of_an_object_below_it)
{
	CHECK_TEXT(
		table_of(
			"{\"total\":2,\"clients\":[{\"id\":\"a\",\"ip\":\"::1\"},{\"id\":\"b\"}],\"names\":[\"x\",\"y\"]}",
			80),
		"total  2\n"
		"names  x, y\n"
		"\n"
		"clients:\n"
		"id  ip\n"
		"a   ::1\n"
		"b\n");
}

TEST(table, shows_a_text_of_several_lines_below_its_name_and_whole)
{
	CHECK_TEXT(
		table_of(
			"{\"id\":7,\"text\":\"Hello,\\n\\na long line that is wider than the narrow terminal\\u001b[31m\\n\","
			"\"end\":1}",
			20),
		"id    7\ntext:\n  Hello,\n\n  a long line that is wider than the narrow terminal?[31m\nend   1\n");
}

TEST(table, leaves_out_columns_that_do_not_fit_and_says_so)
{
	CHECK_TEXT(table_of("[{\"a\":\"1234567890\",\"b\":\"1234567890\",\"c\":1}]", 15),
		"a\n1234567890\n(2 more columns do not fit; --format json shows them)\n");
	CHECK_TEXT(table_of("[{\"a\":\"12345678901234567890123456789012345678901\"}]", 0),
		"a\n123456789012345678901234567890123456789…\n");
}

TEST(table, lets_no_text_steer_the_terminal)
{
	CHECK_TEXT(table_of("{\"a\":\"x\\u001b[2J\\ny\\u202ez\\u009b\"}", 80), "a:\n  x?[2J\n  y?z?\n");
	CHECK_TEXT(table_of("[{\"a\":\"x\\u001b[2J\\ny\\u202ez\\u009b\"}]", 80), "a\nx?[2J y?z?\n");
	CHECK_TEXT(table_of("{\"a\\u001b\":1}", 80), "a?  1\n");
}

TEST(table, is_malformed_when_the_answer_is_no_json)
{
	struct buf b = { 0 };
	CHECK_ERR(table_write(&b, "<html>", 6, 80), ERR_MALFORMED);
	buf_free(&b);
}
