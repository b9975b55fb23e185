/* SQL of the queues. Included by webhook*.c only. Who calls one that changes deliveries has called webhook_queue_store_lock()
 * or webhook_queue_store_serve() in the same transaction. */
#ifndef FEATURES_WEBHOOK_QUEUE_STORE_H
#define FEATURES_WEBHOOK_QUEUE_STORE_H

#include "features/webhook/webhook_queue.h"

struct webhook_turn {
	const char *webhook_id;
	int64_t failures, failing_since;
};
extern const struct type webhook_turn_type;

/* From here to the end of the transaction nobody else changes this queue. */
err_t webhook_queue_store_lock(struct cx *cx, const char *webhook_id) CHECKED;
/* Events with from < number <= to, of one type ("": of any), that happened since then. */
struct webhook_stretch {
	int64_t from, to, since;
	const char *type;
};
err_t webhook_queue_store_add(struct cx *cx, const char *webhook_id, const struct webhook_stretch *s) CHECKED;
/* Of these, those that are the first of their subject are due now. */
err_t webhook_queue_store_wake(struct cx *cx, const char *webhook_id, int64_t from, int64_t to) CHECKED;
/* The same of the first of one subject. */
err_t webhook_queue_store_wake_next(struct cx *cx, const char *webhook_id, const char *subject) CHECKED;
/* What waits for another try is due now. */
err_t webhook_queue_store_hurry(struct cx *cx, const char *webhook_id) CHECKED;

/* Is there a queue whose endpoint is enabled and not left alone, with something due and fewer in hand than `each` (one, after
 * `failures` in a row)? */
err_t webhook_queue_store_any_ready(struct cx *cx, int64_t each, int64_t failures, bool *out) CHECKED;
/* The one of these that was not served for longest has its turn. Locked. ERR_NOT_FOUND. */
err_t webhook_queue_store_serve(struct cx *cx, int64_t each, int64_t failures, struct webhook_turn *out) CHECKED;
err_t webhook_queue_store_in_hand(struct cx *cx, const char *webhook_id, int64_t *out) CHECKED;
struct webhook_claim {
	const char *webhook_id, *claim;
	int64_t until, most;
};
err_t webhook_queue_store_claim(struct cx *cx, const struct webhook_claim *c, struct list *out) CHECKED;

/* What became of a claimed one; not *mine when the claim is another's by now. */
err_t webhook_queue_store_end(
	struct cx *cx, const struct webhook_result *r, enum webhook_status status, bool *mine) CHECKED;
err_t webhook_queue_store_later(struct cx *cx, const struct webhook_result *r, int64_t due_at, bool *mine) CHECKED;
err_t webhook_queue_store_back(struct cx *cx, const struct webhook_delivery *d) CHECKED;
/* The endpoint answered well; or not, which counts unless it is left alone just now; until when it is left alone. */
err_t webhook_queue_store_well(struct cx *cx, const char *webhook_id, struct webhook_turn *before) CHECKED;
err_t webhook_queue_store_failed(struct cx *cx, const char *webhook_id, struct webhook_turn *after) CHECKED;
err_t webhook_queue_store_hold(struct cx *cx, const char *webhook_id, int64_t until) CHECKED;
err_t webhook_queue_store_forget_failures(struct cx *cx, const char *webhook_id) CHECKED;

err_t webhook_queue_store_get(
	struct cx *cx, const char *webhook_id, const char *event_id, struct webhook_delivery *out) CHECKED;
err_t webhook_queue_store_list(struct cx *cx, const struct webhook_deliveries_query *q, int64_t before, int64_t most,
	struct list *out) CHECKED;
err_t webhook_queue_store_requeue(struct cx *cx, const char *webhook_id, int64_t sequence) CHECKED;
/* The oldest that were given up since then. */
err_t webhook_queue_store_requeue_dead(
	struct cx *cx, const char *webhook_id, int64_t since, int64_t most, int64_t *changed) CHECKED;
err_t webhook_queue_store_count(struct cx *cx, int64_t failures, struct webhook_counts *out) CHECKED;

/* Endpoints in whose queues something waits since before then (struct webhook_turn). */
err_t webhook_queue_store_late(struct cx *cx, int64_t before, int64_t most, struct list *out) CHECKED;
err_t webhook_queue_store_give_up(struct cx *cx, const char *webhook_id, int64_t before, int64_t most) CHECKED;
err_t webhook_queue_store_clean(struct cx *cx, int64_t delivered_before, int64_t dead_before, int64_t most) CHECKED;
/* Queues without an endpoint (struct webhook_turn). */
err_t webhook_queue_store_removed(struct cx *cx, int64_t most, struct list *out) CHECKED;
err_t webhook_queue_store_drop(struct cx *cx, const char *webhook_id, int64_t most) CHECKED;

#endif
