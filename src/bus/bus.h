/* The bus between nodes: short messages on named channels, to whoever listens now. It loses messages when a node or what
 * carries them is away; so it only says "look now" about what stands in a better place, or what is not worth keeping (who is
 * online, who is typing). Messages are of any bytes.
 *
 * Two drivers: in this process (bus_memory_new), and Redis pub/sub (bus_redis_new). */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/arena.h"
#include <stdint.h>

enum { BUS_CHANNEL_MAX = 255, BUS_MESSAGE_MAX = 1 << 20, BUS_HEARERS_MAX = 64 };

/* Called on the bus's own thread, one message after another; must not block. `channel` is the one that it came on; of programs
 * that are none of ours it may be longer than BUS_CHANNEL_MAX. `p` is NULL when messages may have been lost, after the bus was away:
 * then it is what was subscribed to. Own messages come as well. */
typedef void bus_hear(void *arg, const char *channel, const void *p, size_t n);

struct bus {
	const struct bus_driver *driver;
};
struct bus_driver {
	const char *name;
	bool (*publish)(struct bus *b, const char *channel, const void *p, size_t n);
	void (*subscribe)(struct bus *b, const char *channel, bus_hear *hear, void *arg);
	bool (*connected)(struct bus *b);
	void (*free)(struct bus *b);
};

/* Sends soon; false when it was dropped at once. From any thread, in no time. */
bool bus_publish(struct bus *b, const char *channel, const void *p, size_t n);
/* From now on, or some ms later. From any thread; there is no way back. A channel that ends in '*' is every channel that begins so;
 * nothing else in it is a pattern. Who subscribed to several that one message came on hears it once for each. */
void bus_subscribe(struct bus *b, const char *channel, bus_hear *hear, void *arg);
/* Whether messages of other nodes come. */
bool bus_connected(struct bus *b);
void bus_free(struct bus *b); /* NULL is allowed; ends its thread */

struct bus *bus_memory_new(void);

struct hub;
/* Publishes through the hub, and hears by a connection of its own. Free it before the hub stops. `prefix` and what the hub's
 * conf says stay the caller's. */
struct bus_redis_conf {
	struct hub *hub;
	const char *url, *ca_file, *prefix;
};
struct bus *bus_redis_new(const struct bus_redis_conf *conf);

#endif
