/* Inside src/db: what a driver provides, and what the drivers share. Nothing else may include this. */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "db/db.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
	PARAMS_MAX = 64,
	COLUMNS_MAX = 64,
	SETS = 64, /* prepared statements of a connection: 64 sets of 4 */
	WAYS = 4,
	COLLIDE_MS = 3000, /* a transaction that collides is run again for so long */
};

/* One value of a row as the driver has it: SQLite's are native, PostgreSQL's are texts. Borrowed until the next row. */
struct cell {
	enum { CELL_NULL, CELL_INT, CELL_DOUBLE, CELL_TEXT } tag;
	int64_t i;
	double d;
	const char *s; /* NUL behind it */
	size_t n;
};

/* A prepared statement of one connection. */
struct stmt {
	const char *sql; /* the literal: its address is the key */
	void *handle; /* sqlite3_stmt */
	unsigned number; /* PostgreSQL: part of its name */
	int params; /* how many different $n it has */
	unsigned char param[PARAMS_MAX + 1]; /* SQLite: n of the parameter at its index */
	const struct type *type; /* whose fields `map` points to */
	const struct field **map; /* field of each column */
	int columns;
};

/* Where the rows of a statement go: structs of a type, or the first cell alone. */
struct rows {
	struct arena *mem;
	const struct type *type; /* NULL: the first cell */
	char *items; /* room for `cap` structs */
	size_t n, cap, most;
	struct cell first; /* its text is in mem */
};

struct db {
	const struct db_driver *driver;
	struct store *store;
	struct db *next, **link; /* the store's list of connections */
	struct stmt *sets[SETS][WAYS]; /* each set newest use first */
	bool in_tx;
	err_t failed; /* of the running transaction */
	int64_t changed; /* rows changed by the last statement */
};

struct db_driver {
	const char *scheme; /* what the URL begins with */
	bool is_sqlite, has_writer;
	err_t (*open)(struct store *s, const char *url, const char **why);
	void (*close)(struct store *s); /* all of it, connections too; also when half open */
	struct db *(*connect)(struct store *s, const char **why);
	void (*disconnect)(struct db *db);
	void (*rest)(struct db *db); /* see store_rest(); NULL: it keeps nothing */
	/* Runs one statement; rows may be NULL. */
	err_t (*run)(struct db *db, const char *sql, const struct val *args, struct rows *rows, const char **why);
	/* The same for one whose outcome may be told later: by the next statement, or at the end of the transaction. NULL: run. */
	err_t (*later)(struct db *db, const char *sql, const struct val *args, const char **why);
	/* The same for one that may conflict without ending the transaction. */
	err_t (*attempt)(struct db *db, const char *sql, const struct val *args, const char **why);
	/* Runs a text of many statements, unprepared, inside the running transaction and without a time limit. */
	err_t (*script)(struct db *db, const char *text, const char **why);
	void (*forget)(struct db *db, struct stmt *st); /* drops what the server or library holds of it */
	void (*submit)(struct store *s, struct tx *tx);
	/* See store_listen(); NULL: it wakes nobody. */
	err_t (*listen)(struct db *db, const char *channel, int64_t ms, bool *heard, const char **why);
	/* Before a migration: keeps a copy of a database that can be copied. */
	err_t (*copy)(struct store *s, int64_t number, const char **why);
};
extern const struct db_driver db_sqlite, db_postgres;

struct store {
	const struct db_driver *driver;
	void *own; /* the driver's part */
	int64_t group_max, queue_max, timeout_ms;
	bool absent; /* need not be there at the start */
	pthread_key_t key; /* this thread's connection */
	pthread_mutex_t lock; /* of the list */
	struct db *connections;
	_Atomic int64_t groups, operations, busy, queue, open, reconnects, retries, statements;
};

/* A sentence about a failure, kept until this thread's next one. */
const char *db_why(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Half of a SQL2 text, or the whole of a plain one. */
const char *sql_text(const char *sql, bool sqlite);
size_t args_count(const struct val *args);

/* The connection's prepared statement for a literal, or NULL. */
struct stmt *stmt_find(struct db *db, const char *sql);
/* Keeps a new one, in place of the one of its set that was longest unused. */
struct stmt *stmt_add(struct db *db, const char *sql);
void stmt_remove(struct db *db, struct stmt *st);
void stmt_remove_all(struct db *db);

/* True when the statement knows which field of the wanted type each of its n columns fills. */
bool rows_mapped(const struct rows *r, const struct stmt *st, int n);
void rows_map(const struct rows *r, struct stmt *st, const char *const *names, int n);
/* Takes one row in; sets *full when no more are wanted. */
err_t rows_take(struct rows *r, const struct stmt *st, const struct cell *cells, bool *full, const char **why);

err_t cell_int(const struct cell *c, int64_t *out) CHECKED;

/* Puts a new connection into the store's list, takes one out and frees its shared part. */
void db_init(struct db *db, struct store *s);
void db_fini(struct db *db);
void store_disconnect_all(struct store *s);
/* This thread's connection, or NULL. */
struct db *store_connection(struct store *s, const char **why);

#endif
