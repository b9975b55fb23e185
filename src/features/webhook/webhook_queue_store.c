#include "features/webhook/webhook_queue_store.h"
#include "db/db.h"

#define COLUMNS \
	"webhook_id, sequence, event_id, event_type, subject, status, attempts, http_status, reason, claim, due_at, queued_at," \
	" tried_at, done_at"
#define SELECT "SELECT " COLUMNS " FROM webhook_delivery "
#define AGAIN \
	"status = 'queued', attempts = 0, http_status = NULL, reason = NULL, claim = NULL, due_at = NULL, done_at = NULL"

err_t webhook_queue_store_lock(struct cx *cx, const char *webhook_id)
{
	return db_exec(cx, "UPDATE webhook_queue SET served_at = served_at WHERE webhook_id = $1", BIND(V(webhook_id)));
}

/* --- into the queue ----------------------------------------------------------------------------------------------- */

/* What is sent as a test concerns one endpoint alone. */
err_t webhook_queue_store_add(struct cx *cx, const char *webhook_id, const struct webhook_stretch *s)
{
	return db_exec(cx,
		"INSERT INTO webhook_delivery (webhook_id, sequence, event_id, event_type, subject, status, queued_at)"
		" SELECT CAST($1 AS TEXT), seq, event_id, type, subject_type || ' ' || subject_id, 'queued', CAST($5 AS BIGINT)"
		" FROM outbox WHERE seq > $2 AND seq <= $3 AND ($4 = '' OR type = $4) AND at >= $6"
		" AND (type <> '" WEBHOOK_PING "' OR subject_id = $1)"
		" ON CONFLICT (webhook_id, sequence) DO UPDATE SET event_id = excluded.event_id, event_type = excluded.event_type,"
		" subject = excluded.subject, queued_at = excluded.queued_at, " AGAIN
		" WHERE webhook_delivery.status <> 'queued'",
		BIND(V(webhook_id), V(s->from), V(s->to), V(s->type), V(cx->now), V(s->since)));
}

#define FIRST_OF_SUBJECT \
	" AND NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.webhook_id = webhook_delivery.webhook_id" \
	" AND e.subject = webhook_delivery.subject AND e.status = 'queued' AND e.sequence < webhook_delivery.sequence)"

err_t webhook_queue_store_wake(struct cx *cx, const char *webhook_id, int64_t from, int64_t to)
{
	return db_exec(cx,
		"UPDATE webhook_delivery SET due_at = $4 WHERE webhook_id = $1 AND sequence > $2 AND sequence <= $3"
		" AND status = 'queued' AND due_at IS NULL" FIRST_OF_SUBJECT,
		BIND(V(webhook_id), V(from), V(to), V(cx->now)));
}

err_t webhook_queue_store_wake_next(struct cx *cx, const char *webhook_id, const char *subject)
{
	return db_exec(cx,
		"UPDATE webhook_delivery SET due_at = $3 WHERE webhook_id = $1 AND due_at IS NULL AND status = 'queued' AND sequence ="
		" (SELECT MIN(sequence) FROM webhook_delivery WHERE webhook_id = $1 AND subject = $2 AND status = 'queued')",
		BIND(V(webhook_id), V(subject), V(cx->now)));
}

err_t webhook_queue_store_hurry(struct cx *cx, const char *webhook_id)
{
	return db_exec(cx,
		"UPDATE webhook_delivery SET due_at = $2 WHERE webhook_id = $1 AND due_at > $2 AND claim IS NULL",
		BIND(V(webhook_id), V(cx->now)));
}

/* --- out of it ---------------------------------------------------------------------------------------------------- */

/* $1 now, $2 failures after which one alone is tried, $3 most in hand. A delivery in hand is one that is claimed and whose
 * due_at lies ahead. */
