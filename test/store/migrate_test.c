/* Migrations: old schema to new, and what is refused. */
#include "fixture.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREFERENCE = 9 };

#define ONE "CREATE TABLE a (id TEXT PRIMARY KEY);\nINSERT INTO a (id) VALUES ('1; not the end');\n"
#define TWO "ALTER TABLE a ADD COLUMN b BIGINT NOT NULL DEFAULT 0;\nCREATE TABLE c (id TEXT);\n"
#define END \
	{ \
		0, NULL, NULL, NULL \
	}

static const struct migration first[] = { { 1, "a", ONE, ONE }, END };
static const struct migration both[] = { { 1, "a", ONE, ONE },
	{ 2, "b", TWO "INSERT INTO c VALUES ('sqlite');", TWO "INSERT INTO c VALUES ('postgres');" }, END };
static const struct migration blanks[] = {
	{ 1, "a", "CREATE TABLE a (id TEXT PRIMARY KEY);  \r\nINSERT INTO a (id) VALUES ('1; not the end');\t\n",
		"CREATE TABLE a (id TEXT PRIMARY KEY);  \r\nINSERT INTO a (id) VALUES ('1; not the end');\t\n" },
	END
};
static const struct migration edited[] = { { 1, "a", ONE "-- better", ONE "-- better" }, END };
static const struct migration broken[] = { { 1, "a", ONE, ONE },
	{ 2, "broken", TWO "INSERT INTO nowhere VALUES (1);", TWO "INSERT INTO nowhere VALUES (1);" }, END };

struct empty {
	struct fixture f;
	char folder[40], path[48], url[64];
	const char *why;
};

/* Without the table of the fixture: as a new installation is. */
static void empty_open(struct empty *t, const char *url)
{
	*t = (struct empty){ .f.mem = arena_new(0), .why = "" };
	if (!url) {
		snprintf(t->folder, sizeof t->folder, "/tmp/roster-migrate-XXXXXX");
		CHECK(mkdtemp(t->folder) != NULL);
		snprintf(t->path, sizeof t->path, "%.39s/db", t->folder);
		snprintf(t->url, sizeof t->url, "sqlite:%s", t->path);
	}
	struct store_conf conf = { .url = url ? url : t->url };
	CHECK_OK(store_open(t->f.mem, &conf, &t->f.s, &t->why));
	t->f.cx = (struct cx){ .mem = t->f.mem, .db = store_reader(t->f.s, &t->why) };
}

static void empty_close(struct empty *t)
{
	fixture_close(&t->f);
	if (!t->folder[0])
		return;
	static const int copied[] = { 2, PREFERENCE };
	char copy[80];
	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
		snprintf(copy, sizeof copy, "%s.before-%04d", t->path, copied[i]);
		unlink(copy);
	}
	unlink(t->path);
	CHECK_INT(rmdir(t->folder), 0);
}

#define BOTH_EMPTY(name) \
	static void name(struct empty *t); \
	TEST(migrate_sqlite, name) \
	{ \
		struct empty t; \
		empty_open(&t, NULL); \
		name(&t); \
		empty_close(&t); \
	} \
	TEST(migrate_postgres, name) \
	{ \
		struct empty t; \
		empty_open(&t, fixture_postgres()); \
		name(&t); \
		empty_close(&t); \
	} \
	static void name(struct empty *t)

static void check_state(struct empty *t, const struct migration *list, int64_t applied, int64_t known, int64_t pending)
{
	struct migration_state st;
	CHECK_OK(store_migration_state(t->f.s, list, &st, &t->why));
	CHECK_INT(st.applied, applied);
	CHECK_INT(st.known, known);
	CHECK_INT(st.pending, pending);
}

BOTH_EMPTY(an_old_schema_becomes_the_new_one_and_keeps_its_rows)
{
	check_state(t, both, 0, 2, 2);
	CHECK_OK(store_migrate(t->f.s, first, &t->why));
	check_state(t, both, 1, 2, 1);
	CHECK_INT(count(&t->f, "SELECT count(*) FROM a"), 1);
	CHECK_OK(store_migrate(t->f.s, both, &t->why));
	check_state(t, both, 2, 2, 0);
	CHECK_INT(count(&t->f, "SELECT count(b) FROM a"), 1);
	const char *which;
	CHECK_OK(db_text(&t->f.cx, &which, "SELECT id FROM c", NULL));
	CHECK_TEXT(which, store_is_sqlite(t->f.s) ? "sqlite" : "postgres");
	CHECK_OK(store_migrate(t->f.s, both, &t->why)); /* once more: nothing to do */
}

BOTH_EMPTY(an_edited_migration_is_refused_but_blanks_do_not_count)
{
	CHECK_OK(store_migrate(t->f.s, first, &t->why));
	check_state(t, blanks, 1, 1, 0);
	CHECK_ERR(store_migrate(t->f.s, edited, &t->why), ERR_CONFLICT);
	CHECK(strstr(t->why, "0001_a was edited") != NULL);
}

BOTH_EMPTY(a_newer_database_is_refused)
{
	CHECK_OK(store_migrate(t->f.s, both, &t->why));
	struct migration_state st;
	CHECK_ERR(store_migration_state(t->f.s, first, &st, &t->why), ERR_CONFLICT);
	CHECK(strstr(t->why, "newer version") != NULL);
	CHECK_ERR(store_migrate(t->f.s, first, &t->why), ERR_CONFLICT);
}

