/* Transactions on PostgreSQL: on the calling thread's connection, SERIALIZABLE, run again when they collide. */
#include "db/postgres.h"
#include "base/id.h"
#include "base/log.h"

#include <assert.h>
#include <time.h>

/* A short random wait, longer each time: two that collided must not meet again at once. */
static void back_off(int attempt)
{
	uint16_t some;
	id_random(&some, sizeof some);
	long most_us = 2000L << (attempt < 5 ? attempt : 5);
	struct timespec t = { .tv_nsec = most_us * 1000 / 65536 * some };
	nanosleep(&t, NULL);
}

/* A connection may have died unseen while it was idle: nothing is lost when BEGIN finds that out, so once more. */
static err_t begin(struct postgres_db *p, bool single, const char **why)
{
	const char *text = single ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
	                          : "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
	if (!postgres_ready(p, why))
		return ERR_UNAVAILABLE;
	err_t e = postgres_simple(p, text, why);
	if (e && !p->c && postgres_ready(p, why))
		e = postgres_simple(p, text, why);
	if (e && p->c)
		postgres_drop(p);
	return e ? ERR_UNAVAILABLE : ERR_OK;
}

static void rollback(struct postgres_db *p)
{
	const char *why = "";
	if (p->c && postgres_simple(p, "ROLLBACK", &why))
		postgres_drop(p);
	if (p->stale)
		postgres_drop(p);
	p->stale = false;
}

/* An answer to COMMIT that never came is ERR_UNAVAILABLE: nobody knows, so nobody is told that it was kept. */
static err_t commit(struct postgres_db *p, const char **why)
{
	err_t e = p->c ? postgres_simple(p, "COMMIT", why) : ERR_UNAVAILABLE;
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
	for (int i = 0; i < ATTEMPTS; i++) {
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
