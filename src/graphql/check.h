/* Whether a document means something in a schema (October 2021, section 5): all rules, without running any of it. What
 * it costs grows with the document, and is bounded: what would take too long to judge is refused. */
#ifndef GRAPHQL_CHECK_H
#define GRAPHQL_CHECK_H

#include "graphql/schema.h"

enum { GQL_FAULTS_MAX = 10 }; /* then judging stops */
struct gql_faults {
	struct gql_fault list[GQL_FAULTS_MAX];
	size_t n;
};

struct gql_check_limits {
	uint32_t depth; /* of selections, fragments put where they are spread */
	uint32_t operations, variables; /* variables: of one operation */
	uint32_t work; /* steps */
};

/* True when there is no fault. */
bool gql_check(struct arena *a, const struct gql_schema *s, const struct gql_document *d,
	const struct gql_check_limits *limits, struct gql_faults *out);

#endif
