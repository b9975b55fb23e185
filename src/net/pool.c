#include "net/pool.h"
#include "base/log.h"
#include "base/time.h"
#include "base/wait.h"

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
	int idle; /* threads without a job */
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

/* How many may be taken at once: others who have nothing to do are to have some too. */
static int64_t share(const struct pool *p)
{
	int64_t each = (p->stats.waiting + p->idle - 1) / p->idle;
	return each < JOBS_TOGETHER ? each : JOBS_TOGETHER;
}

/* Cuts off the queue its first job and those behind it that go with it; returns the last of them. */
static struct job *cut(struct pool *p)
{
	struct job *last = p->first;
	int64_t most = last->foresee ? share(p) : 1, n = 1;
	for (uint64_t now = time_nanos();; last = last->next, n++) {
		p->stats.wait_ns += (int64_t)(now - last->queued_ns);
		if (n == most || !last->next || last->next->foresee != last->foresee)
			break;
	}
	p->stats.waiting -= n;
	p->stats.running += n;
	return last;
}

/* With the lock held; true when a second brought no job. */
static bool is_quiet(struct pool *p)
{
	int64_t until = time_monotonic() + 1000;
	while (!p->first && !p->stopping)
		if (!wait_until(&p->filled, &p->lock, until))
			return true;
	return false;
}

/* The next job, and those that go with it, or NULL when the pool ends and nothing waits any more. Called and left with the lock
 * held. */
static struct job *jobs_take(struct pool *p)
{
	while (!p->first && !p->stopping) {
		pthread_mutex_unlock(&p->lock);
		thread_rest(p);
		pthread_mutex_lock(&p->lock);
		if (p->conf.thread_quiet && is_quiet(p)) {
			pthread_mutex_unlock(&p->lock);
			p->conf.thread_quiet();
			pthread_mutex_lock(&p->lock);
		}
		while (!p->first && !p->stopping)
			pthread_cond_wait(&p->filled, &p->lock);
	}
	struct job *first = p->first;
	if (!first)
		return NULL;
	struct job *last = cut(p);
	p->first = last->next;
	if (!p->first)
		p->last = &p->first;
	last->next = NULL;
	p->idle--;
	return first;
}

/* A job is the pool's no longer when it is run: it may be gone behind that. */
static void run_all(struct pool *p, struct job *first)
{
	if (p->conf.thread_busy)
		p->conf.thread_busy(true);
	if (first->next)
		first->foresee(first);
	for (struct job *job = first, *next; job; job = next) {
		next = job->next;
		job->run(job);
		log_tick();
		pthread_mutex_lock(&p->lock);
		p->stats.running--;
		p->stats.done++;
		pthread_mutex_unlock(&p->lock);
	}
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	if (p->conf.name)
		pthread_setname_np(pthread_self(), p->conf.name);
	if (p->conf.nice)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), p->conf.nice); /* on Linux niceness is a thread's */
	pthread_mutex_lock(&p->lock);
	for (struct job *first; (first = jobs_take(p)); p->idle++) {
		pthread_mutex_unlock(&p->lock);
		run_all(p, first);
		pthread_mutex_lock(&p->lock);
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
	p->stats.threads = p->idle = conf->threads;
	pthread_mutex_init(&p->lock, NULL);
	wait_init(&p->filled);
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
