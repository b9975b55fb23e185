#include "http/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
	COPIED_MAX = 16 * 1024, /* bodies up to this are copied behind their heads: one write for many answers */
	COALESCED_MAX = 64 * 1024,
	FILE_PIECE = 64 * 1024,
	TLS_PIECE = 64 * 1024,
};

bool conn_sent_all(const struct http_conn *c)
{
	return c->out.n == 0 && c->tail_n == 0 && !c->file_busy;
}

/* --- the socket ------------------------------------------------------------------------------------------------- */

/* Writes once what the socket takes of front, then of the tail; false when it takes nothing or is gone. */
static bool write_once(struct http_conn *c, const char *front, size_t front_n, size_t *front_used)
{
	*front_used = 0;
	size_t tail_n = c->tls ? 0 : c->tail_n; /* with TLS the tail goes through the session first */
	if (tail_n == 0 && front_n == 0)
		return true;
	struct iovec v[2] = { { (void *)(uintptr_t)front, front_n }, { (void *)(uintptr_t)c->tail, tail_n } };
	struct msghdr m = { .msg_iov = v + (front_n == 0), .msg_iovlen = (size_t)(front_n > 0) + (tail_n > 0) };
	ssize_t k = tail_n ? sendmsg(c->fd, &m, MSG_NOSIGNAL) : send(c->fd, front, front_n, MSG_NOSIGNAL);
	if (k < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (k < 0) {
		conn_close(c);
		return false;
	}
	size_t n = (size_t)k;
	*front_used = n < front_n ? n : front_n;
	if (n > front_n) {
		c->tail += n - front_n;
		c->tail_n -= n - front_n;
	}
	c->sent_bytes += k;
	count_add(&c->shard->count.bytes_out, k);
	return true;
}

static void stall(struct http_conn *c)
{
	if (c->state == CONN_CLOSED || c->stall.next)
		return;
	c->stalled_at = c->sent_bytes;
	deadline_set(&c->shard->write, &c->stall, loop_now(&c->shard->loop));
}

static bool read_file(struct http_conn *c);

bool conn_drain(struct http_conn *c)
{
	for (;;) {
		if (c->tls && c->out.n == 0 && c->tail_n) {
			size_t n = c->tail_n < TLS_PIECE ? c->tail_n : TLS_PIECE;
			if (!tls_write(c->tls, c->tail, n)) {
				conn_close(c);
				return false;
			}
			c->tail += n;
			c->tail_n -= n;
			tls_output(c->tls, &c->out);
		}
		if (c->out.n == 0 && c->tail_n == 0)
			break;
		size_t used;
		if (!write_once(c, c->out.p, c->out.n, &used)) {
			stall(c);
			return false;
		}
		buf_drop(&c->out, used);
	}
	deadline_clear(&c->stall);
	buf_free(&c->out);
	return !c->file_busy && !read_file(c);
}

void conn_transmit(struct http_conn *c, const char *p, size_t n)
{
	if (c->tls) {
		if (!tls_write(c->tls, p, n)) {
			conn_close(c);
			return;
		}
		tls_output(c->tls, &c->out);
		return; /* conn_drain() sends it */
	}
	size_t used = 0;
	(void)write_once(c, p, n, &used);
	if (c->state != CONN_CLOSED && used < n) {
		buf_add(&c->out, p + used, n - used);
		stall(c);
	}
}

/* --- files: read in pieces by libuv's threads, so that a slow disk holds up nobody else ---------------------------- */

static void on_file_read(uv_fs_t *req)
{
	struct exchange *e = req->data;
	struct http_conn *c = shard_find(e->shard, e->req.conn_id);
	ssize_t n = req->result;
	uv_fs_req_cleanup(req);
	e->shard->running--;
	if (!c) { /* the client left meanwhile */
		const struct http_handler *h = &e->shard->server->conf.handler;
		if (h->on_done)
			h->on_done(h->arg, &e->req, 0, false);
		exchange_free(e);
		shard_check_end(e->shard);
		return;
	}
	c->file_busy = false;
	if (n <= 0) { /* it became shorter, or the disk failed: only a broken connection says so in time */
		conn_close(c);
		return;
	}
	e->file_at += n;
	e->file_left -= n;
	c->tail = e->body.p;
	c->tail_n = (size_t)n;
	conn_turn(c);
}

/* True when a piece is on its way. */
static bool read_file(struct http_conn *c)
{
	struct exchange *e = c->first;
	if (!e || e->state != EXCHANGE_SENDING || e->res.file < 0 || e->file_left == 0)
		return false;
	size_t n = e->file_left < FILE_PIECE ? (size_t)e->file_left : FILE_PIECE;
	e->body.n = 0;
	buf_grow(&e->body, n);
	e->file_read.data = e;
	uv_buf_t b = uv_buf_init(e->body.p, (unsigned)n);
	if (uv_fs_read(&c->shard->loop.uv, &e->file_read, e->res.file, &b, 1, e->file_at, on_file_read)) {
		conn_close(c);
		return true;
	}
	c->file_busy = true;
	c->shard->running++;
	return true;
}

/* --- answers in order --------------------------------------------------------------------------------------------- */

static void pop(struct http_conn *c)
{
	struct exchange *e = c->first;
	c->first = e->next;
	if (!c->first)
		c->last = NULL;
	c->queued--;
}

/* The answers whose bytes are all with the kernel are done. */
static void settle(struct http_conn *c)
{
	const struct http_handler *h = &c->shard->server->conf.handler;
	while (c->first && c->first->state == EXCHANGE_SENDING) {
		struct exchange *e = c->first;
		pop(c);
		if (h->on_done)
			h->on_done(h->arg, &e->req, e->bytes, true);
		if (e->socket)
			socket_begin(c, e->socket);
		exchange_free(e);
	}
	if (!c->first && c->continue_due) {
		c->continue_due = false;
		conn_transmit(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	}
}

/* Appends the answer of e; false when no other may follow in this write. */
static bool compose_one(struct http_conn *c, struct exchange *e, struct buf *out)
{
	struct shard *s = c->shard;
	bool stay = e->keep_alive && !e->res.close && !s->stopping && (!c->eof || e->next);
	size_t body_n;
	e->state = EXCHANGE_SENDING;
	answer_head(e, out, shard_date(s), stay, &body_n);
	if (!stay && !e->socket) {
		c->ending = true;
		c->unread |= c->state == CONN_BODY || c->in.n || e->next;
		c->state = CONN_LAST;
		exchange_free(c->reading);
		c->reading = NULL;
	}
	if (body_n > COPIED_MAX) {
		c->tail = e->res.body;
		c->tail_n = body_n;
		return false;
	}
	buf_add(out, e->res.body, body_n);
	return !c->ending && e->file_left == 0 && !e->socket && out->n < COALESCED_MAX;
}

static bool compose(struct http_conn *c, struct buf *out)
{
	out->n = 0;
	if (c->ending)
		return false;
	for (struct exchange *e = c->first; e && e->state == EXCHANGE_READY; e = e->next)
		if ((e->res.file >= 0 && e != c->first) || !compose_one(c, e, out))
			break; /* a file is sent alone: read_file() looks at the first */
	return out->n > 0;
}

void conn_flush(struct http_conn *c)
{
	while (c->state != CONN_CLOSED) {
		if (!conn_drain(c))
			return;
		if (c->state == CONN_SOCKET) {
			socket_flush(c);
			return;
		}
		settle(c);
		if (c->state == CONN_CLOSED || c->state == CONN_SOCKET || !conn_sent_all(c))
			continue;
		struct buf *scratch = &c->shard->scratch;
		if (!compose(c, scratch))
			return;
		conn_transmit(c, scratch->p, scratch->n);
	}
}
