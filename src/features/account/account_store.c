#include "features/account/account_store.h"
#include "db/db.h"

err_t account_store_failure(struct cx *cx, const char *user_id, const char *address, int64_t *count)
{
	return db_int(cx, count,
		"INSERT INTO login_failure (user_id, address, count, first_at, last_at) VALUES ($1, $2, 1, $3, $3)"
		" ON CONFLICT (user_id, address) DO UPDATE SET count = login_failure.count + 1, last_at = excluded.last_at"
		" RETURNING count",
		BIND(V(user_id), V(address), V(cx->now)));
}

err_t account_store_success(struct cx *cx, const char *user_id, const char *address)
{
	return db_exec(
		cx, "DELETE FROM login_failure WHERE user_id = $1 AND address = $2", BIND(V(user_id), V(address)));
}

err_t account_store_forgive(struct cx *cx, const char *user_id)
{
	return db_exec(cx, "DELETE FROM login_failure WHERE user_id = $1", BIND(V(user_id)));
}

err_t account_store_forget(struct cx *cx, int64_t before)
{
	return db_exec(cx, "DELETE FROM login_failure WHERE last_at < $1", BIND(V(before)));
}
