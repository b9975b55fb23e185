#include "features/client/client_store.h"
#include "db/db.h"

#define COLUMNS "id, name, secret_hash, old_secret_hash, old_secret_until, scope, created_at, revoked_at"

err_t client_store_add(struct cx *cx, const struct client *c)
{
	return db_exec(cx, "INSERT INTO client (id, name, secret_hash, scope, created_at) VALUES ($1, $2, $3, $4, $5)",
		BIND(V(c->id), V(c->name), V(c->secret_hash), V(c->scope), V(c->created_at)));
}

err_t client_store_get(struct cx *cx, const char *id, struct client *out)
{
	return db_get(cx, &client_type, out, "SELECT " COLUMNS " FROM client WHERE id = $1", BIND(V(id)));
}

err_t client_store_list(struct cx *cx, size_t most, struct list *out)
{
	return db_list(cx, &client_type, out, most, "SELECT " COLUMNS " FROM client ORDER BY created_at DESC LIMIT $1",
		BIND(V((int64_t)most)));
}

err_t client_store_set_secret(struct cx *cx, const struct client *c)
{
	return db_exec(cx,
		"UPDATE client SET secret_hash = $2, old_secret_hash = $3, old_secret_until = NULLIF(CAST($4 AS BIGINT), 0)"
		" WHERE id = $1",
		BIND(V(c->id), V(c->secret_hash), V(c->old_secret_hash), V(c->old_secret_until)));
}

err_t client_store_revoke(struct cx *cx, const char *id)
{
	return db_exec(
		cx, "UPDATE client SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", BIND(V(id), V(cx->now)));
}
