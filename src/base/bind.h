/* What json_in.c and input.c share: binding one value to one field of a struct, and saying what is wrong with it. For
 * these files alone; everyone else reads input through json.h. */
#ifndef BASE_BIND_H
#define BASE_BIND_H

#include "base/json.h"

/* Where a value stands in the input. Kept on the stack and turned into "address.lines[2]" only when something is wrong. */
struct place {
	const struct place *up;
	const char *name; /* NULL: item `index` of a list */
	size_t index;
};

/* Notes an error of the value at `at`; beyond INPUT_ERRORS nothing is noted any more. */
void bind_wrong(struct input *in, const struct place *at, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool bind_enough(const struct input *in); /* INPUT_ERRORS were noted: stop reading */

/* The field that input may set under this name, or NULL: unknown, read-only or given before (all noted). */
const struct field *bind_field(struct input *in, const struct type *t, uint64_t *seen, const struct place *at);
/* After the last value of an object: what is required must be there, defaults are filled in. */
void bind_finish(struct input *in, const struct type *t, void *object, const uint64_t *seen, const struct place *up);

/* Sets a field from a text, n bytes of valid UTF-8 that no NUL need follow: texts, secrets, enums and times (the kinds that
 * are texts in JSON). */
void bind_string(
	struct input *in, const struct field *f, void *object, const char *s, size_t n, const struct place *at);
/* One text of a list or map, as it will be kept; NULL (and noted) when it does not fit. */
const char *bind_copy(struct input *in, const struct field *f, const char *s, size_t n, const struct place *at);
void bind_bool(struct input *in, const struct field *f, void *object, bool v);
void bind_int(struct input *in, const struct field *f, void *object, int64_t v, const struct place *at);
void bind_double(struct input *in, const struct field *f, void *object, double v, const struct place *at);
/* A null: marks an optional, leaves NULL where that means null, else is wrong. */
void bind_null(struct input *in, const struct field *f, void *object, const struct place *at);
/* True when a list or map of n items is within the field's bounds. */
bool bind_count(struct input *in, const struct field *f, size_t n, const struct place *at);
/* Sets a field of any kind from a text as it stands in a query string. */
void bind_text(struct input *in, const struct field *f, void *object, const char *s, const struct place *at);
/* Sets a field of any kind from JSON text: objects and maps that came in a form. */
void bind_json(struct input *in, const struct field *f, void *object, const char *text, const struct place *at);

/* What is wrong with a text, or NULL: the formats and rules of the field's row (check.c). */
const char *check_text(struct arena *mem, const struct field *f, const char *s);
/* The same for its length alone, in characters. */
const char *check_length(struct arena *mem, const char *s, int64_t min, int64_t max);

#endif
