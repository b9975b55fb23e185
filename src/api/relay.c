/* The relay: the one thread that seals. On many nodes over one PostgreSQL each node runs it; the sealing statement takes an
 * advisory lock, so that one at a time seals, whoever it is. There it also reads what the others sealed. Each node seals
 * what it finds before it reads, so that a change is known after one period, and not after those of two nodes. */
#include "api/outbox.h"
#include "base/log.h"
#include "base/time.h"
#include "net/ticker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Half of the 100 ms after which other nodes know of a change: the rest is for the work itself. A wake-up makes it sooner, but
 * no more often than each LEAST_MS: under load one seal serves many changes. */
enum { PERIOD_MS = 100, SHARED_MS = 50, LEAST_MS = 20, IDLE_MS = 500, BATCH = 2000 };

struct outlook {
	int64_t newest; /* number of the last sealed event */
	bool unsealed; /* something waits for its number */
};
TYPE(outlook, FIELD(outlook, newest, 0, ""), FIELD(outlook, unsealed, 0, ""));
struct feed_row {
	int64_t seq;
	const char *type, *subject_type, *subject_id, *data;
};
TYPE(feed_row, FIELD(feed_row, seq, 0, ""), FIELD(feed_row, type, 0, ""), FIELD(feed_row, subject_type, 0, ""),
	FIELD(feed_row, subject_id, 0, ""), FIELD(feed_row, data, 0, ""));

/* --- sealing ------------------------------------------------------------------------------------------------------ */

struct sealing {
	struct cx cx;
	struct tx tx;
	struct arena_mark mark;
	int64_t sealed, events;
	err_t result;
};

/* PostgreSQL: held to the end of the transaction; SQLite has one writer anyhow. */
static err_t lock_seal(struct cx *cx)
{
	int64_t got;
	return db_int(cx, &got, SQL2("SELECT 1", "SELECT 1 FROM (SELECT pg_advisory_xact_lock(7305131)) AS l"), NULL);
}

static err_t seal_events(struct cx *cx, int64_t *n)
{
	return db_change(cx, n,
		"UPDATE outbox SET seq = s.n + (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE seq IS NOT NULL)"
		" FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM outbox WHERE seq IS NULL ORDER BY id LIMIT $1) AS s"
		" WHERE outbox.id = s.id",
		BIND(V((int64_t)BATCH)));
}

static err_t seal_audit(struct cx *cx, int64_t *n)
{
	struct list rows;
	struct audit_row last = { .hash = "" };
	err_t e = db_get(cx, &audit_row_type, &last,
		"SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1", NULL);
	if (e && e != ERR_NOT_FOUND)
		return e;
	TRY(db_list(cx, &audit_row_type, &rows, BATCH,
		"SELECT id, at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes, correlation_id, salt"
		" FROM audit WHERE seq IS NULL ORDER BY id LIMIT $1",
		BIND(V((int64_t)BATCH))));
	struct audit_row *row = rows.items;
	const char *hash = last.hash;
	for (size_t i = 0; i < rows.n; i++) {
		row[i].seq = last.seq + 1 + (int64_t)i;
		hash = audit_hash(cx->mem, hash, &row[i]);
		TRY(db_later(cx, "UPDATE audit SET seq = $1, hash = $2 WHERE id = $3",
			BIND(V(row[i].seq), V(hash), V(row[i].id))));
	}
	*n = (int64_t)rows.n;
	return ERR_OK;
}

/* Wakes those who listen, with the commit. An empty wake-up: what it is about stands in the outbox. */
static err_t notify(struct cx *cx)
{
	int64_t one;
	return db_int(
		cx, &one, SQL2("SELECT 1", "SELECT 1 FROM (SELECT pg_notify('" RELAY_CHANNEL "', '')) AS n"), NULL);
}

static err_t seal_both(struct sealing *s)
{
	int64_t events, audit;
	TRY(lock_seal(&s->cx));
	TRY(seal_events(&s->cx, &events));
	TRY(seal_audit(&s->cx, &audit));
	s->sealed = events > audit ? events : audit;
	s->events = events;
	return events && engine()->hooks.sealed == NULL ? notify(&s->cx) : ERR_OK;
}

static enum tx_verdict seal_run(struct tx *tx, int attempt)
{
	struct sealing *s = (struct sealing *)(void *)((char *)tx - offsetof(struct sealing, tx));
	if (attempt)
		arena_reset(s->cx.mem, s->mark);
	s->cx.db = tx->db;
	s->result = seal_both(s);
	return s->result || s->sealed == 0 ? TX_ROLLBACK : TX_COMMIT;
}

static err_t seal_batch(struct arena *a, int64_t *sealed)
{
	/* READ COMMITTED, as for a single statement: the lock already keeps sealers apart, and a SERIALIZABLE one would collide
	 * with every write that goes on beside it. */
	struct sealing s = { .cx = { .mem = a }, .tx = { .run = seal_run, .single = true }, .mark = arena_mark(a) };
	err_t e = store_transact(engine()->store, &s.tx);
	*sealed = s.sealed;
	if (!e && !s.result && s.events && engine()->hooks.sealed)
		engine()->hooks.sealed();
	return e ? e : s.result;
}

err_t relay_seal(struct arena *a)
{
	int64_t n;
	do {
		struct arena_mark m = arena_mark(a);
		err_t e = seal_batch(a, &n);
		arena_reset(a, m);
		TRY(e);
	} while (n >= BATCH);
	return ERR_OK;
}

