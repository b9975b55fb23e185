#include "features/importer/importer_store.h"
#include "db/db.h"

err_t import_store_try(struct cx *cx)
{
	return db_exec(cx, "SAVEPOINT import_trial", NULL);
}

err_t import_store_forget(struct cx *cx)
{
	TRY(db_exec(cx, "ROLLBACK TO SAVEPOINT import_trial", NULL));
	return db_exec(cx, "RELEASE SAVEPOINT import_trial", NULL);
}

err_t import_store_hashes(struct cx *cx, int64_t first, int64_t last, int64_t most, struct list *out)
{
	return db_list(cx, &import_hash_type, out, (size_t)most,
		"SELECT user_id, hash FROM password JOIN users ON users.id = password.user_id"
		" WHERE users.number >= $1 AND users.number <= $2 ORDER BY users.number LIMIT $3",
		BIND(V(first), V(last), V(most)));
}
