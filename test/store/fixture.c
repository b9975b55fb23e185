#include "fixture.h"

#include <libpq-fe.h>
#include <stdlib.h>

const char *const colours[] = { "red", "green", "blue", NULL };
TYPE(thing, FIELD(thing, id, 0, "Key"), FIELD(thing, name, 0, "Unique"), FIELD(thing, amount, 0, "A number"),
	FIELD(thing, made_at, TIME, "A moment"), FIELD(thing, weight, 0, "A fraction"), FIELD(thing, used, 0, "Truth"),
	FIELD(thing, colour, 0, "One of three", .names = colours), FIELD(thing, nick, 0, "May be absent"),
	FIELD(thing, age, 0, "May be absent"), FIELD(thing, extra, 0, "JSON"), FIELD(thing, hash, 0, "Secret"));

static const char table[] =
	"CREATE TABLE thing (\n"
	"	id TEXT PRIMARY KEY, name TEXT UNIQUE, amount BIGINT NOT NULL DEFAULT 0, made_at BIGINT,\n"
	"	weight DOUBLE PRECISION NOT NULL DEFAULT 0, used BOOLEAN NOT NULL DEFAULT FALSE,\n"
	"	colour TEXT NOT NULL DEFAULT 'red', nick TEXT, age BIGINT, extra TEXT, hash TEXT\n"
	");\n"
	"CREATE INDEX thing_amount ON thing (amount);\n";
const struct migration thing_migrations[] = { { 1, "thing", table, table }, { 0, NULL, NULL, NULL } };

const char *fixture_postgres(void)
{
	const char *url = getenv("ROSTER_TEST_POSTGRES");
	if (!url)
		test_skip("ROSTER_TEST_POSTGRES is not set");
	PGconn *c = PQconnectdb(url);
	PGresult *r = PQexec(
		c, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public");
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		test_fail(__FILE__, __LINE__, "%s", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
	return url;
}

void fixture_open(struct fixture *f, const char *url)
{
	const char *why = "";
	*f = (struct fixture){ .mem = arena_new(0) };
	struct store_conf conf = { .url = url };
	if (store_open(f->mem, &conf, &f->s, &why) || store_migrate(f->s, thing_migrations, &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	f->cx = (struct cx){ .mem = f->mem, .db = store_reader(f->s, &why) };
	CHECK(f->cx.db != NULL);
}

void fixture_close(struct fixture *f)
{
	store_close(f->s);
	arena_free(f->mem);
}

struct work {
	struct tx tx;
	err_t (*fn)(struct cx *cx, void *arg);
	void *arg;
	err_t e;
};

static enum tx_verdict work_run(struct tx *tx, int attempt)
{
	(void)attempt;
	struct work *w = (struct work *)(void *)tx;
	struct cx cx = { .mem = arena_new(0), .db = tx->db };
	w->e = w->fn(&cx, w->arg);
	arena_free(cx.mem);
	return w->e ? TX_ROLLBACK : TX_COMMIT;
}

err_t in_tx(struct store *s, err_t (*fn)(struct cx *cx, void *arg), void *arg)
{
	struct work w = { .tx = { .run = work_run }, .fn = fn, .arg = arg };
	err_t e = store_transact(s, &w.tx);
	return e ? e : w.e;
}

struct one {
	const char *sql;
	const struct val *args;
};

static err_t run_one(struct cx *cx, void *arg)
{
	struct one *o = arg;
	return db_exec(cx, o->sql, o->args);
}

err_t change(struct store *s, const char *sql, const struct val *args)
{
	return in_tx(s, run_one, &(struct one){ sql, args });
}

int64_t count(struct fixture *f, const char *sql)
{
	int64_t n = -1;
	CHECK_OK(db_int(&f->cx, &n, sql, NULL));
	return n;
}
