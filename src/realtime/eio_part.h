/* Private to eio*.c.
 *
 * eio.c        sessions, what waits for them, their end
 * eio_table.c  all of them: by sid, and by when their next ping is due
 * eio_http.c   requests: handshake, polling, WebSocket, the change from one to the other */
#ifndef REALTIME_EIO_PART_H
#define REALTIME_EIO_PART_H

#include "base/id.h"
#include "http/socket.h"
#include "net/ticker.h"
#include "realtime/eio.h"
#include "realtime/eio_packet.h"

#include <pthread.h>
#include <stdatomic.h>

/* A packet that waits. */
struct waiting {
	struct waiting *next;
	bool binary;
	enum eio_type type;
	size_t n;
	char bytes[];
};

enum due { DUE_PING, DUE_PONG, DUE_UPGRADE, DUE_NOOP, DUE_FIRST, DUE_KINDS };

/* In one of the table's lists; under its lock. */
struct due_link {
	struct eio_session *next, *before;
	int64_t at; /* monotonic; 0: it is not in it */
};

struct eio_session {
	struct eio *eio;
	char sid[ID_TOKEN];
	atomic_int holders;
	void *user;
	pthread_mutex_t in; /* handlers are called under it: messages are in order */

	pthread_mutex_t lock; /* of all below, up to the next one */
	bool socket; /* a WebSocket carries it; else polling */
	bool closed;
	const char *why;
	uint64_t socket_id; /* of the WebSocket; with `probing`: of the one that may become it */
	bool probing;
	struct http_req *poll; /* that waits for something to tell */
	struct waiting *first, **last;
	size_t bytes; /* that wait */

	struct eio_session *same_hash, *reaped_next; /* the table's lock */
	struct due_link due[DUE_KINDS];
};

struct eio {
	struct eio_conf conf;
	struct http_server *_Atomic server;
	struct ticker *ticker;
	pthread_mutex_t lock;
	struct eio_session **buckets;
	size_t n_buckets, n_sessions;
	struct {
		struct eio_session *first, *last;
	} dues[DUE_KINDS]; /* each in the order of its moments, since each waits equally long */
	struct eio_session *reaped; /* closed, and their handlers do not know yet */
	atomic_llong opened, closed;
	bool stopping;
};

/* --- table -------------------------------------------------------------------------------------------------------- */

/* Makes a session, which is in the table and held by it; the caller holds it too. NULL when there are too many. */
struct eio_session *eio_table_add(struct eio *e);
/* Held, or NULL. */
struct eio_session *eio_table_find(struct eio *e, const char *sid);
/* Out of the table and all lists; its on_close is called soon, on the timer's thread. */
void eio_table_end(struct eio_session *s);
void eio_due(struct eio_session *s, enum due which, int64_t at);
void eio_not_due(struct eio_session *s, enum due which);
int64_t eio_tick(void *eio);

/* --- session ------------------------------------------------------------------------------------------------------ */

struct eio_session *eio_session_new(struct eio *e);
void eio_session_free(struct eio_session *s);
bool eio_put(struct eio_session *s, const struct eio_packet *packet);
/* Closes. Who polls gets `last` as the answer to the poll that waits; by WebSocket the closing handshake says it. */
void eio_end(struct eio_session *s, const char *why, enum eio_type last);
/* The ping answered: the next one is due. */
void eio_ponged(struct eio_session *s);
void eio_ping(struct eio_session *s);

/* The poll that waits, if there is one, is let go with nothing to tell. */
void eio_release_poll(struct eio_session *s);

/* Under s->lock. What waits, as the answer to the poll that is there; nothing when neither is. */
void eio_answer_poll(struct eio_session *s);
/* What waits goes to the WebSocket. */
void eio_flush_to_socket(struct eio_session *s);
void eio_answer(struct http_req *r, const char *type, const char *body, size_t n);

#endif
