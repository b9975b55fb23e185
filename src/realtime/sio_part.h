/* Private to sio*.c.
 *
 * sio.c        clients: what comes from a session, and to which socket it goes
 * sio_socket.c sockets: joining a namespace, events, acknowledgements, leaving
 * sio_room.c   rooms of a namespace */
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
struct room {
	struct room *same_hash;
	struct membership *members;
	size_t n;
	char name[];
};

struct sio_nsp {
	struct sio *sio;
	char name[SIO_NAMESPACE_MAX + 1];
	struct sio_handler handler;
	pthread_mutex_t lock; /* of rooms and memberships */
	struct room **buckets;
	size_t n_buckets, n_rooms;
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
	char sid[ID_TOKEN];
	void *user;
	struct sio_socket *next; /* of the client */
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
	struct eio_session *session; /* held */
	atomic_int holders;
	struct arena *mem; /* of `remembered` */
	const void *remembered;
	pthread_mutex_t lock; /* of the list */
	struct sio_socket *sockets;
	/* Under the session's own order of messages: a packet whose attachments are still coming. */
	struct arena *coming;
	struct sio_packet packet;
	struct sio_blob blobs[SIO_ATTACHMENTS_MAX];
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
void client_remove(struct client *c, struct sio_socket *k);
void client_send(struct client *c, const struct buf *text, const struct sio_blob *blobs, unsigned n, bool now_or_never);

/* A CONNECT to that namespace. */
void socket_connect(struct client *c, struct sio_nsp *n, const char *auth);
void socket_end(struct sio_socket *k, const char *why);
void socket_answered(struct sio_socket *k, int64_t id, const char *args);

void room_leave_all(struct sio_socket *k);

#endif
