/* Webhooks: events by HTTP to receivers that administrators name. Each has a queue of its own (webhook_queue.h), so that one
 * that is slow or dead delays nobody; what is sent is signed as Standard Webhooks 1.0 says (standardwebhooks.com), under a secret
 * that is shown once. Who makes one must himself be allowed to read events: it brings them all to wherever he says. */
#ifndef FEATURES_WEBHOOK_H
#define FEATURES_WEBHOOK_H

#include "base/conf.h"
#include "base/page.h"

struct webhooks_conf {
	bool enabled, allow_http, allow_private;
	const char *allowed_networks, *ca_file;
	int64_t most, connect_timeout, timeout, at_once, at_once_each, retry_first, retry_longest, give_up_after,
		breaker_failures, breaker_open, overlap, keep, keep_dead;
};
extern const struct conf_group webhooks_conf_group;

/* --- endpoints ---------------------------------------------------------------------------------------------------- */

struct webhook {
	const char *id, *url, *origin, *description;
	struct list types; /* const char * */
	unsigned form; /* enum events_form */
	bool enabled;
	const char *disabled_reason;
	int64_t created_at, updated_at, old_secret_until;
	const char *secret; /* shown once, when it is made */
	int64_t failures, failing_since, last_success_at; /* how it answers */
	const char *patterns, *sealed, *old_sealed; /* the store's */
};
struct webhook_new {
	const char *url, *description;
	struct list types;
	unsigned form;
	bool enabled;
};
struct webhook_change {
	const char *id;
	struct opt_text url, description;
	struct list types; /* .items NULL: as they are */
	struct opt_enum form;
	struct opt_bool enabled;
};
struct webhook_ref {
	const char *id;
};
struct webhook_query {
	struct page_want want;
};
struct webhook_list {
	struct list items; /* struct webhook */
	struct page *page;
};
extern const struct type webhook_type, webhook_new_type, webhook_change_type, webhook_ref_type, webhook_query_type,
	webhook_list_type;
extern const struct event webhook_created, webhook_updated, webhook_deleted, webhook_disabled, webhook_ping_event;
#define WEBHOOK_PING "webhook.ping"

/* The answer alone holds the secret. ERR_INVALID for a URL that nothing may be sent to; ERR_CONFLICT when there are as many
 * as the settings allow. */
err_t webhook_create(struct cx *cx, const struct webhook_new *in, struct webhook *out) CHECKED;
err_t webhook_get(struct cx *cx, const struct webhook_ref *in, struct webhook *out) CHECKED;
/* Newest first. */
err_t webhook_list(struct cx *cx, const struct webhook_query *in, struct webhook_list *out) CHECKED;
/* While it is not enabled nothing is queued for it, and what waits is not sent; enabling it forgets how it failed. */
err_t webhook_update(struct cx *cx, const struct webhook_change *in, struct webhook *out) CHECKED;
/* What is queued for it goes too. */
err_t webhook_delete(struct cx *cx, const struct webhook_ref *in, struct none *out) CHECKED;
/* A new secret, shown in the answer alone; the one before signs beside it for webhooks.overlap. */
err_t webhook_rotate_secret(struct cx *cx, const struct webhook_ref *in, struct webhook *out) CHECKED;
/* An event of the type webhook.ping, for this one alone, by the way that all events go. ERR_CONFLICT when it is not enabled. */
err_t webhook_ping(struct cx *cx, const struct webhook_ref *in, struct none *out) CHECKED;

/* --- deliveries --------------------------------------------------------------------------------------------------- */

enum webhook_status { WEBHOOK_QUEUED, WEBHOOK_DELIVERED, WEBHOOK_DEAD };
extern const char *const webhook_status_names[];

struct webhook_delivery {
	const char *event_id, *event_type, *subject, *reason;
	int64_t sequence;
	unsigned status;
	int64_t attempts;
	struct opt_int http_status;
	int64_t queued_at, tried_at, due_at, done_at;
	const char *webhook_id, *claim; /* the store's */
};
struct webhook_deliveries_query {
	const char *id;
	struct page_want want;
	struct opt_enum status;
};
struct webhook_deliveries {
	struct list items; /* struct webhook_delivery */
	struct page *page;
};
struct webhook_delivery_ref {
	const char *id, *event_id;
};
struct webhook_since {
	const char *id;
	int64_t since;
};
struct webhook_replayed {
	int64_t replayed;
	bool more;
};
extern const struct type webhook_delivery_type, webhook_deliveries_query_type, webhook_deliveries_type,
	webhook_delivery_ref_type, webhook_since_type, webhook_replayed_type;

/* Of one endpoint, the highest numbers first. */
err_t webhook_deliveries(
	struct cx *cx, const struct webhook_deliveries_query *in, struct webhook_deliveries *out) CHECKED;
/* Queues one again that was delivered or given up. ERR_CONFLICT when it is queued already. */
err_t webhook_replay(struct cx *cx, const struct webhook_delivery_ref *in, struct webhook_delivery *out) CHECKED;
/* The same of all that were given up since a moment, the oldest first, some thousands a call: `more` when there are more. */
err_t webhook_replay_dead(struct cx *cx, const struct webhook_since *in, struct webhook_replayed *out) CHECKED;

/* --- for who watches ---------------------------------------------------------------------------------------------- */

/* How the receivers are, as this node last counted. */
struct webhook_health {
	int64_t endpoints, failing; /* of those that are enabled */
};
struct webhook_health webhook_health(void);

#endif
