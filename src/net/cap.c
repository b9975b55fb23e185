#include "net/cap.h"
#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct holder {
	struct holder *next;
	uint8_t key[CAP_KEY];
	int n;
};

struct cap {
	pthread_mutex_t lock;
	int each;
	size_t clients;
	uint64_t seed;
	struct holder *buckets[BUCKETS];
};

struct cap *cap_new(int each)
{
	if (each <= 0)
		return NULL;
	struct cap *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	c->each = each;
	id_random(&c->seed, sizeof c->seed);
	return c;
}

void cap_free(struct cap *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct holder *h = c->buckets[i], *next; h; h = next) {
			next = h->next;
			free(h);
		}
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* The place that points to the holder of the key, or to the NULL where it belongs. The key is hashed with a random
 * number, so that nobody can choose addresses that fall into one bucket. */
static struct holder **holder_at(struct cap *c, const uint8_t key[static CAP_KEY])
{
	uint64_t w[2], h = c->seed;
	memcpy(w, key, CAP_KEY);
	for (int i = 0; i < 2; i++) {
		h = (h ^ w[i]) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	struct holder **at = &c->buckets[h % BUCKETS];
	while (*at && memcmp((*at)->key, key, CAP_KEY) != 0)
		at = &(*at)->next;
	return at;
}

static struct holder *holder_add(struct cap *c, struct holder **at, const uint8_t key[static CAP_KEY])
{
	struct holder *h = calloc(1, sizeof *h);
	if (!h)
		abort();
	memcpy(h->key, key, CAP_KEY);
	*at = h;
	c->clients++;
	return h;
}

bool cap_take(struct cap *c, const uint8_t key[static CAP_KEY])
{
	if (!c)
		return true;
	pthread_mutex_lock(&c->lock);
	struct holder **at = holder_at(c, key);
	struct holder *h = *at ? *at : holder_add(c, at, key);
	bool room = h->n < c->each;
	h->n += room;
	pthread_mutex_unlock(&c->lock);
	return room;
}

void cap_give(struct cap *c, const uint8_t key[static CAP_KEY])
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	struct holder **at = holder_at(c, key), *h = *at;
	if (h && --h->n == 0) {
		*at = h->next;
		free(h);
		c->clients--;
	}
	pthread_mutex_unlock(&c->lock);
}

size_t cap_clients(struct cap *c)
{
	if (!c)
		return 0;
	pthread_mutex_lock(&c->lock);
	size_t n = c->clients;
	pthread_mutex_unlock(&c->lock);
	return n;
}
