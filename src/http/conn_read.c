#include "base/time.h"
#include "http/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* Eating is cheap and has a deadline of its own; a client must be able to finish a large message before it looks up. */
enum { LINGER_MAX = 64 * 1024 * 1024 };

void conn_push(struct http_conn *c, struct exchange *e)
{
	e->next = NULL;
	if (c->last)
		c->last->next = e;
	else
		c->first = e;
	c->last = e;
	c->queued++;
}

/* --- refusing --------------------------------------------------------------------------------------------------- */

void conn_refuse(struct http_conn *c, int status, err_t error, const char *why)
{
	const struct http_handler *h = &c->shard->server->conf.handler;
	struct exchange *e = c->reading ? c->reading : exchange_new(c);
	c->reading = NULL;
	c->first_ns = 0;
	e->keep_alive = false;
	e->upgrade = false;
	e->res.status = status;
	if (h->on_refused)
		h->on_refused(h->arg, &e->req, error, why);
	else
		http_answer_text(&e->req, status, "text/plain; charset=utf-8", arena_printf(e->req.mem, "%s\n", why));
	e->res.status = status;
	count_add(&c->shard->count.bad_requests, 1);
	buf_free(&c->in);
	c->state = CONN_LAST;
	c->unread = true; /* the rest cannot be understood, but must be eaten */
	c->continue_due = false;
	conn_push(c, e);
	shard_answered(c->shard, e);
}

static void refuse_error(struct http_conn *c, err_t e)
{
	const struct err_info *info = err_info(e);
	conn_refuse(c, info->http, e, e == ERR_MALFORMED ? "The body of the request is malformed." : info->text);
}

/* --- heads and bodies ------------------------------------------------------------------------------------------- */

static void dispatch(struct http_conn *c)
{
	const struct http_handler *h = &c->shard->server->conf.handler;
	struct exchange *e = c->reading;
	err_t error = exchange_close_body(e);
	if (error) {
		refuse_error(c, error);
		return;
	}
	c->reading = NULL;
	c->first_ns = 0;
	c->continue_due = false;
	c->state = e->keep_alive ? CONN_HEAD : CONN_LAST;
	conn_push(c, e);
	count_add(&c->shard->count.requests, 1);
	e->state = EXCHANGE_RUNNING;
	if (h->on_request(h->arg, &e->req) == HTTP_LATER) {
		c->shard->running++; /* from here on e may be answered at any moment, but not before we return to the loop */
		return;
	}
	answer_prepare(e);
	shard_answered(c->shard, e);
}

/* Whose bodies are spooled and how large they may be is asked before the first byte of them is taken. */
static bool begin_body(struct http_conn *c, struct exchange *e)
{
	const struct http_server_conf *conf = &c->shard->server->conf;
	bool files = false;
	e->body_max = conf->body_max;
	if (conf->handler.on_head)
		conf->handler.on_head(conf->handler.arg, &e->req, &e->body_max, &files);
	if (e->head.length > e->body_max) {
		conn_refuse(c, 413, ERR_TOO_LARGE, "The body is larger than this address takes.");
		return false;
	}
	chunk_init(&e->chunk, e->body_max);
	err_t error = files ? upload_new(&e->req, conf->spool_dir, &e->upload) : ERR_OK;
	if (error) {
		refuse_error(c, error);
		return false;
	}
	return true;
}

