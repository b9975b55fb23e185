/* The schema of all operations, made of the tables once. For graphql.c and its kin. */
#ifndef API_GRAPH_SCHEMA_H
#define API_GRAPH_SCHEMA_H

#include "api/graph.h"
#include "graphql/schema.h"

/* How a field is resolved: what gql_field_def.how points to. */
enum graph_how_kind {
	GRAPH_LEAF, /* field, written as JSON */
	GRAPH_OBJECT, /* field: a struct of `gives` */
	GRAPH_LIST, /* field: structs of `gives`, or texts when there is no such type */
	GRAPH_EDGE, /* edge */
	GRAPH_CALL, /* op */
	GRAPH_NEWS, /* what happened, as one JSON value */
};
struct graph_how {
	enum graph_how_kind kind;
	struct field field; /* as GraphQL names it; .place says which bit hides it */
	const struct type *of; /* the struct that holds it */
	const struct gql_type *gives; /* the bare object type; NULL: a scalar */
	const struct graph_edge *edge;
	const struct type *in; /* GRAPH_EDGE, GRAPH_CALL: what the arguments are read as; NULL: there are none */
	const struct op *op;
	const struct type *whole; /* GRAPH_CALL: the answer as one JSON value */
	const struct graph_field *news; /* of a subscription; NULL: it is none */
	bool paged; /* the arguments have a PaginationInput */
};

/* Made when it is first asked for; lives as long as the program. What is wrong with a row aborts with a message. */
const struct gql_schema *graph_schema(void);

/* An argument whose value holds others: they are the operation's as well. */
bool graph_is_group(const struct gql_input_def *arg, const struct graph_how *how);

#endif
