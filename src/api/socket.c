#include "api/socket_part.h"
#include "api/cors.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "http/ip.h"
#include "net/ticker.h"

#include <jansson.h>
#include <stdlib.h>
#include <strings.h>

enum { CALL_MEMORY = 4 << 20, BEAT_MS = 30000, LOOK_MS = 1000, DOUBTS_MAX = 1024 };

struct sockets sockets;

/* --- calls -------------------------------------------------------------------------------------------------------- */

static struct visitor *visitor_of(const struct sio_socket *k)
{
	return sio_user(k);
}

struct asked *asked_new(struct sio_socket *k, const struct op *op, const char *token)
{
	const struct arrival *from = sio_remembered(k);
	struct arena *mem = arena_new(CALL_MEMORY);
	struct asked *a = arena_new_of(mem, struct asked);
	*a = (struct asked){ .call = call_new(mem, op), .socket = k, .ack = SIO_NO_ACK };
	sio_hold(k);
	a->call->creds.bearer = token ? arena_strdup(mem, token) : NULL;
	a->call->cx.from.ip = arena_strdup(mem, from->ip);
	a->call->cx.from.ip_block = ip_block_text(mem, from->ip);
	a->call->cx.from.user_agent = arena_strdup(mem, from->user_agent);
	a->call->cx.from.correlation_id = call_correlation(mem, NULL);
	a->call->door = a;
	return a;
}

static void answered(struct call *c)
{
	struct asked *a = c->door;
	a->then(a);
	sio_let_go(a->socket);
	arena_free(c->cx.mem);
}

void asked_run(struct asked *a)
{
	a->call->answer = answered;
	if (call_start(a->call))
		answered(a->call);
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

void socket_tell(struct sio_socket *k, const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	sio_emit(k, &(struct sio_event){ .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK });
	buf_free(&b);
}

void socket_tell_room(
	const char *room, const struct sio_socket *but, const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	const struct sio_event e = { .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	(void)sio_broadcast(sockets.main, &(struct sio_to){ .room = room, .except = but ? sio_sid(but) : NULL }, &e);
	buf_free(&b);
}

void socket_error(struct sio_socket *k, const char *event, const char *message)
{
	atomic_fetch_add(&sockets.errors, 1);
	socket_tell(k, "error", &told_error_type, &(struct told_error){ event, message });
}

void socket_user_room(char out[static SIO_ROOM_MAX], const char *user_id)
{
	snprintf(out, SIO_ROOM_MAX, "user:%s", user_id);
}

/* --- who it is ---------------------------------------------------------------------------------------------------- */

/* When the token ends, by its own word: it was found to be good before this is asked. */
static int64_t expiry_of(const char *token)
{
	const char *from = strchr(token, '.'), *to = from ? strchr(from + 1, '.') : NULL;
	struct arena *a = arena_new(0);
	size_t n = 0;
	const unsigned char *text = to ? base64_decode(a, from + 1, (size_t)(to - from - 1), true, &n) : NULL;
	json_t *claims = text ? json_loadb((const char *)text, n, 0, NULL) : NULL;
	int64_t exp = json_integer_value(json_object_get(claims, "exp"));
	json_decref(claims);
	arena_free(a);
	return exp * 1000;
}

static char *copy(const char *s)
{
	char *c = strdup(s ? s : "");
	if (!c)
		abort();
	return c;
}

static void visitor_forget(void *user)
{
	struct visitor *v = user;
	if (!v)
		return;
	explicit_bzero(v->token, strlen(v->token));
	free(v->token);
	free(v->user_id);
	free(v->username);
	free(v->session_id);
	free(v);
}

static struct visitor *visitor_new(struct sio_socket *k, const struct cx *cx, const char *token)
{
	struct visitor *v = calloc(1, sizeof *v);
	if (!v)
		abort();
	v->arrival = *(const struct arrival *)sio_remembered(k);
	v->token = copy(token);
	v->user_id = copy(cx ? cx->who.id : "");
	v->session_id = copy(cx ? cx->who.session_id : "");
	v->username = copy("");
	v->expires_at = token ? expiry_of(token) : 0;
	return v;
}

/* As the older service said it, with the code of the API beside it. */
static void refuse(struct sio_socket *k, err_t e)
{
	static const struct {
		err_t e;
		const char *why;
	} known[] = { { ERR_TOKEN_INVALID, "Invalid token" }, { ERR_TOKEN_EXPIRED, "Token expired" },
		{ ERR_NOT_ACTIVE, "Account not active" }, { ERR_SESSION_ENDED, "Session ended" },
		{ ERR_UNAUTHENTICATED, "No token provided" }, { ERR_RATE_LIMITED, "Too many connections" } };
	const char *why = "Unknown error";
	struct buf b = { 0 }, data = { 0 };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].e == e)
			why = known[i].why;
	buf_printf(&b, "Authentication failed: %s", why);
	buf_printf(&data, "{\"code\":\"%s\",\"status\":%d}", err_info(e)->code, err_info(e)->http);
	atomic_fetch_add(&sockets.refused, 1);
	sio_refuse(k, buf_cstr(&b), buf_cstr(&data));
	buf_free(&b);
	buf_free(&data);
}

