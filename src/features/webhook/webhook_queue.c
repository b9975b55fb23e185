#include "features/webhook/webhook_queue.h"
#include "base/breaker.h"
#include "base/id.h"
#include "features/events/events_sink.h"
#include "features/webhook/webhook_queue_store.h"
#include "features/webhook/webhook_secret.h"
#include "features/webhook/webhook_store.h"
#include "features/webhook/webhook_types.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENDPOINTS_MAX = 1000,
	SLACK = 30000, /* that a claim outlives the longest sending */
	BREAKER_ROUNDS = 10, /* times webhooks.breaker_open: the longest that an endpoint is left alone */
};

static const struct webhooks_conf *settings(const struct cx *cx)
{
	return CONF_OF(cx, webhooks);
}

static int64_t backoff(int64_t first, int64_t longest, int64_t failures)
{
	uint32_t random;
	id_random(&random, sizeof random);
	return backoff_ms(first, longest, failures, random);
}

/* --- into the queue ----------------------------------------------------------------------------------------------- */

/* The types that occur among the events, each once. */
static struct list types_of(struct arena *a, const struct list *events)
{
	const struct event_out *e = events->items;
	const char **types = arena_array_of(a, const char *, events->n + 1);
	struct list l = { (void *)types, 0 };
	for (size_t i = 0; i < events->n; i++) {
		size_t k = 0;
		while (k < l.n && strcmp(types[k], e[i].event_type) != 0)
			k++;
		if (k == l.n)
			types[l.n++] = e[i].event_type;
	}
	return l;
}

/* A test goes to whom it is for, whatever else he wants. */
static bool wants(const struct webhook *w, const char *type)
{
	return strcmp(type, WEBHOOK_PING) == 0 || webhook_wants(w->patterns, type);
}

static bool wants_any(const struct webhook *w, const struct list *types)
{
	const char *const *t = types->items;
	for (size_t i = 0; i < types->n; i++)
		if (wants(w, t[i]))
			return true;
	return false;
}

/* It gets what happened since it was made: not what waited to be queued just then. */
static err_t keep_for(struct cx *cx, const struct webhook *w, const struct list *events, const struct list *types)
{
	const struct event_out *e = events->items;
	struct webhook_stretch s = { e[0].sequence - 1, e[events->n - 1].sequence, w->created_at, "" };
	const char *const *t = types->items;
	TRY(webhook_queue_store_lock(cx, w->id));
	if (strcmp(w->patterns, "*") == 0)
		TRY(webhook_queue_store_add(cx, w->id, &s));
	else
		for (size_t i = 0; i < types->n; i++) {
			s.type = t[i];
			if (wants(w, s.type))
				TRY(webhook_queue_store_add(cx, w->id, &s));
		}
	return webhook_queue_store_wake(cx, w->id, s.from, s.to);
}

err_t webhook_queue_keep(struct cx *cx, const struct list *events)
{
	struct list endpoints, types = types_of(cx->mem, events);
	if (!events->n)
		return ERR_OK;
	TRY(webhook_store_enabled(cx, ENDPOINTS_MAX, &endpoints));
	const struct webhook *w = endpoints.items;
	for (size_t i = 0; i < endpoints.n; i++)
		if (wants_any(&w[i], &types))
			TRY(keep_for(cx, &w[i], events, &types));
	return ERR_OK;
}

err_t webhook_queue_begin_anew(struct cx *cx, const char *webhook_id)
{
	TRY(webhook_queue_store_forget_failures(cx, webhook_id));
	TRY(webhook_queue_store_wake(cx, webhook_id, 0, INT64_MAX));
	return webhook_queue_store_hurry(cx, webhook_id);
}

/* --- out of it ---------------------------------------------------------------------------------------------------- */

err_t webhook_queue_waits(struct cx *cx, bool *out)
{
	const struct webhooks_conf *conf = settings(cx);
	return webhook_queue_store_any_ready(cx, conf->at_once_each, conf->breaker_failures, out);
}

err_t webhook_queue_take(struct cx *cx, int64_t most, struct list *out)
{
	const struct webhooks_conf *conf = settings(cx);
	struct webhook_turn turn = { 0 };
	int64_t in_hand;
	*out = (struct list){ 0 };
	err_t e = webhook_queue_store_serve(cx, conf->at_once_each, conf->breaker_failures, &turn);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	TRY(webhook_queue_store_in_hand(cx, turn.webhook_id, &in_hand));
	int64_t each = turn.failures >= conf->breaker_failures ? 1 : conf->at_once_each, room = each - in_hand;
	return webhook_queue_store_claim(cx,
		&(struct webhook_claim){ .webhook_id = turn.webhook_id,
			.claim = id_new(cx),
			.until = cx->now + conf->timeout + SLACK,
			.most = room < 1      ? 1
	                        : room < most ? room
	                                      : most },
		out);
}

err_t webhook_queue_open(struct cx *cx, const struct webhook_delivery *d, struct webhook_parcel *out)
{
	struct list events;
	struct webhook *w = &out->endpoint;
	TRY(webhook_store_get(cx, d->webhook_id, w));
	TRY(sink_read(cx, d->sequence - 1, 1, &events));
	const struct event_out *e = events.items;
	if (!events.n || e->sequence != d->sequence || strcmp(e->event_id, d->event_id) != 0)
		return ERR_NOT_FOUND;
	out->event = *e;
	TRY(webhook_secret_open(cx, w->id, w->sealed, &out->secret));
	bool overlap = w->old_sealed && w->old_secret_until > cx->now;
	return overlap ? webhook_secret_open(cx, w->id, w->old_sealed, &out->old_secret) : ERR_OK;
}

