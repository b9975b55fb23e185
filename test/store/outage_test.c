/* PostgreSQL goes away and comes back; hangs; changes under the program's feet. */
#include "fixture.h"
#include "base/time.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *server_folder(void)
{
	const char *dir = getenv("ROSTER_TEST_POSTGRES_DIR");
	if (!dir)
		test_skip("ROSTER_TEST_POSTGRES_DIR is not set: the server cannot be stopped");
	return dir;
}

static void server(const char *what, const char *mode)
{
	char command[256];
	snprintf(command, sizeof command, "test/store/postgres.sh %s %s %s >/dev/null", what, server_folder(), mode);
	CHECK_INT(system(command), 0);
}

static pid_t server_pid(void)
{
	char path[128], line[32] = "";
	snprintf(path, sizeof path, "%s/data/postmaster.pid", server_folder());
	FILE *f = fopen(path, "r");
	CHECK(f && fgets(line, sizeof line, f));
	fclose(f);
	return (pid_t)strtol(line, NULL, 10);
}

/* As an administrator would, beside the program. */
static void by_hand(const char *sql)
{
	PGconn *c = PQconnectdb(getenv("ROSTER_TEST_POSTGRES"));
	PGresult *r = PQexec(c, sql);
	if (PQresultStatus(r) == PGRES_FATAL_ERROR)
		test_fail(__FILE__, __LINE__, "%s", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

static err_t try_count(struct fixture *f)
{
	int64_t n;
	err_t e = db_int(&f->cx, &n, "SELECT count(*) FROM thing", NULL);
	cx_forgive(&f->cx);
	return e;
}

static err_t insert(struct fixture *f)
{
	return change(f->s, "INSERT INTO thing (id) VALUES (md5(random()::text))", NULL);
}

TEST(store_postgres, an_outage_is_unavailable_and_passes_by_itself)
{
	struct fixture f;
	server_folder();
	fixture_open(&f, fixture_postgres());
	CHECK_OK(insert(&f));
	server("stop", "immediate");
	CHECK_ERR(try_count(&f), ERR_UNAVAILABLE);
	CHECK_ERR(insert(&f), ERR_UNAVAILABLE);
	CHECK_ERR(store_ping(f.s), ERR_UNAVAILABLE);
	server("start", "");
	int64_t until = time_monotonic() + 10000;
	while (try_count(&f) && time_monotonic() < until)
		usleep(50000);
	CHECK_OK(try_count(&f));
	CHECK_OK(insert(&f));
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 2);
	struct store_stats st;
	store_stats(f.s, &st);
	CHECK(st.reconnects >= 1);
	fixture_close(&f);
}

TEST(store_postgres, connections_that_died_while_idle_are_not_noticed)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	for (int i = 0; i < 3; i++) {
		by_hand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roster'");
		CHECK_OK(i % 2 ? try_count(&f) : insert(&f));
	}
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 2);
	fixture_close(&f);
}

static err_t die_inside(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('half')", NULL));
	by_hand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roster'");
	CHECK_ERR(db_exec(cx, "INSERT INTO thing (id) VALUES ('rest')", NULL), ERR_UNAVAILABLE);
	CHECK_ERR(db_exec(cx, "INSERT INTO thing (id) VALUES ('more')", NULL), ERR_UNAVAILABLE);
	return ERR_OK;
}

TEST(store_postgres, a_connection_lost_inside_a_transaction_keeps_nothing)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	CHECK_ERR(in_tx(f.s, die_inside, NULL), ERR_UNAVAILABLE);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 0);
	fixture_close(&f);
}

static err_t die_before_commit(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('half')", NULL));
	by_hand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'roster'");
	return ERR_OK;
}

static err_t die_with_more_on_the_way(struct cx *cx, void *arg)
{
	TRY(die_before_commit(cx, arg));
	return db_later(cx, "INSERT INTO thing (id) VALUES ('later')", NULL);
}

TEST(store_postgres, what_was_to_be_told_later_is_not_kept_without_its_transaction)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	CHECK_ERR(in_tx(f.s, die_with_more_on_the_way, NULL), ERR_UNAVAILABLE);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 0);
	CHECK_OK(insert(&f));
	fixture_close(&f);
}

TEST(store_postgres, a_commit_without_an_answer_is_unavailable)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	CHECK_ERR(in_tx(f.s, die_before_commit, NULL), ERR_UNAVAILABLE);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 0);
	fixture_close(&f);
}

TEST(store_postgres, a_statement_that_takes_too_long_is_ended_by_the_server)
{
	struct fixture f = { .mem = arena_new(0) };
	const char *why;
	struct store_conf conf = { .url = fixture_postgres(), .timeout_ms = 300 };
	CHECK_OK(store_open(f.mem, &conf, &f.s, &why));
	f.cx = (struct cx){ .mem = f.mem, .db = store_reader(f.s, &why) };
	int64_t began = time_monotonic();
	CHECK_ERR(db_exec(&f.cx, "SELECT pg_sleep(20)", NULL), ERR_UNAVAILABLE);
	CHECK(time_monotonic() - began < 2000);
	CHECK_OK(store_ping(f.s));
	fixture_close(&f);
}

TEST(store_postgres, a_server_that_hangs_does_not_hold_its_callers)
{
	struct fixture f = { .mem = arena_new(0) };
	const char *why;
	struct store_conf conf = { .url = fixture_postgres(), .timeout_ms = 300 };
	server_folder();
	CHECK_OK(store_open(f.mem, &conf, &f.s, &why));
	f.cx = (struct cx){ .mem = f.mem, .db = store_reader(f.s, &why) };
	int64_t backend = count(&f, "SELECT pg_backend_pid()"), began = time_monotonic();
	kill(server_pid(), SIGSTOP);
	kill((pid_t)backend, SIGSTOP);
	err_t e = db_exec(&f.cx, "SELECT 1", NULL);
	int64_t took = time_monotonic() - began;
	kill((pid_t)backend, SIGCONT);
	kill(server_pid(), SIGCONT);
	CHECK_ERR(e, ERR_UNAVAILABLE);
	CHECK(took < 8000);
	int64_t until = time_monotonic() + 10000;
	while (store_ping(f.s) && time_monotonic() < until)
		usleep(50000);
	CHECK_OK(store_ping(f.s));
	fixture_close(&f);
}

TEST(store_postgres, tables_changed_by_another_node_are_read_anew)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	CHECK_OK(insert(&f));
	struct thing t;
	CHECK_OK(db_get(&f.cx, &thing_type, &t, "SELECT * FROM thing", NULL));
	by_hand("ALTER TABLE thing DROP COLUMN weight");
	for (int i = 0; i < 2; i++) {
		struct thing u;
		static const char again[] = "SELECT * FROM thing ORDER BY id";
		CHECK_OK(db_get(&f.cx, &thing_type, &u, again, NULL));
		by_hand(i ? "SELECT 1" : "ALTER TABLE thing DROP COLUMN extra");
	}
	fixture_close(&f);
}

TEST(store_postgres, a_thread_takes_its_connection_with_it)
{
	struct fixture f;
	struct store_stats st;
	fixture_open(&f, fixture_postgres());
	pthread_t t;
	void *result;
	CHECK_INT(pthread_create(&t, NULL, (void *(*)(void *))(void (*)(void))store_ping, f.s), 0);
	pthread_join(t, &result);
	store_stats(f.s, &st);
	CHECK_INT(st.connections, 1);
	fixture_close(&f);
}
