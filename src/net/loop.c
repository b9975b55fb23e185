#include "net/loop.h"
#include "base/log.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { BEAT_MS = 200 };

static void inbox_run(struct loop *l)
{
	struct post *list = NULL, *p = atomic_exchange_explicit(&l->inbox, NULL, memory_order_acquire);
	while (p) { /* newest first: turn it round */
		struct post *next = p->next;
		p->next = list;
		list = p;
		p = next;
	}
	while (list) {
		p = list;
		list = p->next; /* before it runs: it may free itself */
		p->run(p);
	}
}

static void on_wake(uv_async_t *wake)
{
	inbox_run(wake->data);
}

static void on_beat(uv_timer_t *beat)
{
	struct loop *l = beat->data;
	l->on_beat(l->arg);
	log_tick();
}

void loop_init(struct loop *l, void (*beat)(void *arg), void *arg)
{
	*l = (struct loop){ .on_beat = beat, .arg = arg };
	if (uv_loop_init(&l->uv) || uv_async_init(&l->uv, &l->wake, on_wake) || uv_timer_init(&l->uv, &l->beat))
		abort(); /* no descriptors for one epoll and one eventfd: nothing can be served */
	l->wake.data = l;
	l->beat.data = l;
}

static void *loop_main(void *arg)
{
	struct loop *l = arg;
	uv_timer_start(&l->beat, on_beat, BEAT_MS, BEAT_MS);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	log_flush();
	return NULL;
}

void loop_start(struct loop *l, const char *thread_name)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t all, before;
	sigfillset(&all);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* the other signals are the main thread's */
	if (pthread_create(&l->thread, NULL, loop_main, l))
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_setname_np(l->thread, thread_name);
}

void loop_post(struct loop *l, struct post *post)
{
	struct post *head = atomic_load_explicit(&l->inbox, memory_order_relaxed);
	do {
		post->next = head;
	} while (!atomic_compare_exchange_weak_explicit(
		&l->inbox, &head, post, memory_order_release, memory_order_relaxed));
	if (!head) /* who finds it filled knows that the loop was woken already */
		uv_async_send(&l->wake);
}

void loop_end(struct loop *l)
{
	uv_close((uv_handle_t *)&l->wake, NULL);
	uv_close((uv_handle_t *)&l->beat, NULL);
}

void loop_join(struct loop *l)
{
	pthread_join(l->thread, NULL);
	inbox_run(l); /* what was posted in its last moments: it must be freed, if nothing else */
	int open = uv_loop_close(&l->uv);
	assert(open == 0);
	(void)open;
}
