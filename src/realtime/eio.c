#include "base/id.h"
#include "base/time.h"
#include "realtime/eio_part.h"

#include <stdlib.h>

/* --- life --------------------------------------------------------------------------------------------------------- */

struct eio_session *eio_session_new(struct eio *e)
{
	struct eio_session *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	id_token(s->sid);
	s->eio = e;
	s->last = &s->first;
	atomic_init(&s->holders, 1);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutexattr_t again; /* a handler may close the session that calls it */
	pthread_mutexattr_init(&again);
	pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&s->in, &again);
	pthread_mutexattr_destroy(&again);
	return s;
}

static void drop_waiting(struct eio_session *s)
{
	for (struct waiting *w = s->first, *next; w; w = next) {
		next = w->next;
		free(w);
	}
	s->first = NULL;
	s->last = &s->first;
	s->bytes = 0;
}

void eio_session_free(struct eio_session *s)
{
	drop_waiting(s);
	pthread_mutex_destroy(&s->in);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void eio_hold(struct eio_session *s)
{
	atomic_fetch_add(&s->holders, 1);
}

void eio_let_go(struct eio_session *s)
{
	if (atomic_fetch_sub(&s->holders, 1) == 1)
		eio_session_free(s);
}

const char *eio_sid(const struct eio_session *s)
{
	return s->sid;
}

void *eio_user(const struct eio_session *s)
{
	return s->user;
}

void eio_set_user(struct eio_session *s, void *user)
{
	s->user = user;
}

const char *eio_transport(struct eio_session *s)
{
	pthread_mutex_lock(&s->lock);
	bool socket = s->socket;
	pthread_mutex_unlock(&s->lock);
	return socket ? "websocket" : "polling";
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

void eio_answer(struct http_req *r, const char *type, const char *body, size_t n)
{
	r->res->status = 200;
	r->res->content_type = type;
	r->res->body = body;
	r->res->body_n = n;
	r->res->no_gzip = n < 1024;
	http_add(r, "Cache-Control", "no-store");
}

void eio_answer_poll(struct eio_session *s)
{
	struct http_req *r = s->poll;
	if (!r || !s->first)
		return;
	struct buf b = { .mem = r->mem };
	for (const struct waiting *w = s->first; w; w = w->next)
		eio_payload_add(&b, &(struct eio_packet){ w->type, w->binary, w->bytes, w->n });
	drop_waiting(s);
	s->poll = NULL;
	eio_answer(r, "text/plain; charset=UTF-8", buf_cstr(&b), b.n);
	http_finish(r);
}

void eio_release_poll(struct eio_session *s)
{
	pthread_mutex_lock(&s->lock);
	struct http_req *r = s->poll;
	s->poll = NULL;
	pthread_mutex_unlock(&s->lock);
	if (!r)
		return;
	eio_answer(r, "text/plain; charset=UTF-8", "6", 1);
	http_finish(r);
}

static void to_socket(struct eio_session *s, const struct eio_packet *packet)
{
	struct http_server *server = s->eio->server;
	if (packet->binary) {
		http_socket_send(server, s->socket_id, WS_BINARY, packet->p, packet->n);
		return;
	}
	struct buf b = { 0 };
	buf_char(&b, (char)packet->type);
	buf_add(&b, packet->p, packet->n);
	http_socket_send(server, s->socket_id, WS_TEXT, b.p, b.n);
	buf_free(&b);
}

void eio_flush_to_socket(struct eio_session *s)
{
	for (const struct waiting *w = s->first; w; w = w->next)
		to_socket(s, &(struct eio_packet){ w->type, w->binary, w->bytes, w->n });
	drop_waiting(s);
}

static void keep(struct eio_session *s, const struct eio_packet *packet)
{
	struct waiting *w = malloc(sizeof *w + packet->n + 1);
	if (!w)
		abort();
	*w = (struct waiting){ .binary = packet->binary, .type = packet->type, .n = packet->n };
	if (packet->n)
		memcpy(w->bytes, packet->p, packet->n);
	w->bytes[packet->n] = 0;
	*s->last = w;
	s->last = &w->next;
	s->bytes += packet->n + 1;
}

static bool put(struct eio_session *s, const struct eio_packet *packet, bool now_or_never)
{
	pthread_mutex_lock(&s->lock);
	bool open = !s->closed, full = false;
	if (open && s->socket) {
		to_socket(s, packet);
	} else if (open && now_or_never && (s->first || !s->poll)) {
		open = true; /* dropped */
	} else if (open) {
		keep(s, packet);
		eio_answer_poll(s);
		full = s->bytes > s->eio->conf.waiting_max;
	}
	pthread_mutex_unlock(&s->lock);
	if (full)
		eio_close(s, "does not read");
	return open && !full;
}

bool eio_put(struct eio_session *s, const struct eio_packet *packet)
{
	return put(s, packet, false);
}

bool eio_send(struct eio_session *s, bool binary, const char *p, size_t n)
{
	return put(s, &(struct eio_packet){ EIO_MESSAGE, binary, p, n }, false);
}

bool eio_send_now_or_never(struct eio_session *s, bool binary, const char *p, size_t n)
{
	return put(s, &(struct eio_packet){ EIO_MESSAGE, binary, p, n }, true);
}

bool eio_socket_id(struct eio_session *s, uint64_t *id)
{
	pthread_mutex_lock(&s->lock);
	const bool is = s->socket && !s->closed;
	*id = s->socket_id;
	pthread_mutex_unlock(&s->lock);
	return is;
}

struct http_socket_list *eio_list_new(struct eio *e, const uint64_t *ids, size_t n)
{
	return http_socket_list_new(e->server, ids, n);
}

void eio_list_send(struct http_socket_list *l, uint64_t except, const char *p, size_t n)
{
	struct buf b = { 0 };
	buf_char(&b, EIO_MESSAGE);
	buf_add(&b, p, n);
	http_socket_list_send(l, except, WS_TEXT, b.p, b.n);
	buf_free(&b);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

void eio_end(struct eio_session *s, const char *why, enum eio_type last)
{
	pthread_mutex_lock(&s->lock);
	bool first = !s->closed;
	if (first) {
		s->closed = true;
		s->why = why;
		if (s->poll)
			keep(s, &(struct eio_packet){ last, false, "", 0 });
		eio_answer_poll(s);
		if (s->socket || s->probing)
			http_socket_close(s->eio->server, s->socket_id, WS_NORMAL, NULL);
		drop_waiting(s);
	}
	pthread_mutex_unlock(&s->lock);
	if (first)
		eio_table_end(s);
}

void eio_close(struct eio_session *s, const char *why)
{
	eio_end(s, why, EIO_CLOSE);
}

void eio_settled(struct eio_session *s)
{
	eio_not_due(s, DUE_FIRST);
}

/* --- is it still there -------------------------------------------------------------------------------------------- */

void eio_ping(struct eio_session *s)
{
	(void)eio_put(s, &(struct eio_packet){ EIO_PING, false, "", 0 });
}

void eio_ponged(struct eio_session *s)
{
	eio_not_due(s, DUE_PONG);
	eio_due(s, DUE_PING, time_monotonic() + s->eio->conf.ping_ms);
}
