#include "base/wait.h"

#include <stdlib.h>
#include <time.h>

void wait_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	bool failed = pthread_condattr_init(&attr) || pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	              pthread_cond_init(cond, &attr);
	if (failed)
		abort();
	pthread_condattr_destroy(&attr);
}

bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t at)
{
	const struct timespec until = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };
	return pthread_cond_timedwait(cond, lock, &until) == 0;
}
