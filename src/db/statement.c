/* Statements as features call them: through cx, noting why one failed. */
#include "db/driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_FIRST = 16 };

const char *sql_text(const char *sql, bool sqlite)
{
	if (sql[0] != '\1')
		return sql;
	return sqlite ? sql + 1 : sql + 1 + strlen(sql + 1) + 1;
}

size_t args_count(const struct val *args)
{
	size_t n = 0;
	while (args && args[n].tag != VAL_END)
		n++;
	assert(n <= PARAMS_MAX);
	return n;
}

static struct stmt **stmt_set(struct db *db, const char *sql)
{
	/* Literals lie close together: the multiplication spreads neighbours over the sets. */
	uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);
	return db->sets[h >> 58];
}
_Static_assert(SETS == 64, "six bits of the hash choose the set");

static void to_front(struct stmt **set, size_t i, struct stmt *st)
{
	memmove(set + 1, set, i * sizeof *set);
	set[0] = st;
}

struct stmt *stmt_find(struct db *db, const char *sql)
{
	struct stmt **set = stmt_set(db, sql);
	for (size_t i = 0; i < WAYS && set[i]; i++)
		if (set[i]->sql == sql) {
			struct stmt *st = set[i];
			to_front(set, i, st);
			return st;
		}
	return NULL;
}

static void stmt_free(struct db *db, struct stmt *st)
{
	db->driver->forget(db, st);
	free(st->map);
	free(st);
}

struct stmt *stmt_add(struct db *db, const char *sql)
{
	struct stmt **set = stmt_set(db, sql);
	struct stmt *oldest = set[WAYS - 1];
	set[WAYS - 1] = NULL; /* first: to forget it may drop the connection and with it the others */
	if (oldest)
		stmt_free(db, oldest);
	struct stmt *st = calloc(1, sizeof *st);
	if (!st)
		abort();
	st->sql = sql;
	to_front(set, WAYS - 1, st);
	return st;
}

void stmt_remove(struct db *db, struct stmt *st)
{
	struct stmt **set = stmt_set(db, st->sql);
	size_t i = 0;
	while (set[i] != st)
		i++;
	memmove(set + i, set + i + 1, (WAYS - 1 - i) * sizeof *set);
	set[WAYS - 1] = NULL;
	stmt_free(db, st);
}

void stmt_remove_all(struct db *db)
{
	for (size_t i = 0; i < SETS; i++)
		while (db->sets[i][0])
			stmt_remove(db, db->sets[i][0]);
}

/* The text is in the note (it holds no values); the values are not: they are people's data. */
static err_t note(struct cx *cx, err_t e, const char *sql, const char *why)
{
	return FAIL(cx, e, "%s, in: %.160s", why, sql_text(sql, cx->db->driver->is_sqlite));
}

/* The rule of db.h: after a failed statement the transaction takes no more. PostgreSQL enforces it by itself; here it is
 * made true of both, so that nobody finds out in production. */
static err_t gone(struct cx *cx)
{
	err_t e = cx->db->failed;
	return cx->fail.code ? e : FAIL(cx, e, "an earlier statement of this transaction failed");
}

static err_t run(struct cx *cx, const char *sql, const struct val *args, struct rows *rows, bool later)
{
	struct db *db = cx->db;
	assert(db);
	if (db->in_tx && db->failed)
		return gone(cx);
	const char *why = "";
	atomic_fetch_add_explicit(&db->store->statements, 1, memory_order_relaxed);
	err_t e = later && db->driver->later ? db->driver->later(db, sql, args, &why)
	                                     : db->driver->run(db, sql, args, rows, &why);
	if (!e)
		return ERR_OK;
	if (db->in_tx)
		db->failed = e;
	return note(cx, e, sql, why);
}

err_t db_exec(struct cx *cx, const char *sql, const struct val *args)
{
	return run(cx, sql, args, NULL, false);
}

err_t db_later(struct cx *cx, const char *sql, const struct val *args)
{
	assert(cx->db->in_tx);
	return run(cx, sql, args, NULL, true);
}

err_t db_change(struct cx *cx, int64_t *changed, const char *sql, const struct val *args)
{
	TRY(run(cx, sql, args, NULL, false));
	*changed = cx->db->changed;
	return ERR_OK;
}

err_t db_try(struct cx *cx, const char *sql, const struct val *args)
{
	struct db *db = cx->db;
	assert(db && db->in_tx);
	if (db->failed)
		return gone(cx);
	const char *why = "";
	atomic_fetch_add_explicit(&db->store->statements, 1, memory_order_relaxed);
	err_t e = db->driver->attempt(db, sql, args, &why);
	if (!e || e == ERR_CONFLICT)
		return e;
	db->failed = e;
	return note(cx, e, sql, why);
}

err_t db_get(struct cx *cx, const struct type *t, void *out, const char *sql, const struct val *args)
{
	struct rows r = { .mem = cx->mem, .type = t, .items = out, .cap = 1, .most = 1 };
	TRY(run(cx, sql, args, &r, false));
	return r.n ? ERR_OK : ERR_NOT_FOUND;
}

err_t db_list(
	struct cx *cx, const struct type *t, struct list *out, size_t most, const char *sql, const struct val *args)
{
	struct rows r = { .mem = cx->mem, .type = t, .most = most };
	r.cap = most < LIST_FIRST ? most : LIST_FIRST;
	r.items = arena_alloc_array(cx->mem, r.cap, t->size);
	TRY(run(cx, sql, args, &r, false));
	*out = (struct list){ .items = r.items, .n = r.n };
	return ERR_OK;
}

err_t db_int(struct cx *cx, int64_t *out, const char *sql, const struct val *args)
{
	struct rows r = { .mem = cx->mem, .most = 1 };
	TRY(run(cx, sql, args, &r, false));
	if (!r.n)
		return ERR_NOT_FOUND;
	err_t e = cell_int(&r.first, out);
	return e ? note(cx, e, sql, "the first column is not a whole number") : ERR_OK;
}

err_t db_text(struct cx *cx, const char **out, const char *sql, const struct val *args)
{
	struct rows r = { .mem = cx->mem, .most = 1 };
	TRY(run(cx, sql, args, &r, false));
	if (!r.n)
		return ERR_NOT_FOUND;
	if (r.first.tag != CELL_NULL && r.first.tag != CELL_TEXT)
		return note(cx, ERR_INTERNAL, sql, "the first column is not a text");
	*out = r.first.s;
	return ERR_OK;
}
