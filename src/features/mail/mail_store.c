#include "features/mail/mail_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, recipient, domain, user_id, template, language, subject, status, attempts, reason, sealed, claim, due_at," \
	" created_at, queued_at, done_at"
#define SELECT "SELECT " COLUMNS " FROM mail "

/* By a read first: an INSERT beside a row that changes often would collide with who changes it. */
static err_t need_queue(struct cx *cx, const char *domain)
{
	return db_exec(cx,
		"INSERT INTO mail_queue (domain) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM mail_queue WHERE domain = $1)"
		" ON CONFLICT (domain) DO NOTHING",
		BIND(V(domain)));
}

err_t mail_store_add(struct cx *cx, const struct mail *m)
{
	TRY(db_exec(cx,
		"INSERT INTO mail (id, recipient, domain, user_id, template, language, subject, status, sealed, due_at,"
		" created_at, queued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
		BIND(V(m->id), V(m->recipient), V(m->domain), V(m->user_id), V(m->template_name), V(m->language),
			V(m->subject), V(mail_status_names[m->status]), V(m->sealed), val_time(m->due_at),
			V(m->created_at))));
	return m->due_at ? need_queue(cx, m->domain) : ERR_OK;
}

err_t mail_store_get(struct cx *cx, const char *id, struct mail *out)
{
	return db_get(cx, &mail_type, out, SELECT "WHERE id = $1", BIND(V(id)));
}

/* One text for each filter, so that each has its index. */
#define LIST(filter) SELECT "WHERE " filter " AND id < $1 ORDER BY id DESC LIMIT $2"

err_t mail_store_list(struct cx *cx, const struct mail_query *q, const char *before, int64_t most, struct list *out)
{
	const char *from = before ? before : "g"; /* above every id */
	const char *status = q->status.has == IS_SET ? mail_status_names[q->status.v] : "";
	const char *user = q->user_id ? q->user_id : "";
	const char *sql = *user     ? LIST("user_id = $4 AND ($3 = '' OR status = $3)")
	                  : *status ? LIST("status = $3 AND $4 = ''")
	                            : LIST("$3 = '' AND $4 = ''");
	return db_list(cx, &mail_type, out, (size_t)most, sql, BIND(V(from), V(most), V(status), V(user)));
}

err_t mail_store_requeue(struct cx *cx, const struct mail *m)
{
	TRY(db_exec(cx,
		"UPDATE mail SET status = 'queued', attempts = 0, reason = NULL, claim = NULL, due_at = $2, queued_at = $2,"
		" done_at = NULL WHERE id = $1 AND sealed IS NOT NULL",
		BIND(V(m->id), V(cx->now))));
	return need_queue(cx, m->domain);
}

/* --- the queue ---------------------------------------------------------------------------------------------------- */

err_t mail_store_any_due(struct cx *cx, bool *out)
{
	int64_t any = 0;
	TRY(db_int(cx, &any, "SELECT EXISTS (SELECT 1 FROM mail WHERE due_at <= $1)", BIND(V(cx->now))));
	*out = any;
	return ERR_OK;
}

/* $1 claim, $2 until, $3 now, $4 most of one domain. A claimed letter is one whose due_at lies ahead. The conditions are
 * asked of the chosen row once more, outside: who waited for another's UPDATE of it then changes nothing. */
#define CLAIM_OF(lock) \
	"UPDATE mail SET claim = $1, due_at = $2, attempts = attempts + 1 WHERE id = (SELECT id FROM mail WHERE domain =" \
	" (SELECT q.domain FROM mail_queue q WHERE q.held_until <= $3" \
	" AND EXISTS (SELECT 1 FROM mail d WHERE d.domain = q.domain AND d.due_at <= $3)" \
	" AND (SELECT COUNT(*) FROM mail h WHERE h.domain = q.domain AND h.due_at > $3 AND h.claim IS NOT NULL) < $4" \
	" ORDER BY q.served_at, q.domain LIMIT 1)" \
	" AND due_at <= $3 ORDER BY due_at, id LIMIT 1" lock ")" \
	" AND due_at <= $3 AND status = 'queued' RETURNING " COLUMNS

err_t mail_store_claim(struct cx *cx, const char *claim, int64_t until, int64_t of_domain, struct mail *out)
{
	/* SQLite has one writer and no row locks; with PostgreSQL nodes pass by what another just takes. */
	TRY(db_get(cx, &mail_type, out, SQL2(CLAIM_OF(""), CLAIM_OF(" FOR UPDATE SKIP LOCKED")),
		BIND(V(claim), V(until), V(cx->now), V(of_domain))));
	return ERR_OK;
}

static err_t change_one(struct cx *cx, const char *sql, const struct val *args, bool *mine)
{
	int64_t changed;
	TRY(db_change(cx, &changed, sql, args));
	*mine = changed > 0;
	return ERR_OK;
}

