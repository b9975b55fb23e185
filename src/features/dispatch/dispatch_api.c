/* clang-format off */
#include "api/amqp.h"
#include "api/op.h"
#include "base/json.h"
#include "features/dispatch/dispatch.h"
#include "features/features.h"

TYPE(dispatch_request,
	FIELD(dispatch_request, notification_type, 0, "push", .max = 64),
	FIELD(dispatch_request, type, 0, "The same, as some gateways call it", .max = 64),
	FIELD(dispatch_request, user_id, UUID, "Who is to be notified; else metadata names it"),
	FIELD(dispatch_request, template_code, 0, "What is to be said", .max = 255),
	FIELD(dispatch_request, template_id, 0, "The same, as some gateways call it", .max = 255),
	FIELD(dispatch_request, variables, 0, "What the template fills in; `name` becomes the person's", .check = json_object_check,
		.max = 65536),
	FIELD(dispatch_request, request_id, 0, "Whoever sends it again within a day is not notified again", .max = 255),
	FIELD(dispatch_request, priority, 0, "0 to 10", .min = 0, .max = 10),
	FIELD(dispatch_request, metadata, 0, "Goes on as it is", .check = json_object_check, .max = 65536),
	FIELD(dispatch_request, correlation_id, 0, "Of the request that it came from", .max = 255),
	FIELD(dispatch_request, retry_count, 0, "How often the gateway tried", .min = 0, .max = 1000000),
	FIELD(dispatch_request, created_at, 0, "When the gateway made it", .max = 64));
TYPE(dispatch_preferences,
	FIELD(dispatch_preferences, email, REQUIRED, "Letters are wanted"),
	FIELD(dispatch_preferences, push, REQUIRED, "Push notifications are wanted"));
TYPE(dispatch_user,
	FIELD(dispatch_user, user_id, UUID | REQUIRED, "Who is notified"),
	FIELD(dispatch_user, name, 0, "Name of the person"),
	FIELD(dispatch_user, email, 0, "Address"),
	FIELD(dispatch_user, push_token, SENSITIVE, "Where the notification goes"),
	FIELD_OBJECT(dispatch_user, preferences, dispatch_preferences, REQUIRED, "What is wanted"),
	FIELD(dispatch_user, email_verified, REQUIRED, "The address was proved"));
TYPE(dispatch_message,
	FIELD_AS(dispatch_message, request.notification_type, "notification_type", OMIT_NULL, "push"),
	FIELD_AS(dispatch_message, request.type, "type", OMIT_NULL, "The same, if the gateway called it so"),
	FIELD_AS(dispatch_message, request.user_id, "user_id", OMIT_NULL, "Who is notified"),
	FIELD_AS(dispatch_message, request.template_code, "template_code", OMIT_NULL, "What is to be said"),
	FIELD_AS(dispatch_message, request.template_id, "template_id", OMIT_NULL, "The same, if the gateway called it so"),
	FIELD_AS(dispatch_message, request.variables, "variables", OMIT_NULL, "What the template fills in"),
	FIELD_AS(dispatch_message, request.request_id, "request_id", OMIT_NULL, "As it came"),
	FIELD_AS(dispatch_message, request.priority, "priority", OMIT_NULL, "As it came"),
	FIELD_AS(dispatch_message, request.metadata, "metadata", OMIT_NULL, "As it came"),
	FIELD_AS(dispatch_message, request.correlation_id, "correlation_id", OMIT_NULL, "As it came"),
	FIELD_AS(dispatch_message, request.retry_count, "retry_count", OMIT_NULL, "As it came"),
	FIELD_AS(dispatch_message, request.created_at, "created_at", OMIT_NULL, "As it came"),
	FIELD_OBJECT(dispatch_message, user_data, dispatch_user, OMIT_NULL, "The person; nothing when none is to be notified"));
TYPE(dispatch_notice,
	FIELD(dispatch_notice, user_id, UUID | REQUIRED, "Who is notified"),
	FIELD(dispatch_notice, request_id, 0, "Of the request"),
	FIELD(dispatch_notice, template_code, 0, "What is said"));

