#include "base/csv_read.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/test.h"

#include <string.h>

/* The cells with bars between them, those in quotes with a "q" in front; or what is wrong. */
static const char *cells_of(struct arena *a, const char *p, size_t n)
{
	struct csv_row row;
	struct buf b = { .mem = a };
	const char *wrong = csv_row_read(a, p, n, &row);
	if (wrong)
		return wrong;
	for (size_t i = 0; i < row.n; i++)
		buf_printf(&b, "%s%s%s", i ? "|" : "", row.cells[i].quoted ? "q" : "", row.cells[i].text);
	return buf_cstr(&b);
}

TEST(csv_read, takes_rows_apart_as_the_rfc_has_it)
{
	static const struct {
		const char *row, *cells;
	} rows[] = {
		{ "a,b,c\r\n", "a|b|c" },
		{ "a,b,c\n", "a|b|c" },
		{ "a,b,c", "a|b|c" },
		{ "", "" },
		{ ",\n", "|" },
		{ "\"\",,\"a\"\"b\"\r\n", "q||qa\"b" },
		{ "\"a,b\nc\r\nd\",e\n", "qa,b\nc\r\nd|e" },
		{ " a , b\n", " a | b" },
		{ "\"\"\"\"\n", "q\"" },
		{ "a\"b,c\n", "has a quote inside a cell without quotes" },
		{ "\"a\"b,c\n", "has text behind a closing quote" },
		{ "\"a", "has a cell whose quote is not closed" },
		{ "\"a\"\"", "has a cell whose quote is not closed" },
		{ "a\rb\n", "has a carriage return inside a cell without quotes" },
		{ "\xff\n", "is not valid UTF-8" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(cells_of(a, rows[i].row, strlen(rows[i].row)), rows[i].cells);
	CHECK_TEXT(cells_of(a, "a\0b", 3), "holds a NUL character");
	arena_free(a);
}

TEST(csv_read, finds_where_a_row_ends)
{
	CHECK_INT(csv_row_size("a,b\nc", 5, false), 4);
	CHECK_INT(csv_row_size("a,b", 3, false), 0);
	CHECK_INT(csv_row_size("a,b", 3, true), 3);
	CHECK_INT(csv_row_size("a,\"b\nc\"\r\nd", 10, false), 9);
	CHECK_INT(csv_row_size("a,\"b\n", 5, true), 0);
	CHECK_INT(csv_row_size("\"a\"\"\n\"\n", 7, false), 7);
	CHECK_INT(csv_row_size("a\"b\nc", 5, false), 4);
	CHECK_INT(csv_row_size("\"a\"b\nc", 6, false), 5);
	CHECK_INT(csv_row_size("", 0, true), 0);
}

TEST(csv_read, has_bounds)
{
	struct arena *a = arena_new(0);
	char *many = arena_alloc(a, CSV_COLUMNS_MAX + 1), *large = arena_alloc(a, CSV_CELL_MAX + 2);
	memset(many, ',', CSV_COLUMNS_MAX);
	CHECK_TEXT(cells_of(a, many, CSV_COLUMNS_MAX), "has more than 200 columns");
	struct csv_row row;
	CHECK(!csv_row_read(a, many, CSV_COLUMNS_MAX - 1, &row) && row.n == CSV_COLUMNS_MAX);
	memset(large, 'x', CSV_CELL_MAX + 1);
	CHECK_TEXT(cells_of(a, large, CSV_CELL_MAX + 1), "has a cell of more than 64 KiB");
	CHECK(!csv_row_read(a, large, CSV_CELL_MAX, &row));
	arena_free(a);
}

TEST(csv_read, reads_what_csv_cell_wrote)
{
	static const char *const texts[] = { "=1+1", "'=1", "'", "\"", ",", "a\nb", "\r", " x ", "\t", "@", "-1",
		"Zoë" };
	enum { TEXTS = sizeof texts / sizeof *texts };
	struct arena *a = arena_new(0);
	struct buf b = { .mem = a };
	for (size_t i = 0; i < TEXTS; i++) {
		buf_str(&b, i ? "," : "");
		csv_cell(&b, texts[i]);
	}
	buf_str(&b, "\r\n");
	struct csv_row row;
	CHECK_INT(csv_row_size(b.p, b.n, false), (int64_t)b.n);
	CHECK(!csv_row_read(a, b.p, b.n, &row) && row.n == TEXTS);
	for (size_t i = 0; i < TEXTS; i++)
		CHECK_TEXT(csv_text(row.cells[i].text), texts[i]);
	arena_free(a);
}
