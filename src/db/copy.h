/* All data of one database into another of the other kind: SQLite to PostgreSQL, and back. */
#ifndef DB_COPY_H
#define DB_COPY_H

#include "db/db.h"

struct copied {
	const char *table;
	int64_t rows;
	char hash[33]; /* of what the rows hold, whatever their order: the same in both databases */
};

/* Copies every table of `from` into `to`, both migrated to the same number and `to` empty, in one transaction; reads what
 * was written back and compares numbers of rows and hashes. `out` is a list of struct copied. On failure nothing is kept
 * and *why is a sentence: ERR_CONFLICT when `to` holds data or the two differ, ERR_INVALID when both are of one kind.
 * `progress` (may be NULL) is told rows done and rows in all. Nobody else may write to either meanwhile. `a` must live
 * until both stores are closed. */
err_t store_copy(struct arena *a, struct store *from, struct store *to, void (*progress)(int64_t done, int64_t of),
	struct list *out, const char **why) CHECKED;

/* --- between copy_plan.c and copy.c ------------------------------------------------------------------------------- */

struct copy_column {
	const char *name, *type; /* PostgreSQL's word for it: text, bigint, boolean */
	int64_t key; /* place in the primary key, from 1; 0: none */
};
struct copy_table {
	const char *name;
	struct copy_column *columns;
	size_t n, keys;
	bool virtual_; /* a search table of SQLite: its number is the rowid there */
	bool planned;
};
/* The tables of a pair of databases, those that others refer to first. */
err_t copy_plan(struct arena *a, struct cx *sqlite, struct cx *postgres, struct list *out) CHECKED;
/* A batch in the order of the key, as one JSON text: an array of rows, each an array of cells. `after`: behind the key in
 * $1, $2 ... */
const char *copy_read_sql(struct arena *a, const struct copy_table *t, bool sqlite, bool after, int batch);
/* Writes such a text, $1. */
const char *copy_write_sql(struct arena *a, const struct copy_table *t, bool sqlite);
/* The numbers that a table gives by itself go on behind the highest ever given. NULL: it gives none. */
const char *copy_number_read_sql(struct arena *a, const struct copy_table *t, bool sqlite);
const char *copy_number_write_sql(struct arena *a, const struct copy_table *t, bool sqlite);

#endif
