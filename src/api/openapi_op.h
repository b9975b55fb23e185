/* One operation in the OpenAPI document. For openapi.c. */
#ifndef API_OPENAPI_OP_H
#define API_OPENAPI_OP_H

#include "api/op.h"
#include "base/buf.h"

/* An address of an operation, as a client calls it. */
struct api_route {
	const char *path; /* from the root */
	const char *method; /* "get" */
	const struct feature *feature;
	const struct op *op; /* NULL: an older shape's row */
	const struct shape_row *row;
	unsigned nth; /* 1 for the operation's first address: operation ids are unique */
};

/* The Operation Object of a route. */
void openapi_operation(struct buf *b, const struct api_route *route);
/* True when the route takes fields in a body. */
bool openapi_has_body(const struct api_route *route);
/* Members of "responses" and "schemas" that operations refer to; each ends without a comma. */
void openapi_error_responses(struct buf *b);
void openapi_error_schemas(struct buf *b);

#endif
