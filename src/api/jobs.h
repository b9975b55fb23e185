/* Jobs: what a feature does by the clock (feature.jobs). One thread runs them one after another. On many nodes each
 * runs them, but no two the same at once (an advisory lock), unless a job says that it is of each; all are idempotent. */
#ifndef API_JOBS_H
#define API_JOBS_H

#include "api/op.h"

struct jobs;
struct jobs *jobs_start(void);
void jobs_stop(struct jobs *j); /* after the one that runs; NULL is allowed */

/* A piece of work with the program's own authority: fn(cx, arg), in a transaction when it writes (and is then perhaps run
 * again), its events published after the commit. For threads of a feature's own, which main gives this function to.
 * `single`: READ COMMITTED will do. ERR_UNAVAILABLE when the database does not answer, which its driver logs once. Failures
 * other than that, and that nothing was found, are logged. */
struct job_work {
	err_t (*fn)(struct cx *cx, void *arg);
	void *arg;
	struct arena *mem; /* cx->mem, for results that stay; NULL: gone with the work */
	bool write, single;
};
err_t job_work(const struct job_work *w) CHECKED;

/* Runs one job now, on this thread. */
err_t job_run(const struct feature_job *job) CHECKED;

#endif
