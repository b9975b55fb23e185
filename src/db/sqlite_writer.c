/* The thread that runs every write on SQLite. It takes what waits as one group: a transaction with a savepoint for each
 * operation, one COMMIT, then the answers. While that COMMIT waits for the disk the next group gathers by itself, so there
 * is no delay to tune: alone, an operation costs one fsync; in a crowd the crowd shares it. */
#include "db/sqlite.h"
#include "base/log.h"
#include "base/time.h"
#include "base/wait.h"

#include <assert.h>
#include <stdlib.h>

enum {
	CHECKPOINT_PAGES = 2000, /* WAL size at which its pages are moved into the file */
	WAL_PAGES_MAX = 20000, /* at which readers are made to let go of it */
	READERS_WAIT_MS = 100,
	CALM_MS = 1000, /* without a failure, until writes are said to be well */
	REST_MS = 1000, /* without a write, until it rests */
};

struct writer {
	struct store *s;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct tx *head, **tail; /* what waits */
	bool asleep, stopping;
	bool ailing; /* the log has said that writes fail */
	int64_t failed_at; /* monotonic ms */
	bool worked; /* something was written since it has rested */
	int64_t worked_at; /* monotonic ms */
	bool wal_used; /* the WAL is not empty: cut it when idle */
	int wal_pages, checkpoint_at;
};

/* A disk that is full fails every write until there is room: told once, and when it is over. */
static void tell_ailing(struct writer *w, const char *what, const char *why)
{
	if (!w->ailing)
		log_error("the database cannot be written; writes are answered 503 until it can", LT("statement", what),
			LT("why", why));
	w->ailing = true;
	w->failed_at = time_monotonic();
}

static void tell_well(struct writer *w)
{
	if (!w->ailing || time_monotonic() - w->failed_at < CALM_MS)
		return; /* a small write may fit where the next does not */
	log_warn("the database can be written again");
	w->ailing = false;
}

/* Transaction control, like any other statement. */
static err_t control(struct writer *w, const char *sql)
{
	const char *why = "";
	err_t e = sqlite_run(w->db, sql, NULL, NULL, &why);
	if (e)
		tell_ailing(w, sql, why);
	return e;
}

/* SQLite may have rolled the whole transaction back by itself: disk full, I/O error. */
static bool in_transaction(const struct writer *w)
{
	return !sqlite3_get_autocommit(sqlite_handle(w->db));
}

static void finish(struct tx *from, struct tx *until, err_t e)
{
	for (struct tx *tx = from, *next; tx != until; tx = next) {
		next = tx->next; /* done() may free it */
		tx->done(tx, e ? e : tx->outcome);
	}
}

/* Runs one operation; true when what it wrote is to be kept. */
static bool run_one(struct writer *w, struct tx *tx)
{
	struct db *db = w->db;
	db->in_tx = true;
	db->failed = ERR_OK;
	tx->db = db;
	enum tx_verdict verdict = tx->run(tx, 0);
	db->in_tx = false;
	if (db->failed == ERR_UNAVAILABLE)
		tell_ailing(w, "", sqlite3_errmsg(sqlite_handle(db)));
	if (db->failed == ERR_UNAVAILABLE || (db->failed && verdict == TX_COMMIT))
		tx->outcome = db->failed;
	w->s->operations++;
	return verdict == TX_COMMIT && !db->failed;
}

/* One operation of many: its writes can be undone alone. False when the transaction is lost. */
static bool run_in_savepoint(struct writer *w, struct tx *tx, size_t *kept)
{
	if (control(w, "SAVEPOINT op"))
		return false;
	bool keep = run_one(w, tx);
	if (!in_transaction(w))
		return false;
	if (!keep && control(w, "ROLLBACK TO op"))
		return false;
	*kept += keep;
	return control(w, "RELEASE op") == ERR_OK;
}

/* What was not to be kept, or cannot be, goes; a group that kept nothing costs no fsync. */
static err_t end_group(struct writer *w, size_t kept)
{
	if (!in_transaction(w))
		return ERR_UNAVAILABLE;
	if (!kept)
		return control(w, "ROLLBACK") ? ERR_UNAVAILABLE : ERR_OK;
	if (control(w, "COMMIT") == ERR_OK) {
		w->s->groups++;
		tell_well(w);
		return ERR_OK;
	}
	if (in_transaction(w) && control(w, "ROLLBACK"))
		log_error("database rollback failed", LT("why", sqlite3_errmsg(sqlite_handle(w->db))));
	return ERR_UNAVAILABLE;
}

/* Runs the operations up to the list's end, or to one that lost the transaction; returns those left for another. */
static struct tx *run_group(struct writer *w, struct tx *list)
{
	if (control(w, "BEGIN IMMEDIATE")) {
		finish(list, NULL, ERR_UNAVAILABLE);
		return NULL;
	}
	size_t kept = 0;
	bool whole = true;
	struct tx *tx = list;
	if (!list->next) {
		kept = run_one(w, list);
		tx = NULL;
	}
	while (tx && whole) {
		whole = run_in_savepoint(w, tx, &kept);
		tx = tx->next;
	}
	if (!whole && in_transaction(w))
		(void)!control(w, "ROLLBACK");
	finish(list, tx, end_group(w, kept));
	return tx;
}

