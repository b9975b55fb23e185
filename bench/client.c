#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, HEAD_MAX = 16 * 1024 };

/* Connecting blocks, so that ten thousand connections come one after another and overrun no accept queue. */
bool client_open(struct client *c, int epoll, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	c->epoll = epoll;
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
		client_close(c);
		return false;
	}
	int on = 1;
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	return epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &ev) == 0;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->busy = c->wants_write = false;
	c->sent = c->out.n = c->in.n = 0;
}

static void want_write(struct client *c, bool want)
{
	if (c->wants_write == want)
		return;
	c->wants_write = want;
	struct epoll_event ev = { .events = want ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c };
	epoll_ctl(c->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

enum client_state client_send(struct client *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN) {
			want_write(c, true);
			return CLIENT_WAITS;
		}
		if (n <= 0)
			return CLIENT_BROKEN;
		c->sent += (size_t)n;
	}
	want_write(c, false);
	return CLIENT_WAITS;
}

static const char *header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);
	return at ? at + strlen(name) : NULL;
}

/* Takes apart what has come so far. */
static enum client_state parse(struct client *c, struct answer *a)
{
	char *end = c->in.n ? memmem(c->in.p, c->in.n, "\r\n\r\n", 4) : NULL;
	if (!end)
		return c->in.n > HEAD_MAX ? CLIENT_BROKEN : CLIENT_WAITS;
	if (end - c->in.p < 12)
		return CLIENT_BROKEN;
	end[2] = 0; /* ends the head for strcasestr() */
	a->head = c->in.p;
	a->head_n = (size_t)(end - c->in.p) + 4;
	a->status = (int)strtol(c->in.p + 9, NULL, 10);
	const char *length = header(c->in.p, "\r\ncontent-length:");
	bool none = a->status == 204 || a->status == 304;
	a->body_n = length ? (size_t)strtoul(length, NULL, 10) : 0;
	a->body = c->in.p + a->head_n;
	end[2] = '\r';
	if (!length && !none)
		return CLIENT_BROKEN;
	return c->in.n >= a->head_n + a->body_n ? CLIENT_ANSWERED : CLIENT_WAITS;
}

enum client_state client_receive(struct client *c, struct answer *a)
{
	buf_grow(&c->in, READ_SIZE);
	ssize_t n = recv(c->fd, c->in.p + c->in.n, READ_SIZE, 0);
	if (n < 0)
		return errno == EAGAIN ? CLIENT_WAITS : CLIENT_BROKEN;
	if (n == 0)
		return CLIENT_BROKEN;
	c->in.n += (size_t)n;
	return parse(c, a);
}

void client_done(struct client *c)
{
	c->in.n = c->out.n = c->sent = 0;
	c->busy = false;
}

void client_request(struct client *c, const char *method, const char *path, const char *token, const char *json)
{
	struct buf *b = &c->out;
	buf_str(b, method);
	buf_char(b, ' ');
	buf_str(b, path);
	buf_str(b, " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
	if (token) {
		buf_str(b, "Authorization: Bearer ");
		buf_str(b, token);
		buf_str(b, "\r\n");
	}
	if (c->key) {
		buf_str(b, "Idempotency-Key: ");
		buf_str(b, c->key);
		buf_str(b, "\r\n");
	}
	if (json)
		buf_printf(b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(json));
	buf_str(b, "\r\n");
	if (json)
		buf_str(b, json);
}

char *answer_text(const struct answer *a, const char *name)
{
	char key[64];
	int n = snprintf(key, sizeof key, "\"%s\":\"", name);
	const char *at = a->body_n ? memmem(a->body, a->body_n, key, (size_t)n) : NULL;
	if (!at)
		return NULL;
	at += n;
	const char *end = memchr(at, '"', (size_t)(a->body + a->body_n - at));
	return end ? strndup(at, (size_t)(end - at)) : NULL;
}

bool answer_holds(const struct answer *a, const char *text)
{
	return a->body_n && memmem(a->body, a->body_n, text, strlen(text));
}

uint64_t answer_retry_after(const struct answer *a, uint64_t otherwise)
{
	const char *end = a->head + a->head_n;
	for (const char *at = a->head; at + 14 < end; at++)
		if (strncasecmp(at, "\r\nretry-after:", 14) == 0)
			return strtoul(at + 14, NULL, 10);
	return otherwise;
}
