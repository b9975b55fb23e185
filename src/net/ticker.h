/* A thread of one's own that does something, sleeps, and can be woken and stopped: what the relay and the jobs are. */
#ifndef NET_TICKER_H
#define NET_TICKER_H

#include <stdint.h>

struct ticker;

/* Starts the thread. `tick` does its work and says how many ms to sleep. */
struct ticker *ticker_start(const char *name, int64_t (*tick)(void *arg), void *arg);
/* Ends the sleep: it ticks at once, or once more when it is ticking now. From any thread. */
void ticker_wake(struct ticker *t);
/* Lets the running tick end, joins the thread, frees. NULL is allowed. */
void ticker_stop(struct ticker *t);

#endif
