/* clang-format off */
#include "api/graph.h"
#include "api/graph_live.h"
#include "api/graphql.h"
#include "api/shape.h"
#include "features/features.h"

OP_BIND_PLANNED(graphql, graphql_request, graphql_work, none);
OP_BIND_PLANNED(graphql_live, graphql_request, graphql_work, none);

const struct feature graph_feature = {
	.name = "graphql",
	.doc = "The same operations by GraphQL",
	.ops = (const struct op[]){
		{ OP(graphql), .root = "GET /graphql, POST /graphql", .shape = &shape_graphql,
		  .flags = OP_ANYONE | OP_SERVICE | OP_BARE | OP_IGNORE_UNKNOWN | OP_NO_CLI | OP_NO_IDEMPOTENCY,
		  .plan = graphql_plan, .raw = graphql_http, .types = "application/json, application/graphql-response+json",
		  .doc = "Run a GraphQL document" },
		{ OP(graphql_live), .flags = OP_ANYONE | OP_SERVICE | OP_BARE | OP_IGNORE_UNKNOWN | OP_HIDDEN | OP_NO_CLI | OP_NO_IDEMPOTENCY,
		  .plan = graph_live_plan, .raw = graph_live_run, .doc = "The same over a connection that stays" },
		{ 0 },
	},
	.graph = (const struct graph_field[]){
		{ .field = "subscription userStatus(userId: String!): JSONObject!", .events = "user:status", .matches = "userId=userId",
		  .doc = "That somebody whom you follow comes or goes" },
		{ .field = "subscription profileUpdates(userId: String!): User!", .op = "user_get", .in = "userId=id",
		  .events = "profile:updated", .matches = "userId=userId", .doc = "The profile of somebody whom you follow, when it changes" },
		{ .field = "subscription followEvents(userId: String!): JSONObject!", .events = "follow:received, follow:lost",
		  .matches = "userId=followerId, userId=followingId", .doc = "That somebody follows you, or no longer; userId is either's" },
		{ .field = "subscription typingIndicators(chatId: String!): JSONObject!", .events = "user:typing",
		  .matches = "chatId=chatId, chatId=userId", .room = "chatId", .doc = "Who types in a room, or to you" },
		{ .field = "subscription notifications: JSONObject!", .events = "notification", .doc = "What you are told" },
		{ 0 },
	},
	.conf = &graphql_conf_group,
};
