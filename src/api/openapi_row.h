/* A row of an older shape in the OpenAPI document. For openapi.c. */
#ifndef API_OPENAPI_ROW_H
#define API_OPENAPI_ROW_H

#include "api/openapi_op.h"

/* The Operation Object of a row whose route has a view. */
void openapi_row(struct buf *b, const struct api_route *route);
/* The schema of a row's body as a member of "schemas", behind a comma; nothing when it takes none. */
void openapi_row_input(struct buf *b, const struct api_route *route);
/* Members of "responses" and "schemas" that rows refer to; each begins with a comma, and is empty without rows. */
void openapi_row_responses(struct buf *b, bool any);
void openapi_row_schemas(struct buf *b, bool any);

#endif
