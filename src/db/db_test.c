#include "db/sqlite.h"
#include "base/test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const sizes[] = { "small", "large", NULL };
struct parcel {
	const char *id;
	int64_t weight;
	bool sent;
	unsigned size;
	double price;
	struct opt_enum was;
};
TYPE(parcel, FIELD(parcel, id, 0, "Key"), FIELD(parcel, weight, 0, "Grams"), FIELD(parcel, sent, 0, "On its way"),
	FIELD(parcel, size, 0, "One of two", .names = sizes), FIELD(parcel, price, 0, "Money"),
	FIELD(parcel, was, 0, "May be absent", .names = sizes));

/* Columns without a type, so that a test can put anything into them, as a hand with an editor could. */
static const char table[] = "CREATE TABLE parcel (id, weight, sent, size, price, was);"
			    "CREATE TABLE label (parcel BIGINT REFERENCES parcel_number (n));"
			    "CREATE TABLE parcel_number (n BIGINT PRIMARY KEY);";
static const struct migration list[] = { { 1, "parcel", table, table }, { 0, NULL, NULL, NULL } };

struct fixture {
	struct store *s;
	struct arena *mem;
	struct cx cx;
};

static void set_up(struct fixture *f)
{
	const char *why = "";
	f->mem = arena_new(0);
	if (store_open(f->mem, &(struct store_conf){ .url = "sqlite::memory:" }, &f->s, &why) ||
		store_migrate(f->s, list, &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	f->cx = (struct cx){ .mem = f->mem, .db = store_reader(f->s, &why) };
}

static void tear_down(struct fixture *f)
{
	store_close(f->s);
	arena_free(f->mem);
}

struct one {
	struct tx tx;
	const char *sql;
	err_t e;
};

static enum tx_verdict one_run(struct tx *tx, int attempt)
{
	struct one *o = (struct one *)(void *)tx;
	struct cx cx = { .mem = arena_new(0), .db = tx->db };
	CHECK_INT(attempt, 0);
	o->e = db_exec(&cx, o->sql, NULL);
	arena_free(cx.mem);
	return o->e ? TX_ROLLBACK : TX_COMMIT;
}

static err_t write_one(struct fixture *f, const char *sql)
{
	struct one o = { .tx = { .run = one_run }, .sql = sql };
	err_t e = store_transact(f->s, &o.tx);
	return e ? e : o.e;
}

TEST(db, sql2_is_told_from_a_plain_text)
{
	CHECK_TEXT(sql_text("SELECT 1", true), "SELECT 1");
	CHECK_TEXT(sql_text("SELECT 1", false), "SELECT 1");
	CHECK_TEXT(sql_text(SQL2("SELECT 2", "0 SELECT 3"), true), "SELECT 2");
	CHECK_TEXT(sql_text(SQL2("SELECT 2", "0 SELECT 3"), false), "0 SELECT 3");
}

TEST(db, values_are_counted_to_their_end)
{
	CHECK_INT(args_count(NULL), 0);
	CHECK_INT(args_count(BIND(V(INT64_C(1)), V((const char *)NULL), val_time(0))), 3);
}

TEST(db, prepared_statements_are_kept_and_the_oldest_go)
{
	struct fixture f;
	set_up(&f);
	static char text[1000][32];
	int64_t n;
	for (int i = 0; i < 1000; i++) {
		snprintf(text[i], sizeof text[i], "SELECT %d", i);
		CHECK_OK(db_int(&f.cx, &n, text[i], NULL));
		CHECK(stmt_find(f.cx.db, text[i]) != NULL);
	}
	int kept = 0;
	for (int i = 0; i < 1000; i++)
		kept += stmt_find(f.cx.db, text[i]) != NULL;
	CHECK(kept > 200 && kept <= SETS * WAYS);
	CHECK_OK(db_int(&f.cx, &n, text[0], NULL));
	CHECK_INT(n, 0);
	tear_down(&f);
}

static void check_edited(struct fixture *f, const char *insert, const char *column)
{
	struct parcel p;
	CHECK_OK(write_one(f, "DELETE FROM parcel"));
	CHECK_OK(write_one(f, insert));
	CHECK_ERR(db_get(&f->cx, &parcel_type, &p, "SELECT * FROM parcel", NULL), ERR_INTERNAL);
	if (!strstr(f->cx.fail.detail, column))
		test_fail(__FILE__, __LINE__, "%s: %s", insert, f->cx.fail.detail);
	cx_forgive(&f->cx);
}

TEST(db, a_value_that_its_type_does_not_allow_is_internal)
{
	struct fixture f;
	set_up(&f);
	check_edited(&f, "INSERT INTO parcel VALUES (7, 1, 1, 'small', 1.5, NULL)", "column id");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 'heavy', 1, 'small', 1.5, NULL)", "column weight");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 1.5, 1, 'small', 1.5, NULL)", "column weight");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 1, 2, 'small', 1.5, NULL)", "column sent");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 1, 1, 'huge', 1.5, NULL)", "column size");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 1, 1, 'small', 'dear', NULL)", "column price");
	check_edited(&f, "INSERT INTO parcel VALUES ('a', 1, 1, 'small', 1.5, 'huge')", "column was");
	tear_down(&f);
}

