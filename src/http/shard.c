#include "base/arena.h"
#include "base/time.h"
#include "http/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LINGER_MS = 2000,
	QUIET_MS = 30000, /* a WebSocket that says nothing is pinged, and cut when it stays silent as long again */
	ACCEPT_BATCH = 64, /* then others have their turn */
};

/* --- the table of connections -------------------------------------------------------------------------------------- */

/* An id is shard (8 bits), slot (24), generation (32): a slot that is used again has another generation, so an answer
 * that comes late finds that its connection is gone, and never another's. */
uint64_t shard_add(struct shard *s, struct http_conn *c)
{
	if (s->free_n == 0) {
		uint32_t cap = s->slots_cap ? s->slots_cap * 2 : 64;
		s->slots = reallocarray(s->slots, cap, sizeof(struct http_conn *));
		s->generations = reallocarray(s->generations, cap, sizeof *s->generations);
		s->free_slots = reallocarray(s->free_slots, cap, sizeof *s->free_slots);
		if (!s->slots || !s->generations || !s->free_slots)
			abort();
		for (uint32_t i = cap; i > s->slots_cap; i--) {
			s->slots[i - 1] = NULL;
			s->generations[i - 1] = 1;
			s->free_slots[s->free_n++] = i - 1;
		}
		s->slots_cap = cap;
	}
	uint32_t slot = s->free_slots[--s->free_n];
	s->slots[slot] = c;
	s->open++;
	return (uint64_t)s->index << 56 | (uint64_t)slot << 32 | s->generations[slot];
}

void shard_remove(struct shard *s, struct http_conn *c)
{
	uint32_t slot = (uint32_t)(c->id >> 32) & 0xffffff;
	s->slots[slot] = NULL;
	s->generations[slot]++;
	s->free_slots[s->free_n++] = slot;
}

struct http_conn *shard_find(struct shard *s, uint64_t id)
{
	uint32_t slot = (uint32_t)(id >> 32) & 0xffffff;
	return slot < s->slots_cap && s->generations[slot] == (uint32_t)id ? s->slots[slot] : NULL;
}

/* --- accepting ---------------------------------------------------------------------------------------------------- */

struct handed {
	struct post post;
	struct shard *shard;
	int fd;
	enum conn_kind kind;
	struct sockaddr_storage peer;
};

static void give_back(struct http_server *server, enum conn_kind kind, const struct sockaddr *peer)
{
	struct ip ip;
	if (kind == CONN_TCP && ip_from_sockaddr(peer, &ip)) {
		struct ip block = ip_block(&ip);
		cap_give(server->cap, block.b);
	}
	atomic_fetch_sub(&server->open, 1);
}

static void on_handed(struct post *post)
{
	struct handed *h = (struct handed *)(void *)post;
	if (h->shard->stopping) { /* its loop may be over already */
		give_back(h->shard->server, h->kind, (struct sockaddr *)&h->peer);
		close(h->fd);
	} else {
		conn_open(h->shard, h->fd, h->kind, (struct sockaddr *)&h->peer);
	}
	free(h);
}

static void hand_round(struct listener *l, int fd, const struct sockaddr_storage *peer)
{
	struct http_server *server = l->server;
	struct shard *to = &server->shards[server->next_shard++ % (unsigned)server->shards_n];
	struct handed *h = calloc(1, sizeof *h);
	if (!h)
		abort();
	*h = (struct handed){ .post.run = on_handed, .shard = to, .fd = fd, .kind = l->kind, .peer = *peer };
	loop_post(&to->loop, &h->post);
}

static bool admit(struct listener *l, const struct sockaddr_storage *peer)
{
	struct http_server *server = l->server;
	if (atomic_fetch_add(&server->open, 1) >= server->conf.connections_max && l->kind != CONN_CONTROL) {
		atomic_fetch_sub(&server->open, 1);
		return false;
	}
	struct ip ip, block;
	if (l->kind != CONN_TCP || !ip_from_sockaddr((const struct sockaddr *)peer, &ip))
		return true;
	block = ip_block(&ip);
	if (cap_take(server->cap, block.b))
		return true;
	atomic_fetch_sub(&server->open, 1);
	return false;
}

