/* Answers for people at a terminal: a list as a table, an object as two columns. Made from the answer's JSON, so that it
 * does not matter whether it came from a running server or from this program. */
#ifndef API_TABLE_H
#define API_TABLE_H

#include "base/buf.h"
#include "base/err.h"

/* Writes an answer (a value, or the envelope around one) as text, `width` columns wide; 0: as wide as it gets. Columns
 * that no row fills are left out, and those that do not fit, which the last line says. Control characters become '?': a
 * name must not steer the terminal it is shown on. ERR_MALFORMED when the text is no JSON. */
err_t table_write(struct buf *b, const char *json, size_t n, size_t width) CHECKED;

#endif