static size_t count_of(const char *room)
{
	enum { MOST = 4096 };
	struct sio_socket **all = calloc(MOST, sizeof(struct sio_socket *));
	size_t n = all ? sio_members(sockets.main, room, all, MOST) : 0;
	for (size_t i = 0; i < n; i++)
		sio_let_go(all[i]);
	free(all);
	return n;
}

static void note_peak(void)
{
	struct eio_stats s;
	sio_stats(sockets.sio, &s);
	long long peak = atomic_load(&sockets.peak);
	while (s.sessions > peak && !atomic_compare_exchange_weak(&sockets.peak, &peak, s.sessions))
		;
}

static void recheck(struct sio_socket *k);

/* He is in his room before he is looked at once more: what changed meanwhile was told to that room. */
static void admit(struct sio_socket *k, struct visitor *v)
{
	char room[SIO_ROOM_MAX];
	int64_t most = sockets.conf.per_user;
	socket_user_room(room, v->user_id);
	if (*v->user_id && most && count_of(room) >= (size_t)most) {
		visitor_forget(v);
		refuse(k, ERR_RATE_LIMITED);
		return;
	}
	sio_set_user(k, v);
	sio_welcome(k);
	note_peak();
	if (!*v->user_id)
		return;
	(void)sio_join(k, room);
	recheck(k);
}

static void checked_in(struct asked *a)
{
	struct call *c = a->call;
	if (c->result || c->cx.who.kind != ACTOR_USER) {
		refuse(a->socket, c->result ? c->result : ERR_TOKEN_INVALID);
		return;
	}
	struct visitor *v = visitor_new(a->socket, &c->cx, c->creds.bearer);
	const struct type *t = sockets.check->call->out;
	const struct field *f = type_field(t, "user", strlen("user"));
	const void *user = field_object(f, c->out);
	const struct field *name = user ? type_field(f->type, "username", strlen("username")) : NULL;
	free(v->username);
	v->username = copy(name ? *(const char *const *)field_value(name, user) : "");
	admit(a->socket, v);
}

/* auth.token, else the header of the request that opened the connection. */
static char *token_of(struct sio_socket *k, const char *auth)
{
	const struct arrival *from = sio_remembered(k);
	json_t *v = json_loads(auth, 0, NULL);
	const char *shown = json_string_value(json_object_get(v, "token"));
	if (!shown && strncasecmp(from->authorization, "Bearer ", strlen("Bearer ")) == 0)
		shown = from->authorization + strlen("Bearer ");
	if (shown && strncasecmp(shown, "Bearer ", strlen("Bearer ")) == 0)
		shown += strlen("Bearer ");
	char *token = shown && *shown ? copy(shown) : NULL;
	json_decref(v);
	return token;
}

static void on_connect(void *arg, struct sio_socket *k, const char *auth)
{
	char *token = token_of(k, auth);
	(void)arg;
	if (token) {
		struct asked *a = asked_new(k, sockets.check, token);
		a->then = checked_in;
		asked_run(a);
		explicit_bzero(token, strlen(token));
		free(token);
	} else if (sockets.conf.anonymous) {
		admit(k, visitor_new(k, NULL, NULL));
	} else {
		refuse(k, ERR_UNAUTHENTICATED);
	}
}

/* --- whether he still is ------------------------------------------------------------------------------------------- */

/* The connection is cut, not the namespace left: so clients come back by themselves, with the token they have then. */
static void rechecked(struct asked *a)
{
	const err_t e = a->call->result;
	if (e && err_info(e)->http < 500)
		sio_disconnect(a->socket, true);
}

