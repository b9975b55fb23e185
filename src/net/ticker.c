#include "net/ticker.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "base/wait.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, woken;
	const char *name;
	int64_t (*tick)(void *arg);
	void *arg;
};

/* False when it is time to end. */
static bool sleep_for(struct ticker *t, int64_t ms)
{
	int64_t until = time_monotonic() + ms;
	pthread_mutex_lock(&t->lock);
	while (!t->stop && !t->woken && wait_until(&t->wake, &t->lock, until))
		continue;
	bool stop = t->stop;
	t->woken = false;
	pthread_mutex_unlock(&t->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct ticker *t = arg;
	int64_t ms;
	pthread_setname_np(pthread_self(), t->name);
	do {
		ms = t->tick(t->arg);
		log_flush(); /* a thread that sleeps must not sit on lines, or on memory */
		arena_rest();
	} while (sleep_for(t, ms));
	return NULL;
}

struct ticker *ticker_start(const char *name, int64_t (*tick)(void *arg), void *arg)
{
	struct ticker *t = calloc(1, sizeof *t);
	if (!t)
		abort();
	t->name = name;
	t->tick = tick;
	t->arg = arg;
	pthread_mutex_init(&t->lock, NULL);
	wait_init(&t->wake);
	if (pthread_create(&t->thread, NULL, run, t))
		abort();
	return t;
}

void ticker_wake(struct ticker *t)
{
	pthread_mutex_lock(&t->lock);
	if (!t->woken)
		pthread_cond_signal(&t->wake);
	t->woken = true;
	pthread_mutex_unlock(&t->lock);
}

void ticker_stop(struct ticker *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->wake);
	free(t);
}
