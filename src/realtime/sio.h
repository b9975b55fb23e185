/* Socket.IO v5, the server's side, upon Engine.IO: namespaces that clients connect to, events with acknowledgements both ways,
 * rooms. It knows no feature: what a namespace is for is its handler's business.
 *
 * A namespace's handlers are called on a loop's thread (on_disconnect: also on the timer's), those of one client one after
 * another, and must not block; they may call any function here. A socket is there as long as somebody holds it. */
#ifndef REALTIME_SIO_H
#define REALTIME_SIO_H

#include "realtime/eio.h"
#include "realtime/sio_packet.h"

struct sio;
struct sio_nsp;
struct sio_socket;

struct sio_blob {
	const char *p;
	size_t n;
};
struct sio_event {
	const char *name;
	const char *
		args; /* JSON values with commas between them; {"_placeholder":true,"num":0} stands for the first blob */
	int64_t ack; /* for sio_ack(); SIO_NO_ACK: none is wanted */
	const struct sio_blob *blobs;
	unsigned n_blobs;
};

struct sio_handler {
	/* Somebody asks to join, with a JSON object: sio_welcome() or sio_refuse() answers, now or later. */
	void (*on_connect)(void *arg, struct sio_socket *k, const char *auth);
	void (*on_event)(void *arg, struct sio_socket *k, const struct sio_event *e);
	/* Of a socket that was welcomed: once, and it is in no room any more. NULL: not wanted. */
	void (*on_disconnect)(void *arg, struct sio_socket *k, const char *why);
	void (*forget)(void *user); /* nobody holds the socket any more; NULL: not wanted */
	void *arg;
};

struct sio_conf {
	struct eio_conf engine; /* without its handlers, but may_open and arg */
	int64_t connect_ms; /* a client that has joined no namespace after so long is dropped */
	/* What was sent to rooms is remembered so long, in so many bytes, for those who come back; 0: it is not. */
	int64_t recall_ms;
	size_t recall_bytes;
	/* What a client showed when it came, kept for on_connect(): one piece of the heap of *n bytes, since there are many who
	 * only listen; wiped and freed when it has gone. NULL: nothing. */
	void *(*remember)(void *arg, const struct http_req *r, size_t *n);
};

struct sio *sio_new(const struct sio_conf *conf);
struct sio_nsp *sio_namespace(
	struct sio *s, const char *name, const struct sio_handler *handler); /* before sio_serve() */
void sio_serve(struct sio *s, struct http_server *server);
void sio_stop(struct sio *s); /* before the server stops, as eio_stop() */
void sio_free(struct sio *s);
enum http_when sio_request(struct sio *s, struct http_req *r);
void sio_stats(struct sio *s, struct eio_stats *out);

/* --- one socket --------------------------------------------------------------------------------------------------- */

struct sio_welcome {
	const char *room; /* that it joins at once; NULL: none but its own */
	const char *owner; /* who it is: it goes on where it was lost when that was the same one; NULL: it never does */
	bool recovers; /* what is sent to its rooms has an id as its last argument, as clients expect who recover */
	const char *after; /* the last id that it has heard; NULL: nothing is told again */
};
/* It is in; before anything else is heard in its rooms, it hears what it missed. False when it went away meanwhile. */
bool sio_welcome(struct sio_socket *k, const struct sio_welcome *w);
/* connect_error with that message, and `data` (JSON) unless it is NULL. The socket is gone. */
void sio_refuse(struct sio_socket *k, const char *message, const char *data);
void sio_emit(struct sio_socket *k, const struct sio_event *e);
/* The answer to an event; nothing when it wants none. */
void sio_ack(struct sio_socket *k, const struct sio_event *e);
/* Emits, and calls `answer` once with what the client acknowledges it by; args is NULL when it went away before. */
void sio_ask(struct sio_socket *k, const struct sio_event *e, void (*answer)(void *arg, const char *args), void *arg);
/* Leaves its namespace, and stays away; with `whole` its connection is cut, and clients come back by themselves. */
void sio_disconnect(struct sio_socket *k, bool whole);

const char *sio_sid(const struct sio_socket *k);
const char *sio_transport(const struct sio_socket *k);
const void *sio_remembered(const struct sio_socket *k);
void *sio_user(const struct sio_socket *k);
void sio_set_user(struct sio_socket *k, void *user); /* in on_connect, before sio_welcome() */
void sio_hold(struct sio_socket *k);
void sio_let_go(struct sio_socket *k);

/* --- rooms -------------------------------------------------------------------------------------------------------- */

enum { SIO_ROOM_MAX = 200, SIO_ROOMS_OF_ONE = 256 };
/* False when it is in too many already, or is gone. Each is in the room of its own sid, and stays there. */
bool sio_join(struct sio_socket *k, const char *room);
void sio_leave(struct sio_socket *k, const char *room);
bool sio_is_in(struct sio_socket *k, const char *room);
bool sio_is_sid(struct sio_nsp *n, const char *room); /* the room of one socket, for what is sent to it alone */

struct sio_to {
	const char *room; /* NULL: everybody in the namespace */
	const char *except; /* sid of one who is left out; NULL: nobody is */
	bool now_or_never; /* who has something waiting already is left out (volatile) */
	/* In their place several rooms, and those in several that are left out. It is remembered only when there is one at most of
	 * each. */
	const char *const *rooms, *const *excepts;
	size_t n_rooms, n_excepts;
};
void sio_broadcast(struct sio_nsp *n, const struct sio_to *whom, const struct sio_event *e);
/* The sockets of a room (NULL: all), each held; for sio_members_free(). */
struct sio_socket **sio_members(struct sio_nsp *n, const char *room, size_t *count);
void sio_members_free(struct sio_socket **all, size_t count);
size_t sio_count(struct sio_nsp *n, const char *room);
/* Calls fn for every room, how many are in it and since when (ms since 1970), under the lock of the namespace. Rooms of single
 * sockets' own are passed over. */
void sio_rooms(
	struct sio_nsp *n, void (*fn)(void *arg, const char *room, size_t members, int64_t created_at), void *arg);
/* The same for the rooms of one socket. */
void sio_rooms_of(const struct sio_socket *k, void (*fn)(void *arg, const char *room), void *arg);

/* --- sockets on other connections --------------------------------------------------------------------------------- */

/* A door that speaks another protocol has sockets too: they join rooms and hear events like all. Called on any thread, under
 * locks of this engine: it must not block, nor call anything here. */
struct sio_wire {
	void (*welcome)(void *arg, bool all); /* all: what it asked for by `after` is there. NULL: not wanted */
	void (*joined)(
		void *arg, struct sio_socket *k); /* after that, under no lock: may do anything. NULL: not wanted */
	void (*refuse)(void *arg, const char *message, const char *data);
	void (*emit)(void *arg, const struct sio_event *e, const char *id); /* id "": it is not remembered */
	void (*close)(void *arg); /* the connection is to be cut */
	void (*forget)(void *arg); /* nothing is called any more */
	const char *name; /* as sio_transport() has it */
};
/* Asks to join the namespace; the socket is held by the caller, for sio_detach(). `remembered` is what conf.remember() would have
 * made, and stays the caller's until wire->forget(). */
struct sio_socket *sio_attach(
	struct sio_nsp *n, const struct sio_wire *wire, void *arg, const void *remembered, const char *auth);
/* The connection is gone, and so is the socket. */
void sio_detach(struct sio_socket *k, const char *why);

#endif
