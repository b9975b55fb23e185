#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

/* The wide forms, which spreadsheets of East Asia take for the narrow ones. */
static bool begins_wide(const char *text)
{
	static const char *const signs[] = { "\uff1d", "\uff0b", "\uff0d", "\uff20" };
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	return false;
}

/* Behind any number of apostrophes, lest one that was there already be taken for ours. */
static bool is_formula(const char *text)
{
	text += strspn(text, "'");
	return *text && (strchr("=+-@\t\r\n", *text) || begins_wide(text));
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
