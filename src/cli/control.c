#include "cli/control.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <http_parser.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_SECONDS = 120, LARGEST_ANSWER = 64 << 20 };

/* A socket's path has room for 107 bytes only; through /proc a data folder may lie as deep as it likes. */
static bool socket_address(int folder, struct sockaddr_un *sa)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(sa->sun_path, sizeof sa->sun_path, "/proc/self/fd/%d/control.sock", folder);
	return n > 0 && (size_t)n < sizeof sa->sun_path;
}

static err_t connect_error(int error)
{
	if (error == EACCES || error == EPERM)
		return ERR_DENIED;
	return error == ENOENT || error == ECONNREFUSED || error == ENOTSOCK ? ERR_NOT_HERE : ERR_UNAVAILABLE;
}

static err_t control_connect(const char *data, int *out)
{
	int folder = open(data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return errno == ENOENT ? ERR_NOT_HERE : connect_error(errno);
	struct sockaddr_un sa;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	err_t e = ERR_OK;
	if (fd < 0 || !socket_address(folder, &sa))
		e = ERR_UNAVAILABLE;
	else if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) != 0)
		e = connect_error(errno);
	close(folder);
	if (e && fd >= 0)
		close(fd);
	*out = e ? -1 : fd;
	return e;
}

static bool send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

struct reading {
	struct buf body;
	bool done;
};

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct reading *r = p->data;
	if (r->body.n + n > LARGEST_ANSWER)
		return 1;
	buf_add(&r->body, at, n);
	return 0;
}

static int on_complete(http_parser *p)
{
	((struct reading *)p->data)->done = true;
	return 0;
}

static err_t receive(struct arena *a, int fd, struct control_answer *out)
{
	static const http_parser_settings settings = { .on_body = on_body, .on_message_complete = on_complete };
	struct reading r = { .body = { .mem = a } };
	http_parser parser;
	http_parser_init(&parser, HTTP_RESPONSE);
	parser.data = &r;
	char chunk[16384];
	while (!r.done) {
		ssize_t n = recv(fd, chunk, sizeof chunk, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_UNAVAILABLE;
		/* n == 0 tells the parser of the end: an answer without a length is complete then */
		size_t used = http_parser_execute(&parser, &settings, chunk, (size_t)n);
		if (used != (size_t)n || HTTP_PARSER_ERRNO(&parser) != HPE_OK || (n == 0 && !r.done))
			return ERR_UNAVAILABLE;
	}
	*out = (struct control_answer){ (int)parser.status_code, buf_cstr(&r.body), r.body.n };
	return ERR_OK;
}

err_t control_call(
	struct arena *a, const char *data, const char *op, const char *json, size_t n, struct control_answer *out)
{
	int fd;
	TRY(control_connect(data, &fd));
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	struct buf request = { .mem = a };
	buf_printf(&request,
		"POST /control/op/%s HTTP/1.1\r\nHost: roster\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		op, n);
	buf_add(&request, json, n);
	err_t e = send_all(fd, request.p, request.n) ? receive(a, fd, out) : ERR_UNAVAILABLE;
	close(fd);
	return e;
}
