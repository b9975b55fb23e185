#include "features/role/role_store.h"
#include "db/db.h"

#define COLUMNS "name, description, permissions, created_at, updated_at"

err_t role_store_add(struct cx *cx, const struct role_row *r)
{
	return db_try(cx,
		"INSERT INTO role (name, description, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)",
		BIND(V(r->name), V(r->description), V(r->permissions), V(r->created_at), V(r->updated_at)));
}

err_t role_store_get(struct cx *cx, const char *name, struct role_row *out)
{
	return db_get(cx, &role_row_type, out, "SELECT " COLUMNS " FROM role WHERE name = $1", BIND(V(name)));
}

err_t role_store_list(struct cx *cx, size_t most, struct list *out)
{
	return db_list(cx, &role_row_type, out, most, "SELECT " COLUMNS " FROM role ORDER BY name LIMIT $1",
		BIND(V((int64_t)most)));
}

err_t role_store_count(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM role", NULL);
}

err_t role_store_update(struct cx *cx, const struct role_row *r)
{
	return db_exec(cx, "UPDATE role SET description = $2, permissions = $3, updated_at = $4 WHERE name = $1",
		BIND(V(r->name), V(r->description), V(r->permissions), V(r->updated_at)));
}

err_t role_store_delete(struct cx *cx, const char *name)
{
	return db_exec(cx, "DELETE FROM role WHERE name = $1", BIND(V(name)));
}

err_t role_store_granted(struct cx *cx, const char *name, bool *there)
{
	int64_t changed;
	TRY(db_change(cx, &changed, "UPDATE role SET granted_at = $2 WHERE name = $1", BIND(V(name), V(cx->now))));
	*there = changed == 1;
	return ERR_OK;
}

err_t role_store_accounts(struct cx *cx, const char *name, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE role = $1 LIMIT $2) AS counted",
		BIND(V(name), V((int64_t)PAGE_COUNT_MAX + 1)));
}
