/* Private to the server: connections, and the shards (one a loop) that hold them. Everything here is touched by the
 * shard's own thread alone.
 *
 * conn.c       life of a connection, its deadlines, what happens after each turn
 * conn_read.c  bytes that come: heads, bodies, dispatch to the handler
 * conn_write.c answers in order, coalesced; what waits for the socket
 * conn_socket.c WebSockets
 * shard.c      accepting, the table of connections, timers, stopping */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "base/buf.h"
#include "http/websocket.h"
#include "http/exchange.h"
#include "http/http.h"
#include "http/ip.h"
#include "http/proxy.h"
#include "net/cap.h"
#include "net/deadline.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/tls.h"
#include <stdatomic.h>

enum {
	PIPELINE_MAX = 16, /* unanswered requests of a connection; then it is not read */
	READ_SIZE = 64 * 1024,
};

enum conn_kind { CONN_TCP, CONN_UNIX, CONN_CONTROL };

enum conn_state {
	CONN_HEAD, /* waits for a request or collects its head */
	CONN_BODY, /* collects the body of `reading` */
	CONN_LAST, /* takes no further request; ends when the answers are out */
	CONN_LINGER, /* all is sent; eats what still comes, lest a reset takes the answer from the client */
	CONN_SOCKET, /* a WebSocket, or an answer without an end */
	CONN_CLOSED, /* waits for libuv to let go of it */
};

struct http_conn {
	uv_poll_t poll;
	struct shard *shard;
	uint64_t id;
	int fd, events;
	enum conn_state state;
	enum conn_kind kind;
	bool used; /* has had a request */
	bool eof; /* the client sends no more */
	bool unread; /* input was thrown away: linger */
	bool skipped; /* an empty line in front of this request */
	bool ending; /* the last answer was written: what is queued behind it is dropped */
	bool continue_due; /* a 100 is owed, once the answers before it are out */
	bool file_busy; /* a piece of a file is being read */
	bool turn_due; /* in the shard's list of those that get their turn at the end of this round */
	struct http_conn *turn_next;
	struct deadlines *waits; /* what `wait` is in; NULL: nothing */
	struct deadline wait, stall;
	int64_t stalled_at; /* sent_bytes when the stall began */
	int64_t sent_bytes;
	int64_t eaten; /* bytes read while lingering */
	uint64_t first_ns; /* first byte of the request that is coming; 0: none yet */
	struct buf in; /* what is read but not understood yet */
	size_t looked; /* how far of it head_find() has looked */
	struct exchange *first, *last; /* unanswered requests, in order */
	int queued;
	struct exchange *reading;
	struct buf out; /* bytes that wait for the socket, then: */
	const char *tail; /* the rest of a large body, the first exchange's */
	size_t tail_n;
	struct tls *tls;
	struct socket *socket; /* CONN_SOCKET */
	struct ip peer;
	uint32_t uid;
	char ip[IP_TEXT];
};

struct listener {
	uv_poll_t poll;
	struct shard *shard;
	struct http_server *server;
	int fd;
	enum conn_kind kind;
	bool round; /* connections are handed round the shards */
	bool paused; /* out of descriptors */
};

struct shard_count {
	_Atomic int64_t connections, idle, accepted, refused, requests, bad_requests, timeouts, bytes_in, bytes_out;
};

struct shard {
	struct loop loop;
	struct http_server *server;
	unsigned index;
	struct deadlines head, body, idle, linger, write, quiet;
	struct http_conn **slots; /* by the slot number in their id */
	uint32_t *generations, *free_slots;
	uint32_t slots_n, slots_cap, free_n;
	int64_t open, running; /* connections; requests that are with the handler or held */
	struct exchange *held; /* by not_before */
	uv_timer_t held_timer, stop_timer;
	uv_check_t round_end;
	struct http_conn *turns;
	bool stopping, ended;
	struct post stop;
	char *read_buf;
	struct buf scratch; /* answers being written */
	char date[48];
	int64_t date_until; /* on the loop's clock */
	struct listener *listeners;
	int listeners_n, listeners_open;
	/* Messages to the same connections, which wait for the round's end: conn_many.c. */
	struct {
		struct many_post *first, **last;
		size_t bytes;
	} many;
	struct shard_count count;
	int64_t requests_then; /* a beat ago */
	unsigned quiet_beats; /* since there was one */
};

