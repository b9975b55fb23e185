#include "features/mail/mail_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, recipient, domain, user_id, template, language, subject, status, attempts, reason, sealed, claim, due_at," \
	" created_at, done_at"
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
		" created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
		"UPDATE mail SET status = 'queued', attempts = 0, reason = NULL, claim = NULL, due_at = $2, done_at = NULL"
		" WHERE id = $1 AND sealed IS NOT NULL",
		BIND(V(m->id), V(cx->now))));
	return need_queue(cx, m->domain);
}
