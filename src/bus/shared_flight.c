#include "bus/shared_flight.h"
#include "base/time.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* There are no more at a time than threads that ask: a list will do. */
struct flights {
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct flight *all;
};

struct flight {
	struct flights *of;
	struct flight *next;
	int refs;
	bool landed, listed;
	void *p; /* NULL: nothing */
	size_t n;
	char key[];
};

struct flights *flights_new(void)
{
	struct flights *f = calloc(1, sizeof *f);
	if (!f || pthread_mutex_init(&f->lock, NULL))
		abort();
	wait_init(&f->landed);
	return f;
}

void flights_free(struct flights *f)
{
	if (!f)
		return;
	pthread_cond_destroy(&f->landed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

/* All that follow: under the lock. */

static struct flight **find(struct flights *f, const char *key)
{
	struct flight **at = &f->all;
	while (*at && strcmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

static void strike(struct flight *t)
{
	if (!t->listed)
		return;
	struct flight **at = &t->of->all;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->listed = false;
}

static void land(struct flight *t, const void *p, size_t n)
{
	if (t->landed)
		return;
	t->landed = true;
	if (p) {
		t->p = malloc(n + 1);
		if (!t->p)
			abort();
		memcpy(t->p, p, n);
		t->n = n;
	}
	strike(t);
	pthread_cond_broadcast(&t->of->landed);
}

static struct flight *begin(struct flights *f, const char *key)
{
	size_t n = strlen(key) + 1;
	struct flight *t = calloc(1, sizeof *t + n);
	if (!t)
		abort();
	memcpy(t->key, key, n);
	t->of = f;
	t->next = f->all;
	t->listed = true;
	f->all = t;
	return t;
}

struct flight *flight_join(struct flights *f, const char *key, bool *first)
{
	pthread_mutex_lock(&f->lock);
	struct flight *t = *find(f, key);
	*first = !t;
	if (!t)
		t = begin(f, key);
	t->refs++;
	pthread_mutex_unlock(&f->lock);
	return t;
}

void *flight_wait(struct flight *t, struct arena *a, int64_t ms, size_t *n)
{
	int64_t until = time_monotonic() + ms;
	void *out = NULL;
	pthread_mutex_lock(&t->of->lock);
	while (!t->landed && wait_until(&t->of->landed, &t->of->lock, until))
		continue;
	if (t->landed && t->p) {
		out = arena_memdup0(a, t->p, t->n);
		*n = t->n;
	}
	pthread_mutex_unlock(&t->of->lock);
	return out;
}

void flight_land(struct flight *t, const void *p, size_t n)
{
	pthread_mutex_lock(&t->of->lock);
	land(t, p, n);
	pthread_mutex_unlock(&t->of->lock);
}

void flight_leave(struct flight *t)
{
	struct flights *f = t->of;
	pthread_mutex_lock(&f->lock);
	bool last = --t->refs == 0;
	if (last)
		strike(t);
	pthread_mutex_unlock(&f->lock);
	if (!last)
		return;
	if (t->p)
		explicit_bzero(t->p, t->n);
	free(t->p);
	free(t);
}

void flight_divert(struct flights *f, const char *key)
{
	pthread_mutex_lock(&f->lock);
	struct flight *t = *find(f, key);
	if (t)
		strike(t);
	pthread_mutex_unlock(&f->lock);
}
