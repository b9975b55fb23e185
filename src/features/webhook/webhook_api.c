/* clang-format off */
#include "api/op.h"
#include "features/events/events_form.h"
#include "features/features.h"
#include "features/webhook/webhook_job.h"
#include "features/webhook/webhook_queue_store.h"
#include "features/webhook/webhook_types.h"

TYPE(webhook,
	FIELD(webhook, id, UUID | REQUIRED, "Identifier"),
	FIELD(webhook, url, SENSITIVE | REQUIRED, "Where events are sent to"),
	FIELD(webhook, origin, REQUIRED, "Its server: the part of the URL that holds no secret"),
	FIELD(webhook, description, REQUIRED, "What it is for"),
	FIELD_TEXTS(webhook, types, REQUIRED, "Types of events that it gets: *, user.*, user.created"),
	FIELD_ENUM(webhook, form, events_form_names, REQUIRED,
		"How events are written: snake as the API does, camel in camelCase, cloudevents as CloudEvents 1.0"),
	FIELD(webhook, enabled, REQUIRED, "Whether it is sent anything"),
	FIELD(webhook, disabled_reason, 0, "Why the server disabled it; null when it did not"),
	FIELD(webhook, created_at, TIME | REQUIRED, "When it was made"),
	FIELD(webhook, updated_at, TIME | REQUIRED, "When it was last changed"),
	FIELD(webhook, old_secret_until, TIME, "Until when the secret before the last signs too"),
	FIELD(webhook, secret, SENSITIVE | OMIT_NULL, "Shown once; keep it: what is sent is signed with it"),
	FIELD(webhook, failures, REQUIRED | VOLATILE, "How often it failed, one after another, until now"),
	FIELD(webhook, failing_since, TIME | VOLATILE, "Since when it takes nothing"),
	FIELD(webhook, last_success_at, TIME | VOLATILE, "When it last took something"),
	FIELD(webhook, patterns, HIDDEN, ""),
	FIELD(webhook, sealed, HIDDEN, ""),
	FIELD(webhook, old_sealed, HIDDEN, ""));
#define URL_DOC "https:// address of the receiver, public unless the settings allow others; no user name, no fragment"
#define TYPES_DOC "Types of events that it gets: * for all, user.* for a kind, user.created for one"
TYPE(webhook_new,
	FIELD(webhook_new, url, REQUIRED | TRIM, URL_DOC, .min = 1, .max = 2048),
	FIELD_TEXTS(webhook_new, types, 0, TYPES_DOC "; all when none is given", .max = WEBHOOK_TYPES_MAX),
	FIELD(webhook_new, description, TRIM, "What it is for", .max = 200),
	FIELD_ENUM(webhook_new, form, events_form_names, 0, "How events are written", .dflt = "snake"),
	FIELD(webhook_new, enabled, 0, "Whether it is sent anything", .dflt = "true"));
TYPE(webhook_change,
	FIELD(webhook_change, id, UUID | REQUIRED | IN_PATH, "Webhook"),
	FIELD(webhook_change, url, TRIM, URL_DOC, .min = 1, .max = 2048),
	FIELD_TEXTS(webhook_change, types, 0, TYPES_DOC, .max = WEBHOOK_TYPES_MAX),
	FIELD(webhook_change, description, TRIM | NULL_CLEARS, "What it is for", .max = 200),
	FIELD_ENUM(webhook_change, form, events_form_names, 0, "How events are written"),
	FIELD(webhook_change, enabled, 0, "Whether it is sent anything"));
TYPE(webhook_ref,
	FIELD(webhook_ref, id, UUID | REQUIRED | IN_PATH, "Webhook"));
TYPE(webhook_query,
	CURSOR_FIELDS(webhook_query));
TYPE(webhook_list,
	FIELD_LIST(webhook_list, items, webhook, REQUIRED, "Webhooks, newest first"),
	FIELD_OBJECT(webhook_list, page, page, REQUIRED, "Place in the list"));

