/* What becomes of messages: each is a call, and what follows from it is with the broker before it is acknowledged. */
#include "api/amqp_batch.h"
#include "api/jobs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 200 /* for the next message; a stop is seen after that */ };

/* What is to become of a message. */
enum end {
	END_DONE,
	END_FORWARD, /* its answer goes on, then it is done */
	END_RETRY,
	END_DEAD,
	END_KEEP, /* the database is away: it stays with the broker */
};
struct message {
	struct call *call; /* NULL: it was not even called */
	struct arena *mem;
	struct rabbit_delivery delivery;
	struct batch *batch;
	enum end end;
	const char *reason, *code;
};
struct batch {
	struct taker *t;
	size_t room, n, waiting; /* messages; calls under way */
	uint64_t last; /* tag of the last that follows from them */
	pthread_mutex_t lock;
	pthread_cond_t all;
	struct rabbit_message *follow; /* what follows: room for one a message, and so has the next */
	const void **outs;
	struct message messages[];
};

/* --- one message, as a call --------------------------------------------------------------------------------------- */

static err_t bind(struct call *c)
{
	const struct message *m = c->door;
	const struct queue_row *row = m->batch->t->row;
	struct input in;
	input_begin(&in, &c->cx, c->op->call->in, c->in, true);
	if (row->properties)
		row->properties(c->in, m->delivery.id, m->delivery.correlation_id, m->delivery.redelivered);
	TRY(input_json(&in, m->delivery.body, m->delivery.n));
	return input_end(&in);
}

static void answered(struct call *c)
{
	struct message *m = c->door;
	struct batch *b = m->batch;
	pthread_mutex_lock(&b->lock);
	if (--b->waiting == 0)
		pthread_cond_signal(&b->all);
	pthread_mutex_unlock(&b->lock);
}

static void call_it(struct message *m)
{
	struct call *c = call_new(m->mem, m->batch->t->op);
	m->call = c;
	c->creds.local = true;
	c->cx.from.ip = c->cx.from.ip_block = "broker";
	c->cx.from.correlation_id = call_correlation(m->mem, m->delivery.correlation_id);
	c->bind = bind;
	c->answer = answered;
	c->door = m;
	if (call_start(c))
		answered(c);
}

/* Every field that is wrong, in one line for the header of a dead letter. */
static const char *reason_of(const struct call *c)
{
	struct buf b = { .mem = c->cx.mem };
	enum { MOST = 400 };
	for (const struct field_error *f = c->cx.fail.fields; f && b.n < MOST; f = f->next)
		buf_printf(&b, "%s%s %s", b.n ? "; " : "", f->path, f->why);
	if (b.n)
		return buf_cstr(&b);
	return c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text;
}

static void judge(struct message *m)
{
	enum { FIRST_SERVER_ERROR = 500 };
	const struct call *c = m->call;
	const struct queue_row *row = m->batch->t->row;
	if (!c) {
		m->end = END_DEAD;
		m->code = "too_large";
		m->reason = "The message is larger than 1 MiB.";
		return;
	}
	m->code = err_info(c->result)->code;
	if (!c->result)
		m->end = row->goes_on && row->goes_on(c->out) ? END_FORWARD : END_DONE;
	else if (c->result == ERR_UNAVAILABLE || c->result == ERR_BUSY)
		m->end = END_KEEP;
	else if (err_info(c->result)->http >= FIRST_SERVER_ERROR || c->result == ERR_KEY_BUSY)
		m->end = m->delivery.attempts < AMQP_TRIES ? END_RETRY : END_DEAD;
	else
		m->end = END_DEAD;
	if (!c->result)
		return;
	m->reason = reason_of(c);
	if (err_info(c->result)->http >= FIRST_SERVER_ERROR)
		log_warn("a message could not be worked on", LT("queue", row->name), LT("error", m->code),
			LT("detail", c->cx.fail.detail), LT("file", c->cx.fail.file), LI("line", c->cx.fail.line));
}

/* --- what follows from them --------------------------------------------------------------------------------------- */

static struct rabbit_message again(const struct message *m)
{
	const struct rabbit_delivery *d = &m->delivery;
	return (struct rabbit_message){ .exchange = "",
		.body = d->body,
		.n = d->n <= RABBIT_BODY_MAX ? d->n : 0,
		.content_type = d->content_type,
		.id = d->id,
		.type = d->type,
		.correlation_id = d->correlation_id,
		.at = time_now(),
		.priority = d->priority };
}

static struct rabbit_message retry_of(const struct message *m)
{
	struct rabbit_message r = again(m);
	r.attempts = m->delivery.attempts + 1;
	r.key = m->batch->t->retry[m->delivery.attempts];
	return r;
}

static struct rabbit_message dead_of(const struct message *m)
{
	const struct taker *t = m->batch->t;
	struct rabbit_message r = again(m);
	struct rabbit_header *h = arena_array_of(m->mem, struct rabbit_header, 3);
	h[0] = (struct rabbit_header){ "x-reason", m->reason };
	h[1] = (struct rabbit_header){ "x-error", m->code };
	h[2] = (struct rabbit_header){ "x-original-queue", t->place.queue };
	r.headers = h;
	r.headers_n = 3;
	r.attempts = m->delivery.attempts + 1;
	r.exchange = t->place.dead_exchange;
	r.key = t->place.dead_key;
	return r;
}

static struct rabbit_message forward_of(const struct message *m)
{
	const struct call *c = m->call;
	struct buf b = { .mem = m->mem };
	struct rabbit_message r = again(m);
	json_write(&b, c->op->call->out, c->out, JSON_ANSWER);
	r.body = b.p;
	r.n = b.n;
	r.content_type = "application/json";
	r.correlation_id = c->cx.from.correlation_id;
	r.key = m->batch->t->place.forward;
	return r;
}

