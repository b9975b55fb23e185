/* Databases: SQLite inside the process, or PostgreSQL. One SQL text serves both ($1, TEXT, BIGINT, BOOLEAN, RETURNING, ON
 * CONFLICT); what cannot be said in one text is SQL2("sqlite", "postgres"), with the reason beside it.
 *
 * A `struct store` is an opened database; it gives each thread that reads a `struct db` (a connection) and runs write
 * transactions. SQLite has one writer thread: a whole write operation, its reads included, runs there, each in a
 * savepoint, and the group's answers wait for their one COMMIT (synchronous=FULL). PostgreSQL runs a transaction on the
 * calling thread's own connection, SERIALIZABLE. The caller cannot tell the difference. */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/cx.h"

struct store;
struct db;

struct store_conf {
	const char *url; /* "sqlite:PATH", "sqlite::memory:" (for tests: gone at the close) or "postgres://..." */
	int64_t group_max; /* SQLite: most operations in one commit; 0: 256 */
	int64_t queue_max; /* SQLite: most operations waiting; 0: 4096; more are ERR_BUSY */
	int64_t timeout_ms; /* longest statement on PostgreSQL; 0: 10 s */
	bool absent; /* PostgreSQL need not be there yet */
};

/* Opens; does not migrate. On failure *why says what is wrong in a sentence, without a password: ERR_INVALID for a URL
 * that cannot be right, ERR_UNAVAILABLE for a database that does not answer. Elsewhere in this header *why is borrowed:
 * it lives until this thread's next failure. */
err_t store_open(struct arena *a, const struct store_conf *conf, struct store **out, const char **why) CHECKED;
/* Finishes the transactions that wait, closes every connection. No thread may use it any more. NULL is allowed. */
void store_close(struct store *s);
bool store_is_sqlite(const struct store *s); /* for messages and file copies; never to choose a behaviour */
/* ERR_OK when a trivial statement is answered now; for health. */
err_t store_ping(struct store *s) CHECKED;

struct store_stats {
	int64_t queue, groups, operations, busy; /* writer: waiting now, commits, operations in them, refused */
	int64_t connections, reconnects, retries, statements;
};
void store_stats(struct store *s, struct store_stats *out);

/* This thread's connection for reading, made at the first call and closed at the thread's end. Outside a transaction each
 * statement sees the latest commit, and one that writes is refused. NULL and *why when it cannot be had. */
struct db *store_reader(struct store *s, const char **why);

/* This thread's connection, if it has one, gives back what it keeps of the database in memory: for a thread that has had nothing
 * to do for a while. */
void store_rest(struct store *s);

/* A write transaction. `run` does the work with tx->db and answers with a verdict; it may be called again
 * (attempt counting from 0, for three seconds) when the database reports a collision, and must then start from fresh memory.
 * `done` is told the outcome: ERR_OK after the COMMIT reached the disk or the wanted rollback; ERR_UNAVAILABLE when the
 * database is out of reach or the COMMIT failed (nothing was kept), ERR_BUSY when the queue is full or collisions did not
 * end. It is called on the writer thread (SQLite) or the submitting one, and must only hand over. */
enum tx_verdict { TX_COMMIT, TX_ROLLBACK };
struct tx {
	enum tx_verdict (*run)(struct tx *tx, int attempt);
	void (*done)(struct tx *tx, err_t e);
	struct db *db; /* valid inside run() */
	bool single; /* one statement alone: PostgreSQL may use READ COMMITTED */
	struct tx *next; /* the store's own, as is the next */
	err_t outcome;
};
void store_submit(struct store *s, struct tx *tx);
/* The same, waiting for the outcome; `done` is not called. Not from the writer thread. */
err_t store_transact(struct store *s, struct tx *tx) CHECKED;
/* True when transactions run on a thread of the store's own, so that store_submit() returns at once. */
bool store_has_writer(const struct store *s);

/* Where processes share the database: waits up to `ms` for a wake-up on a channel (a name of lower-case letters and _), on this
 * thread's connection. *heard: one came, or some may have been missed. It returns at once, and says that it heard, when it has
 * just begun to listen. ERR_NOT_FOUND: this database wakes nobody. */
