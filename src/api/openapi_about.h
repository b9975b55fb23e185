/* The sentences of the OpenAPI document that say who may call an operation, and how. For openapi_op.c, openapi_row.c. */
#ifndef API_OPENAPI_ABOUT_H
#define API_OPENAPI_ABOUT_H

#include "api/op.h"
#include "base/buf.h"

/* "description": of an operation, made from its row: who may call it, what If-Match is held against. */
void openapi_about(struct buf *b, const struct op *op);

#endif
