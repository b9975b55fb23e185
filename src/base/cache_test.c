#include "base/cache.h"
#include "base/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static void put(struct cache *c, const char *key, const char *value)
{
	cache_put(c, key, strlen(key), value, strlen(value) + 1, cache_ticket(c, key, strlen(key)));
}

static const char *get(struct cache *c, const char *key)
{
	static struct arena *a;
	a = a ? a : arena_new(0);
	return cache_get(c, key, strlen(key), a, NULL);
}

TEST(cache, gives_a_copy_of_what_was_put)
{
	struct cache *c = cache_new(100);
	struct arena *a = arena_new(0);
	size_t n = 0;
	put(c, "ann", "one");
	put(c, "ann", "two");
	char *copy = cache_get(c, "ann", 3, a, &n);
	CHECK_TEXT(copy, "two");
	CHECK_INT(n, 4);
	copy[0] = 'x';
	CHECK_TEXT(get(c, "ann"), "two");
	CHECK(!get(c, "an") && !get(c, "annn") && !get(c, ""));
	arena_free(a);
	cache_free(c);
	cache_free(NULL);
}

TEST(cache, keys_are_bytes_up_to_their_greatest_length)
{
	struct cache *c = cache_new(10000);
	struct arena *a = arena_new(0);
	unsigned char key[CACHE_KEY_MAX] = { 0 };
	for (size_t n = 0; n <= CACHE_KEY_MAX; n++)
		cache_put(c, key, n, &n, sizeof n, cache_ticket(c, key, n));
	for (size_t n = 0; n <= CACHE_KEY_MAX; n++) {
		size_t *v = cache_get(c, key, n, a, NULL);
		CHECK(v && *v == n);
	}
	arena_free(a);
	cache_free(c);
}

TEST(cache, stays_within_its_bound)
{
	enum { ENTRIES = 1000 };
	struct cache *c = cache_new(ENTRIES);
	struct cache_stats s;
	char key[20];
	for (int i = 0; i < 20 * ENTRIES; i++) {
		snprintf(key, sizeof key, "k%d", i);
		put(c, key, "v");
		cache_stats(c, &s);
		CHECK(s.entries <= ENTRIES + 64);
	}
	CHECK(s.entries > ENTRIES / 2);
	CHECK_INT(s.entries + s.evicted, 20 * ENTRIES);
	cache_free(c);
}

TEST(cache, what_is_in_use_outlives_what_is_not)
{
	enum { ENTRIES = 640, IN_USE = 64 };
	struct cache *c = cache_new(ENTRIES);
	char key[20];
	int kept = 0;
	for (int i = 0; i < IN_USE; i++) {
		snprintf(key, sizeof key, "used%d", i);
		put(c, key, "v");
	}
	for (int i = 0; i < 10 * ENTRIES; i++) {
		snprintf(key, sizeof key, "once%d", i);
		put(c, key, "v");
		snprintf(key, sizeof key, "used%d", i % IN_USE);
		get(c, key);
	}
	for (int i = 0; i < IN_USE; i++) {
		snprintf(key, sizeof key, "used%d", i);
		kept += get(c, key) != NULL;
	}
	CHECK(kept > IN_USE * 3 / 4);
	cache_free(c);
}

TEST(cache, advisory_what_was_read_before_a_change_is_not_kept_after_it)
{
	struct cache *c = cache_new(100);
	uint64_t ticket = cache_ticket(c, "ann", 3); /* reads the truth ... */
	cache_drop(c, "ann", 3); /* ... which changes ... */
	cache_put(c, "ann", 3, "old", 4, ticket); /* ... before it is kept */
	CHECK(!get(c, "ann"));
	ticket = cache_ticket(c, "ann", 3);
	cache_drop_all(c);
	cache_put(c, "ann", 3, "old", 4, ticket);
	CHECK(!get(c, "ann"));
	put(c, "ann", "new");
	CHECK_TEXT(get(c, "ann"), "new");
	cache_drop(c, "ann", 3);
	CHECK(!get(c, "ann"));
	cache_free(c);
}

