#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_THREADS = 64 };

struct runner {
	const struct work *work;
	pthread_barrier_t *ready;
	atomic_bool *over;
	uint64_t done;
	double seconds; /* from the start to its last operation */
	pthread_t thread;
};

void stop(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *run(void *arg)
{
	struct runner *r = arg;
	void *own = r->work->make();
	pthread_barrier_wait(r->ready);
	double began = now();
	while (!atomic_load_explicit(r->over, memory_order_relaxed)) {
		if (!r->work->once(own))
			stop("the operation failed");
		r->done++;
	}
	r->seconds = now() - began;
	return NULL;
}

double threads_rate(const struct work *work, unsigned threads, double seconds)
{
	static struct runner r[MOST_THREADS];
	pthread_barrier_t ready;
	atomic_bool over = false;
	if (threads < 1 || threads > MOST_THREADS)
		stop("1 to 64 threads");
	pthread_barrier_init(&ready, NULL, threads + 1);
	for (unsigned i = 0; i < threads; i++) {
		r[i] = (struct runner){ .work = work, .ready = &ready, .over = &over };
		if (pthread_create(&r[i].thread, NULL, run, &r[i]))
			stop("cannot start a thread");
	}
	pthread_barrier_wait(&ready);
	struct timespec pause = { .tv_sec = (time_t)seconds };
	pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
	nanosleep(&pause, NULL);
	atomic_store(&over, true);
	double rate = 0;
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(r[i].thread, NULL);
		rate += (double)r[i].done / r[i].seconds;
	}
	pthread_barrier_destroy(&ready);
	return rate;
}
