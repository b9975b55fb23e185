/* Engine.IO v4 packets (protocol revision 4): a type, and for messages what they carry. Over WebSocket a frame is a packet; by
 * polling several stand in one text, with U+001E between them, and bytes as base64. */
#ifndef REALTIME_EIO_PACKET_H
#define REALTIME_EIO_PACKET_H

#include "base/buf.h"

#include <stdbool.h>

enum eio_type {
	EIO_OPEN = '0',
	EIO_CLOSE = '1',
	EIO_PING = '2',
	EIO_PONG = '3',
	EIO_MESSAGE = '4',
	EIO_UPGRADE = '5',
	EIO_NOOP = '6',
};
struct eio_packet {
	enum eio_type type;
	bool binary; /* EIO_MESSAGE: bytes, not text */
	const char *p; /* NUL behind them, which does not count */
	size_t n;
};

/* One text frame, or one packet of a payload that is no binary one. False when it is none. */
bool eio_packet_read(const char *p, size_t n, struct eio_packet *out);
/* The first packet of a payload of *n bytes at *p, which then stand behind it; bytes are decoded into the arena. *p is NULL after
 * the last one. False when it is malformed. */
bool eio_payload_read(struct arena *a, const char **p, size_t *n, struct eio_packet *out);
/* Adds a packet to a payload. */
void eio_payload_add(struct buf *b, const struct eio_packet *packet);

#endif
