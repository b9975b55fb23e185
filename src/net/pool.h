/* Worker pools: a fixed number of threads and a bounded queue. A full queue refuses at once, so that a storm costs the
 * caller a 503 and not the program its memory. */
#ifndef NET_POOL_H
#define NET_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct pool;

enum { JOBS_TOGETHER = 16 };

/* Embedded in what is to be done; the pool never allocates. */
struct job {
	void (*run)(struct job *job);
	/* NULL, or what can be done once for all of several: those that wait one behind the other with the same function are
	 * taken by one thread, its share of them and JOBS_TOGETHER at most; it is called with them, linked by `next`, before
	 * the first of them is run. Not called for one alone. */
	void (*foresee)(struct job *first);
	struct job *next; /* the pool's own */
	uint64_t queued_ns; /* time_nanos() when it was submitted; the pool writes it */
};

struct pool_conf {
	const char *name; /* thread name, also in metrics */
	int threads;
	int queue_max;
	int nice; /* added to the threads' niceness, 0: none */
	/* Called on each thread, true before a job, false when it has none and before it ends; may be NULL. */
	void (*thread_busy)(bool busy);
	/* Called on a thread that has had no job for a second, once, until it has had another; may be NULL. */
	void (*thread_quiet)(void);
};

struct pool *pool_new(const struct pool_conf *conf);
/* False when the queue is full or the pool is stopping; the job then stays the caller's. */
bool pool_submit(struct pool *p, struct job *job);
/* Runs what waits, ends the threads, frees. NULL is allowed. */
void pool_free(struct pool *p);

struct pool_stats {
	int64_t threads, waiting, running, done, refused;
	int64_t wait_ns; /* summed time between submit and start */
};
void pool_stats(struct pool *p, struct pool_stats *out);

#endif
