/* What the writer costs: `store-bench FOLDER` prints commits and operations a second of
 *   - a bare C loop on SQLite: prepared statements, the same rows, groups of a given size, one fsync a group;
 *   - store_submit() from four threads, each with a window of operations under way.
 * Rounds alternate; the medians are printed. An operation is a session UPDATE with an outbox and an audit INSERT. */
#include "db/db.h"
#include "base/time.h"

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 5, SESSIONS = 10000, THREADS = 4, ROUND_MS = 1500 };

static const char schema[] =
	"CREATE TABLE session (id BIGINT PRIMARY KEY, counter BIGINT NOT NULL, seen_at BIGINT NOT NULL, agent TEXT);"
	"CREATE TABLE outbox (id INTEGER PRIMARY KEY, name TEXT NOT NULL, payload TEXT NOT NULL, at BIGINT NOT NULL);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, op TEXT NOT NULL, who TEXT NOT NULL, at BIGINT NOT NULL);"
	"WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
	" INSERT INTO session SELECT i, 0, 0, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' FROM n;";
static const char update[] = "UPDATE session SET counter = counter + 1, seen_at = $2 WHERE id = $1";
static const char outbox[] = "INSERT INTO outbox (name, payload, at) VALUES ('session.refreshed', $1, $2)";
static const char audit[] = "INSERT INTO audit (op, who, at) VALUES ('session_refresh', $1, $2)";
static const char payload[] = "{\"id\":\"0190f5a8-7c1e-7d3a-9b52-2f1c6f0d8e11\",\"user_id\":\"0190f5a8-0000-7000\"}";
static const struct migration list[] = { { 1, "bench", schema, schema }, { 0, NULL, NULL, NULL } };

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "store-bench: %s failed\n", what);
	exit(1);
}

/* --- bare -------------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *prepared(sqlite3 *h, const char *sql)
{
	sqlite3_stmt *st;
	must(sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK, sql);
	return st;
}

static void step(sqlite3_stmt *st)
{
	must(sqlite3_step(st) == SQLITE_DONE, sqlite3_sql(st));
	sqlite3_reset(st);
}

static double bare(const char *path, int group)
{
	sqlite3 *h;
	must(sqlite3_open(path, &h) == SQLITE_OK, "open");
	sqlite3_exec(h,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
		"PRAGMA wal_autocheckpoint = 2000",
		NULL, NULL, NULL);
	sqlite3_stmt *begin = prepared(h, "BEGIN IMMEDIATE"), *commit = prepared(h, "COMMIT");
	sqlite3_stmt *u = prepared(h, update), *o = prepared(h, outbox), *a = prepared(h, audit);
	int64_t n = 0, began = time_monotonic();
	while (time_monotonic() - began < ROUND_MS) {
		step(begin);
		for (int i = 0; i < group; i++, n++) {
			sqlite3_bind_int64(u, 1, time_now());
			sqlite3_bind_int64(u, 2, n * 7919 % SESSIONS);
			step(u);
			sqlite3_bind_text(o, 1, payload, -1, SQLITE_STATIC);
			sqlite3_bind_int64(o, 2, time_now());
			step(o);
			sqlite3_bind_text(a, 1, "0190f5a8-7c1e-7d3a-9b52-2f1c6f0d8e11", -1, SQLITE_STATIC);
			sqlite3_bind_int64(a, 2, time_now());
			step(a);
		}
		step(commit);
	}
	double rate = (double)n * 1000 / (double)(time_monotonic() - began);
	sqlite3_stmt *all[] = { begin, commit, u, o, a };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		sqlite3_finalize(all[i]);
	sqlite3_close(h);
	return rate;
}

/* --- the store --------------------------------------------------------------------------------------------------- */

struct op {
	struct tx tx;
	struct client *client;
	struct op *next_free;
	int64_t number;
};

struct client {
	struct store *s;
	struct op *ops, *free;
	pthread_mutex_t lock;
	sem_t room;
	int window;
	int64_t ended, until;
};

