#include "api/answer.h"
#include "api/cors.h"
#include "api/graph_live_part.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "http/socket.h"

#include <jansson.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 256 << 10, WAITING_MAX = 1 << 20, INIT_MS = 10000 };

/* Those that have not said who they are. */
static struct {
	pthread_mutex_t lock;
	struct live *first;
} silent = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- life --------------------------------------------------------------------------------------------------------- */

static atomic_llong connected;

static bool is_full(void)
{
	const int64_t most = sockets_conf()->connections;
	return most && atomic_load(&connected) >= most;
}

static struct live *live_new(const struct http_req *r)
{
	struct live *l = calloc(1, sizeof *l);
	if (!l)
		abort();
	atomic_init(&l->holders, 1);
	atomic_fetch_add(&connected, 1);
	pthread_mutex_init(&l->lock, NULL);
	l->mem = arena_new(0);
	l->arrival = *socket_arrival(l->mem, r);
	l->last_turn = &l->turns;
	return l;
}

void live_hold(struct live *l)
{
	atomic_fetch_add(&l->holders, 1);
}

void live_let_go(struct live *l)
{
	if (atomic_fetch_sub(&l->holders, 1) != 1)
		return;
	atomic_fetch_sub(&connected, 1);
	live_end_all(l);
	if (l->first_sub)
		sub_free(l->first_sub);
	str_forget(l->token);
	arena_free(l->mem);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void let_go(void *live)
{
	live_let_go(live);
}

static void list(struct live *l)
{
	pthread_mutex_lock(&silent.lock);
	l->opened_at = time_monotonic();
	l->listed = true;
	l->next = silent.first;
	if (l->next)
		l->next->before = l;
	silent.first = l;
	pthread_mutex_unlock(&silent.lock);
}

static void unlist(struct live *l)
{
	pthread_mutex_lock(&silent.lock);
	if (l->listed) {
		if (l->before)
			l->before->next = l->next;
		else
			silent.first = l->next;
		if (l->next)
			l->next->before = l->before;
		l->listed = false;
	}
	pthread_mutex_unlock(&silent.lock);
}

void graph_live_tick(int64_t now_monotonic)
{
	pthread_mutex_lock(&silent.lock);
	for (struct live *l = silent.first; l; l = l->next)
		if (l->opened_at + INIT_MS <= now_monotonic)
			live_close(l, 4408, "Connection initialisation timeout");
	pthread_mutex_unlock(&silent.lock);
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

static void tell_event(struct buf *b, const char *type, const char *payload)
{
	buf_printf(b, "event: %s\ndata: ", type);
	buf_str(b, payload ? payload : "");
	buf_str(b, "\n\n");
}

static void tell_message(struct buf *b, const char *type, const char *id, const char *payload)
{
	buf_char(b, '{');
	if (id) {
		buf_str(b, "\"id\":");
		json_write_text(b, id);
		buf_char(b, ',');
	}
	buf_printf(b, "\"type\":\"%s\"", type);
	if (payload) {
		buf_str(b, ",\"payload\":");
		buf_str(b, payload);
	}
	buf_char(b, '}');
}

void live_tell(struct live *l, const char *type, const char *id, const char *payload)
{
	struct buf b = { 0 };
	if (l->stream)
		tell_event(&b, type, payload);
	else
		tell_message(&b, type, id, payload);
	http_socket_send(sockets.server, l->conn_id, WS_TEXT, b.p, b.n);
	buf_free(&b);
	if (l->stream && strcmp(type, "complete") == 0)
		live_close(l, WS_NORMAL, NULL);
}

void live_close(struct live *l, int code, const char *why)
{
	http_socket_close(sockets.server, l->conn_id, (enum ws_code)code, why);
}

/* --- its socket ----------------------------------------------------------------------------------------------------- */

static void begin_stream(struct live *l)
{
	struct sub *s = l->first_sub;
	l->first_sub = NULL;
	if (s)
		live_begin(l, s);
}

static void ready(struct live *l, struct sio_socket *k)
{
	pthread_mutex_lock(&l->lock);
	const bool over = l->over;
	l->ready = true;
	if (!over)
		l->socket = k;
	pthread_mutex_unlock(&l->lock);
	unlist(l);
	if (over)
		return;
	if (l->stream)
		begin_stream(l);
	else
		live_tell(l, "connection_ack", NULL, NULL);
}

static void on_joined(void *arg, struct sio_socket *k)
{
	ready(arg, k);
}

static void on_emit(void *arg, const struct sio_event *e, const char *id)
{
	(void)id;
	live_hear(arg, e);
}

static void on_close(void *arg)
{
	live_close(arg, 4403, "Forbidden");
}

static void on_refuse(void *arg, const char *message, const char *data)
{
	struct live *l = arg;
	const size_t n = data ? strlen(data) : 0;
	if (!l->stream) {
		live_close(l, 4403, message);
		return;
	}
	struct buf b = { 0 }, members = { 0 };
	if (n > 2) /* without the braces */
		buf_add(&members, data + 1, n - 2);
	answer_graphql(&b, message, members.n ? buf_cstr(&members) : NULL);
	live_tell(l, "next", NULL, buf_cstr(&b));
	live_tell(l, "complete", NULL, NULL);
	buf_free(&b);
	buf_free(&members);
}

/* Who shows no token is nobody: he may ask what everybody may, and hears nothing. */
static void say_who(struct live *l)
{
	static const struct sio_wire wire = { .joined = on_joined,
		.refuse = on_refuse,
		.emit = on_emit,
		.close = on_close,
		.forget = let_go,
		.name = "graphql" };
	if (!l->token) {
		ready(l, NULL);
		return;
	}
	struct buf b = { 0 };
	buf_str(&b, "{\"token\":");
	json_write_text(&b, l->token);
	buf_char(&b, '}');
	live_hold(l);
	struct sio_socket *k = sio_attach(sockets.main, &wire, l, &l->arrival, buf_cstr(&b));
	pthread_mutex_lock(&l->lock);
	l->socket = k;
	pthread_mutex_unlock(&l->lock);
	explicit_bzero(b.p, b.n);
	buf_free(&b);
}

static void gone(struct live *l)
{
	unlist(l);
	pthread_mutex_lock(&l->lock);
	struct sio_socket *k = l->socket;
	l->socket = NULL;
	l->over = true;
	pthread_mutex_unlock(&l->lock);
	if (k)
		sio_detach(k, "transport close");
	live_end_all(l);
	live_let_go(l);
}

/* --- messages ------------------------------------------------------------------------------------------------------ */

static char *token_in(const json_t *payload)
{
	static const char *const names[] = { "token", "accessToken", "authToken", "authorization", "Authorization" };
	const char *text = NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names && !text; i++)
		text = json_string_value(json_object_get(payload, names[i]));
	if (!text && payload && json_object_get(payload, "headers"))
		return token_in(json_object_get(payload, "headers"));
	text = text ? token_alone(text) : "";
	return *text ? str_copy(text) : NULL;
}

static void on_init(struct live *l, const json_t *message)
{
	pthread_mutex_lock(&l->lock);
	const bool twice = l->asked;
	l->asked = true;
	pthread_mutex_unlock(&l->lock);
	if (twice) {
		live_close(l, 4429, "Too many initialisation requests");
		return;
	}
	char *token = token_in(json_object_get(message, "payload"));
	if (token) {
		str_forget(l->token);
		l->token = token;
	}
	say_who(l);
}

static void on_subscribe(struct live *l, const json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id"));
	const json_t *payload = json_object_get(message, "payload");
	const char *query = json_string_value(json_object_get(payload, "query"));
	json_t *variables = json_object_get(payload, "variables");
	pthread_mutex_lock(&l->lock);
	const bool known = l->ready;
	pthread_mutex_unlock(&l->lock);
	if (!known) {
		live_close(l, 4401, "Unauthorized");
		return;
	}
	if (!id || !*id || strlen(id) > LIVE_ID_MAX || !query ||
		(variables && !json_is_object(variables) && !json_is_null(variables))) {
		live_close(l, 4400, "A subscribe message has an id, and a payload with a query");
		return;
	}
	char *text = json_is_object(variables) ? json_dumps(variables, JSON_COMPACT) : NULL;
	live_begin(l, sub_new(id, query, text, json_string_value(json_object_get(payload, "operationName"))));
	free(text);
}

static void on_complete(struct live *l, const json_t *message)
{
	const char *id = json_string_value(json_object_get(message, "id"));
	if (id)
		live_end(l, id);
}

static void on_ping(struct live *l, const json_t *message)
{
	(void)message;
	live_tell(l, "pong", NULL, NULL);
}

static void on_pong(struct live *l, const json_t *message)
{
	(void)l;
	(void)message;
}

static const struct {
	const char *type;
	void (*fn)(struct live *l, const json_t *message);
} types[] = { { "connection_init", on_init }, { "subscribe", on_subscribe }, { "complete", on_complete },
	{ "ping", on_ping }, { "pong", on_pong } };

static void on_message(void *arg, uint64_t id, enum ws_kind kind, const char *p, size_t n)
{
	struct live *l = arg;
	(void)id;
	json_t *message = kind == WS_TEXT ? json_on_heap(p, n) : NULL;
	const char *type = json_string_value(json_object_get(message, "type"));
	size_t i = 0;
	while (type && i < sizeof types / sizeof *types && strcmp(types[i].type, type) != 0)
		i++;
	if (type && i < sizeof types / sizeof *types)
		types[i].fn(l, message);
	else
		live_close(l, 4400, "Invalid message received");
	json_decref(message);
}

/* --- connections ---------------------------------------------------------------------------------------------------- */

static void *on_open(void *arg, uint64_t id)
{
	struct live *l = arg;
	live_hold(l); /* the request's own hold goes with its arena */
	l->conn_id = id;
	if (l->stream) {
		l->asked = true;
		say_who(l);
	} else {
		list(l);
	}
	return l;
}

static void on_gone(void *arg, uint64_t id, int code)
{
	(void)id;
	(void)code;
	gone(arg);
}

enum http_when graph_live_connect(struct http_req *r)
{
	static const char *const protocols[] = { "graphql-transport-ws", NULL };
	if (!sockets_are_open() || !cors_may_connect(r, sockets.origins)) {
		http_answer_text(r, 403, "text/plain; charset=utf-8", "Pages of other sites may not connect.\n");
		return HTTP_NOW;
	}
	if (is_full()) {
		http_answer_text(
			r, 503, "text/plain; charset=utf-8", "There are too many connections. Try again later.\n");
		return HTTP_NOW;
	}
	struct live *l = live_new(r);
	arena_defer(r->mem, let_go, l);
	const char *shown = socket_token(r);
	l->token = *shown ? str_copy(shown) : NULL;
	const struct http_socket_handler handler = {
		.on_open = on_open, .on_message = on_message, .on_close = on_gone, .arg = l
	};
	const struct ws_limits limits = { .message = MESSAGE_MAX, .output = WAITING_MAX };
	http_upgrade(r, &handler, protocols, &limits);
	return HTTP_NOW;
}

err_t graph_live_stream(struct call *c, struct http_req *r)
{
	const struct graphql_request *in = c->in;
	const struct graphql_work *w = c->work;
	if (!sockets_are_open() || is_full())
		return FAIL(&c->cx, ERR_UNAVAILABLE, "it stops, or is full");
	struct live *l = live_new(r);
	arena_defer(r->mem, let_go, l);
	l->stream = true;
	l->token = str_copy(call_token(c));
	l->first_sub = sub_new("", w->document->source, in->variables.text, in->operation_name);
	r->res->status = 200;
	r->res->content_type = "text/event-stream";
	http_add(r, "Cache-Control", "no-store");
	http_add(r, "X-Accel-Buffering", "no");
	const struct http_socket_handler handler = { .on_open = on_open, .on_close = on_gone, .arg = l };
	http_stream(r, &handler, WAITING_MAX);
	return ERR_OK;
}
