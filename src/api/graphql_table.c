/* clang-format off */
#include "api/graphql.h"
#include "base/json.h"

TYPE(graphql_request,
	FIELD(graphql_request, query, MULTILINE, "The document", .max = 100000),
	FIELD_AS(graphql_request, operation_name, "operationName", 0, "Which of its operations is meant, when it has several", .max = 200),
	FIELD(graphql_request, variables, 0, "Values of its variables, by name", .check = json_object_check),
	FIELD(graphql_request, extensions, 0, "persistedQuery: the SHA-256 of a document that was sent before",
		.max = 4000, .check = json_object_check));

CONF_GROUP(graphql, "graphql",
	CONF(graphql, introspection, CONF_RELOAD, "true", "Whether anybody may read the schema"),
	CONF(graphql, tokens, CONF_RELOAD, "5000", "Words and signs that a document may have", .min = 100, .max = 100000),
	CONF(graphql, depth, CONF_RELOAD, "20", "How deeply its selections may be nested", .min = 5, .max = 100),
	CONF(graphql, aliases, CONF_RELOAD, "100", "Fields that it may give another name", .min = 0, .max = 10000),
	CONF(graphql, fragments, CONF_RELOAD, "50", "Fragments that it may have", .min = 0, .max = 64),
	CONF(graphql, cost, CONF_RELOAD, "10000", "Values that it may ask for; an operation counts 10, a change 50, one that hashes a password 500",
		.min = 100, .max = 1000000),
	CONF(graphql, time, CONF_DURATION | CONF_RELOAD, "5s", "After so long no further part of it is begun", .min = 100, .max = 600000),
	CONF(graphql, persisted, CONF_PLAIN, "1000", "How many documents are kept for clients that send their hash alone", .min = 0, .max = 100000));
