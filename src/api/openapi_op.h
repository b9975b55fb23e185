/* One operation in the OpenAPI document. For openapi.c. */
#ifndef API_OPENAPI_OP_H
#define API_OPENAPI_OP_H

#include "api/examples.h"
#include "api/op.h"
#include "api/shape.h"
#include "base/buf.h"

/* An address of an operation, as a client calls it. */
struct api_route {
	const char *path; /* from the root */
	const char *method; /* "get" */
	const struct feature *feature;
	const struct op *op; /* NULL: an older shape's row */
	const struct shape_row *row;
	const struct view *view; /* of the row, compiled */
	const struct example *example; /* NULL: none was recorded */
	unsigned nth; /* 1 for the operation's first address: operation ids are unique */
};

/* The Operation Object of a route that is an operation's own. */
void openapi_operation(struct buf *b, const struct api_route *route);
/* True when the route takes fields in a body. */
bool openapi_has_body(const struct api_route *route);
/* "multipart/form-data": what takes a photo beside the fields of that type. */
void openapi_photo_body(struct buf *b, const struct type *in);
/* A Parameter Object, behind a comma when it is not the first of its list. `f` is its field; NULL: as in the path. */
void openapi_parameter(
	struct buf *b, const struct api_route *route, const struct field *f, const char *name, size_t n, bool path);
/* That of the key of a write, behind a comma when it is not the first; nothing for what heeds none. */
void openapi_key_parameter(struct buf *b, const struct op *op);
/* ",\"example\":..." of a body and of an answer of that content type; nothing when there is no such example. */
void openapi_example_body(struct buf *b, const struct api_route *route, const char *type);
void openapi_example_answer(struct buf *b, const struct api_route *route, int status, const char *type);
/* A list of Security Requirement Objects. */
const char *openapi_security(const struct op *op);
/* What the schema, and the response, of such failures is called. */
const char *openapi_error_name(enum error_form form);
/* Members of "responses" and "schemas" that operations refer to; each ends without a comma. */
void openapi_error_responses(struct buf *b);
void openapi_error_schemas(struct buf *b);

#endif
