/* Rates over all nodes. Each node decides by its own memory, at once; what it took is told to Redis a few ms later, many keys
 * in one script (GCRA, by Redis's clock), which answers how much each key owes to all nodes together. So a request never
 * waits, a limit holds over all nodes but for what is on its way, and without Redis each node limits by itself.
 *
 * Keys are hashes under a key that all nodes share: Redis learns no address and no name. */
#ifndef BUS_SHARED_RATE_H
#define BUS_SHARED_RATE_H

#include "base/rate.h"
#include "bus/redis_hub.h"

struct shared_rate_conf {
	struct hub *hub; /* not started yet */
	const char *prefix; /* of all keys; stays the caller's */
	/* What a key owes to all nodes together; on the hub's thread. */
	void (*owed)(unsigned table, uint64_t key, uint64_t ns);
};
struct shared_rate;
struct shared_rate *shared_rate_new(const struct shared_rate_conf *conf);
/* After the hub has stopped. NULL is allowed. */
void shared_rate_free(struct shared_rate *s);
const struct rate_share *shared_rate_door(struct shared_rate *s);

struct shared_rate_stats {
	int64_t told, untold; /* requests; untold: there was no room, or Redis was away */
};
void shared_rate_stats(struct shared_rate *s, struct shared_rate_stats *out);

#endif
