#include "base/buf.h"
#include "http/conn.h"
#include "http/field.h"
#include "http/socket.h"

#include <stdlib.h>
#include <string.h>

struct socket_offer {
	struct http_socket_handler handler;
	struct ws_limits limits;
	bool stream;
};

struct socket {
	struct ws *ws; /* NULL: a stream, whose bytes are these */
	struct buf out;
	size_t out_max;
	bool ended; /* of the stream: nothing more comes */
	struct http_socket_handler handler;
	uint64_t id;
	bool heard; /* something came since the last look */
	bool asked; /* a ping is out */
};

/* --- handshake -------------------------------------------------------------------------------------------------- */

void http_upgrade(struct http_req *r, const struct http_socket_handler *handler, const char *const *protocols,
	const struct ws_limits *limits)
{
	struct exchange *e = (struct exchange *)(void *)r;
	struct ws_request asked = {
		.get = r->method == HTTP_GET && e->head.minor >= 1,
		.connection = field_join(r->mem, &r->headers, "connection"),
		.upgrade = field_join(r->mem, &r->headers, "upgrade"),
		.version = http_header(r, "sec-websocket-version"),
		.key = http_header(r, "sec-websocket-key"),
		.key_count = http_header_count(r, "sec-websocket-key"),
		.protocols = field_join(r->mem, &r->headers, "sec-websocket-protocol"),
		.extensions = field_join(r->mem, &r->headers, "sec-websocket-extensions"),
		.window = limits ? limits->window : 0,
	};
	struct ws_accept accept = { 0 };
	bool version_wrong = false;
	const char *why = "";
	if (ws_handshake(r->mem, &asked, protocols, &accept, &version_wrong, &why) || r->body_n) {
		http_answer_text(r, version_wrong ? 426 : 400, "text/plain; charset=utf-8",
			arena_printf(r->mem, "%s\n", *why ? why : "A WebSocket handshake has no body."));
		if (version_wrong)
			http_add(r, "Sec-WebSocket-Version", "13");
		return;
	}
	r->res->status = 101;
	http_add(r, "Upgrade", "websocket");
	http_add(r, "Connection", "Upgrade");
	http_add(r, "Sec-WebSocket-Accept", accept.accept);
	if (accept.protocol)
		http_add(r, "Sec-WebSocket-Protocol", accept.protocol);
	if (accept.extensions)
		http_add(r, "Sec-WebSocket-Extensions", accept.extensions);
	e->socket = arena_new_of(r->mem, struct socket_offer);
	*e->socket = (struct socket_offer){ .handler = *handler, .limits = limits ? *limits : (struct ws_limits){ 0 } };
	e->socket->limits.window = accept.window;
}

void http_stream(struct http_req *r, const struct http_socket_handler *handler, size_t waiting_max)
{
	struct exchange *e = (struct exchange *)(void *)r;
	if (r->method == HTTP_HEAD)
		return;
	r->res->no_gzip = true;
	e->socket = arena_new_of(r->mem, struct socket_offer);
	*e->socket = (struct socket_offer){ *handler, { .output = waiting_max }, true };
}

/* --- session ---------------------------------------------------------------------------------------------------- */

static void on_message(void *arg, struct ws *w, enum ws_kind kind, const char *p, size_t n)
{
	(void)w;
	struct http_conn *c = arg;
	struct socket *s = c->socket;
	s->handler.on_message(s->handler.arg, s->id, kind, p, n);
}

static void on_end(void *arg, struct ws *w, int code, const char *reason, size_t n)
{
	(void)w;
	(void)reason;
	(void)n;
	struct http_conn *c = arg;
	struct socket *s = c->socket;
	if (s->handler.on_close)
		s->handler.on_close(s->handler.arg, s->id, code);
}

void socket_begin(struct http_conn *c, struct socket_offer *offer)
{
	struct socket *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->handler = offer->handler;
	s->id = c->id;
	s->out_max = offer->limits.output;
	if (!offer->stream)
		s->ws = ws_new(&(struct ws_handler){ on_message, on_end, NULL, c }, &offer->limits);
	c->socket = s;
	c->state = CONN_SOCKET;
	conn_wait(c, &c->shard->quiet);
	if (s->handler.on_open)
		s->handler.arg = s->handler.on_open(s->handler.arg, s->id);
	struct buf in = c->in; /* what came right behind the handshake */
	c->in = (struct buf){ 0 };
	if (in.n)
		socket_read(c, in.p, in.n);
	buf_free(&in);
}

void socket_read(struct http_conn *c, const char *p, size_t n)
{
	c->socket->heard = true;
	if (c->socket->ws)
		ws_feed(c->socket->ws, p, n);
}

static const char *waiting(const struct socket *s, size_t *n)
{
	if (s->ws)
		return ws_output(s->ws, n);
	*n = s->out.n;
	return s->out.p;
}

static void passed_on(struct socket *s, size_t n)
{
	if (s->ws)
		ws_sent(s->ws, n);
	else
		buf_drop(&s->out, n);
	if (!s->ws && !s->out.n)
		buf_free(&s->out); /* a quiet one holds no memory */
}

