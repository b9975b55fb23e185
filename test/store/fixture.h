/* Store contracts: the same test on SQLite and on a real PostgreSQL.
 *
 *	BOTH(text_comes_back_as_it_was)
 *	{
 *		CHECK_OK(db_exec(...));
 *	}
 *
 * PostgreSQL's half is skipped when ROSTER_TEST_POSTGRES is not set (test/store/postgres.sh run ... sets it). */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "base/test.h"
#include "db/db.h"

struct fixture {
	struct store *s;
	struct arena *mem;
	struct cx cx; /* reads */
};

/* An empty database with the table `thing`, opened by url, or in memory. */
void fixture_open(struct fixture *f, const char *url);
void fixture_close(struct fixture *f);
/* The URL of the test's PostgreSQL, emptied; skips the test when there is none. */
const char *fixture_postgres(void);

#define BOTH(name) \
	static void name(struct fixture *f); \
	TEST(store_sqlite, name) \
	{ \
		struct fixture f; \
		fixture_open(&f, "sqlite::memory:"); \
		name(&f); \
		fixture_close(&f); \
	} \
	TEST(store_postgres, name) \
	{ \
		struct fixture f; \
		fixture_open(&f, fixture_postgres()); \
		name(&f); \
		fixture_close(&f); \
	} \
	static void name(struct fixture *f)

struct thing {
	const char *id, *name;
	int64_t amount, made_at;
	double weight;
	bool used;
	unsigned colour;
	struct opt_text nick;
	struct opt_int age;
	struct json extra;
	struct secret hash;
};
extern const struct type thing_type;
extern const char *const colours[];
/* number 1: the table. */
extern const struct migration thing_migrations[];

/* Runs fn in a transaction: ERR_OK commits, another code rolls back. What fn answered last, or the outcome. */
err_t in_tx(struct store *s, err_t (*fn)(struct cx *cx, void *arg), void *arg);
/* One statement in a transaction. */
err_t change(struct store *s, const char *sql, const struct val *args);
int64_t count(struct fixture *f, const char *sql);

#endif
