/* GraphQL over HTTP: a request is one operation of ours, which calls those that its document asks for. What it may cost is
 * judged while it is read; what it costs memory and time alone is answered on the loop. */
#ifndef API_GRAPHQL_H
#define API_GRAPHQL_H

#include "api/op.h"
#include "base/buf.h"
#include "graphql/coerce.h"

struct graphql_conf {
	bool introspection;
	int64_t tokens, depth, aliases, fragments, cost, time, persisted;
};
extern const struct conf_group graphql_conf_group;

/* As clients of GraphQL over HTTP send it. */
struct graphql_request {
	const char *query, *operation_name;
	struct json variables, extensions;
};
extern const struct type graphql_request_type;

/* What plan() leaves for the answer. */
struct graphql_work {
	const struct gql_document *document; /* NULL: it is refused */
	const struct gql_operation *operation;
	struct gql_variables variables;
	const char *refusal; /* JSON */
	bool stays; /* a refusal that is no fault of the request: always answered with 200 */
};

/* op.plan() and op.raw(). */
err_t graphql_plan(struct cx *cx, const void *request, void *work, unsigned *flags) CHECKED;
err_t graphql_http(struct cx *cx, struct http_req *r) CHECKED;

/* Runs what plan() found good, and writes the answer. ERR_NOT_HERE: on a loop, and memory does not know. */
struct graph_context;
struct call;
err_t graphql_run(struct call *c, struct graph_context *at, struct buf *out) CHECKED;

/* The schema as it is written: of all operations. */
void graph_schema_print(struct buf *out);

#endif
