/* What people see of the queues, and what the clock does to them. */
#include "crypto/cursor.h"
#include "features/webhook/webhook_queue_store.h"
#include "features/webhook/webhook_store.h"

enum {
	REPLAY_AT_ONCE = 5000,
	GIVE_UP_AT_ONCE = 5000,
	GIVE_UP_SLACK = 60000, /* for a last try that is due just then */
	CLEAN_BATCH = 5000,
	QUEUES_AT_ONCE = 100,
};

const char *const webhook_status_names[] = { "queued", "delivered", "dead", NULL };
static const char cursor_kind[] = "webhook delivery";

static void audit(struct cx *cx, const char *id)
{
	cx->audit.subject_type = "webhook";
	cx->audit.subject_id = id;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static err_t must_be_there(struct cx *cx, const char *id)
{
	return webhook_store_get(cx, id, arena_new_of(cx->mem, struct webhook));
}

err_t webhook_deliveries(struct cx *cx, const struct webhook_deliveries_query *in, struct webhook_deliveries *out)
{
	struct place before = { .n = INT64_MAX };
	TRY(cursor_read(cx, cursor_kind, in->want.cursor, &before));
	TRY(must_be_there(cx, in->id));
	TRY(webhook_queue_store_list(cx, in, before.n, in->want.limit + 1, &out->items));
	out->page = page_fill(cx, &in->want, &out->items, -1);
	const struct webhook_delivery *d = out->items.items;
	if (out->page->has_next)
		out->page->next_cursor =
			cursor_write(cx, cursor_kind, &(struct place){ .n = d[out->items.n - 1].sequence });
	return ERR_OK;
}

err_t webhook_replay(struct cx *cx, const struct webhook_delivery_ref *in, struct webhook_delivery *out)
{
	audit(cx, in->id);
	TRY(must_be_there(cx, in->id));
	TRY(webhook_queue_store_lock(cx, in->id));
	TRY(webhook_queue_store_get(cx, in->id, in->event_id, out));
	if (out->status == WEBHOOK_QUEUED) {
		cx->fail.message = "This event is in the queue already.";
		return FAIL(cx, ERR_CONFLICT, "queued already");
	}
	TRY(webhook_queue_store_requeue(cx, in->id, out->sequence));
	TRY(webhook_queue_store_wake(cx, in->id, out->sequence - 1, out->sequence));
	return webhook_queue_store_get(cx, in->id, in->event_id, out);
}

err_t webhook_replay_dead(struct cx *cx, const struct webhook_since *in, struct webhook_replayed *out)
{
	audit(cx, in->id);
	TRY(must_be_there(cx, in->id));
	TRY(webhook_queue_store_lock(cx, in->id));
	TRY(webhook_queue_store_requeue_dead(cx, in->id, in->since, REPLAY_AT_ONCE, &out->replayed));
	out->more = out->replayed == REPLAY_AT_ONCE;
	return webhook_queue_store_wake(cx, in->id, 0, INT64_MAX);
}

/* --- by the clock ------------------------------------------------------------------------------------------------- */

err_t webhook_give_up(struct cx *cx)
{
	struct list queues;
	int64_t before = cx->now - CONF_OF(cx, webhooks)->give_up_after - GIVE_UP_SLACK;
	TRY(webhook_queue_store_late(cx, before, QUEUES_AT_ONCE, &queues));
	const struct webhook_turn *q = queues.items;
	for (size_t i = 0; i < queues.n; i++) {
		TRY(webhook_queue_store_lock(cx, q[i].webhook_id));
		TRY(webhook_queue_store_give_up(cx, q[i].webhook_id, before, GIVE_UP_AT_ONCE));
		TRY(webhook_queue_store_wake(cx, q[i].webhook_id, 0, INT64_MAX));
	}
	return ERR_OK;
}

err_t webhook_clean(struct cx *cx)
{
	const struct webhooks_conf *conf = CONF_OF(cx, webhooks);
	return webhook_queue_store_clean(cx, cx->now - conf->keep, cx->now - conf->keep_dead, CLEAN_BATCH);
}

err_t webhook_clean_removed(struct cx *cx)
{
	struct list queues;
	TRY(webhook_queue_store_removed(cx, QUEUES_AT_ONCE, &queues));
	const struct webhook_turn *q = queues.items;
	for (size_t i = 0; i < queues.n; i++)
		TRY(webhook_queue_store_drop(cx, q[i].webhook_id, CLEAN_BATCH));
	return ERR_OK;
}
