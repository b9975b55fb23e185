#include "api/socket_part.h"
#include "api/cookies.h"
#include "api/cors.h"
#include "api/socket_bus.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "http/ip.h"

#include <stdlib.h>

enum { CALL_MEMORY = 4 << 20 };

struct sockets sockets;

const struct realtime_conf *sockets_conf(void)
{
	return conf_get(conf_current(), &realtime_conf_group);
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

void socket_set_origin(struct cx *cx, const struct arrival *from)
{
	cx->from.ip = arena_strdup(cx->mem, from->ip);
	cx->from.ip_block = ip_block_text(cx->mem, from->ip);
	cx->from.user_agent = arena_strdup(cx->mem, from->user_agent);
	cx->from.correlation_id = call_correlation(cx->mem, NULL);
}

struct asked *asked_new(struct sio_socket *k, const struct op *op)
{
	const struct arrival *from = sio_remembered(k);
	const struct visitor *v = sio_user(k);
	struct arena *mem = arena_new(CALL_MEMORY);
	struct asked *a = arena_new_of(mem, struct asked);
	*a = (struct asked){ .call = call_new(mem, op), .socket = k, .ack = SIO_NO_ACK };
	sio_hold(k);
	a->call->creds.known = v && *v->user_id ? &v->known : NULL;
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
	sio_broadcast(sockets.main, &(struct sio_to){ .room = room, .except = except }, &e);
	socket_bus_tell(room, except, &e);
	buf_free(&b);
}

void socket_tell_here(const char *room, const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	const struct sio_event e = { .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	sio_broadcast(sockets.main, &(struct sio_to){ .room = room }, &e);
	buf_free(&b);
}

void socket_tell_all(const char *event, const struct type *t, const void *object)
{
	struct buf b = { 0 };
	json_write_camel(&b, t, object, JSON_ANSWER);
	const struct sio_event e = { .name = event, .args = buf_cstr(&b), .ack = SIO_NO_ACK };
	sio_broadcast(sockets.main, &(struct sio_to){ .now_or_never = true }, &e);
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

/* --- the server --------------------------------------------------------------------------------------------------- */

const struct arrival *socket_arrival(struct arena *a, const struct http_req *r)
{
	struct arrival *from = arena_new_of(a, struct arrival);
	const char *agent = http_header(r, "user-agent");
	*from = (struct arrival){ .token = "",
		.ip = arena_strdup(a, r->ip),
		.user_agent = arena_strdup(a, agent && utf8_valid(agent, strlen(agent)) ? agent : ""),
		.at = time_now() };
	return from;
}

const char *token_alone(const char *shown)
{
	const char *token = http_bearer_token(shown);
	return token ? token : shown;
}

const char *socket_token(const struct http_req *r)
{
	struct door_cookies cookies;
	const char *bearer = http_bearer(r);
	if (bearer || http_header(r, "authorization"))
		return bearer ? bearer : "";
	cookies_read(r, sockets.https, &cookies);
	const char *cookie = cookies_get(r->mem, &cookies, "access");
	return cookie ? cookie : "";
}

/* Its texts stand behind it. */
static void *remember(void *arg, const struct http_req *r, size_t *n)
{
	(void)arg;
	const struct arrival *from = socket_arrival(r->mem, r);
	const char *token = socket_token(r);
	const size_t texts = strlen(token) + strlen(from->ip) + strlen(from->user_agent) + 3;
	*n = sizeof(struct arrival) + texts;
	struct arrival *kept = malloc(*n);
	if (!kept)
		abort();
	char *at = (char *)(kept + 1);
	*kept = (struct arrival){ str_place(&at, token), str_place(&at, from->ip), str_place(&at, from->user_agent),
		from->at };
	return kept;
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

static struct sio_nsp *open_space(struct sio *s, const struct space *space)
{
	const struct sio_handler handler = { .on_connect = visitor_comes,
		.on_event = space->on_event,
		.on_disconnect = visitor_leaves,
		.forget = visitor_forget,
		.arg = (void *)(uintptr_t)space };
	return sio_namespace(s, space->name, &handler);
}

void sockets_open(const struct realtime_conf *conf, const struct sockets_shared *shared)
{
	sockets.max_payload = conf->max_payload;
	sockets.origins = shared->origins;
	sockets.https = shared->https;
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
	for (size_t i = 0; i < SPACES; i++)
		sockets.spaces[i] = open_space(s, &spaces[i]);
	sockets.main = sockets.spaces[0];
	sockets.sio = s;
	sockets.opened_at = time_monotonic();
	socket_bus_open(&(struct socket_bus_conf){ shared->bus, conf->channel, engine()->node });
	watch_start();
}

void sockets_serve(struct http_server *server)
{
	atomic_store(&sockets.server, server);
	sio_serve(sockets.sio, server);
}

void sockets_close(void)
{
	watch_stop();
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
