/* How an answer is printed: --format. Made from the answer's JSON, wherever it came from. */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include "cli/cli.h"

#include <jansson.h>

/* An answer to be printed. */
struct shown {
	const json_t *data;
	const struct type *type; /* of the data, or of a list's items: their fields are the columns. NULL: not known */
	const char *envelope; /* all of it, with what a list says beside its rows */
	size_t n;
};

struct format {
	const char *name;
	/* False when the answer cannot be read. */
	bool (*write)(struct cli *c, const struct shown *s);
};
extern const struct format formats[]; /* the first is what is used when nothing is said; ends with a NULL name */

const struct format *format_find(const char *name); /* NULL: there is none of that name */
/* "table|json|yaml", for help and messages. */
const char *format_names(struct arena *a, const char *between);

#endif
