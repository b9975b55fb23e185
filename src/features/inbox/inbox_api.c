/* clang-format off */
#include "api/amqp.h"
#include "api/op.h"
#include "base/json.h"
#include "features/features.h"
#include "features/inbox/inbox.h"
#include "features/inbox/inbox_store.h"

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
TYPE(inbox_profile,
	FIELD(inbox_profile, user_id, UUID | REQUIRED, "Whose"),
	FIELD(inbox_profile, posts_count, REQUIRED, "Posts"),
	FIELD(inbox_profile, likes_count, REQUIRED, "Likes of these"),
	FIELD(inbox_profile, followers_count, REQUIRED, "Followers there"),
	FIELD(inbox_profile, following_count, REQUIRED, "Followed there"),
	FIELD(inbox_profile, reports_count, REQUIRED, "Reports"),
	FIELD(inbox_profile, open_reports, REQUIRED, "Of these, not resolved yet"),
	FIELD(inbox_profile, suspensions_count, REQUIRED, "Suspensions"),
	FIELD(inbox_profile, suspended_at, TIME, "When the newest word about a suspension was said"),
	FIELD(inbox_profile, synced_at, TIME, "When these numbers changed"));
TYPE(inbox_synced,
	FIELD(inbox_synced, people, REQUIRED, "Whose numbers were built again"),
	FIELD(inbox_synced, changed, REQUIRED, "Of these, whose were wrong"));

CONF_GROUP(inbox, "inbox",
	CONF(inbox, queue, CONF_PLAIN, "user-service-queue", "Queue of the broker that brings neighbours' events; empty: none", .max = 200),
	CONF(inbox, exchange, CONF_PLAIN, "user-service-exchange",
		"Topic exchange that it is bound to, by its own name, social.# and moderation.#; empty: to none", .max = 255),
	CONF(inbox, dead_exchange, CONF_PLAIN, "user-service-dlx", "Exchange for events that cannot be understood", .min = 1, .max = 255),
	CONF(inbox, dead_routing_key, CONF_PLAIN, "failed", "With this routing key", .min = 1, .max = 255),
	CONF(inbox, dead_queue, CONF_PLAIN, "user-service-failed", "Queue that keeps them; empty: whoever binds one", .max = 255),
	CONF(inbox, prefetch, CONF_PLAIN, "16", "Events that one node takes at once", .min = 1, .max = 1000));

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

const struct feature inbox_feature = {
	.name = "inbox",
	.doc = "What the services beside this one say of people",
	.ops = (const struct op[]){
		{ OP(inbox_receive), .flags = OP_WRITE | OP_LOCAL | OP_AUDIT_NAMED | OP_NO_IDEMPOTENCY, .rate = RATE_NONE,
		  .need = PERM_USER_WRITE, .doc = "Take an event of another service, as the queue does" },
		{ OP(inbox_profile), .rest = "GET /users/{id}/social-profile", .need = PERM_USER_READ,
		  .doc = "Read what other services said of a person, in numbers" },
		{ OP(inbox_sync), .flags = OP_WRITE | OP_LOCAL, .rate = RATE_NONE, .need = PERM_USER_WRITE,
		  .doc = "Build everybody's numbers from the kept events again" },
		{ 0 },
	},
	.queues = (const struct queue_row[]){
		{ .name = "neighbour_events", .op = "inbox_receive", .place = place, .properties = properties },
		{ 0 } },
	.conf = &inbox_conf_group,
	.erase = inbox_erase,
	.parts = (const struct personal_part[]){
		{ "social.json", "What other services said of you, in numbers", &inbox_profile_type, inbox_part }, { 0 } },
};