static void owe_continue(struct http_conn *c)
{
	c->continue_due = true;
	if (!c->first && conn_sent_all(c)) {
		c->continue_due = false;
		conn_transmit(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	}
}

static void take_whole_head(struct http_conn *c, const char *p, size_t n, bool more)
{
	struct exchange *e = exchange_new(c);
	c->reading = e;
	c->used = true;
	if (!exchange_head(e, p, n)) {
		conn_refuse(c, e->head.status, e->head.error, e->head.why);
		return;
	}
	if (!begin_body(c, e))
		return;
	if (exchange_complete(e)) {
		dispatch(c);
		return;
	}
	c->state = CONN_BODY;
	if (e->head.expect_continue && !more)
		owe_continue(c);
}

static void refuse_long_head(struct http_conn *c, const char *p, size_t n)
{
	bool line = !memchr(p, '\n', n);
	conn_refuse(c, line ? 414 : 431, ERR_HEADERS_TOO_LARGE,
		line ? "The address of the request is too long." : "The headers of the request are too large.");
}

/* Takes a head from the front of p; returns how many bytes it had, 0 when there is no whole one yet. */
static size_t take_head(struct http_conn *c, const char *p, size_t n)
{
	size_t max = (size_t)c->shard->server->conf.head_max, length = 0;
	if (!c->first_ns)
		c->first_ns = time_nanos();
	/* RFC 9112 section 2.2: an empty line before a request is passed over; one, lest it be a way to keep us busy */
	if (!c->skipped && p[0] == '\r' && (n < 2 || p[1] == '\n')) {
		c->skipped = n >= 2;
		return c->skipped ? 2 : 0;
	}
	switch (head_find(p, n, &c->looked, &length)) {
	case HEAD_BROKEN:
		conn_refuse(c, 400, ERR_MALFORMED, "This is not an HTTP request.");
		return 0;
	case HEAD_PART:
		if (n > max)
			refuse_long_head(c, p, n);
		return 0;
	case HEAD_WHOLE:
		c->looked = 0;
		c->skipped = false;
		if (length > max)
			refuse_long_head(c, p, length);
		else
			take_whole_head(c, p, length, n > length);
		return length;
	}
	return 0;
}

static size_t take_body(struct http_conn *c, const char *p, size_t n)
{
	size_t used = 0;
	c->continue_due = false; /* it did not wait */
	err_t e = exchange_body(c->reading, p, n, &used);
	if (e)
		refuse_error(c, e);
	else if (exchange_complete(c->reading))
		dispatch(c);
	return used;
}

/* Understands as much as it can; returns how many bytes that were. */
static size_t consume(struct http_conn *c, const char *p, size_t n)
{
	size_t at = 0;
	while (at < n && (c->state == CONN_HEAD || c->state == CONN_BODY) && !conn_paused(c)) {
		size_t used = c->state == CONN_HEAD ? take_head(c, p + at, n - at) : take_body(c, p + at, n - at);
		if (used == 0)
			break;
		at += used;
	}
	return at;
}

bool conn_consume(struct http_conn *c)
{
	struct buf in = c->in; /* a refusal throws c->in away while we read from it */
	c->in = (struct buf){ 0 };
	size_t used = consume(c, in.p, in.n);
	if (c->state == CONN_CLOSED || c->state == CONN_LAST || used == in.n) {
		c->unread |= used < in.n;
		buf_free(&in);
		return used > 0;
	}
	c->in = in;
	buf_drop(&c->in, used);
	return used > 0;
}

/* --- bytes from the socket -------------------------------------------------------------------------------------- */

static void input(struct http_conn *c, const char *p, size_t n)
{
	if (c->state == CONN_SOCKET) {
		socket_read(c, p, n);
		return;
	}
	if (c->state == CONN_LINGER || c->state == CONN_LAST) {
		c->unread = true;
		return;
	}
	if (c->in.n) {
		buf_add(&c->in, p, n); /* conn_turn() reads on from there */
		return;
	}
	size_t used = consume(c, p, n);
	if (c->state == CONN_HEAD || c->state == CONN_BODY)
		buf_add(&c->in, p + used, n - used);
	else
		c->unread |= used < n;
}

static void tls_input(struct http_conn *c, const char *p, size_t n)
{
	bool first = !c->used && !tls_ready(c->tls);
	if (first && c->sent_bytes == 0 && p[0] >= 'A' && p[0] <= 'Z') { /* a TLS record begins with 22 */
		tls_free(c->tls);
		c->tls = NULL;
		conn_refuse(c, 400, ERR_MALFORMED, "This address speaks TLS: use https:// to reach it.");
		return;
	}
	tls_feed(c->tls, p, n);
	enum tls_got got;
	char plain[16 * 1024];
	do {
		size_t k;
		got = tls_read(c->tls, plain, sizeof plain, &k);
		if (got == TLS_BYTES)
			input(c, plain, k);
	} while (got == TLS_BYTES && c->state != CONN_CLOSED);
	if (c->state == CONN_CLOSED)
		return;
	tls_output(c->tls, &c->out); /* handshake, tickets, alerts */
	if (got == TLS_END)
		c->eof = true;
	if (got == TLS_BROKEN) {
		(void)conn_drain(c); /* the alert */
		conn_close(c);
	}
}

void conn_read(struct http_conn *c)
{
	struct shard *s = c->shard;
	ssize_t n = recv(c->fd, s->read_buf, READ_SIZE, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_close(c);
		return;
	}
	if (n == 0) {
		c->eof = true;
		if (c->state == CONN_LINGER || c->state == CONN_SOCKET)
			conn_close(c);
		return;
	}
	count_add(&s->count.bytes_in, n);
	if (c->state == CONN_LINGER && (c->eaten += n) > LINGER_MAX)
		conn_close(c);
	else if (c->tls && c->state != CONN_LINGER)
		tls_input(c, s->read_buf, (size_t)n);
	else
		input(c, s->read_buf, (size_t)n);
}
