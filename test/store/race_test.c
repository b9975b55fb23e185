/* Two connections at once. */
#include "fixture.h"
#include "base/time.h"

#include <pthread.h>
#include <stdatomic.h>

static err_t insert_key(struct cx *cx, void *arg)
{
	return db_exec(cx, "INSERT INTO thing (id, name) VALUES ($1, 'the same')", BIND(V((const char *)arg)));
}

struct racer {
	struct store *s;
	pthread_barrier_t *start;
	err_t (*fn)(struct cx *cx, void *arg);
	void *arg;
	int rounds;
	err_t e;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	pthread_barrier_wait(r->start);
	for (int i = 0; i < r->rounds && !r->e; i++)
		r->e = in_tx(r->s, r->fn, r->arg);
	return NULL;
}

static void run_two(struct racer *a, struct racer *b)
{
	pthread_barrier_t start;
	pthread_t ta, tb;
	CHECK_INT(pthread_barrier_init(&start, NULL, 2), 0);
	a->start = b->start = &start;
	CHECK_INT(pthread_create(&ta, NULL, race, a), 0);
	CHECK_INT(pthread_create(&tb, NULL, race, b), 0);
	pthread_join(ta, NULL);
	pthread_join(tb, NULL);
	pthread_barrier_destroy(&start);
}

BOTH(of_two_racing_inserts_of_one_key_one_conflicts)
{
	for (int i = 0; i < 20; i++) {
		struct racer a = { .s = f->s, .fn = insert_key, .arg = "a", .rounds = 1 }, b = a;
		b.arg = "b";
		run_two(&a, &b);
		CHECK((a.e == ERR_OK && b.e == ERR_CONFLICT) || (a.e == ERR_CONFLICT && b.e == ERR_OK));
		CHECK_OK(change(f->s, "DELETE FROM thing", NULL));
	}
}

static err_t add_one(struct cx *cx, void *arg)
{
	int64_t n;
	TRY(db_int(cx, &n, "SELECT amount FROM thing WHERE id = 'a'", NULL));
	(void)arg;
	return db_exec(cx, "UPDATE thing SET amount = $1 WHERE id = 'a'", BIND(V(n + 1)));
}

BOTH(no_update_is_lost_between_two_that_read_and_write)
{
	CHECK_OK(change(f->s, "INSERT INTO thing (id) VALUES ('a')", NULL));
	struct racer a = { .s = f->s, .fn = add_one, .rounds = 50 }, b = a;
	run_two(&a, &b);
	CHECK_OK(a.e);
	CHECK_OK(b.e);
	CHECK_INT(count(f, "SELECT amount FROM thing"), 100);
}

/* Write skew, the anomaly that snapshot isolation lets through: two administrators each see the other and both resign. */
static err_t resign(struct cx *cx, void *arg)
{
	int64_t others;
	const char *who = arg;
	TRY(db_int(cx, &others, "SELECT count(*) FROM thing WHERE used = TRUE AND id <> $1", BIND(V(who))));
	if (!others)
		return ERR_LAST_ADMIN;
	return db_exec(cx, "UPDATE thing SET used = FALSE WHERE id = $1", BIND(V(who)));
}

BOTH(of_two_last_administrators_one_stays)
{
	for (int i = 0; i < 20; i++) {
		CHECK_OK(change(f->s, "DELETE FROM thing", NULL));
		CHECK_OK(change(f->s, "INSERT INTO thing (id, used) VALUES ('a', TRUE), ('b', TRUE)", NULL));
		struct racer a = { .s = f->s, .fn = resign, .arg = "a", .rounds = 1 }, b = a;
		b.arg = "b";
		run_two(&a, &b);
		CHECK((a.e == ERR_OK && b.e == ERR_LAST_ADMIN) || (a.e == ERR_LAST_ADMIN && b.e == ERR_OK));
		CHECK_INT(count(f, "SELECT count(*) FROM thing WHERE used = TRUE"), 1);
	}
}

/* Meets the other inside the transaction, so that the collision is certain: each has read before either writes. */
static pthread_barrier_t both_have_read;
static _Atomic int runs;

