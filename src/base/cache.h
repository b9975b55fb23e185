/* A bounded map in memory, shared by threads: what the database or a signature said, kept until it changes. Values are
 * copied in and out, so nobody holds a pointer into it. Entries that were not used for long give way when it is full. */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include "base/arena.h"
#include <stdint.h>

struct cache;

enum { CACHE_KEY_MAX = 64 };

/* Memory grows with use, up to `entries` of them. Keys are at most CACHE_KEY_MAX bytes. */
struct cache *cache_new(size_t entries);
void cache_free(struct cache *c);

/* A copy of the value in the arena, aligned for any type; NULL when it is not there. */
void *cache_get(struct cache *c, const void *key, size_t n, struct arena *a, size_t *value_n);

/* Reading the truth and keeping it is a race against a change of it: take a ticket before reading, and put with it. When
 * the key (or a neighbour) was dropped in between, the value is not kept. */
uint64_t cache_ticket(struct cache *c, const void *key, size_t n);
void cache_put(struct cache *c, const void *key, size_t n, const void *value, size_t value_n, uint64_t ticket);
void cache_drop(struct cache *c, const void *key, size_t n);
/* A change of one's own that is now the truth: drops the key, and keeps the new value when nothing (of the key or a
 * neighbour) was dropped since the ticket. */
void cache_renew(struct cache *c, const void *key, size_t n, const void *value, size_t value_n, uint64_t ticket);
void cache_drop_all(struct cache *c);

/* Calls fn (NULL: only asks) with the value in place, under the lock; false when it is not there. fn must be short and not
 * block. */
bool cache_with(struct cache *c, const void *key, size_t n, void (*fn)(void *value, void *arg), void *arg);

struct cache_stats {
	int64_t entries, hits, misses, evicted;
};
void cache_stats(struct cache *c, struct cache_stats *out);

#endif