/* False when there is nothing more to accept for now. */
static bool accept_one(struct listener *l)
{
	struct shard *s = l->shard;
	struct sockaddr_storage peer = { 0 };
	socklen_t n = sizeof peer;
	int fd = accept4(l->fd, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
		l->paused = true; /* else the loop would spin; the next beat tries again */
		uv_poll_stop(&l->poll);
		return false;
	}
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	if (!admit(l, &peer)) {
		count_add(&s->count.refused, 1);
		close(fd);
		return true;
	}
	count_add(&s->count.accepted, 1);
	if (l->round)
		hand_round(l, fd, &peer);
	else
		conn_open(s, fd, l->kind, (struct sockaddr *)&peer);
	return true;
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
	(void)events;
	for (int i = 0; status == 0 && i < ACCEPT_BATCH; i++)
		if (!accept_one(poll->data))
			return;
}

void shard_listen(struct shard *s, int fd, enum conn_kind kind, bool round)
{
	struct listener *l = &s->listeners[s->listeners_n++];
	*l = (struct listener){ .shard = s, .server = s->server, .fd = fd, .kind = kind, .round = round };
	if (uv_poll_init(&s->loop.uv, &l->poll, fd))
		abort();
	l->poll.data = l;
	s->listeners_open++;
	uv_poll_start(&l->poll, UV_READABLE, on_acceptable);
}

/* --- answers and their time ----------------------------------------------------------------------------------------- */

static void send_answer(struct shard *s, struct exchange *e)
{
	struct http_conn *c = shard_find(s, e->req.conn_id);
	if (c) {
		e->state = EXCHANGE_READY;
		conn_turn(c);
		return;
	}
	const struct http_handler *h = &s->server->conf.handler;
	if (h->on_done)
		h->on_done(h->arg, &e->req, 0, false);
	exchange_free(e);
}

static void on_held_timer(uv_timer_t *timer);

static void held_arm(struct shard *s)
{
	if (!s->held)
		return;
	int64_t in = s->held->res.not_before - time_monotonic();
	uv_timer_start(&s->held_timer, on_held_timer, in > 0 ? (uint64_t)in : 0, 0);
}

static void on_held_timer(uv_timer_t *timer)
{
	struct shard *s = timer->data;
	int64_t now = time_monotonic();
	while (s->held && s->held->res.not_before <= now) {
		struct exchange *e = s->held;
		s->held = e->later;
		s->running--;
		send_answer(s, e);
	}
	held_arm(s);
	shard_check_end(s);
}

static void hold(struct shard *s, struct exchange *e)
{
	struct exchange **at = &s->held;
	while (*at && (*at)->res.not_before <= e->res.not_before)
		at = &(*at)->later;
	e->later = *at;
	*at = e;
	e->state = EXCHANGE_HELD;
	s->running++;
	if (s->held == e)
		held_arm(s);
}

void shard_answered(struct shard *s, struct exchange *e)
{
	if (e->res.not_before && e->res.not_before > time_monotonic())
		hold(s, e);
	else
		e->state = EXCHANGE_READY; /* whoever called lets the connection take its turn */
}

static void on_finished(struct post *post)
{
	struct exchange *e = (struct exchange *)(void *)((char *)post - offsetof(struct exchange, post));
	struct shard *s = e->shard;
	s->running--;
	shard_answered(s, e);
	if (e->state == EXCHANGE_READY)
		send_answer(s, e);
	shard_check_end(s);
}

void http_finish(struct http_req *r)
{
	struct exchange *e = (struct exchange *)(void *)r;
	answer_prepare(e); /* compression is work for this thread, not for the loop */
	e->post.run = on_finished;
	loop_post(&e->shard->loop, &e->post);
}

