/* Socket.IO v5 packets (protocol revision 5), which Engine.IO messages carry: a type, a namespace, perhaps the number of an
 * acknowledgement, JSON, and how many binary messages follow that belong to it. */
#ifndef REALTIME_SIO_PACKET_H
#define REALTIME_SIO_PACKET_H

#include "base/buf.h"

#include <stdbool.h>

enum sio_type {
	SIO_CONNECT = '0',
	SIO_DISCONNECT = '1',
	SIO_EVENT = '2',
	SIO_ACK = '3',
	SIO_CONNECT_ERROR = '4',
	SIO_BINARY_EVENT = '5',
	SIO_BINARY_ACK = '6',
};
enum { SIO_ATTACHMENTS_MAX = 32, SIO_NAMESPACE_MAX = 64, SIO_NO_ACK = -1 };

struct sio_packet {
	enum sio_type type;
	char nsp[SIO_NAMESPACE_MAX + 1]; /* "/", "/admin" */
	int64_t ack; /* SIO_NO_ACK: none */
	unsigned attachments;
	const char *data; /* JSON; "" when there is none */
	const char *name; /* of an event */
	const char
		*args; /* of an event and of an acknowledgement: the values behind the name, with commas between them */
};

/* Reads a text message. NUL stands behind its n bytes, which must live as long as the packet; what a client may not send is
 * refused as well. False when it is none. */
bool sio_packet_read(struct arena *a, const char *p, size_t n, struct sio_packet *out);

/* "connect" and its kin, which are no events. */
bool sio_name_is_reserved(const char *name);

/* An event or an acknowledgement to be sent: "args" as above, "" for none. */
struct sio_out {
	enum sio_type type; /* SIO_EVENT or SIO_ACK; what is binary about it is known by `attachments` */
	const char *nsp;
	int64_t ack;
	unsigned attachments;
	const char *name, *args; /* name: of events */
};
void sio_packet_write(struct buf *b, const struct sio_out *out);

#endif