static err_t resign_together(struct cx *cx, void *arg)
{
	int64_t others;
	const char *who = arg;
	TRY(db_int(cx, &others, "SELECT count(*) FROM thing WHERE used = TRUE AND id <> $1", BIND(V(who))));
	if (runs++ < 2)
		pthread_barrier_wait(&both_have_read);
	if (!others)
		return ERR_LAST_ADMIN;
	return db_exec(cx, "UPDATE thing SET used = FALSE WHERE id = $1", BIND(V(who)));
}

TEST(store_postgres, a_collision_is_run_again_with_what_the_other_wrote)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	CHECK_OK(change(f.s, "INSERT INTO thing (id, used) VALUES ('a', TRUE), ('b', TRUE)", NULL));
	pthread_barrier_init(&both_have_read, NULL, 2);
	struct racer a = { .s = f.s, .fn = resign_together, .arg = "a", .rounds = 1 }, b = a;
	b.arg = "b";
	run_two(&a, &b);
	CHECK((a.e == ERR_OK && b.e == ERR_LAST_ADMIN) || (a.e == ERR_LAST_ADMIN && b.e == ERR_OK));
	struct store_stats st;
	store_stats(f.s, &st);
	CHECK(st.retries >= 1 && runs >= 3);
	fixture_close(&f);
}

/* Collides until a moment; the last attempt writes. */
static err_t collide_until(struct cx *cx, void *arg)
{
	const int64_t *until = arg;
	runs++;
	if (time_monotonic() < *until)
		return db_exec(cx, "DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$", NULL);
	return db_exec(cx, "INSERT INTO thing (id) VALUES ('a')", NULL);
}

TEST(store_postgres, what_a_long_transaction_stands_in_the_way_of_is_done_after_it)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	int64_t until = time_monotonic() + 700; /* longer than ten attempts with their waits */
	runs = 0;
	CHECK_OK(in_tx(f.s, collide_until, &until));
	CHECK(runs > 10);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 1);
	fixture_close(&f);
}

TEST(store_postgres, what_collides_for_ever_is_busy)
{
	struct fixture f;
	fixture_open(&f, fixture_postgres());
	int64_t began = time_monotonic(), never = INT64_MAX;
	CHECK_INT(in_tx(f.s, collide_until, &never), ERR_BUSY);
	CHECK(time_monotonic() - began >= 2500);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), 0);
	fixture_close(&f);
}

struct reading {
	struct store *s;
	_Atomic bool stop;
	_Atomic int64_t reads;
	_Atomic err_t e;
};

static void *read_on(void *arg)
{
	struct reading *r = arg;
	struct cx cx = { .mem = arena_new(0) };
	const char *why = "";
	cx.db = store_reader(r->s, &why);
	while (!r->stop && !r->e) {
		int64_t odd = 0;
		err_t e = db_int(&cx, &odd, "SELECT sum(amount) % 2 FROM thing", NULL);
		if (e || odd)
			r->e = e ? e : ERR_INTERNAL;
		r->reads++;
	}
	arena_free(cx.mem);
	return NULL;
}

static err_t add_two_rows(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "UPDATE thing SET amount = amount + 1 WHERE id = 'a'", NULL));
	return db_exec(cx, "UPDATE thing SET amount = amount + 1 WHERE id = 'b'", NULL);
}

BOTH(readers_see_whole_transactions_and_are_never_locked_out)
{
	CHECK_OK(change(f->s, "INSERT INTO thing (id) VALUES ('a'), ('b')", NULL));
	struct reading r = { .s = f->s };
	pthread_t t[2];
	for (int i = 0; i < 2; i++)
		CHECK_INT(pthread_create(&t[i], NULL, read_on, &r), 0);
	for (int i = 0; i < 300; i++)
		CHECK_OK(in_tx(f->s, add_two_rows, NULL));
	r.stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	CHECK_OK(r.e);
	CHECK(r.reads > 10);
	CHECK_INT(count(f, "SELECT sum(amount) FROM thing"), 600);
}
