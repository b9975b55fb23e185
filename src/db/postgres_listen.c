/* Wake-ups by LISTEN and NOTIFY. */
#include "db/postgres.h"
#include "base/time.h"

#include <errno.h>
#include <poll.h>

static bool begin(struct postgres_db *p, const char *channel, bool *heard, const char **why)
{
	char text[96];
	if (p->listens && pq.PQstatus(p->c) == CONNECTION_OK)
		return true;
	if (!postgres_ready(p, why))
		return false;
	snprintf(text, sizeof text, "LISTEN %s", channel);
	p->listens = *heard = postgres_simple(p, text, why) == ERR_OK; /* what came before is unknown */
	return p->listens;
}

/* Takes all that came: one wake-up says as much as ten. */
static bool take(const struct postgres_db *p)
{
	bool any = false;
	for (PGnotify *n = pq.PQnotifies(p->c); n; n = pq.PQnotifies(p->c)) {
		pq.PQfreemem(n);
		any = true;
	}
	return any;
}

static bool readable(const struct postgres_db *p, int64_t ms)
{
	struct pollfd f = { .fd = pq.PQsocket(p->c), .events = POLLIN };
	return poll(&f, 1, (int)ms) > 0;
}

err_t postgres_listen(struct db *db, const char *channel, int64_t ms, bool *heard, const char **why)
{
	struct postgres_db *p = postgres_of(db);
	if (!begin(p, channel, heard, why))
		return ERR_UNAVAILABLE;
	int64_t until = time_monotonic() + ms;
	*heard |= take(p);
	for (int64_t left = ms; !*heard && left > 0; left = until - time_monotonic()) {
		if (!readable(p, left))
			continue;
		if (!pq.PQconsumeInput(p->c)) {
			*why = db_why("The connection to PostgreSQL was lost");
			postgres_drop(p);
			return ERR_UNAVAILABLE;
		}
		*heard = take(p);
	}
	return ERR_OK;
}
