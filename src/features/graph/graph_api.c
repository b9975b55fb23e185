/* clang-format off */
#include "api/graphql.h"
#include "api/shape.h"
#include "features/features.h"

OP_BIND_PLANNED(graphql, graphql_request, graphql_work, none);

const struct feature graph_feature = {
	.name = "graphql",
	.doc = "The same operations by GraphQL",
	.ops = (const struct op[]){
		{ OP(graphql), .root = "GET /graphql, POST /graphql", .shape = &shape_graphql,
		  .flags = OP_ANYONE | OP_SERVICE | OP_BARE | OP_IGNORE_UNKNOWN | OP_NO_CLI | OP_NO_IDEMPOTENCY,
		  .plan = graphql_plan, .raw = graphql_http, .types = "application/json, application/graphql-response+json",
		  .doc = "Run a GraphQL document" },
		{ 0 },
	},
	.conf = &graphql_conf_group,
};
