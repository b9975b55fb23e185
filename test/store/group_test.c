/* The writer of SQLite: groups, verdicts, limits. */
#include "fixture.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 400 };

struct op {
	struct tx tx;
	int64_t number;
	err_t e, outcome;
	enum tx_verdict verdict;
	_Atomic bool ended;
};

static enum tx_verdict op_run(struct tx *tx, int attempt)
{
	struct op *o = (struct op *)(void *)tx;
	struct cx cx = { .mem = arena_new(0), .db = tx->db };
	(void)attempt;
	char id[24];
	snprintf(id, sizeof id, "id%lld", (long long)o->number);
	o->e = db_exec(&cx, "INSERT INTO thing (id, amount) VALUES ($1, $2)", BIND(V((const char *)id), V(o->number)));
	arena_free(cx.mem);
	return o->verdict;
}

static void op_done(struct tx *tx, err_t e)
{
	struct op *o = (struct op *)(void *)tx;
	o->outcome = e;
	o->ended = true;
}

/* An operation that holds the writer until it is let go: what is submitted meanwhile must become one group. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool at_gate;
static enum tx_verdict wait_at_gate(struct tx *tx, int attempt)
{
	(void)tx;
	(void)attempt;
	at_gate = true;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return TX_ROLLBACK;
}

static void wait_until(const _Atomic bool *flag)
{
	while (!*flag)
		usleep(1000);
}

static void hold_writer(struct fixture *f, struct op *first)
{
	*first = (struct op){ .tx = { .run = wait_at_gate, .done = op_done } };
	pthread_mutex_lock(&gate);
	store_submit(f->s, &first->tx);
	wait_until(&at_gate);
}

static void submit_all(struct fixture *f, struct op *ops, int n)
{
	for (int i = 0; i < n; i++) {
		ops[i].tx.run = op_run;
		ops[i].tx.done = op_done;
		ops[i].number = ops[i].number ? ops[i].number : i;
		store_submit(f->s, &ops[i].tx);
	}
}

TEST(store_sqlite, what_waits_is_committed_together)
{
	struct fixture f;
	struct op first, *ops = calloc(MANY, sizeof *ops);
	struct store_stats before, after;
	fixture_open(&f, "sqlite::memory:");
	store_stats(f.s, &before);
	hold_writer(&f, &first);
	submit_all(&f, ops, MANY);
	store_stats(f.s, &after);
	CHECK_INT(after.queue, MANY);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < MANY; i++) {
		wait_until(&ops[i].ended);
		CHECK_OK(ops[i].outcome);
	}
	store_stats(f.s, &after);
	CHECK_INT(after.operations - before.operations, MANY + 1);
	CHECK_INT(after.groups - before.groups, 2); /* of at most 256 */
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), MANY);
	fixture_close(&f);
	free(ops);
}

TEST(store_sqlite, in_a_group_each_operation_has_its_own_verdict)
{
	struct fixture f;
	struct op first,
		ops[4] = { { .number = 1 }, { .number = 1 }, { .number = 2, .verdict = TX_ROLLBACK }, { .number = 3 } };
	fixture_open(&f, "sqlite::memory:");
	hold_writer(&f, &first);
	submit_all(&f, ops, 4);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < 4; i++)
		wait_until(&ops[i].ended);
	CHECK_OK(ops[0].outcome);
	CHECK_ERR(ops[1].outcome, ERR_CONFLICT); /* wanted the commit, but had failed */
	CHECK_OK(ops[2].e);
	CHECK_OK(ops[2].outcome);
	CHECK_OK(ops[3].outcome);
	CHECK_INT(count(&f, "SELECT sum(amount) FROM thing"), 1 + 3);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 2);
	fixture_close(&f);
}

TEST(store_sqlite, a_full_queue_is_busy_at_once)
{
	struct arena *mem = arena_new(0);
	struct fixture f = { .mem = mem };
	struct store_conf conf = { .url = "sqlite::memory:", .queue_max = 3 };
	const char *why;
	CHECK_OK(store_open(mem, &conf, &f.s, &why));
	CHECK_OK(store_migrate(f.s, thing_migrations, &why));
	struct op first, ops[5] = { { .number = 10 } };
	hold_writer(&f, &first);
	submit_all(&f, ops, 5);
	CHECK(ops[3].ended && ops[4].ended && !ops[2].ended);
	CHECK_ERR(ops[4].outcome, ERR_BUSY);
	pthread_mutex_unlock(&gate);
	store_close(f.s); /* runs what waits */
	CHECK(ops[2].ended);
	CHECK_OK(ops[2].outcome);
	arena_free(mem);
}

static err_t read_only(struct cx *cx, void *arg)
{
	(void)arg;
	int64_t n;
	return db_int(cx, &n, "SELECT count(*) FROM thing", NULL);
}

static int64_t file_size(const char *path)
{
	struct stat st;
	return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

TEST(store_sqlite, the_file_is_private_and_the_wal_does_not_grow_for_ever)
{
	char folder[] = "/tmp/roster-store-XXXXXX", url[80], path[64], wal[72];
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/db", folder);
	snprintf(url, sizeof url, "sqlite:%s", path);
	snprintf(wal, sizeof wal, "%s-wal", path);
	struct fixture f;
	fixture_open(&f, url);
	struct stat st;
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK_INT(stat(wal, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	int64_t before = file_size(wal);
	CHECK_OK(in_tx(f.s, read_only, NULL));
	CHECK_INT(file_size(wal), before); /* nothing written, nothing synced */
	for (int i = 0; i < 30; i++)
		CHECK_OK(change(f.s,
			"WITH RECURSIVE n (i) AS (SELECT $1 * 1000 UNION ALL SELECT i + 1 FROM n WHERE i < $1 * 1000 + 999)"
			" INSERT INTO thing (id, extra) SELECT 'x' || i, hex(randomblob(400)) FROM n",
			BIND(V((int64_t)i))));
	CHECK(file_size(path) > 16 << 20);
	CHECK(file_size(wal) < 14 << 20); /* 2000 pages and one transaction */
	for (int i = 0; i < 40 && file_size(wal); i++)
		usleep(100000);
	CHECK_INT(file_size(wal), 0); /* an idle second later */
	fixture_close(&f);
	unlink(path);
	CHECK_INT(rmdir(folder), 0); /* nothing left behind */
}
