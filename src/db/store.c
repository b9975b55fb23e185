/* A store: opens the database that the URL names and gives every thread its connection. */
#include "db/driver.h"
#include "base/str.h"

#include <assert.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_MAX = 256, QUEUE_MAX = 4096, TIMEOUT_MS = 10000 };

const char *db_why(const char *fmt, ...)
{
	static _Thread_local char text[512];
	char fresh[sizeof text]; /* the arguments may lie in the old text */
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(fresh, sizeof fresh, fmt, ap);
	va_end(ap);
	size_t n = strlen(fresh);
	while (n && (fresh[n - 1] == '\n' || fresh[n - 1] == ' '))
		n--;
	memcpy(text, fresh, n);
	text[n] = 0;
	return text;
}

void db_init(struct db *db, struct store *s)
{
	db->driver = s->driver;
	db->store = s;
	pthread_mutex_lock(&s->lock);
	db->next = s->connections;
	db->link = &s->connections;
	if (db->next)
		db->next->link = &db->next;
	s->connections = db;
	pthread_mutex_unlock(&s->lock);
	s->open++;
}

void db_fini(struct db *db)
{
	struct store *s = db->store;
	stmt_remove_all(db);
	pthread_mutex_lock(&s->lock);
	*db->link = db->next;
	if (db->next)
		db->next->link = db->link;
	pthread_mutex_unlock(&s->lock);
	s->open--;
}

void store_disconnect_all(struct store *s)
{
	while (s->connections)
		s->driver->disconnect(s->connections);
}

static void thread_ends(void *arg)
{
	struct db *db = arg;
	db->driver->disconnect(db);
}

struct db *store_connection(struct store *s, const char **why)
{
	struct db *db = pthread_getspecific(s->key);
	if (db)
		return db;
	db = s->driver->connect(s, why);
	if (db && pthread_setspecific(s->key, db))
		abort();
	return db;
}

struct db *store_reader(struct store *s, const char **why)
{
	return store_connection(s, why);
}

void store_rest(struct store *s)
{
	struct db *db = pthread_getspecific(s->key);
	if (db && s->driver->rest)
		s->driver->rest(db);
}

static const struct db_driver *driver_of(const char *url)
{
	static const struct db_driver *const all[] = { &db_sqlite, &db_postgres };
	for (size_t i = 0; url && i < sizeof all / sizeof *all; i++)
		if (str_starts(url, all[i]->scheme))
			return all[i];
	return NULL;
}

static struct store *store_new(const struct store_conf *conf, const struct db_driver *driver)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s || pthread_mutex_init(&s->lock, NULL) || pthread_key_create(&s->key, thread_ends))
		abort();
	s->driver = driver;
	s->group_max = conf->group_max ? conf->group_max : GROUP_MAX;
	s->queue_max = conf->queue_max ? conf->queue_max : QUEUE_MAX;
	s->absent = conf->absent;
	s->timeout_ms = conf->timeout_ms ? conf->timeout_ms : TIMEOUT_MS;
	return s;
}

err_t store_open(struct arena *a, const struct store_conf *conf, struct store **out, const char **why)
{
	const struct db_driver *driver = driver_of(conf->url);
	if (!driver) {
		*why = "The database URL must begin with sqlite: or postgres://";
		return ERR_INVALID;
	}
	struct store *s = store_new(conf, driver);
	const char *text = "";
	err_t e = driver->open(s, conf->url, &text);
	if (e) {
		*why = arena_strdup(a, text);
		store_close(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	/* First the key: a thread that ends after this leaves its connection to the driver's close. */
	pthread_key_delete(s->key);
	s->driver->close(s);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool store_is_sqlite(const struct store *s)
{
	return s->driver->is_sqlite;
}

bool store_has_writer(const struct store *s)
{
	return s->driver->has_writer;
}

err_t store_ping(struct store *s)
{
	const char *why = "";
	struct db *db = store_connection(s, &why);
	return db ? db->driver->run(db, "SELECT 1", NULL, NULL, &why) : ERR_UNAVAILABLE;
}

err_t store_listen(struct store *s, const char *channel, int64_t ms, bool *heard)
{
	const char *why = "";
	*heard = false;
	if (!s->driver->listen)
		return ERR_NOT_FOUND;
	struct db *db = store_connection(s, &why);
	return db ? s->driver->listen(db, channel, ms, heard, &why) : ERR_UNAVAILABLE;
}

void store_stats(struct store *s, struct store_stats *out)
{
	*out = (struct store_stats){ .queue = s->queue,
		.groups = s->groups,
		.operations = s->operations,
		.busy = s->busy,
		.connections = s->open,
		.reconnects = s->reconnects,
		.retries = s->retries,
		.statements = s->statements };
}

void store_submit(struct store *s, struct tx *tx)
{
	tx->next = NULL;
	tx->outcome = ERR_OK;
	s->driver->submit(s, tx);
}

/* A transaction whose outcome a thread waits for: stands in for the caller's, which has no done(). */
struct waiting {
	struct tx tx;
	struct tx *inner;
	sem_t ended;
	err_t e;
};

static enum tx_verdict waiting_run(struct tx *tx, int attempt)
{
	struct waiting *w = (struct waiting *)(void *)tx;
	w->inner->db = tx->db;
	return w->inner->run(w->inner, attempt);
}

static void waiting_done(struct tx *tx, err_t e)
{
	struct waiting *w = (struct waiting *)(void *)tx;
	w->e = e;
	sem_post(&w->ended);
}

err_t store_transact(struct store *s, struct tx *tx)
{
	struct waiting w = { .tx = { .run = waiting_run, .done = waiting_done, .single = tx->single }, .inner = tx };
	if (sem_init(&w.ended, 0, 0))
		abort();
	store_submit(s, &w.tx);
	while (sem_wait(&w.ended)) /* a signal came: wait on */
		;
	sem_destroy(&w.ended);
	return w.e;
}
