/* Socket.IO at /socket.io/: who connects shows an access token, is in the room of his own id, and may call every operation as an
 * event; what he asks passes the gate like any other request. */
#ifndef API_SOCKET_H
#define API_SOCKET_H

#include "api/call.h"
#include "http/http.h"

struct realtime_conf {
	bool anonymous, compress;
	int64_t ping_interval, ping_timeout, connect_timeout, upgrade_timeout;
	int64_t max_payload, waiting, connections, per_user, events, recall, recall_memory, grace;
	bool recovery;
	const char *rooms, *channel;
};
extern const struct conf_group realtime_conf_group;

/* Who is online is known that long without another word of it: for presence_memory_new() and its like. */
enum { SOCKET_PRESENCE_MS = 60000, SOCKET_PRESENCE_MAX = 1000000 };

#define SOCKETS_PATH "/socket.io/"
#define SOCKETS_PATH_SHORT "/socket.io"

/* Before the server starts, and after it has. `shared`: what other rooms of the house have as well. */
struct presence;
struct bus;
struct sockets_shared {
	struct presence *presence;
	struct bus *bus; /* NULL: this node is alone */
	const char *origins; /* as in cors.h */
	bool https; /* as the public URL has it */
};
void sockets_open(const struct realtime_conf *conf, const struct sockets_shared *shared);
void sockets_serve(struct http_server *server);
/* Before the server stops: connections end, and nobody is asked anything any more. And after the pools of threads have stopped, on
 * which a call may have been under way: the rest. */
void sockets_close(void);
void sockets_free(void);

/* A request for /socket.io/; the headers for other origins are added already. */
enum http_when sockets_request(struct http_req *r);
int64_t sockets_payload_max(void); /* bytes of a body there */

/* Something about a session, a user, or what roles may changed: those sockets are asked who they are again, unless it is harmless.
 * From any thread, in no time. */
struct emitted;
void sockets_changed(const struct emitted *e);
/* The same of everybody: changes may have been missed. */
void sockets_doubt(void);

struct sockets_stats {
	int64_t joined, opened, closed; /* sockets of all doors that are in, and that came and went since the start */
	int64_t messages, errors, refused, peak;
	int64_t opened_at; /* monotonic; 0: they are not open */
	int64_t port; /* of the first address that is listened on; 0: none */
};
void sockets_stats(struct sockets_stats *out);

#endif