static void shout(void *value, void *arg)
{
	*(char *)value = 'X';
	++*(int *)arg;
}

static void renew(struct cache *c, const char *key, const char *value, uint64_t ticket)
{
	cache_renew(c, key, strlen(key), value, strlen(value) + 1, ticket);
}

TEST(cache, advisory_of_two_changes_the_later_to_be_told_does_not_bring_the_earlier_back)
{
	struct cache *c = cache_new(100);
	put(c, "ann", "old");
	uint64_t one = cache_ticket(c, "ann", 3), two = cache_ticket(c, "ann", 3), reader = cache_ticket(c, "ann", 3);
	renew(c, "ann", "one", one);
	CHECK_TEXT(get(c, "ann"), "one");
	cache_put(c, "ann", 3, "old", 4, reader); /* was read before the change */
	CHECK_TEXT(get(c, "ann"), "one");
	renew(c, "ann", "two", two); /* committed before or after "one": nobody here knows */
	CHECK(!get(c, "ann"));
	uint64_t three = cache_ticket(c, "ann", 3);
	cache_drop(c, "ann", 3);
	renew(c, "ann", "three", three);
	CHECK(!get(c, "ann"));
	renew(c, "ann", "four", cache_ticket(c, "ann", 3)); /* also where nothing was kept before */
	CHECK_TEXT(get(c, "ann"), "four");
	cache_free(c);
}

TEST(cache, values_can_be_changed_in_place_and_counted)
{
	struct cache *c = cache_new(100);
	struct cache_stats s;
	int n = 0;
	put(c, "ann", "one");
	CHECK(cache_with(c, "ann", 3, shout, &n) && n == 1);
	CHECK(!cache_with(c, "bob", 3, shout, &n) && n == 1);
	CHECK_TEXT(get(c, "ann"), "Xne");
	CHECK(!get(c, "bob"));
	cache_stats(c, &s);
	CHECK_INT(s.hits, 1);
	CHECK_INT(s.misses, 1);
	CHECK_INT(s.entries, 1);
	cache_free(c);
}

/* Eight threads: one key space, a number each key must never be behind. */
static struct {
	struct cache *cache;
	_Atomic int truth[16];
} race;

static void *racer(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;
	for (int i = 0; i < 4000; i++) {
		seed = seed * 1103515245 + 12345;
		unsigned char key = (unsigned char)(seed >> 16 & 15);
		if (i % 8 == 0) {
			atomic_fetch_add(&race.truth[key], 1);
			cache_drop(race.cache, &key, 1);
			continue;
		}
		struct arena *a = arena_new(0);
		int least = atomic_load(&race.truth[key]);
		uint64_t ticket = cache_ticket(race.cache, &key, 1);
		int *seen = cache_get(race.cache, &key, 1, a, NULL);
		if (!seen) {
			int truth = atomic_load(&race.truth[key]);
			cache_put(race.cache, &key, 1, &truth, sizeof truth, ticket);
		} else {
			/* A change is told before its answer: at most those under way are missed, one a thread. */
			CHECK(*seen >= least - 8);
		}
		arena_free(a);
	}
	return NULL;
}

TEST(cache, eight_threads_end_with_the_truth)
{
	pthread_t threads[8];
	race.cache = cache_new(64);
	for (size_t i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, racer, (void *)(uintptr_t)(i + 1)) == 0);
	for (size_t i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	for (unsigned char key = 0; key < 16; key++) {
		struct arena *a = arena_new(0);
		int *seen = cache_get(race.cache, &key, 1, a, NULL);
		CHECK(!seen || *seen == race.truth[key]); /* nothing old was kept */
		arena_free(a);
	}
	cache_free(race.cache);
}