/* --- what became of it -------------------------------------------------------------------------------------------- */

static err_t disable(struct cx *cx, const char *webhook_id, const char *reason)
{
	bool changed;
	struct webhook *w = arena_new_of(cx->mem, struct webhook);
	TRY(webhook_store_disable(cx, webhook_id, reason, &changed));
	if (!changed)
		return ERR_OK;
	TRY(webhook_store_get(cx, webhook_id, w));
	w->types = webhook_patterns_list(cx->mem, w->patterns);
	return emit(cx, &webhook_disabled, w->id, w);
}

static err_t note_failure(struct cx *cx, const struct webhook_result *r)
{
	const struct webhooks_conf *conf = settings(cx);
	const char *id = r->delivery->webhook_id;
	struct webhook_turn t = { 0 };
	TRY(webhook_queue_store_failed(cx, id, &t));
	int64_t rounds = t.failures - conf->breaker_failures + 1;
	int64_t wait = rounds > 0 ? backoff(conf->breaker_open, BREAKER_ROUNDS * conf->breaker_open, rounds) : 0;
	if (r->retry_after > wait)
		wait = r->retry_after < conf->retry_longest ? r->retry_after : conf->retry_longest;
	if (wait)
		TRY(webhook_queue_store_hold(cx, id, cx->now + wait));
	if (r->end == WEBHOOK_END_GONE)
		return disable(cx, id, "it answered 410: it wants no more");
	if (t.failing_since + conf->give_up_after <= cx->now)
		return disable(cx, id, arena_printf(cx->mem, "it took nothing for too long; at last: %s", r->reason));
	return ERR_OK;
}

/* What waited for its next try need not wait longer than the endpoint was away. */
static err_t note_success(struct cx *cx, const struct webhook_result *r)
{
	struct webhook_turn before = { 0 };
	const char *id = r->delivery->webhook_id;
	TRY(webhook_queue_store_well(cx, id, &before));
	return before.failures >= settings(cx)->breaker_failures ? webhook_queue_store_hurry(cx, id) : ERR_OK;
}

/* The last try is made when the time is over, and not long before. */
static err_t again_later(struct cx *cx, struct webhook_result *r, bool *mine)
{
	const struct webhooks_conf *conf = settings(cx);
	const struct webhook_delivery *d = r->delivery;
	int64_t end = d->queued_at + conf->give_up_after;
	int64_t due = cx->now + backoff(conf->retry_first, conf->retry_longest, d->attempts);
	r->dead = end <= cx->now;
	return r->dead ? webhook_queue_store_end(cx, r, WEBHOOK_DEAD, mine)
	               : webhook_queue_store_later(cx, r, due < end ? due : end, mine);
}

static err_t note_delivery(struct cx *cx, struct webhook_result *r, bool *mine)
{
	r->dead = false;
	switch (r->end) {
	case WEBHOOK_END_TAKEN:
		return webhook_queue_store_end(cx, r, WEBHOOK_DELIVERED, mine);
	case WEBHOOK_END_LATER:
		return again_later(cx, r, mine);
	case WEBHOOK_END_GONE:
	case WEBHOOK_END_LOST:
		r->dead = true;
		return webhook_queue_store_end(cx, r, WEBHOOK_DEAD, mine);
	case WEBHOOK_END_BACK:
		break;
	}
	*mine = false;
	return webhook_queue_store_back(cx, r->delivery);
}

static err_t note_one(struct cx *cx, struct webhook_result *r)
{
	const struct webhook_delivery *d = r->delivery;
	bool mine, ended = r->end != WEBHOOK_END_BACK && r->end != WEBHOOK_END_LATER;
	TRY(webhook_queue_store_lock(cx, d->webhook_id));
	TRY(note_delivery(cx, r, &mine));
	if (mine && (ended || r->dead))
		TRY(webhook_queue_store_wake_next(cx, d->webhook_id, d->subject));
	r->dead = r->dead && mine;
	err_t e = ERR_OK;
	if (r->end == WEBHOOK_END_TAKEN)
		e = note_success(cx, r);
	else if (r->end == WEBHOOK_END_LATER || r->end == WEBHOOK_END_GONE)
		e = note_failure(cx, r);
	return e == ERR_NOT_FOUND ? ERR_OK : e; /* the endpoint was removed meanwhile */
}

static int by_endpoint(const void *a, const void *b)
{
	const struct webhook_result *x = *(struct webhook_result *const *)a, *y = *(struct webhook_result *const *)b;
	int order = strcmp(x->delivery->webhook_id, y->delivery->webhook_id);
	return order ? order
	             : (x->delivery->sequence > y->delivery->sequence) -
	                       (x->delivery->sequence < y->delivery->sequence);
}

/* In one order of endpoints, everywhere: two that lock the same queues must not wait for each other. */
err_t webhook_queue_note(struct cx *cx, struct webhook_result *const *results, size_t n)
{
	struct webhook_result **r = arena_array_of(cx->mem, struct webhook_result *, n + 1);
	for (size_t i = 0; i < n; i++)
		r[i] = results[i];
	qsort(r, n, sizeof(struct webhook_result *), by_endpoint);
	for (size_t i = 0; i < n; i++)
		TRY(note_one(cx, r[i]));
	return ERR_OK;
}

err_t webhook_queue_count(struct cx *cx, struct webhook_counts *out)
{
	return webhook_queue_store_count(cx, settings(cx)->breaker_failures, out);
}
