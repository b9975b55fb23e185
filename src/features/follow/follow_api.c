/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/follow/follow.h"

static const char *const state_names[] = { "accepted", "pending", NULL };

TYPE(follow,
	FIELD(follow, id, UUID | REQUIRED, "Identifier"),
	FIELD(follow, follower_id, UUID | REQUIRED, "Who follows"),
	FIELD(follow, following_id, UUID | REQUIRED, "Who is followed"),
	FIELD_ENUM(follow, status, state_names, REQUIRED, "accepted, or pending until the other accepts"),
	FIELD(follow, follow_type, REQUIRED, "private when the one who is followed is asked first, else public"),
	FIELD(follow, created_at, TIME | REQUIRED, "Since when"));
TYPE(follow_pair,
	FIELD(follow_pair, from_id, UUID | REQUIRED | IN_PATH, "Who may follow"),
	FIELD(follow_pair, to_id, REQUIRED | IN_PATH, "Whom, by identifier or user name", .max = 64));
TYPE(follow_some,
	FIELD(follow_some, limit, 0, "How many at most", .min = 1, .max = 100, .dflt = "20"));
TYPE(follow_status,
	FIELD(follow_status, user_id, UUID | REQUIRED, "What is between you and whom"),
	FIELD(follow_status, is_following, REQUIRED, "You follow"),
	FIELD(follow_status, is_requested, REQUIRED, "You asked to follow"),
	FIELD(follow_status, is_followed_by, REQUIRED, "You are followed"),
	FIELD(follow_status, has_requested_you, REQUIRED, "You were asked"),
	FIELD(follow_status, is_blocked, REQUIRED, "You block"),
	FIELD(follow_status, is_muted, REQUIRED, "You mute"),
	FIELD(follow_status, can_message, REQUIRED, "You may write: strangers may, or you are followed"),
	FIELD(follow_status, can_tag, REQUIRED, "You may tag the person"),
	FIELD(follow_status, status, WORD, "accepted or pending; null when you neither follow nor asked to"),
	FIELD(follow_status, follow_type, 0, "public or private, as the account is; null likewise"),
	FIELD(follow_status, since, TIME, "Since when"));
TYPE(follow_query,
	FIELD(follow_query, id, REQUIRED | IN_PATH, "Identifier or user name", .max = 64),
	PAGE_FIELDS(follow_query));
TYPE(follow_own_query,
	FIELD(follow_own_query, sent, 0, "Those that you made, in place of those that you got"),
	PAGE_FIELDS(follow_own_query));
TYPE(follow_suggest_query,
	FIELD(follow_suggest_query, limit, 0, "How many at most", .min = 1, .max = 100, .dflt = "20"));
TYPE(follow_audience_query,
	FIELD(follow_audience_query, id, UUID | REQUIRED, "Whose"),
	FIELD_TEXTS(follow_audience_query, among, 0, "Of whom; none: of all", .max = 1000));
TYPE(follow_audience,
	FIELD_OBJECT(follow_audience, user, user, REQUIRED, "The person"),
	FIELD_OBJECT(follow_audience, seen, user, REQUIRED, "The same as followers see him"),
	FIELD(follow_audience, shows_presence, REQUIRED, "Whether they are told when he comes and goes"),
	FIELD_TEXTS(follow_audience, ids, REQUIRED, "Who follows, and has not muted him"),
	FIELD(follow_audience, many, REQUIRED, "Whether they are too many to be listed"));
TYPE(follow_told,
	FIELD(follow_told, follower_id, UUID | REQUIRED, "Who follows, or asks to"),
	FIELD(follow_told, following_id, UUID | REQUIRED, "Whom"),
	FIELD(follow_told, created_at, TIME | REQUIRED, "When"));

#define TOLD(name_, ...) \
	{ .name = (name_), .subject_type = "user", .payload = &follow_told_type, .doc = __VA_ARGS__, .ids_alone = true, \
	  .harmless = true }
const struct event user_followed = TOLD("user.followed", "Somebody follows somebody");
const struct event user_unfollowed = TOLD("user.unfollowed", "Somebody follows somebody no longer");
const struct event user_follow_requested = TOLD("user.follow_requested", "Somebody asks to follow somebody");

OP_BIND(follow_create, user_ref, follow);
OP_BIND(follow_remove, user_ref, none);
OP_BIND(follow_drop, user_ref, none);
OP_BIND(follow_status, user_ref, follow_status);
OP_BIND(follow_between, follow_pair, follow_status);
OP_BIND(follow_followers, follow_query, user_list);
OP_BIND(follow_following, follow_query, user_list);
OP_BIND(follow_mutual, follow_query, user_list);
OP_BIND(follow_requests, follow_own_query, user_list);
OP_BIND(follow_accept, user_ref, follow);
OP_BIND(follow_reject, user_ref, none);
OP_BIND(follow_suggest, follow_suggest_query, user_list);
OP_BIND(follow_audience, follow_audience_query, follow_audience);

/* READ COMMITTED will do: relation_lock() keeps all others from these two, and each number is added to where it stands. */
#define WRITES .flags = OP_WRITE | OP_ONE, .rate = RATE_WRITE

#define CAMEL_LIST \
	"data=items{id, username, displayName, avatarUrl, bio, followersCount, followingCount}," \
	" pagination=page{page, limit, total, pages=total_pages}"
