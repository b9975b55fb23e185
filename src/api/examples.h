/* Examples of the API: for each address a request that was sent to a running server, and its answer. `make examples`
 * records them into examples.txt of the features (test/e2e/examples.mjs); they are constant data of the program, read
 * only when somebody asks for the OpenAPI document. */
#ifndef API_EXAMPLES_H
#define API_EXAMPLES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* All of them, one after another, each a few lines:
 *	POST /api/v1/users/{id}/status
 *	parameter id "01a1..."
 *	application/json {"status":"inactive"}
 *	200 {"success":true,...}
 * Several addresses may stand above one another, when the same was said at each. An answer that is no JSON has its content type before it. The body's line is missing where there is none, and holds the content type alone where it is a file. An empty line
 * ends each. Made by tools/embed_examples. */
extern const char examples_text[];

struct example_parameter {
	const char *name, *value; /* the value as JSON */
};

enum { EXAMPLE_PARAMETERS = 8 };

struct example {
	struct example_parameter
		parameters[EXAMPLE_PARAMETERS]; /* in the path and the query; ends with .name == NULL */
	const char *type; /* content type of the body; NULL: no body */
	const char *body; /* JSON, also of a form; NULL: none that a document could hold */
	int status;
	const char *answer_type;
	const char *answer; /* JSON, also of a text; NULL: no body */
};

/* The example of a route, "POST /api/v1/users", out of a text of that form; NULL when there is none. */
const struct example *example_find(struct arena *a, const char *text, const char *route);
/* The value of the parameter whose name is n bytes; NULL when there is none. `e` may be NULL. */
const char *example_value(const struct example *e, const char *name, size_t n);

#endif
