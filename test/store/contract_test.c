/* What a feature may rely on, whichever database it runs on. */
#include "fixture.h"

#include <string.h>

static const char insert_all[] =
	"INSERT INTO thing (id, name, amount, made_at, weight, used, colour, nick, age, extra, hash)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
static const char select_one[] = "SELECT * FROM thing WHERE id = $1";

static err_t add(struct store *s, const char *id, const char *name, int64_t amount)
{
	return change(s, "INSERT INTO thing (id, name, amount) VALUES ($1, $2, $3)", BIND(V(id), V(name), V(amount)));
}

BOTH(a_row_comes_back_as_it_was_written)
{
	const char *name = "Zoë \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x90\x98 \\ ' \" $1 %s\n\t";
	CHECK_OK(change(f->s, insert_all,
		BIND(V((const char *)"a"), V(name), V(INT64_MIN), val_time(1767225600123), V(0.1), V((bool)true),
			V((const char *)"blue"), V((const char *)"nick"), V(INT64_MAX), V((const char *)"{\"a\":[1]}"),
			V((const char *)"$argon2id$x"))));
	struct thing t;
	CHECK_OK(db_get(&f->cx, &thing_type, &t, select_one, BIND(V((const char *)"a"))));
	CHECK_TEXT(t.name, name);
	CHECK_INT(t.amount, INT64_MIN);
	CHECK_INT(t.made_at, 1767225600123);
	CHECK(t.weight == 0.1 && t.used);
	CHECK_INT(t.colour, 2);
	CHECK(t.nick.has == IS_SET && t.age.has == IS_SET);
	CHECK_TEXT(t.nick.v, "nick");
	CHECK_INT(t.age.v, INT64_MAX);
	CHECK_TEXT(t.extra.text, "{\"a\":[1]}");
	CHECK_BYTES(t.hash.s, t.hash.n, "$argon2id$x", 11);
}

BOTH(null_and_empty_are_different)
{
	struct val null = { .tag = VAL_NULL };
	CHECK_OK(change(f->s, insert_all,
		BIND(V((const char *)"a"), null, V(INT64_C(0)), val_time(0), V(1e300), V((bool)false),
			V((const char *)"red"), V((const char *)""), null, null, null)));
	struct thing t;
	memset(&t, 0xff, sizeof t);
	CHECK_OK(db_get(&f->cx, &thing_type, &t, select_one, BIND(V((const char *)"a"))));
	CHECK(!t.name && !t.made_at && !t.extra.text && !t.hash.s && !t.used && t.weight == 1e300);
	CHECK(t.nick.has == IS_SET && t.age.has == IS_NULL);
	CHECK_TEXT(t.nick.v, "");
	CHECK_INT(count(f, "SELECT count(*) FROM thing WHERE made_at IS NULL"), 1);
}

BOTH(fields_without_a_column_are_zero)
{
	CHECK_OK(add(f->s, "a", "n", 7));
	struct thing t;
	memset(&t, 0xff, sizeof t);
	CHECK_OK(db_get(&f->cx, &thing_type, &t, "SELECT amount FROM thing", NULL));
	CHECK(!t.id && !t.name && t.nick.has == ABSENT && t.amount == 7);
}

static size_t found_of(struct fixture *f, size_t n, const char *const *ids)
{
	struct val args[BIND_SOME + 1];
	struct list l;
	bind_some(args, n, ids);
	CHECK_OK(db_list(
		&f->cx, &thing_type, &l, n, "SELECT id, amount FROM thing WHERE id IN (" BIND_SOME_SQL ")", args));
	return l.n;
}

BOTH(rows_of_some_keys_are_read_at_once)
{
	const char *ids[BIND_SOME];
	for (int64_t i = 0; i < BIND_SOME; i++) {
		ids[i] = arena_printf(f->cx.mem, "id%d", (int)i);
		CHECK_OK(add(f->s, ids[i], ids[i], i));
	}
	CHECK_INT(found_of(f, BIND_SOME, ids), BIND_SOME);
	CHECK_INT(found_of(f, 3, ids), 3);
	CHECK_INT(found_of(f, 2, (const char *const[]){ "x", "id7" }), 1);
	CHECK_INT(found_of(f, 1, (const char *const[]){ "id1','id2" }), 0);
}

BOTH(no_row_is_not_found_and_no_failure)
{
	struct thing t = { .amount = 5 };
	CHECK_ERR(db_get(&f->cx, &thing_type, &t, select_one, BIND(V((const char *)"x"))), ERR_NOT_FOUND);
	CHECK_INT(f->cx.fail.code, ERR_OK);
	CHECK_INT(t.amount, 5);
	const char *name;
	CHECK_ERR(db_text(&f->cx, &name, "SELECT name FROM thing", NULL), ERR_NOT_FOUND);
}

