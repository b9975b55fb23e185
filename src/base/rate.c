#include "base/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, STRIPES = 64 };
#define MINUTE UINT64_C(60000000000)

struct entry {
	uint64_t key; /* 0: nobody's */
	uint64_t clear; /* when its debt is paid off */
};
struct set {
	struct entry way[WAYS];
};
struct stripe {
	pthread_mutex_t lock;
	int64_t crowded;
} __attribute__((aligned(64)));

struct rate_table {
	struct stripe stripes[STRIPES];
	struct set *sets;
	size_t mask; /* of set numbers */
};

struct rate_table *rate_new(size_t entries)
{
	size_t n = STRIPES;
	while (n * WAYS < entries)
		n *= 2;
	struct rate_table *t = aligned_alloc(64, sizeof *t);
	if (!t)
		abort();
	memset(t, 0, sizeof *t);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&t->stripes[i].lock, NULL);
	t->sets = calloc(n, sizeof *t->sets); /* pages of the kernel, taken when they are touched */
	if (!t->sets)
		abort();
	t->mask = n - 1;
	return t;
}

void rate_free(struct rate_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&t->stripes[i].lock);
	free(t->sets);
	free(t);
}

/* The key's own entry, else the one with the least debt: of those that owe nothing it is as good as an empty one. */
static struct entry *find(struct set *s, uint64_t key)
{
	struct entry *least = &s->way[0];
	for (size_t i = 0; i < WAYS; i++) {
		if (s->way[i].key == key)
			return &s->way[i];
		if (s->way[i].clear < least->clear)
			least = &s->way[i];
	}
	return least;
}

static size_t place(const struct rate_table *t, uint64_t key)
{
	return (size_t)(key >> 20) & t->mask;
}

bool rate_take(struct rate_table *t, uint64_t key, const struct rate_rule *r, uint64_t now, struct rate_state *out)
{
	uint64_t each = MINUTE / (uint64_t)r->per_minute;
	each += each == 0; /* a billion a second are no limit */
	const uint64_t most = each * (uint64_t)r->burst;
	key += key == 0;
	size_t at = place(t, key);
	struct stripe *stripe = &t->stripes[at % STRIPES];
	pthread_mutex_lock(&stripe->lock);
	struct entry *e = find(&t->sets[at], key);
	uint64_t owed = e->clear > now ? e->clear - now : 0;
	stripe->crowded += owed && e->key != key;
	owed = owed < most ? owed : most; /* the settings may have been wider when it was made */
	bool taken = owed + each <= most;
	if (taken)
		*e = (struct entry){ key, now + owed + each };
	else if (e->key == key)
		e->clear = now + owed;
	pthread_mutex_unlock(&stripe->lock);
	owed += taken ? each : 0;
	*out = (struct rate_state){ .limit = r->burst,
		.remaining = (int64_t)((most - owed) / each),
		.full_ns = owed,
		.wait_ns = taken ? 0 : owed + each - most };
	return taken;
}

void rate_raise(struct rate_table *t, uint64_t key, uint64_t owed_ns, uint64_t now)
{
	key += key == 0;
	size_t at = place(t, key);
	struct stripe *stripe = &t->stripes[at % STRIPES];
	pthread_mutex_lock(&stripe->lock);
	struct entry *e = find(&t->sets[at], key);
	uint64_t clear = owed_ns < UINT64_MAX - now ? now + owed_ns : UINT64_MAX;
	if (clear > e->clear)
		*e = (struct entry){ key, clear };
	pthread_mutex_unlock(&stripe->lock);
}

int64_t rate_crowded(struct rate_table *t)
{
	int64_t n = 0;
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_mutex_lock(&t->stripes[i].lock);
		n += t->stripes[i].crowded;
		pthread_mutex_unlock(&t->stripes[i].lock);
	}
	return n;
}
