/* The thread that gives letters to the SMTP server, several at once; its only business is the queue, so that a server that
 * hangs holds up nothing else. It is there only when an SMTP server is set. */
#ifndef FEATURES_MAIL_JOB_H
#define FEATURES_MAIL_JOB_H

#include "base/work.h"
#include "features/mail/mail_conf.h"

struct mail_job;
/* NULL when no SMTP server is set. */
struct mail_job *mail_job_start(const struct work_doors *doors);
/* What is on its way goes back into the queue. NULL is allowed. */
void mail_job_stop(struct mail_job *j);

/* What the thread knows of the server, for others: kept here since the last word with it. */
struct mail_watch {
	bool known, well;
	int64_t queued, dead, kept, oldest_at; /* when last counted */
	int64_t sent, failed, given_up; /* since the start */
};
struct mail_watch mail_watched(void);
void mail_watch_server(bool well);
void mail_watch_result(bool sent, bool given_up);
void mail_watch_counts(int64_t queued, int64_t dead, int64_t kept, int64_t oldest_at);

/* The same one by one, for /metrics. */
int64_t mail_number_queued(void);
int64_t mail_number_oldest(void); /* seconds */
int64_t mail_number_sent(void);
int64_t mail_number_failed(void);
int64_t mail_number_given_up(void);
int64_t mail_number_dead(void);
int64_t mail_number_up(void);

#endif
