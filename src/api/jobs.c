#include "api/jobs.h"
#include "api/call.h"
#include "api/outbox.h"
#include "base/log.h"
#include "base/time.h"
#include "net/ticker.h"

#include <stdlib.h>

enum { JOBS_MAX = 64, LONGEST_WAIT_MS = 1000, FIRST_MS = 500 };

struct run {
	struct call call; /* first: emit() finds it from the cx */
	struct tx tx;
	struct job_work work;
	struct arena_mark mark;
	err_t result;
};

static enum tx_verdict run_inside(struct tx *tx, int attempt)
{
	struct run *r = (struct run *)(void *)((char *)tx - offsetof(struct run, tx));
	if (attempt) {
		arena_reset(r->call.cx.mem, r->mark);
		r->call.emitted = NULL;
		cx_forgive(&r->call.cx);
	}
	r->call.cx.db = tx->db;
	r->call.cx.in_tx = true;
	r->result = r->work.fn(&r->call.cx, r->work.arg);
	return r->result ? TX_ROLLBACK : TX_COMMIT;
}

static err_t run_write(struct run *r)
{
	r->tx.run = run_inside;
	r->tx.single = r->work.single;
	r->mark = arena_mark(r->call.cx.mem);
	TRY(store_transact(engine()->store, &r->tx));
	TRY(r->result);
	for (const struct emitted *m = r->call.emitted; m && engine()->hooks.published; m = m->next)
		engine()->hooks.published(m);
	return ERR_OK;
}

static err_t run_read(struct run *r)
{
	const char *why;
	r->call.cx.db = store_reader(engine()->store, &why);
	return r->call.cx.db ? r->work.fn(&r->call.cx, r->work.arg) : ERR_UNAVAILABLE;
}

static err_t run_work(struct arena *mem, const struct job_work *w, struct run **out)
{
	struct run *r = arena_new_of(mem, struct run);
	*out = r;
	r->work = *w;
	r->call.cx = (struct cx){ .mem = mem,
		.now = time_now(),
		.conf = conf_current(),
		.emit = outbox_emit,
		.who = { .kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "", .perms = UINT64_MAX },
		.from = { .ip = "", .user_agent = "", .correlation_id = "", .traceparent = "", .ip_block = "" } };
	return w->write ? run_write(r) : run_read(r);
}

err_t job_work(const struct job_work *w)
{
	struct arena *own = w->mem ? NULL : arena_new(0);
	struct run *r;
	err_t e = run_work(w->mem ? w->mem : own, w, &r);
	if (e && e != ERR_NOT_FOUND && e != ERR_UNAVAILABLE)
		log_warn("work in the background failed", LT("error", err_info(e)->code),
			LT("detail", r->call.cx.fail.detail));
	arena_free(own);
	return e;
}

/* Held to the end of the transaction; false when another node runs the same job now. SQLite has one process. */
static err_t lock_job(struct cx *cx, const struct feature_job *job, bool *mine)
{
	int64_t got;
	TRY(db_int(cx, &got,
		SQL2("SELECT CASE WHEN $1 IS NULL THEN 0 ELSE 1 END",
			"SELECT CASE WHEN pg_try_advisory_xact_lock(7305132, hashtext($1)) THEN 1 ELSE 0 END"),
		BIND(V(job->name))));
	*mine = got;
	return ERR_OK;
}

static err_t run_job(struct cx *cx, void *arg)
{
	const struct feature_job *const *job = arg;
	bool mine = true;
	if ((*job)->how == JOB_WRITE)
		TRY(lock_job(cx, *job, &mine));
	return mine ? (*job)->run(cx) : ERR_OK;
}

err_t job_run(const struct feature_job *job)
{
	struct arena *mem = arena_new(0);
	struct run *r;
	err_t e = run_work(mem, &(struct job_work){ .fn = run_job, .arg = &job, .write = job->how != JOB_READ }, &r);
	if (e && e != ERR_UNAVAILABLE) /* that the database is away was said once, by its driver */
		log_warn("a job failed; it is tried again at its next time", LT("job", job->name),
			LT("error", err_info(e)->code), LT("detail", r->call.cx.fail.detail));
	arena_free(mem);
	return e;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

struct jobs {
	struct ticker *ticker;
	struct {
		const struct feature_job *job;
		int64_t due;
	} list[JOBS_MAX];
	size_t n;
};

static int64_t run_due(void *arg)
{
	struct jobs *j = arg;
	int64_t wait = LONGEST_WAIT_MS;
	for (size_t i = 0; i < j->n; i++) {
		if (j->list[i].due <= time_monotonic()) {
			err_t e = job_run(j->list[i].job);
			(void)e; /* logged; the next time comes anyway */
			j->list[i].due = time_monotonic() + j->list[i].job->every_ms;
		}
		int64_t left = j->list[i].due - time_monotonic();
		wait = left < wait ? left : wait;
	}
	return wait > 1 ? wait : 1;
}

struct jobs *jobs_start(void)
{
	struct jobs *j = calloc(1, sizeof *j);
	if (!j)
		abort();
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct feature_job *job = (*f)->jobs; job && job->name && j->n < JOBS_MAX; job++) {
			j->list[j->n].job = job;
			j->list[j->n++].due = time_monotonic() + (job->every_ms < FIRST_MS ? job->every_ms : FIRST_MS);
		}
	j->ticker = ticker_start("jobs", run_due, j);
	return j;
}

void jobs_stop(struct jobs *j)
{
	if (!j)
		return;
	ticker_stop(j->ticker);
	free(j);
}
