#include "features/idempotency/idempotency_claim.h"

#include <pthread.h>
#include <string.h>

enum { LISTS = 256 };

/* Slots are MACs, so their first byte spreads them evenly; the lists are as long as requests run side by side. */
static struct {
	pthread_mutex_t lock;
	struct claim *lists[LISTS];
} claims = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct claim **find(const struct claim *c)
{
	struct claim **at = &claims.lists[c->slot[0]];
	while (*at && memcmp((*at)->slot, c->slot, sizeof c->slot) != 0)
		at = &(*at)->next;
	return at;
}

bool claim_take(struct claim *c)
{
	pthread_mutex_lock(&claims.lock);
	struct claim **at = find(c);
	bool taken = !*at;
	if (taken) {
		c->next = NULL;
		*at = c;
	}
	pthread_mutex_unlock(&claims.lock);
	return taken;
}

void claim_give_back(struct claim *c)
{
	pthread_mutex_lock(&claims.lock);
	struct claim **at = find(c);
	if (*at == c)
		*at = c->next;
	pthread_mutex_unlock(&claims.lock);
}
