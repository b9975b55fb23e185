/* Numbers of the queue, for who watches: written by the sending thread, read by any. */
#include "base/time.h"
#include "features/mail/mail_job.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct mail_watch now;

struct mail_watch mail_watched(void)
{
	pthread_mutex_lock(&lock);
	struct mail_watch w = now;
	pthread_mutex_unlock(&lock);
	return w;
}

void mail_watch_server(bool well)
{
	pthread_mutex_lock(&lock);
	now.known = true;
	now.well = well;
	pthread_mutex_unlock(&lock);
}

void mail_watch_result(bool sent, bool given_up)
{
	pthread_mutex_lock(&lock);
	now.sent += sent;
	now.failed += !sent;
	now.given_up += given_up;
	pthread_mutex_unlock(&lock);
}

void mail_watch_counts(int64_t queued, int64_t dead, int64_t kept, int64_t oldest_at)
{
	pthread_mutex_lock(&lock);
	now.queued = queued;
	now.dead = dead;
	now.kept = kept;
	now.oldest_at = oldest_at;
	pthread_mutex_unlock(&lock);
}

#define NUMBER(name, value) \
	int64_t mail_number_##name(void) \
	{ \
		struct mail_watch w = mail_watched(); \
		return value; \
	}
NUMBER(queued, w.queued)
NUMBER(oldest, w.oldest_at ? (time_now() - w.oldest_at) / 1000 : 0)
NUMBER(sent, w.sent)
NUMBER(failed, w.failed)
NUMBER(given_up, w.given_up)
NUMBER(dead, w.dead)
NUMBER(up, w.known &&w.well)
