#include "features/notification/notification_store.h"
#include "db/db.h"

#define COLUMNS "id, user_id, type, code, title, body, data, priority, actor_id, created_at, read_at, request_id, state"
#define LAST "z" /* behind every id, in whatever order a database has letters */

err_t notification_store_add(struct cx *cx, const struct notification *n, bool *added)
{
	int64_t changed = 1;
	static const char sql[] = "INSERT INTO notification (" COLUMNS
				  ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, 'shown')"
				  " ON CONFLICT (user_id, request_id) WHERE request_id IS NOT NULL DO NOTHING";
	const struct val args[] = { V(n->id), V(n->user_id), V(n->type), V(n->code), V(n->title), V(n->body),
		V(n->data.text), V(n->priority), V(n->actor_id), V(n->created_at), V(n->request_id),
		{ .tag = VAL_END } };
	TRY(n->request_id ? db_change(cx, &changed, sql, args) : db_later(cx, sql, args));
	*added = changed;
	return ERR_OK;
}

err_t notification_store_by_request(
	struct cx *cx, const char *user_id, const char *request_id, struct notification *out)
{
	return db_get(cx, &notification_type, out,
		"SELECT " COLUMNS " FROM notification WHERE user_id = $1 AND request_id = $2",
		BIND(V(user_id), V(request_id)));
}

err_t notification_store_by_actor(
	struct cx *cx, const char *user_id, const char *type, const char *actor_id, struct notification *out)
{
	return db_get(cx, &notification_type, out,
		"SELECT " COLUMNS " FROM notification WHERE actor_id = $3 AND user_id = $1 AND type = $2"
		" ORDER BY created_at DESC LIMIT 1",
		BIND(V(user_id), V(type), V(actor_id)));
}

err_t notification_store_get(struct cx *cx, const char *user_id, const char *id, struct notification *out)
{
	return db_get(cx, &notification_type, out,
		"SELECT " COLUMNS " FROM notification WHERE user_id = $1 AND id = $2 AND state = 'shown'",
		BIND(V(user_id), V(id)));
}

#define LIST(more) \
	"SELECT " COLUMNS " FROM notification WHERE user_id = $1 AND id < $2 AND state = 'shown'" more \
	" AND ($3 = '' OR type = $3) ORDER BY id DESC LIMIT $4"

err_t notification_store_list(struct cx *cx, const struct notification_slice *s, struct list *out)
{
	static const char all[] = LIST(""), unread[] = LIST(" AND read_at IS NULL");
	return db_list(cx, &notification_type, out, (size_t)s->most, s->unread ? unread : all,
		BIND(V(s->user_id), V(s->before && *s->before ? s->before : LAST), V(s->type ? s->type : ""),
			V(s->most)));
}

err_t notification_store_count(struct cx *cx, const char *user_id, struct notification_count *out)
{
	return db_get(cx, &notification_count_type, out,
		"SELECT (SELECT COUNT(*) FROM notification WHERE user_id = $1 AND state = 'shown') AS total,"
		" (SELECT COUNT(*) FROM notification WHERE user_id = $1 AND read_at IS NULL AND state = 'shown') AS unread",
		BIND(V(user_id)));
}

err_t notification_store_read(struct cx *cx, const char *user_id, const char *id, struct notification *out)
{
	return db_get(cx, &notification_type, out,
		"UPDATE notification SET read_at = $3 WHERE user_id = $1 AND id = $2 AND read_at IS NULL"
		" AND state = 'shown' RETURNING " COLUMNS,
		BIND(V(user_id), V(id), V(cx->now)));
}

err_t notification_store_read_all(struct cx *cx, const char *user_id, int64_t *marked)
{
	return db_change(cx, marked,
		"UPDATE notification SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL AND state = 'shown'",
		BIND(V(user_id), V(cx->now)));
}

