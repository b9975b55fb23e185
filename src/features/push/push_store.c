#include "features/push/push_store.h"
#include "db/db.h"

#define COLUMNS "id, user_id, key, token, platform, device, session_id, by_profile, created_at, used_at"
#define DEFAULT "(token = (SELECT push_token FROM users WHERE users.id = push_token.user_id))"
/* A value and not EXISTS, for which PostgreSQL reads all sessions into a table of its own where it expects many tokens. */
#define LIVES \
	"((SELECT 1 FROM session WHERE session.id = push_token.session_id AND session.user_id = push_token.user_id" \
	" AND ended_at IS NULL AND expires_at > $2) IS NOT NULL)"

enum { LIST_MAX = 1000 };

err_t push_store_add(struct cx *cx, const struct push_token *t)
{
	return db_exec(cx, "INSERT INTO push_token (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		BIND(V(t->id), V(t->user_id), V(t->key), V(t->token), V(t->platform), V(t->device), V(t->session_id),
			V(t->by_profile), V(t->created_at), V(t->used_at)));
}

err_t push_store_update(struct cx *cx, const struct push_token *t)
{
	return db_exec(cx,
		"UPDATE push_token SET platform = $3, device = $4, session_id = $5, by_profile = $6, used_at = $7"
		" WHERE id = $1 AND user_id = $2",
		BIND(V(t->id), V(t->user_id), V(t->platform), V(t->device), V(t->session_id), V(t->by_profile),
			V(t->used_at)));
}

err_t push_store_by_key(struct cx *cx, const char *key, struct push_token *out)
{
	return db_get(cx, &push_token_type, out,
		"SELECT " COLUMNS ", " DEFAULT " AS is_default FROM push_token WHERE key = $1", BIND(V(key)));
}

err_t push_store_by_id(struct cx *cx, const char *id, struct push_token *out)
{
	return db_get(cx, &push_token_type, out,
		"SELECT " COLUMNS ", " DEFAULT " AS is_default FROM push_token WHERE id = $1", BIND(V(id)));
}

err_t push_store_list(struct cx *cx, const char *user_id, struct list *out)
{
	return db_list(cx, &push_token_type, out, LIST_MAX,
		"SELECT " COLUMNS ", " DEFAULT " AS is_default FROM push_token WHERE user_id = $1"
		" ORDER BY used_at DESC, id DESC LIMIT 1000",
		BIND(V(user_id)));
}

err_t push_store_reachable(struct cx *cx, const char *user_id, struct list *out)
{
	return db_list(cx, &push_token_type, out, LIST_MAX,
		"SELECT " COLUMNS ", " DEFAULT " AS is_default FROM push_token WHERE user_id = $1"
		" AND (session_id IS NULL OR " LIVES ") ORDER BY CASE WHEN " DEFAULT " THEN 0 ELSE 1 END, used_at DESC,"
		" id DESC LIMIT 1000",
		BIND(V(user_id), V(cx->now)));
}

err_t push_store_remove(struct cx *cx, const char *user_id, const char *id, int64_t *removed)
{
	return db_change(cx, removed, "DELETE FROM push_token WHERE id = $1 AND user_id = $2", BIND(V(id), V(user_id)));
}

err_t push_store_remove_all(struct cx *cx, const char *user_id, int64_t *removed)
{
	return db_change(cx, removed, "DELETE FROM push_token WHERE user_id = $1", BIND(V(user_id)));
}

err_t push_store_remove_by_session(struct cx *cx, const char *user_id, const char *session_id, int64_t *removed)
{
	if (!session_id)
		return db_change(cx, removed, "DELETE FROM push_token WHERE user_id = $1 AND session_id IS NOT NULL",
			BIND(V(user_id)));
	return db_change(cx, removed, "DELETE FROM push_token WHERE session_id = $1 AND user_id = $2",
		BIND(V(session_id), V(user_id)));
}

err_t push_store_remove_by_profile(struct cx *cx, const char *user_id, const char *but_key, int64_t *removed)
{
	return db_change(cx, removed, "DELETE FROM push_token WHERE user_id = $1 AND by_profile AND key <> $2",
		BIND(V(user_id), V(but_key)));
}

err_t push_store_prune(struct cx *cx, const char *user_id, int64_t keep)
{
	return db_exec(cx,
		"DELETE FROM push_token WHERE user_id = $1 AND id IN (SELECT id FROM push_token WHERE user_id = $1"
		" ORDER BY CASE WHEN " DEFAULT " THEN 0 ELSE 1 END, used_at DESC, id DESC LIMIT 1000 OFFSET $2)",
		BIND(V(user_id), V(keep)));
}

err_t push_store_settle(struct cx *cx, const char *user_id)
{
	return db_exec(cx,
		"UPDATE users SET push_token = NULL WHERE id = $1 AND push_token IS NOT NULL"
		" AND NOT EXISTS (SELECT 1 FROM push_token t WHERE t.user_id = $1 AND t.token = users.push_token)",
		BIND(V(user_id)));
}

err_t push_store_sweep(struct cx *cx, const char *after, int64_t most, struct list *out)
{
	return db_list(cx, &push_token_type, out, (size_t)most,
		"SELECT id, user_id, platform, CASE WHEN " LIVES
		" THEN NULL ELSE session_id END AS session_id FROM push_token"
		" WHERE id > $1 ORDER BY id LIMIT $3",
		BIND(V(after), V(cx->now), V(most)));
}
