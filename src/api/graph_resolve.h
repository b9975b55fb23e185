/* Answers the fields of the schema that graph_schema() made. */
#ifndef API_GRAPH_RESOLVE_H
#define API_GRAPH_RESOLVE_H

#include "api/call.h"
#include "graphql/execute.h"

/* What gql_run.context points to. */
struct graph_context {
	struct call *outer; /* the request: whose caller all operations have */
	uint64_t until_ns; /* time_nanos() from which nothing is begun any more */
	bool secret; /* the answer holds tokens: it is not compressed */
	/* Of a subscription: what happened, as JSON; while NULL, nothing is resolved, and what is wanted is noted. */
	const char *news;
	const struct graph_field *wants;
	json_t *arguments; /* borrowed of the run */
	bool not_here; /* on a loop: memory could not tell; the answer means nothing */
};
void graph_resolve(struct gql_ask *ask);

#endif
