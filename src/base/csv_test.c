#include "base/csv.h"

#include "base/test.h"

#include <string.h>

static const char *written(const char *text)
{
	static struct buf b;
	b.n = 0;
	csv_cell(&b, text);
	return buf_cstr(&b);
}

TEST(csv, quotes_only_where_a_reader_needs_them)
{
	CHECK_TEXT(written(""), "");
	CHECK_TEXT(written("plain text"), "plain text");
	CHECK_TEXT(written("a,b"), "\"a,b\"");
	CHECK_TEXT(written("say \"hi\""), "\"say \"\"hi\"\"\"");
	CHECK_TEXT(written("two\nlines"), "\"two\nlines\"");
	CHECK_TEXT(written(" edge"), "\" edge\"");
	CHECK_TEXT(written("Zoë 東京"), "Zoë 東京");
}

TEST(csv, advisory_a_name_is_no_formula)
{
	static const char *const evil[] = { "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
		"=HYPERLINK(\"http://evil.example\",\"click\")", "=cmd|'/c calc'!A0", "＝1+1", "＋1", "－1",
		"＠SUM(A1)" };
	for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
		CHECK(strncmp(written(evil[i]), "\"'", 2) == 0);
	CHECK_TEXT(written("=1"), "\"'=1\"");
}

TEST(csv, the_guard_comes_off_and_nothing_else_does)
{
	static const char *const texts[] = { "=1", "'=1", "''=1", "＝1", "'＠1", "＊1", "'", "''", "'quoted'", "-5",
		"plain", "", "@x", "'@x" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char cell[64];
		const char *s = written(texts[i]);
		size_t n = strlen(s);
		bool quoted = n > 1 && s[0] == '"';
		snprintf(cell, sizeof cell, "%.*s", (int)(quoted ? n - 2 : n), quoted ? s + 1 : s);
		CHECK_TEXT(csv_text(cell), texts[i]);
	}
}
