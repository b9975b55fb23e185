/* Requests. Errors are those of the reference implementation: {"code":1,"message":"Session ID unknown"}. */
#include "base/time.h"
#include "http/form.h"
#include "realtime/eio_part.h"

#include <stdlib.h>

enum eio_error { NO_TRANSPORT, NO_SESSION, BAD_METHOD, BAD_REQUEST, FORBIDDEN, BAD_VERSION };

static enum http_when refuse(struct http_req *r, enum eio_error code)
{
	static const char *const messages[] = { "Transport unknown", "Session ID unknown", "Bad handshake method",
		"Bad request", "Forbidden", "Unsupported protocol version" };
	r->res->status = code == FORBIDDEN ? 403 : 400;
	r->res->content_type = "application/json";
	r->res->body = arena_printf(r->mem, "{\"code\":%d,\"message\":\"%s\"}", (int)code, messages[code]);
	r->res->body_n = strlen(r->res->body);
	http_add(r, "Cache-Control", "no-store");
	return HTTP_NOW;
}

static enum http_when full(struct http_req *r)
{
	http_answer_text(r, 503, "text/plain; charset=utf-8", "There are as many connections as this server takes.\n");
	http_add(r, "Retry-After", "5");
	return HTTP_NOW;
}

/* --- what comes --------------------------------------------------------------------------------------------------- */

/* Under s->in. False: it is no packet that a client may send, and the session has ended. */
static bool take(struct eio_session *s, const struct eio_packet *packet)
{
	const struct eio_conf *conf = &s->eio->conf;
	switch (packet->type) {
	case EIO_MESSAGE:
		conf->on_message(conf->arg, s, packet->binary, packet->p, packet->n);
		return true;
	case EIO_PONG:
		eio_ponged(s);
		return true;
	case EIO_CLOSE:
		eio_end(s, "transport close", EIO_NOOP);
		return true;
	case EIO_OPEN:
	case EIO_PING:
	case EIO_UPGRADE:
	case EIO_NOOP:
		break;
	}
	eio_close(s, "parse error");
	return false;
}

