/* The OpenAPI 3.1 document, made from the features' tables: nobody writes it by hand, and `make docs` keeps a copy whose
 * diff is the review of the API. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/op.h"
#include "base/buf.h"

/* What the document says that no table does. */
struct openapi_info {
	const char *version, *server_url;
	const char *contact_name, *contact_url, *contact_email; /* of whoever runs the server */
	const char *examples; /* as in examples.h; NULL: none */
};

/* Writes the document, two blanks a level, always in the same order. `features` ends with NULL; hidden operations are
 * left out. */
void openapi_write(struct buf *b, const struct feature *const *features, const struct openapi_info *info);

#endif
