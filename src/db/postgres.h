/* PostgreSQL's files among themselves: postgres.c (connections), postgres_run.c (statements), postgres_tx.c. */
#ifndef DB_POSTGRES_H
#define DB_POSTGRES_H

#include "db/driver.h"
#include "db/pq_late.h"

struct postgres_db {
	struct db db;
	PGconn *c; /* NULL or broken: out of reach */
	int64_t failed_at, next_try, delay; /* monotonic ms; between attempts to connect */
	unsigned statements; /* made so far, for their names */
	const char
		*begin; /* BEGIN of the running transaction, which goes with its first statement; NULL: it was sent */
	int owed; /* texts on their way, in libpq's pipeline, whose outcome was not read yet */
	bool unlimited; /* a script runs: no deadline */
	bool known; /* was connected before */
	bool listens; /* for wake-ups, on this very connection */
	bool stale; /* the tables changed under the prepared statements */
};

/* The store's own part. */
struct postgres_url {
	char *url;
	char *password; /* never to be seen in a message; NULL when there is none */
	_Atomic int64_t reached_at; /* monotonic ms: when any connection was last made */
	_Atomic bool away; /* it was told that the server is out of reach */
};

static inline struct postgres_db *postgres_of(struct db *db)
{
	return (struct postgres_db *)(void *)db;
}

/* True when the connection is there, or could be had again; else why. */
bool postgres_ready(struct postgres_db *p, const char **why);
/* Gives a connection up that no longer answers; the next postgres_ready() makes another. */
void postgres_drop(struct postgres_db *p);
/* True while the log has said that the server is out of reach, and nobody has found it since. */
bool postgres_is_away(const struct postgres_db *p);
/* A message of libpq as a sentence without the password. */
const char *postgres_why(struct postgres_db *p, const char *message);

/* Runs a text without parameters: transaction control, settings, scripts. Not while something is owed. */
err_t postgres_simple(struct postgres_db *p, const char *text, const char **why);
err_t postgres_run(struct db *db, const char *sql, const struct val *args, struct rows *rows, const char **why);
/* The same without waiting: its failure is that of the next statement, or of the end of the transaction. */
err_t postgres_later(struct db *db, const char *sql, const struct val *args, const char **why);
/* Waits for all that is owed, having sent BEGIN when that was not sent yet: the first failure. `last` goes behind it; may be
 * NULL. */
err_t postgres_settle(struct postgres_db *p, const char *last, const char **why);
err_t postgres_try(struct db *db, const char *sql, const struct val *args, const char **why);
err_t postgres_script(struct db *db, const char *text, const char **why);

err_t postgres_listen(struct db *db, const char *channel, int64_t ms, bool *heard, const char **why);

void postgres_submit(struct store *s, struct tx *tx);

#endif
