/* Sockets as those who run the server see them: who is connected, to which rooms, how much is going on; and the stream of events.
 * The sockets themselves: api/socket.h. */
#ifndef FEATURES_REALTIME_H
#define FEATURES_REALTIME_H

#include "base/cx.h"
#include "base/page.h"

struct realtime_server {
	int64_t port;
	const char *protocol, *path;
};
struct realtime_counts {
	int64_t connected, rooms;
};
struct realtime_info {
	const char *status;
	struct realtime_server *server;
	struct realtime_counts *clients;
	int64_t uptime; /* s */
	int64_t timestamp;
};
struct realtime_query {
	const char *user_id;
	int64_t limit;
};
struct realtime_clients {
	struct list clients; /* struct socket_client */
	int64_t total, timestamp;
};
struct realtime_some {
	int64_t limit;
};
struct realtime_rooms {
	struct list rooms; /* struct socket_room */
	int64_t total, timestamp;
};
struct realtime_memory {
	int64_t rss, heap_total, heap_used, external; /* MB */
};
struct realtime_process {
	const char *status;
	int64_t uptime;
	struct realtime_memory *memory_usage;
};
struct realtime_connections {
	int64_t total, active, peak;
	double connections_per_second;
};
struct realtime_events {
	int64_t connect, disconnect, message, error;
};
struct realtime_stats {
	struct realtime_process *server;
	struct realtime_connections *connections;
	struct realtime_events *events;
	int64_t timestamp;
};
struct realtime_who {
	const char *id;
};
struct realtime_kicked {
	int64_t disconnected;
};

err_t realtime_info(struct cx *cx, const struct none *in, struct realtime_info *out) CHECKED;
err_t realtime_clients(struct cx *cx, const struct realtime_query *in, struct realtime_clients *out) CHECKED;
err_t realtime_rooms(struct cx *cx, const struct realtime_some *in, struct realtime_rooms *out) CHECKED;
err_t realtime_stats(struct cx *cx, const struct none *in, struct realtime_stats *out) CHECKED;
/* ERR_NOT_FOUND when there is no such connection, and that person has none. */
err_t realtime_kick(struct cx *cx, const struct realtime_who *in, struct realtime_kicked *out) CHECKED;

#endif