static void recheck(struct sio_socket *k)
{
	const struct visitor *v = visitor_of(k);
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
	int64_t beat_at;
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

/* Those of that session or person (id NULL: all), or whose token has run out. */
static void look_at(const char *id, bool session, int64_t now)
{
	struct eio_stats s;
	sio_stats(sockets.sio, &s);
	size_t most = (size_t)s.sessions + 64;
	struct sio_socket **all = calloc(most, sizeof(struct sio_socket *));
	if (!all)
		return;
	char room[SIO_ROOM_MAX];
	socket_user_room(room, id ? id : "");
	size_t n = sio_members(sockets.main, id && !session ? room : NULL, all, most);
	for (size_t i = 0; i < n; i++) {
		const struct visitor *v = visitor_of(all[i]);
		if (v && (now ? v->expires_at && v->expires_at <= now : is_doubted(v, id, session)))
			recheck(all[i]);
		sio_let_go(all[i]);
	}
	free(all);
}

static void beat(int64_t now)
{
	if (time_monotonic() < doubts.beat_at)
		return;
	doubts.beat_at = time_monotonic() + BEAT_MS;
	socket_tell_room(NULL, NULL, "heartbeat", &told_beat_type, &(struct told_beat){ now, now });
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
		look_at(NULL, false, 0);
	for (size_t i = 0; i < n && !all; i++)
		look_at(list[i].user_id, list[i].session, 0);
	look_at(NULL, false, time_now());
	beat(time_now());
	return LOOK_MS;
}

/* --- the server --------------------------------------------------------------------------------------------------- */

static void *remember(void *arg, struct arena *a, const struct http_req *r)
{
	struct arrival *from = arena_new_of(a, struct arrival);
	const char *agent = http_header(r, "user-agent"), *authorization = http_header(r, "authorization");
	(void)arg;
	*from = (struct arrival){ .authorization = arena_strdup(a, authorization ? authorization : ""),
		.ip = arena_strdup(a, r->ip),
		.user_agent = arena_strdup(a, agent && utf8_valid(agent, strlen(agent)) ? agent : ""),
		.at = time_now() };
	return from;
}

/* Pages of other sites may not: a browser tells whose page it is. The own pages may, and those that are listed. */
static bool may_open(void *arg, struct http_req *r)
{
	(void)arg;
	if (cors_may_connect(r, sockets.origins))
		return true;
	r->res->status = 403;
	r->res->content_type = "application/json";
	r->res->body = "{\"code\":4,\"message\":\"Forbidden\"}";
	r->res->body_n = strlen(r->res->body);
	return false;
}

void sockets_open(const struct realtime_conf *conf, const char *origins)
{
	static const struct sio_handler handler = {
		.on_connect = on_connect, .on_event = socket_on_event, .forget = visitor_forget
	};
	sockets.conf = *conf;
	sockets.origins = origins;
	sockets.check = op_find("session_check", NULL);
	const struct sio_conf engine = { .engine = { .ping_ms = conf->ping_interval,
						 .pong_ms = conf->ping_timeout,
						 .upgrade_ms = conf->upgrade_timeout,
						 .payload_max = (size_t)conf->max_payload,
						 .compress = conf->compress,
						 .waiting_max = (size_t)conf->waiting,
						 .sessions_max = (size_t)conf->connections,
						 .may_open = may_open },
		.connect_ms = conf->connect_timeout,
		.remember = remember };
	struct sio *s = sio_new(&engine);
	sockets.main = sio_namespace(s, "/", &handler);
	sockets.sio = s;
	doubts.beat_at = time_monotonic() + BEAT_MS;
	pthread_mutex_lock(&doubts.lock);
	doubts.ticker = ticker_start("sockets", tick, NULL);
	pthread_mutex_unlock(&doubts.lock);
}

void sockets_serve(struct http_server *server)
{
	sio_serve(sockets.sio, server);
}

void sockets_close(void)
{
	pthread_mutex_lock(&doubts.lock);
	struct ticker *t = doubts.ticker;
	doubts.ticker = NULL;
	pthread_mutex_unlock(&doubts.lock);
	ticker_stop(t);
	sio_stop(sockets.sio);
}

void sockets_free(void)
{
	sio_free(sockets.sio);
	sockets.sio = NULL;
}

enum http_when sockets_request(struct http_req *r)
{
	if (sockets.sio)
		return sio_request(sockets.sio, r);
	http_answer_text(r, 404, "text/plain; charset=utf-8", "This server has no sockets.\n");
	return HTTP_NOW;
}

int64_t sockets_payload_max(void)
{
	return sockets.conf.max_payload + 1; /* more is refused by the session, which ends */
}

void sockets_stats(struct sockets_stats *out)
{
	struct eio_stats s = { 0 };
	if (sockets.sio)
		sio_stats(sockets.sio, &s);
	*out = (struct sockets_stats){ .connected = s.sessions,
		.opened = s.opened,
		.closed = s.closed,
		.messages = atomic_load(&sockets.messages),
		.errors = atomic_load(&sockets.errors),
		.refused = atomic_load(&sockets.refused),
		.peak = atomic_load(&sockets.peak) };
}
