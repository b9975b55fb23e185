#include "base/csv_read.h"
#include "base/str.h"

#include <string.h>

enum place { CELL_BEGINS, CELL_BARE, CELL_QUOTED, CELL_QUOTE_SEEN };

static enum place next_place(enum place at, char c)
{
	if (at == CELL_QUOTED)
		return c == '"' ? CELL_QUOTE_SEEN : CELL_QUOTED;
	if (c == '"' && at != CELL_BARE)
		return CELL_QUOTED; /* the first of a cell, or the second of a doubled one */
	return c == ',' ? CELL_BEGINS : CELL_BARE;
}

size_t csv_row_size(const char *p, size_t n, bool last)
{
	enum place at = CELL_BEGINS;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && at != CELL_QUOTED)
			return i + 1;
		at = next_place(at, p[i]);
	}
	return last && at != CELL_QUOTED ? n : 0;
}

/* The cell in quotes that begins at *p; behind its last quote only a comma or the end may stand. */
static const char *read_quoted(struct arena *a, const char **p, const char *end, struct csv_value *out)
{
	const char *s = *p + 1;
	char *text = arena_alloc(a, (size_t)(end - s) + 1), *to = text;
	for (; s < end; s++) {
		if (*s == '"' && (s + 1 == end || s[1] != '"'))
			break;
		s += *s == '"';
		*to++ = *s;
	}
	if (s == end)
		return "has a cell whose quote is not closed";
	s++;
	if (s < end && *s != ',')
		return "has text behind a closing quote";
	*to = 0;
	*out = (struct csv_value){ text, true };
	*p = s;
	return NULL;
}

static const char *read_bare(struct arena *a, const char **p, const char *end, struct csv_value *out)
{
	const char *comma = memchr(*p, ',', (size_t)(end - *p)), *stop = comma ? comma : end;
	size_t n = (size_t)(stop - *p);
	if (memchr(*p, '"', n))
		return "has a quote inside a cell without quotes";
	if (memchr(*p, '\r', n))
		return "has a carriage return inside a cell without quotes";
	*out = (struct csv_value){ arena_memdup0(a, *p, n), false };
	*p = stop;
	return NULL;
}

static size_t count_cells(const char *p, size_t n)
{
	size_t cells = 1;
	for (size_t i = 0; i < n; i++)
		cells += p[i] == ',';
	return cells < CSV_COLUMNS_MAX ? cells : CSV_COLUMNS_MAX;
}

const char *csv_row_read(struct arena *a, const char *p, size_t n, struct csv_row *out)
{
	*out = (struct csv_row){ 0 };
	if (!utf8_valid(p, n))
		return "is not valid UTF-8";
	if (memchr(p, 0, n))
		return "holds a NUL character";
	n -= n && p[n - 1] == '\n';
	n -= n && p[n - 1] == '\r';
	const char *end = p + n;
	struct csv_row row = { arena_array_of(a, struct csv_value, count_cells(p, n)), 0 };
	for (;; p++) {
		if (row.n == CSV_COLUMNS_MAX)
			return "has more than 200 columns";
		struct csv_value *v = &row.cells[row.n++];
		const char *wrong = p < end && *p == '"' ? read_quoted(a, &p, end, v) : read_bare(a, &p, end, v);
		if (wrong)
			return wrong;
		if (strlen(v->text) > CSV_CELL_MAX)
			return "has a cell of more than 64 KiB";
		if (p == end)
			break;
	}
	*out = row;
	return NULL;
}
