#include "features/importer/importer_split.h"
#include "base/csv_read.h"
#include "base/json_scan.h"

#include <string.h>

enum { MARK = 3 }; /* bytes of a byte order mark */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t blanks(const char *p, size_t n)
{
	size_t i = 0;
	while (i < n && is_blank(p[i]))
		i++;
	return i;
}

static enum split_found next_in_list(
	struct split *s, const char *p, size_t n, bool last, const char **record, size_t *record_n, size_t *used)
{
	size_t i = blanks(p, n);
	bool comma = s->begun && i < n && p[i] == ',';
	if (comma)
		i += 1 + blanks(p + i + 1, n - i - 1);
	if (i == n)
		return last ? SPLIT_CUT : SPLIT_MORE;
	if (p[i] == ']' && !comma) {
		i += 1 + blanks(p + i + 1, n - i - 1);
		if (i == n && !last)
			return SPLIT_MORE;
		*used = i;
		s->ended = i == n;
		return s->ended ? SPLIT_END : SPLIT_CUT;
	}
	if (s->begun && !comma)
		return SPLIT_CUT;
	/* What is no object is refused as a record, and the others go on. */
	size_t size = json_value_size(p + i, n - i);
	if (!size)
		return last || p[i] == ',' || p[i] == ']' || p[i] == '}' ? SPLIT_CUT : SPLIT_MORE;
	*record = p + i;
	*record_n = size;
	*used = i + size;
	s->begun = true;
	return SPLIT_RECORD;
}

/* Empty lines are passed over; a blank before a CSV row belongs to its first cell. */
static size_t empty_lines(const struct split *s, const char *p, size_t n)
{
	if (s->format != IMPORT_CSV)
		return blanks(p, n);
	size_t i = 0;
	while (i < n && (p[i] == '\n' || (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')))
		i++;
	return i;
}

static size_t line_size(const char *p, size_t n, bool last)
{
	const char *end = memchr(p, '\n', n);
	return end ? (size_t)(end - p) + 1 : last ? n : 0;
}

static enum split_found next_line(
	struct split *s, const char *p, size_t n, bool last, const char **record, size_t *record_n, size_t *used)
{
	size_t i = empty_lines(s, p, n);
	*used = i;
	if (i == n)
		return last ? SPLIT_END : SPLIT_MORE;
	size_t size = s->format == IMPORT_CSV ? csv_row_size(p + i, n - i, last) : line_size(p + i, n - i, last);
	if (!size)
		return last ? SPLIT_CUT : SPLIT_MORE;
	*record = p + i;
	*record_n = size;
	*used = i + size;
	return SPLIT_RECORD;
}

/* A byte order mark, and of JSON the bracket that tells a list from lines. False when more bytes are needed. */
static bool open_file(struct split *s, const char *p, size_t n, bool last, size_t *used)
{
	size_t i = n >= MARK && memcmp(p, "\xef\xbb\xbf", MARK) == 0 ? MARK : 0;
	if (n < MARK && !last)
		return false;
	if (s->format == IMPORT_JSON) {
		i += blanks(p + i, n - i);
		if (i == n && !last)
			return false;
		s->list = i < n && p[i] == '[';
		i += s->list;
	}
	s->opened = true;
	*used = i;
	return true;
}

enum split_found split_next(
	struct split *s, const char *p, size_t n, bool last, const char **record, size_t *record_n, size_t *used)
{
	size_t opening = 0, more = 0;
	*used = 0;
	if (s->ended)
		return SPLIT_END;
	if (!s->opened && !open_file(s, p, n, last, &opening))
		return SPLIT_MORE;
	enum split_found f = s->list ? next_in_list(s, p + opening, n - opening, last, record, record_n, &more)
	                             : next_line(s, p + opening, n - opening, last, record, record_n, &more);
	*used = opening + more;
	return f;
}