err_t store_listen(struct store *s, const char *channel, int64_t ms, bool *heard) CHECKED;

/* --- statements, through cx->db -------------------------------------------------------------------------------- */
/* Parameters are $1, $2 ... from BIND(V(x), ...), or NULL for none; each must occur in the text. Statements are prepared
 * once per connection and kept by the address of their text, so the text must be a literal. Failures are noted in cx:
 * ERR_CONFLICT (a unique key), ERR_AGAIN (a collision; pass it on, the transaction is run again), ERR_UNAVAILABLE,
 * ERR_INTERNAL.
 *
 * One rule holds on both databases: A FAILED STATEMENT ENDS ITS TRANSACTION. Every later statement in it fails with the
 * same code, and TX_COMMIT rolls back with that code; the operation can only FAIL. What may conflict and then go on is
 * written with ON CONFLICT ... RETURNING, or by db_try(). ERR_NOT_FOUND is an answer, not a failure. */

/* Two texts in one literal. The first byte tells it from a plain text, which nobody may read past its end. */
#define SQL2(sqlite, postgres) "\1" sqlite "\0" postgres

/* The texts of a list that json_texts() wrote, bound to a parameter: SQL2("... IN (" MANY_SQLITE("$1") ")", ...). */
#define MANY_SQLITE(parameter) "SELECT value FROM json_each(" parameter ")"
#define MANY_POSTGRES(parameter) "SELECT json_array_elements_text(CAST(" parameter " AS json))"

err_t db_exec(struct cx *cx, const char *sql, const struct val *args) CHECKED;
/* The same inside a transaction, for what is written whatever else happens in it: PostgreSQL sends it with the next statement, or
 * with the COMMIT, and spares a way there and back. A failure is told by that one. */
err_t db_later(struct cx *cx, const char *sql, const struct val *args) CHECKED;
/* The same, telling how many rows were changed. */
err_t db_change(struct cx *cx, int64_t *changed, const char *sql, const struct val *args) CHECKED;
/* For a statement that may hit a unique key: ERR_CONFLICT is then not noted and the transaction goes on as if the
 * statement had not been run. Costs PostgreSQL a savepoint. */
err_t db_try(struct cx *cx, const char *sql, const struct val *args) CHECKED;
/* Reads the first row into out by column name (columns that the type lacks are an assert; fields without a column are
 * zero); ERR_NOT_FOUND when there is none, which is not noted as a failure and leaves out as it was. */
err_t db_get(struct cx *cx, const struct type *t, void *out, const char *sql, const struct val *args) CHECKED;
/* All rows, as structs of the type, at most `most`; say LIMIT in the text as well. */
err_t db_list(struct cx *cx, const struct type *t, struct list *out, size_t most, const char *sql,
	const struct val *args) CHECKED;
/* The first column of the first row; NULL reads as 0 or NULL, FALSE and TRUE as 0 and 1. */
err_t db_int(struct cx *cx, int64_t *out, const char *sql, const struct val *args) CHECKED;
err_t db_text(struct cx *cx, const char **out, const char *sql, const struct val *args) CHECKED;

/* --- migrations ------------------------------------------------------------------------------------------------- */

struct migration {
	int64_t number;
	const char *name, *sqlite, *postgres; /* texts; the same where one serves both */
};
/* Built in from migrations/ by the build; ends with .name == NULL. */
extern const struct migration migrations_builtin[];

struct migration_state {
	int64_t applied, known; /* highest number in the database and in the program */
	int64_t pending; /* how many would be applied */
};
/* ERR_CONFLICT and *why when the database is newer than the program, or a released migration was edited. */
err_t store_migration_state(
	struct store *s, const struct migration *list, struct migration_state *out, const char **why) CHECKED;
/* Applies what is missing, one transaction each (a text holds no BEGIN or COMMIT), one node at a time; a SQLite file that holds data is first copied beside
 * itself (PATH.before-NNNN). */
err_t store_migrate(struct store *s, const struct migration *list, const char **why) CHECKED;

#endif
