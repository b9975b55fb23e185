#include "talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, FIRST_ADDRESS = 2, ADDRESSES = 250, TEXT = 1, CLOSE = 8, PING = 9 };

void talk_stop(const char *what, const char *text, size_t n)
{
	fprintf(stderr, "sockets: %s %.*s\n", what, (int)(n < 500 ? n : 500), text);
	exit(1);
}

_Noreturn static void failed(const char *what)
{
	perror(what);
	exit(1);
}

void talk_send(struct talk *t, const char *p, size_t n)
{
	if (send(t->fd, p, n, MSG_NOSIGNAL) != (ssize_t)n)
		failed("send");
}

/* Masked with zeros, as a client may: the text stays as it is. */
static void frame(struct buf *b, int kind, const char *p, size_t n)
{
	buf_char(b, (char)(0x80 | kind));
	if (n < 126) {
		buf_char(b, (char)(0x80 | n));
	} else {
		buf_char(b, (char)(0x80 | 126));
		buf_char(b, (char)(n >> 8));
		buf_char(b, (char)n);
	}
	buf_add(b, "\0\0\0\0", 4);
	buf_add(b, p, n);
}

static void say(struct talk *t, int kind, const char *p, size_t n)
{
	struct buf b = { 0 };
	frame(&b, kind, p, n);
	talk_send(t, b.p, b.n);
	buf_free(&b);
}

void talk_frame(struct buf *b, const char *text, size_t n)
{
	frame(b, TEXT, text, n);
}

void talk_close(struct talk *t)
{
	say(t, CLOSE, "\x03\xe8", 2); /* 1000 */
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static int connect_from(unsigned index, uint16_t port)
{
	const int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET, .sin_port = htons(port) };
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + FIRST_ADDRESS + index % ADDRESSES);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		failed("socket");
	/* The port is chosen when it connects, so that one port serves many destinations. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from))
		failed("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof to))
		failed("connect");
	return fd;
}

void talk_open(struct talk *t, int epoll, uint16_t port)
{
	static const char asks[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
				   "Host: 127.0.0.1\r\n"
				   "Connection: Upgrade\r\n"
				   "Upgrade: websocket\r\n"
				   "Sec-WebSocket-Version: 13\r\n"
				   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	t->fd = connect_from(t->index, port);
	t->step = TALK_OPENS;
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = t };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, t->fd, &ev))
		failed("epoll_ctl");
	talk_send(t, asks, sizeof asks - 1);
}

/* --- what comes --------------------------------------------------------------------------------------------------- */

static bool begins(const char *p, size_t n, const char *with)
{
	const size_t length = strlen(with);
	return n >= length && memcmp(p, with, length) == 0;
}

static void show_token(struct talk *t)
{
	struct buf b = { 0 };
	buf_printf(&b, "40{\"token\":\"%s\"}", t->token);
	say(t, TEXT, b.p, b.n);
	buf_free(&b);
	t->step = TALK_ASKS;
}

static void on_text(struct talk *t, const char *p, size_t n, const struct talk_handler *h)
{
	if (begins(p, n, "42") || begins(p, n, "43")) {
		if (h->told)
			h->told(t, p, n);
	} else if (n == 1 && *p == '2') {
		say(t, TEXT, "3", 1);
	} else if (t->step == TALK_SHAKES && begins(p, n, "0{")) {
		show_token(t);
	} else if (t->step == TALK_ASKS && begins(p, n, "40{")) {
		t->step = TALK_JOINED;
		h->joined(t);
	} else {
		talk_stop("this was not expected:", p, n);
	}
}

static void end(struct talk *t, const struct talk_handler *h)
{
	if (!h->ended)
		talk_stop("the server hung up.", "", 0);
	close(t->fd);
	t->fd = -1;
	t->step = TALK_ENDED;
	buf_free(&t->in);
	h->ended(t);
}

/* Bytes of the frame's head, and of what it holds; 0 when they are not all there. */
static size_t head_of(const unsigned char *p, size_t n, size_t *holds)
{
	if (n < 2)
		return 0;
	if (p[1] < 126) {
		*holds = p[1];
		return 2;
	}
	if (p[1] != 126)
		talk_stop("a frame was too long, or masked.", "", 0);
	*holds = n < 4 ? 0 : (size_t)p[2] << 8 | p[3];
	return n < 4 ? 0 : 4;
}

/* How much of it was taken. */
static size_t take_frame(struct talk *t, const char *p, size_t n, const struct talk_handler *h)
{
	size_t holds, head = head_of((const unsigned char *)p, n, &holds);
	if (!head || n < head + holds)
		return 0;
	const int kind = *p & 0x0f;
	if (kind == TEXT)
		on_text(t, p + head, holds, h);
	else if (kind == CLOSE)
		end(t, h);
	else if (kind != PING)
		talk_stop("a frame of a kind that was not expected.", "", 0);
	return head + holds;
}

static size_t take_answer(struct talk *t, const char *p, size_t n)
{
	const char *over = memmem(p, n, "\r\n\r\n", 4);
	if (!over)
		return 0;
	if (!begins(p, n, "HTTP/1.1 101 "))
		talk_stop("no WebSocket was opened:", p, n);
	t->step = TALK_SHAKES;
	return (size_t)(over - p) + 4;
}

void talk_read(struct talk *t, const struct talk_handler *h)
{
	static char all[READ_SIZE];
	const size_t before = t->in.n;
	if (before)
		memcpy(all, t->in.p, before);
	const ssize_t got = recv(t->fd, all + before, sizeof all - before, MSG_DONTWAIT);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		end(t, h);
		return;
	}
	const size_t n = before + (size_t)got;
	size_t at = 0, taken = 1;
	while (t->step != TALK_ENDED && at < n && taken) {
		taken = t->step == TALK_OPENS ? take_answer(t, all, n) : take_frame(t, all + at, n - at, h);
		at += taken;
	}
	if (t->step == TALK_ENDED)
		return;
	t->in.n = 0;
	if (at < n)
		buf_add(&t->in, all + at, n - at);
}
