/* roster-echo: the HTTP engine alone, for conformance suites and for fuzzing.
 *
 *	GET /      200 with ETag and Last-Modified
 *	/echo      the request's headers, one "Name: value" a line
 *	/cookie    the cookies, one "name=value" a line
 *	/ws        a WebSocket that sends back what it gets
 *	/engine.io/  Engine.IO sessions that send back every message
 *	/socket.io/  Socket.IO with the namespaces / and /custom: each is sent `auth` with what it connected with, `message` is
 *	             answered by `message-back`, `message-with-ack` by its acknowledgement
 *	the rest   the body of the request
 */
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "http/cookie.h"
#include "http/field.h"
#include "http/negotiate.h"
#include "http/socket.h"
#include "net/pool.h"
#include "realtime/sio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LISTEN_MAX = 8, BODY_MAX = 16 * 1024 * 1024 };

static const char help[] =
	"Usage: roster-echo [--listen ADDRESS]...\n"
	"\n"
	"Answers HTTP/1.1 requests with what they bring: the engine of roster without any feature.\n"
	"\n"
	"  --listen ADDRESS   127.0.0.1:8080 (the default), [::1]:0, :8080 or unix:/path; may be repeated\n"
	"  --help             this text\n"
	"\n"
	"  --ping-interval MS --ping-timeout MS --max-payload BYTES   of Engine.IO: 25000, 20000, 1000000\n"
	"  --connect-timeout MS   until a client of Socket.IO has joined a namespace: 45000\n"
	"  --compress N           WebSockets agree to compress messages: 1; 0 (the default): they do not\n"
	"\n"
	"For tests:\n"
	"  --head-ms N --body-ms N --idle-ms N --write-ms N --stop-ms N   deadlines in milliseconds\n"
	"  --body-max BYTES --loops N --max N --max-per-address N         limits\n"
	"  --tls-cert FILE --tls-key FILE --tls-sni LIST                  TLS; SIGHUP reads the files again\n"
	"  --control PATH --trusted-proxies LIST\n"
	"  --probes FILE      adds /probe/file, /probe/later, /probe/held, /probe/who, /probe/upload and /probe/stats\n";

static struct {
	struct http_server_conf conf;
	const char *listen[LISTEN_MAX + 1];
	int listen_n;
	const char *probes;
	struct pool *pool;
	struct http_server *server;
	struct eio *eio;
	struct sio *sio;
	struct eio_conf realtime;
	int64_t payload_max, connect_ms, compress;
} echo = { .connect_ms = 45000,
	.realtime = { .ping_ms = 25000, .pong_ms = 20000, .upgrade_ms = 10000, .waiting_max = 16 << 20 },
	.payload_max = 1000000 };

/* --- answers ---------------------------------------------------------------------------------------------------- */

