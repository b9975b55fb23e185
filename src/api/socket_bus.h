/* Sockets of other nodes: what is said in rooms goes to all of them by Redis, in the form of Socket.IO's own Redis adapter, so
 * that @socket.io/redis-emitter and other Socket.IO servers' messages reach our clients too. */
#ifndef API_SOCKET_BUS_H
#define API_SOCKET_BUS_H

#include "bus/bus.h"
#include "realtime/sio.h"

/* When the namespace is there; bus NULL: this node is alone. `prefix` and `node` stay the caller's. */
struct socket_bus_conf {
	struct bus *bus;
	const char *prefix, *node;
};
void socket_bus_open(const struct socket_bus_conf *conf);
/* Nothing is sent any more, and what is heard does nothing. */
void socket_bus_close(void);

/* To those of that room on the other nodes, but for that socket (NULL: none). */
void socket_bus_tell(const char *room, const char *except, const struct sio_event *e);
/* That somebody came or went; his followers there are told. */
void socket_bus_status(const char *user_id, const char *username, const char *status);
/* Connections in that room are ended, on all nodes. False when this node is alone. */
bool socket_bus_disconnect(const char *room);

#endif