TEST(db, one_statement_serves_two_types)
{
	struct narrow {
		const char *id;
	};
	static const struct field fields[] = { FIELD(narrow, id, 0, "Key"), { 0 } };
	static const struct type narrow_type = { "narrow", sizeof(struct narrow), fields, 1, 0 };
	static const char sql[] = "SELECT id FROM parcel";
	struct fixture f;
	struct parcel p;
	struct narrow n;
	set_up(&f);
	CHECK_OK(write_one(&f, "INSERT INTO parcel (id) VALUES ('a')"));
	for (int i = 0; i < 2; i++) {
		CHECK_OK(db_get(&f.cx, &parcel_type, &p, sql, NULL));
		CHECK_OK(db_get(&f.cx, &narrow_type, &n, sql, NULL));
		CHECK_TEXT(p.id, "a");
		CHECK_TEXT(n.id, "a");
	}
	tear_down(&f);
}

TEST(db, sqlite_runs_nothing_that_a_file_could_smuggle_in)
{
	struct fixture f;
	set_up(&f);
	CHECK(write_one(&f, "ATTACH '/tmp/other.db' AS other") != ERR_OK);
	CHECK(write_one(&f, "SELECT load_extension('x')") != ERR_OK);
	CHECK(write_one(&f, "UPDATE sqlite_master SET sql = ''") != ERR_OK);
	CHECK(write_one(&f, "SELECT \"not a column\"") != ERR_OK);
	tear_down(&f);
}

TEST(db, sqlite_keeps_references_and_syncs_each_commit)
{
	struct fixture f;
	const char *mode;
	int64_t n;
	set_up(&f);
	CHECK_ERR(write_one(&f, "INSERT INTO label (parcel) VALUES (1)"), ERR_INTERNAL);
	CHECK_OK(db_text(&f.cx, &mode, "PRAGMA journal_mode", NULL));
	CHECK_TEXT(mode, "wal");
	CHECK_OK(db_int(&f.cx, &n, "PRAGMA synchronous", NULL));
	CHECK_INT(n, 2);
	tear_down(&f);
}

static int64_t wal_size(struct fixture *f)
{
	const struct sqlite_file *file = f->s->own;
	struct stat st = { 0 };
	CHECK_INT(stat(arena_printf(f->mem, "%s-wal", file->path), &st), 0);
	return st.st_size;
}

static int cache_used(struct db *db)
{
	int used = 0, most;
	sqlite3_db_status(sqlite_handle(db), SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0);
	return used;
}

/* Jobs look for work in transactions that end with a COMMIT, many times a second: they must not keep the writer from its rest. */
TEST(db, the_writer_rests_a_second_after_the_last_write_though_others_look_for_work)
{
	struct fixture f;
	set_up(&f);
	CHECK_OK(write_one(&f, "INSERT INTO parcel (id) VALUES ('p1')"));
	CHECK(wal_size(&f) > 0);
	for (int i = 0; i < 100 && wal_size(&f); i++) {
		CHECK_OK(write_one(&f, "UPDATE parcel SET id = 'p2' WHERE id = 'no such'"));
		usleep(50000);
	}
	CHECK_INT(wal_size(&f), 0);
	tear_down(&f);
}

TEST(db, a_connection_that_rests_keeps_no_pages_and_reads_on)
{
	struct fixture f;
	set_up(&f);
	int64_t n = 0;
	CHECK_OK(write_one(&f,
		"INSERT INTO parcel (id, weight) WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i"
		" WHERE n < 5000) SELECT 'p' || n, n FROM i"));
	CHECK_OK(db_int(&f.cx, &n, "SELECT SUM(weight) FROM parcel", NULL));
	const int before = cache_used(f.cx.db);
	store_rest(f.s);
	CHECK(cache_used(f.cx.db) < before / 4);
	CHECK_OK(db_int(&f.cx, &n, "SELECT COUNT(*) FROM parcel", NULL));
	CHECK_INT(n, 5000);
	tear_down(&f);
}

TEST(db, a_failure_says_which_statement_but_no_value)
{
	struct fixture f;
	set_up(&f);
	CHECK_ERR(db_exec(&f.cx, "SELECT nothing FROM parcel WHERE id = $1", BIND(V((const char *)"s3cret"))),
		ERR_INTERNAL);
	CHECK(strstr(f.cx.fail.detail, "SELECT nothing") && !strstr(f.cx.fail.detail, "s3cret"));
	tear_down(&f);
}
