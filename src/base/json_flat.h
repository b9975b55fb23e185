/* The short way through what clients really send: one object of texts, whole numbers, true, false and null, in ASCII, and of such
 * objects without blanks and escapes, which are their own compact text. It takes no memory. What it accepts, the parser accepts and reads the same (the fuzzer compares them);
 * of everything else it says no, and the parser decides. */
#ifndef BASE_JSON_FLAT_H
#define BASE_JSON_FLAT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLAT_MEMBERS = 24, FLAT_DEPTH = 4 };

enum flat_kind { FLAT_TEXT, FLAT_INT, FLAT_TRUE, FLAT_FALSE, FLAT_NULL, FLAT_OBJECT };

struct flat_member {
	enum flat_kind kind;
	const char *name, *text; /* in the input, without quotes, not ended with NUL; FLAT_OBJECT: all of it */
	size_t name_n, text_n;
	bool escaped; /* the text has escapes: see flat_text() */
	int64_t number;
};

struct flat {
	size_t n;
	struct flat_member member[FLAT_MEMBERS];
};

/* False when the text is anything else, also when it is wrong or has more members or one name twice. */
bool json_flat(const char *text, size_t n, struct flat *out);

/* What a member of FLAT_TEXT says; *n bytes, and a NUL. */
char *flat_text(struct arena *mem, const struct flat_member *m, size_t *n);

#endif