#define READY \
	"SELECT q.webhook_id FROM webhook_queue q JOIN webhook w ON w.id = q.webhook_id WHERE w.enabled AND q.held_until <= $1" \
	" AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = q.webhook_id AND d.due_at <= $1)" \
	" AND (SELECT COUNT(*) FROM webhook_delivery h WHERE h.webhook_id = q.webhook_id AND h.due_at > $1" \
	" AND h.claim IS NOT NULL) < CASE WHEN q.failures >= $2 THEN 1 ELSE CAST($3 AS BIGINT) END"
#define SERVE(lock) \
	"UPDATE webhook_queue SET served_at = $1 WHERE webhook_id = (" READY \
	" ORDER BY q.served_at, q.webhook_id LIMIT 1" lock ") RETURNING webhook_id, failures, failing_since"

err_t webhook_queue_store_any_ready(struct cx *cx, int64_t each, int64_t failures, bool *out)
{
	int64_t any = 0;
	TRY(db_int(cx, &any, "SELECT EXISTS (" READY ")", BIND(V(cx->now), V(failures), V(each))));
	*out = any;
	return ERR_OK;
}

err_t webhook_queue_store_serve(struct cx *cx, int64_t each, int64_t failures, struct webhook_turn *out)
{
	/* SQLite has one writer and no row locks; with PostgreSQL nodes pass by the queue that another serves just now. */
	return db_get(cx, &webhook_turn_type, out, SQL2(SERVE(""), SERVE(" FOR UPDATE OF q SKIP LOCKED")),
		BIND(V(cx->now), V(failures), V(each)));
}

err_t webhook_queue_store_in_hand(struct cx *cx, const char *webhook_id, int64_t *out)
{
	return db_int(cx, out,
		"SELECT COUNT(*) FROM webhook_delivery WHERE webhook_id = $1 AND due_at > $2 AND claim IS NOT NULL",
		BIND(V(webhook_id), V(cx->now)));
}

err_t webhook_queue_store_claim(struct cx *cx, const struct webhook_claim *c, struct list *out)
{
	return db_list(cx, &webhook_delivery_type, out, (size_t)c->most,
		"UPDATE webhook_delivery SET claim = $2, due_at = $3, tried_at = $4, attempts = attempts + 1"
		" WHERE webhook_id = $1 AND sequence IN (SELECT sequence FROM webhook_delivery"
		" WHERE webhook_id = $1 AND due_at <= $4 ORDER BY due_at, sequence LIMIT $5) RETURNING " COLUMNS,
		BIND(V(c->webhook_id), V(c->claim), V(c->until), V(cx->now), V(c->most)));
}

/* --- what became of it -------------------------------------------------------------------------------------------- */

static err_t change_one(struct cx *cx, const char *sql, const struct val *args, bool *mine)
{
	int64_t changed;
	TRY(db_change(cx, &changed, sql, args));
	*mine = changed > 0;
	return ERR_OK;
}

#define MINE " WHERE webhook_id = $1 AND sequence = $2 AND claim = $3 AND status = 'queued'"

static struct val status_of(const struct webhook_result *r)
{
	return val_time(r->http_status); /* 0 is NULL */
}

err_t webhook_queue_store_end(struct cx *cx, const struct webhook_result *r, enum webhook_status status, bool *mine)
{
	const struct webhook_delivery *d = r->delivery;
	return change_one(cx,
		"UPDATE webhook_delivery SET status = $4, http_status = $5, reason = $6, done_at = $7, claim = NULL, due_at = NULL" MINE,
		BIND(V(d->webhook_id), V(d->sequence), V(d->claim), V(webhook_status_names[status]), status_of(r),
			V(r->reason), V(cx->now)),
		mine);
}

err_t webhook_queue_store_later(struct cx *cx, const struct webhook_result *r, int64_t due_at, bool *mine)
{
	const struct webhook_delivery *d = r->delivery;
	return change_one(cx,
		"UPDATE webhook_delivery SET http_status = $4, reason = $5, due_at = $6, claim = NULL" MINE,
		BIND(V(d->webhook_id), V(d->sequence), V(d->claim), status_of(r), V(r->reason), V(due_at)), mine);
}

