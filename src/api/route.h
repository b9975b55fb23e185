/* Which operation an address and a method mean: a tree of path segments built from the tables once, at start. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/shape.h"
#include "http/http.h"

enum { ROUTE_PARAMS = 6, ROUTE_METHODS = HTTP_OTHER };

struct endpoint {
	const struct op *op; /* NULL: the address does not answer this method */
	const struct view *view; /* NULL: the canonical shape */
	const char *route; /* "POST /api/v1/users/{id}/status": for logs and metrics */
	const char *params[ROUTE_PARAMS]; /* names of the {…} in order */
};

struct route_match {
	const struct endpoint *endpoint; /* NULL: no such address, or not with this method */
	const struct endpoint *methods; /* of the address, ROUTE_METHODS of them; NULL: no such address */
	const char *values[ROUTE_PARAMS]; /* of the {…}, in the arena */
};

/* Builds the tree from all features. Two rows for one method and address are a mistake of ours: aborts with a message. */
void routes_init(void);
/* A slash at the end makes no difference. HEAD finds what GET finds. */
struct route_match route_find(struct arena *a, enum http_method method, const char *path);
/* "GET, HEAD, OPTIONS, PATCH" of an address. */
const char *route_allow(struct arena *a, const struct endpoint *methods);

#endif
