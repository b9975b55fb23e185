#include "bus/redis_hub.h"
#include "base/breaker.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "net/ticker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 256, /* commands in one exchange */
	LINES_MAX = 16, /* connections for those who wait */
	WATCHES_MAX = 8,
	IDLE_MS = 1000, /* between two questions whether it is still there */
	CONNECT_MS = 1000,
	PATIENCE = 5, /* how much longer than those who ask the thread waits */
	PATIENCE_LEAST_MS = 100,
};

struct item {
	struct item *next;
	hub_done *done;
	void *arg;
	size_t n;
	struct redis_part parts[]; /* then their bytes */
};

struct hub {
	struct hub_conf conf;
	struct ticker *ticker;
	struct breaker *breaker;
	struct redis *line; /* the thread's own */
	pthread_mutex_t lock; /* of what follows, up to `free_n` */
	bool up;
	struct item *first, **last;
	int64_t waiting;
	uint64_t generation; /* of connections: those of an older one are closed */
	struct redis *free[LINES_MAX];
	size_t free_n, lines_n; /* lines_n: those in use too */
	_Atomic bool open, wanted; /* it may be asked; somebody found no connection */
	struct hub_watch watches[WATCHES_MAX];
	size_t watches_n;
	int64_t asked_at; /* monotonic: when the thread last heard of it */
	bool told; /* an error that it answered stands in the log */
	_Atomic int64_t posted, dropped, failed, asked, unanswered, connects;
};

/* This thread is a hub's own: what it posts, it sends itself. */
static _Thread_local bool is_own;

/* --- the queue ---------------------------------------------------------------------------------------------------- */

