#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

/* Behind any number of apostrophes, lest one that was there already be taken for ours. */
static bool is_formula(const char *text)
{
	text += strspn(text, "'");
	return *text && strchr("=+-@\t\r\n", *text);
}

void csv_cell(struct buf *b, const char *text)
{
	bool guard = is_formula(text);
	bool quote =
		guard || text[strcspn(text, ",\"\r\n\t;")] || *text == ' ' || (*text && text[strlen(text) - 1] == ' ');
	if (quote)
		buf_char(b, '"');
	if (guard)
		buf_char(b, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_char(b, '"');
		buf_char(b, *text);
	}
	if (quote)
		buf_char(b, '"');
}

const char *csv_text(const char *cell)
{
	return *cell == '\'' && is_formula(cell) ? cell + 1 : cell;
}
