/* Private to sio*.c.
 *
 * sio.c        clients: what comes from a session, and to which socket it goes
 * sio_socket.c sockets: joining a namespace, events, acknowledgements, leaving
 * sio_room.c   rooms of a namespace
 * sio_tell.c   sending to rooms
 * sio_recall.c what was sent to rooms, and who was lost, for those who come back
 * sio_wire.c   sockets of doors that speak another protocol */
#ifndef REALTIME_SIO_PART_H
#define REALTIME_SIO_PART_H

#include "base/id.h"
#include "realtime/sio.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NAMESPACES_MAX = 16 };

struct room;
/* That a socket is in a room. */
struct membership {
	struct sio_socket *k;
	struct room *room;
	struct membership *next_of_socket, *next_in_room, *before_in_room;
};
/* Whom a room's packets go to, until somebody joins or leaves: made when it is first wanted, of rooms that are worth it. */
struct circle {
	atomic_int holders;
	struct http_socket_list *sockets; /* WebSockets, which all take the same bytes */
	struct sio_socket **others; /* each held */
	size_t n_others;
};
struct room {
	struct circle *circle; /* NULL: none yet */
	struct room *same_hash;
	struct membership *members;
	size_t n;
	int64_t created_at; /* ms since 1970 */
	char name[];
};

/* What was sent to a room. */
struct sent {
	int64_t at;
	size_t bytes; /* of all of it */
	char *room; /* "": to everybody */
	char *except; /* sid, or "" */
	char *name, *args;
	struct sio_blob *blobs;
	unsigned n_blobs;
};
/* Who was cut off: the rooms he was in. */
struct lost {
	struct lost *next;
	int64_t at;
	char pid[ID_TOKEN], sid[ID_TOKEN];
	size_t bytes; /* of all of it */
	char *owner, *rooms; /* names, each with a NUL behind it, and one more */
};
enum { LOST_BUCKETS = 1024 };
struct recall {
	char epoch[ID_TOKEN]; /* of this process: ids of another are not known here */
	struct sent *ring;
	size_t size; /* a power of 2; 0 while nothing was sent */
	uint64_t first, next; /* numbers of the oldest, and of that to come */
	size_t bytes, most_bytes;
	int64_t keep_ms; /* 0: nothing is remembered */
	struct lost *lost[LOST_BUCKETS]; /* by pid, the newest first */
	size_t lost_bytes, most_lost_bytes;
	int64_t swept_at; /* monotonic: when all who were lost too long ago were let go */
};

struct sio_nsp {
	struct sio *sio;
	char name[SIO_NAMESPACE_MAX + 1];
	struct sio_handler handler;
	pthread_mutex_t lock; /* of rooms and memberships */
	struct room **buckets;
	size_t n_buckets, n_rooms, n_joined;
	struct sio_socket *joined; /* everybody: rooms are no list of them, for who is in which is said by clients */
	struct circle *all; /* of everybody */
	struct recall recall; /* the lock's too */
};

struct pending_ack {
	struct pending_ack *next;
	int64_t id;
	void (*answer)(void *arg, const char *args);
	void *arg;
};

enum sio_state { SIO_ASKS, SIO_JOINED, SIO_LEFT };
struct sio_socket {
	atomic_int holders;
	struct client *client; /* holds it */
	struct sio_nsp *nsp;
	char sid[ID_TOKEN], pid[ID_TOKEN]; /* pid: "" unless it may be recovered */
	char *owner, *wants_pid, *wants_after; /* NULL: none */
	void *user;
	struct sio_socket *next; /* of the client */
	struct sio_socket *next_joined, *before_joined; /* of the namespace, under its lock */
	pthread_mutex_t lock; /* of the next ones */
	enum sio_state state;
	int64_t next_ack;
	struct pending_ack *acks;
	struct membership *rooms; /* the namespace's lock */
	size_t n_rooms;
};

/* What is behind one session. */
struct client {
	struct sio *sio;
	struct eio_session *session; /* held; NULL: a wire's */
	const struct sio_wire *wire;
	void *wire_arg;
	atomic_int holders;
	const void *remembered;
	void *own; /* the same, when it goes with the client; else NULL */
	size_t own_n;
	atomic_int joined; /* how many of its sockets are in */
	pthread_mutex_t lock; /* of the list */
	struct sio_socket *sockets;
	/* Under the session's own order of messages: a packet whose attachments are still coming. */
	struct arena *coming;
	struct sio_packet *packet; /* in `coming`, like the next ones */
	struct sio_blob *blobs; /* room for all of them */
	unsigned n_blobs;
	size_t blob_bytes;
};

struct sio {
	struct sio_conf conf;
	struct eio *eio;
	struct sio_nsp *namespaces[NAMESPACES_MAX];
	size_t n_namespaces;
};

void client_hold(struct client *c);
void client_let_go(struct client *c);
struct sio_socket *client_socket(struct client *c, const char *nsp); /* held, or NULL */
struct client *client_new(struct sio *s, struct eio_session *session, const struct http_req *r);
void client_end(struct client *c, const char *why); /* lets it go */
void client_remove(struct client *c, struct sio_socket *k);
/* Its wire has it, when it has one. */
bool client_emit(struct client *c, const struct sio_event *e, const char *id);
void client_send(struct client *c, const struct buf *text, const struct sio_blob *blobs, unsigned n, bool now_or_never);

/* A CONNECT to that namespace. The socket is held by the caller. */
struct sio_socket *socket_connect(struct client *c, struct sio_nsp *n, const char *auth);
void socket_end(struct sio_socket *k, const char *why);
void socket_answered(struct sio_socket *k, int64_t id, const char *args);

/* With `lost`, it may come back to them. */
void room_leave_all(struct sio_socket *k, bool lost);
/* --- rooms: under the namespace's lock ----------------------------------------------------------------------------- */

void room_enter(struct sio_socket *k); /* it has joined the namespace */
struct room *room_find(const struct sio_nsp *n, const char *name); /* NULL: nobody is in it */
struct sio_socket *room_owner(const struct room *r); /* whose sid is its name; NULL: nobody's, or r is */
bool room_holds(const struct sio_socket *k, const char *name);
/* Whoever is in it (NULL: everybody), each held. */
struct sio_socket **room_members(struct sio_nsp *n, const char *room, size_t *count);
void circle_free(struct circle *c); /* NULL is allowed */
/* Of a socket that is in. */
bool room_join(struct sio_socket *k, const char *room);
/* What was sent to its rooms from that number on. */
void room_tell_again(struct sio_socket *k, uint64_t number);

/* --- recall: under the namespace's lock --------------------------------------------------------------------------- */

enum { RECALL_ID = ID_TOKEN + 21 };
void recall_open(struct recall *r, int64_t keep_ms, size_t most_bytes);
void recall_close(struct recall *r);
/* Remembers it, and names it; "" when nothing is remembered. */
void recall_add(struct recall *r, const struct sio_to *to, const struct sio_event *e, char id[static RECALL_ID]);
void recall_name(const struct recall *r, uint64_t number, char id[static RECALL_ID]);
/* The number behind that one; false when it is not known any more. */
bool recall_find(const struct recall *r, const char *id, uint64_t *out);
const struct sent *recall_at(const struct recall *r, uint64_t number);
/* A socket that was cut off; and the one of that pid and owner, out of the list, for lost_free(). */
void recall_lose(struct recall *r, const struct sio_socket *k);
struct lost *recall_lost(struct recall *r, const char *pid, const char *owner);
void lost_free(struct lost *l);

#endif