TYPE(webhook_delivery,
	FIELD(webhook_delivery, event_id, UUID | REQUIRED, "The event, also its webhook-id"),
	FIELD(webhook_delivery, event_type, REQUIRED, "What happened"),
	FIELD(webhook_delivery, sequence, REQUIRED, "Number of the event"),
	FIELD(webhook_delivery, subject, REQUIRED, "What it happened to: its kind and id"),
	FIELD_ENUM(webhook_delivery, status, webhook_status_names, REQUIRED,
		"queued; delivered: the receiver took it; dead: given up"),
	FIELD(webhook_delivery, attempts, REQUIRED, "How often it was tried"),
	FIELD(webhook_delivery, http_status, 0, "What the last attempt was answered; null when there was no answer"),
	FIELD(webhook_delivery, reason, 0, "Why the last attempt failed"),
	FIELD(webhook_delivery, queued_at, TIME | REQUIRED, "When it was put into the queue"),
	FIELD(webhook_delivery, tried_at, TIME, "When it was last tried"),
	FIELD(webhook_delivery, due_at, TIME, "When it is tried next; null while an earlier event of the same subject waits"),
	FIELD(webhook_delivery, done_at, TIME, "When it was delivered or given up"),
	FIELD(webhook_delivery, webhook_id, HIDDEN, ""),
	FIELD(webhook_delivery, claim, HIDDEN, ""));
TYPE(webhook_deliveries_query,
	FIELD(webhook_deliveries_query, id, UUID | REQUIRED | IN_PATH, "Webhook"),
	CURSOR_FIELDS(webhook_deliveries_query),
	FIELD_ENUM(webhook_deliveries_query, status, webhook_status_names, 0, "Only those of this status"));
TYPE(webhook_deliveries,
	FIELD_LIST(webhook_deliveries, items, webhook_delivery, REQUIRED, "Deliveries, those of the newest events first"),
	FIELD_OBJECT(webhook_deliveries, page, page, REQUIRED, "Place in the list"));
TYPE(webhook_delivery_ref,
	FIELD(webhook_delivery_ref, id, UUID | REQUIRED | IN_PATH, "Webhook"),
	FIELD(webhook_delivery_ref, event_id, UUID | REQUIRED | IN_PATH, "Event"));
TYPE(webhook_since,
	FIELD(webhook_since, id, UUID | REQUIRED | IN_PATH, "Webhook"),
	FIELD(webhook_since, since, TIME, "Those that were given up since then; without it all that are kept"));
TYPE(webhook_replayed,
	FIELD(webhook_replayed, replayed, REQUIRED, "How many are in the queue again"),
	FIELD(webhook_replayed, more, REQUIRED, "Whether there are more: call it once more"));
TYPE(webhook_counts,
	FIELD(webhook_counts, queued, 0, ""), FIELD(webhook_counts, oldest_at, 0, ""), FIELD(webhook_counts, dead, 0, ""),
	FIELD(webhook_counts, endpoints, 0, ""), FIELD(webhook_counts, failing, 0, ""));
TYPE(webhook_turn,
	FIELD(webhook_turn, webhook_id, 0, ""), FIELD(webhook_turn, failures, 0, ""), FIELD(webhook_turn, failing_since, 0, ""));

const struct event webhook_created = EVENT("webhook.created", "webhook", &webhook_type, "A webhook was made");
const struct event webhook_updated = EVENT("webhook.updated", "webhook", &webhook_type, "A webhook, or its secret, was changed");
const struct event webhook_deleted = EVENT("webhook.deleted", "webhook", &webhook_type, "A webhook was removed");
const struct event webhook_disabled = EVENT("webhook.disabled", "webhook", &webhook_type,
	"A webhook took nothing for too long, or asked for no more: nothing is sent to it");
const struct event webhook_ping_event = EVENT(WEBHOOK_PING, "webhook", &webhook_type, "A test, for one webhook alone");

static const struct metric metrics[] = {
	{ "roster_webhook_queued", "Deliveries to webhooks that wait", false, webhook_number_queued },
	{ "roster_webhook_oldest_seconds", "How long the oldest of them waits", false, webhook_number_oldest },
	{ "roster_webhook_dead", "Deliveries given up that are still kept", false, webhook_number_dead },
	{ "roster_webhook_endpoints", "Webhooks that are enabled", false, webhook_number_endpoints },
	{ "roster_webhook_failing", "Of these, those that do not answer", false, webhook_number_failing },
	{ "roster_webhook_sent_total", "Deliveries from this node that were taken", true, webhook_number_sent },
	{ "roster_webhook_failed_total", "Attempts that failed", true, webhook_number_failed },
	{ "roster_webhook_given_up_total", "Deliveries given up by this node after an attempt", true, webhook_number_given_up },
	{ 0 },
};