static struct item *item_new(const struct redis_part *parts, size_t n, hub_done *done, void *arg)
{
	size_t bytes = 0;
	for (size_t i = 0; i < n; i++)
		bytes += parts[i].n;
	struct item *it = malloc(sizeof *it + n * sizeof parts[0] + bytes);
	if (!it)
		abort();
	char *at = (char *)&it->parts[n];
	*it = (struct item){ .done = done, .arg = arg, .n = n };
	for (size_t i = 0; i < n; i++) {
		it->parts[i] = (struct redis_part){ at, parts[i].n };
		if (parts[i].n)
			memcpy(at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	return it;
}

bool hub_post(struct hub *h, const struct redis_part *parts, size_t n, hub_done *done, void *arg)
{
	struct item *it = item_new(parts, n, done, arg);
	pthread_mutex_lock(&h->lock);
	bool good = h->up && h->waiting < h->conf.queue_max, first = !h->first;
	if (good) {
		*h->last = it;
		h->last = &it->next;
		h->waiting++;
	}
	pthread_mutex_unlock(&h->lock);
	if (!good) {
		free(it);
		h->dropped++;
	} else if (first && !is_own)
		ticker_wake(h->ticker);
	return good;
}

/* Takes up to `most` from the queue, as a list. */
static struct item *take(struct hub *h, size_t most, size_t *n)
{
	pthread_mutex_lock(&h->lock);
	struct item *list = h->first, **end = &h->first;
	for (*n = 0; *end && *n < most; (*n)++)
		end = &(*end)->next;
	h->first = *end;
	*end = NULL;
	if (!h->first)
		h->last = &h->first;
	h->waiting -= (int64_t)*n;
	pthread_mutex_unlock(&h->lock);
	return *n ? list : NULL;
}

static void finish(struct hub *h, struct item *list, struct reply *const *replies)
{
	for (struct item *it = list, *next; it; it = next) {
		const struct reply *r = replies ? *replies++ : NULL;
		next = it->next;
		if (!r || r->kind == REPLY_ERROR)
			h->failed++;
		if (r && r->kind == REPLY_ERROR && !h->told) {
			h->told = true; /* once a connection: a line for each would hide what else happens */
			log_warn("redis refuses a command", LT("answer", r->s));
		}
		if (it->done)
			it->done(it->arg, r);
		free(it);
	}
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static void tell_watches(struct hub *h, bool up)
{
	for (size_t i = 0; i < h->watches_n; i++)
		if (h->watches[i].changed)
			h->watches[i].changed(h->watches[i].arg, up);
}

static void close_lines(struct hub *h)
{
	pthread_mutex_lock(&h->lock);
	h->generation++;
	for (size_t i = 0; i < h->free_n; i++)
		redis_close(h->free[i]);
	h->lines_n -= h->free_n;
	h->free_n = 0;
	pthread_mutex_unlock(&h->lock);
}

/* Gives the connection up, and all that waits: whoever posted it is told, and those who post from now on are refused. */
static void give_up(struct hub *h, struct item *on_its_way)
{
	size_t n;
	h->open = false;
	pthread_mutex_lock(&h->lock);
	h->up = false;
	pthread_mutex_unlock(&h->lock);
	redis_close(h->line);
	h->line = NULL;
	close_lines(h);
	finish(h, on_its_way, NULL);
	finish(h, take(h, SIZE_MAX, &n), NULL);
	tell_watches(h, false);
}

static int64_t patience(const struct hub *h)
{
	int64_t ms = PATIENCE * h->conf.timeout_ms;
	return ms > PATIENCE_LEAST_MS ? ms : PATIENCE_LEAST_MS;
}

static struct redis *dial(const struct hub *h, const char **why)
{
	return redis_open(&(struct redis_target){ h->conf.url, h->conf.ca_file, CONNECT_MS }, why);
}

/* The queue takes commands before the watches are told: what they post comes behind nothing that was lost. */
static bool connect_it(struct hub *h)
{
	const char *why = "";
	if (!breaker_ask(h->breaker, time_monotonic()))
		return false;
	h->line = dial(h, &why);
	if (!h->line) {
		breaker_failed(h->breaker, time_monotonic(), why);
		return false;
	}
	breaker_well(h->breaker);
	h->connects++;
	h->told = false;
	h->asked_at = time_monotonic();
	pthread_mutex_lock(&h->lock);
	h->up = true;
	pthread_mutex_unlock(&h->lock);
	tell_watches(h, true);
	h->wanted = true; /* there will be readers */
	return true;
}

static bool exchange(struct hub *h, struct item *list, size_t n)
{
	struct arena *a = arena_new(0);
	struct reply **replies = arena_array_of(a, struct reply *, n);
	const char *why = "";
	for (struct item *it = list; it; it = it->next)
		redis_add(h->line, it->parts, it->n);
	bool good = redis_finish(h->line, a, replies, n, patience(h), &why);
	if (good) {
		breaker_well(h->breaker);
		h->posted += (int64_t)n;
		h->asked_at = time_monotonic();
		finish(h, list, replies);
	} else {
		breaker_failed(h->breaker, time_monotonic(), why);
		log_info("connection to redis lost", LT("why", why));
		give_up(h, list);
	}
	arena_free(a);
	return good;
}

static bool send_queue(struct hub *h)
{
	for (;;) {
		size_t n;
		struct item *list = take(h, BATCH, &n);
		if (!list)
			return true;
		if (!exchange(h, list, n))
			return false;
	}
}

/* One more connection, when somebody found none. */
static void add_line(struct hub *h)
{
	const char *why;
	pthread_mutex_lock(&h->lock);
	bool full = h->lines_n == LINES_MAX;
	pthread_mutex_unlock(&h->lock);
	if (!atomic_exchange(&h->wanted, false) || full)
		return;
	struct redis *r = dial(h, &why);
	if (!r)
		return; /* the thread's own will find out */
	pthread_mutex_lock(&h->lock);
	h->free[h->free_n++] = r;
	h->lines_n++;
	pthread_mutex_unlock(&h->lock);
}

static int64_t beat_all(struct hub *h)
{
	int64_t wait = IDLE_MS;
	for (size_t i = 0; i < h->watches_n; i++) {
		const struct hub_watch *w = &h->watches[i];
		int64_t ms = w->beat ? w->beat(w->arg) : IDLE_MS;
		wait = ms < wait ? ms : wait;
	}
	return wait;
}

static bool breaker_is_closed(const struct hub *h)
{
	struct breaker_stats s;
	breaker_stats(h->breaker, time_monotonic(), &s);
	return s.state == BREAKER_CLOSED;
}

static int64_t tick(void *arg)
{
	struct hub *h = arg;
	is_own = true;
	if (h->line && !breaker_is_closed(h)) /* those who asked found it silent */
		give_up(h, NULL);
	if (!h->line && !connect_it(h))
		return PATIENCE_LEAST_MS;
	add_line(h);
	int64_t wait = beat_all(h);
	if (!h->open || time_monotonic() - h->asked_at >= IDLE_MS)
		(void)hub_post(h, &(struct redis_part){ "PING", 4 }, 1, NULL, NULL);
	if (!send_queue(h))
		return PATIENCE_LEAST_MS;
	h->open = true; /* it has just answered */
	return wait;
}

/* --- those who wait ----------------------------------------------------------------------------------------------- */

static struct redis *borrow(struct hub *h, uint64_t *generation)
{
	struct redis *r = NULL;
	pthread_mutex_lock(&h->lock);
	if (h->free_n)
		r = h->free[--h->free_n];
	*generation = h->generation;
	pthread_mutex_unlock(&h->lock);
	return r;
}

static void give_back(struct hub *h, struct redis *r, uint64_t generation, bool good)
{
	pthread_mutex_lock(&h->lock);
	good = good && generation == h->generation;
	if (good)
		h->free[h->free_n++] = r;
	else
		h->lines_n--;
	pthread_mutex_unlock(&h->lock);
	if (!good)
		redis_close(r);
}

static void no_answer(struct hub *h, const char *why)
{
	h->unanswered++;
	breaker_failed(h->breaker, time_monotonic(), why);
	if (breaker_is_closed(h))
		return;
	h->open = false;
	ticker_wake(h->ticker);
}

bool hub_ready(const struct hub *h)
{
	return h->open;
}

bool hub_ask(struct hub *h, struct arena *a, const struct redis_part *parts, size_t n, struct reply **out)
{
	uint64_t generation;
	const char *why = "";
	if (!h->open)
		return false;
	struct redis *r = borrow(h, &generation);
	if (!r) {
		if (!atomic_exchange(&h->wanted, true))
			ticker_wake(h->ticker);
		return false;
	}
	redis_add(r, parts, n);
	bool good = redis_finish(r, a, out, 1, h->conf.timeout_ms, &why);
	give_back(h, r, generation, good);
	h->asked++;
	if (good)
		breaker_well(h->breaker);
	else
		no_answer(h, why);
	return good && (*out)->kind != REPLY_ERROR;
}

/* --- start, stop -------------------------------------------------------------------------------------------------- */

void hub_watch(struct hub *h, const struct hub_watch *w)
{
	if (h->watches_n == WATCHES_MAX)
		abort();
	h->watches[h->watches_n] = *w;
	h->watches_n++;
}

void hub_wake(struct hub *h)
{
	ticker_wake(h->ticker);
}

struct hub *hub_new(const struct hub_conf *conf)
{
	struct hub *h = calloc(1, sizeof *h);
	if (!h || pthread_mutex_init(&h->lock, NULL))
		abort();
	h->conf = *conf;
	h->conf.url = str_copy(conf->url ? conf->url : "");
	h->conf.ca_file = str_copy(conf->ca_file ? conf->ca_file : "");
	h->last = &h->first;
	h->wanted = true;
	h->breaker = conf->breaker;
	return h;
}

void hub_start(struct hub *h)
{
	h->ticker = ticker_start("redis", tick, h);
}

void hub_stop(struct hub *h)
{
	if (!h)
		return;
	ticker_stop(h->ticker);
	if (h->line && send_queue(h))
		give_up(h, NULL);
	close_lines(h);
	breaker_free(h->breaker);
	pthread_mutex_destroy(&h->lock);
	str_forget((char *)(uintptr_t)h->conf.url);
	free((char *)(uintptr_t)h->conf.ca_file);
	free(h);
}

void hub_stats(struct hub *h, struct hub_stats *out)
{
	*out = (struct hub_stats){ .up = h->open,
		.posted = h->posted,
		.dropped = h->dropped,
		.failed = h->failed,
		.asked = h->asked,
		.unanswered = h->unanswered,
		.connects = h->connects };
}
