/* Who is connected, for those who run the server. */
#ifndef API_SOCKET_LIST_H
#define API_SOCKET_LIST_H

#include "api/socket.h"

struct socket_client {
	const char *id, *user_id, *username, *transport, *user_agent, *ip; /* user_id "": nobody */
	int64_t connected_at; /* ms since 1970 */
	struct list rooms; /* texts */
};
struct socket_room {
	const char *name;
	int64_t client_count, created_at;
	struct list clients; /* texts: ids of sockets, at most 100 */
};
/* At most `most`, of one person (NULL: of all); *total: how many there are. */
struct list sockets_clients(struct arena *a, const char *user_id, size_t most, int64_t *total);
struct list sockets_rooms(struct arena *a, size_t most, int64_t *total);
/* Ends the connection of that id, or all of that person. How many that were on this node; -1: none, but other nodes were
 * told to. */
int64_t sockets_kick(const char *id);

#endif
