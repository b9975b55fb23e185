#include "features/events/events_store.h"
#include "db/db.h"

#include <string.h>

#define COLUMNS "seq, at, event_id, type, subject_type, subject_id, actor_kind, actor_id, ip, correlation_id, data"
/* $4 letters of the type must be $3. */
#define WHERE \
	" FROM outbox WHERE seq > $1 AND seq <= $2 AND ($3 = '' OR substr(type, 1, $4) = $3) AND ($5 = '' OR subject_id = $5)"

enum { WHOLE = 1000 };

static int64_t letters(const char *type)
{
	size_t n = strlen(type);
	return n && type[n - 1] == '.' ? (int64_t)n : WHOLE;
}

err_t events_store_read(struct cx *cx, const struct events_stretch *s, struct list *out)
{
	const char *sql = s->newest_first ? "SELECT " COLUMNS WHERE " ORDER BY seq DESC LIMIT $6"
	                                  : "SELECT " COLUMNS WHERE " ORDER BY seq LIMIT $6";
	return db_list(cx, &event_row_type, out, (size_t)s->most, sql,
		BIND(V(s->after), V(s->upto), V(s->type), V(letters(s->type)), V(s->subject_id), V(s->most)));
}

err_t events_store_status(struct cx *cx, struct events_status *out)
{
	return db_get(cx, &events_status_type, out,
		"SELECT (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE seq IS NOT NULL) AS newest,"
		" (SELECT COALESCE(MIN(seq), 0) FROM outbox WHERE seq IS NOT NULL) AS oldest,"
		" (SELECT COUNT(*) FROM outbox WHERE seq IS NULL) AS unsealed,"
		" (SELECT MIN(at) FROM outbox WHERE seq IS NULL) AS unsealed_since",
		NULL);
}

err_t events_store_first_kept(struct cx *cx, int64_t moment, int64_t most, int64_t *out)
{
	return db_int(cx, out,
		"SELECT COALESCE(MIN(CASE WHEN at >= $1 THEN seq END), MAX(seq) + 1, 0) FROM"
		" (SELECT seq, at FROM outbox WHERE seq IS NOT NULL ORDER BY seq LIMIT $2) AS oldest",
		BIND(V(moment), V(most)));
}

err_t events_store_remove(struct cx *cx, int64_t before)
{
	return db_exec(cx,
		"DELETE FROM outbox WHERE seq < $1 AND seq < (SELECT MAX(seq) FROM outbox WHERE seq IS NOT NULL)",
		BIND(V(before)));
}

/* --- receivers ---------------------------------------------------------------------------------------------------- */

/* The database's own clock in ms: nodes whose clocks differ must agree on who holds. Two texts: no function is common. */
#define SQLITE_NOW "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
#define POSTGRES_NOW "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
#define HOLD(now) \
	"INSERT INTO sink (name, position, moved_at, holder, held_until) VALUES ($1," \
	" (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE seq IS NOT NULL), $4, $2, " now " + $5)" \
	" ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until" \
	" WHERE $3 OR sink.holder = excluded.holder OR sink.held_until < " now " RETURNING position"

err_t events_store_sink_hold(struct cx *cx, const struct sink_self *self, int64_t *position)
{
	return db_int(cx, position, SQL2(HOLD(SQLITE_NOW), HOLD(POSTGRES_NOW)),
		BIND(V(self->name), V(self->node), V(self->alone), V(cx->now), V((int64_t)SINK_HOLD_MS)));
}

err_t events_store_sink_move(struct cx *cx, const struct sink_self *self, int64_t from, int64_t to, bool *moved)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE sink SET position = $4, moved_at = $5, failing_since = NULL, reason = ''"
		" WHERE name = $1 AND holder = $2 AND position = $3",
		BIND(V(self->name), V(self->node), V(from), V(to), V(cx->now))));
	*moved = n;
	return ERR_OK;
}

err_t events_store_sink_trouble(struct cx *cx, const struct sink_self *self, const char *why)
{
	return db_exec(cx,
		"UPDATE sink SET failing_since = COALESCE(failing_since, $3), reason = $4 WHERE name = $1 AND holder = $2",
		BIND(V(self->name), V(self->node), V(cx->now), V(why)));
}

err_t events_store_sink_let_go(struct cx *cx, const struct sink_self *self)
{
	return db_exec(cx, "UPDATE sink SET holder = '', held_until = 0 WHERE name = $1 AND holder = $2",
		BIND(V(self->name), V(self->node)));
}

err_t events_store_slowest(struct cx *cx, int64_t *out)
{
#define SLOWEST(now) "SELECT COALESCE(MIN(position), 9007199254740991) FROM sink WHERE held_until >= " now
	return db_int(cx, out, SQL2(SLOWEST(SQLITE_NOW), SLOWEST(POSTGRES_NOW)), NULL);
}

#define SINK \
	"name, position, moved_at, failing_since, reason, holder," \
	" (SELECT at FROM outbox WHERE seq > sink.position ORDER BY seq LIMIT 1) AS waiting_since"
enum { SINKS_MOST = 1000 };

err_t events_store_sinks(struct cx *cx, struct list *out)
{
	return db_list(
		cx, &sink_info_type, out, SINKS_MOST, "SELECT " SINK " FROM sink ORDER BY name LIMIT 1000", NULL);
}

err_t events_store_sink_set(struct cx *cx, const char *name, int64_t position, struct sink_info *out)
{
	return db_get(cx, &sink_info_type, out,
		"UPDATE sink SET position = $2, moved_at = $3 WHERE name = $1 RETURNING " SINK,
		BIND(V(name), V(position), V(cx->now)));
}
