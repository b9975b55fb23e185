#include "features/relation/relation_store.h"
#include "db/db.h"

#define COLUMNS "id, from_id, to_id, kind, reason, at"
#define TIES(these) \
	"SELECT to_id AS other, kind, FALSE AS back FROM relation WHERE from_id = $1 AND to_id IN (" these ")" \
	" UNION ALL SELECT from_id, kind, TRUE FROM relation WHERE to_id = $1 AND from_id IN (" these ")"

err_t relation_store_ties(struct cx *cx, const char *id, const char *others, size_t most, struct list *out)
{
	return db_list(cx, &relation_tie_type, out, most, SQL2(TIES(MANY_SQLITE("$2")), TIES(MANY_POSTGRES("$2"))),
		BIND(V(id), V(others)));
}

#define HEARERS(among) \
	"SELECT f.from_id AS other, f.kind, FALSE AS back FROM relation f WHERE f.to_id = $1 AND f.kind = 'follow'" among \
	" AND NOT EXISTS (SELECT 1 FROM relation m WHERE m.from_id = f.from_id AND m.to_id = $1 AND m.kind = 'mute')" \
	" LIMIT $2"

err_t relation_store_hearers(struct cx *cx, const char *id, const char *among, size_t most, struct list *out)
{
	if (!among)
		return db_list(cx, &relation_tie_type, out, most, HEARERS(""), BIND(V(id), V((int64_t)most)));
	return db_list(cx, &relation_tie_type, out, most,
		SQL2(HEARERS(" AND f.from_id IN (" MANY_SQLITE("$3") ")"),
			HEARERS(" AND f.from_id IN (" MANY_POSTGRES("$3") ")")),
		BIND(V(id), V((int64_t)most), V(among)));
}

/* SQLite's one writer needs none. Rows cannot serve: before the first follow there is none to lock. */
err_t relation_store_lock(struct cx *cx, const char *key)
{
	int64_t held;
	return db_int(cx, &held,
		SQL2("SELECT LENGTH($1)",
			"SELECT CASE WHEN pg_advisory_xact_lock(hashtextextended($1, 0)) IS NULL THEN 0 ELSE 1 END"),
		BIND(V(key)));
}

err_t relation_store_add(struct cx *cx, const struct relation *r)
{
	return db_exec(cx, "INSERT INTO relation (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		BIND(V(r->id), V(r->from_id), V(r->to_id), V(relation_kind_names[r->kind]), V(r->reason), V(r->at)));
}

err_t relation_store_get(struct cx *cx, const char *from, const char *to, const char *kind, struct relation *out)
{
	return db_get(cx, &relation_type, out,
		"SELECT " COLUMNS " FROM relation WHERE from_id = $1 AND to_id = $2 AND kind = $3",
		BIND(V(from), V(to), V(kind)));
}

err_t relation_store_remove(struct cx *cx, const char *from, const char *to, const char *kind, int64_t *removed)
{
	return db_change(cx, removed, "DELETE FROM relation WHERE from_id = $1 AND to_id = $2 AND kind = $3",
		BIND(V(from), V(to), V(kind)));
}

err_t relation_store_turn(
	struct cx *cx, const char *from, const char *to, const char *kind, const char *into, int64_t *turned)
{
	return db_change(cx, turned,
		"UPDATE relation SET kind = $4, at = $5 WHERE from_id = $1 AND to_id = $2 AND kind = $3",
		BIND(V(from), V(to), V(kind), V(into), V(cx->now)));
}

err_t relation_store_erase(struct cx *cx, const char *user_id)
{
	TRY(db_exec(cx, "DELETE FROM relation WHERE from_id = $1", BIND(V(user_id))));
	return db_exec(cx, "DELETE FROM relation WHERE to_id = $1", BIND(V(user_id)));
}

err_t relation_store_part(
	struct cx *cx, const char *user_id, const struct relation *after, int64_t most, struct list *out)
{
	return db_list(cx, &relation_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM (SELECT " COLUMNS " FROM relation WHERE from_id = $1 UNION ALL SELECT " COLUMNS
		" FROM relation WHERE to_id = $1 AND kind IN ('follow', 'ask')) AS mine"
		" WHERE (from_id, to_id, kind) > ($2, $3, $4) ORDER BY from_id, to_id, kind LIMIT $5",
		BIND(V(user_id), V(after->from_id), V(after->to_id), V(relation_kind_names[after->kind]), V(most)));
}
