/* What Socket.IO servers, and programs beside them, tell each other through Redis: as @socket.io/redis-adapter 8 and
 * @socket.io/redis-emitter 5 write it and read it.
 *
 *	PREFIX#NSP#          an event: msgpack [uid, {type: 2, data: [name, ...args], nsp}, {rooms, flags, except}]
 *	PREFIX#NSP#ROOM#     the same, when it is for exactly one room
 *	PREFIX-request#NSP#  JSON: sockets join rooms, leave them, are disconnected; servers are told something
 *
 * What is read is bounded: SIO_REMOTE_MAX bytes, 32 levels, SIO_REMOTE_NAMES rooms in a list, each shorter than SIO_ROOM_MAX.
 * Names of rooms may be whole numbers there; here they are texts. */
#ifndef REALTIME_SIO_ADAPTER_H
#define REALTIME_SIO_ADAPTER_H

#include "realtime/sio.h"

enum { SIO_REMOTE_MAX = 1 << 20, SIO_REMOTE_NAMES = 1000, SIO_REMOTE_UID_MAX = 64, SIO_REMOTE_CHANNEL_MAX = 255 };

struct sio_names {
	const char *const *names;
	size_t n;
};

struct sio_remote {
	const char *uid; /* of the server that sent it, which hears it too; "emitter" of a program that is none */
	const char *nsp;
	struct sio_event event; /* ack as the sender's client wants it, mostly SIO_NO_ACK: it is not ours to answer */
	struct sio_names rooms, except; /* no rooms: all in the namespace */
	bool now_or_never; /* volatile */
};

/* Reads the message of an event; what it holds lives as long as the arena. Bytes become attachments, dates the text that JSON
 * has for them. False when it is none, or holds what JSON cannot say: numbers that are none, other types of msgpack, text that is
 * not UTF-8, reserved names. */
bool sio_adapter_read(struct arena *a, const char *p, size_t n, struct sio_remote *out);

/* Adds the message of an event, sent by `uid` in `nsp`; those of `r` are not looked at. False, and nothing is added, when its args
 * are no JSON, name an attachment that there is not, or it would be too large or too deep to be read. */
bool sio_adapter_write(struct buf *b, const char *uid, const char *nsp, const struct sio_remote *r);

enum sio_request_type { /* REMOTE_JOIN, REMOTE_LEAVE, REMOTE_DISCONNECT, SERVER_SIDE_EMIT */
	SIO_REQUEST_JOIN = 2,
	SIO_REQUEST_LEAVE = 3,
	SIO_REQUEST_DISCONNECT = 4,
	SIO_REQUEST_TELL = 6,
};
struct sio_request {
	enum sio_request_type type;
	struct sio_names rooms, except; /* whose sockets; no rooms: all in the namespace */
	struct sio_names names; /* JOIN, LEAVE: the rooms that they join or leave */
	bool close; /* DISCONNECT: their connections, too */
	const char *uid; /* TELL: of the server that sent it, "" when it does not say; */
	const char *name, *args; /* what it tells, as in struct sio_event; */
	const char *id; /* NULL unless it wants an answer */
};
/* Reads a request; what it holds lives as long as the arena. False when it is none, or another one: what servers ask each other
 * about their sockets. */
bool sio_adapter_request(struct arena *a, const char *p, size_t n, struct sio_request *out);

/* The channel of events for one room; room NULL: for all, or for several. Who listens to all of a namespace hears both, so a room
 * whose name does not fit gets the channel of all. False when that does not fit either. */
bool sio_adapter_channel(
	char out[static SIO_REMOTE_CHANNEL_MAX + 1], const char *prefix, const char *nsp, const char *room);

#endif