BOTH_EMPTY(a_migration_that_fails_in_the_middle_leaves_the_database_as_it_was)
{
	CHECK_OK(store_migrate(t->f.s, first, &t->why));
	CHECK(store_migrate(t->f.s, broken, &t->why) != ERR_OK);
	CHECK(strstr(t->why, "0002_broken failed and was undone") && strstr(t->why, "nowhere"));
	check_state(t, broken, 1, 2, 1);
	struct cx *cx = &t->f.cx;
	int64_t n;
	CHECK_ERR(db_int(cx, &n, "SELECT b FROM a", NULL), ERR_INTERNAL);
	CHECK_ERR(db_int(cx, &n, "SELECT count(*) FROM c", NULL), ERR_INTERNAL);
	CHECK_OK(store_migrate(t->f.s, both, &t->why)); /* mended, it goes through */
	CHECK_INT(count(&t->f, "SELECT count(*) FROM a WHERE b = 0"), 1);
}

TEST(migrate_sqlite, a_file_that_holds_data_is_copied_first)
{
	struct empty t;
	char copy[80], url[96];
	struct stat st;
	empty_open(&t, NULL);
	CHECK_OK(store_migrate(t.f.s, first, &t.why));
	snprintf(copy, sizeof copy, "%s.before-0001", t.path);
	CHECK(stat(copy, &st) != 0); /* it held nothing yet */
	CHECK_OK(change(t.f.s, "INSERT INTO a VALUES ('mine')", NULL));
	CHECK_OK(store_migrate(t.f.s, both, &t.why));
	snprintf(copy, sizeof copy, "%s.before-0002", t.path);
	CHECK_INT(stat(copy, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	snprintf(url, sizeof url, "sqlite:%s", copy);
	struct fixture old = { .mem = arena_new(0) };
	CHECK_OK(store_open(old.mem, &(struct store_conf){ .url = url }, &old.s, &t.why));
	old.cx = (struct cx){ .mem = old.mem, .db = store_reader(old.s, &t.why) };
	CHECK_INT(count(&old, "SELECT count(*) FROM a WHERE id = 'mine'"), 1);
	CHECK_INT(count(&old, "SELECT count(*) FROM sqlite_master WHERE name = 'c'"), 0);
	fixture_close(&old);
	empty_close(&t);
}

static void *migrate_thread(void *arg)
{
	const char *why = "";
	struct store *s;
	struct arena *mem = arena_new(0);
	struct store_conf conf = { .url = arg };
	if (store_open(mem, &conf, &s, &why) || store_migrate(s, both, &why))
		test_fail(__FILE__, __LINE__, "%s", why);
	store_close(s);
	arena_free(mem);
	log_flush();
	return NULL;
}

TEST(migrate_postgres, nodes_that_start_together_take_turns)
{
	pthread_t t[4];
	char url[128];
	snprintf(url, sizeof url, "%s", fixture_postgres());
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&t[i], NULL, migrate_thread, url), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	struct arena *mem = arena_new(0);
	struct fixture f = { .mem = mem };
	const char *why;
	CHECK_OK(store_open(mem, &(struct store_conf){ .url = url }, &f.s, &why));
	f.cx = (struct cx){ .mem = mem, .db = store_reader(f.s, &why) };
	CHECK_INT(count(&f, "SELECT count(*) FROM schema_migration"), 2);
	CHECK_INT(count(&f, "SELECT count(*) FROM a"), 1);
	fixture_close(&f);
}

static void check_builtin(struct empty *t)
{
	struct migration_state st;
	if (store_migrate(t->f.s, migrations_builtin, &t->why))
		test_fail(__FILE__, __LINE__, "%s", t->why);
	CHECK_OK(store_migration_state(t->f.s, migrations_builtin, &st, &t->why));
	CHECK_INT(st.pending, 0);
	CHECK_INT(st.applied, st.known);
}

BOTH_EMPTY(the_programs_own_migrations_apply_to_an_empty_database)
{
	check_builtin(t);
}

/* --- 0009_preference: rows of an installation that is older ------------------------------------------------------- */

/* The program's own migrations below a number. */
static const struct migration *below(struct arena *a, int64_t number)
{
	size_t n = 0;
	while (migrations_builtin[n].name && migrations_builtin[n].number < number)
		n++;
	struct migration *list = arena_array_of(a, struct migration, n + 1);
	memcpy(list, migrations_builtin, n * sizeof *list);
	return list;
}

BOTH_EMPTY(older_profiles_keep_their_push_token_and_hide_their_names)
{
	struct store *s = t->f.s;
	CHECK_OK(store_migrate(s, below(t->f.mem, PREFERENCE), &t->why));
	CHECK_OK(change(s,
		"INSERT INTO users (id, username, push_token, visibility, created_at, updated_at) VALUES"
		" ('a', 'ann', 'shared', 'private', 1, 1), ('b', 'bob', 'shared', 'public', 1, 1), ('c', 'cid', NULL, 'public', 1, 1)",
		NULL));
	CHECK_OK(change(s,
		"INSERT INTO user_word (word, number) SELECT username, number FROM users UNION ALL SELECT 'hidden', number FROM users",
		NULL));
	CHECK_OK(store_migrate(s, migrations_builtin, &t->why));
	CHECK_INT(
		count(&t->f, "SELECT COUNT(*) FROM push_token WHERE token = 'shared' AND user_id = 'b' AND by_profile"),
		1);
	CHECK_INT(count(&t->f, "SELECT COUNT(*) FROM push_token"), 1);
	CHECK_INT(count(&t->f, "SELECT COUNT(*) FROM users WHERE push_token IS NOT NULL"), 1);
	CHECK_INT(count(&t->f, "SELECT COUNT(*) FROM users WHERE show_location AND NOT show_email"), 3);
	CHECK_INT(count(&t->f, "SELECT COUNT(*) FROM user_word WHERE NOT shown"), 1);
	CHECK_INT(count(&t->f, "SELECT COUNT(*) FROM user_word WHERE word = 'ann' AND shown"), 1);
}