err_t notification_store_delete(struct cx *cx, const char *user_id, const char *id, bool *deleted)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE notification SET state = 'deleted', code = NULL, title = NULL, body = NULL, data = '{}'"
		" WHERE user_id = $1 AND id = $2 AND state = 'shown' AND (actor_id IS NOT NULL OR request_id IS NOT NULL)",
		BIND(V(user_id), V(id))));
	if (!n)
		TRY(db_change(cx, &n, "DELETE FROM notification WHERE user_id = $1 AND id = $2 AND state = 'shown'",
			BIND(V(user_id), V(id))));
	*deleted = n;
	return ERR_OK;
}

err_t notification_store_withdraw(struct cx *cx, const char *user_id, const char *type, const char *actor_id)
{
	return db_later(cx,
		"UPDATE notification SET state = 'withdrawn' WHERE actor_id = $3 AND user_id = $1 AND type = $2"
		" AND read_at IS NULL AND state = 'shown'",
		BIND(V(user_id), V(type), V(actor_id)));
}

err_t notification_store_bring_back(struct cx *cx, const char *user_id, const char *id)
{
	return db_later(cx,
		"UPDATE notification SET state = 'shown' WHERE user_id = $1 AND id = $2 AND state = 'withdrawn'",
		BIND(V(user_id), V(id)));
}

err_t notification_store_remove_caused(struct cx *cx, const char *user_id, const char *type, const char *actor_id)
{
	return db_exec(cx, "DELETE FROM notification WHERE actor_id = $3 AND user_id = $1 AND type = $2",
		BIND(V(user_id), V(type), V(actor_id)));
}

err_t notification_store_part_ways(struct cx *cx, const char *a, const char *b)
{
	static const char sql[] = "DELETE FROM notification WHERE actor_id = $1 AND user_id = $2";
	TRY(db_later(cx, sql, BIND(V(a), V(b))));
	return db_later(cx, sql, BIND(V(b), V(a)));
}

err_t notification_store_erase(struct cx *cx, const char *user_id)
{
	TRY(db_exec(cx, "DELETE FROM notification WHERE user_id = $1", BIND(V(user_id))));
	return db_exec(cx, "DELETE FROM notification WHERE actor_id = $1", BIND(V(user_id)));
}

/* --- cleaning ----------------------------------------------------------------------------------------------------- */

#define CLEAN(which) \
	"DELETE FROM notification WHERE (user_id, id) IN (SELECT user_id, id FROM notification WHERE created_at < $1" which \
	" ORDER BY created_at LIMIT $2)"

err_t notification_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx, CLEAN(""), BIND(V(before), V(most)));
}

err_t notification_store_clean_away(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx, CLEAN(" AND state <> 'shown'"), BIND(V(before), V(most)));
}

err_t notification_store_stretch(struct cx *cx, const char *after, int64_t rows, const char **end)
{
	*end = NULL;
	err_t e = db_text(cx, end,
		"SELECT user_id FROM notification WHERE user_id > $1 ORDER BY user_id, id LIMIT 1 OFFSET $2",
		BIND(V(after), V(rows)));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* A value and not EXISTS, for which PostgreSQL may read all users into a table of its own. */
err_t notification_store_crowded(
	struct cx *cx, const char *after, const char *end, int64_t keep, int64_t most, struct list *out)
{
	return db_list(cx, &notification_crowd_type, out, (size_t)most,
		"SELECT * FROM (SELECT user_id, COUNT(*) > $3 AS crowded, (SELECT 1 FROM users"
		" WHERE users.id = n.user_id AND (status <> 'deleted' OR erase_at IS NOT NULL)) IS NULL AS erased"
		" FROM notification n WHERE user_id > $1 AND user_id <= $2 GROUP BY user_id) AS whose"
		" WHERE crowded OR erased ORDER BY user_id LIMIT $4",
		BIND(V(after), V(end ? end : LAST), V(keep), V(most)));
}

err_t notification_store_trim(struct cx *cx, const char *user_id, int64_t keep, int64_t most, int64_t *removed)
{
	return db_change(cx, removed,
		"DELETE FROM notification WHERE user_id = $1 AND id IN (SELECT id FROM notification WHERE user_id = $1"
		" ORDER BY id DESC LIMIT $3 OFFSET $2)",
		BIND(V(user_id), V(keep), V(most)));
}