err_t webhook_queue_store_back(struct cx *cx, const struct webhook_delivery *d)
{
	return db_exec(cx, "UPDATE webhook_delivery SET due_at = $4, claim = NULL, attempts = attempts - 1" MINE,
		BIND(V(d->webhook_id), V(d->sequence), V(d->claim), V(cx->now)));
}

err_t webhook_queue_store_well(struct cx *cx, const char *webhook_id, struct webhook_turn *before)
{
	TRY(db_get(cx, &webhook_turn_type, before,
		"SELECT webhook_id, failures, failing_since FROM webhook_queue WHERE webhook_id = $1",
		BIND(V(webhook_id))));
	return db_exec(cx,
		"UPDATE webhook_queue SET failures = 0, failing_since = NULL, held_until = 0, last_success_at = $2"
		" WHERE webhook_id = $1",
		BIND(V(webhook_id), V(cx->now)));
}

err_t webhook_queue_store_failed(struct cx *cx, const char *webhook_id, struct webhook_turn *after)
{
	return db_get(cx, &webhook_turn_type, after,
		"UPDATE webhook_queue SET failures = failures + CASE WHEN held_until <= $2 THEN 1 ELSE 0 END,"
		" failing_since = COALESCE(failing_since, $2) WHERE webhook_id = $1 RETURNING webhook_id, failures, failing_since",
		BIND(V(webhook_id), V(cx->now)));
}

err_t webhook_queue_store_hold(struct cx *cx, const char *webhook_id, int64_t until)
{
	return db_exec(cx, "UPDATE webhook_queue SET held_until = $2 WHERE webhook_id = $1 AND held_until < $2",
		BIND(V(webhook_id), V(until)));
}

err_t webhook_queue_store_forget_failures(struct cx *cx, const char *webhook_id)
{
	return db_exec(cx,
		"UPDATE webhook_queue SET failures = 0, failing_since = NULL, held_until = 0 WHERE webhook_id = $1",
		BIND(V(webhook_id)));
}

/* --- for people --------------------------------------------------------------------------------------------------- */

err_t webhook_queue_store_get(struct cx *cx, const char *webhook_id, const char *event_id, struct webhook_delivery *out)
{
	return db_get(cx, &webhook_delivery_type, out, SELECT "WHERE webhook_id = $1 AND event_id = $2",
		BIND(V(webhook_id), V(event_id)));
}

/* One text for each filter, so that each has its index. */
#define LIST(filter) SELECT "WHERE webhook_id = $1 AND " filter " AND sequence < $3 ORDER BY sequence DESC LIMIT $4"

err_t webhook_queue_store_list(
	struct cx *cx, const struct webhook_deliveries_query *q, int64_t before, int64_t most, struct list *out)
{
	const char *status = q->status.has == IS_SET ? webhook_status_names[q->status.v] : "";
	const char *sql = *status ? LIST("status = $2") : LIST("$2 = ''");
	return db_list(
		cx, &webhook_delivery_type, out, (size_t)most, sql, BIND(V(q->id), V(status), V(before), V(most)));
}

err_t webhook_queue_store_requeue(struct cx *cx, const char *webhook_id, int64_t sequence)
{
	return db_exec(cx,
		"UPDATE webhook_delivery SET queued_at = $3, " AGAIN
		" WHERE webhook_id = $1 AND sequence = $2 AND status <> 'queued'",
		BIND(V(webhook_id), V(sequence), V(cx->now)));
}

err_t webhook_queue_store_requeue_dead(
	struct cx *cx, const char *webhook_id, int64_t since, int64_t most, int64_t *changed)
{
	return db_change(cx, changed,
		"UPDATE webhook_delivery SET queued_at = $3, " AGAIN
		" WHERE webhook_id = $1 AND sequence IN (SELECT sequence"
		" FROM webhook_delivery WHERE webhook_id = $1 AND status = 'dead' AND done_at >= $2 ORDER BY sequence LIMIT $4)",
		BIND(V(webhook_id), V(since), V(cx->now), V(most)));
}

