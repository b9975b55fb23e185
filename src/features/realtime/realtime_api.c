/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "api/socket_list.h"
#include "api/sse.h"
#include "features/features.h"
#include "features/realtime/realtime.h"
#include "features/user/user.h"

TYPE(realtime_server,
	FIELD(realtime_server, port, REQUIRED, "Where it listens"),
	FIELD(realtime_server, protocol, REQUIRED, "socket.io"),
	FIELD(realtime_server, path, REQUIRED, "Its address"));
TYPE(realtime_counts,
	FIELD(realtime_counts, connected, REQUIRED, "How many are connected to this node"),
	FIELD(realtime_counts, rooms, REQUIRED, "In how many rooms"));
TYPE(realtime_info,
	FIELD(realtime_info, status, REQUIRED, "running"),
	FIELD_OBJECT(realtime_info, server, realtime_server, REQUIRED, "Where"),
	FIELD_OBJECT(realtime_info, clients, realtime_counts, REQUIRED, "How many"),
	FIELD(realtime_info, uptime, REQUIRED, "Seconds since the start"),
	FIELD(realtime_info, timestamp, TIME | REQUIRED, "Now"));
TYPE(realtime_query,
	FIELD(realtime_query, user_id, 0, "Only the connections of this person", .max = 64),
	FIELD(realtime_query, limit, 0, "How many at most", .min = 1, .max = 1000, .dflt = "100"));
TYPE(socket_client,
	FIELD(socket_client, id, REQUIRED, "Of the connection"),
	FIELD(socket_client, user_id, REQUIRED, "Who it is; empty when nobody is logged in"),
	FIELD(socket_client, username, REQUIRED, "His name"),
	FIELD(socket_client, transport, REQUIRED, "websocket, polling, sse or graphql"),
	FIELD(socket_client, connected_at, TIME | REQUIRED, "Since when"),
	FIELD(socket_client, user_agent, REQUIRED, "The program, as it says"),
	FIELD(socket_client, ip, REQUIRED, "From where"),
	FIELD_TEXTS(socket_client, rooms, REQUIRED, "The rooms it is in"));
TYPE(realtime_clients,
	FIELD_LIST(realtime_clients, clients, socket_client, REQUIRED, "Connections to this node"),
	FIELD(realtime_clients, total, REQUIRED, "How many there are"),
	FIELD(realtime_clients, timestamp, TIME | REQUIRED, "Now"));
TYPE(realtime_some,
	FIELD(realtime_some, limit, 0, "How many at most", .min = 1, .max = 1000, .dflt = "100"));
TYPE(socket_room,
	FIELD(socket_room, name, REQUIRED, "What it is called"),
	FIELD(socket_room, client_count, REQUIRED, "How many are in it"),
	FIELD_TEXTS(socket_room, clients, REQUIRED, "Their connections, a hundred at most"),
	FIELD(socket_room, created_at, TIME | REQUIRED, "Since when somebody is in it"));
TYPE(realtime_rooms,
	FIELD_LIST(realtime_rooms, rooms, socket_room, REQUIRED, "Rooms on this node, without those of single connections"),
	FIELD(realtime_rooms, total, REQUIRED, "How many there are"),
	FIELD(realtime_rooms, timestamp, TIME | REQUIRED, "Now"));
TYPE(realtime_memory,
	FIELD(realtime_memory, rss, REQUIRED, "MB that the process has in memory"),
	FIELD(realtime_memory, heap_total, REQUIRED, "MB of its heap"),
	FIELD(realtime_memory, heap_used, REQUIRED, "MB of it in use"),
	FIELD(realtime_memory, external, REQUIRED, "MB in blocks of their own"));
TYPE(realtime_process,
	FIELD(realtime_process, status, REQUIRED, "running"),
	FIELD(realtime_process, uptime, REQUIRED, "Seconds since the start"),
	FIELD_OBJECT(realtime_process, memory_usage, realtime_memory, REQUIRED, "Memory"));
TYPE(realtime_connections,
	FIELD(realtime_connections, total, REQUIRED, "How many came since the start"),
	FIELD(realtime_connections, active, REQUIRED, "How many are there"),
	FIELD(realtime_connections, peak, REQUIRED, "How many there were at most"),
	FIELD(realtime_connections, connections_per_second, REQUIRED, "How many came in a second, on average"));
TYPE(realtime_events,
	FIELD(realtime_events, connect, REQUIRED, "Connections that came"),
	FIELD(realtime_events, disconnect, REQUIRED, "Connections that went"),
	FIELD(realtime_events, message, REQUIRED, "Events of clients"),
	FIELD(realtime_events, error, REQUIRED, "Those that were refused"));
TYPE(realtime_stats,
	FIELD_OBJECT(realtime_stats, server, realtime_process, REQUIRED, "The process"),
	FIELD_OBJECT(realtime_stats, connections, realtime_connections, REQUIRED, "Connections"),
	FIELD_OBJECT(realtime_stats, events, realtime_events, REQUIRED, "Events"),
	FIELD(realtime_stats, timestamp, TIME | REQUIRED, "Now"));
TYPE(realtime_who,
	FIELD(realtime_who, id, REQUIRED | IN_PATH, "Identifier of the connection, or of a person", .min = 1, .max = 64));
TYPE(realtime_kicked,
	FIELD(realtime_kicked, disconnected, REQUIRED, "How many connections to this node were ended; other nodes are told to do the same"));

OP_BIND(realtime_info, none, realtime_info);
OP_BIND(realtime_clients, realtime_query, realtime_clients);
OP_BIND(realtime_rooms, realtime_some, realtime_rooms);
OP_BIND(realtime_stats, none, realtime_stats);
OP_BIND(realtime_kick, realtime_who, realtime_kicked);
OP_BIND_RAW(realtime_events, none, none);

#define READS .need = PERM_METRICS, .flags = OP_NO_DB

const struct feature realtime_feature = {
	.name = "realtime",
	.doc = "Who is connected, and what they hear",
	.ops = (const struct op[]){
		{ OP(realtime_events), .rest = "GET /events", .raw = sse_http, .types = "text/event-stream", .flags = OP_NO_CLI,
		  .doc = "Hear what sockets hear, as a stream of Server-Sent Events" },
		{ OP(realtime_info), .rest = "GET /websocket/info", READS, .doc = "Whether sockets are served, and where" },
		{ OP(realtime_clients), .rest = "GET /websocket/clients", READS, .doc = "List who is connected to this node" },
		{ OP(realtime_rooms), .rest = "GET /websocket/rooms", READS, .doc = "List the rooms of this node" },
		{ OP(realtime_stats), .rest = "GET /websocket/stats", READS, .doc = "How much is going on" },
		{ OP(realtime_kick), .rest = "DELETE /websocket/clients/{id}", .need = PERM_SESSION_ADMIN, .flags = OP_WRITE | OP_ONE,
		  .rate = RATE_WRITE, .doc = "End a connection, or all of a person; who has a token may come back",
		  .message = "Disconnected" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "GET /api/websocket/info", .op = "realtime_info", .out = "*" },
		{ .shape = &shape_camel, .route = "GET /api/websocket/clients", .op = "realtime_clients", .out = "*" },
		{ .shape = &shape_camel, .route = "GET /api/websocket/rooms", .op = "realtime_rooms", .out = "*" },
		{ .shape = &shape_camel, .route = "GET /api/websocket/stats", .op = "realtime_stats", .out = "*" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(socket_client, "user_id", "user", "Who it is"),
		{ 0 },
	},
	.conf = &realtime_conf_group,
};
