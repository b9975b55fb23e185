#include "bus/redis.h"
#include "base/buf.h"
#include "base/time.h"
#include "bus/redis_reply.h"
#include "bus/redis_url.h"
#include "net/tls_client.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PARTS_MAX = 1024, PIECE = 16384 };

struct redis {
	int fd;
	struct tls_client *tls; /* NULL: none */
	struct reply_reader *reader;
	struct buf out;
};

static _Thread_local char reason[256];

static bool fails(const char **why, const char *fmt, const char *what) __attribute__((format(printf, 2, 0)));
static bool fails(const char **why, const char *fmt, const char *what)
{
	snprintf(reason, sizeof reason, fmt, what);
	*why = reason;
	return false;
}

static bool lost(const char **why)
{
	return fails(why, "%s", "Redis closed the connection.");
}

static bool silent(const char **why)
{
	return fails(why, "%s", "Redis does not answer in time.");
}

/* --- bytes -------------------------------------------------------------------------------------------------------- */

/* Waits until the socket can be read or written; false at the time `until`. */
static bool ready(const struct redis *r, short events, int64_t until)
{
	struct pollfd f = { .fd = r->fd, .events = events };
	for (;;) {
		int64_t left = until - time_monotonic();
		int n = poll(&f, 1, left > 0 ? (int)left : 0);
		if (n > 0)
			return true;
		if (n == 0 && left <= 0)
			return false;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static enum tls_step plain_step(ssize_t n, enum tls_step wait)
{
	if (n > 0)
		return TLS_STEP_DONE;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? wait : TLS_STEP_FAILED;
}

static enum tls_step write_some(struct redis *r, const char *p, size_t n, size_t *sent)
{
	if (r->tls)
		return tls_client_write(r->tls, p, n, sent);
	ssize_t got = send(r->fd, p, n, MSG_NOSIGNAL);
	*sent = got > 0 ? (size_t)got : 0;
	return plain_step(got, TLS_STEP_WRITE);
}

static enum tls_step read_some(struct redis *r, char *p, size_t cap, size_t *n)
{
	if (r->tls)
		return tls_client_read(r->tls, p, cap, n);
	ssize_t got = recv(r->fd, p, cap, 0);
	*n = got > 0 ? (size_t)got : 0;
	return plain_step(got, TLS_STEP_READ);
}

static bool wait_for(const struct redis *r, enum tls_step step, int64_t until, const char **why)
{
	if (step == TLS_STEP_FAILED)
		return lost(why);
	return ready(r, step == TLS_STEP_READ ? POLLIN : POLLOUT, until) || silent(why);
}

static bool send_all(struct redis *r, int64_t until, const char **why)
{
	for (size_t at = 0, sent = 0; at < r->out.n; at += sent) {
		enum tls_step step = write_some(r, r->out.p + at, r->out.n - at, &sent);
		if (step == TLS_STEP_DONE)
			continue;
		sent = 0;
		if (!wait_for(r, step, until, why))
			return false;
	}
	r->out.n = 0;
	return true;
}

/* More bytes for the reader; *came: some did. */
static bool receive(struct redis *r, int64_t until, bool *came, const char **why)
{
	char piece[PIECE];
	size_t n = 0;
	enum tls_step step = read_some(r, piece, sizeof piece, &n);
	*came = step == TLS_STEP_DONE;
	if (*came)
		return reply_feed(r->reader, piece, n) || fails(why, "%s", "Redis answers too much.");
	return wait_for(r, step, until, why);
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

void redis_add(struct redis *r, const struct redis_part *parts, size_t n)
{
	const char *argv[PARTS_MAX];
	size_t lengths[PARTS_MAX];
	char *text = NULL;
	if (n > PARTS_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		argv[i] = parts[i].p;
		lengths[i] = parts[i].n;
	}
	int length = redisFormatCommandArgv(&text, (int)n, argv, lengths);
	if (length < 0)
		abort();
	buf_grow(&r->out, (size_t)length);
	buf_add(&r->out, text, (size_t)length);
	redisFreeCommand(text);
}

/* The next answer, when all of it has come before `until`. */
static bool take(struct redis *r, struct arena *a, struct reply **out, int64_t until, const char **why)
{
	bool came;
	for (;;) {
		*out = NULL;
		if (!reply_next(r->reader, a, out))
			return fails(why, "%s", "What answers is no Redis.");
		if (*out)
			return true;
		if (!receive(r, until, &came, why))
			return false;
	}
}

bool redis_finish(struct redis *r, struct arena *a, struct reply **out, size_t n, int64_t ms, const char **why)
{
	int64_t until = time_monotonic() + ms;
	reply_begin(r->reader);
	if (!send_all(r, until, why))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!take(r, a, &out[i], until, why))
			return false;
	return true;
}

bool redis_hear(struct redis *r, struct arena *a, struct reply **out, int64_t ms, const char **why)
{
	int64_t until = time_monotonic() + ms;
	*out = NULL;
	reply_begin(r->reader);
	if (!send_all(r, until + 1000, why) || !reply_next(r->reader, a, out))
		return fails(why, "%s", "What answers is no Redis.");
	if (*out)
		return true;
	bool came = reply_begun(r->reader);
	if (!came && !r->tls && !ready(r, POLLIN, until))
		return true;
	if (!came && !receive(r, until, &came, why) && time_monotonic() < until)
		return false;
	/* What has begun is waited for: it stands in this arena. */
	return !came || take(r, a, out, time_monotonic() + 1000, why);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool connect_to(struct redis *r, const struct sockaddr *to, socklen_t n, int64_t until, const char **why)
{
	int on = 1, error = 0;
	socklen_t size = sizeof error;
	r->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return fails(why, "%s", "There is no socket to be had.");
	if (to->sa_family != AF_UNIX)
		(void)setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	bool good = connect(r->fd, to, n) == 0;
	if (!good && (errno == EINPROGRESS || errno == EINTR))
		good = ready(r, POLLOUT, until) && getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
		       !error;
	if (good)
		return true;
	close(r->fd);
	r->fd = -1;
	return fails(why, "%s", "Redis cannot be connected to.");
}

static bool connect_path(struct redis *r, const char *path, int64_t until, const char **why)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof to.sun_path)
		return fails(why, "%s", "The path of Redis's socket is too long.");
	memcpy(to.sun_path, path, strlen(path) + 1);
	return connect_to(r, (struct sockaddr *)&to, sizeof to, until, why);
}

static bool connect_host(struct redis *r, const struct redis_url *u, int64_t until, const char **why)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	bool good = false;
	if (getaddrinfo(u->host, u->port, &hints, &all))
		return fails(why, "The name %s cannot be resolved.", u->host);
	for (const struct addrinfo *i = all; i && !good; i = i->ai_next)
		good = connect_to(r, i->ai_addr, i->ai_addrlen, until, why);
	freeaddrinfo(all);
	return good;
}

