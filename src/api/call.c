#include "api/call.h"
#include "api/call_stage.h"
#include "api/call_together.h"
#include "api/gate.h"
#include "base/json.h"
#include "api/metrics.h"
#include "api/outbox.h"
#include "api/replica.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "http/negotiate.h"

#include <assert.h>
#include <string.h>

enum { CALL_MEMORY = 8 << 20 }; /* one call's arena; bodies are bounded far below */

static struct engine the_engine;

void engine_init(const struct engine *e)
{
	the_engine = *e;
}

const struct engine *engine(void)
{
	return &the_engine;
}

const char *call_correlation(struct arena *a, const char *given)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
	enum { MOST = 128 };
	size_t n = given ? strnlen(given, MOST + 1) : 0;
	if (n && n <= MOST && strspn(given, plain) == n)
		return given;
	char *made = arena_alloc(a, ID_SIZE);
	id_make(made, time_now());
	return made;
}

struct call *call_new(struct arena *mem, const struct op *op)
{
	struct call *c = arena_new_of(mem, struct call);
	c->op = op;
	c->flags = op->flags;
	c->start_ns = time_nanos();
	c->cx = (struct cx){
		.mem = mem,
		.now = time_now(),
		.conf = conf_current(),
		.emit = outbox_emit,
		.run_many = call_together,
		.who = { .kind = ACTOR_ANYONE, .id = "", .session_id = "", .role = "" },
		.from = { .ip = "", .user_agent = "", .correlation_id = "", .traceparent = "", .ip_block = "" },
	};
	c->in = arena_alloc(mem, op->call->in->size);
	c->out = arena_alloc(mem, op->call->out->size);
	c->work = op->call->work ? arena_alloc(mem, op->call->work) : NULL;
	return c;
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static bool audited(const struct call *c)
{
	const struct op *op = c->op;
	if ((op->flags & OP_AUDIT_NAMED) && !c->cx.audit.subject_id)
		return false;
	return (op->flags & OP_WRITE) ? !(op->flags & OP_NO_AUDIT) : (op->flags & OP_AUDIT_READ) != 0;
}

/* If-Match (RFC 9110 section 13.1.1): the ETag is that of the operation that reads the same thing, as this caller would
 * get it. It is held against the state inside the transaction, so that nothing slips in between. */
static err_t check_match(struct call *c)
{
	if (!c->if_match || !c->op->reads)
		return ERR_OK;
	const struct op *read = op_find(c->op->reads, NULL);
	assert(read && !read->call->prepare);
	void *in = arena_alloc(c->cx.mem, read->call->in->size);
	void *out = arena_alloc(c->cx.mem, read->call->out->size);
	for (const struct field *to = read->call->in->fields; to->name; to++) {
		const struct field *from = type_field(c->op->call->in, to->name, strlen(to->name));
		if ((to->flags & IN_PATH) && from)
			memcpy(field_at(to, in), field_value(from, c->in), sizeof(char *));
	}
	TRY(read->call->run(&c->cx, in, NULL, out));
	/* Weakly: a compressed answer's tag is a weak one of the same state. */
	if (etag_listed(c->if_match, op_etag(c->cx.mem, read, out), false))
		return ERR_OK;
	return FAIL(&c->cx, ERR_PRECONDITION, "the ETag does not match");
}

static err_t run_inside(struct call *c)
{
	const struct gate_hooks *h = &the_engine.hooks;
	struct cx *cx = &c->cx;
	if (h->recheck && cx->who.kind == ACTOR_USER && !(c->op->flags & OP_STALE_OK))
		TRY(h->recheck(cx));
	TRY(gate_permission(c)); /* as it is now: a role may have been changed meanwhile */
	if (c->once)
		TRY(h->replay(cx, c->once, c->out));
	if (cx->from.replayed)
		return ERR_OK;
	TRY(check_match(c));
	TRY(c->op->call->run(cx, c->in, c->work, c->out));
	TRY(cx_memory(cx));
	return c->once ? h->keep(cx, c->once, c->out) : ERR_OK;
}

static void start_afresh(struct call *c)
{
	arena_reset(c->cx.mem, c->mark);
	cx_forgive(&c->cx);
	c->cx.status = 0;
	c->cx.message = NULL;
	memset(&c->cx.audit, 0, sizeof c->cx.audit);
	c->cx.from.replayed = false;
	memset(c->out, 0, c->op->call->out->size);
	if (c->op->call->work)
		memcpy(c->work, c->work_prepared, c->op->call->work);
	c->emitted = NULL;
}

static enum tx_verdict tx_run(struct tx *tx, int attempt)
{
	struct call *c = (struct call *)(void *)((char *)tx - offsetof(struct call, tx));
	if (attempt)
		start_afresh(c);
	c->cx.db = tx->db;
	c->cx.in_tx = true;
	c->result = run_inside(c);
	if (c->dry)
		return TX_ROLLBACK;
	if (c->cx.from.replayed)
		return TX_ROLLBACK; /* nothing was done */
	bool keep = c->result == ERR_OK || (c->cx.refused && c->result != ERR_AGAIN);
	if (keep && (audited(c) || c->cx.refused)) {
		err_t e = audit_write(c, c->result);
		if (e) {
			c->result = e; /* no change without its record */
			c->cx.refused = keep = false;
		}
	}
	return keep ? TX_COMMIT : TX_ROLLBACK;
}

/* The outcome of the transaction: what it changed is told to memory before anybody can be answered. */
void stage_settle(struct call *c, err_t e)
{
	c->cx.db = NULL;
	c->cx.in_tx = false;
	if (e) {
		c->cx.refused = false;
		c->result = FAIL(&c->cx, e, "the transaction was not kept");
		return;
	}
	if (c->dry || (c->result && !c->cx.refused))
		return;
	for (struct emitted *m = c->emitted; m && the_engine.hooks.published; m = m->next)
		the_engine.hooks.published(m);
}

void stage_ready(struct call *c)
{
	c->tx.run = tx_run;
	c->tx.single = c->op->flags & OP_ONE;
	if (c->op->call->work) {
		c->work_prepared = arena_alloc(c->cx.mem, c->op->call->work);
		memcpy(c->work_prepared, c->work, c->op->call->work);
	}
	c->mark = arena_mark(c->cx.mem);
}

/* Before the hashing, and not on its threads: who sends pictures must not keep others from logging in. */
static err_t do_file(struct call *c)
{
	return c->op->file && c->cx.file ? c->op->file(&c->cx) : ERR_OK;
}

err_t stage_prepare(struct call *c)
{
	if (!c->op->call->prepare)
		return ERR_OK;
	if (!(c->op->flags & OP_LIGHT))
		TRY(call_take_reader(c));
	if (c->once && !(c->op->flags & OP_LIGHT))
		TRY(the_engine.hooks.replay(&c->cx, c->once, c->out)); /* no hash for what is known */
	return c->cx.from.replayed ? ERR_OK : c->op->call->prepare(&c->cx, c->in, c->work);
}

static err_t read_once(struct cx *cx, void *arg)
{
	struct call *c = arg;
	return c->op->call->run(cx, c->in, c->work, c->out);
}

static err_t run_read(struct call *c)
{
	err_t e;
	if (!(c->op->flags & OP_REPLICA) || c->cx.on_loop)
		return read_once(&c->cx, c);
	if (replica_run(&c->cx, read_once, c, &e))
		return e;
	memset(c->out, 0, c->op->call->out->size);
	return read_once(&c->cx, c);
}

static err_t do_read(struct call *c)
{
	if (!c->cx.on_loop) {
		err_t e = call_take_reader(c);
		if (e && !(c->op->flags & OP_NO_DB))
			return e;
		cx_forgive(&c->cx);
	}
	if (c->op->raw)
		return c->op->raw(&c->cx, c->door);
	TRY(run_read(c));
	return cx_memory(&c->cx);
}

/* A finish may read (the signing keys after a rotation), but what was committed is answered without a database too. */
err_t stage_finish(struct call *c)
{
	if (!c->op->call->finish)
		return ERR_OK;
	if (!c->cx.on_loop && call_take_reader(c))
		cx_forgive(&c->cx);
	return c->op->call->finish(&c->cx, c->in, c->work, c->out);
}

/* Failures of callers who got past the gate's first question are recorded: who tried what, and why it was refused. So is
 * who read what should be known to be read; a write that succeeded has its row already. */
void stage_conclude(struct call *c)
{
	err_t e = c->result;
	bool read = !e && !(c->op->flags & OP_WRITE);
	if (!audited(c) || c->dry || (!e && !read) || c->cx.refused || c->cx.from.replayed)
		return;
	if (read) {
		audit_later(c, e);
		return;
	}
	if (e == ERR_DENIED || (c->entered && c->cx.who.kind != ACTOR_ANYONE && err_info(e)->http < 500))
		audit_later(c, e);
}

/* The last of every call, before its answer. */
static void end(struct call *c)
{
	if (c->once)
		the_engine.hooks.done(c->once, c->result == ERR_OK || c->kept || c->cx.from.replayed);
	c->once = NULL;
	stage_conclude(c);
}

/* --- refusals that are kept --------------------------------------------------------------------------------------- */

/* Not there, there already, not acceptable: what the operation itself has said is said again to who repeats it. What may
 * be otherwise next time (who he is, how often he asks, how the server does) is not. */
static bool to_be_kept(const struct call *c)
{
	if (!c->once || !c->entered || c->cx.from.replayed || c->kept)
		return false;
	if (c->result == ERR_KEY_BUSY || c->result == ERR_KEY_REUSED)
		return false;
	int status = c->result ? err_info(c->result)->http : 0;
	return status == 404 || status == 409 || status == 422;
}

/* Another node may have had the same request meanwhile: then its answer is this one's too. */
static enum tx_verdict keep_run(struct tx *tx, int attempt)
{
	struct call *c = (struct call *)(void *)((char *)tx - offsetof(struct call, tx));
	struct cx *cx = &c->cx;
	(void)attempt;
	const __typeof__(cx->fail) why = cx->fail;
	cx->db = tx->db;
	cx->in_tx = true;
	c->kept = false;
	cx_forgive(cx);
	memset(c->out, 0, c->op->call->out->size);
	err_t e = the_engine.hooks.replay(cx, c->once, c->out);
	if (cx->from.replayed) {
		c->result = e;
		return TX_ROLLBACK;
	}
	cx->fail = why;
	if (!e)
		e = the_engine.hooks.keep_failure(cx, c->once, c->refusal);
	cx->fail = why;
	c->kept = !e;
	return e ? TX_ROLLBACK : TX_COMMIT;
}

static void keep_begin(struct call *c)
{
	c->refusal = c->result;
	c->tx.run = keep_run;
	c->tx.single = true;
}

/* When it could not be kept the answer is the same, and a repetition is a new request. */
static void keep_settle(struct call *c, err_t e)
{
	c->cx.db = NULL;
	c->cx.in_tx = false;
	c->kept = c->kept && !e;
}

/* --- on one thread ------------------------------------------------------------------------------------------------ */

static err_t stages_behind_gate(struct call *c)
{
	if (!c->cx.from.replayed)
		TRY(do_file(c));
	if (!c->cx.from.replayed)
		TRY(stage_prepare(c));
	if (c->cx.from.replayed)
		return stage_finish(c);
	if (!(c->op->flags & OP_WRITE)) {
		TRY(do_read(c));
		return stage_finish(c);
	}
	stage_ready(c);
	stage_settle(c, store_transact(the_engine.store, &c->tx));
	TRY(c->result);
	return stage_finish(c);
}

static err_t conclude(struct call *c)
{
	if (to_be_kept(c)) {
		keep_begin(c);
		keep_settle(c, store_transact(the_engine.store, &c->tx));
		if (c->cx.from.replayed && !c->result)
			c->result = stage_finish(c);
	}
	end(c);
	return c->result;
}

err_t call_run(struct call *c)
{
	c->result = gate(c);
	if (!c->result)
		c->result = stages_behind_gate(c);
	return conclude(c);
}

err_t call_within(struct call *c, struct call *outer)
{
	c->cx.from = outer->cx.from;
	c->cx.from.replayed = false;
	c->cx.who = outer->cx.who;
	c->cx.on_loop = outer->cx.on_loop;
	c->paid = outer->paid && c->op->rate == RATE_READ;
	outer->paid &= !c->paid;
	c->result = gate_within(c);
	if (!c->result)
		c->result = stages_behind_gate(c);
	if (c->cx.not_before > outer->cx.not_before)
		outer->cx.not_before = c->cx.not_before;
	if (c->op->flags & OP_WRITE)
		outer->cx.who.self = NULL; /* it may have changed the caller */
	return c->result == ERR_NOT_HERE ? c->result : conclude(c);
}

const char *call_token(const struct call *c)
{
	if (c->cx.who.kind == ACTOR_ANYONE)
		return NULL;
	return c->creds.bearer ? c->creds.bearer : c->creds.cookie;
}

err_t op_run(struct arena *mem, const struct op *op, const void *in, void **out, struct call **call)
{
	struct call *c = call_new(mem, op);
	memcpy(c->in, in, op->call->in->size);
	c->creds.local = true;
	*out = c->out;
	if (call)
		*call = c;
	return call_run(c);
}

/* --- from a loop -------------------------------------------------------------------------------------------------- */

static struct call *call_of(struct job *job)
{
	return (struct call *)(void *)((char *)job - offsetof(struct call, job));
}

static void send_to(struct call *c, struct pool *pool, void (*run)(struct job *));
static void keep_job(struct job *job);

static void answer_now(struct call *c)
{
	end(c);
	c->answer(c);
}

static void answer(struct call *c)
{
	if (to_be_kept(c))
		send_to(c, the_engine.workers, keep_job); /* off the hash pool: a database may make it wait */
	else
		answer_now(c);
}

static void turn_away(struct call *c, const char *why)
{
	c->cx.fail.retry_after = 1;
	c->result = FAIL(&c->cx, ERR_BUSY, "%s", why);
	answer_now(c);
}

/* Gives the call to a pool; when its queue is full the caller is told to come again. */
static void submit(struct call *c, struct pool *pool, const struct job *job)
{
	c->job = *job;
	if (!pool_submit(pool, &c->job))
		turn_away(c, "the queue is full");
}

/* Asked before anything is done; true: it was answered. Whoever waited for so long has given up, or should: doing his work
 * would make those behind him wait as long. */
static bool came_too_late(struct call *c)
{
	uint64_t most = (uint64_t)the_engine.wait_max * 1000000;
	if (!most || time_nanos() - c->job.queued_ns <= most)
		return false;
	turn_away(c, "waited too long for a thread");
	return true;
}

static void send_to(struct call *c, struct pool *pool, void (*run)(struct job *))
{
	submit(c, pool, &(struct job){ .run = run });
}

static void kept_job(struct job *job)
{
	struct call *c = call_of(job);
	if (c->cx.from.replayed && !c->result)
		c->result = stage_finish(c);
	answer_now(c);
}

static void keep_done(struct tx *tx, err_t e)
{
	struct call *c = (struct call *)(void *)((char *)tx - offsetof(struct call, tx));
	keep_settle(c, e);
	if (store_has_writer(the_engine.store))
		send_to(c, the_engine.workers, kept_job);
	else
		kept_job(&c->job);
}

static void keep_job(struct job *job)
{
	struct call *c = call_of(job);
	keep_begin(c);
	c->tx.done = keep_done;
	store_submit(the_engine.store, &c->tx);
}

static void finish_job(struct job *job)
{
	struct call *c = call_of(job);
	if (!c->result)
		c->result = stage_finish(c);
	answer(c);
}

static void tx_done(struct tx *tx, err_t e)
{
	struct call *c = (struct call *)(void *)((char *)tx - offsetof(struct call, tx));
	stage_settle(c, e);
	if (store_has_writer(the_engine.store))
		send_to(c, the_engine.workers, finish_job);
	else
		finish_job(&c->job);
}

static void submit_tx(struct call *c)
{
	stage_ready(c);
	c->tx.done = tx_done;
	store_submit(the_engine.store, &c->tx);
}

static void tx_job(struct job *job)
{
	submit_tx(call_of(job));
}

static void read_and_finish(struct call *c)
{
	c->result = do_read(c);
	if (!c->result)
		c->result = stage_finish(c);
	answer(c);
}

static void prepare_job(struct job *job)
{
	struct call *c = call_of(job);
	c->result = stage_prepare(c);
	if (c->result)
		answer(c);
	else if (c->cx.from.replayed)
		finish_job(job);
	else if (!(c->op->flags & OP_WRITE))
		read_and_finish(c);
	else if (store_has_writer(the_engine.store) || !(c->flags & OP_HASH))
		submit_tx(c);
	else
		send_to(c, the_engine.workers, tx_job); /* off the hash pool: a database may make it wait */
}

static void hash_job(struct job *job)
{
	if (!came_too_late(call_of(job)))
		prepare_job(job);
}

/* What follows the gate, off the loop. */
static void after_gate(struct call *c)
{
	if (c->flags & OP_HASH)
		send_to(c, the_engine.hashers, hash_job);
	else
		prepare_job(&c->job);
}

static void gate_job(struct job *job)
{
	struct call *c = call_of(job);
	if (came_too_late(c))
		return;
	c->result = c->entered ? ERR_OK : gate(c);
	if (!c->result && !c->cx.from.replayed)
		c->result = do_file(c);
	if (c->result)
		answer(c);
	else if (c->cx.from.replayed)
		finish_job(job);
	else
		after_gate(c);
}

/* Calls that memory could not answer wait one behind the other: who they are is read for all of them at once. */
static void foresee_job(struct job *first)
{
	const struct credentials *shown[JOBS_TOGETHER];
	const char *why = "";
	size_t n = 0;
	struct arena *mem = arena_new(0);
	struct cx cx = {
		.mem = mem, .now = time_now(), .conf = conf_current(), .db = store_reader(the_engine.store, &why)
	};
	for (struct job *job = first; job; job = job->next)
		shown[n++] = &call_of(job)->creds;
	if (cx.db)
		the_engine.hooks.foresee(&cx, n, shown);
	arena_free(mem);
}

/* What is fast does not hold up those behind it for long. */
static void send_asking(struct call *c)
{
	bool together = (c->flags & OP_FAST) && the_engine.hooks.foresee;
	submit(c, the_engine.workers, &(struct job){ .run = gate_job, .foresee = together ? foresee_job : NULL });
}

static bool needs_worker(const struct call *c)
{
	if (c->cx.file)
		return true;
	if (c->flags & OP_HASH)
		return false; /* goes to the hash pool */
	return (c->op->call->prepare && !(c->op->flags & OP_LIGHT)) || !(c->op->flags & OP_WRITE) ||
	       !store_has_writer(the_engine.store);
}

bool call_welcome(struct call *c)
{
	c->cx.on_loop = true;
	err_t e = gate_admit(c);
	return !e || e == ERR_NOT_HERE;
}

bool call_start(struct call *c)
{
	struct cx *cx = &c->cx;
	cx->on_loop = true;
	c->result = gate(c);
	if (!c->result && (c->flags & OP_FAST)) {
		c->result = do_read(c);
		if (!c->result)
			c->result = stage_finish(c);
	}
	cx->on_loop = false;
	bool ready = (c->flags & OP_FAST) || (cx->from.replayed && !c->op->call->finish);
	if (c->result ? c->result != ERR_NOT_HERE : ready) {
		end(c);
		return true;
	}
	if (c->result) {
		c->result = ERR_OK;
		cx_forgive(cx);
		memset(c->out, 0, c->op->call->out->size);
		send_asking(c);
	} else if (cx->from.replayed) {
		send_to(c, the_engine.workers, finish_job);
	} else if (needs_worker(c)) {
		send_to(c, the_engine.workers, gate_job);
	} else if (c->flags & OP_HASH) {
		send_to(c, the_engine.hashers, hash_job);
	} else {
		prepare_job(&c->job); /* light, or nothing to prepare */
	}
	return false;
}
