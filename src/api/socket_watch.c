/* Whether those who are connected still are who they were: asked again when something about them changed, and when their token
 * runs out. The same thread does what is due by the clock. */
#include "api/graph_live.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/time.h"
#include "net/ticker.h"

#include <stdlib.h>

enum { BEAT_MS = 30000, LOOK_MS = 1000, STATS_MS = 5000, DOUBTS_MAX = 1024, CALL_MEMORY = 1 << 20 };

/* The connection is cut, not the namespace left: so clients come back by themselves, with the token they have then. */
static void rechecked(struct asked *a)
{
	const err_t e = a->call->result;
	const struct visitor *v = sio_user(a->socket);
	const struct actor *who = &a->call->cx.who;
	if (e && err_info(e)->http >= 500)
		return; /* that says nothing about him */
	/* With another role he may be in other rooms. */
	if (e || !may(who, v->space->need) || strcmp(who->role, v->role) != 0)
		sio_disconnect(a->socket, true);
}

void watch_recheck(struct sio_socket *k)
{
	const struct visitor *v = sio_user(k);
	if (!v || !*v->user_id)
		return;
	struct asked *a = asked_new(k, sockets.check);
	a->then = rechecked;
	asked_run(a);
}

/* Those who are to be asked again: filled by whoever commits a change, emptied by the thread below. */
static struct {
	pthread_mutex_t lock;
	struct doubt {
		char id[64];
		bool session; /* the id is that of a session, else of a person */
	} list[DOUBTS_MAX];
	size_t n;
	bool all;
	struct ticker *ticker;
	int64_t beat_at, stats_at, scan_at; /* of its thread alone: monotonic */
} doubts = { .lock = PTHREAD_MUTEX_INITIALIZER };

void sockets_changed(const struct emitted *e)
{
	const struct event *known = e->event ? e->event : event_find(e->type);
	const bool session = strcmp(e->subject_type, "session") == 0, role = strcmp(e->subject_type, "role") == 0;
	if ((known && known->harmless) || (!session && !role && strcmp(e->subject_type, "user") != 0))
		return;
	pthread_mutex_lock(&doubts.lock);
	doubts.all |= role || doubts.n == DOUBTS_MAX || strlen(e->subject_id) >= sizeof doubts.list->id;
	if (!doubts.all) {
		struct doubt *d = &doubts.list[doubts.n++];
		memcpy(d->id, e->subject_id, strlen(e->subject_id) + 1);
		d->session = session;
	}
	struct ticker *t = doubts.ticker;
	pthread_mutex_unlock(&doubts.lock);
	if (t)
		ticker_wake(t);
}

/* The thread is there from when they open until they close. */
bool sockets_are_open(void)
{
	pthread_mutex_lock(&doubts.lock);
	bool open = doubts.ticker;
	pthread_mutex_unlock(&doubts.lock);
	return open;
}

void sockets_wake(void)
{
	pthread_mutex_lock(&doubts.lock);
	struct ticker *t = doubts.ticker;
	if (t)
		ticker_wake(t);
	pthread_mutex_unlock(&doubts.lock);
}

void sockets_doubt(void)
{
	pthread_mutex_lock(&doubts.lock);
	doubts.all = true;
	pthread_mutex_unlock(&doubts.lock);
}

static int compare_doubts(const void *a, const void *b)
{
	return strcmp(((const struct doubt *)a)->id, ((const struct doubt *)b)->id);
}

static int compare_id(const void *id, const void *doubt)
{
	return strcmp(id, ((const struct doubt *)doubt)->id);
}

/* Those in that room (NULL: all) whose session is among these, which are sorted (NULL: whatever it is). */
static void look_in(struct sio_nsp *n, const char *room, const struct doubt *sessions, size_t n_sessions)
{
	size_t count;
	struct sio_socket **all = sio_members(n, room, &count);
	for (size_t i = 0; i < count; i++) {
		const struct visitor *v = sio_user(all[i]);
		if (v && (!sessions || bsearch(v->session_id, sessions, n_sessions, sizeof *sessions, compare_id)))
			watch_recheck(all[i]);
	}
	sio_members_free(all, count);
}

