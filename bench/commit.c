/* What durable writes cost with nothing around them: one thread, prepared statements, WAL with synchronous=FULL, a COMMIT
 * for every GROUP operations, on a copy of a database that the server made. An operation writes the rows that the server
 * writes: one UPDATE of a session, a user or his preferences, OUTBOX events and AUDIT rows shaped like the last ones of the
 * file, about the session or user of the UPDATE: their indexes are written where the server writes them.
 *
 *	commit FILE refresh|profile|preference GROUP SECONDS [OUTBOX] [AUDIT] */
#include "threads.h"
#include "users.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_COLUMNS = 32 };

static const struct kind {
	const char *name, *ids, *update;
} kinds[] = {
	{ "refresh", "SELECT id FROM session WHERE ended_at IS NULL LIMIT 10000",
		"UPDATE session SET counter = counter + 1, last_used_at = ?1, rotated_at = ?1, expires_at = ?1 + 604800000"
		" WHERE id = ?2" },
	{ "profile", "SELECT id FROM users LIMIT 10000",
		"UPDATE users SET bio = 'note ' || ?1, updated_at = ?1 WHERE id = ?2" },
	{ "preference", "SELECT user_id FROM preference LIMIT 10000",
		"UPDATE preference SET date_format = '1.' || ?1, updated_at = ?1 WHERE user_id = ?2" },
};

/* As the server's own: what is compared is the work around SQLite, not its tuning. */
static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
			       " PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 2000";

static sqlite3 *db;

static void must(int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE)
		stop(sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *s = NULL;
	must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL));
	return s;
}

static void step(sqlite3_stmt *s)
{
	must(sqlite3_step(s));
	must(sqlite3_reset(s));
}

static int64_t milliseconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct lines read_ids(const char *sql)
{
	static char *id[10000];
	struct lines ids = { id, 0 };
	sqlite3_stmt *s = prepare(sql);
	while (sqlite3_step(s) == SQLITE_ROW)
		id[ids.n++] = strdup((const char *)sqlite3_column_text(s, 0));
	must(sqlite3_finalize(s));
	if (!ids.n)
		stop("the file has no rows to update");
	return ids;
}

/* A statement that inserts a row, and its parameters that are about the one whose operation it is. */
struct insertion {
	sqlite3_stmt *statement;
	int about[2], abouts;
	unsigned rows; /* for each operation */
};

static bool is_about(const char *column)
{
	return strcmp(column, "subject_id") == 0 || strcmp(column, "actor_id") == 0;
}

/* Builds "INSERT INTO t (c, ...) VALUES (?, ...)" for a row and binds its values. Left out: the number that the database
 * gives, and what only sealing fills. */
static struct insertion insert_like(const char *table, sqlite3_stmt *row)
{
	struct insertion made = { 0 };
	char names[1024] = "", marks[3 * MOST_COLUMNS] = "", sql[1400];
	int column[MOST_COLUMNS], n = 0;
	for (int i = 0; i < sqlite3_column_count(row) && n < MOST_COLUMNS; i++) {
		const char *name = sqlite3_column_name(row, i);
		if (strcmp(name, "id") == 0 || strcmp(name, "seq") == 0 || strcmp(name, "hash") == 0)
			continue;
		size_t used = strlen(names);
		snprintf(names + used, sizeof names - used, "%s%s", n ? ", " : "", name);
		used = strlen(marks);
		snprintf(marks + used, sizeof marks - used, "%s?", n ? ", " : "");
		column[n++] = i;
		if (is_about(name))
			made.about[made.abouts++] = n;
	}
	snprintf(sql, sizeof sql, "INSERT INTO %s (%s) VALUES (%s)", table, names, marks);
	made.statement = prepare(sql);
	for (int i = 0; i < n; i++)
		must(sqlite3_bind_value(made.statement, i + 1, sqlite3_column_value(row, column[i])));
	return made;
}

static struct insertion insert_like_last(const char *table, unsigned rows)
{
	if (!rows)
		return (struct insertion){ 0 };
	char sql[128];
	snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY id DESC LIMIT 1", table);
	sqlite3_stmt *last = prepare(sql);
	if (sqlite3_step(last) != SQLITE_ROW)
		stop("the file has no row to copy");
	struct insertion made = insert_like(table, last);
	made.rows = rows;
	must(sqlite3_finalize(last));
	return made;
}

static void insert(const struct insertion *in, const char *id)
{
	for (unsigned i = 0; i < in->rows; i++) {
		for (int k = 0; k < in->abouts; k++)
			must(sqlite3_bind_text(in->statement, in->about[k], id, -1, SQLITE_STATIC));
		step(in->statement);
	}
}

struct plan {
	sqlite3_stmt *begin, *update, *commit;
	struct insertion outbox, audit;
	struct lines ids;
	uint64_t random;
};

static void one(struct plan *p)
{
	const char *id = p->ids.line[random_next(&p->random) % p->ids.n];
	must(sqlite3_bind_int64(p->update, 1, milliseconds()));
	must(sqlite3_bind_text(p->update, 2, id, -1, SQLITE_STATIC));
	step(p->update);
	insert(&p->outbox, id);
	insert(&p->audit, id);
}

static double measure(struct plan *p, unsigned group, double length, uint64_t *done)
{
	double began = seconds();
	for (*done = 0; seconds() - began < length; *done += group) {
		step(p->begin);
		for (unsigned i = 0; i < group; i++)
			one(p);
		step(p->commit);
	}
	return (double)*done / (seconds() - began);
}

int main(int argc, char **argv)
{
	const struct kind *k = NULL;
	for (size_t i = 0; argc > 4 && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[2], kinds[i].name) == 0)
			k = &kinds[i];
	unsigned group = argc > 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	if (!k || !group) {
		fputs("usage: commit FILE refresh|profile|preference GROUP SECONDS [OUTBOX] [AUDIT]\n", stderr);
		return 2;
	}
	must(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	must(sqlite3_exec(db, settings, NULL, NULL, NULL));
	struct plan p = {
		.begin = prepare("BEGIN IMMEDIATE"), .update = prepare(k->update), .commit = prepare("COMMIT")
	};
	p.outbox = insert_like_last("outbox", argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1);
	p.audit = insert_like_last("audit", argc > 6 ? (unsigned)strtoul(argv[6], NULL, 10) : 1);
	p.ids = read_ids(k->ids);
	uint64_t done;
	double rate = measure(&p, group, strtod(argv[4], NULL), &done);
	printf("{\"program\":\"commit\",\"what\":\"%s\",\"group\":%u,\"outbox\":%u,\"audit\":%u,\"rate\":%.1f}\n",
		k->name, group, p.outbox.rows, p.audit.rows, rate);
	sqlite3_stmt *all[] = { p.begin, p.update, p.outbox.statement, p.audit.statement, p.commit };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		sqlite3_finalize(all[i]);
	return sqlite3_close(db) != SQLITE_OK;
}
