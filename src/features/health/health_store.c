#include "features/health/health_store.h"
#include "db/db.h"

bool health_store_ping(struct cx *cx)
{
	int64_t one = 0;
	bool good = cx->db && db_int(cx, &one, "SELECT 1", NULL) == ERR_OK && one == 1;
	if (!good)
		cx_forgive(cx);
	return good;
}

err_t health_store_numbers(struct cx *cx, int64_t since, struct health_numbers *out)
{
	TRY(db_int(cx, &out->sessions, "SELECT COUNT(*) FROM session WHERE ended_at IS NULL AND expires_at > $1",
		BIND(V(cx->now))));
	TRY(db_int(cx, &out->logins, "SELECT COUNT(*) FROM outbox WHERE type = 'session.created' AND at > $1",
		BIND(V(since))));
	return db_int(cx, &out->failures, "SELECT COUNT(*) FROM outbox WHERE type = 'login.failed' AND at > $1",
		BIND(V(since)));
}
