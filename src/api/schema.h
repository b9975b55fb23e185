/* JSON Schema (2020-12, the dialect of OpenAPI 3.1) from type tables: the parts that openapi.c puts together. A schema as
 * input holds what a client may send (bounds, what is required, no read-only fields); as output what it may rely on. */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "base/json.h"

/* How a schema is written. */
enum {
	SCHEMA_INPUT = 1u << 0, /* what a client may send; else what it may rely on */
	SCHEMA_WHOLE = 1u << 1, /* nested types in place instead of references: types of older shapes have no name */
	SCHEMA_LAX = 1u << 2, /* fields that a type has not are passed over */
	SCHEMA_FILE = 1u << 3, /* a file may stand beside the fields */
};

/* Name of a type's schema: user_new is "UserNew", and "UserNewInput" as input. */
void schema_name(struct buf *b, const struct type *t, bool input);
/* {"$ref":"#/components/schemas/UserNew"} */
void schema_ref(struct buf *b, const struct type *t, bool input);
/* One field's schema. */
void schema_field(struct buf *b, const struct field *f, unsigned how);
/* The schema of an object, without fields that have one of the flags `without` (IN_PATH | IN_QUERY for a body). */
void schema_body(struct buf *b, const struct type *t, unsigned without, unsigned how);
/* True when the field appears as input or as output at all. */
bool schema_has(const struct field *f, bool input);

#endif
