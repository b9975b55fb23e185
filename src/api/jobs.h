/* Jobs: what a feature does by the clock (feature.jobs). One thread runs them one after another; each is idempotent, so
 * that many nodes may run the same. */
#ifndef API_JOBS_H
#define API_JOBS_H

#include "api/op.h"

struct jobs;
struct jobs *jobs_start(void);
void jobs_stop(struct jobs *j); /* after the one that runs; NULL is allowed */

/* Runs one job now, on this thread. */
err_t job_run(const struct feature_job *job) CHECKED;

#endif
