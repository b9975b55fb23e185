#include "features/block/block_store.h"
#include "db/db.h"

err_t block_store_list(struct cx *cx, const char *owner, const char *kind, int64_t at, const char *id, int64_t offset,
	int64_t most, struct list *out)
{
	return db_list(cx, &block_type, out, (size_t)most,
		"SELECT r.id, r.to_id AS user_id, users.username, users.display_name, users.avatar_url, r.reason,"
		" r.at AS created_at FROM relation r JOIN users ON users.id = r.to_id WHERE r.from_id = $1 AND r.kind = $2"
		" AND (r.at, r.to_id) < ($3, $4) ORDER BY r.at DESC, r.to_id DESC LIMIT $5 OFFSET $6",
		BIND(V(owner), V(kind), V(at), V(id), V(most), V(offset)));
}

err_t block_store_count(struct cx *cx, const char *owner, const char *kind, int64_t *out)
{
	return db_int(cx, out,
		"SELECT COUNT(*) FROM (SELECT 1 FROM relation WHERE from_id = $1 AND kind = $2 LIMIT $3) AS counted",
		BIND(V(owner), V(kind), V((int64_t)PAGE_COUNT_MAX + 1)));
}
