#include "http/conn.h"
#include "base/log.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct http_conn *c = poll->data;
	if (status < 0) {
		conn_close(c);
		return;
	}
	if (events & UV_READABLE)
		conn_read(c);
	conn_turn_later(c);
}

void conn_turn_later(struct http_conn *c)
{
	if (c->turn_due)
		return;
	c->turn_due = true;
	c->turn_next = c->shard->turns;
	c->shard->turns = c;
}

static void name_peer(struct http_conn *c, const struct sockaddr *peer)
{
	if (c->kind == CONN_TCP) {
		if (ip_from_sockaddr(peer, &c->peer))
			ip_format(&c->peer, c->ip);
		return;
	}
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t n = sizeof who;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		who.uid = (uid_t)-1;
	c->uid = who.uid;
	snprintf(c->ip, sizeof c->ip, "unix");
}

void conn_open(struct shard *s, int fd, enum conn_kind kind, const struct sockaddr *peer)
{
	struct http_conn *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->shard = s;
	c->fd = fd;
	c->kind = kind;
	name_peer(c, peer);
	if (s->server->tls && kind == CONN_TCP)
		c->tls = tls_new(s->server->tls);
	c->id = shard_add(s, c);
	if (uv_poll_init(&s->loop.uv, &c->poll, fd))
		abort(); /* a socket that the kernel just gave us */
	c->poll.data = c;
	count_add(&s->count.connections, 1);
	conn_wait(c, &s->head); /* the first request must come in the time of a head, TLS handshake included */
	conn_turn(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct http_conn *c = handle->data;
	struct shard *s = c->shard;
	free(c);
	s->open--;
	shard_check_end(s);
}

/* Requests that are with the handler, held, or having their file read, come back by themselves and find us gone. */
static void drop_exchanges(struct http_conn *c)
{
	const struct http_handler *h = &c->shard->server->conf.handler;
	exchange_free(c->reading);
	for (struct exchange *e = c->first, *next; e; e = next) {
		next = e->next;
		if (e->state == EXCHANGE_RUNNING || e->state == EXCHANGE_HELD || (c->file_busy && e == c->first))
			continue;
		if (h->on_done)
			h->on_done(h->arg, &e->req, 0, false);
		exchange_free(e);
	}
	c->first = c->last = c->reading = NULL;
}

void conn_close(struct http_conn *c)
{
	if (c->state == CONN_CLOSED)
		return;
	struct shard *s = c->shard;
	conn_wait(c, NULL);
	deadline_clear(&c->stall);
	if (c->socket)
		socket_gone(c);
	c->state = CONN_CLOSED;
	drop_exchanges(c);
	shard_remove(s, c);
	uv_close((uv_handle_t *)&c->poll, on_closed); /* before the descriptor: libuv takes it out of its epoll */
	close(c->fd);
	tls_free(c->tls);
	buf_free(&c->in);
	buf_free(&c->out);
	if (c->kind == CONN_TCP) {
		struct ip block = ip_block(&c->peer);
		cap_give(s->server->cap, block.b);
	}
	atomic_fetch_sub(&s->server->open, 1);
	count_add(&s->count.connections, -1);
}

/* --- deadlines -------------------------------------------------------------------------------------------------- */

/* A wait that is on already goes on: heads and bodies have one deadline for the whole, however it drips in. */
void conn_wait(struct http_conn *c, struct deadlines *list)
{
	struct shard *s = c->shard;
	if (list == c->waits && list != &s->idle)
		return;
	count_add(&s->count.idle, (list == &s->idle) - (c->waits == &s->idle));
	c->waits = list;
	if (list)
		deadline_set(list, &c->wait, loop_now(&s->loop));
	else
		deadline_clear(&c->wait);
}

static struct http_conn *waiting(struct deadlines *list, int64_t now)
{
	struct deadline *d = deadline_over(list, now);
	if (!d)
		return NULL;
	struct http_conn *c = (struct http_conn *)(void *)((char *)d - offsetof(struct http_conn, wait));
	conn_wait(c, NULL);
	return c;
}

static struct http_conn *stalled(struct deadlines *list, int64_t now)
{
	struct deadline *d = deadline_over(list, now);
	return d ? (struct http_conn *)(void *)((char *)d - offsetof(struct http_conn, stall)) : NULL;
}

static void cut(struct http_conn *c, const char *why)
{
	count_add(&c->shard->count.timeouts, 1);
	bool silent = !c->used && !c->in.n && !c->reading; /* a browser that connected in advance */
	if (silent || c->state == CONN_LAST || (c->tls && !tls_ready(c->tls))) {
		conn_close(c);
		return;
	}
	conn_refuse(c, 408, ERR_TIMEOUT, why);
	conn_turn(c);
}

void conn_overdue(struct shard *s)
{
	int64_t now = loop_now(&s->loop);
	struct http_conn *c;
	while ((c = waiting(&s->head, now)))
		cut(c, "The head of the request took too long to arrive.");
	while ((c = waiting(&s->body, now)))
		cut(c, "The body of the request took too long to arrive.");
	while ((c = waiting(&s->idle, now)))
		conn_close(c);
	while ((c = waiting(&s->linger, now)))
		conn_close(c);
	while ((c = waiting(&s->quiet, now)))
		socket_quiet(c);
	while ((c = stalled(&s->write, now))) {
		if (c->sent_bytes == c->stalled_at) {
			count_add(&s->count.timeouts, 1);
			conn_close(c);
			continue;
		}
		c->stalled_at = c->sent_bytes; /* slow, but alive */
		deadline_set(&s->write, &c->stall, now);
	}
}

/* --- after each turn -------------------------------------------------------------------------------------------- */

bool conn_paused(const struct http_conn *c)
{
	bool changing = c->last && c->last->upgrade; /* what follows may be another protocol */
	return c->queued >= PIPELINE_MAX || changing || !conn_sent_all(c);
}

bool conn_resting(const struct http_conn *c)
{
	return c->state == CONN_HEAD && !c->first && !c->in.n && conn_sent_all(c);
}

static bool takes_input(const struct http_conn *c)
{
	if (c->eof || c->state == CONN_LAST || c->state == CONN_CLOSED)
		return false;
	return c->state == CONN_LINGER || c->state == CONN_SOCKET ? conn_sent_all(c) : !conn_paused(c);
}

static void on_all_out(struct http_conn *c)
{
	if (c->tls)
		tls_close(c->tls);
	if (c->tls && c->out.n == 0) {
		tls_output(c->tls, &c->out);
		(void)conn_drain(c);
	}
	if (c->state == CONN_CLOSED)
		return;
	if (!c->unread || c->eof) {
		conn_close(c);
		return;
	}
	c->state = CONN_LINGER;
	buf_free(&c->in);
	shutdown(c->fd, SHUT_WR);
	conn_wait(c, &c->shard->linger);
}

static void choose_wait(struct http_conn *c)
{
	struct shard *s = c->shard;
	switch (c->state) {
	case CONN_HEAD:
		if (conn_paused(c))
			conn_wait(c, NULL); /* it is not the client who makes this take long */
		else if (c->in.n || !c->used)
			conn_wait(c, &s->head);
		else
			conn_wait(c, c->first ? NULL : &s->idle);
		break;
	case CONN_BODY:
		conn_wait(c, conn_paused(c) ? NULL : &s->body);
		break;
	case CONN_LAST:
		conn_wait(c, NULL);
		break;
	case CONN_LINGER:
	case CONN_SOCKET:
	case CONN_CLOSED:
		break; /* set where the state began */
	}
}

static void choose_events(struct http_conn *c)
{
	int events = (takes_input(c) ? UV_READABLE : 0) | (c->out.n || c->tail_n ? UV_WRITABLE : 0);
	if (events == c->events)
		return;
	c->events = events;
	if (events)
		uv_poll_start(&c->poll, events, on_poll);
	else
		uv_poll_stop(&c->poll);
}

static bool takes_requests(const struct http_conn *c)
{
	return (c->state == CONN_HEAD || c->state == CONN_BODY) && !conn_paused(c);
}

void conn_turn(struct http_conn *c)
{
	conn_flush(c);
	while (takes_requests(c) && c->in.n && conn_consume(c))
		conn_flush(c);
	if (c->state == CONN_CLOSED)
		return;
	if (!c->in.n)
		buf_free(&c->in); /* an idle connection holds no buffer */
	if (c->eof && (c->state == CONN_HEAD || c->state == CONN_BODY))
		c->state = CONN_LAST; /* half-closed: it still gets what it asked for */
	if (c->shard->stopping && conn_resting(c))
		c->state = CONN_LAST;
	if (c->state == CONN_LAST && !c->file_busy && conn_sent_all(c) && (!c->first || c->ending)) {
		on_all_out(c);
		if (c->state == CONN_CLOSED)
			return;
	}
	choose_wait(c);
	choose_events(c);
}
