#include "base/test.h"
#include "net/pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

struct counted {
	struct job job;
	_Atomic int *count;
};

static void count(struct job *job)
{
	struct counted *c = (struct counted *)(void *)job;
	atomic_fetch_add(c->count, 1);
}

static sem_t gate, reached;

static void wait_at_gate(struct job *job)
{
	(void)job;
	sem_post(&reached);
	sem_wait(&gate);
}

static void gates_make(void)
{
	sem_init(&gate, 0, 0);
	sem_init(&reached, 0, 0);
}

TEST(pool, every_job_runs_once)
{
	enum { N = 1000 };
	static struct counted jobs[N];
	_Atomic int n = 0;
	struct pool *p = pool_new(&(struct pool_conf){ .name = "t", .threads = 3, .queue_max = N });
	for (int i = 0; i < N; i++) {
		jobs[i] = (struct counted){ { .run = count }, &n };
		CHECK(pool_submit(p, &jobs[i].job));
	}
	pool_free(p);
	CHECK_INT(n, N);
}

TEST(pool, full_queue_refuses_and_keeps_count)
{
	gates_make();
	struct pool *p = pool_new(&(struct pool_conf){ .name = "t", .threads = 1, .queue_max = 2 });
	struct job jobs[4] = { { .run = wait_at_gate }, { .run = wait_at_gate }, { .run = wait_at_gate } };
	CHECK(pool_submit(p, &jobs[0]));
	sem_wait(&reached); /* the thread is busy with the first */
	CHECK(pool_submit(p, &jobs[1]));
	CHECK(pool_submit(p, &jobs[2]));
	CHECK(!pool_submit(p, &jobs[3]));
	struct pool_stats s;
	pool_stats(p, &s);
	CHECK_INT(s.waiting, 2);
	CHECK_INT(s.running, 1);
	CHECK_INT(s.refused, 1);
	for (int i = 0; i < 3; i++)
		sem_post(&gate);
	pool_free(p);
}

static void mark(void *arg)
{
	atomic_fetch_add((_Atomic int *)arg, 1);
}

TEST(pool, thread_end_is_called_on_each_thread)
{
	_Atomic int ended = 0;
	struct pool *p = pool_new(
		&(struct pool_conf){ .name = "t", .threads = 4, .queue_max = 1, .thread_end = mark, .arg = &ended });
	pool_free(p);
	CHECK_INT(ended, 4);
	pool_free(NULL);
}
