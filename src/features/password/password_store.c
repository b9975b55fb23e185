#include "features/password/password_store.h"
#include "db/db.h"

err_t password_store_get(struct cx *cx, const char *user_id, const char **hash)
{
	*hash = NULL;
	err_t e = db_text(cx, hash, "SELECT hash FROM password WHERE user_id = $1", BIND(V(user_id)));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t password_store_set(struct cx *cx, const char *user_id, const char *hash)
{
	return db_exec(cx,
		"INSERT INTO password (user_id, hash, changed_at) VALUES ($1, $2, $3)"
		" ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
		BIND(V(user_id), V(hash), V(cx->now)));
}

err_t password_store_erase(struct cx *cx, const char *user_id)
{
	return db_exec(cx, "DELETE FROM password WHERE user_id = $1", BIND(V(user_id)));
}
