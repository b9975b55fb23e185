#include "base/test.h"
#include "net/pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

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

static _Atomic int quiet_threads;

static void note_quiet(void)
{
	quiet_threads++;
}

TEST(pool, a_thread_without_a_job_for_a_second_is_told_so_once)
{
	_Atomic int n = 0;
	struct counted job = { { .run = count }, &n };
	struct pool *p =
		pool_new(&(struct pool_conf){ .name = "t", .threads = 1, .queue_max = 1, .thread_quiet = note_quiet });
	quiet_threads = 0;
	CHECK(pool_submit(p, &job.job));
	for (int i = 0; i < 100 && !quiet_threads; i++)
		usleep(50000);
	usleep(1500000);
	CHECK_INT(n, 1);
	CHECK_INT(quiet_threads, 1);
	CHECK(pool_submit(p, &job.job));
	for (int i = 0; i < 100 && quiet_threads < 2; i++)
		usleep(50000);
	CHECK_INT(n, 2);
	CHECK_INT(quiet_threads, 2);
	pool_free(p);
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

static _Atomic int turned_busy, turned_idle;
static _Thread_local bool is_busy;

static void turn(bool busy)
{
	if (busy != is_busy)
		atomic_fetch_add(busy ? &turned_busy : &turned_idle, 1);
	is_busy = busy;
}

static void count_while_busy(struct job *job)
{
	if (is_busy)
		count(job);
}

TEST(pool, a_thread_is_busy_from_job_to_job_and_idle_when_none_is_left)
{
	gates_make();
	_Atomic int n = 0;
	struct pool *p =
		pool_new(&(struct pool_conf){ .name = "t", .threads = 1, .queue_max = 4, .thread_busy = turn });
	struct job first = { .run = wait_at_gate };
	CHECK(pool_submit(p, &first));
	sem_wait(&reached);
	struct counted more[3];
	for (int i = 0; i < 3; i++) {
		more[i] = (struct counted){ { .run = count_while_busy }, &n };
		CHECK(pool_submit(p, &more[i].job));
	}
	sem_post(&gate);
	pool_free(p);
	CHECK_INT(n, 3);
	CHECK_INT(turned_busy, 1);
	CHECK_INT(turned_idle, 1);
	pool_free(NULL);
}

enum { KIN = 40 };
static size_t taken[KIN + 1], takes;
static _Atomic int runs;

static void note_kin(struct job *first)
{
	size_t n = 0;
	for (const struct job *job = first; job; job = job->next)
		n++;
	taken[takes++] = n;
}

static void run_kin(struct job *job)
{
	(void)job;
	atomic_fetch_add(&runs, 1);
}

/* A pool of so many threads, one of them at the gate, and 40 jobs behind it of which `alone` has nothing in common with the
 * others (-1: none). */
static struct pool *with_kin(int threads, struct job jobs[static KIN], int alone)
{
	static struct job first;
	first = (struct job){ .run = wait_at_gate };
	gates_make();
	takes = 0;
	atomic_store(&runs, 0);
	struct pool *p = pool_new(&(struct pool_conf){ .name = "t", .threads = threads, .queue_max = KIN });
	CHECK(pool_submit(p, &first));
	sem_wait(&reached);
	for (int i = 0; i < KIN; i++) {
		jobs[i] = (struct job){ .run = run_kin, .foresee = i == alone ? NULL : note_kin };
		CHECK(pool_submit(p, &jobs[i]));
	}
	return p;
}

TEST(pool, those_that_wait_together_are_foreseen_together)
{
	struct job jobs[KIN];
	struct pool *p = with_kin(1, jobs, 20);
	sem_post(&gate);
	pool_free(p);
	CHECK_INT(runs, KIN);
	CHECK_INT(takes, 4); /* 16 and 4; one alone; 16 and 3 */
	CHECK_INT(taken[0], JOBS_TOGETHER);
	CHECK_INT(taken[1], 4);
	CHECK_INT(taken[2], JOBS_TOGETHER);
	CHECK_INT(taken[3], 3);
}

TEST(pool, what_was_taken_together_is_counted_one_by_one)
{
	struct job jobs[KIN];
	struct pool *p = with_kin(1, jobs, -1);
	struct pool_stats s;
	pool_stats(p, &s);
	CHECK_INT(s.waiting, KIN);
	CHECK_INT(s.running, 1);
	sem_post(&gate);
	while (s.done != KIN + 1)
		pool_stats(p, &s);
	CHECK_INT(s.waiting, 0);
	CHECK_INT(s.running, 0);
	CHECK_INT(takes, 3);
	pool_free(p);
}
