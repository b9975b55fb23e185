/* Whether those who are connected still are who they were: asked again when something about them changed, and when their token
 * runs out. The same thread does what is due by the clock. */
#include "api/graph_live.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/time.h"
#include "net/ticker.h"

enum { BEAT_MS = 30000, LOOK_MS = 1000, STATS_MS = 5000, DOUBTS_MAX = 1024, CALL_MEMORY = 1 << 20 };

/* The connection is cut, not the namespace left: so clients come back by themselves, with the token they have then. */
static void rechecked(struct asked *a)
{
	const err_t e = a->call->result;
	const struct visitor *v = sio_user(a->socket);
	if ((e && err_info(e)->http < 500) || (!e && !may(&a->call->cx.who, v->space->need)))
		sio_disconnect(a->socket, true);
}

void watch_recheck(struct sio_socket *k)
{
	const struct visitor *v = sio_user(k);
	if (!v || !*v->user_id)
		return;
	struct asked *a = asked_new(k, sockets.check, v->token);
	a->then = rechecked;
	asked_run(a);
}

/* Those who are to be asked again: filled by whoever commits a change, emptied by the thread below. */
static struct {
	pthread_mutex_t lock;
	struct {
		char user_id[64];
		bool session; /* the id is that of a session */
	} list[DOUBTS_MAX];
	size_t n;
	bool all;
	struct ticker *ticker;
	int64_t beat_at, stats_at, scan_at; /* of its thread alone: monotonic */
} doubts = { .lock = PTHREAD_MUTEX_INITIALIZER };

void sockets_changed(const char *subject_type, const char *subject_id)
{
	bool session = strcmp(subject_type, "session") == 0;
	if (!session && strcmp(subject_type, "user") != 0)
		return;
	pthread_mutex_lock(&doubts.lock);
	doubts.all |= doubts.n == DOUBTS_MAX || strlen(subject_id) >= sizeof doubts.list->user_id;
	if (!doubts.all) {
		memcpy(doubts.list[doubts.n].user_id, subject_id, strlen(subject_id) + 1);
		doubts.list[doubts.n++].session = session;
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

static bool is_doubted(const struct visitor *v, const char *id, bool session)
{
	return !id || strcmp(session ? v->session_id : v->user_id, id) == 0;
}

/* Those of that session or person; id NULL: all. */
static void look_in(struct sio_nsp *n, const char *id, bool session)
{
	char room[SIO_ROOM_MAX];
	size_t count;
	socket_user_room(room, id ? id : "");
	struct sio_socket **all = sio_members(n, id && !session ? room : NULL, &count);
	for (size_t i = 0; i < count; i++) {
		const struct visitor *v = sio_user(all[i]);
		if (v && is_doubted(v, id, session))
			watch_recheck(all[i]);
	}
	sio_members_free(all, count);
}

static void look_at(const char *id, bool session)
{
	for (size_t i = 0; i < SPACES; i++)
		look_in(sockets.spaces[i], id, session);
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
		if (v->expires_at && v->expires_at <= now)
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
	static __typeof__(doubts.list) list; /* this thread's own */
	(void)arg;
	pthread_mutex_lock(&doubts.lock);
	size_t n = doubts.n;
	bool all = doubts.all;
	memcpy(list, doubts.list, n * sizeof *list);
	doubts.n = 0;
	doubts.all = false;
	pthread_mutex_unlock(&doubts.lock);
	if (all)
		look_at(NULL, false);
	for (size_t i = 0; i < n && !all; i++)
		look_at(list[i].user_id, list[i].session);
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
