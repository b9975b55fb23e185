/* Transactions on PostgreSQL: on the calling thread's connection, SERIALIZABLE, run again when they collide. */
#include "db/postgres.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"

#include <assert.h>
#include <time.h>

/* A short random wait, longer each time: two that collided must not meet again at once. */
static void back_off(int attempt)
{
	enum { DOUBLED = 5 };
	uint16_t some;
	id_random(&some, sizeof some);
	long most_us = 2000L << (attempt < DOUBLED ? attempt : DOUBLED);
	struct timespec t = { .tv_nsec = most_us * 1000 / 65536 * some };
	nanosleep(&t, NULL);
}

/* It is sent with the first statement. */
static err_t begin(struct postgres_db *p, bool single, const char **why)
{
	if (!postgres_ready(p, why))
		return ERR_UNAVAILABLE;
	p->begin = single ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
	                  : "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
	return ERR_OK;
}

/* The server knows of the transaction; else there is nothing to end. */
static bool has_begun(struct postgres_db *p)
{
	bool begun = !p->begin || p->owed;
	if (!begun)
		p->begin = NULL;
	return begun;
}

static void rollback(struct postgres_db *p)
{
	const char *why = "";
	if (p->c && has_begun(p)) {
		if (p->owed && postgres_settle(p, NULL, &why))
			why = ""; /* what is undone may have failed */
		if (p->c && postgres_simple(p, "ROLLBACK", &why))
			postgres_drop(p);
	}
	if (p->stale)
		postgres_drop(p);
	p->stale = false;
}

/* An answer to COMMIT that never came is ERR_UNAVAILABLE: nobody knows, so nobody is told that it was kept. */
static err_t commit(struct postgres_db *p, const char **why)
{
	if (p->c && !has_begun(p))
		return ERR_OK;
	err_t e = !p->c     ? ERR_UNAVAILABLE
	          : p->owed ? postgres_settle(p, "COMMIT", why)
	                    : postgres_simple(p, "COMMIT", why);
	if (e && p->c)
		rollback(p);
	return e == ERR_OK || e == ERR_AGAIN ? e : ERR_UNAVAILABLE;
}

/* One attempt; ERR_AGAIN when it collided. */
static err_t attempt(struct postgres_db *p, struct tx *tx, int number, const char **why)
{
	struct db *db = &p->db;
	assert(!db->in_tx && "a transaction inside a transaction");
	TRY(begin(p, tx->single, why));
	db->in_tx = true;
	db->failed = ERR_OK;
	tx->db = db;
	enum tx_verdict verdict = tx->run(tx, number);
	db->in_tx = false;
	if (verdict == TX_COMMIT && !db->failed)
		return commit(p, why);
	rollback(p);
	bool matters = verdict == TX_COMMIT || db->failed == ERR_AGAIN || db->failed == ERR_UNAVAILABLE;
	return matters ? db->failed : ERR_OK;
}

static err_t transact(struct store *s, struct tx *tx)
{
	const char *why = "";
	struct db *db = store_connection(s, &why);
	if (!db)
		return ERR_UNAVAILABLE;
	/* By the clock, not by a count: one long transaction may stand in the way of each attempt until it ends. */
	int64_t began = time_monotonic();
	for (int i = 0; !i || time_monotonic() - began < COLLIDE_MS; i++) {
		err_t e = attempt(postgres_of(db), tx, i, &why);
		if (e == ERR_UNAVAILABLE && *why && !postgres_is_away(postgres_of(db)))
			log_warn("transaction not kept", LT("why", why));
		if (e != ERR_AGAIN)
			return e;
		s->retries++;
		back_off(i);
	}
	s->busy++;
	return ERR_BUSY;
}

void postgres_submit(struct store *s, struct tx *tx)
{
	s->operations++;
	err_t e = transact(s, tx);
	s->groups += e == ERR_OK;
	tx->done(tx, e);
}