static bool is_closed(struct eio_session *s)
{
	pthread_mutex_lock(&s->lock);
	bool closed = s->closed;
	pthread_mutex_unlock(&s->lock);
	return closed;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static const char *handshake(struct arena *a, const struct eio_session *s, bool socket)
{
	const struct eio_conf *conf = &s->eio->conf;
	return arena_printf(a,
		"{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%lld,\"pingTimeout\":%lld,\"maxPayload\":%zu}",
		s->sid, socket ? "" : "\"websocket\"", (long long)conf->ping_ms, (long long)conf->pong_ms,
		conf->payload_max);
}

static void opened(struct eio_session *s, const struct http_req *r)
{
	const struct eio_conf *conf = &s->eio->conf;
	const char *text = handshake(r->mem, s, s->socket);
	(void)eio_put(s, &(struct eio_packet){ EIO_OPEN, false, text, strlen(text) });
	eio_due(s, DUE_PING, time_monotonic() + conf->ping_ms);
	if (conf->first_ms)
		eio_due(s, DUE_FIRST, time_monotonic() + conf->first_ms);
	if (!conf->on_open)
		return;
	pthread_mutex_lock(&s->in);
	conf->on_open(conf->arg, s, r);
	pthread_mutex_unlock(&s->in);
}

/* The answer to the poll holds the open packet, and what the handler may have sent already. */
static enum http_when open_by_polling(struct eio *e, struct http_req *r)
{
	struct eio_session *s = eio_table_add(e);
	if (!s)
		return full(r);
	opened(s, r);
	pthread_mutex_lock(&s->lock);
	bool open = !s->closed; /* the server may stop, or the handler want none of it */
	if (open) {
		s->poll = r;
		eio_answer_poll(s);
	}
	pthread_mutex_unlock(&s->lock);
	eio_let_go(s);
	return open ? HTTP_LATER : refuse(r, NO_SESSION);
}

/* --- polling ------------------------------------------------------------------------------------------------------ */

/* A second poll beside one that waits means that something went wrong: neither can be trusted to arrive. While a WebSocket is
 * tried, a poll that crossed the answer to its probe is soon let go: the client ends its polling before it goes on. */
static enum http_when poll(struct eio_session *s, struct http_req *r)
{
	enum { CROSSED_MS = 50 };
	pthread_mutex_lock(&s->lock);
	bool twice = s->poll, open = !s->closed && !s->socket, probing = s->probing;
	if (open && !twice) {
		s->poll = r;
		eio_answer_poll(s);
	}
	pthread_mutex_unlock(&s->lock);
	if (!open)
		return refuse(r, BAD_REQUEST);
	if (twice) {
		eio_close(s, "transport error");
		return refuse(r, BAD_REQUEST);
	}
	if (probing)
		eio_due(s, DUE_NOOP, time_monotonic() + CROSSED_MS);
	return HTTP_LATER;
}

static enum http_when post(struct eio_session *s, struct http_req *r)
{
	const char *p = r->body;
	size_t n = r->body_n;
	bool right = true;
	if (n > s->eio->conf.payload_max) {
		eio_close(s, "transport error");
		http_answer_text(r, 413, "text/plain; charset=utf-8", "The payload is too large.\n");
		return HTTP_NOW;
	}
	pthread_mutex_lock(&s->in);
	while (p && right && !is_closed(s)) {
		struct eio_packet packet;
		right = eio_payload_read(r->mem, &p, &n, &packet) && take(s, &packet);
	}
	pthread_mutex_unlock(&s->in);
	if (right) {
		eio_answer(r, "text/html", "ok", 2);
		return HTTP_NOW;
	}
	eio_close(s, "parse error");
	return refuse(r, BAD_REQUEST);
}

static enum http_when by_polling(struct eio_session *s, struct http_req *r)
{
	pthread_mutex_lock(&s->lock);
	bool socket = s->socket;
	pthread_mutex_unlock(&s->lock);
	if (socket)
		return refuse(r, BAD_REQUEST);
	if (r->method == HTTP_GET)
		return poll(s, r);
	return r->method == HTTP_POST ? post(s, r) : refuse(r, BAD_METHOD);
}

/* --- WebSocket ---------------------------------------------------------------------------------------------------- */

/* What a WebSocket belongs to: from its opening to its end. */
struct carrier {
	struct eio *eio;
	struct eio_session *s; /* held; NULL: it is to be closed */
	struct http_req *r; /* while it opens */
	uint64_t id;
	bool upgrades; /* is not the session's own yet */
};

static void socket_opened(struct carrier *c)
{
	struct eio_session *s = c->s = eio_table_add(c->eio);
	if (!s) {
		http_socket_close(c->eio->server, c->id, WS_POLICY, "There are too many connections.");
		return;
	}
	pthread_mutex_lock(&s->lock);
	s->socket = true;
	s->socket_id = c->id;
	pthread_mutex_unlock(&s->lock);
	opened(s, c->r);
}

/* One upgrade at a time, and none of what was upgraded. */
static void upgrade_opened(struct carrier *c)
{
	struct eio_session *s = c->s;
	pthread_mutex_lock(&s->lock);
	bool may = !s->closed && !s->socket && !s->probing;
	if (may) {
		s->probing = true;
		s->socket_id = c->id;
	}
	pthread_mutex_unlock(&s->lock);
	if (may) {
		eio_due(s, DUE_UPGRADE, time_monotonic() + s->eio->conf.upgrade_ms);
		return;
	}
	http_socket_close(c->eio->server, c->id, WS_NORMAL, NULL);
	c->s = NULL;
	eio_let_go(s);
}

static void *on_socket(void *arg, uint64_t id)
{
	struct carrier *c = malloc(sizeof *c);
	if (!c)
		abort();
	*c = *(const struct carrier *)arg;
	c->id = id;
	if (c->s) {
		eio_hold(c->s); /* the request's own hold goes with its arena */
		upgrade_opened(c);
	} else {
		socket_opened(c);
	}
	c->r = NULL;
	return c;
}

/* "2probe" is answered; a poll that waits is let go, so that the client can stop polling; "5" makes the change. */
static void probe(struct carrier *c, const char *p, size_t n)
{
	struct eio_session *s = c->s;
	struct http_server *server = c->eio->server;
	bool asks = n == strlen("2probe") && memcmp(p, "2probe", n) == 0, changes = n == 1 && *p == EIO_UPGRADE;
	pthread_mutex_lock(&s->lock);
	struct http_req *crossed = changes ? s->poll : NULL;
	if (asks)
		http_socket_send(server, c->id, WS_TEXT, "3probe", strlen("3probe"));
	if (changes) {
		s->socket = true;
		s->probing = false;
		s->poll = NULL;
		c->upgrades = false;
		eio_flush_to_socket(s);
	}
	if (!asks && !changes)
		http_socket_close(server, c->id, WS_POLICY, "A probe was expected.");
	pthread_mutex_unlock(&s->lock);
	if (asks)
		eio_release_poll(s);
	if (changes)
		eio_not_due(s, DUE_UPGRADE);
	if (crossed) {
		(void)refuse(crossed, BAD_REQUEST);
		http_finish(crossed);
	}
}

static void on_frame(void *arg, uint64_t id, enum ws_kind kind, const char *p, size_t n)
{
	struct carrier *c = arg;
	struct eio_packet packet = { EIO_MESSAGE, true, p, n };
	(void)id;
	if (!c->s)
		return;
	if (c->upgrades) {
		probe(c, kind == WS_TEXT ? p : "", kind == WS_TEXT ? n : 0);
		return;
	}
	pthread_mutex_lock(&c->s->in);
	if (is_closed(c->s))
		; /* its handlers may have been told so already */
	else if (kind == WS_TEXT && !eio_packet_read(p, n, &packet))
		eio_close(c->s, "parse error");
	else
		(void)take(c->s, &packet);
	pthread_mutex_unlock(&c->s->in);
}

static void on_end(void *arg, uint64_t id, int code)
{
	struct carrier *c = arg;
	struct eio_session *s = c->s;
	(void)id;
	(void)code;
	if (s && c->upgrades) {
		pthread_mutex_lock(&s->lock);
		s->probing = false;
		pthread_mutex_unlock(&s->lock);
		eio_not_due(s, DUE_UPGRADE);
	} else if (s) {
		eio_close(s, "transport close");
	}
	if (s)
		eio_let_go(s);
	free(c);
}

static void let_go(void *session)
{
	eio_let_go(session);
}

/* `s` NULL: a session of its own. */
static enum http_when upgrade(struct eio *e, struct eio_session *s, struct http_req *r)
{
	struct carrier *c = arena_new_of(r->mem, struct carrier);
	*c = (struct carrier){ .eio = e, .s = s, .r = r, .upgrades = s };
	if (s) {
		eio_hold(s);
		arena_defer(r->mem, let_go, s);
	}
	const struct http_socket_handler handler = {
		.on_open = on_socket, .on_message = on_frame, .on_close = on_end, .arg = c
	};
	const struct ws_limits limits = { .message = e->conf.payload_max,
		.output = e->conf.waiting_max,
		.window = e->conf.compress ? WS_WINDOW_MAX : 0 };
	http_upgrade(r, &handler, NULL, &limits);
	return HTTP_NOW;
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static const char *parameter(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++)
		if (strcmp(form->items[i].name, name) == 0)
			return form->items[i].value;
	return "";
}

static enum http_when open_session(struct eio *e, struct http_req *r, const struct form *form, bool socket)
{
	if (strcmp(parameter(form, "EIO"), "4") != 0)
		return refuse(r, BAD_VERSION);
	if (r->method != HTTP_GET)
		return refuse(r, BAD_METHOD);
	if (e->conf.may_open && !e->conf.may_open(e->conf.arg, r))
		return HTTP_NOW;
	return socket ? upgrade(e, NULL, r) : open_by_polling(e, r);
}

enum http_when eio_request(struct eio *e, struct http_req *r)
{
	struct form form;
	const char *why;
	if (!atomic_load(&e->server))
		return full(r); /* it starts */
	if (form_parse(r->mem, r->query, strlen(r->query), FORM_PAIRS, &form, &why))
		return refuse(r, BAD_REQUEST);
	const char *transport = parameter(&form, "transport"), *sid = parameter(&form, "sid");
	bool socket = strcmp(transport, "websocket") == 0;
	if (!socket && strcmp(transport, "polling") != 0)
		return refuse(r, NO_TRANSPORT);
	if (!*sid)
		return open_session(e, r, &form, socket);
	struct eio_session *s = eio_table_find(e, sid);
	if (!s)
		return refuse(r, NO_SESSION);
	enum http_when when = socket ? upgrade(e, s, r) : by_polling(s, r);
	eio_let_go(s);
	return when;
}
