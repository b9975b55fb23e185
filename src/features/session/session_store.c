#include "features/session/session_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, user_id, counter, used_counter, credential_version, created_at, last_used_at, rotated_at, expires_at, ends_at, ended_at," \
	" end_reason, device, ip, user_agent"

err_t session_store_add(struct cx *cx, const struct session *s)
{
	return db_exec(cx,
		"INSERT INTO session (id, user_id, counter, credential_version, created_at, last_used_at, rotated_at, expires_at,"
		" ends_at, device, ip, user_agent) VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $9, $10)",
		BIND(V(s->id), V(s->user_id), V(s->counter), V(s->credential_version), V(s->created_at),
			V(s->expires_at), V(s->ends_at), V(s->device), V(s->ip), V(s->user_agent)));
}

err_t session_store_get(struct cx *cx, const char *id, struct session *out)
{
	return db_get(cx, &session_type, out, "SELECT " COLUMNS " FROM session WHERE id = $1", BIND(V(id)));
}

err_t session_store_of(struct cx *cx, const char *user_id, const char *id, struct session *out)
{
	return db_get(cx, &session_type, out, "SELECT " COLUMNS " FROM session WHERE id = $1 AND user_id = $2",
		BIND(V(id), V(user_id)));
}

err_t session_store_some(struct cx *cx, size_t n, const char *const *ids, const char *const *user_ids, struct list *out)
{
	struct val args[2 * BIND_SOME + 1];
	bind_some(args, n, ids);
	bind_some(args + BIND_SOME, n, user_ids);
	return db_list(cx, &session_type, out, n,
		"SELECT id, user_id, used_counter, credential_version, last_used_at, expires_at, ended_at FROM session"
		" WHERE id IN (" BIND_SOME_SQL ") AND user_id IN (" BIND_MORE_SQL ")",
		args);
}

err_t session_store_owned(struct cx *cx, const char *id, struct session *out)
{
	return db_get(cx, &session_type, out,
		"SELECT " COLUMNS ", owner_version, owner_status, owner_until FROM session JOIN (SELECT id AS owner_id,"
		" credential_version AS owner_version, status AS owner_status, status_until AS owner_until FROM users) AS o"
		" ON o.owner_id = session.user_id WHERE id = $1",
		BIND(V(id)));
}

#define TURN_SQL \
	"UPDATE session SET counter = counter + 1, rotated_at = $3, last_used_at = $3," \
	" expires_at = CASE WHEN ends_at < $4 THEN ends_at ELSE $4 END"
#define TURN_WHERE "id = $1 AND user_id = $5 AND counter = $2 AND ended_at IS NULL AND expires_at > $3"

/* Two texts: SQLite returns nothing of a table that is joined, only what it selects for each row. */
err_t session_store_turn(struct cx *cx, struct session *s)
{
	return db_get(cx, &session_type, s,
		SQL2(TURN_SQL
			" WHERE " TURN_WHERE " RETURNING " COLUMNS ","
			" (SELECT credential_version FROM users WHERE users.id = session.user_id) AS owner_version,"
			" (SELECT status FROM users WHERE users.id = session.user_id) AS owner_status,"
			" (SELECT status_until FROM users WHERE users.id = session.user_id) AS owner_until",
			TURN_SQL
			" FROM (SELECT id AS owner_id, credential_version AS owner_version, status AS owner_status,"
			" status_until AS owner_until FROM users) AS o WHERE owner_id = $5 AND " TURN_WHERE
			" RETURNING " COLUMNS ", owner_version, owner_status, owner_until"),
		BIND(V(s->id), V(s->counter), V(cx->now), V(s->expires_at), V(s->user_id)));
}

err_t session_store_prolong(struct cx *cx, const struct session *s)
{
	return db_exec(cx,
		"UPDATE session SET expires_at = $2, last_used_at = $3 WHERE id = $1 AND user_id = $4 AND ended_at IS NULL",
		BIND(V(s->id), V(s->expires_at), V(cx->now), V(s->user_id)));
}

err_t session_store_end(struct cx *cx, const struct session *s, const char *reason, int64_t *ended)
{
	return db_change(cx, ended,
		"UPDATE session SET ended_at = $2, end_reason = $3 WHERE id = $1 AND user_id = $4 AND ended_at IS NULL",
		BIND(V(s->id), V(cx->now), V(reason), V(s->user_id)));
}

err_t session_store_list(struct cx *cx, const char *user_id, size_t most, struct list *out)
{
	return db_list(cx, &session_type, out, most,
		"SELECT " COLUMNS " FROM session WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2"
		" AND credential_version = (SELECT credential_version FROM users WHERE id = $1)"
		" ORDER BY created_at DESC LIMIT $3",
		BIND(V(user_id), V(cx->now), V((int64_t)most)));
}

err_t session_store_all(struct cx *cx, const char *user_id, const char *after, size_t most, struct list *out)
{
	return db_list(cx, &session_type, out, most,
		"SELECT " COLUMNS " FROM session WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		BIND(V(user_id), V(after), V((int64_t)most)));
}

err_t session_store_keep(struct cx *cx, const char *user_id, const char *id, int64_t version)
{
	return db_exec(cx, "UPDATE session SET credential_version = $2 WHERE id = $1 AND user_id = $3",
		BIND(V(id), V(version), V(user_id)));
}

err_t session_store_used(struct cx *cx, const char *id, const char *user_id, int64_t at, int64_t counter)
{
	TRY(db_exec(cx,
		"UPDATE session SET last_used_at = $2, used_counter = CASE WHEN used_counter < $3 THEN $3 ELSE used_counter END"
		" WHERE id = $1 AND user_id = $4 AND (last_used_at < $2 OR used_counter < $3)",
		BIND(V(id), V(at), V(counter), V(user_id))));
	return db_exec(cx,
		"UPDATE users SET last_active_at = $2 WHERE id = $1 AND deleted_at IS NULL"
		" AND (last_active_at IS NULL OR last_active_at < $2)",
		BIND(V(user_id), V(at)));
}

err_t session_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM session WHERE id IN (SELECT id FROM session WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t session_store_erase(struct cx *cx, const char *user_id)
{
	return db_exec(cx, "DELETE FROM session WHERE user_id = $1", BIND(V(user_id)));
}

err_t session_store_now(struct cx *cx, const char *user_id, const char *id, struct session_now *out)
{
	return db_get(cx, &session_now_type, out,
		"SELECT s.ended_at AS ended_at, s.expires_at AS expires_at, s.credential_version AS version,"
		" u.credential_version AS user_version, u.status AS status, u.status_until AS status_until, u.role AS role"
		" FROM session s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND s.user_id = $2",
		BIND(V(id), V(user_id)));
}
