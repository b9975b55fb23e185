#include "api/call_together.h"
#include "api/call_stage.h"
#include "api/gate.h"
#include "base/json.h"
#include "base/time.h"

#include <pthread.h>
#include <string.h>

/* Transactions that wait together: SQLite commits them as one group. */
enum { TOGETHER = 50, SECOND_NS = 1000000000, SUB_MEMORY = 1 << 20 };

/* Counts what is still under way. */
struct latch {
	pthread_mutex_t lock;
	pthread_cond_t zero;
	size_t n;
};

static void latch_up(struct latch *l)
{
	pthread_mutex_lock(&l->lock);
	l->n++;
	pthread_mutex_unlock(&l->lock);
}

static void latch_down(struct latch *l)
{
	pthread_mutex_lock(&l->lock);
	if (--l->n == 0)
		pthread_cond_broadcast(&l->zero);
	pthread_mutex_unlock(&l->lock);
}

static void latch_wait(struct latch *l)
{
	pthread_mutex_lock(&l->lock);
	while (l->n)
		pthread_cond_wait(&l->zero, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

/* --- before the transaction --------------------------------------------------------------------------------------- */

static err_t bind(struct call *c)
{
	const char *json = c->door;
	return json_read(&c->cx, c->op->call->in, c->in, json, strlen(json), false);
}

/* Hashes are made one after another on this thread, with a pause as long as each took: not on the pool that those who log
 * in wait for, and on half a core at most. */
static err_t prepare(struct call *c)
{
	uint64_t start = time_nanos();
	err_t e = stage_prepare(c);
	if (!(c->op->flags & OP_HASH))
		return e;
	uint64_t took = time_nanos() - start;
	clock_nanosleep(CLOCK_MONOTONIC, 0,
		&(struct timespec){ .tv_sec = (time_t)(took / SECOND_NS), .tv_nsec = (long)(took % SECOND_NS) }, NULL);
	return e;
}

static struct call *call_of(struct arena *mem, const struct cx *cx, const struct sub_call *s, bool dry)
{
	struct call *c = call_new(mem, op_find(s->op, NULL));
	const struct actor who = cx->who;
	c->cx.from = cx->from;
	c->cx.who = who;
	c->cx.who.self = NULL; /* one of those before it may have changed the caller */
	c->bind = bind;
	c->door = (void *)(uintptr_t)s->json;
	c->dry = dry;
	return c;
}

/* --- the transaction ---------------------------------------------------------------------------------------------- */

static void done(struct tx *tx, err_t e)
{
	struct call *c = (struct call *)(void *)((char *)tx - offsetof(struct call, tx));
	struct latch *latch = c->together;
	stage_settle(c, e);
	latch_down(latch); /* from here on the call is its owner's */
}

static void begin(struct call *c, struct latch *latch)
{
	c->result = gate_same(c);
	if (!c->result)
		c->result = prepare(c);
	if (c->result)
		return;
	stage_ready(c);
	c->together = latch;
	c->tx.done = done;
	latch_up(latch);
	store_submit(engine()->store, &c->tx);
}

/* --- after it ----------------------------------------------------------------------------------------------------- */

static const char *kept(struct cx *cx, const char *s)
{
	return s ? arena_strdup(cx->mem, s) : NULL;
}

static struct field_error *kept_fields(struct cx *cx, const struct field_error *from)
{
	struct field_error *first = NULL, **last = &first;
	for (; from; from = from->next, last = &(*last)->next) {
		*last = arena_new_of(cx->mem, struct field_error);
		**last = (struct field_error){
			.path = kept(cx, from->path), .why = kept(cx, from->why), .code = kept(cx, from->code)
		};
	}
	return first;
}

static void tell(struct cx *cx, struct call *c, struct sub_call *s)
{
	const char *message = c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text;
	s->result = c->result;
	s->subject_id = kept(cx, c->cx.audit.subject_id);
	s->message = c->result ? kept(cx, message) : NULL;
	s->status = c->result ? err_info(c->result)->http : c->op->status ? c->op->status : 200;
	s->fields = c->result ? kept_fields(cx, c->cx.fail.fields) : NULL;
}

static void conclude(struct cx *cx, struct call *c, struct sub_call *s)
{
	if (!c->result && !c->dry)
		c->result = stage_finish(c);
	stage_conclude(c);
	tell(cx, c, s);
	arena_free(c->cx.mem);
}

err_t call_together(struct cx *cx, struct sub_call *subs, size_t n, bool dry)
{
	struct latch latch = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	struct call *calls[TOGETHER];
	for (size_t from = 0; from < n; from += TOGETHER) {
		size_t some = n - from < TOGETHER ? n - from : TOGETHER;
		for (size_t i = 0; i < some; i++) {
			calls[i] = call_of(arena_new(SUB_MEMORY), cx, &subs[from + i], dry);
			begin(calls[i], &latch);
		}
		latch_wait(&latch);
		for (size_t i = 0; i < some; i++)
			conclude(cx, calls[i], &subs[from + i]);
	}
	return ERR_OK;
}
