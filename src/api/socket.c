#include "api/socket_part.h"
#include "api/cors.h"
#include "api/socket_bus.h"
#include "api/graph_live.h"
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

const struct realtime_conf *sockets_conf(void)
{
	return conf_get(conf_current(), &realtime_conf_group);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static struct visitor *visitor_of(const struct sio_socket *k)
{
	return sio_user(k);
}

void socket_set_origin(struct cx *cx, const struct arrival *from)
{
	cx->from.ip = arena_strdup(cx->mem, from->ip);
	cx->from.ip_block = ip_block_text(cx->mem, from->ip);
	cx->from.user_agent = arena_strdup(cx->mem, from->user_agent);
	cx->from.correlation_id = call_correlation(cx->mem, NULL);
}

struct asked *asked_new(struct sio_socket *k, const struct op *op, const char *token)
{
	const struct arrival *from = sio_remembered(k);
	struct arena *mem = arena_new(CALL_MEMORY);
	struct asked *a = arena_new_of(mem, struct asked);
	*a = (struct asked){ .call = call_new(mem, op), .socket = k, .ack = SIO_NO_ACK };
	sio_hold(k);
	a->call->creds.bearer = token ? arena_strdup(mem, token) : NULL;
	socket_set_origin(&a->call->cx, from);
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
	const char *except = but ? sio_sid(but) : NULL;
	(void)sio_broadcast(sockets.main, &(struct sio_to){ .room = room, .except = except }, &e);
	socket_bus_tell(room, except, &e);
	buf_free(&b);
}

void socket_tell_here(const char *room, const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	const struct sio_event e = { .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	(void)sio_broadcast(sockets.main, &(struct sio_to){ .room = room }, &e);
	buf_free(&b);
}

void socket_tell_all(const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	const struct sio_event e = { .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	(void)sio_broadcast(sockets.main, &(struct sio_to){ .now_or_never = true }, &e);
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
	free(v->role);
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
	v->role = copy(cx ? cx->who.role : "");
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

static void note_peak(void)
{
	const long long now = (long long)sio_count(sockets.main, NULL);
	long long peak = atomic_load(&sockets.peak);
	while (now > peak && !atomic_compare_exchange_weak(&sockets.peak, &peak, now))
		;
}

static void recheck(struct sio_socket *k);

/* He is in his room before he is looked at once more: what changed meanwhile was told to that room. */
static void admit(struct sio_socket *k, struct visitor *v, const struct wishes *w)
{
	char room[SIO_ROOM_MAX];
	int64_t most = sockets_conf()->per_user;
	const bool person = *v->user_id;
	socket_user_room(room, v->user_id);
	if (person && most && sio_count(sockets.main, room) >= (size_t)most) {
		visitor_forget(v);
		refuse(k, ERR_RATE_LIMITED);
		return;
	}
	sio_set_user(k, v);
	if (person)
		presence_came(v);
	const struct sio_welcome welcome = { .room = person ? room : NULL,
		.owner = person ? v->user_id : NULL,
		.recovers = person && w->recovers,
		.after = w->after };
	const bool in = sio_welcome(k, &welcome);
	if (in)
		atomic_fetch_add(&sockets.came, 1);
	note_peak();
	if (person && in)
		recheck(k);
	else if (person)
		presence_went(v);
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
	admit(a->socket, v, &a->wishes);
}

/* auth.token, else the header of the request that opened the connection. Who shows a pid was given one. */
static void read_wishes(const struct sio_socket *k, json_t *auth, struct wishes *out)
{
	static const char bearer[] = "Bearer ";
	const struct arrival *from = sio_remembered(k);
	const char *shown = json_string_value(json_object_get(auth, "token"));
	if (!shown && strncasecmp(from->authorization, bearer, strlen(bearer)) == 0)
		shown = from->authorization;
	if (shown && strncasecmp(shown, bearer, strlen(bearer)) == 0)
		shown += strlen(bearer);
	*out = (struct wishes){ .token = shown && *shown ? shown : NULL,
		.recovers = sockets_conf()->recovery || json_is_true(json_object_get(auth, "recovery")) ||
		            json_object_get(auth, "pid"),
		.after = json_string_value(json_object_get(auth, "after")) };
}

static void ask_who(struct sio_socket *k, const struct wishes *w)
{
	struct asked *a = asked_new(k, sockets.check, w->token);
	a->wishes = *w;
	a->wishes.token = a->call->creds.bearer;
	a->wishes.after = w->after ? arena_strdup(a->call->cx.mem, w->after) : NULL;
	a->then = checked_in;
	asked_run(a);
}

static void on_disconnect(void *arg, struct sio_socket *k, const char *why)
{
	const struct visitor *v = visitor_of(k);
	(void)arg;
	(void)why;
	atomic_fetch_add(&sockets.went, 1);
	if (!v || !*v->user_id)
		return;
	typing_expire(k, INT64_MAX);
	presence_went(v);
}

static void on_connect(void *arg, struct sio_socket *k, const char *auth)
{
	struct wishes w;
	json_t *v = json_loads(auth, 0, NULL);
	(void)arg;
	read_wishes(k, v, &w);
	if (w.token)
		ask_who(k, &w);
	else if (sockets_conf()->anonymous)
		admit(k, visitor_new(k, NULL, NULL), &w);
	else
		refuse(k, ERR_UNAUTHENTICATED);
	json_decref(v);
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

/* Those of that session or person (id NULL: all), or whose token has run out. */
static void look_at(const char *id, bool session, int64_t now)
{
	char room[SIO_ROOM_MAX];
	size_t n;
	socket_user_room(room, id ? id : "");
	struct sio_socket **all = sio_members(sockets.main, id && !session ? room : NULL, &n);
	for (size_t i = 0; i < n; i++) {
		const struct visitor *v = visitor_of(all[i]);
		if (v && now)
			typing_expire(all[i], time_monotonic());
		if (v && (now ? v->expires_at && v->expires_at <= now : is_doubted(v, id, session)))
			recheck(all[i]);
	}
	sio_members_free(all, n);
}

static void beat(int64_t now)
{
	if (time_monotonic() < doubts.beat_at)
		return;
	doubts.beat_at = time_monotonic() + BEAT_MS;
	socket_tell_all("heartbeat", &told_beat_type, &(struct told_beat){ now, now });
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
	presence_tick();
	graph_live_tick(time_monotonic());
	return LOOK_MS;
}

/* --- the server --------------------------------------------------------------------------------------------------- */

const struct arrival *socket_arrival(struct arena *a, const struct http_req *r)
{
	struct arrival *from = arena_new_of(a, struct arrival);
	const char *agent = http_header(r, "user-agent"), *authorization = http_header(r, "authorization");
	*from = (struct arrival){ .authorization = arena_strdup(a, authorization ? authorization : ""),
		.ip = arena_strdup(a, r->ip),
		.user_agent = arena_strdup(a, agent && utf8_valid(agent, strlen(agent)) ? agent : ""),
		.at = time_now() };
	return from;
}

static void *remember(void *arg, struct arena *a, const struct http_req *r)
{
	(void)arg;
	return (void *)(uintptr_t)socket_arrival(a, r);
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

void sockets_open(const struct realtime_conf *conf, const char *origins, const struct sockets_shared *shared)
{
	static const struct sio_handler handler = { .on_connect = on_connect,
		.on_event = socket_on_event,
		.on_disconnect = on_disconnect,
		.forget = visitor_forget };
	sockets.max_payload = conf->max_payload;
	sockets.origins = origins;
	sockets.presence = shared->presence;
	sockets.check = op_find("session_check", NULL);
	const struct sio_conf how = { .engine = { .ping_ms = conf->ping_interval,
					      .pong_ms = conf->ping_timeout,
					      .upgrade_ms = conf->upgrade_timeout,
					      .payload_max = (size_t)conf->max_payload,
					      .compress = conf->compress,
					      .waiting_max = (size_t)conf->waiting,
					      .sessions_max = (size_t)conf->connections,
					      .may_open = may_open },
		.connect_ms = conf->connect_timeout,
		.recall_ms = conf->recall,
		.recall_bytes = (size_t)conf->recall_memory,
		.remember = remember };
	struct sio *s = sio_new(&how);
	sockets.main = sio_namespace(s, "/", &handler);
	sockets.sio = s;
	sockets.opened_at = time_monotonic();
	socket_bus_open(&(struct socket_bus_conf){ shared->bus, conf->channel, engine()->node });
	doubts.beat_at = time_monotonic() + BEAT_MS;
	pthread_mutex_lock(&doubts.lock);
	doubts.ticker = ticker_start("sockets", tick, NULL);
	pthread_mutex_unlock(&doubts.lock);
}

void sockets_serve(struct http_server *server)
{
	atomic_store(&sockets.server, server);
	sio_serve(sockets.sio, server);
}

void sockets_close(void)
{
	pthread_mutex_lock(&doubts.lock);
	struct ticker *t = doubts.ticker;
	doubts.ticker = NULL;
	pthread_mutex_unlock(&doubts.lock);
	ticker_stop(t);
	socket_bus_close();
	sio_stop(sockets.sio);
	presence_end();
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
	return sockets.max_payload + 1; /* more is refused by the session, which ends */
}

static int64_t port(void)
{
	struct http_server *server = atomic_load(&sockets.server);
	const char *address = server ? http_server_address(server, 0) : NULL;
	const char *at = address ? strrchr(address, ':') : NULL;
	return at ? strtoll(at + 1, NULL, 10) : 0;
}

void sockets_stats(struct sockets_stats *out)
{
	*out = (struct sockets_stats){ 0 };
	if (!sockets_are_open())
		return;
	*out = (struct sockets_stats){ .joined = (int64_t)sio_count(sockets.main, NULL),
		.opened = atomic_load(&sockets.came),
		.closed = atomic_load(&sockets.went),
		.messages = atomic_load(&sockets.messages),
		.errors = atomic_load(&sockets.errors),
		.refused = atomic_load(&sockets.refused),
		.peak = atomic_load(&sockets.peak),
		.opened_at = sockets.opened_at,
		.port = port() };
}
