/* CSV read strictly (RFC 4180): rows that end with LF or CRLF, cells in quotes or without. What csv_cell() wrote comes back
 * as it was, if csv_text() is asked last. */
#ifndef BASE_CSV_READ_H
#define BASE_CSV_READ_H

#include "base/arena.h"

enum { CSV_CELL_MAX = 64 * 1024, CSV_COLUMNS_MAX = 200 };

struct csv_value {
	const char *text; /* without its quotes; NUL behind it */
	bool quoted; /* "" is an empty text, nothing between two commas is no value */
};
struct csv_row {
	struct csv_value *cells;
	size_t n;
};

/* How many bytes the row takes that begins at p, its line end included; 0 when its end is not among the n bytes. `last`:
 * nothing follows them, and a last row needs no line end; an open quote is not ended by that. */
size_t csv_row_size(const char *p, size_t n, bool last);

/* Takes a row apart, n bytes with or without its line end. NULL when it is right, else what is wrong with it. */
const char *csv_row_read(struct arena *a, const char *p, size_t n, struct csv_row *out);

#endif