OP_BIND(webhook_create, webhook_new, webhook);
OP_BIND(webhook_get, webhook_ref, webhook);
OP_BIND(webhook_list, webhook_query, webhook_list);
OP_BIND(webhook_update, webhook_change, webhook);
OP_BIND(webhook_delete, webhook_ref, none);
OP_BIND(webhook_rotate_secret, webhook_ref, webhook);
OP_BIND(webhook_ping, webhook_ref, none);
OP_BIND(webhook_deliveries, webhook_deliveries_query, webhook_deliveries);
OP_BIND(webhook_replay, webhook_delivery_ref, webhook_delivery);
OP_BIND(webhook_replay_dead, webhook_since, webhook_replayed);

/* What changes a queue locks it first: READ COMMITTED will do, and who delivers meanwhile makes nobody begin again. */
const struct feature webhook_feature = {
	.name = "webhook",
	.doc = "Webhooks: events by HTTP to the receivers that you name, signed, and again until they are taken",
	.ops = (const struct op[]){
		{ OP(webhook_create), .rest = "POST /webhooks", .status = 201, .need = PERM_WEBHOOK_MANAGE,
		  .flags = OP_WRITE | OP_NO_STORE, .rate = RATE_WRITE, .doc = "Have events sent to a receiver",
		  .message = "Webhook made; its secret is shown this once" },
		{ OP(webhook_list), .rest = "GET /webhooks", .need = PERM_WEBHOOK_READ, .doc = "List webhooks" },
		{ OP(webhook_get), .rest = "GET /webhooks/{id}", .need = PERM_WEBHOOK_READ,
		  .doc = "Read a webhook, and how it answers" },
		{ OP(webhook_update), .rest = "PATCH /webhooks/{id}", .need = PERM_WEBHOOK_MANAGE, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .reads = "webhook_get",
		  .doc = "Change a webhook; one that is not enabled is sent nothing", .message = "Webhook changed" },
		{ OP(webhook_delete), .rest = "DELETE /webhooks/{id}", .need = PERM_WEBHOOK_MANAGE, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .reads = "webhook_get", .doc = "Remove a webhook, and what is queued for it",
		  .message = "Webhook removed" },
		{ OP(webhook_rotate_secret), .rest = "POST /webhooks/{id}/secret", .need = PERM_WEBHOOK_MANAGE,
		  .flags = OP_WRITE | OP_NO_STORE, .rate = RATE_WRITE,
		  .doc = "Give it a new secret; the one before signs beside it for a while",
		  .message = "New secret made; it is shown this once" },
		{ OP(webhook_ping), .rest = "POST /webhooks/{id}/ping", .need = PERM_WEBHOOK_MANAGE, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .status = 202, .doc = "Send it a test event, webhook.ping",
		  .message = "A test event is on its way; its deliveries tell what came of it" },
		{ OP(webhook_deliveries), .rest = "GET /webhooks/{id}/deliveries", .need = PERM_WEBHOOK_READ,
		  .doc = "List what is queued for a webhook, was delivered or was given up" },
		{ OP(webhook_replay), .rest = "POST /webhooks/{id}/deliveries/{event_id}/replay", .need = PERM_WEBHOOK_MANAGE,
		  .flags = OP_WRITE | OP_ONE, .rate = RATE_WRITE, .doc = "Send an event again",
		  .message = "The event is in the queue" },
		{ OP(webhook_replay_dead), .rest = "POST /webhooks/{id}/replay", .need = PERM_WEBHOOK_MANAGE,
		  .flags = OP_WRITE | OP_ONE, .rate = RATE_WRITE, .doc = "Send again all that was given up since a moment",
		  .message = "They are in the queue" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &webhook_created, &webhook_updated, &webhook_deleted, &webhook_disabled,
		&webhook_ping_event, NULL },
	.jobs = (const struct feature_job[]){
		{ "webhook_give_up", 60000, webhook_give_up, true },
		{ "webhook_clean", 10000, webhook_clean, true },
		{ "webhook_clean_removed", 10000, webhook_clean_removed, true },
		{ 0 },
	},
	.metrics = metrics,
	.conf = &webhooks_conf_group,
};
