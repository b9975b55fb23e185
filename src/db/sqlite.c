/* Statements on SQLite. */
#include "db/sqlite.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>

static err_t constraint(int extended)
{
	bool unique = extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
	              extended == SQLITE_CONSTRAINT_ROWID;
	return unique ? ERR_CONFLICT : ERR_INTERNAL;
}

err_t sqlite_error(sqlite3 *h, const char **why)
{
	*why = db_why("%s", sqlite3_errmsg(h));
	switch (sqlite3_errcode(h) & 0xff) {
	case SQLITE_CONSTRAINT:
		return constraint(sqlite3_extended_errcode(h));
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
		return ERR_UNAVAILABLE;
	default: /* not our enum: SQLite's codes may grow */
		return ERR_INTERNAL;
	}
}

/* SQLite numbers $2 by where it first occurs: note which of ours each is, so that $1 used twice is one value and the order
 * in the text does not matter. */
static void number_params(struct stmt *st)
{
	int n = sqlite3_bind_parameter_count(st->handle);
	assert(n <= PARAMS_MAX);
	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(st->handle, i);
		int64_t number = 0;
		bool ok = name && name[0] == '$' && str_int(name + 1, &number);
		assert(ok && number >= 1 && number <= PARAMS_MAX && "parameters are $1, $2 ...");
		(void)ok;
		st->param[i] = (unsigned char)number;
	}
	st->params = n;
}

static err_t prepare(struct db *db, const char *sql, struct stmt **out, const char **why)
{
	sqlite3 *h = sqlite_handle(db);
	sqlite3_stmt *handle = NULL;
	const char *tail = "";
	if (sqlite3_prepare_v3(h, sql_text(sql, true), -1, SQLITE_PREPARE_PERSISTENT, &handle, &tail))
		return sqlite_error(h, why);
	assert(handle && !tail[strspn(tail, " \t\n;")] && "one statement a text");
	*out = stmt_add(db, sql);
	(*out)->handle = handle;
	number_params(*out);
	return ERR_OK;
}

static void bind(struct stmt *st, const struct val *args)
{
	assert(args_count(args) == (size_t)st->params && "as many values as parameters");
	for (int i = 1; i <= st->params; i++) {
		const struct val *v = &args[st->param[i] - 1];
		int rc = SQLITE_OK;
		switch (v->tag) {
		case VAL_END:
			assert(false && "a parameter without a value");
			break;
		case VAL_NULL:
			rc = sqlite3_bind_null(st->handle, i);
			break;
		case VAL_BOOL:
		case VAL_INT:
			rc = sqlite3_bind_int64(st->handle, i, v->i);
			break;
		case VAL_DOUBLE:
			rc = sqlite3_bind_double(st->handle, i, v->d);
			break;
		case VAL_TEXT: /* the caller's values outlive the run: no copy */
			rc = sqlite3_bind_text(st->handle, i, v->s, -1, SQLITE_STATIC);
			break;
		}
		assert(rc == SQLITE_OK);
		(void)rc;
	}
}

static void read_cells(sqlite3_stmt *handle, struct cell *cells, int n)
{
	for (int i = 0; i < n; i++) {
		struct cell *c = &cells[i];
		switch (sqlite3_column_type(handle, i)) {
		case SQLITE_NULL:
			*c = (struct cell){ .tag = CELL_NULL };
			break;
		case SQLITE_INTEGER:
			*c = (struct cell){ .tag = CELL_INT, .i = sqlite3_column_int64(handle, i) };
			break;
		case SQLITE_FLOAT:
			*c = (struct cell){ .tag = CELL_DOUBLE, .d = sqlite3_column_double(handle, i) };
			break;
		default: /* a blob, which we never write, reads as a text */
			*c = (struct cell){ .tag = CELL_TEXT, .s = (const char *)sqlite3_column_text(handle, i) };
			c->n = (size_t)sqlite3_column_bytes(handle, i);
			break;
		}
	}
}

static err_t take_row(struct stmt *st, struct rows *rows, bool *full, const char **why)
{
	struct cell cells[COLUMNS_MAX];
	int n = sqlite3_column_count(st->handle);
	assert(n <= COLUMNS_MAX);
	if (!rows_mapped(rows, st, n)) {
		const char *names[COLUMNS_MAX];
		for (int i = 0; i < n; i++)
			names[i] = sqlite3_column_name(st->handle, i);
		rows_map(rows, st, names, n);
	}
	read_cells(st->handle, cells, n);
	return rows_take(rows, st, cells, full, why);
}

/* A statement that writes is stepped to its end even when its rows are no longer wanted. */
static err_t step_all(struct db *db, struct stmt *st, struct rows *rows, const char **why)
{
	bool full = false, reads = sqlite3_stmt_readonly(st->handle);
	int rc;
	while ((rc = sqlite3_step(st->handle)) == SQLITE_ROW) {
		if (rows)
			TRY(take_row(st, rows, &full, why));
		if (full && reads)
			return ERR_OK;
	}
	return rc == SQLITE_DONE ? ERR_OK : sqlite_error(sqlite_handle(db), why);
}

err_t sqlite_run(struct db *db, const char *sql, const struct val *args, struct rows *rows, const char **why)
{
	struct stmt *st = stmt_find(db, sql);
	if (!st)
		TRY(prepare(db, sql, &st, why));
	assert(strcmp(sqlite3_sql(st->handle), sql_text(sql, true)) == 0 && "the text must be a literal");
	bind(st, args);
	err_t e = step_all(db, st, rows, why);
	db->changed = e ? 0 : sqlite3_changes64(sqlite_handle(db));
	sqlite3_reset(st->handle);
	return e;
}

/* SQLite undoes a statement that fails and keeps the transaction: nothing to add. */
static err_t attempt(struct db *db, const char *sql, const struct val *args, const char **why)
{
	return sqlite_run(db, sql, args, NULL, why);
}

static err_t script(struct db *db, const char *text, const char **why)
{
	sqlite3 *h = sqlite_handle(db);
	return sqlite3_exec(h, text, NULL, NULL, NULL) ? sqlite_error(h, why) : ERR_OK;
}

static void forget(struct db *db, struct stmt *st)
{
	(void)db;
	sqlite3_finalize(st->handle);
}

void sqlite_rest(struct db *db)
{
	sqlite3_db_release_memory(sqlite_handle(db));
}

static struct db *connect_reader(struct store *s, const char **why)
{
	return sqlite_connect(s, true, why);
}

static void submit(struct store *s, struct tx *tx)
{
	struct sqlite_file *f = s->own;
	writer_submit(f->writer, tx);
}

const struct db_driver db_sqlite = {
	.scheme = "sqlite:",
	.is_sqlite = true,
	.has_writer = true,
	.open = sqlite_open,
	.close = sqlite_close,
	.connect = connect_reader,
	.disconnect = sqlite_disconnect,
	.rest = sqlite_rest,
	.run = sqlite_run,
	.attempt = attempt,
	.script = script,
	.forget = forget,
	.submit = submit,
	.copy = sqlite_copy,
};
