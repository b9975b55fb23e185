/* CSV (RFC 4180), as spreadsheets take it without being steered by it. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"

/* Adds a cell, in quotes where its text needs them. A text that a spreadsheet would take for a formula (it begins with
 * = + - @, a tab, a carriage return or a line feed) gets an apostrophe in front, and so does one that begins with
 * apostrophes and such a character: csv_text() takes exactly that one off again. */
void csv_cell(struct buf *b, const char *text);
/* The text that csv_cell() was given, from what stood in the cell (without its quotes). */
const char *csv_text(const char *cell);

#endif