const char *shard_date(struct shard *s)
{
	if (loop_now(&s->loop) >= s->date_until) {
		char text[TIME_TEXT];
		int64_t now = time_now();
		time_format_http(text, now);
		snprintf(s->date, sizeof s->date, "Date: %s\r\n", text);
		s->date_until = loop_now(&s->loop) + 1000 - now % 1000;
	}
	return s->date;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

/* A thread that has had no request for a second gives back the memory that it keeps for the next. */
static void rest_when_quiet(struct shard *s)
{
	enum { BEATS = 5 };
	const int64_t requests = s->count.requests;
	s->quiet_beats = requests == s->requests_then ? s->quiet_beats + 1 : 0;
	s->requests_then = requests;
	if (s->quiet_beats == BEATS)
		arena_rest();
}

static void on_beat(void *arg)
{
	struct shard *s = arg;
	conn_overdue(s);
	rest_when_quiet(s);
	for (int i = 0; i < s->listeners_n && !s->stopping; i++)
		if (s->listeners[i].paused) {
			s->listeners[i].paused = false;
			uv_poll_start(&s->listeners[i].poll, UV_READABLE, on_acceptable);
		}
	if (s->server->conf.tick)
		s->server->conf.tick(s->server->conf.tick_arg);
}

/* A connection that was closed in this round is still there: libuv tells of closed handles only after this. */
static void on_round_end(uv_check_t *check)
{
	struct shard *s = check->data;
	many_go(s, true);
	while (s->turns) {
		struct http_conn *c = s->turns;
		s->turns = c->turn_next;
		c->turn_due = false;
		if (c->state != CONN_CLOSED)
			conn_turn(c);
	}
}

void shard_init(struct shard *s, struct http_server *server, unsigned index)
{
	const struct http_server_conf *conf = &server->conf;
	*s = (struct shard){ .server = server, .index = index };
	loop_init(&s->loop, on_beat, s);
	deadlines_init(&s->head, conf->head_ms);
	deadlines_init(&s->body, conf->body_ms);
	deadlines_init(&s->idle, conf->idle_ms);
	deadlines_init(&s->write, conf->write_ms);
	deadlines_init(&s->linger, LINGER_MS);
	deadlines_init(&s->quiet, QUIET_MS);
	uv_check_init(&s->loop.uv, &s->round_end);
	uv_check_start(&s->round_end, on_round_end);
	s->round_end.data = s;
	uv_timer_init(&s->loop.uv, &s->held_timer);
	uv_timer_init(&s->loop.uv, &s->stop_timer);
	s->held_timer.data = s->stop_timer.data = s;
	s->read_buf = malloc(READ_SIZE);
	s->listeners = calloc((size_t)server->addresses_n, sizeof *s->listeners);
	if (!s->read_buf || !s->listeners)
		abort();
}

void shard_fini(struct shard *s)
{
	free(s->read_buf);
	free(s->listeners);
	free(s->slots);
	free(s->generations);
	free(s->free_slots);
	buf_free(&s->scratch);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	l->shard->listeners_open--;
	shard_check_end(l->shard);
}

/* A socket of a SO_REUSEPORT group has a queue of its own: what the kernel has put there already would be reset. */
static void stop_listening(struct shard *s)
{
	for (int i = 0; i < s->listeners_n; i++) {
		struct listener *l = &s->listeners[i];
		while (accept_one(l))
			;
		uv_close((uv_handle_t *)&l->poll, on_listener_closed);
		close(l->fd);
	}
	s->listeners_n = 0;
}

static void on_stop_timer(uv_timer_t *timer)
{
	struct shard *s = timer->data;
	for (uint32_t i = 0; i < s->slots_cap; i++)
		if (s->slots[i])
			conn_close(s->slots[i]);
}

static struct shard *shard_of_stop(struct post *post)
{
	return (struct shard *)(void *)((char *)post - offsetof(struct shard, stop));
}

static void send_clients_away(struct post *post)
{
	struct shard *s = shard_of_stop(post);
	s->stopping = true;
	uv_timer_start(&s->stop_timer, on_stop_timer, (uint64_t)s->server->conf.stop_ms, 0);
	for (uint32_t i = 0; i < s->slots_cap; i++) {
		struct http_conn *c = s->slots[i];
		if (!c)
			continue;
		if (c->state == CONN_SOCKET)
			socket_stop(c);
		else
			conn_turn(c); /* those that rest are closed */
	}
	shard_check_end(s);
}

/* Who is sent away connects again: by then nobody may listen any more, or the connection would be cut in its turn. So
 * the shard that ends listening last has all of them go on. */
void shard_stop(struct post *post)
{
	struct shard *s = shard_of_stop(post);
	struct http_server *server = s->server;
	stop_listening(s);
	if (atomic_fetch_sub(&server->listening, 1) > 1)
		return;
	for (int i = 0; i < server->started; i++) {
		server->shards[i].stop.run = send_clients_away;
		loop_post(&server->shards[i].loop, &server->shards[i].stop);
	}
}

void shard_check_end(struct shard *s)
{
	if (!s->stopping || s->ended || s->open || s->running || s->listeners_open)
		return;
	s->ended = true;
	many_go(s, false); /* to nobody any more */
	uv_close((uv_handle_t *)&s->round_end, NULL);
	uv_close((uv_handle_t *)&s->held_timer, NULL);
	uv_close((uv_handle_t *)&s->stop_timer, NULL);
	loop_end(&s->loop);
}
