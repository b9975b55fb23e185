#include "features/dispatch/dispatch_store.h"
#include "db/db.h"

err_t dispatch_store_claim(struct cx *cx, const struct dispatch_claim *c, enum dispatch_claimed *out)
{
	int64_t got;
	*out = CLAIM_NEW;
	err_t e = db_int(cx, &got,
		"INSERT INTO push_request (request_id, at, held_until, done) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (request_id) DO UPDATE SET held_until = excluded.held_until, done = excluded.done"
		" WHERE NOT push_request.done AND (push_request.held_until <= $2 OR $5) RETURNING 1",
		BIND(V(c->request_id), V(cx->now), V(c->until), V(c->done), V(c->again)));
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(db_int(cx, &got, "SELECT CASE WHEN done THEN 1 ELSE 0 END FROM push_request WHERE request_id = $1",
		BIND(V(c->request_id))));
	*out = got ? CLAIM_DONE : CLAIM_BUSY;
	return ERR_OK;
}

err_t dispatch_store_done(struct cx *cx, const char *request_id)
{
	return db_exec(cx, "UPDATE push_request SET done = TRUE WHERE request_id = $1", BIND(V(request_id)));
}

err_t dispatch_store_clean(struct cx *cx, int64_t before, int64_t most)
{
	return db_exec(cx,
		"DELETE FROM push_request WHERE request_id IN"
		" (SELECT request_id FROM push_request WHERE at < $1 ORDER BY at LIMIT $2)",
		BIND(V(before), V(most)));
}
