#include "base/str.h"
#include "base/time.h"
#include "realtime/eio_part.h"

#include <assert.h>
#include <stdlib.h>

enum { BUCKETS_FIRST = 256, LONGEST_SLEEP = 1000 };

/* --- by sid ------------------------------------------------------------------------------------------------------- */

static struct eio_session **bucket(const struct eio *e, const char *sid)
{
	return &e->buckets[str_hash(sid, strlen(sid)) & (e->n_buckets - 1)];
}

static void grow(struct eio *e)
{
	struct eio_session **old = e->buckets;
	size_t n = e->n_buckets;
	e->n_buckets = n ? 2 * n : BUCKETS_FIRST;
	e->buckets = calloc(e->n_buckets, sizeof *e->buckets);
	if (!e->buckets)
		abort();
	for (size_t i = 0; i < n; i++)
		for (struct eio_session *s = old[i], *next; s; s = next) {
			struct eio_session **at = bucket(e, s->sid);
			next = s->same_hash;
			s->same_hash = *at;
			*at = s;
		}
	free(old);
}

struct eio_session *eio_table_add(struct eio *e)
{
	struct eio_session *s = NULL;
	pthread_mutex_lock(&e->lock);
	if (!e->stopping && (!e->conf.sessions_max || e->n_sessions < e->conf.sessions_max)) {
		s = eio_session_new(e);
		if (e->n_sessions >= e->n_buckets)
			grow(e);
		struct eio_session **at = bucket(e, s->sid);
		s->same_hash = *at;
		*at = s;
		e->n_sessions++;
		eio_hold(s);
	}
	pthread_mutex_unlock(&e->lock);
	if (s)
		atomic_fetch_add(&e->opened, 1);
	return s;
}

/* Its pong is overdue, and the timer's thread has not come to it yet. */
static bool is_late(const struct eio *e, const struct eio_session *s)
{
	const struct due_link *ping = &s->due[DUE_PING], *pong = &s->due[DUE_PONG];
	int64_t now = time_monotonic();
	return (pong->at && pong->at <= now) || (ping->at && ping->at + e->conf.pong_ms <= now);
}

struct eio_session *eio_table_find(struct eio *e, const char *sid)
{
	pthread_mutex_lock(&e->lock);
	struct eio_session *s = e->n_buckets ? *bucket(e, sid) : NULL;
	while (s && strcmp(s->sid, sid) != 0)
		s = s->same_hash;
	if (s && is_late(e, s))
		s = NULL;
	if (s)
		eio_hold(s);
	pthread_mutex_unlock(&e->lock);
	return s;
}

/* --- by moment ---------------------------------------------------------------------------------------------------- */

static void unlink_due(struct eio *e, struct eio_session *s, enum due which)
{
	struct due_link *l = &s->due[which];
	if (!l->at)
		return;
	if (l->before)
		l->before->due[which].next = l->next;
	else
		e->dues[which].first = l->next;
	if (l->next)
		l->next->due[which].before = l->before;
	else
		e->dues[which].last = l->before;
	*l = (struct due_link){ 0 };
}

static void link_due(struct eio *e, struct eio_session *s, enum due which, int64_t at)
{
	unlink_due(e, s, which);
	struct eio_session *last = e->dues[which].last;
	s->due[which] = (struct due_link){ .before = last, .at = at };
	if (last)
		last->due[which].next = s;
	else
		e->dues[which].first = s;
	e->dues[which].last = s;
}

static bool is_in_table(const struct eio *e, const struct eio_session *s)
{
	const struct eio_session *at = *bucket(e, s->sid);
	while (at && at != s)
		at = at->same_hash;
	return at;
}

void eio_due(struct eio_session *s, enum due which, int64_t at)
{
	struct eio *e = s->eio;
	pthread_mutex_lock(&e->lock);
	bool wake = !e->dues[which].first;
	if (is_in_table(e, s))
		link_due(e, s, which, at);
	pthread_mutex_unlock(&e->lock);
	if (wake)
		ticker_wake(e->ticker);
}

void eio_not_due(struct eio_session *s, enum due which)
{
	pthread_mutex_lock(&s->eio->lock);
	unlink_due(s->eio, s, which);
	pthread_mutex_unlock(&s->eio->lock);
}

void eio_table_end(struct eio_session *s)
{
	struct eio *e = s->eio;
	pthread_mutex_lock(&e->lock);
	struct eio_session **at = bucket(e, s->sid);
	while (*at != s)
		at = &(*at)->same_hash;
	*at = s->same_hash;
	e->n_sessions--;
	for (int i = 0; i < DUE_KINDS; i++)
		unlink_due(e, s, (enum due)i);
	s->reaped_next = e->reaped; /* the table's hold goes along */
	e->reaped = s;
	pthread_mutex_unlock(&e->lock);
	atomic_fetch_add(&e->closed, 1);
	ticker_wake(e->ticker);
}

