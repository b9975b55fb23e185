/* Waiting for a condition up to a moment. By the monotonic clock: the wall clock may be set while somebody waits. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* In place of pthread_cond_init(): wait_until() needs it so. */
void wait_init(pthread_cond_t *cond);

/* pthread_cond_wait(), until time_monotonic() is `at` (ms) at the latest; false when it was reached. It may return true though
 * nothing has happened, as that does. */
bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t at);

#endif