struct http_server {
	struct http_server_conf conf;
	struct proxy_list trusted;
	struct tls_store *tls;
	struct cap *cap;
	struct shard *shards;
	int shards_n, started;
	_Atomic int listening; /* shards that still do, once stopping began */
	struct listen_at *addresses;
	int addresses_n, public_n;
	_Atomic int64_t open;
	unsigned next_shard; /* whose turn it is to get a connection that is handed round; shard 0's thread */
};

/* Which one has the connection of that id. */
static inline struct shard *shard_of(struct http_server *s, uint64_t id)
{
	return &s->shards[(id >> 56) % (unsigned)s->shards_n];
}

/* Only the shard's thread writes: no locked instruction is needed. */
static inline void count_add(_Atomic int64_t *n, int64_t by)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_relaxed);
}

/* conn.c */
void conn_open(struct shard *s, int fd, enum conn_kind kind, const struct sockaddr *peer);
void conn_close(struct http_conn *c);
void conn_turn(struct http_conn *c); /* after anything happened: writes, reads on, sets deadlines */
/* The same at the end of this round of the loop: answers of one round go out together, and a client that sent many
 * requests, or a proxy with many connections, is woken once. Only from where a descriptor was ready. */
void conn_turn_later(struct http_conn *c);
void conn_wait(struct http_conn *c, struct deadlines *list); /* NULL: for nothing */
void conn_overdue(struct shard *s);
bool conn_paused(const struct http_conn *c);
bool conn_resting(const struct http_conn *c); /* between requests */

/* conn_read.c */
void conn_read(struct http_conn *c);
bool conn_consume(struct http_conn *c); /* from c->in; false when nothing could be taken */
/* The server's own answer to what it cannot or will not read. */
void conn_refuse(struct http_conn *c, int status, err_t error, const char *why);
void conn_push(struct http_conn *c, struct exchange *e);

/* conn_write.c */
void conn_flush(struct http_conn *c);
bool conn_drain(struct http_conn *c); /* false: the socket takes no more just now, or is gone */
void conn_transmit(struct http_conn *c, const char *p, size_t n); /* only when nothing waits */
bool conn_sent_all(const struct http_conn *c);

/* conn_socket.c */
void socket_begin(struct http_conn *c, struct socket_offer *offer);
void socket_read(struct http_conn *c, const char *p, size_t n);
void socket_flush(struct http_conn *c);
void socket_quiet(struct http_conn *c); /* nothing came for a while */
void socket_stop(struct http_conn *c);
void socket_gone(struct http_conn *c);
void socket_send(struct http_conn *c, enum ws_kind kind, const char *p, size_t n);
/* Whole frames; `last`: nothing else is said to it in this round. False: it takes messages only. */
bool socket_send_frames(struct http_conn *c, const char *p, size_t n, bool last);
/* What was told to many is given to them; `last`: at the round's end. */
void many_go(struct shard *s, bool last);

/* shard.c */
void shard_init(struct shard *s, struct http_server *server, unsigned index);
void shard_fini(struct shard *s);
void shard_listen(struct shard *s, int fd, enum conn_kind kind, bool round);
void shard_stop(struct post *post);
void shard_check_end(struct shard *s); /* ends the loop when it stops and nothing is left */
uint64_t shard_add(struct shard *s, struct http_conn *c);
void shard_remove(struct shard *s, struct http_conn *c);
struct http_conn *shard_find(struct shard *s, uint64_t id); /* NULL: gone */
const char *shard_date(struct shard *s);
/* An exchange is answered: sends it, or keeps it till its time. */
void shard_answered(struct shard *s, struct exchange *e);

#endif