void socket_flush(struct http_conn *c)
{
	struct socket *s = c->socket;
	const char *p;
	size_t n;
	while (c->state == CONN_SOCKET && (p = waiting(s, &n), n) && conn_drain(c)) {
		size_t piece = n < READ_SIZE ? n : READ_SIZE;
		conn_transmit(c, p, piece);
		if (c->state == CONN_SOCKET)
			passed_on(s, piece);
	}
	if (c->state != CONN_SOCKET || !conn_drain(c))
		return;
	if ((s->ws ? ws_done(s->ws) : s->ended) && (waiting(s, &n), n == 0)) {
		c->state = CONN_LAST;
		c->ending = true;
		c->unread = true; /* let the client close first (RFC 6455 section 7.1.1) */
		socket_gone(c);
	}
}

void socket_gone(struct http_conn *c)
{
	struct socket *s = c->socket;
	if (s->ws)
		ws_gone(s->ws);
	else if (s->handler.on_close)
		s->handler.on_close(s->handler.arg, s->id, WS_ABNORMAL);
	ws_free(s->ws);
	buf_free(&s->out);
	c->socket = NULL;
	free(s);
}

/* Asks a silent client whether it is there; one that does not answer till the next time is cut. */
void socket_quiet(struct http_conn *c)
{
	struct socket *s = c->socket;
	if (!s->ws) { /* it has nothing to say; that nothing can be written is found by writing */
		conn_wait(c, &c->shard->quiet);
		return;
	}
	if (!s->heard && (s->asked || ws_closing(s->ws))) {
		conn_close(c);
		return;
	}
	s->asked = !s->heard && ws_ping(s->ws);
	s->heard = false;
	conn_wait(c, &c->shard->quiet);
	conn_turn(c);
}

static void close_it(struct socket *s, enum ws_code code, const char *reason)
{
	if (s->ws)
		ws_close(s->ws, code, reason);
	s->ended = true;
}

void socket_stop(struct http_conn *c)
{
	many_go(c->shard, false);
	close_it(c->socket, WS_GOING_AWAY, "The server stops.");
	conn_turn(c);
}

/* --- from other threads ------------------------------------------------------------------------------------------ */

struct socket_post {
	struct post post;
	struct shard *shard;
	uint64_t id;
	bool close;
	int what; /* enum ws_kind, or enum ws_code */
	size_t n;
	char bytes[];
};

/* Who reads too slowly for a stream is cut: what he missed he may ask for when he comes back. What is sent meanwhile goes out with
 * it, in one write. */
void socket_send(struct http_conn *c, enum ws_kind kind, const char *p, size_t n)
{
	struct socket *s = c->socket;
	if (s->ws)
		(void)ws_send(s->ws, kind, p, n);
	else if (s->out.n + n > s->out_max)
		s->ended = true;
	else if (!s->ended)
		buf_add(&s->out, p, n);
	conn_turn_later(c);
}

/* What was told to many goes out at once to whom nothing else waits for, when it is the round's end. */
bool socket_send_frames(struct http_conn *c, const char *p, size_t n, bool last)
{
	struct socket *s = c->socket;
	size_t before;
	if (!s->ws || !ws_may_frames(s->ws, n))
		return false;
	(void)ws_output(s->ws, &before);
	const bool now = last && !before && !c->turn_due && !c->tls && conn_sent_all(c);
	if (now)
		conn_transmit(c, p, n);
	else
		ws_send_frames(s->ws, p, n);
	if (!now || (c->state == CONN_SOCKET && !conn_sent_all(c)))
		conn_turn_later(c);
	return true;
}

static void on_socket_post(struct post *post)
{
	struct socket_post *m = (struct socket_post *)(void *)post;
	many_go(m->shard, false); /* what was said before comes before */
	struct http_conn *c = shard_find(m->shard, m->id);
	if (c && c->socket) {
		if (!m->close) {
			socket_send(c, (enum ws_kind)m->what, m->bytes, m->n);
		} else {
			close_it(c->socket, (enum ws_code)m->what, m->n ? m->bytes : NULL);
			conn_turn_later(c);
		}
	}
	free(m);
}

static void socket_post(struct http_server *s, uint64_t id, bool close, int what, const char *p, size_t n)
{
	struct socket_post *m = calloc(1, sizeof *m + n + 1);
	if (!m)
		abort();
	*m = (struct socket_post){ .post.run = on_socket_post, .id = id, .close = close, .what = what, .n = n };
	if (n)
		memcpy(m->bytes, p, n);
	m->shard = shard_of(s, id);
	loop_post(&m->shard->loop, &m->post);
}

void http_socket_send(struct http_server *s, uint64_t id, enum ws_kind kind, const char *p, size_t n)
{
	socket_post(s, id, false, (int)kind, p, n);
}

void http_socket_close(struct http_server *s, uint64_t id, enum ws_code code, const char *reason)
{
	socket_post(s, id, true, (int)code, reason, reason ? strlen(reason) : 0);
}