static void look_at_all(const struct doubt *sessions, size_t n)
{
	for (size_t i = 0; i < SPACES; i++)
		look_in(sockets.spaces[i], NULL, sessions, n);
}

/* A person's sockets are in his room; those of a session are looked for among all, once for all sessions. */
static void look_at(struct doubt *list, size_t n)
{
	char room[SIO_ROOM_MAX];
	size_t n_sessions = 0;
	for (size_t i = 0; i < n; i++) {
		if (list[i].session) {
			list[n_sessions++] = list[i];
			continue;
		}
		socket_user_room(room, list[i].id);
		for (size_t k = 0; k < SPACES; k++)
			look_in(sockets.spaces[k], room, NULL, 0);
	}
	qsort(list, n_sessions, sizeof *list, compare_doubts);
	if (n_sessions)
		look_at_all(list, n_sessions);
}

/* Whose time is over: of his token, of his typing. */
static void scan(struct sio_nsp *n)
{
	size_t count;
	const int64_t now = time_now(), monotonic = time_monotonic();
	struct sio_socket **all = sio_members(n, NULL, &count);
	for (size_t i = 0; i < count; i++) {
		const struct visitor *v = sio_user(all[i]);
		if (!v)
			continue;
		typing_expire(all[i], monotonic);
		if (*v->user_id && v->known.until <= now)
			watch_recheck(all[i]);
	}
	sio_members_free(all, count);
}

static bool due(int64_t *at, int64_t period)
{
	const int64_t now = time_monotonic();
	const bool is = now >= *at;
	if (is)
		*at = now + period;
	return is;
}

static void beat(int64_t now)
{
	if (!due(&doubts.beat_at, BEAT_MS))
		return;
	socket_tell_all("heartbeat", &told_beat_type, &(struct told_beat){ now, now });
}

static void tell_stats(struct call *c)
{
	struct buf b = { .mem = c->cx.mem };
	json_write_camel(&b, c->op->call->out, c->out, JSON_ANSWER);
	const struct sio_event e = { .name = "stats", .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	if (!c->result)
		sio_broadcast(sockets.spaces[SPACE_ADMIN], &(struct sio_to){ .now_or_never = true }, &e);
	arena_free(c->cx.mem);
}

/* How much is going on, for those in /admin. */
static void stats(void)
{
	if (!due(&doubts.stats_at, STATS_MS) || !sio_count(sockets.spaces[SPACE_ADMIN], NULL))
		return;
	struct call *c = call_new(arena_new(CALL_MEMORY), op_find("realtime_stats", NULL));
	c->creds.local = true;
	c->answer = tell_stats;
	if (call_start(c))
		tell_stats(c);
}

static int64_t tick(void *arg)
{
	static struct doubt list[DOUBTS_MAX]; /* this thread's own */
	(void)arg;
	pthread_mutex_lock(&doubts.lock);
	size_t n = doubts.n;
	bool all = doubts.all;
	memcpy(list, doubts.list, n * sizeof *list);
	doubts.n = 0;
	doubts.all = false;
	pthread_mutex_unlock(&doubts.lock);
	if (all)
		look_at_all(NULL, 0);
	else
		look_at(list, n);
	if (due(&doubts.scan_at, LOOK_MS)) /* it may have been woken for less */
		for (size_t i = 0; i < SPACES; i++)
			scan(sockets.spaces[i]);
	beat(time_now());
	stats();
	presence_tick();
	graph_live_tick(time_monotonic());
	return LOOK_MS;
}

void watch_start(void)
{
	doubts.beat_at = time_monotonic() + BEAT_MS;
	pthread_mutex_lock(&doubts.lock);
	doubts.ticker = ticker_start("sockets", tick, NULL);
	pthread_mutex_unlock(&doubts.lock);
}

void watch_stop(void)
{
	pthread_mutex_lock(&doubts.lock);
	struct ticker *t = doubts.ticker;
	doubts.ticker = NULL;
	pthread_mutex_unlock(&doubts.lock);
	ticker_stop(t);
}