static void answer_root(struct http_req *r)
{
	enum { CHANGED_S = 1767225600 }; /* 2026-01-01 */
	struct validators now = { true, "\"roster-echo-1\"", INT64_C(1000) * CHANGED_S };
	struct conditions asked = { field_join(r->mem, &r->headers, "if-match"),
		field_join(r->mem, &r->headers, "if-none-match"), http_header(r, "if-modified-since"),
		http_header(r, "if-unmodified-since") };
	http_add(r, "ETag", now.etag);
	http_add(r, "Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
	switch (precondition_check(r->method, &asked, &now)) {
	case PRECONDITION_PROCEED:
		http_answer_text(r, 200, "text/plain; charset=utf-8", "OK\n");
		break;
	case PRECONDITION_NOT_MODIFIED:
		r->res->status = 304;
		break;
	case PRECONDITION_FAILED:
		http_answer_text(r, 412, "text/plain; charset=utf-8", "It was changed.\n");
		break;
	}
}

static void answer_headers(struct http_req *r)
{
	struct buf b = { .mem = r->mem };
	for (size_t i = 0; i < r->headers.n; i++)
		buf_printf(&b, "%s: %s\n", r->raw_names[i], r->headers.items[i].value);
	http_answer_text(r, 200, "text/plain; charset=utf-8", buf_cstr(&b));
}

static void answer_cookies(struct http_req *r)
{
	struct cookies c;
	struct buf b = { .mem = r->mem };
	cookie_parse(r->mem, field_join(r->mem, &r->headers, "cookie"), &c);
	for (size_t i = 0; i < c.n; i++)
		buf_printf(&b, "%s=%s\n", c.items[i].name, c.items[i].value);
	http_answer_text(r, 200, "text/plain; charset=utf-8", buf_cstr(&b));
}

static void answer_body(struct http_req *r)
{
	const char *type = http_header(r, "content-type");
	r->res->content_type = type ? type : "application/octet-stream";
	r->res->body = r->body;
	r->res->body_n = r->body_n;
	r->res->no_gzip = true;
}

static void on_message(void *arg, uint64_t id, enum ws_kind kind, const char *p, size_t n)
{
	(void)arg;
	http_socket_send(echo.server, id, kind, p, n);
}

/* --- Engine.IO ---------------------------------------------------------------------------------------------------- */

static void engine_echo(void *arg, struct eio_session *s, bool binary, const char *p, size_t n)
{
	(void)arg;
	(void)eio_send(s, binary, p, n);
}

/* --- Socket.IO ---------------------------------------------------------------------------------------------------- */

static void socket_connects(void *arg, struct sio_socket *k, const char *auth)
{
	(void)arg;
	(void)sio_welcome(k, &(struct sio_welcome){ 0 });
	sio_emit(k, &(struct sio_event){ .name = "auth", .args = auth, .ack = SIO_NO_ACK });
}

static void socket_event(void *arg, struct sio_socket *k, const struct sio_event *e)
{
	(void)arg;
	struct sio_event back = *e;
	back.name = "message-back";
	if (strcmp(e->name, "message") == 0)
		sio_emit(k, &back);
	else if (strcmp(e->name, "message-with-ack") == 0)
		sio_ack(k, e);
}

static void open_realtime(void)
{
	static const struct sio_handler handler = { .on_connect = socket_connects, .on_event = socket_event };
	echo.realtime.payload_max = (size_t)echo.payload_max;
	echo.realtime.compress = echo.compress;
	echo.sio = sio_new(&(struct sio_conf){ .engine = echo.realtime, .connect_ms = echo.connect_ms });
	(void)sio_namespace(echo.sio, "/", &handler);
	(void)sio_namespace(echo.sio, "/custom", &handler);
	echo.realtime.on_message = engine_echo;
	echo.eio = eio_new(&echo.realtime);
}

/* --- probes: what the tests of the engine need ------------------------------------------------------------------- */

struct late {
	struct job job;
	struct http_req *r;
};

static void answer_late(struct job *job)
{
	struct late *l = (struct late *)(void *)job;
	int64_t ms = 0;
	if (str_int(l->r->query, &ms) && ms > 0 && ms < 10000)
		clock_nanosleep(CLOCK_MONOTONIC, 0,
			&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
	answer_body(l->r);
	http_finish(l->r);
}

static enum http_when probe_later(struct http_req *r)
{
	struct late *l = arena_new_of(r->mem, struct late);
	*l = (struct late){ { .run = answer_late }, r };
	if (pool_submit(echo.pool, &l->job))
		return HTTP_LATER;
	http_answer_text(r, 503, "text/plain; charset=utf-8", "The server is busy.\n");
	http_add(r, "Retry-After", "1");
	return HTTP_NOW;
}

static void probe_upload(struct http_req *r)
{
	struct buf b = { .mem = r->mem };
	for (size_t i = 0; i < r->files_n; i++)
		buf_printf(&b, "file %s %s %s %lld\n", r->files[i].field, r->files[i].filename,
			r->files[i].content_type, (long long)r->files[i].size);
	http_answer_text(r, 200, "text/plain; charset=utf-8", buf_cstr(&b));
}

static void probe_stats(struct http_req *r)
{
	struct http_stats s;
	http_server_stats(echo.server, &s);
	http_answer_text(r, 200, "text/plain; charset=utf-8",
		arena_printf(r->mem, "connections %lld idle %lld refused %lld timeouts %lld\n",
			(long long)s.connections, (long long)s.idle, (long long)s.refused, (long long)s.timeouts));
}

static enum http_when probe(struct http_req *r, const char *name)
{
	int64_t ms = 0;
	if (strcmp(name, "later") == 0)
		return probe_later(r);
	if (strcmp(name, "held") == 0) {
		answer_body(r);
		r->res->not_before = str_int(r->query, &ms) ? time_monotonic() + ms : 0;
	} else if (strcmp(name, "file") == 0) {
		r->res->file = open(echo.probes, O_RDONLY | O_CLOEXEC);
		r->res->content_type = "text/plain";
		http_add(r, "ETag", "\"file-1\"");
	} else if (strcmp(name, "who") == 0) {
		http_answer_text(r, 200, "text/plain",
			arena_printf(r->mem, "%s %s %s %d\n", r->ip, r->secure ? "secure" : "plain",
				r->local ? "local" : "remote", r->local ? (int)r->peer_uid : -1));
	} else if (strcmp(name, "upload") == 0) {
		probe_upload(r);
	} else {
		probe_stats(r);
	}
	return HTTP_NOW;
}

/* --- the handler -------------------------------------------------------------------------------------------------- */

static enum http_when on_request(void *arg, struct http_req *r)
{
	(void)arg;
	bool read = r->method == HTTP_GET || r->method == HTTP_HEAD;
	if (strcmp(r->path, "/engine.io/") == 0)
		return eio_request(echo.eio, r);
	if (strcmp(r->path, "/socket.io/") == 0)
		return sio_request(echo.sio, r);
	if (echo.probes && str_starts(r->path, "/probe/"))
		return probe(r, r->path + strlen("/probe/"));
	if (read && strcmp(r->path, "/") == 0)
		answer_root(r);
	else if (strcmp(r->path, "/echo") == 0)
		answer_headers(r);
	else if (strcmp(r->path, "/cookie") == 0)
		answer_cookies(r);
	else if (strcmp(r->path, "/ws") == 0)
		http_upgrade(r, &(struct http_socket_handler){ .on_message = on_message }, NULL,
			&(struct ws_limits){ .window = echo.compress ? WS_WINDOW_MAX : 0 });
	else
		answer_body(r);
	return HTTP_NOW;
}

static void on_head(void *arg, struct http_req *r, int64_t *body_max, bool *files)
{
	(void)arg;
	(void)body_max;
	*files = echo.probes && strcmp(r->path, "/probe/upload") == 0;
}

/* --- start and stop ----------------------------------------------------------------------------------------------- */

static const struct option_text {
	const char *name;
	const char **to;
} texts[] = {
	{ "--tls-cert", &echo.conf.tls_cert },
	{ "--tls-key", &echo.conf.tls_key },
	{ "--tls-sni", &echo.conf.tls_sni },
	{ "--control", &echo.conf.control },
	{ "--trusted-proxies", &echo.conf.trusted_proxies },
	{ "--probes", &echo.probes },
};
static const struct option_number {
	const char *name;
	int64_t *to;
	int *to_int;
} numbers[] = {
	{ "--head-ms", &echo.conf.head_ms, NULL },
	{ "--body-ms", &echo.conf.body_ms, NULL },
	{ "--idle-ms", &echo.conf.idle_ms, NULL },
	{ "--write-ms", &echo.conf.write_ms, NULL },
	{ "--stop-ms", &echo.conf.stop_ms, NULL },
	{ "--ping-interval", &echo.realtime.ping_ms, NULL },
	{ "--ping-timeout", &echo.realtime.pong_ms, NULL },
	{ "--max-payload", &echo.payload_max, NULL },
	{ "--connect-timeout", &echo.connect_ms, NULL },
	{ "--compress", &echo.compress, NULL },
	{ "--body-max", &echo.conf.body_max, NULL },
	{ "--loops", NULL, &echo.conf.loops },
	{ "--max", NULL, &echo.conf.connections_max },
	{ "--max-per-address", NULL, &echo.conf.connections_per_address },
};

static bool set_number(const struct option_number *o, const char *value)
{
	int64_t v;
	if (!str_int(value, &v) || v < 0 || v > INT32_MAX)
		return false;
	if (o->to)
		*o->to = v;
	else
		*o->to_int = (int)v;
	return true;
}

static bool set_option(const char *name, const char *value)
{
	if (strcmp(name, "--listen") == 0 && echo.listen_n < LISTEN_MAX) {
		echo.listen[echo.listen_n++] = value;
		return true;
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].to = value;
			return true;
		}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (strcmp(numbers[i].name, name) == 0)
			return set_number(&numbers[i], value);
	return false;
}

static bool read_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i += 2)
		if (i + 1 >= argc || !set_option(argv[i], argv[i + 1])) {
			fprintf(stderr, "roster-echo: %s is not an option, or lacks a proper value. See --help.\n",
				argv[i]);
			return false;
		}
	if (echo.listen_n == 0)
		echo.listen[echo.listen_n++] = "127.0.0.1:8080";
	return true;
}

