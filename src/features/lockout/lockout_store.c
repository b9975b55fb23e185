#include "features/lockout/lockout_store.h"
#include "db/db.h"

err_t lockout_store_standing(
	struct cx *cx, const char *subject, const char *place, const char *block, struct lockout_standing *out)
{
	return db_get(cx, &lockout_standing_type, out,
		"SELECT (SELECT count FROM login_failure WHERE user_id = $1 AND address = $2) AS count,"
		" (SELECT last_at FROM login_failure WHERE user_id = $1 AND address = $2) AS last_at,"
		" (SELECT count FROM login_total WHERE subject = $1) AS total,"
		" (SELECT since FROM login_total WHERE subject = $1) AS since,"
		" (SELECT at FROM login_place WHERE user_id = $1 AND address = $3) AS known_at",
		BIND(V(subject), V(place), V(block)));
}

err_t lockout_store_failure(
	struct cx *cx, const char *subject, const char *place, bool stranger, int64_t forgotten, int64_t *count)
{
	return db_int(cx, count,
		"INSERT INTO login_failure (user_id, address, count, first_at, last_at, stranger) VALUES ($1, $2, 1, $3, $3, $5)"
		" ON CONFLICT (user_id, address) DO UPDATE SET"
		" count = CASE WHEN login_failure.last_at <= $4 THEN 1 ELSE login_failure.count + 1 END,"
		" first_at = CASE WHEN login_failure.last_at <= $4 THEN excluded.first_at ELSE login_failure.first_at END,"
		" last_at = excluded.last_at RETURNING count",
		BIND(V(subject), V(place), V(cx->now), V(forgotten), V(stranger)));
}

err_t lockout_store_total(struct cx *cx, const char *subject, bool stranger, int64_t period)
{
	return db_exec(cx,
		"INSERT INTO login_total (subject, count, since, stranger) VALUES ($1, 1, $2, $4)"
		" ON CONFLICT (subject) DO UPDATE SET"
		" count = CASE WHEN login_total.since <= $3 THEN 1 ELSE login_total.count + 1 END,"
		" since = CASE WHEN login_total.since <= $3 THEN excluded.since ELSE login_total.since END",
		BIND(V(subject), V(cx->now), V(cx->now - period), V(stranger)));
}

err_t lockout_store_forget_place(struct cx *cx, const char *subject, const char *place)
{
	return db_exec(cx, "DELETE FROM login_failure WHERE user_id = $1 AND address = $2", BIND(V(subject), V(place)));
}

err_t lockout_store_know(struct cx *cx, const char *user_id, const char *block)
{
	return db_exec(cx,
		"INSERT INTO login_place (user_id, address, at) VALUES ($1, $2, $3)"
		" ON CONFLICT (user_id, address) DO UPDATE SET at = excluded.at",
		BIND(V(user_id), V(block), V(cx->now)));
}

err_t lockout_store_spend(struct cx *cx, const char *nonce, int64_t expires_at, bool *fresh)
{
	int64_t added;
	TRY(db_change(cx, &added,
		"INSERT INTO login_proof (nonce, expires_at) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING",
		BIND(V(nonce), V(expires_at))));
	*fresh = added == 1;
	return ERR_OK;
}

err_t lockout_store_clear(struct cx *cx, const char *subject, int64_t *changed)
{
	int64_t places, totals;
	TRY(db_change(cx, &places, "DELETE FROM login_failure WHERE user_id = $1", BIND(V(subject))));
	TRY(db_change(cx, &totals, "DELETE FROM login_total WHERE subject = $1", BIND(V(subject))));
	*changed = places + totals;
	return ERR_OK;
}

err_t lockout_store_clean_failures(struct cx *cx, int64_t before)
{
	TRY(db_exec(cx, "DELETE FROM login_failure WHERE last_at < $1", BIND(V(before))));
	return db_exec(cx, "DELETE FROM login_total WHERE since < $1", BIND(V(before)));
}

err_t lockout_store_clean_places(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM login_place WHERE (user_id, address) IN"
		" (SELECT user_id, address FROM login_place WHERE at < $1 ORDER BY at LIMIT $2)",
		BIND(V(before), V(most)));
}

err_t lockout_store_clean_proofs(struct cx *cx)
{
	return db_exec(cx, "DELETE FROM login_proof WHERE expires_at < $1", BIND(V(cx->now)));
}

err_t lockout_store_cut_strangers(struct cx *cx, int64_t most)
{
	TRY(db_exec(cx,
		"DELETE FROM login_failure WHERE stranger AND last_at <"
		" (SELECT last_at FROM login_failure WHERE stranger ORDER BY last_at DESC LIMIT 1 OFFSET $1)",
		BIND(V(most))));
	return db_exec(cx,
		"DELETE FROM login_total WHERE stranger AND since <"
		" (SELECT since FROM login_total WHERE stranger ORDER BY since DESC LIMIT 1 OFFSET $1)",
		BIND(V(most)));
}

err_t lockout_store_cut_future(struct cx *cx)
{
	TRY(db_exec(cx, "UPDATE login_failure SET last_at = $1 WHERE last_at > $1", BIND(V(cx->now))));
	TRY(db_exec(cx, "UPDATE login_total SET since = $1 WHERE since > $1", BIND(V(cx->now))));
	return db_exec(cx, "UPDATE login_place SET at = $1 WHERE at > $1", BIND(V(cx->now)));
}
