/* clang-format off */
#include "api/amqp.h"
#include "api/graph.h"
#include "api/op.h"
#include "base/json.h"
#include "features/features.h"
#include "features/inbox/inbox.h"
#include "features/inbox/inbox_store.h"
#include "features/user/user.h"

TYPE(inbox_sum,
	FIELD(inbox_sum, id, 0, ""), FIELD(inbox_sum, type, 0, ""), FIELD(inbox_sum, n, 0, ""), FIELD(inbox_sum, other, 0, ""));
TYPE(inbox_event,
	FIELD(inbox_event, event_id, REQUIRED, "It counts once under this", .min = 1, .max = 255, .alias = "eventId|id"),
	FIELD(inbox_event, event_type, REQUIRED, "social.post.created and so on", .min = 1, .max = 100, .alias = "eventType|type"),
	FIELD(inbox_event, timestamp, TIME, "When it happened; now when it does not say"),
	FIELD(inbox_event, source, 0, "Which service says so", .max = 100),
	FIELD(inbox_event, version, 0, "Of its form", .max = 20),
	FIELD(inbox_event, data, REQUIRED, "Whom it concerns", .check = json_object_check, .max = 65536));
TYPE(inbox_data,
	FIELD(inbox_data, user_id, UUID, "Whom it concerns", .alias = "userId|reportedUserId|reported_user_id|targetUserId|target_user_id"),
	FIELD(inbox_data, owner_id, UUID, "Whose post it is, when that is somebody else",
		.alias = "ownerId|authorId|author_id|postAuthorId|post_author_id|postOwnerId"),
	FIELD(inbox_data, follower_id, UUID, "Who follows", .alias = "followerId"),
	FIELD(inbox_data, following_id, UUID, "Who is followed", .alias = "followingId"),
	FIELD(inbox_data, reason, 0, "Why", .max = 1000),
	FIELD(inbox_data, until, TIME, "Until when", .alias = "suspendedUntil|suspended_until|expiresAt|expires_at"));
TYPE(inbox_result,
	FIELD(inbox_result, outcome, REQUIRED, "counted, repeated or ignored"));
TYPE(inbox_ref,
	FIELD(inbox_ref, id, UUID | REQUIRED | IN_PATH, "Whose"));
#define NUMBER(member, column, ...) FIELD_AS(inbox_profile, now.member, column, REQUIRED, __VA_ARGS__)
TYPE(inbox_profile,
	FIELD(inbox_profile, user_id, UUID | REQUIRED, "Whose"),
	NUMBER(posts, "posts_count", "Posts"),
	NUMBER(likes, "likes_count", "Likes of these"),
	NUMBER(followers, "followers_count", "Followers there"),
	NUMBER(following, "following_count", "Followed there"),
	NUMBER(reports, "reports_count", "Reports"),
	NUMBER(open_reports, "open_reports", "Of these, not resolved yet"),
	NUMBER(suspensions, "suspensions_count", "Suspensions"),
	FIELD(inbox_profile, suspended_at, TIME, "When the newest word about a suspension was said"),
	FIELD(inbox_profile, synced_at, TIME, "When these numbers changed"));
TYPE(inbox_synced,
	FIELD(inbox_synced, people, REQUIRED, "Whose numbers were built again"),
	FIELD(inbox_synced, changed, REQUIRED, "Of these, whose were wrong"));

#define COUNT(member, column, ...) \
	FIELD_AS(inbox_entry, member, column, 0, __VA_ARGS__, .min = 0, .max = INBOX_COUNT_MAX)
TYPE(inbox_entry,
	FIELD(inbox_entry, user_id, UUID | REQUIRED, "Whose"),
	COUNT(posts, "posts_count", "Posts"),
	COUNT(likes, "likes_count", "Likes of these"),
	COUNT(followers, "followers_count", "Followers there"),
	COUNT(following, "following_count", "Followed there"),
	COUNT(reports, "reports_count", "Reports"),
	COUNT(open_reports, "open_reports", "Of these, not resolved yet"),
	COUNT(suspensions, "suspensions_count", "Suspensions"),
	FIELD(inbox_entry, at, TIME, "When these numbers were right; now when it does not say"));
TYPE(inbox_put_in,
	FIELD_ENUM(inbox_put_in, from, inbox_source_names, REQUIRED, "Which service says so"),
	FIELD_LIST(inbox_put_in, profiles, inbox_entry, REQUIRED, "What it says", .max = INBOX_PAGE_MAX));
TYPE(inbox_put_out,
	FIELD(inbox_put_out, people, REQUIRED, "Who is known here"),
	FIELD(inbox_put_out, changed, REQUIRED, "Of these, whose numbers were others"),
	FIELD(inbox_put_out, unknown, REQUIRED, "Who is not known here, and was left out"),
	FIELD(inbox_put_out, older, REQUIRED, "Known, but an earlier page was newer: left out"));

static bool place(struct queue_place *out)
{
	static const char *keys[4];
	const struct inbox_conf *c = conf_get(conf_current(), &inbox_conf_group);
	keys[0] = c->queue;
	keys[1] = "social.#";
	keys[2] = "moderation.#";
	*out = (struct queue_place){ .queue = c->queue, .exchange = c->exchange, .exchange_type = "topic", .keys = keys,
		.dead_exchange = c->dead_exchange, .dead_key = c->dead_routing_key, .dead_queue = c->dead_queue,
		.ahead = (int)c->prefetch };
	return *c->queue;
}

static void properties(void *in, const char *id, const char *correlation_id, bool again)
{
	(void)correlation_id;
	(void)again;
	((struct inbox_event *)in)->event_id = *id ? id : NULL;
}

OP_BIND(inbox_receive, inbox_event, inbox_result);
OP_BIND(inbox_profile, inbox_ref, inbox_profile);
OP_BIND(inbox_sync, none, inbox_synced);
OP_BIND(inbox_put, inbox_put_in, inbox_put_out);

const struct feature inbox_feature = {
	.name = "inbox",
	.doc = "What the services beside this one say of people",
	.ops = (const struct op[]){
		{ OP(inbox_receive), .flags = OP_WRITE | OP_LOCAL | OP_AUDIT_NAMED | OP_NO_IDEMPOTENCY, .rate = RATE_NONE,
		  .need = PERM_USER_WRITE, .doc = "Take an event of another service, as the queue does" },
		{ OP(inbox_profile), .rest = "GET /users/{id}/social-profile", .need = PERM_USER_READ,
		  .doc = "Read what other services said of a person, in numbers" },
		{ OP(inbox_sync), .flags = OP_WRITE | OP_LOCAL, .rate = RATE_NONE, .need = PERM_USER_WRITE,
		  .doc = "Build everybody's numbers again, from what is kept" },
		{ OP(inbox_put), .flags = OP_WRITE | OP_LOCAL | OP_HIDDEN | OP_NO_IDEMPOTENCY, .rate = RATE_NONE,
		  .need = PERM_USER_WRITE, .doc = "Take people's numbers from a page of another service" },
		{ 0 },
	},
	.queues = (const struct queue_row[]){
		{ .name = "neighbour_events", .op = "inbox_receive", .place = place, .properties = properties },
		{ 0 } },
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(inbox_profile, "user_id", "user", "Whose"),
		{ 0 },
	},
	.conf = &inbox_conf_group,
	.erase = inbox_erase,
	.parts = (const struct personal_part[]){
		{ "social.json", "What other services said of you, in numbers", &inbox_profile_type, inbox_part }, { 0 } },
};
