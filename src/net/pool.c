#include "net/pool.h"
#include "base/log.h"
#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

struct pool {
	struct pool_conf conf;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t filled;
	struct job *first, **last;
	struct pool_stats stats;
	bool stopping;
	pthread_t threads[];
};

/* A thread that sleeps must not sit on lines, or on memory. */
static void thread_rest(struct pool *p)
{
	log_flush();
	if (p->conf.thread_busy)
		p->conf.thread_busy(false);
}

/* The next job, or NULL when the pool ends and nothing waits any more. Called and left with the lock held. */
static struct job *job_take(struct pool *p)
{
	while (!p->first && !p->stopping) {
		pthread_mutex_unlock(&p->lock);
		thread_rest(p);
		pthread_mutex_lock(&p->lock);
		while (!p->first && !p->stopping)
			pthread_cond_wait(&p->filled, &p->lock);
	}
	struct job *job = p->first;
	if (!job)
		return NULL;
	p->first = job->next;
	if (!p->first)
		p->last = &p->first;
	p->stats.waiting--;
	p->stats.running++;
	p->stats.wait_ns += (int64_t)(time_nanos() - job->queued_ns);
	return job;
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	if (p->conf.name)
		pthread_setname_np(pthread_self(), p->conf.name);
	if (p->conf.nice)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), p->conf.nice); /* on Linux niceness is a thread's */
	pthread_mutex_lock(&p->lock);
	for (struct job *job; (job = job_take(p));) {
		pthread_mutex_unlock(&p->lock);
		if (p->conf.thread_busy)
			p->conf.thread_busy(true);
		job->run(job); /* and is the pool's no longer: it may be gone */
		log_tick();
		pthread_mutex_lock(&p->lock);
		p->stats.running--;
		p->stats.done++;
	}
	pthread_mutex_unlock(&p->lock);
	thread_rest(p);
	return NULL;
}

struct pool *pool_new(const struct pool_conf *conf)
{
	struct pool *p = calloc(1, sizeof *p + (size_t)conf->threads * sizeof p->threads[0]);
	if (!p)
		abort();
	p->conf = *conf;
	p->last = &p->first;
	p->stats.threads = conf->threads;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->filled, NULL);
	for (int i = 0; i < conf->threads; i++)
		if (pthread_create(&p->threads[i], NULL, worker, p))
			abort();
	return p;
}

bool pool_submit(struct pool *p, struct job *job)
{
	job->next = NULL;
	job->queued_ns = time_nanos();
	pthread_mutex_lock(&p->lock);
	bool room = !p->stopping && p->stats.waiting < p->conf.queue_max;
	if (room) {
		*p->last = job;
		p->last = &job->next;
		p->stats.waiting++;
	} else {
		p->stats.refused++;
	}
	if (room)
		pthread_cond_signal(&p->filled); /* under the lock: whoever frees the pool waits for it */
	pthread_mutex_unlock(&p->lock);
	return room;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_broadcast(&p->filled);
	for (int64_t i = 0; i < p->stats.threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void pool_stats(struct pool *p, struct pool_stats *out)
{
	pthread_mutex_lock(&p->lock);
	*out = p->stats;
	pthread_mutex_unlock(&p->lock);
}
