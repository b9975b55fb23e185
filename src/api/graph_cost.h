/* What a GraphQL operation will cost, told before any of it is done. */
#ifndef API_GRAPH_COST_H
#define API_GRAPH_COST_H

#include "graphql/coerce.h"

struct graph_cost {
	uint64_t
		total; /* values in the answer, with what it takes to get them; more than `most`: it was not added up */
	bool hash; /* some operation computes a password hash */
	bool fast; /* memory may answer all of it */
	bool introspects;
	bool deep; /* introspection that goes in circles */
};
/* The document is one that gql_check() took. Stops at `most`. */
struct graph_cost graph_cost(const struct gql_schema *s, const struct gql_document *d, const struct gql_operation *op,
	const struct gql_variables *variables, uint64_t most);

#endif