static bool greet_tls(struct redis *r, const char *host, const char *ca_file, int64_t until, const char **why)
{
	r->tls = tls_client_new(r->fd, host, ca_file, why);
	if (!r->tls)
		return false;
	for (;;) {
		enum tls_step step = tls_client_greet(r->tls);
		if (step == TLS_STEP_DONE)
			return true;
		if (step == TLS_STEP_FAILED)
			return fails(why, "%s", tls_client_why(r->tls));
		if (!wait_for(r, step, until, why))
			return false;
	}
}

static struct redis_part part(const char *s)
{
	return (struct redis_part){ s, strlen(s) };
}

/* One question that must be answered without an error. */
static bool must(
	struct redis *r, struct arena *a, const struct redis_part *parts, size_t n, int64_t until, const char **why)
{
	struct reply *reply;
	redis_add(r, parts, n);
	if (!redis_finish(r, a, &reply, 1, until - time_monotonic(), why))
		return false;
	return reply->kind != REPLY_ERROR || fails(why, "Redis says: %s", reply->s);
}

static bool log_in(struct redis *r, struct arena *a, const struct redis_url *u, int64_t until, const char **why)
{
	if (u->password && u->user) {
		const struct redis_part auth[] = { part("AUTH"), part(u->user), part(u->password) };
		if (!must(r, a, auth, 3, until, why))
			return false;
	} else if (u->password) {
		const struct redis_part auth[] = { part("AUTH"), part(u->password) };
		if (!must(r, a, auth, 2, until, why))
			return false;
	}
	const struct redis_part select[] = { part("SELECT"), part(arena_printf(a, "%lld", (long long)u->db)) };
	const struct redis_part ping[] = { part("PING") };
	return (!u->db || must(r, a, select, 2, until, why)) && must(r, a, ping, 1, until, why);
}

static bool open_it(struct redis *r, struct arena *a, const struct redis_target *conf, const char **why)
{
	struct redis_url u;
	int64_t until = time_monotonic() + conf->connect_ms;
	if (!redis_url_read(a, conf->url, &u))
		return fails(why, "%s", "The URL is not of the form redis://user:password@host:port/db.");
	if (!(u.path ? connect_path(r, u.path, until, why) : connect_host(r, &u, until, why)))
		return false;
	return (!u.tls || greet_tls(r, u.host, conf->ca_file, until, why)) && log_in(r, a, &u, until, why);
}

struct redis *redis_open(const struct redis_target *conf, const char **why)
{
	struct arena *a = arena_new(0);
	struct redis *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->fd = -1;
	r->reader = reply_reader_new();
	bool good = open_it(r, a, conf, why);
	if (r->out.p)
		explicit_bzero(r->out.p, r->out.cap); /* the password passed through */
	arena_free(a);
	if (good)
		return r;
	redis_close(r);
	return NULL;
}

void redis_close(struct redis *r)
{
	if (!r)
		return;
	tls_client_free(r->tls);
	if (r->fd >= 0)
		close(r->fd);
	reply_reader_free(r->reader);
	buf_free(&r->out);
	free(r);
}