/* Not called for a COMMIT that had nothing to write. */
static int wal_grew(void *arg, sqlite3 *h, const char *name, int pages)
{
	(void)h;
	(void)name;
	struct writer *w = arg;
	w->wal_pages = pages;
	w->wal_used = w->worked = true;
	w->worked_at = time_monotonic();
	return SQLITE_OK;
}

/* Moves pages from the WAL to the file, after the answers have gone out. A reader in the way leaves some for next time;
 * when it has grown far too long, new readers wait a moment so that it can start again from its beginning. */
static void checkpoint(struct writer *w, int mode)
{
	sqlite3 *h = sqlite_handle(w->db);
	int in_wal = 0, moved = 0;
	sqlite3_busy_timeout(h, READERS_WAIT_MS);
	int rc = sqlite3_wal_checkpoint_v2(h, NULL, mode, &in_wal, &moved);
	sqlite3_busy_timeout(h, LOCK_WAIT_MS);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		tell_ailing(w, "checkpoint", sqlite3_errmsg(h));
	bool all = rc == SQLITE_OK && moved == in_wal;
	w->checkpoint_at = CHECKPOINT_PAGES + (all ? 0 : w->wal_pages);
	if (all)
		w->wal_pages = 0;
	if (all && mode == SQLITE_CHECKPOINT_TRUNCATE)
		w->wal_used = false;
}

static void checkpoint_when_due(struct writer *w)
{
	if (w->wal_pages >= w->checkpoint_at)
		checkpoint(w, w->wal_pages < WAL_PAGES_MAX ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART);
}

/* Takes up to group_max operations off the queue; NULL when there is none. Called with the lock held. */
static struct tx *take_group(struct writer *w)
{
	struct tx *list = w->head, **end = &list;
	int64_t n = 0;
	while (*end && n < w->s->group_max) {
		end = &(*end)->next;
		n++;
	}
	w->head = *end;
	if (!w->head)
		w->tail = &w->head;
	*end = NULL;
	w->s->queue -= n;
	return list;
}

static bool is_rest_due(const struct writer *w)
{
	return w->worked && time_monotonic() - w->worked_at >= REST_MS;
}

static void wait_for_work(struct writer *w)
{
	w->asleep = true;
	while (!w->head && !w->stopping && !is_rest_due(w)) {
		if (w->worked)
			(void)wait_until(&w->wake, &w->lock, w->worked_at + REST_MS);
		else
			pthread_cond_wait(&w->wake, &w->lock);
	}
	w->asleep = false;
}

/* Who only looks whether there is something to write does not keep it from resting. What could not be moved out of the WAL is
 * tried again a second later. */
static void rest(struct writer *w)
{
	if (w->wal_used)
		checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE);
	sqlite_rest(w->db);
	arena_rest();
	w->worked = w->wal_used;
	w->worked_at = time_monotonic();
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	pthread_mutex_lock(&w->lock);
	while (w->head || !w->stopping) {
		wait_for_work(w);
		struct tx *list = take_group(w);
		pthread_mutex_unlock(&w->lock);
		while (list)
			list = run_group(w, list);
		if (is_rest_due(w))
			rest(w);
		checkpoint_when_due(w);
		if (w->s->queue)
			log_tick();
		else
			log_flush(); /* before a sleep that may be long */
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

void writer_submit(struct writer *w, struct tx *tx)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->s->queue < w->s->queue_max && !w->stopping;
	if (room) {
		*w->tail = tx;
		w->tail = &tx->next;
		w->s->queue++;
	}
	bool wake = room && w->asleep;
	if (wake)
		w->asleep = false; /* one signal is enough */
	pthread_mutex_unlock(&w->lock);
	if (wake)
		pthread_cond_signal(&w->wake);
	if (room)
		return;
	w->s->busy++;
	tx->done(tx, ERR_BUSY);
}

struct writer *writer_new(struct store *s, const char **why)
{
	struct db *db = sqlite_connect(s, false, why);
	if (!db)
		return NULL;
	struct writer *w = calloc(1, sizeof *w);
	if (!w)
		abort();
	w->s = s;
	w->db = db;
	w->tail = &w->head;
	w->checkpoint_at = CHECKPOINT_PAGES;
	pthread_mutex_init(&w->lock, NULL);
	wait_init(&w->wake);
	sqlite3_wal_hook(sqlite_handle(db), wal_grew, w);
	if (pthread_create(&w->thread, NULL, writer_main, w))
		abort();
	pthread_setname_np(w->thread, "writer");
	return w;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_mutex_unlock(&w->lock);
	pthread_cond_signal(&w->wake);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
