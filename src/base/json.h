/* JSON by type table: bytes in, bound to a struct; a struct out, written straight into a buffer. Also JSON Schema of a type. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"
#include "base/cx.h"

enum {
	JSON_DEPTH = 32, /* levels of objects and lists, the outermost counted */
	INPUT_ERRORS = 50, /* field errors of one input: then reading stops */
	INPUT_FIELDS = 256, /* of one type */
};

/* Reads an object into `out` (zeroed by the caller, of type t). Strict: depth 32, duplicate keys, unknown fields (unless
 * `lax`), invalid UTF-8, NUL, numbers that do not fit, wrong kinds, read-only fields, missing required ones: every wrong
 * field is noted in cx with its path ("address.lines[2]") and ERR_INVALID returned once. ERR_MALFORMED with a message
 * that names line and column when it is no JSON at all, or no object. Checks lengths, ranges, formats and .check too;
 * fills defaults. */
err_t json_read(struct cx *cx, const struct type *t, void *out, const char *text, size_t n, bool lax) CHECKED;

/* The same of an object that was read, or made, elsewhere: of texts that are valid UTF-8 without NUL. Borrowed. Of one that is
 * nested too deep or holds too much (json_made_cost()) ERR_TOO_LARGE. */
struct json_t;
err_t json_read_object(struct cx *cx, const struct type *t, void *out, struct json_t *object) CHECKED;

/* A value that lives as long as the arena, and takes its memory there; NULL when it is no JSON, or costs too much. It is read only, and
 * the reference is the arena's. */
struct json_t *json_in_arena(struct arena *mem, const char *text, size_t n);

/* The same on the heap, until json_decref(). What strangers send is never read by the parser alone: two bytes of theirs may cost
 * hundreds. */
struct json_t *json_on_heap(const char *text, size_t n);

/* What json_read() checks, for values that came as texts (path, query, form, command line flags): each is converted to its
 * field's kind. List fields take repeated names or one text with commas. Call input_begin(), input_text() for each pair,
 * then input_end(), which checks required fields and fills defaults. Errors gather in cx; input_end() returns them. */
struct input {
	struct cx *cx;
	const struct type *type;
	void *out;
	bool lax;
	bool broken; /* the body ended in the middle: what is missing from it is not worth telling */
	unsigned errors; /* noted so far: at most INPUT_ERRORS */
	uint64_t seen[INPUT_FIELDS / 64]; /* bit a field */
};
void input_begin(struct input *in, struct cx *cx, const struct type *t, void *out, bool lax);
bool input_has(const struct input *in, const struct field *f); /* was it given? */
void input_text(struct input *in, const char *name, const char *value);
/* Merges a JSON object body, as json_read() does, without the final checks. ERR_MALFORMED only. */
err_t input_json(struct input *in, const char *text, size_t n) CHECKED;
err_t input_end(struct input *in) CHECKED;
/* The .check of a field of KIND_JSON that takes an object only. */
const char *json_object_check(const char *text);

enum json_mode {
	JSON_ANSWER, /* to the caller: SENSITIVE texts are given */
	JSON_RECORD, /* events, audit, logs: SENSITIVE texts are left out; secrets never appear in either */
};
/* Writes a struct as an object: fields in the table's order, HIDDEN ones and those in its hide mask left out, ABSENT
 * optionals and OMIT_NULL nulls too. Names in snake_case, or camelCase when `camel`. */
void json_write(struct buf *b, const struct type *t, const void *object, enum json_mode mode);
void json_write_camel(struct buf *b, const struct type *t, const void *object, enum json_mode mode);
/* One field's value (without its name). */
void json_write_value(struct buf *b, const struct field *f, const void *object, enum json_mode mode, bool camel);
void json_write_text(struct buf *b, const char *s); /* with quotes and escapes; NULL writes null */
void json_write_double(struct buf *b, double v); /* the shortest text that reads back the same; NaN writes null */
/* ["a","b"]: a statement takes any number of keys as one text (db.h, MANY_SQLITE). */
const char *json_texts(struct arena *a, size_t n, const char *const *texts);
/* {"name":n, ...}: counts by names that are known only when they are counted, for a field of KIND_JSON. */
struct json_counts {
	struct buf text;
};
struct json_counts json_counts_begin(struct arena *a);
void json_counts_add(struct json_counts *c, const char *name, int64_t n);
const char *json_counts_end(struct json_counts *c);
/* Writes compact JSON again for people: two blanks a level, a line break at the end. `text` must be valid. */
void json_indent(struct buf *b, const char *text, size_t n);

/* JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a type: as input (required, no read-only fields) or as output. Types
 * of nested objects are references into `#/components/schemas/`. */
void json_schema(struct buf *b, const struct type *t, bool input);

#endif