static enum tx_verdict op_run(struct tx *tx, int attempt)
{
	(void)attempt;
	struct op *o = (struct op *)(void *)tx;
	struct cx cx = { .mem = arena_new(0), .db = tx->db, .now = time_now() };
	err_t e = db_exec(&cx, update, BIND(V(o->number % SESSIONS), V(cx.now)));
	if (!e)
		e = db_exec(&cx, outbox, BIND(V((const char *)payload), V(cx.now)));
	if (!e)
		e = db_exec(&cx, audit, BIND(V((const char *)"0190f5a8-7c1e-7d3a-9b52-2f1c6f0d8e11"), V(cx.now)));
	arena_free(cx.mem);
	must(!e, "operation");
	return TX_COMMIT;
}

static void op_done(struct tx *tx, err_t e)
{
	struct op *o = (struct op *)(void *)tx;
	struct client *c = o->client;
	must(!e, "commit");
	pthread_mutex_lock(&c->lock);
	o->next_free = c->free;
	c->free = o;
	c->ended++;
	pthread_mutex_unlock(&c->lock);
	sem_post(&c->room);
}

static void *client_main(void *arg)
{
	struct client *c = arg;
	int64_t n = 0;
	while (time_monotonic() < c->until) {
		sem_wait(&c->room);
		pthread_mutex_lock(&c->lock);
		struct op *o = c->free;
		c->free = o->next_free;
		pthread_mutex_unlock(&c->lock);
		o->number = n++ * 7919;
		store_submit(c->s, &o->tx);
	}
	for (int i = 0; i < c->window; i++)
		sem_wait(&c->room);
	return NULL;
}

static void client_init(struct client *c, struct store *s, int window)
{
	*c = (struct client){ .s = s, .ops = calloc((size_t)window, sizeof *c->ops), .window = window };
	pthread_mutex_init(&c->lock, NULL);
	sem_init(&c->room, 0, (unsigned)window);
	for (int i = 0; i < window; i++) {
		c->ops[i] = (struct op){ .tx = { .run = op_run, .done = op_done }, .client = c, .next_free = c->free };
		c->free = &c->ops[i];
	}
	c->until = time_monotonic() + ROUND_MS;
}

static double through_store(struct store *s, int threads, int window, double *group)
{
	struct client c[THREADS];
	pthread_t t[THREADS];
	struct store_stats before, after;
	store_stats(s, &before);
	int64_t began = time_monotonic(), n = 0;
	for (int i = 0; i < threads; i++) {
		client_init(&c[i], s, window);
		must(pthread_create(&t[i], NULL, client_main, &c[i]) == 0, "thread");
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		n += c[i].ended;
		free(c[i].ops);
	}
	store_stats(s, &after);
	*group = (double)(after.operations - before.operations) / (double)(after.groups - before.groups);
	return (double)n * 1000 / (double)(time_monotonic() - began);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof *v, by_value);
	return v[ROUNDS / 2];
}

static void compare(const char *folder, int threads, int window)
{
	char path[256], url[288];
	const char *why = "";
	struct arena *mem = arena_new(0);
	struct store *s;
	snprintf(path, sizeof path, "%s/bench.db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
	double b[ROUNDS], w[ROUNDS], group = 1;
	for (int i = 0; i < ROUNDS; i++) {
		unlink(path);
		must(!store_open(mem, &(struct store_conf){ .url = url }, &s, &why) && !store_migrate(s, list, &why),
			why);
		w[i] = through_store(s, threads, window, &group);
		store_close(s);
		b[i] = bare(path, group < 1.5 ? 1 : (int)(group + 0.5));
	}
	unlink(path);
	arena_free(mem);
	double bm = median(b), wm = median(w);
	printf("%d thread(s), window %4d: store %8.0f op/s, bare loop of groups of %3.0f %8.0f op/s, ratio %.2f\n",
		threads, window, wm, group, bm, wm / bm);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	must(argc == 2, "usage: store-bench FOLDER");
	compare(argv[1], 1, 1);
	compare(argv[1], THREADS, 1);
	compare(argv[1], THREADS, 16);
	compare(argv[1], THREADS, 64);
	return 0;
}
