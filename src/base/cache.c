#include "base/cache.h"
#include "base/id.h"

#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 64, FIRST_BUCKETS = 16 };

/* The key stands right behind, so that looking it up touches one line of the processor's cache; then the value. */
struct entry {
	struct entry *next;
	uint64_t hash;
	uint32_t value_n;
	uint8_t key_n;
	bool used; /* since the hand last passed: a second chance */
	unsigned char key[];
};

static size_t value_at(size_t key_n)
{
	const size_t align = alignof(max_align_t);
	return (offsetof(struct entry, key) + key_n + align - 1) / align * align;
}

static void *value_of(struct entry *e)
{
	return (char *)e + value_at(e->key_n);
}

/* What a hit reads and writes is one line of the processor's cache: threads take it from each other. */
struct shard {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t buckets_n;
	int64_t hits, misses, evicted;
	size_t entries, hand;
	uint64_t drops; /* the ticket: counts what was dropped */
} __attribute__((aligned(64)));

struct cache {
	struct shard shards[SHARDS];
	size_t most; /* entries a shard */
	uint64_t seed;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

struct cache *cache_new(size_t entries)
{
	struct cache *c = must(aligned_alloc(64, sizeof *c));
	memset(c, 0, sizeof *c);
	c->most = entries / SHARDS + 1;
	id_random(&c->seed, sizeof c->seed);
	for (int i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&c->shards[i].lock, NULL);
		c->shards[i].buckets = must(calloc(FIRST_BUCKETS, sizeof(struct entry *)));
		c->shards[i].buckets_n = FIRST_BUCKETS;
	}
	return c;
}

static void empty(struct shard *s)
{
	for (size_t i = 0; i < s->buckets_n; i++)
		for (struct entry *e = s->buckets[i], *next; e; e = next) {
			next = e->next;
			free(e);
		}
	memset(s->buckets, 0, s->buckets_n * sizeof *s->buckets);
	s->entries = 0;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	for (int i = 0; i < SHARDS; i++) {
		empty(&c->shards[i]);
		free(c->shards[i].buckets);
		pthread_mutex_destroy(&c->shards[i].lock);
	}
	free(c);
}

/* Keys are hashes of tokens and identifiers of our own making; the seed keeps the places from being foreseen. */
static uint64_t hash_of(const struct cache *c, const void *key, size_t n)
{
	const unsigned char *p = key;
	uint64_t h = c->seed ^ n * UINT64_C(0x9e3779b97f4a7c15);
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	for (; n; n--, p++)
		h = (h ^ *p) * UINT64_C(0x100000001b3);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 29;
}

static struct shard *shard_of(struct cache *c, uint64_t hash)
{
	return &c->shards[hash >> 58];
}

static struct entry **find(struct shard *s, uint64_t hash, const void *key, size_t n)
{
	struct entry **at = &s->buckets[hash & (s->buckets_n - 1)];
	while (*at && ((*at)->hash != hash || (*at)->key_n != n || memcmp((*at)->key, key, n) != 0))
		at = &(*at)->next;
	return at;
}

/* A line that is only read may stay in the caches of several processors. */
static void mark(struct entry *e)
{
	if (!e->used)
		e->used = true;
}

static void remove_at(struct shard *s, struct entry **at)
{
	struct entry *e = *at;
	*at = e->next;
	s->entries--;
	free(e);
}

static void grow(struct shard *s)
{
	size_t n = s->buckets_n * 2;
	struct entry **bigger = must(calloc(n, sizeof *bigger));
	for (size_t i = 0; i < s->buckets_n; i++)
		for (struct entry *e = s->buckets[i], *next; e; e = next) {
			next = e->next;
			e->next = bigger[e->hash & (n - 1)];
			bigger[e->hash & (n - 1)] = e;
		}
	free(s->buckets);
	s->buckets = bigger;
	s->buckets_n = n;
}

/* The clock: the hand goes round the buckets, takes the mark from what was used and removes the first that was not. */
static void evict(struct shard *s)
{
	for (size_t step = 0; step < 2 * s->buckets_n + 1; step++) {
		struct entry **at = &s->buckets[s->hand++ & (s->buckets_n - 1)];
		for (; *at; at = &(*at)->next) {
			if (!(*at)->used) {
				remove_at(s, at);
				s->evicted++;
				return;
			}
			(*at)->used = false;
		}
	}
}