static void wait_for_the_end(const sigset_t *signals)
{
	int got;
	while (sigwait(signals, &got) == 0 && got == SIGHUP) {
		const char *why;
		if (http_server_reload_tls(echo.server, &why))
			fprintf(stderr, "roster-echo: %s The old certificates stay.\n", why);
	}
}

int main(int argc, char **argv)
{
	echo.conf = (struct http_server_conf){
		.handler = { .on_request = on_request, .on_head = on_head },
		.listen = echo.listen,
		.inherit = true,
		.head_ms = 10000,
		.body_ms = 30000,
		.idle_ms = 60000,
		.write_ms = 30000,
		.body_max = BODY_MAX,
	};
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(help, stdout);
		return 0;
	}
	if (!read_options(argc, argv))
		return 2;
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	struct arena *a = arena_new(0);
	const char *why = "";
	echo.pool = pool_new(&(struct pool_conf){ .name = "worker", .threads = 4, .queue_max = 256 });
	open_realtime();
	err_t e = http_server_start(a, &echo.conf, &echo.server, &why);
	eio_serve(echo.eio, echo.server);
	sio_serve(echo.sio, echo.server);
	if (e)
		fprintf(stderr, "roster-echo: %s\n", why);
	for (int i = 0; !e && http_server_address(echo.server, i); i++)
		printf("listening on %s\n", http_server_address(echo.server, i));
	fflush(stdout);
	if (!e) {
		wait_for_the_end(&signals);
		eio_stop(echo.eio);
		sio_stop(echo.sio);
		http_server_stop(echo.server);
	}
	eio_free(echo.eio);
	sio_free(echo.sio);
	pool_free(echo.pool);
	arena_free(a);
	return e ? 1 : 0;
}
