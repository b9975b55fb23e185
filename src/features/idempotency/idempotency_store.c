#include "features/idempotency/idempotency_store.h"
#include "db/db.h"

/* SQLite has one writer: nobody else is inside a transaction. */
err_t idempotency_store_lock(struct cx *cx, int64_t number, bool *got)
{
	int64_t n;
	TRY(db_int(cx, &n,
		SQL2("SELECT CASE WHEN $1 IS NULL THEN 0 ELSE 1 END",
			"SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END"),
		BIND(V(number))));
	*got = n;
	return ERR_OK;
}

err_t idempotency_store_get(struct cx *cx, const char *slot, struct kept_row *out)
{
	return db_get(cx, &kept_row_type, out,
		"SELECT fingerprint, sealed, expires_at FROM idempotency WHERE slot = $1 AND expires_at > $2",
		BIND(V(slot), V(cx->now)));
}

err_t idempotency_store_put(struct cx *cx, const char *slot, const struct kept_row *row)
{
	return db_exec(cx,
		"INSERT INTO idempotency (slot, fingerprint, sealed, expires_at) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (slot) DO UPDATE SET fingerprint = excluded.fingerprint, sealed = excluded.sealed,"
		" expires_at = excluded.expires_at",
		BIND(V(slot), V(row->fingerprint), V(row->sealed), V(row->expires_at)));
}

err_t idempotency_store_clean(struct cx *cx, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM idempotency WHERE slot IN"
		" (SELECT slot FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
		BIND(V(cx->now), V(most)));
}