#define CAMEL_ERRORS "oneself=400:Users cannot follow themselves, already_following=400:Already following this user," \
	" not_following=400:Not following this user, not_found=400:User not found"

const struct feature follow_feature = {
	.name = "follow",
	.doc = "Who follows whom",
	.ops = (const struct op[]){
		{ OP(follow_create), .rest = "POST /users/{id}/follow", WRITES, .doc = "Follow somebody, or ask to",
		  .message = "User followed successfully" },
		{ OP(follow_remove), .rest = "DELETE /users/{id}/follow", WRITES, .doc = "Follow somebody no longer, or take your request back",
		  .message = "User unfollowed successfully" },
		{ OP(follow_status), .rest = "GET /users/{id}/follow-status", .doc = "Read what is between you and somebody" },
		{ OP(follow_between), .rest = "GET /users/{from_id}/follow-status/{to_id}", .need = PERM_USER_READ, .own = "from_id",
		  .flags = OP_SERVICE, .doc = "Read what is between two people" },
		{ OP(follow_followers), .rest = "GET /users/{id}/followers", .flags = OP_ANYONE | OP_SERVICE | OP_REPLICA,
		  .doc = "List who follows somebody, the newest first" },
		{ OP(follow_following), .rest = "GET /users/{id}/following", .flags = OP_ANYONE | OP_SERVICE | OP_REPLICA,
		  .doc = "List whom somebody follows, the newest first" },
		{ OP(follow_mutual), .rest = "GET /users/{id}/mutual", .doc = "List those whom you follow and who follow somebody" },
		{ OP(follow_drop), .rest = "DELETE /users/me/followers/{id}", WRITES, .doc = "Have somebody follow you no longer",
		  .message = "Follower removed" },
		{ OP(follow_requests), .rest = "GET /users/me/follow-requests", .doc = "List who asks to follow you, or whom you asked" },
		{ OP(follow_accept), .rest = "POST /users/me/follow-requests/{id}/accept", WRITES,
		  .doc = "Let somebody follow you who asked to; {id} is that person's", .message = "Request accepted" },
		{ OP(follow_reject), .rest = "POST /users/me/follow-requests/{id}/reject", WRITES,
		  .doc = "Refuse somebody who asked to follow you; nobody is told", .message = "Request refused" },
		{ OP(follow_suggest), .rest = "GET /users/me/suggestions", .flags = OP_REPLICA,
		  .doc = "List people whom those follow whom you follow, by how many do" },
		{ OP(follow_audience), .flags = OP_LOCAL | OP_HIDDEN | OP_NO_CLI | OP_NO_AUDIT,
		  .doc = "Find who is to hear what somebody does: for sockets" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "POST /api/users/{id}/follow", .op = "follow_create",
		  .message = "User followed successfully",
		  .out = "message, follow=.{id, followerId, followingId, status, createdAt}", .errors = CAMEL_ERRORS },
		{ .shape = &shape_camel, .route = "POST /api/users/{id}/unfollow", .op = "follow_remove",
		  .message = "User unfollowed successfully", .out = "message", .errors = CAMEL_ERRORS },
		{ .shape = &shape_camel, .route = "GET /api/users/{id}/followers", .op = "follow_followers", .fixed = "page=1",
		  .out = CAMEL_LIST },
		{ .shape = &shape_camel, .route = "GET /api/users/{id}/following", .op = "follow_following", .fixed = "page=1",
		  .out = CAMEL_LIST },
		{ .shape = &shape_camel, .route = "GET /api/users/{id}/follow-status", .op = "follow_status",
		  .out = "isFollowing, status, followType" },
		{ 0 },
	},
	.graph_types = (const struct graph_type[]){ { &follow_status_type, "FollowRelation", NULL }, { 0 } },
	.graph = (const struct graph_field[]){
		{ .field = "query userFollowers(userId: String!, pagination: PaginationInput): UserSearchResult!", .op = "follow_followers",
		  .in = "userId=id" },
		{ .field = "query userFollowing(userId: String!, pagination: PaginationInput): UserSearchResult!", .op = "follow_following",
		  .in = "userId=id" },
		{ .field = "query followStatus(followerId: String!, followingId: String!): JSONObject!", .op = "follow_between",
		  .in = "followerId=from_id, followingId=to_id" },
		{ .field = "query followRelation(userId: String!): FollowRelation!", .op = "follow_status", .in = "userId=id" },
		{ .field = "mutation followUser(followingId: String!): Follow!", .op = "follow_create", .in = "followingId=id" },
		{ .field = "mutation unfollowUser(followingId: String!): Boolean!", .op = "follow_remove", .in = "followingId=id" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		{ &user_type, "followers", "Who follows the person, the newest first", "id", &follow_some_type, &user_list_type,
		  .load = follow_edge_followers },
		{ &user_type, "following", "Whom the person follows, the newest first", "id", &follow_some_type, &user_list_type,
		  .load = follow_edge_following },
		USER_EDGE(follow, "follower_id", "follower", "Who follows"),
		USER_EDGE(follow, "following_id", "following", "Who is followed"),
		USER_EDGE(follow_status, "user_id", "user", "The other"),
		{ 0 },
	},
	.erase = follow_erase,
	.events = (const struct event *const[]){ &user_followed, &user_unfollowed, &user_follow_requested, NULL },
};
