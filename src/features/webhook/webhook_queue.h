/* The queues: what is to be sent to whom, who takes it, and what becomes of it. Each endpoint has one. What waits for another
 * try holds back later events of the same subject there, and nothing else. An endpoint that fails several times in a row is
 * left alone for a while, then asked by one delivery alone; each failed delivery waits longer for its own next try. Several
 * nodes may take: by one UPDATE, for as long as sending may take. Who dies meanwhile leaves the claim to lapse. */
#ifndef FEATURES_WEBHOOK_QUEUE_H
#define FEATURES_WEBHOOK_QUEUE_H

#include "features/events/events.h"
#include "features/webhook/webhook.h"

/* Queues events (struct event_out, in their order) for the endpoints that want them and were there, inside the caller's transaction. One that
 * is queued already stays as it is; one that was delivered or given up before is queued again. */
err_t webhook_queue_keep(struct cx *cx, const struct list *events) CHECKED;
/* It was enabled: how it failed is forgotten, and what waits may go. */
err_t webhook_queue_begin_anew(struct cx *cx, const char *webhook_id) CHECKED;

/* Is there anything to take? A cheap read, to be asked often. */
err_t webhook_queue_waits(struct cx *cx, bool *out) CHECKED;
/* Claims what is due of the endpoint that was not served for longest, at most so many (struct webhook_delivery); none when
 * nothing is due. */
err_t webhook_queue_take(struct cx *cx, int64_t most, struct list *out) CHECKED;

/* All that is needed to send one: the event, the endpoint, and the secrets that sign (old: NULL when there is none). */
struct webhook_parcel {
	struct webhook endpoint;
	const char *secret, *old_secret;
	struct event_out event;
};
/* ERR_NOT_FOUND: the event is not kept any more, or the endpoint is gone. */
err_t webhook_queue_open(struct cx *cx, const struct webhook_delivery *d, struct webhook_parcel *out) CHECKED;

enum webhook_end {
	WEBHOOK_END_TAKEN, /* it answered 2xx */
	WEBHOOK_END_LATER, /* anything else */
	WEBHOOK_END_GONE, /* 410: it wants no more, ever */
	WEBHOOK_END_LOST, /* there is nothing left to send; no fault of the endpoint */
	WEBHOOK_END_BACK, /* not tried: it goes back as it was */
};
struct webhook_result {
	const struct webhook_delivery *delivery;
	enum webhook_end end;
	int http_status; /* 0: none */
	int64_t retry_after; /* ms that it asks to be left alone */
	const char *reason;
	bool dead; /* set by the next: it was given up */
};
/* Notes what became of deliveries (pointers to struct webhook_result), each unless its claim is no longer its own. */
err_t webhook_queue_note(struct cx *cx, struct webhook_result *const *results, size_t n) CHECKED;

struct webhook_counts {
	int64_t queued, oldest_at, dead, endpoints, failing; /* oldest_at 0: none is queued */
};
extern const struct type webhook_counts_type;
err_t webhook_queue_count(struct cx *cx, struct webhook_counts *out) CHECKED;

/* Jobs: what could not be tried in time is given up; what is over goes, some time later; what was queued for endpoints that are
 * gone, too. */
err_t webhook_give_up(struct cx *cx) CHECKED;
err_t webhook_clean(struct cx *cx) CHECKED;
err_t webhook_clean_removed(struct cx *cx) CHECKED;

#endif
