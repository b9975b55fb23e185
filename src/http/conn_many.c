#include "http/conn.h"
#include "http/socket.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Connections by their loops. */
struct http_socket_list {
	atomic_int holders;
	struct http_server *server;
	size_t *from; /* of each shard: where its ids begin; and one more, behind the last */
	uint64_t *ids;
};

/* One message, for all loops together. */
struct shared_bytes {
	atomic_int holders;
	uint64_t except;
	enum ws_kind kind;
	size_t n;
	char p[];
};

struct many_post {
	struct post post;
	struct many_post *next; /* in its shard's queue */
	int shard;
	struct http_socket_list *list; /* both held */
	struct shared_bytes *bytes;
};

enum { TOGETHER_MAX = 64 * 1024 }; /* bytes that are written in one piece */

static void *made(void *p)
{
	if (!p)
		abort();
	return p;
}

static void bytes_let_go(struct shared_bytes *b)
{
	if (atomic_fetch_sub(&b->holders, 1) == 1)
		free(b);
}

struct http_socket_list *http_socket_list_new(struct http_server *s, const uint64_t *ids, size_t n)
{
	struct http_socket_list *l = made(calloc(1, sizeof *l));
	size_t at = 0;
	atomic_init(&l->holders, 1);
	l->server = s;
	l->from = made(calloc((size_t)s->shards_n + 1, sizeof *l->from));
	l->ids = made(calloc(n + 1, sizeof *l->ids));
	for (int i = 0; i < s->shards_n; i++) {
		l->from[i] = at;
		for (size_t k = 0; k < n; k++)
			if (shard_of(s, ids[k]) == &s->shards[i])
				l->ids[at++] = ids[k];
	}
	l->from[s->shards_n] = at;
	return l;
}

void http_socket_list_free(struct http_socket_list *l)
{
	if (!l || atomic_fetch_sub(&l->holders, 1) != 1)
		return;
	free(l->from);
	free(l->ids);
	free(l);
}

/* --- on the loop: what goes to the same connections in one round is written as frames once, for all of them ----------- */

static struct buf frames_of(const struct many_post *first)
{
	struct buf b = { 0 };
	for (const struct many_post *m = first; m; m = m->next)
		ws_frame(&b, m->bytes->kind, m->bytes->p, m->bytes->n);
	return b;
}

static void to_one(struct http_conn *c, const struct many_post *first, const struct buf *frames, bool last)
{
	if (socket_send_frames(c, frames->p, frames->n, last))
		return;
	for (const struct many_post *m = first; m; m = m->next)
		socket_send(c, m->bytes->kind, m->bytes->p, m->bytes->n);
}

static void post_free(struct many_post *m)
{
	bytes_let_go(m->bytes);
	http_socket_list_free(m->list);
	free(m);
}

void many_go(struct shard *s, bool last)
{
	struct many_post *first = s->many.first;
	if (!first)
		return;
	s->many.first = NULL;
	struct buf frames = frames_of(first);
	const struct http_socket_list *l = first->list;
	for (size_t i = l->from[first->shard]; i < l->from[first->shard + 1]; i++) {
		const uint64_t id = l->ids[i];
		struct http_conn *c = id != first->bytes->except ? shard_find(s, id) : NULL;
		if (c && c->socket)
			to_one(c, first, &frames, last);
	}
	buf_free(&frames);
	for (struct many_post *m = first, *next; m; m = next) {
		next = m->next;
		post_free(m);
	}
}

static bool goes_with(const struct shard *s, const struct many_post *m)
{
	const struct many_post *first = s->many.first;
	return first->list == m->list && first->bytes->except == m->bytes->except &&
	       s->many.bytes + m->bytes->n <= TOGETHER_MAX;
}

static void on_post(struct post *post)
{
	struct many_post *m = (struct many_post *)(void *)post;
	struct shard *s = &m->list->server->shards[m->shard];
	if (s->many.first && !goes_with(s, m))
		many_go(s, false);
	if (!s->many.first) {
		s->many.last = &s->many.first;
		s->many.bytes = 0;
	}
	*s->many.last = m;
	s->many.last = &m->next;
	s->many.bytes += m->bytes->n;
}

void http_socket_list_send(struct http_socket_list *l, uint64_t except, enum ws_kind kind, const char *p, size_t n)
{
	struct http_server *server = l->server;
	struct shared_bytes *b = made(malloc(sizeof *b + n + 1));
	*b = (struct shared_bytes){ .except = except, .kind = kind, .n = n };
	atomic_init(&b->holders, 1);
	memcpy(b->p, p, n);
	for (int i = 0; i < server->shards_n; i++) {
		if (l->from[i] == l->from[i + 1])
			continue;
		struct many_post *m = made(malloc(sizeof *m));
		*m = (struct many_post){ .post.run = on_post, .shard = i, .list = l, .bytes = b };
		atomic_fetch_add(&b->holders, 1);
		atomic_fetch_add(&l->holders, 1);
		loop_post(&server->shards[i].loop, &m->post);
	}
	bytes_let_go(b);
}
