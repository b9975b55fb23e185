/* Numbers of the queues, for who watches: written by the sending thread, read by any. */
#include "base/time.h"
#include "features/webhook/webhook_job.h"
#include "features/webhook/webhook_queue.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch {
	struct webhook_counts counts; /* when last counted */
	int64_t sent, failed, given_up; /* since the start */
} now;

static struct watch watched(void)
{
	pthread_mutex_lock(&lock);
	struct watch w = now;
	pthread_mutex_unlock(&lock);
	return w;
}

void webhook_watch_counts(const struct webhook_counts *c)
{
	pthread_mutex_lock(&lock);
	now.counts = *c;
	pthread_mutex_unlock(&lock);
}

void webhook_watch_result(bool taken, bool given_up)
{
	pthread_mutex_lock(&lock);
	now.sent += taken;
	now.failed += !taken;
	now.given_up += given_up;
	pthread_mutex_unlock(&lock);
}

struct webhook_health webhook_health(void)
{
	struct watch w = watched();
	return (struct webhook_health){ w.counts.endpoints, w.counts.failing };
}

#define NUMBER(name, value) \
	int64_t webhook_number_##name(void) \
	{ \
		struct watch w = watched(); \
		return value; \
	}
NUMBER(queued, w.counts.queued)
NUMBER(oldest, w.counts.oldest_at ? (time_now() - w.counts.oldest_at) / 1000 : 0)
NUMBER(dead, w.counts.dead)
NUMBER(endpoints, w.counts.endpoints)
NUMBER(failing, w.counts.failing)
NUMBER(sent, w.sent)
NUMBER(failed, w.failed)
NUMBER(given_up, w.given_up)
