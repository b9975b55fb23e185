#include "net/listen.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static err_t refuse(const char **why, const char *sentence)
{
	*why = sentence;
	return ERR_INVALID;
}

bool listen_is_unix(const struct listen_at *at)
{
	return at->address.ss_family == AF_UNIX;
}

static void name_write(struct listen_at *at)
{
	char text[INET6_ADDRSTRLEN] = "";
	if (at->address.ss_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, &at->address, sizeof in);
		inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
		snprintf(at->name, sizeof at->name, "%s:%u", text, ntohs(in.sin_port));
	} else if (at->address.ss_family == AF_INET6) {
		struct sockaddr_in6 in;
		memcpy(&in, &at->address, sizeof in);
		inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
		snprintf(at->name, sizeof at->name, "[%s]:%u", text, ntohs(in.sin6_port));
	} else {
		struct sockaddr_un un;
		memcpy(&un, &at->address, sizeof un);
		snprintf(at->name, sizeof at->name, "unix:%.*s", (int)sizeof un.sun_path, un.sun_path);
	}
}

static err_t parse_unix(const char *path, struct listen_at *out, const char **why)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof un.sun_path)
		return refuse(why, "A unix socket's path must have 1 to 107 bytes.");
	memcpy(un.sun_path, path, n);
	memcpy(&out->address, &un, sizeof un);
	out->address_n = sizeof un;
	name_write(out);
	return ERR_OK;
}

/* Splits "host:port" at the last colon; brackets round an IPv6 host are taken off. */
static bool split(const char *s, char *host, size_t size, int64_t *port)
{
	const char *colon = strrchr(s, ':');
	if (!colon || !colon[1] || !str_int(colon + 1, port) || *port < 0 || *port > 65535)
		return false;
	size_t n = (size_t)(colon - s);
	if (n && *s == '[') {
		if (n < 2 || colon[-1] != ']')
			return false;
		s++;
		n -= 2;
	}
	if (n >= size)
		return false;
	memcpy(host, s, n);
	host[n] = 0;
	return true;
}

err_t listen_parse(const char *s, struct listen_at *out, const char **why)
{
	*out = (struct listen_at){ .mode = 0666 };
	if (str_starts(s, "unix:"))
		return parse_unix(s + 5, out, why);
	char host[64];
	int64_t port;
	if (!split(s, host, sizeof host, &port))
		return refuse(
			why, "An address to listen on looks like 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path.");
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &v4.sin_addr) == 1) {
		memcpy(&out->address, &v4, sizeof v4);
		out->address_n = sizeof v4;
	} else if (inet_pton(AF_INET6, *host && strcmp(host, "*") != 0 ? host : "::", &v6.sin6_addr) == 1) {
		memcpy(&out->address, &v6, sizeof v6);
		out->address_n = sizeof v6;
	} else {
		return refuse(why, "The address to listen on is not an IP address of this machine.");
	}
	name_write(out);
	return ERR_OK;
}

/* A socket file that nobody listens on any more is what a killed server leaves behind; one that answers is not ours. */
static err_t unix_clear(const struct listen_at *at, const char **why)
{
	struct sockaddr_un un;
	memcpy(&un, &at->address, sizeof un);
	struct stat s;
	if (lstat(un.sun_path, &s) != 0)
		return ERR_OK;
	if (!S_ISSOCK(s.st_mode)) {
		*why = "The path of the unix socket is taken by something that is not a socket.";
		return ERR_CONFLICT;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)&at->address, at->address_n) == 0;
	if (fd >= 0)
		close(fd);
	if (alive) {
		*why = "Another program already listens on that unix socket.";
		return ERR_CONFLICT;
	}
	unlink(un.sun_path);
	return ERR_OK;
}

static void options_set(int fd, const struct listen_at *at)
{
	static const int one = 1, zero = 0;
	if (listen_is_unix(at))
		return;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* accepted sockets inherit it */
	if (at->address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
}

/* With SO_REUSEPORT a second program of the same user would silently take half of the connections: ask without it. */
static bool port_taken(const struct listen_at *at)
{
	static const int one = 1;
	int fd = socket(at->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	bool taken = bind(fd, (const struct sockaddr *)&at->address, at->address_n) != 0 && errno == EADDRINUSE;
	close(fd);
	return taken;
}

static bool bind_and_listen(int fd, const struct listen_at *at)
{
	/* A unix socket is made with the rights it shall have: chmod() afterwards would leave a moment for others. */
	mode_t before = listen_is_unix(at) ? umask(0777 & ~(mode_t)at->mode) : 0;
	bool ok = bind(fd, (const struct sockaddr *)&at->address, at->address_n) == 0;
	int error = errno;
	if (listen_is_unix(at))
		umask(before);
	errno = error;
	return ok && listen(fd, BACKLOG) == 0;
}

err_t listen_open(struct listen_at *at, int *out_fd, const char **why)
{
	if (listen_is_unix(at))
		TRY(unix_clear(at, why));
	*why = "Another program already listens on that address.";
	if (!listen_is_unix(at) && !at->opened && port_taken(at))
		return ERR_CONFLICT;
	int fd = socket(at->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	*why = "The address to listen on cannot be opened on this machine.";
	if (fd < 0)
		return ERR_UNAVAILABLE;
	options_set(fd, at);
	if (!bind_and_listen(fd, at)) {
		bool taken = errno == EADDRINUSE;
		if (taken)
			*why = "Another program already listens on that address.";
		else if (errno == EACCES)
			*why = "This user may not listen on that address.";
		close(fd);
		return taken ? ERR_CONFLICT : ERR_UNAVAILABLE;
	}
	*out_fd = fd;
	if (!listen_is_unix(at))
		TRY(listen_describe(fd, at));
	at->opened = true;
	return ERR_OK;
}

err_t listen_describe(int fd, struct listen_at *out)
{
	out->address_n = sizeof out->address;
	if (getsockname(fd, (struct sockaddr *)&out->address, &out->address_n) != 0)
		return ERR_INVALID;
	name_write(out);
	return ERR_OK;
}

int listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int64_t whose, count;
	if (!pid || !n || !str_int(pid, &whose) || !str_int(n, &count) || whose != getpid() || count < 1 || count > 64)
		return 0;
	for (int fd = LISTEN_FIRST; fd < LISTEN_FIRST + (int)count; fd++) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return (int)count;
}
