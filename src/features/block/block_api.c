/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "features/block/block.h"
#include "features/features.h"
#include "features/user/user.h"

TYPE(block_new,
	FIELD(block_new, id, REQUIRED | IN_PATH, "Identifier or user name", .max = 64),
	FIELD(block_new, reason, TRIM, "Why, for your own eyes", .max = 500));
TYPE(block,
	FIELD(block, id, UUID | REQUIRED, "Identifier"),
	FIELD(block, user_id, UUID | REQUIRED, "Who"),
	FIELD(block, username, REQUIRED, "His user name"),
	FIELD(block, display_name, 0, "His name to show"),
	FIELD(block, avatar_url, 0, "Address of his photo"),
	FIELD(block, reason, 0, "Why, as you noted"),
	FIELD(block, created_at, TIME | REQUIRED, "Since when"));
TYPE(block_query,
	PAGE_FIELDS(block_query));
TYPE(block_list,
	FIELD_LIST(block_list, items, block, REQUIRED, "People, the newest first"),
	FIELD_OBJECT(block_list, page, page, REQUIRED, "Place in the list"));
TYPE(block_told,
	FIELD(block_told, blocker_id, UUID | REQUIRED, "Who blocks"),
	FIELD(block_told, blocked_id, UUID | REQUIRED, "Whom"),
	FIELD(block_told, created_at, TIME | REQUIRED, "When"));

#define TOLD(name_, ...) \
	{ .name = (name_), .subject_type = "user", .payload = &block_told_type, .doc = __VA_ARGS__, .ids_alone = true, \
	  .harmless = true }
const struct event user_blocked = TOLD("user.blocked", "Somebody blocks somebody");
const struct event user_unblocked = TOLD("user.unblocked", "Somebody blocks somebody no longer");

OP_BIND(block_create, block_new, block);
OP_BIND(block_remove, user_ref, none);
OP_BIND(block_list, block_query, block_list);
OP_BIND(mute_create, user_ref, block);
OP_BIND(mute_remove, user_ref, none);
OP_BIND(mute_list, block_query, block_list);

/* READ COMMITTED will do, as in follow_api.c. */
#define WRITES .flags = OP_WRITE | OP_ONE, .rate = RATE_WRITE

const struct feature block_feature = {
	.name = "block",
	.doc = "Whom a person wants nothing of",
	.ops = (const struct op[]){
		{ OP(block_create), .rest = "POST /users/{id}/block", WRITES, .doc = "Block somebody: you are gone for each other",
		  .message = "User blocked" },
		{ OP(block_remove), .rest = "DELETE /users/{id}/block", WRITES, .doc = "Block somebody no longer",
		  .message = "User unblocked" },
		{ OP(block_list), .rest = "GET /users/me/blocks", .doc = "List whom you block" },
		{ OP(mute_create), .rest = "POST /users/{id}/mute", WRITES, .doc = "Mute somebody, who is not told",
		  .message = "User muted" },
		{ OP(mute_remove), .rest = "DELETE /users/{id}/mute", WRITES, .doc = "Mute somebody no longer",
		  .message = "User unmuted" },
		{ OP(mute_list), .rest = "GET /users/me/mutes", .doc = "List whom you mute" },
		{ 0 },
	},
	.graph = (const struct graph_field[]){
		{ .field = "mutation blockUser(userId: String!, reason: String): Block!", .op = "block_create", .in = "userId=id" },
		{ .field = "mutation unblockUser(userId: String!): Boolean!", .op = "block_remove", .in = "userId=id" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(block, "user_id", "user", "Who; null when you are gone for each other"),
		{ 0 },
	},
	.events = (const struct event *const[]){ &user_blocked, &user_unblocked, NULL },
};