/* The first of a list whose moment has come, held and out of the list; NULL when there is none. */
static struct eio_session *next_due(struct eio *e, enum due which, int64_t now, int64_t *at)
{
	pthread_mutex_lock(&e->lock);
	struct eio_session *s = e->dues[which].first;
	if (s && s->due[which].at > now)
		s = NULL;
	if (s) {
		*at = s->due[which].at;
		unlink_due(e, s, which);
		eio_hold(s);
	}
	pthread_mutex_unlock(&e->lock);
	return s;
}

static void reap(struct eio *e)
{
	pthread_mutex_lock(&e->lock);
	struct eio_session *s = e->reaped, *next;
	e->reaped = NULL;
	pthread_mutex_unlock(&e->lock);
	for (; s; s = next) {
		next = s->reaped_next;
		pthread_mutex_lock(&s->in);
		if (e->conf.on_close)
			e->conf.on_close(e->conf.arg, s, s->why);
		pthread_mutex_unlock(&s->in);
		eio_let_go(s);
	}
}

static int64_t sleep_of(struct eio *e, int64_t now)
{
	int64_t ms = LONGEST_SLEEP;
	pthread_mutex_lock(&e->lock);
	for (int i = 0; i < DUE_KINDS; i++) {
		const struct eio_session *s = e->dues[i].first;
		if (s && s->due[i].at - now < ms)
			ms = s->due[i].at - now;
	}
	if (e->reaped)
		ms = 0;
	pthread_mutex_unlock(&e->lock);
	return ms < 0 ? 0 : ms;
}

static void give_up_probe(struct eio_session *s)
{
	pthread_mutex_lock(&s->lock);
	if (s->probing)
		http_socket_close(s->eio->server, s->socket_id, WS_POLICY, "The upgrade took too long.");
	pthread_mutex_unlock(&s->lock);
}

int64_t eio_tick(void *eio)
{
	struct eio *e = eio;
	int64_t now = time_monotonic(), at;
	struct eio_session *s;
	while ((s = next_due(e, DUE_PING, now, &at))) {
		/* Counted from when it was due, however late this thread is. */
		eio_due(s, DUE_PONG, at + e->conf.pong_ms);
		eio_ping(s);
		eio_let_go(s);
	}
	while ((s = next_due(e, DUE_PONG, now, &at))) {
		eio_close(s, "ping timeout");
		eio_let_go(s);
	}
	while ((s = next_due(e, DUE_FIRST, now, &at))) {
		eio_close(s, "connect timeout");
		eio_let_go(s);
	}
	while ((s = next_due(e, DUE_UPGRADE, now, &at))) {
		give_up_probe(s);
		eio_let_go(s);
	}
	while ((s = next_due(e, DUE_NOOP, now, &at))) {
		eio_release_poll(s);
		eio_let_go(s);
	}
	reap(e);
	return sleep_of(e, time_monotonic());
}

/* --- the engine --------------------------------------------------------------------------------------------------- */

struct eio *eio_new(const struct eio_conf *conf)
{
	struct eio *e = calloc(1, sizeof *e);
	if (!e)
		abort();
	e->conf = *conf;
	pthread_mutex_init(&e->lock, NULL);
	grow(e);
	e->ticker = ticker_start("realtime", eio_tick, e);
	return e;
}

void eio_serve(struct eio *e, struct http_server *server)
{
	atomic_store(&e->server, server);
}

static struct eio_session *any(struct eio *e)
{
	struct eio_session *s = NULL;
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	for (size_t i = 0; i < e->n_buckets && !s; i++)
		s = e->buckets[i];
	if (s)
		eio_hold(s);
	pthread_mutex_unlock(&e->lock);
	return s;
}

void eio_stop(struct eio *e)
{
	struct eio_session *s;
	while ((s = any(e))) {
		eio_close(s, "server shutting down");
		eio_let_go(s);
	}
}

void eio_free(struct eio *e)
{
	if (!e)
		return;
	ticker_stop(e->ticker);
	assert(!e->n_sessions);
	reap(e);
	free(e->buckets);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

void eio_stats(struct eio *e, struct eio_stats *out)
{
	*out = (struct eio_stats){ .opened = atomic_load(&e->opened), .closed = atomic_load(&e->closed) };
	pthread_mutex_lock(&e->lock);
	out->sessions = (int64_t)e->n_sessions;
	pthread_mutex_unlock(&e->lock);
}