void *cache_get(struct cache *c, const void *key, size_t n, struct arena *a, size_t *value_n)
{
	uint64_t h = hash_of(c, key, n);
	struct shard *s = shard_of(c, h);
	void *copy = NULL;
	pthread_mutex_lock(&s->lock);
	struct entry *e = *find(s, h, key, n);
	if (e) {
		mark(e);
		copy = arena_alloc(a, e->value_n);
		memcpy(copy, value_of(e), e->value_n);
		if (value_n)
			*value_n = e->value_n;
		s->hits++;
	} else {
		s->misses++;
	}
	pthread_mutex_unlock(&s->lock);
	return copy;
}

bool cache_with(struct cache *c, const void *key, size_t n, void (*fn)(void *value, void *arg), void *arg)
{
	uint64_t h = hash_of(c, key, n);
	struct shard *s = shard_of(c, h);
	pthread_mutex_lock(&s->lock);
	struct entry *e = *find(s, h, key, n);
	if (e) {
		mark(e);
		if (fn)
			fn(value_of(e), arg);
	}
	pthread_mutex_unlock(&s->lock);
	return e;
}

uint64_t cache_ticket(struct cache *c, const void *key, size_t n)
{
	struct shard *s = shard_of(c, hash_of(c, key, n));
	pthread_mutex_lock(&s->lock);
	uint64_t ticket = s->drops;
	pthread_mutex_unlock(&s->lock);
	return ticket;
}

static struct entry *entry_of(uint64_t hash, const void *key, size_t n, const void *value, size_t value_n)
{
	assert(n <= CACHE_KEY_MAX && value_n <= UINT32_MAX);
	struct entry *e = must(malloc(value_at(n) + value_n));
	e->hash = hash;
	e->value_n = (uint32_t)value_n;
	e->key_n = (uint8_t)n;
	e->used = false;
	memcpy(e->key, key, n);
	memcpy(value_of(e), value, value_n);
	return e;
}

/* Under the lock; the key is not there. */
static void add(struct cache *c, struct shard *s, struct entry *e)
{
	if (s->entries >= c->most)
		evict(s);
	if (s->entries * 2 >= s->buckets_n) /* short chains: each step is a miss of the processor's cache */
		grow(s);
	struct entry **bucket = &s->buckets[e->hash & (s->buckets_n - 1)];
	e->next = *bucket;
	*bucket = e;
	s->entries++;
}

/* Puts the value where none was dropped since the ticket; `drop`: it is a change, which counts as a drop itself. */
static void put(struct cache *c, struct entry *e, uint64_t ticket, bool drop)
{
	struct shard *s = shard_of(c, e->hash);
	pthread_mutex_lock(&s->lock);
	bool good = s->drops == ticket;
	struct entry **old = find(s, e->hash, e->key, e->key_n);
	if (*old && (good || drop))
		remove_at(s, old);
	s->drops += drop;
	if (good)
		add(c, s, e);
	pthread_mutex_unlock(&s->lock);
	if (!good)
		free(e);
}

void cache_put(struct cache *c, const void *key, size_t n, const void *value, size_t value_n, uint64_t ticket)
{
	put(c, entry_of(hash_of(c, key, n), key, n, value, value_n), ticket, false);
}

void cache_renew(struct cache *c, const void *key, size_t n, const void *value, size_t value_n, uint64_t ticket)
{
	put(c, entry_of(hash_of(c, key, n), key, n, value, value_n), ticket, true);
}

void cache_drop(struct cache *c, const void *key, size_t n)
{
	uint64_t h = hash_of(c, key, n);
	struct shard *s = shard_of(c, h);
	pthread_mutex_lock(&s->lock);
	struct entry **at = find(s, h, key, n);
	if (*at)
		remove_at(s, at);
	s->drops++;
	pthread_mutex_unlock(&s->lock);
}

void cache_drop_all(struct cache *c)
{
	for (int i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shards[i];
		pthread_mutex_lock(&s->lock);
		empty(s);
		s->drops++;
		pthread_mutex_unlock(&s->lock);
	}
}

void cache_stats(struct cache *c, struct cache_stats *out)
{
	*out = (struct cache_stats){ 0 };
	for (int i = 0; i < SHARDS; i++) {
		struct shard *s = &c->shards[i];
		pthread_mutex_lock(&s->lock);
		out->entries += (int64_t)s->entries;
		out->hits += s->hits;
		out->misses += s->misses;
		out->evicted += s->evicted;
		pthread_mutex_unlock(&s->lock);
	}
}
