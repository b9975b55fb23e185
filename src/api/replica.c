#include "api/replica.h"
#include "base/breaker.h"
#include "base/log.h"
#include "base/time.h"

#include <stdatomic.h>
#include <time.h>

enum { WAIT_MS = 50 /* for it to catch up */, LOOK_US = 1000 };

static struct {
	struct store *store; /* NULL: there is none */
	struct breaker *breaker;
	_Atomic int64_t reads, late, failed;
	_Atomic bool promoted; /* that was told */
} replica;

err_t replica_open(struct arena *a, struct store *primary, const char **why)
{
	const struct replica_conf *conf = conf_get(conf_current(), &replica_conf_group);
	if (!*conf->replica_url)
		return ERR_OK;
	if (store_is_sqlite(primary)) {
		*why = "database.replica_url: a database in a file has no replicas.";
		return ERR_INVALID;
	}
	TRY(store_open(a, &(struct store_conf){ .url = conf->replica_url, .absent = true }, &replica.store, why));
	replica.breaker = breaker_listed("replica");
	return ERR_OK;
}

void replica_close(void)
{
	store_close(replica.store);
	breaker_free(replica.breaker);
	replica.store = NULL;
	replica.breaker = NULL;
}

void replica_stats(struct replica_stats *out)
{
	*out = (struct replica_stats){ replica.reads, replica.late, replica.failed };
}

/* Up to where the primary's log holds all that was committed. */
static err_t position(struct cx *cx, const char **out)
{
	return db_text(cx, out, SQL2("SELECT ''", "SELECT CAST(pg_current_wal_lsn() AS TEXT)"), NULL);
}

enum { BEHIND, LEVEL, PROMOTED };

static err_t look(struct cx *cx, const char *position, int64_t *how)
{
	return db_int(cx, how,
		SQL2("SELECT length($1)",
			"SELECT CASE WHEN NOT pg_is_in_recovery() THEN 2 WHEN pg_last_wal_replay_lsn() >= CAST($1 AS pg_lsn) THEN 1"
			" ELSE 0 END"),
		BIND(V(position)));
}

/* One that was promoted goes its own way: what it holds is not what the primary holds. */
static void tell_promoted(void)
{
	if (!atomic_exchange(&replica.promoted, true))
		log_warn("database.replica_url names a server that is no replica; it is not asked");
}

static err_t catch_up(struct cx *cx, const char *position, bool *level)
{
	int64_t began = time_monotonic(), how = BEHIND;
	for (;;) {
		TRY(look(cx, position, &how));
		*level = how == LEVEL;
		if (how == PROMOTED)
			tell_promoted();
		if (how != BEHIND || time_monotonic() - began >= WAIT_MS)
			return ERR_OK;
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_US * 1000 }, NULL);
	}
}

static bool is_its_fault(err_t e)
{
	return e == ERR_UNAVAILABLE || e == ERR_AGAIN; /* away; or what it replayed stood in the way of the read */
}

/* False: it has not caught up, or e. */
static bool run_there(struct cx *cx, const char *position, err_t (*read)(struct cx *cx, void *arg), void *arg, err_t *e)
{
	bool level = false;
	*e = catch_up(cx, position, &level);
	if (*e || !level)
		return false;
	cx->aside = true;
	*e = read(cx, arg);
	cx->aside = false;
	return !is_its_fault(*e);
}

bool replica_run(struct cx *cx, err_t (*read)(struct cx *cx, void *arg), void *arg, err_t *result)
{
	struct db *primary = cx->db;
	const char *where = "", *why = "";
	if (!replica.store || !breaker_ask(replica.breaker, time_monotonic()))
		return false;
	if (position(cx, &where)) { /* the primary's own trouble: it will say so when it is asked itself */
		cx_forgive(cx);
		return false;
	}
	cx->db = store_reader(replica.store, &why);
	err_t e = ERR_OK;
	bool done = run_there(cx, where, read, arg, &e);
	cx->db = primary;
	if (is_its_fault(e)) {
		replica.failed++;
		breaker_failed(replica.breaker, time_monotonic(), cx->fail.detail ? cx->fail.detail : "no answer");
	} else {
		breaker_well(replica.breaker);
		replica.reads += done;
		replica.late += !done;
	}
	if (!done)
		cx_forgive(cx);
	*result = e;
	return done;
}
