/* A libuv loop on a thread of its own, with an inbox that other threads post to. Everything that belongs to a loop is
 * touched by its thread alone; who wants something of it posts. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Embedded in what is posted; posting never allocates. */
struct post {
	struct post *next;
	void (*run)(struct post *post); /* on the loop's thread */
};

struct loop {
	uv_loop_t uv;
	uv_async_t wake;
	uv_timer_t beat;
	struct post *_Atomic inbox; /* newest first */
	pthread_t thread;
	void (*on_beat)(void *arg); /* about five times a second */
	void *arg;
};

void loop_init(struct loop *l, void (*on_beat)(void *arg), void *arg);
void loop_start(struct loop *l, const char *thread_name);
/* From any thread; posts of one thread run in their order. */
void loop_post(struct loop *l, struct post *post);
/* Milliseconds of the loop's own clock, as of this turn: cheap, for deadlines. On the loop's thread. */
static inline int64_t loop_now(const struct loop *l)
{
	return (int64_t)uv_now(&l->uv);
}
/* Closes the loop's own handles: its thread ends when all other handles are closed too. On the loop's thread, once. */
void loop_end(struct loop *l);
void loop_join(struct loop *l);

#endif