err_t webhook_queue_store_count(struct cx *cx, int64_t failures, struct webhook_counts *out)
{
	return db_get(cx, &webhook_counts_type, out,
		"SELECT (SELECT COUNT(*) FROM webhook_delivery WHERE status = 'queued') AS queued,"
		" (SELECT COALESCE(MIN(queued_at), 0) FROM webhook_delivery WHERE status = 'queued') AS oldest_at,"
		" (SELECT COUNT(*) FROM webhook_delivery WHERE status = 'dead') AS dead,"
		" (SELECT COUNT(*) FROM webhook WHERE enabled) AS endpoints,"
		" (SELECT COUNT(*) FROM webhook w JOIN webhook_queue q ON q.webhook_id = w.id WHERE w.enabled AND q.failures >= $1)"
		" AS failing",
		BIND(V(failures)));
}

/* --- by the clock ------------------------------------------------------------------------------------------------- */

err_t webhook_queue_store_late(struct cx *cx, int64_t before, int64_t most, struct list *out)
{
	return db_list(cx, &webhook_turn_type, out, (size_t)most,
		"SELECT DISTINCT webhook_id FROM webhook_delivery WHERE status = 'queued' AND queued_at <= $1"
		" ORDER BY webhook_id LIMIT $2",
		BIND(V(before), V(most)));
}

err_t webhook_queue_store_give_up(struct cx *cx, const char *webhook_id, int64_t before, int64_t most)
{
	return db_exec(cx,
		"UPDATE webhook_delivery SET status = 'dead', done_at = $3, claim = NULL, due_at = NULL,"
		" reason = COALESCE(reason, 'it could not be tried in time') WHERE webhook_id = $1 AND sequence IN"
		" (SELECT sequence FROM webhook_delivery WHERE webhook_id = $1 AND status = 'queued' AND queued_at <= $2"
		" AND (claim IS NULL OR due_at <= $3) ORDER BY sequence LIMIT $4)",
		BIND(V(webhook_id), V(before), V(cx->now), V(most)));
}

err_t webhook_queue_store_clean(struct cx *cx, int64_t delivered_before, int64_t dead_before, int64_t most)
{
	TRY(db_exec(cx,
		"DELETE FROM webhook_delivery WHERE (webhook_id, sequence) IN (SELECT webhook_id, sequence FROM webhook_delivery"
		" WHERE status = 'delivered' AND done_at < $1 ORDER BY done_at LIMIT $2)",
		BIND(V(delivered_before), V(most))));
	return db_exec(cx,
		"DELETE FROM webhook_delivery WHERE (webhook_id, sequence) IN (SELECT webhook_id, sequence FROM webhook_delivery"
		" WHERE status = 'dead' AND done_at < $1 ORDER BY done_at LIMIT $2)",
		BIND(V(dead_before), V(most)));
}

err_t webhook_queue_store_removed(struct cx *cx, int64_t most, struct list *out)
{
	return db_list(cx, &webhook_turn_type, out, (size_t)most,
		"SELECT webhook_id FROM webhook_queue WHERE NOT EXISTS (SELECT 1 FROM webhook WHERE id = webhook_id)"
		" ORDER BY webhook_id LIMIT $1",
		BIND(V(most)));
}

err_t webhook_queue_store_drop(struct cx *cx, const char *webhook_id, int64_t most)
{
	TRY(db_exec(cx,
		"DELETE FROM webhook_delivery WHERE webhook_id = $1 AND sequence IN"
		" (SELECT sequence FROM webhook_delivery WHERE webhook_id = $1 ORDER BY sequence LIMIT $2)",
		BIND(V(webhook_id), V(most))));
	return db_exec(cx,
		"DELETE FROM webhook_queue WHERE webhook_id = $1"
		" AND NOT EXISTS (SELECT 1 FROM webhook_delivery WHERE webhook_id = $1)",
		BIND(V(webhook_id)));
}