/* --- what other nodes did ----------------------------------------------------------------------------------------- */

struct relay {
	struct ticker *ticker;
	int64_t ticked_at; /* monotonic */
	bool shared, begun; /* other processes write too; the feed of what they do was begun */
	int64_t position; /* all events up to this one are known here */
};
/* time_monotonic() before which all that the others did is known here; 0: alone. */
static _Atomic int64_t fed_at;

/* The one question of a node that has nothing to do. */
static err_t look(struct cx *cx, struct outlook *out)
{
	return db_get(cx, &outlook_type, out,
		"SELECT (SELECT COALESCE(MAX(seq), 0) FROM outbox WHERE seq IS NOT NULL) AS newest,"
		" (EXISTS (SELECT 1 FROM outbox WHERE seq IS NULL) OR EXISTS (SELECT 1 FROM audit WHERE seq IS NULL))"
		" AS unsealed",
		NULL);
}

/* Other nodes' events up to `newest`, to be told to this node's memory as its own are. */
static err_t feed(struct relay *r, struct cx *cx, int64_t newest)
{
	struct list rows = { 0 };
	if (newest == r->position)
		return ERR_OK;
	do {
		TRY(db_list(cx, &feed_row_type, &rows, BATCH,
			"SELECT seq, type, subject_type, subject_id, data FROM outbox WHERE seq > $1 AND seq <= $2 AND node <> $3"
			" ORDER BY seq LIMIT $4",
			BIND(V(r->position), V(newest), V(engine()->node), V((int64_t)BATCH))));
		const struct feed_row *row = rows.items;
		for (size_t i = 0; i < rows.n; i++) {
			struct emitted m = { .type = row[i].type,
				.subject_type = row[i].subject_type,
				.subject_id = row[i].subject_id,
				.data = row[i].data };
			if (engine()->hooks.published)
				engine()->hooks.published(&m);
			r->position = row[i].seq;
		}
	} while (rows.n == BATCH);
	r->position = newest; /* past this node's own as well, or each look would read all of them again */
	return ERR_OK;
}

/* What memory learnt before may have changed unseen. So it may when the numbers have gone back: then the database was put
 * back from a copy. */
static void feed_begin(struct relay *r, int64_t newest)
{
	r->position = newest;
	r->begun = true;
	if (engine()->hooks.forget)
		engine()->hooks.forget();
}

/* Known is what was committed before the first look, provided that sealing it did not take more than one batch. */
static err_t keep_up(struct relay *r, struct cx *cx, int64_t *sealed)
{
	const char *why;
	struct outlook now = { 0 };
	int64_t began = time_monotonic();
	cx->db = store_reader(engine()->store, &why);
	if (!cx->db)
		return ERR_UNAVAILABLE;
	TRY(look(cx, &now));
	if (now.unsealed) {
		TRY(seal_batch(cx->mem, sealed));
		TRY(look(cx, &now));
	}
	if (!r->begun || now.newest < r->position)
		feed_begin(r, now.newest);
	else
		TRY(feed(r, cx, now.newest));
	if (*sealed < BATCH)
		atomic_store(&fed_at, began);
	return ERR_OK;
}

int64_t relay_lag(void)
{
	int64_t at = atomic_load(&fed_at);
	return at ? time_monotonic() - at : 0;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static int64_t tick(void *arg)
{
	struct relay *r = arg;
	int64_t sealed = 0, since = time_monotonic() - r->ticked_at;
	if (r->shared && since < LEAST_MS)
		return LEAST_MS - since;
	r->ticked_at = time_monotonic();
	struct arena *a = arena_new(0);
	struct cx cx = { .mem = a };
	err_t e = r->shared ? keep_up(r, &cx, &sealed) : seal_batch(a, &sealed);
	arena_free(a);
	if (e)
		return IDLE_MS; /* the database is out of reach: tried again, and /health says so */
	if (sealed >= BATCH)
		return 1;
	return r->shared ? SHARED_MS : sealed ? PERIOD_MS : IDLE_MS;
}

/* The one that runs, for those who wake it. */
static pthread_mutex_t awake_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ticker *awake; /* NULL: none runs, or it has nobody to tell */

static void may_wake(struct ticker *t)
{
	pthread_mutex_lock(&awake_lock);
	awake = t;
	pthread_mutex_unlock(&awake_lock);
}

void relay_wake(void)
{
	pthread_mutex_lock(&awake_lock);
	if (awake)
		ticker_wake(awake);
	pthread_mutex_unlock(&awake_lock);
}

struct relay *relay_start(void)
{
	struct relay *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->shared = !store_has_writer(engine()->store);
	if (r->shared)
		atomic_store(&fed_at, 1); /* long ago: memory is believed when the feed has begun */
	r->ticker = ticker_start("relay", tick, r);
	may_wake(r->shared ? r->ticker : NULL);
	return r;
}

void relay_stop(struct relay *r)
{
	if (!r)
		return;
	may_wake(NULL);
	ticker_stop(r->ticker);
	struct arena *a = arena_new(0);
	if (relay_seal(a) != ERR_OK)
		log_warn("the last events were not sealed; the next start seals them",
			LT("why", "database out of reach"));
	arena_free(a);
	free(r);
}
