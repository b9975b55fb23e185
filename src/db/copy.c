#include "db/copy.h"
#include "base/buf.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>
#include <xxhash.h>

enum { BATCH = 200, KEYS_MAX = 4 };

/* What a table holds: the sum of its rows' hashes does not depend on their order, which collations change. */
struct sum {
	int64_t rows;
	uint64_t low, high;
};

struct copying {
	struct tx read, write; /* the one runs inside the other */
	struct arena *mem; /* statements and results: lives longer than both stores */
	struct store *from, *to;
	struct list tables; /* struct copy_table */
	struct copied *out;
	void (*progress)(int64_t done, int64_t of);
	int64_t done, of;
	err_t result;
	const char *why;
};

static bool ours_is_sqlite(const struct copying *c, const struct cx *cx)
{
	return store_is_sqlite(cx->db == c->read.db ? c->from : c->to);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static void key_of(const struct copy_table *t, const json_t *row, struct val *args, struct arena *mem)
{
	assert(t->keys <= KEYS_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const json_t *cell = json_array_get(row, i);
		if (!t->columns[i].key)
			continue;
		struct val *v = &args[t->columns[i].key - 1];
		if (json_is_string(cell))
			*v = val_text(arena_strdup(mem, json_string_value(cell)));
		else
			*v = val_int(json_integer_value(cell));
	}
	args[t->keys] = (struct val){ .tag = VAL_END };
}

/* SQLite's booleans are numbers. */
static void add_row(struct sum *s, const struct copy_table *t, json_t *row, struct arena *mem)
{
	for (size_t i = 0; i < t->n; i++) {
		json_t *cell = json_array_get(row, i);
		if (json_is_boolean(cell))
			json_array_set_new(row, i, json_integer(json_is_true(cell)));
	}
	size_t n = json_dumpb(row, NULL, 0, JSON_COMPACT);
	char *text = arena_alloc(mem, n + 1);
	json_dumpb(row, text, n, JSON_COMPACT);
	XXH128_hash_t h = XXH3_128bits(text, n);
	s->rows++;
	s->low += h.low64;
	s->high += h.high64;
}

/* Reads the batch behind *key (none yet: key[0].tag is VAL_END) and adds it up; *text is it, NULL after the last. */
static err_t next_batch(struct cx *cx, const struct copy_table *t, const char *const sql[2], struct val *key,
	struct arena *keys, struct sum *sum, const char **text)
{
	bool after = key[0].tag != VAL_END;
	TRY(db_text(cx, text, sql[after], after ? key : NULL));
	json_t *rows = json_loads(*text, 0, NULL), *row;
	size_t i, n = json_array_size(rows);
	if (!rows)
		return FAIL(cx, ERR_INTERNAL, "the rows of %s could not be read", t->name);
	json_array_foreach(rows, i, row) add_row(sum, t, row, cx->mem);
	if (n)
		key_of(t, json_array_get(rows, n - 1), key, keys);
	else
		*text = NULL;
	json_decref(rows);
	return ERR_OK;
}

typedef err_t batch_fn(struct copying *c, void *arg, const char *text, int64_t rows);

static err_t each_batch(
	struct copying *c, struct cx *cx, const struct copy_table *t, struct sum *sum, batch_fn *fn, void *arg)
{
	bool sqlite = ours_is_sqlite(c, cx);
	const char *sql[2] = { copy_read_sql(c->mem, t, sqlite, false, BATCH),
		copy_read_sql(c->mem, t, sqlite, true, BATCH) };
	struct val key[KEYS_MAX + 1] = { { .tag = VAL_END } };
	struct arena *keys = arena_new(0);
	err_t e = ERR_OK;
	for (const char *text = ""; text && !e;) {
		struct arena_mark m = arena_mark(cx->mem);
		int64_t before = sum->rows;
		e = next_batch(cx, t, sql, key, keys, sum, &text);
		if (!e && text)
			e = fn(c, arg, text, sum->rows - before);
		if (!e)
			arena_reset(cx->mem, m);
	}
	arena_free(keys);
	return e;
}

/* --- a table -------------------------------------------------------------------------------------------------------- */

struct target {
	struct cx *cx;
	const char *insert;
};

static void tell(struct copying *c, int64_t rows)
{
	c->done += rows;
	if (c->progress)
		c->progress(c->done, c->of);
}

static err_t write_batch(struct copying *c, void *arg, const char *text, int64_t rows)
{
	const struct target *t = arg;
	struct arena_mark m = arena_mark(t->cx->mem);
	TRY(db_exec(t->cx, t->insert, BIND(V(text))));
	arena_reset(t->cx->mem, m);
	tell(c, rows);
	return ERR_OK;
}

static err_t skip_batch(struct copying *c, void *arg, const char *text, int64_t rows)
{
	(void)arg, (void)text;
	tell(c, rows);
	return ERR_OK;
}

static err_t copy_number(struct copying *c, struct cx *from, struct cx *to, const struct copy_table *t)
{
	const char *read = copy_number_read_sql(c->mem, t, store_is_sqlite(c->from));
	const char *write = copy_number_write_sql(c->mem, t, store_is_sqlite(c->to));
	int64_t n;
	if (!read)
		return ERR_OK;
	TRY(db_int(from, &n, read, NULL));
	if (store_is_sqlite(c->to)) /* it noted what was written, and has no key to be held against */
		TRY(db_exec(to, arena_printf(c->mem, "DELETE FROM sqlite_sequence WHERE name = '%s'", t->name), NULL));
	return db_exec(to, write, BIND(V(n)));
}

static err_t copy_table(
	struct copying *c, struct cx *from, struct cx *to, const struct copy_table *t, struct copied *out)
{
	struct sum read = { 0 }, written = { 0 };
	struct target target = { to, copy_write_sql(c->mem, t, store_is_sqlite(c->to)) };
	TRY(each_batch(c, from, t, &read, write_batch, &target));
	TRY(copy_number(c, from, to, t));
	TRY(each_batch(c, to, t, &written, skip_batch, NULL));
	if (memcmp(&read, &written, sizeof read) != 0)
		return FAIL(to, ERR_CONFLICT, "%s: %lld rows were read, %lld stand there now%s", t->name,
			(long long)read.rows, (long long)written.rows,
			read.rows == written.rows ? ", and they differ" : "");
	*out = (struct copied){ .table = arena_strdup(c->mem, t->name), .rows = read.rows };
	snprintf(out->hash, sizeof out->hash, "%016llx%016llx", (unsigned long long)read.high,
		(unsigned long long)read.low);
	return ERR_OK;
}

static err_t count_rows(struct copying *c, struct cx *from, struct cx *to)
{
	const struct copy_table *t = c->tables.items;
	c->done = c->of = 0;
	for (size_t i = 0; i < c->tables.n; i++) {
		const char *sql = arena_printf(c->mem, "SELECT count(*) FROM \"%s\"", t[i].name);
		int64_t there, here;
		TRY(db_int(from, &there, sql, NULL));
		TRY(db_int(to, &here, sql, NULL));
		if (here)
			return FAIL(to, ERR_CONFLICT, "the table %s holds data already", t[i].name);
		c->of += 2 * there; /* written, then read again */
	}
	return ERR_OK;
}

static err_t copy_all(struct copying *c, struct cx *from, struct cx *to)
{
	bool sqlite = store_is_sqlite(c->from);
	TRY(copy_plan(c->mem, sqlite ? from : to, sqlite ? to : from, &c->tables));
	TRY(count_rows(c, from, to));
	const struct copy_table *t = c->tables.items;
	c->out = arena_array_of(c->mem, struct copied, c->tables.n + 1);
	for (size_t i = 0; i < c->tables.n; i++)
		TRY(copy_table(c, from, to, &t[i], &c->out[i]));
	return ERR_OK;
}

/* --- the two transactions --------------------------------------------------------------------------------------------- */

static const char *why_of(struct copying *c, const struct cx *from, const struct cx *to)
{
	const char *detail = to->fail.detail ? to->fail.detail : from->fail.detail;
	return arena_strdup(c->mem, detail ? detail : "a database does not answer");
}

static enum tx_verdict write_run(struct tx *tx, int attempt)
{
	struct copying *c = (struct copying *)(void *)((char *)tx - offsetof(struct copying, write));
	struct arena *mem[2] = { arena_new(0), arena_new(0) };
	struct cx from = { .mem = mem[0], .db = c->read.db }, to = { .mem = mem[1], .db = tx->db };
	(void)attempt;
	c->result = copy_all(c, &from, &to);
	if (c->result)
		c->why = why_of(c, &from, &to);
	arena_free(mem[0]);
	arena_free(mem[1]);
	return c->result ? TX_ROLLBACK : TX_COMMIT;
}

static enum tx_verdict read_run(struct tx *tx, int attempt)
{
	struct copying *c = (struct copying *)(void *)((char *)tx - offsetof(struct copying, read));
	(void)attempt;
	c->write.run = write_run;
	err_t e = store_transact(c->to, &c->write);
	if (e && !c->result) {
		c->result = e;
		c->why = "what was written could not be kept";
	}
	return TX_ROLLBACK; /* nothing was changed here */
}

err_t store_copy(struct arena *a, struct store *from, struct store *to, void (*progress)(int64_t done, int64_t of),
	struct list *out, const char **why)
{
	if (store_is_sqlite(from) == store_is_sqlite(to)) {
		*why = "both are of one kind: copy the SQLite file while nothing runs, or use pg_dump";
		return ERR_INVALID;
	}
	struct copying *c = arena_new_of(a, struct copying);
	*c = (struct copying){ .mem = a, .from = from, .to = to, .progress = progress, .why = "" };
	c->read.run = read_run;
	err_t e = store_transact(from, &c->read);
	if (!e)
		e = c->result;
	*why = *c->why ? c->why : "a database does not answer";
	*out = (struct list){ .items = c->out, .n = c->tables.n };
	return e;
}
