#include "api/sse.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/str.h"
#include "http/socket.h"

#include <jansson.h>
#include <stdlib.h>

enum { WAITING_MAX = 256 << 10 };

/* Held by its connection and by its socket. */
struct stream {
	atomic_int holders;
	uint64_t id; /* of the connection */
	struct arena *mem;
	const struct arrival *arrival;
	char *auth; /* until it opens */
	struct sio_socket *socket;
};

static void let_go(void *arg)
{
	struct stream *s = arg;
	if (atomic_fetch_sub(&s->holders, 1) != 1)
		return;
	arena_free(s->mem);
	free(s);
}

static void send_text(const struct stream *s, const struct buf *b)
{
	http_socket_send(sockets.server, s->id, WS_TEXT, b->p, b->n);
}

/* --- the socket --------------------------------------------------------------------------------------------------- */

static bool is_one_value(const char *args)
{
	json_t *v = json_loads(args, JSON_DECODE_ANY, NULL);
	json_decref(v);
	return v;
}

/* JSON has no line break: one line of data is enough. What is no single value is a list, as sockets have it. */
static void on_emit(void *arg, const struct sio_event *e, const char *id)
{
	struct buf b = { 0 };
	if (strpbrk(e->name, "\r\n"))
		return; /* only other programs may emit such a name; here it would be something else */
	if (*id)
		buf_printf(&b, "id: %s\n", id);
	buf_printf(&b, "event: %s\ndata: ", e->name);
	const bool one = is_one_value(e->args);
	buf_str(&b, one ? "" : "[");
	buf_str(&b, e->args);
	buf_str(&b, one ? "\n\n" : "]\n\n");
	send_text(arg, &b);
	buf_free(&b);
}

/* `ready`, or `gap`: what the client missed is not remembered any more, so it must read anew what it shows. */
static void on_welcome(void *arg, bool all)
{
	on_emit(arg, &(struct sio_event){ .name = all ? "ready" : "gap", .args = "{}" }, "");
}

static void on_close(void *arg)
{
	const struct stream *s = arg;
	http_socket_close(sockets.server, s->id, WS_NORMAL, NULL);
}

static void on_refuse(void *arg, const char *message, const char *data)
{
	struct buf b = { 0 };
	buf_str(&b, "{\"message\":");
	json_write_text(&b, message);
	buf_printf(&b, ",\"data\":%s}", data ? data : "null");
	on_emit(arg, &(struct sio_event){ .name = "error", .args = buf_cstr(&b) }, "");
	buf_free(&b);
	on_close(arg);
}

/* --- the connection ------------------------------------------------------------------------------------------------ */

static void *on_open(void *arg, uint64_t id)
{
	static const struct sio_wire wire = { .welcome = on_welcome,
		.refuse = on_refuse,
		.emit = on_emit,
		.close = on_close,
		.forget = let_go,
		.name = "sse" };
	struct stream *s = arg;
	s->id = id;
	atomic_fetch_add(&s->holders, 2); /* the connection's, and the socket's */
	s->socket = sio_attach(sockets.main, &wire, s, s->arrival, s->auth);
	str_forget(s->auth);
	s->auth = NULL;
	return s;
}

static void on_gone(void *arg, uint64_t id, int code)
{
	struct stream *s = arg;
	(void)id;
	(void)code;
	sio_detach(s->socket, "transport close");
	let_go(s);
}

/* The stream may never open: the client was gone before. */
static void never_mind(void *arg)
{
	struct stream *s = arg;
	str_forget(s->auth);
	s->auth = NULL;
	let_go(s);
}

static char *auth_of(const char *token, const char *after)
{
	struct buf b = { 0 };
	buf_str(&b, "{\"token\":");
	json_write_text(&b, token);
	if (after && *after) {
		buf_str(&b, ",\"after\":");
		json_write_text(&b, after);
	}
	buf_char(&b, '}');
	char *made = str_copy(buf_cstr(&b));
	explicit_bzero(b.p, b.n);
	buf_free(&b);
	return made;
}

err_t sse_http(struct cx *cx, struct http_req *r)
{
	static const struct http_socket_handler handler = { .on_open = on_open, .on_close = on_gone };
	const struct call *c = (const struct call *)(const void *)cx; /* its first member */
	if (!sockets_are_open())
		return FAIL(cx, ERR_UNAVAILABLE, "it stops");
	struct stream *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	atomic_init(&s->holders, 1);
	s->mem = arena_new(0);
	s->arrival = socket_arrival(s->mem, r);
	s->auth = auth_of(call_token(c), http_header(r, "last-event-id"));
	arena_defer(r->mem, never_mind, s);
	r->res->status = 200;
	r->res->content_type = "text/event-stream";
	http_add(r, "Cache-Control", "no-store");
	http_add(r, "X-Accel-Buffering", "no"); /* a proxy passes each event on at once */
	struct http_socket_handler own = handler;
	own.arg = s;
	http_stream(r, &own, WAITING_MAX);
	return ERR_OK;
}