BOTH(a_list_keeps_its_order_and_its_bound)
{
	char id[16];
	for (int64_t i = 0; i < 50; i++) {
		snprintf(id, sizeof id, "id%02d", (int)i);
		CHECK_OK(add(f->s, id, id, i * 10));
	}
	struct list l;
	CHECK_OK(db_list(&f->cx, &thing_type, &l, 40, "SELECT id, amount FROM thing ORDER BY amount DESC", NULL));
	CHECK_INT(l.n, 40);
	const struct thing *t = l.items;
	for (size_t i = 0; i < l.n; i++)
		CHECK_INT(t[i].amount, 490 - 10 * (int64_t)i);
	CHECK_TEXT(t[39].id, "id10");
	CHECK_OK(db_list(&f->cx, &thing_type, &l, 40, "SELECT id FROM thing WHERE amount < 0", NULL));
	CHECK_INT(l.n, 0);
}

BOTH(a_parameter_may_be_used_twice_and_in_any_order)
{
	CHECK_OK(change(f->s, "INSERT INTO thing (amount, name, id) VALUES ($3, $1, $2)",
		BIND(V((const char *)"name"), V((const char *)"id"), V(INT64_C(3)))));
	const char *id;
	CHECK_OK(db_text(&f->cx, &id, "SELECT id FROM thing WHERE amount = $2 AND (name = $1 OR nick = $1)",
		BIND(V((const char *)"name"), V(INT64_C(3)))));
	CHECK_TEXT(id, "id");
}

BOTH(truth_counts_and_nulls_read_as_numbers)
{
	CHECK_INT(count(f, "SELECT EXISTS (SELECT 1 FROM thing)"), 0);
	CHECK_INT(count(f, "SELECT max(amount) FROM thing"), 0);
	CHECK_OK(add(f->s, "a", "n", 7));
	CHECK_INT(count(f, "SELECT EXISTS (SELECT 1 FROM thing)"), 1);
	CHECK_INT(count(f, "SELECT sum(amount) FROM thing"), 7);
}

BOTH(sql2_gives_each_database_its_own_text)
{
	const char *version;
	CHECK_OK(db_text(&f->cx, &version, SQL2("SELECT sqlite_version()", "SELECT version()"), NULL));
	CHECK((strncmp(version, "PostgreSQL", 10) == 0) == !store_is_sqlite(f->s));
}

static err_t returning(struct cx *cx, void *arg)
{
	struct thing *t = arg;
	TRY(db_get(cx, &thing_type, t, "UPDATE thing SET amount = amount + $1 WHERE id = $2 RETURNING amount, used",
		BIND(V(INT64_C(5)), V((const char *)"a"))));
	int64_t changed = -1;
	TRY(db_change(cx, &changed, "UPDATE thing SET used = TRUE", NULL));
	t->made_at = changed;
	return ERR_OK;
}

BOTH(returning_and_the_number_of_changed_rows)
{
	CHECK_OK(add(f->s, "a", "a", 1));
	CHECK_OK(add(f->s, "b", "b", 1));
	struct thing t;
	CHECK_OK(in_tx(f->s, returning, &t));
	CHECK_INT(t.amount, 6);
	CHECK_INT(t.made_at, 2);
	CHECK_INT(count(f, "SELECT count(*) FROM thing WHERE used = TRUE"), 2);
}

BOTH(a_write_outside_a_transaction_is_refused)
{
	CHECK_ERR(db_exec(&f->cx, "INSERT INTO thing (id) VALUES ('x')", NULL), ERR_INTERNAL);
	cx_forgive(&f->cx);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
}

BOTH(a_wrong_statement_is_internal_and_the_connection_goes_on)
{
	CHECK_ERR(db_exec(&f->cx, "SELECT nothing FROM nowhere", NULL), ERR_INTERNAL);
	CHECK(strstr(f->cx.fail.detail, "nowhere") != NULL);
	cx_forgive(&f->cx);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
}

BOTH(only_a_unique_key_is_a_conflict)
{
	CHECK_OK(add(f->s, "a", "n", 1));
	CHECK_ERR(add(f->s, "a", "m", 1), ERR_CONFLICT);
	CHECK_ERR(add(f->s, "b", "n", 1), ERR_CONFLICT);
	CHECK_ERR(change(f->s, "INSERT INTO thing (id, amount) VALUES ('c', NULL)", NULL), ERR_INTERNAL);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 1);
}

static err_t conflict_then_more(struct cx *cx, void *arg)
{
	err_t *later = arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('first')", NULL));
	CHECK_ERR(db_exec(cx, "INSERT INTO thing (id) VALUES ('a')", NULL), ERR_CONFLICT);
	*later = db_exec(cx, "INSERT INTO thing (id) VALUES ('b')", NULL);
	return ERR_OK; /* asks for the commit all the same */
}

BOTH(a_failed_statement_ends_its_transaction)
{
	err_t later = ERR_OK;
	CHECK_OK(add(f->s, "a", "n", 1));
	CHECK_ERR(in_tx(f->s, conflict_then_more, &later), ERR_CONFLICT);
	CHECK_ERR(later, ERR_CONFLICT);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 1);
}

static err_t try_then_more(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('first')", NULL));
	CHECK_ERR(db_try(cx, "INSERT INTO thing (id) VALUES ('a')", NULL), ERR_CONFLICT);
	CHECK_INT(cx->fail.code, ERR_OK);
	CHECK_OK(db_try(cx, "INSERT INTO thing (id) VALUES ('b')", NULL));
	return db_exec(cx, "INSERT INTO thing (id) VALUES ('last')", NULL);
}

