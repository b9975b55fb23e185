/* Who is here: a person is, while one of his devices (sessions, sockets) said so within `ttl_ms`. It says so again at most
 * every third of that; one that is silent, or whose node died, expires by itself. Nothing of it is kept anywhere else.
 *
 * Two drivers: in this process, and in Redis for all nodes. While Redis is away each node knows its own alone. */
#ifndef BUS_PRESENCE_H
#define BUS_PRESENCE_H

#include "base/arena.h"
#include <stdint.h>

enum { PRESENCE_ASK_MAX = 256, PRESENCE_ID_MAX = 63 };

struct presence_state {
	bool online;
	int64_t seen_at; /* ms since 1970; 0: not within ttl_ms */
};
struct presence {
	const struct presence_driver *driver;
};
struct presence_driver {
	void (*seen)(struct presence *p, const char *user_id, const char *device);
	void (*left)(struct presence *p, const char *user_id, const char *device);
	void (*online)(
		struct presence *p, struct arena *a, const char *const *user_ids, size_t n, struct presence_state *out);
	void (*free)(struct presence *p);
};

/* From any thread, in no time. Identifiers are at most PRESENCE_ID_MAX bytes. */
void presence_seen(struct presence *p, const char *user_id, const char *device);
void presence_left(struct presence *p, const char *user_id, const char *device);
/* The state of at most PRESENCE_ASK_MAX people. May wait a moment for Redis: not on a loop. */
void presence_online(
	struct presence *p, struct arena *a, const char *const *user_ids, size_t n, struct presence_state *out);
void presence_free(struct presence *p); /* NULL is allowed */

/* `most`: devices that are remembered at a time; more are not seen. */
struct presence *presence_memory_new(int64_t ttl_ms, size_t most);

struct hub;
/* `node` tells the same device on two nodes apart; it and `prefix` stay the caller's. Free it after the hub has stopped. */
struct presence_redis_conf {
	struct hub *hub;
	const char *prefix, *node;
	int64_t ttl_ms;
	size_t most; /* of the memory that stands in for Redis */
};
struct presence *presence_redis_new(const struct presence_redis_conf *conf);

#endif
