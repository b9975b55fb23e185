#include "features/audit/audit_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, seq, at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes, correlation_id, hash," \
	" salt, redacted"

/* One text for each filter that has an index; the others are applied to what the first finds. */
#define BY(filter) \
	"SELECT " COLUMNS " FROM audit WHERE id < $1 AND id >= $5 AND " filter \
	" AND ($6 = '' OR operation = $6) AND ($7 = '' OR outcome = $7) AND ($8 = '' OR ip = $8) AND at >= $9 AND at < $10" \
	" ORDER BY id DESC LIMIT $2"

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

err_t audit_store_list(struct cx *cx, const struct audit_query *q, const struct audit_window *w, struct list *out)
{
	const char *subject = or_empty(q->subject_id), *actor = or_empty(q->actor_id);
	const char *sql = *subject ? BY("subject_id = $3 AND ($4 = '' OR actor_id = $4)")
	                  : *actor ? BY("actor_id = $4 AND ($3 = '')")
	                           : BY("$3 = '' AND $4 = ''");
	return db_list(cx, &audit_row_type, out, (size_t)w->most, sql,
		BIND(V(w->before_id), V(w->most), V(subject), V(actor), V(w->from_id), V(or_empty(q->operation)),
			V(or_empty(q->outcome)), V(or_empty(q->address)), V(q->from), V(q->to ? q->to : INT64_MAX)));
}

err_t audit_store_from(struct cx *cx, int64_t id, struct audit_row *out)
{
	return db_get(
		cx, &audit_row_type, out, "SELECT id, at FROM audit WHERE id >= $1 ORDER BY id LIMIT 1", BIND(V(id)));
}

err_t audit_store_last_id(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COALESCE(MAX(id), 0) FROM audit", NULL);
}

/* Each half ends by itself at the page's length: neither reads all that there is of him. */
err_t audit_store_of(struct cx *cx, const char *user_id, int64_t before, int64_t most, struct list *out)
{
	return db_list(cx, &audit_row_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM audit WHERE id IN ("
		"SELECT id FROM (SELECT id FROM audit WHERE subject_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS concerned"
		" UNION SELECT id FROM (SELECT id FROM audit WHERE actor_id = $1 AND subject_id = '' AND id < $2"
		" ORDER BY id DESC LIMIT $3) AS done) ORDER BY id DESC LIMIT $3",
		BIND(V(user_id), V(before), V(most)));
}

/* --- the chain ---------------------------------------------------------------------------------------------------- */

err_t audit_store_chain(struct cx *cx, int64_t after, int64_t most, struct list *out)
{
	return db_list(cx, &audit_row_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", BIND(V(after), V(most)));
}

err_t audit_store_unsealed(struct cx *cx, int64_t before_time, int64_t *n)
{
	return db_int(cx, n, "SELECT COUNT(*) FROM audit WHERE seq IS NULL AND at < $1", BIND(V(before_time)));
}

err_t audit_store_first_seq(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COALESCE(MIN(seq), 0) FROM audit WHERE seq IS NOT NULL", NULL);
}

err_t audit_store_checkpoint(struct cx *cx, struct audit_checkpoint *out)
{
	err_t e = db_get(cx, &audit_checkpoint_type, out, "SELECT seq, at, hash, mac FROM audit_checkpoint", NULL);
	if (e == ERR_NOT_FOUND)
		*out = (struct audit_checkpoint){ .hash = "", .mac = "" };
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t audit_store_remove(struct cx *cx, const struct audit_checkpoint *c)
{
	TRY(db_exec(cx,
		"INSERT INTO audit_checkpoint (id, seq, at, hash, mac) VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO UPDATE"
		" SET seq = excluded.seq, at = excluded.at, hash = excluded.hash, mac = excluded.mac",
		BIND(V(c->seq), V(c->at), V(c->hash), V(c->mac))));
	return db_exec(cx, "DELETE FROM audit WHERE seq <= $1", BIND(V(c->seq)));
}

/* --- people who were erased --------------------------------------------------------------------------------------- */

err_t audit_store_erased_add(struct cx *cx, const char *user_id)
{
	return db_exec(cx,
		"INSERT INTO audit_erasure (user_id, at, looked_at) VALUES ($1, $2, 0) ON CONFLICT (user_id) DO NOTHING",
		BIND(V(user_id), V(cx->now)));
}

err_t audit_store_erased(struct cx *cx, int64_t most, struct list *out)
{
	return db_list(cx, &audit_row_type, out, (size_t)most,
		"SELECT user_id AS subject_id FROM audit_erasure ORDER BY looked_at, at LIMIT $1", BIND(V(most)));
}

/* What concerned him loses its content, and what he did himself his address. */
err_t audit_store_to_redact(struct cx *cx, const char *user_id, int64_t most, struct list *out)
{
	return db_list(cx, &audit_row_type, out, (size_t)most,
		"SELECT " COLUMNS ", (SELECT p.hash FROM audit AS p WHERE p.seq = audit.seq - 1) AS before FROM audit"
		" WHERE seq IS NOT NULL AND id IN ("
		"SELECT id FROM audit WHERE subject_id = $1 AND (changes <> '' OR (ip <> '' AND actor_kind = 'anyone'))"
		" UNION SELECT id FROM audit WHERE actor_id = $1 AND ip <> '') ORDER BY id LIMIT $2",
		BIND(V(user_id), V(most)));
}

err_t audit_store_set_redacted(struct cx *cx, const struct audit_row *r)
{
	return db_exec(cx, "UPDATE audit SET changes = $2, ip = $3, salt = '', redacted = $4 WHERE id = $1",
		BIND(V(r->id), V(r->changes), V(r->ip), V(r->redacted)));
}

err_t audit_store_erased_done(struct cx *cx, const char *user_id, int64_t before)
{
	TRY(db_exec(cx, "UPDATE audit_erasure SET looked_at = $2 WHERE user_id = $1", BIND(V(user_id), V(cx->now))));
	return db_exec(cx,
		"DELETE FROM audit_erasure WHERE user_id = $1 AND at < $2 AND NOT EXISTS"
		" (SELECT 1 FROM audit WHERE seq IS NULL AND (subject_id = $1 OR actor_id = $1))",
		BIND(V(user_id), V(before)));
}
