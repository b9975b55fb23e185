#include "features/key/key_store.h"
#include "db/db.h"

err_t key_store_list(struct cx *cx, struct list *out)
{
	return db_list(cx, &key_row_type, out, 100,
		"SELECT kid, alg, sealed, created_at, signs_from, retired_at FROM signing_key"
		" WHERE retired_at IS NULL OR retired_at > $1"
		/* the one that signs first: after a clock was set back an older one may have the later time */
		" ORDER BY CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END, signs_from DESC, kid",
		BIND(V(cx->now)));
}

err_t key_store_add(struct cx *cx, const struct key_row *row)
{
	return db_exec(cx,
		"INSERT INTO signing_key (kid, alg, sealed, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)",
		BIND(V(row->kid), V(row->alg), V(row->sealed), V(row->created_at), V(row->signs_from)));
}

err_t key_store_retire(struct cx *cx, const char *but, int64_t at)
{
	return db_exec(cx, "UPDATE signing_key SET retired_at = $2 WHERE kid <> $1 AND retired_at IS NULL",
		BIND(V(but), V(at)));
}

err_t key_store_remove_past(struct cx *cx, int64_t now)
{
	return db_exec(cx, "DELETE FROM signing_key WHERE retired_at IS NOT NULL AND retired_at <= $1", BIND(V(now)));
}

err_t key_store_master(struct cx *cx, const char *mine, const char **out)
{
	TRY(db_exec(cx,
		"INSERT INTO installation (name, value) VALUES ('master_key', $1) ON CONFLICT (name) DO NOTHING",
		BIND(V(mine))));
	return db_text(cx, out, "SELECT value FROM installation WHERE name = 'master_key'", NULL);
}
