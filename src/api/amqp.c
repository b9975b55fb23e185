#include "api/amqp.h"
#include "api/amqp_batch.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "net/ticker.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	QUEUES_MAX = 16,
	AHEAD_MAX = 1024,
	DENIED_MS = 500,
	AGAIN_FIRST_MS = 200,
	AGAIN_LONGEST_MS = 30000,
	FIRST_RETRY_MS = 2000,
};

struct amqp {
	size_t n;
	struct taker *takers[QUEUES_MAX];
};

/* --- opening ------------------------------------------------------------------------------------------------------ */

static bool set_up_dead(struct rabbit *r, const struct queue_place *p, const char **why)
{
	if (!*p->dead_exchange)
		return true;
	return rabbit_exchange(r, p->dead_exchange, "direct", why) &&
	       (!*p->dead_queue || (rabbit_queue(r, &(struct rabbit_queue){ .name = p->dead_queue }, why) &&
					   rabbit_bind(r, p->dead_queue, p->dead_exchange, p->dead_key, why)));
}

static bool set_up_queue(struct rabbit *r, const struct queue_place *p, const char **why)
{
	const struct rabbit_queue q = { .name = p->queue,
		.dead_exchange = p->dead_exchange,
		.dead_key = p->dead_key,
		.priorities = p->priorities };
	if (!rabbit_queue(r, &q, why))
		return false;
	if (!*p->exchange)
		return true;
	if (!rabbit_exchange(r, p->exchange, p->exchange_type, why))
		return false;
	for (const char *const *key = p->keys; *key; key++)
		if (!rabbit_bind(r, p->queue, p->exchange, *key, why))
			return false;
	return true;
}

/* Messages wait in a queue that nobody takes from; when they expire the broker puts them back. */
static bool set_up_retries(struct taker *t, const char **why)
{
	int64_t wait = FIRST_RETRY_MS;
	for (int i = 0; i < AMQP_TRIES; i++, wait *= 2) {
		const struct rabbit_queue q = {
			.name = t->retry[i], .dead_exchange = "", .dead_key = t->place.queue, .ttl_ms = wait
		};
		if (!rabbit_queue(t->out, &q, why))
			return false;
	}
	return true;
}

static bool open_it(struct taker *t, const char **why)
{
	const struct queue_place *p = &t->place;
	if (t->in)
		return true;
	t->out = rabbit_open(why);
	if (!t->out || !set_up_dead(t->out, p, why) || !set_up_queue(t->out, p, why) || !set_up_retries(t, why))
		return false;
	if (p->forward && *p->forward && !rabbit_queue(t->out, &(struct rabbit_queue){ .name = p->forward }, why))
		return false;
	t->in = rabbit_open(why);
	if (!t->in || !rabbit_consume(t->in, p->queue, p->ahead, why))
		return false;
	log_info("messages are taken from a queue", LT("queue", p->queue), LI("ahead", p->ahead));
	return true;
}

static void close_it(struct taker *t)
{
	for (int i = 0; i < 2; i++)
		batch_drop(t->batches[i]);
	rabbit_close(t->in);
	rabbit_close(t->out);
	t->in = t->out = NULL;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static int64_t failed(struct taker *t, const char *why)
{
	struct breaker_stats s;
	uint32_t random;
	id_random(&random, sizeof random);
	breaker_failed(t->breaker, time_monotonic(), why);
	breaker_stats(t->breaker, time_monotonic(), &s);
	if (s.failures == 1)
		log_warn("no messages are taken from a queue for now", LT("queue", t->place.queue), LT("why", why));
	close_it(t);
	return backoff_ms(AGAIN_FIRST_MS, AGAIN_LONGEST_MS, s.failures, random);
}

/* One batch begins, the one before it ends. What is not a full one ends at once: no other waits behind it. */
static bool go_on(struct taker *t, const char **why)
{
	struct batch *now = t->batches[t->turn], *before = t->batches[!t->turn];
	if (!batch_begin(now, !batch_size(before), why) || !batch_end(before, why))
		return false;
	t->turn = !t->turn;
	return batch_is_full(now) || batch_end(now, why);
}

static int64_t tick(void *arg)
{
	struct taker *t = arg;
	const char *why = "";
	if (!t->in && !breaker_ask(t->breaker, time_monotonic()))
		return DENIED_MS;
	if (!open_it(t, &why) || !go_on(t, &why))
		return failed(t, why);
	breaker_well(t->breaker);
	return 0;
}

/* --- all queues --------------------------------------------------------------------------------------------------- */

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct amqp *listed;

static void start(struct amqp *a, const struct queue_row *row, const struct queue_place *place)
{
	struct taker *t = calloc(1, sizeof *t);
	if (!t)
		abort();
	t->row = row;
	t->place = *place;
	t->place.ahead = place->ahead < AHEAD_MAX ? place->ahead : AHEAD_MAX;
	t->op = op_find(row->op, NULL);
	for (int i = 0; i < AMQP_TRIES; i++)
		snprintf(t->retry[i], sizeof t->retry[i], "%s.retry.%d", place->queue, FIRST_RETRY_MS << i);
	t->breaker = breaker_listed(row->name);
	for (int i = 0; i < 2; i++)
		t->batches[i] = batch_new(t, (size_t)(t->place.ahead + 1) / 2);
	a->takers[a->n++] = t;
	t->ticker = ticker_start(row->name, tick, t);
}

struct amqp *amqp_start(void)
{
	struct amqp *a = calloc(1, sizeof *a);
	if (!a)
		abort();
	pthread_mutex_lock(&list_lock);
	for (const struct feature *const *f = features_all; *f && rabbit_is_set(); f++)
		for (const struct queue_row *row = (*f)->queues; row && row->name && a->n < QUEUES_MAX; row++) {
			struct queue_place place = { 0 };
			if (row->place(&place))
				start(a, row, &place);
		}
	listed = a;
	pthread_mutex_unlock(&list_lock);
	return a;
}

void amqp_stop(struct amqp *a)
{
	pthread_mutex_lock(&list_lock);
	listed = NULL;
	pthread_mutex_unlock(&list_lock);
	for (size_t i = 0; a && i < a->n; i++) {
		struct taker *t = a->takers[i];
		ticker_stop(t->ticker);
		close_it(t);
		batch_free(t->batches[0]);
		batch_free(t->batches[1]);
		breaker_free(t->breaker);
		free(t);
	}
	free(a);
}

bool amqp_list(size_t i, const char **name, struct amqp_stats *out)
{
	pthread_mutex_lock(&list_lock);
	const struct taker *t = listed && i < listed->n ? listed->takers[i] : NULL;
	if (t) {
		*name = t->row->name;
		*out = (struct amqp_stats){ t->received, t->done, t->retried, t->dead };
	}
	pthread_mutex_unlock(&list_lock);
	return t;
}