#define MINE " WHERE id = $1 AND status = 'queued' AND COALESCE(claim, '') = $2"

err_t mail_store_sent(struct cx *cx, const char *id, const char *claim, bool *mine)
{
	return change_one(cx,
		"UPDATE mail SET status = 'sent', sealed = NULL, claim = NULL, due_at = NULL, reason = NULL, done_at = $3" MINE,
		BIND(V(id), V(claim), V(cx->now)), mine);
}

err_t mail_store_dead(struct cx *cx, const char *id, const char *claim, const char *reason, bool *mine)
{
	return change_one(cx,
		"UPDATE mail SET status = 'dead', claim = NULL, due_at = NULL, reason = $4, done_at = $3" MINE,
		BIND(V(id), V(claim ? claim : ""), V(cx->now), V(reason)), mine);
}

err_t mail_store_later(struct cx *cx, const char *id, const char *claim, int64_t due_at, const char *reason, bool *mine)
{
	return change_one(cx, "UPDATE mail SET claim = NULL, due_at = $3, reason = $4" MINE,
		BIND(V(id), V(claim), V(due_at), V(reason)), mine);
}

err_t mail_store_give_back(struct cx *cx, const char *id, const char *claim, const char *reason)
{
	return db_exec(cx, "UPDATE mail SET claim = NULL, due_at = $3, attempts = attempts - 1, reason = $4" MINE,
		BIND(V(id), V(claim), V(cx->now), V(reason)));
}

err_t mail_store_domain_well(struct cx *cx, const char *domain)
{
	return db_exec(cx, "UPDATE mail_queue SET served_at = $2, failures = 0, held_until = 0 WHERE domain = $1",
		BIND(V(domain), V(cx->now)));
}

err_t mail_store_domain_silent(struct cx *cx, const char *domain, int64_t *failures)
{
	*failures = 1;
	return db_int(cx, failures,
		"UPDATE mail_queue SET served_at = $2, failures = failures + 1 WHERE domain = $1 RETURNING failures",
		BIND(V(domain), V(cx->now)));
}

err_t mail_store_domain_hold(struct cx *cx, const char *domain, int64_t until)
{
	return db_exec(cx, "UPDATE mail_queue SET held_until = $2 WHERE domain = $1", BIND(V(domain), V(until)));
}

/* --- by the clock ------------------------------------------------------------------------------------------------- */

err_t mail_store_count(struct cx *cx, struct mail_counts *out)
{
	TRY(db_get(cx, &mail_counts_type, out,
		"SELECT COUNT(*) AS queued, COALESCE(MIN(queued_at), 0) AS oldest_at FROM mail WHERE status = 'queued'",
		NULL));
	TRY(db_int(cx, &out->dead, "SELECT COUNT(*) FROM mail WHERE status = 'dead'", NULL));
	return db_int(cx, &out->kept, "SELECT COUNT(*) FROM mail WHERE status = 'kept'", NULL);
}

err_t mail_store_too_old(struct cx *cx, int64_t before, int64_t most, struct list *out)
{
	return db_list(cx, &mail_type, out, (size_t)most,
		SELECT "WHERE status = 'queued' AND queued_at <= $1 AND claim IS NULL ORDER BY id LIMIT $2",
		BIND(V(before), V(most)));
}

err_t mail_store_forget(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM mail WHERE id IN (SELECT id FROM mail WHERE status <> 'queued'"
		" AND COALESCE(done_at, created_at) < $1 ORDER BY COALESCE(done_at, created_at) LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t mail_store_forget_erased(struct cx *cx)
{
	return db_exec(cx,
		"DELETE FROM mail WHERE status <> 'queued' AND user_id IN (SELECT id FROM users WHERE status = 'deleted' AND erase_at IS NULL)",
		NULL);
}

err_t mail_store_tidy_queues(struct cx *cx, int64_t before)
{
	TRY(db_exec(cx,
		"DELETE FROM mail_queue WHERE served_at < $1"
		" AND NOT EXISTS (SELECT 1 FROM mail WHERE mail.domain = mail_queue.domain AND due_at IS NOT NULL)",
		BIND(V(before))));
	return db_exec(cx,
		"INSERT INTO mail_queue (domain) SELECT DISTINCT domain FROM mail WHERE due_at IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM mail_queue q WHERE q.domain = mail.domain) ON CONFLICT (domain) DO NOTHING",
		NULL);
}

err_t mail_store_erase(struct cx *cx, const char *user_id, const char *address)
{
	TRY(db_exec(cx, "DELETE FROM mail WHERE user_id = $1", BIND(V(user_id))));
	return db_exec(cx, "DELETE FROM mail WHERE recipient = $1", BIND(V(address)));
}
