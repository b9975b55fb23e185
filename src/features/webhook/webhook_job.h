/* The thread that sends what is due, many at once; its only business is the queues. */
#ifndef FEATURES_WEBHOOK_JOB_H
#define FEATURES_WEBHOOK_JOB_H

#include "base/work.h"
#include "features/events/events_job.h"
#include "features/webhook/webhook.h"

/* The receiver of events that puts them into the queues. */
extern const struct events_way webhook_way;

struct webhook_job;
/* NULL when the settings say that nothing is sent. */
struct webhook_job *webhook_job_start(const struct work_doors *doors);
/* What is on its way gets a moment, and then goes back into the queue. NULL is allowed. */
void webhook_job_stop(struct webhook_job *j);

/* How to send, by the settings; the networks are read into the arena. */
struct http_client_conf;
void webhook_job_conf(struct arena *a, const struct webhooks_conf *conf, struct http_client_conf *out);

/* What this node knows, for others. */
struct webhook_counts;
void webhook_watch_counts(const struct webhook_counts *c);
void webhook_watch_result(bool taken, bool given_up);

/* The same one by one, for /metrics. */
int64_t webhook_number_queued(void);
int64_t webhook_number_oldest(void); /* seconds */
int64_t webhook_number_dead(void);
int64_t webhook_number_endpoints(void);
int64_t webhook_number_failing(void);
int64_t webhook_number_sent(void);
int64_t webhook_number_failed(void);
int64_t webhook_number_given_up(void);

#endif