/* Sends what follows from the batch; whether the broker has it is asked later. */
static bool publish(struct batch *b, const char **why)
{
	struct rabbit_message *list = b->follow;
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) {
		const struct message *m = &b->messages[i];
		switch (m->end) {
		case END_FORWARD:
			list[n++] = forward_of(m);
			break;
		case END_RETRY:
			list[n++] = retry_of(m);
			break;
		case END_DEAD:
			list[n++] = dead_of(m);
			break;
		case END_DONE:
		case END_KEEP:
			break;
		}
	}
	return rabbit_send(b->t->out, list, n, &b->last, why);
}

struct gone_on {
	const struct queue_row *row;
	const void **outs;
	size_t n;
};

static err_t gone_on_inside(struct cx *cx, void *arg)
{
	const struct gone_on *g = arg;
	return g->row->gone_on(cx, g->outs, g->n);
}

/* What went on is noted, so that it does not go on again when its message is delivered again. */
static bool note(struct batch *b, const char **why)
{
	struct gone_on g = { .row = b->t->row, .outs = b->outs };
	for (size_t i = 0; i < b->n; i++)
		if (b->messages[i].end == END_FORWARD)
			b->outs[g.n++] = b->messages[i].call->out;
	*why = "the database does not answer";
	return !g.n || !g.row->gone_on ||
	       !job_work(&(struct job_work){ .fn = gone_on_inside, .arg = &g, .write = true, .single = true });
}

/* All, or all but those that stay with the broker. */
static bool acknowledge(struct batch *b, const char **why)
{
	struct taker *t = b->t;
	bool all = true;
	for (size_t i = 0; i < b->n; i++)
		all = all && b->messages[i].end != END_KEEP;
	if (all)
		return rabbit_ack(t->in, b->messages[b->n - 1].delivery.tag, true, why);
	for (size_t i = 0; i < b->n; i++)
		if (b->messages[i].end != END_KEEP && !rabbit_ack(t->in, b->messages[i].delivery.tag, false, why))
			return false;
	*why = "the database does not answer";
	return false;
}

static void count(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct message *m = &b->messages[i];
		b->t->done += m->end == END_DONE || m->end == END_FORWARD;
		b->t->retried += m->end == END_RETRY;
		b->t->dead += m->end == END_DEAD;
		if (m->end == END_DEAD)
			log_warn("a message goes to the dead letters", LT("queue", b->t->row->name),
				LT("error", m->code), LT("why", m->reason), LT("id", m->delivery.id));
	}
}

/* --- a batch ------------------------------------------------------------------------------------------------------ */

/* Waits for one message, and takes those that are there already. */
static bool receive(struct batch *b, bool wait, const char **why)
{
	struct taker *t = b->t;
	enum rabbit_got got;
	do {
		struct message *m = &b->messages[b->n];
		*m = (struct message){ .mem = arena_new(0), .batch = b, .reason = "", .code = "" };
		got = rabbit_receive(t->in, m->mem, wait && !b->n ? WAIT_MS : 0, &m->delivery, why);
		if (got == RABBIT_GOT)
			b->n++;
		else
			arena_free(m->mem);
	} while (got == RABBIT_GOT && b->n < b->room);
	t->received += (int64_t)b->n;
	return got != RABBIT_GONE;
}

static void run_all(struct batch *b)
{
	b->waiting = 1; /* this thread: nobody wakes it before all have begun */
	for (size_t i = 0; i < b->n; i++) {
		if (b->messages[i].delivery.n > RABBIT_BODY_MAX)
			continue;
		pthread_mutex_lock(&b->lock);
		b->waiting++;
		pthread_mutex_unlock(&b->lock);
		call_it(&b->messages[i]);
	}
	pthread_mutex_lock(&b->lock);
	b->waiting--;
	while (b->waiting)
		pthread_cond_wait(&b->all, &b->lock);
	pthread_mutex_unlock(&b->lock);
	for (size_t i = 0; i < b->n; i++)
		judge(&b->messages[i]);
}

bool batch_begin(struct batch *b, bool wait, const char **why)
{
	if (!receive(b, wait, why))
		return false;
	if (!b->n)
		return !wait || rabbit_idle(b->t->out, why);
	run_all(b);
	return publish(b, why);
}

bool batch_end(struct batch *b, const char **why)
{
	uint64_t certain;
	if (!b->n)
		return true;
	if (!rabbit_settle(b->t->out, b->last, &certain, why) || !note(b, why) || !acknowledge(b, why))
		return false;
	count(b);
	batch_drop(b);
	return true;
}

void batch_drop(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		arena_free(b->messages[i].mem);
	b->n = 0;
}

size_t batch_size(const struct batch *b)
{
	return b->n;
}

bool batch_is_full(const struct batch *b)
{
	return b->n == b->room;
}

struct batch *batch_new(struct taker *t, size_t room)
{
	struct batch *b = calloc(1, sizeof *b + room * sizeof b->messages[0]);
	if (!b)
		abort();
	b->t = t;
	b->room = room;
	b->follow = calloc(room, sizeof *b->follow);
	b->outs = calloc(room, sizeof *b->outs);
	if (!b->follow || !b->outs || pthread_mutex_init(&b->lock, NULL) || pthread_cond_init(&b->all, NULL))
		abort();
	return b;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	batch_drop(b);
	pthread_cond_destroy(&b->all);
	pthread_mutex_destroy(&b->lock);
	free(b->outs);
	free(b->follow);
	free(b);
}