const struct event notification_requested = { .name = "notification.requested", .subject_type = "user",
	.payload = &dispatch_notice_type, .doc = "A push notification for somebody went on to the push service" };

CONF_GROUP(dispatch, "push",
	CONF(dispatch, queue, CONF_PLAIN, "push.queue",
		"Queue of the broker that brings requests for push notifications; empty: none", .env = "RABBITMQ_QUEUE_PUSH", .max = 200),
	CONF(dispatch, exchange, CONF_PLAIN, "notifications.direct", "Exchange that it is bound to; empty: to none",
		.env = "RABBITMQ_EXCHANGE", .max = 255),
	CONF(dispatch, routing_key, CONF_PLAIN, "push", "By this routing key", .max = 255),
	CONF(dispatch, dead_exchange, CONF_PLAIN, "notifications.dlx", "Exchange for requests that cannot be worked on", .min = 1,
		.max = 255),
	CONF(dispatch, dead_routing_key, CONF_PLAIN, "failed", "With this routing key", .min = 1, .max = 255),
	CONF(dispatch, dead_queue, CONF_PLAIN, "failed.queue", "Queue that keeps them; empty: whoever binds one", .max = 255),
	CONF(dispatch, enriched_queue, CONF_PLAIN, "push.enriched.queue", "Queue that completed requests go on to", .min = 1, .max = 255),
	CONF(dispatch, prefetch, CONF_PLAIN, "16", "Requests that one node takes at once", .min = 1, .max = 1000));

static bool place(struct queue_place *out)
{
	static const char *keys[2];
	const struct dispatch_conf *c = conf_get(conf_current(), &dispatch_conf_group);
	keys[0] = c->routing_key;
	*out = (struct queue_place){ .queue = c->queue, .exchange = c->exchange, .exchange_type = "direct", .keys = keys,
		.dead_exchange = c->dead_exchange, .dead_key = c->dead_routing_key, .dead_queue = c->dead_queue,
		.forward = c->enriched_queue, .priorities = 10, .ahead = (int)c->prefetch };
	return *c->queue;
}

static void properties(void *in, const char *id, const char *correlation_id, bool again)
{
	struct dispatch_request *r = in;
	(void)id;
	r->correlation_id = *correlation_id ? correlation_id : NULL;
	r->again = again;
}

static bool goes_on(const void *out)
{
	return ((const struct dispatch_message *)out)->outcome == DISPATCH_SENT;
}

static int64_t sent(void) { return dispatch_number(DISPATCH_SENT); }
static int64_t off(void) { return dispatch_number(DISPATCH_OFF); }
static int64_t silent(void) { return dispatch_number(DISPATCH_SILENT); }
static int64_t repeated(void) { return dispatch_number(DISPATCH_REPEATED); }

OP_BIND(dispatch_push, dispatch_request, dispatch_message);

const struct feature dispatch_feature = {
	.name = "dispatch",
	.doc = "Requests for push notifications, completed for the push service",
	.ops = (const struct op[]){
		{ OP(dispatch_push), .flags = OP_WRITE | OP_ONE | OP_LOCAL | OP_NO_AUDIT | OP_NO_IDEMPOTENCY, .rate = RATE_NONE,
		  .need = PERM_CONTACT_READ, .doc = "Complete a request for a push notification, as the queue does" },
		{ 0 },
	},
	.queues = (const struct queue_row[]){
		{ .name = "push_requests", .op = "dispatch_push", .place = place, .properties = properties, .goes_on = goes_on,
		  .gone_on = dispatch_gone_on },
		{ 0 } },
	.jobs = (const struct feature_job[]){ { "dispatch_clean", 60000, dispatch_clean, JOB_WRITE }, { 0 } },
	.events = (const struct event *const[]){ &notification_requested, NULL },
	.metrics = (const struct metric[]){
		{ "roster_push_requests_total{outcome=\"sent\"}", "Requests for push notifications", true, sent },
		{ "roster_push_requests_total{outcome=\"off\"}", "", true, off },
		{ "roster_push_requests_total{outcome=\"no_token\"}", "", true, silent },
		{ "roster_push_requests_total{outcome=\"repeated\"}", "", true, repeated },
		{ 0 } },
	.conf = &dispatch_conf_group,
};