BOTH(after_a_tried_statement_the_transaction_goes_on)
{
	CHECK_OK(add(f->s, "a", "n", 1));
	CHECK_OK(in_tx(f->s, try_then_more, NULL));
	CHECK_INT(count(f, "SELECT count(*) FROM thing WHERE id IN ('first', 'b', 'last')"), 3);
}

/* More than go in one piece, with others between them. */
static err_t many_later(struct cx *cx, void *arg)
{
	int64_t n;
	(void)arg;
	for (int64_t i = 0; i < 200; i++)
		TRY(db_later(cx, "INSERT INTO thing (id, amount) VALUES (CAST($1 AS TEXT), $2)", BIND(V(i), V(i))));
	TRY(db_int(cx, &n, "SELECT count(*) FROM thing", NULL));
	CHECK_INT(n, 200);
	TRY(db_later(cx, "UPDATE thing SET amount = 0", NULL));
	TRY(db_try(cx, "INSERT INTO thing (id) VALUES ('tried')", NULL));
	return db_later(cx, "INSERT INTO thing (id) VALUES ('last')", NULL);
}

BOTH(what_is_told_later_is_done_in_its_order)
{
	CHECK_OK(in_tx(f->s, many_later, NULL));
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 202);
	CHECK_INT(count(f, "SELECT sum(amount) FROM thing"), 0);
}

static err_t later_fails(struct cx *cx, void *arg)
{
	bool ask = arg != NULL;
	int64_t n;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('a')", NULL));
	TRY(db_later(cx, "INSERT INTO thing (id) VALUES ('a')", NULL));
	TRY(db_later(cx, "INSERT INTO thing (id) VALUES ('b')", NULL));
	return ask ? db_int(cx, &n, "SELECT count(*) FROM thing", NULL) : ERR_OK;
}

BOTH(what_fails_later_ends_its_transaction)
{
	CHECK(in_tx(f->s, later_fails, NULL));
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
	CHECK_ERR(in_tx(f->s, later_fails, f), ERR_CONFLICT);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
	CHECK_OK(add(f->s, "a", "well again", 1));
}

static err_t later_fails_then_try(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('a')", NULL));
	err_t e = db_later(cx, "INSERT INTO thing (id) VALUES ('a')", NULL);
	CHECK(!e || e == ERR_CONFLICT); /* PostgreSQL has not been asked yet */
	CHECK(db_try(cx, "INSERT INTO thing (id) VALUES ('b')", NULL));
	return ERR_OK; /* as one whose trial may fail */
}

BOTH(what_failed_later_is_not_the_conflict_of_what_is_tried_behind_it)
{
	CHECK(in_tx(f->s, later_fails_then_try, NULL));
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
	CHECK_OK(add(f->s, "a", "well again", 1));
}

static err_t nothing_at_all(struct cx *cx, void *arg)
{
	(void)cx;
	(void)arg;
	return ERR_OK;
}

BOTH(a_transaction_without_a_statement_is_well)
{
	CHECK_OK(in_tx(f->s, nothing_at_all, NULL));
	CHECK_OK(add(f->s, "a", "b", 1));
}

BOTH(on_conflict_updates_or_does_nothing)
{
	CHECK_OK(add(f->s, "a", "n", 1));
	CHECK_OK(change(f->s,
		"INSERT INTO thing (id, amount) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount",
		BIND(V((const char *)"a"), V(INT64_C(9)))));
	CHECK_OK(change(f->s, "INSERT INTO thing (id, amount) VALUES ('a', 10) ON CONFLICT DO NOTHING", NULL));
	CHECK_INT(count(f, "SELECT amount FROM thing"), 9);
}

static err_t write_then_fail(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('gone')", NULL));
	int64_t seen = 0;
	TRY(db_int(cx, &seen, "SELECT count(*) FROM thing WHERE id = 'gone'", NULL));
	CHECK_INT(seen, 1); /* a transaction reads what it wrote */
	return ERR_DENIED;
}

BOTH(a_rollback_leaves_nothing)
{
	CHECK_ERR(in_tx(f->s, write_then_fail, NULL), ERR_DENIED);
	CHECK_INT(count(f, "SELECT count(*) FROM thing"), 0);
}

BOTH(more_statements_than_are_kept_still_work)
{
	static char text[700][64];
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 700; i++) {
			if (!round)
				snprintf(text[i], sizeof text[i], "SELECT %d", i);
			CHECK_INT(count(f, text[i]), i);
		}
}

BOTH(a_ping_is_answered_and_operations_are_counted)
{
	CHECK_OK(store_ping(f->s));
	struct store_stats before, after;
	store_stats(f->s, &before);
	CHECK_OK(add(f->s, "a", "n", 1));
	store_stats(f->s, &after);
	CHECK_INT(after.operations - before.operations, 1);
	CHECK_INT(after.groups - before.groups, 1);
	CHECK(after.connections >= 1 && after.queue == 0 && after.busy == 0);
}
