/* The second cache in Redis (base/second_cache.h). Three things keep what it says true:
 *
 * A value is put only under a lease that was taken before the truth was read, and a change takes the lease away with the
 * value: who read before the change cannot put after it. Also, a value of a lower version never replaces one of a higher.
 *
 * A node asks nothing of a key whose change it has not yet delivered. What it could not deliver (Redis away, too much waiting)
 * makes it begin a new epoch, before it asks anything again: a value of another epoch than the one that stands in Redis is
 * none. It also does so at its start and whenever the connection was lost, for Redis may have come back with older memory.
 *
 * Values are sealed (bus/shared_value.h). */
#ifndef BUS_SHARED_CACHE_H
#define BUS_SHARED_CACHE_H

#include "base/second_cache.h"
#include "bus/redis_hub.h"
#include "bus/shared_value.h"

struct shared_cache_conf {
	struct hub *hub; /* not started yet */
	const char *prefix; /* of all keys; stays the caller's */
	int64_t ttl_ms;
	struct shared_seal seal;
};
struct shared_cache;
struct shared_cache *shared_cache_new(const struct shared_cache_conf *conf);
/* After the hub has stopped. NULL is allowed. */
void shared_cache_free(struct shared_cache *c);
const struct second_cache *shared_cache_door(struct shared_cache *c);

struct shared_cache_stats {
	int64_t hits, misses; /* asked of Redis */
	int64_t passed; /* not asked: Redis is away, or a change is on its way to it */
	int64_t joined; /* taken from a thread that was reading the same */
	int64_t sets, stale, forged; /* put; refused: older than what happened since; not made here */
	int64_t drops, epochs; /* changes told; times that all of it was dropped */
};
void shared_cache_stats(struct shared_cache *c, struct shared_cache_stats *out);

#endif
