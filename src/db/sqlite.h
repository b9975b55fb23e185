/* SQLite's files among themselves: sqlite.c (statements), sqlite_file.c (opening, copying), sqlite_writer.c. */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include "db/driver.h"
#include <sqlite3.h>

enum { LOCK_WAIT_MS = 5000 }; /* for other programs at the file: an administrator's shell, a backup */

struct sqlite_db {
	struct db db;
	sqlite3 *h;
};

struct writer;

/* The store's own part. */
struct sqlite_file {
	char *path;
	char *folder; /* of a database "in memory": removed at the close; else NULL */
	struct writer *writer;
};

static inline sqlite3 *sqlite_handle(struct db *db)
{
	return ((struct sqlite_db *)(void *)db)->h;
}

/* Our code for SQLite's, and its sentence in *why. */
err_t sqlite_error(sqlite3 *h, const char **why);
void sqlite_rest(struct db *db);
err_t sqlite_run(struct db *db, const char *sql, const struct val *args, struct rows *rows, const char **why);

err_t sqlite_open(struct store *s, const char *url, const char **why);
void sqlite_close(struct store *s);
/* A connection with all its settings; one that only reads refuses to write. */
struct db *sqlite_connect(struct store *s, bool reads_only, const char **why);
void sqlite_disconnect(struct db *db);
err_t sqlite_copy(struct store *s, int64_t number, const char **why);

/* The thread that runs every write. NULL when it cannot be had. */
struct writer *writer_new(struct store *s, const char **why);
void writer_submit(struct writer *w, struct tx *tx);
/* Runs what waits, then ends the thread. NULL is allowed. */
void writer_free(struct writer *w);

#endif
