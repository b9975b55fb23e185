/* Events to RabbitMQ: a topic exchange, the routing key is the event's type. */
#include "base/conf.h"
#include "bus/rabbit.h"
#include "features/events/events_form.h"
#include "features/events/events_job.h"

#include <assert.h>

static struct rabbit *rabbit; /* of the receiver's thread */
/* Batches on their way: the tag and the number of the last event of each. */
enum { BATCHES = 2 };
static struct {
	uint64_t tag;
	int64_t sequence;
} flight[BATCHES];
static size_t flying;

static const struct events_conf *settings(void)
{
	return conf_get(conf_current(), &events_conf_group);
}

static bool is_set(void)
{
	return rabbit_is_set() && *settings()->exchange;
}

static bool open_it(const char **why)
{
	if (rabbit)
		return true;
	rabbit = rabbit_open(why);
	return rabbit && rabbit_exchange(rabbit, settings()->exchange, "topic", why);
}

static bool send(struct arena *mem, const struct list *events, const char **why)
{
	const struct event_out *e = events->items;
	enum events_form form = events_form_named(settings()->form);
	struct rabbit_message *m = arena_array_of(mem, struct rabbit_message, events->n + 1);
	if (!open_it(why))
		return false;
	for (size_t i = 0; i < events->n; i++) {
		struct buf b = { .mem = mem };
		events_form_write(&b, form, &e[i]);
		m[i] = (struct rabbit_message){ .exchange = settings()->exchange,
			.key = e[i].event_type,
			.body = b.p,
			.n = b.n,
			.content_type = events_form_content_type(form),
			.id = e[i].event_id,
			.type = e[i].event_type,
			.at = e[i].timestamp };
	}
	assert(flying < BATCHES);
	flight[flying].sequence = e[events->n - 1].sequence;
	return rabbit_send(rabbit, m, events->n, &flight[flying++].tag, why);
}

static bool settle(bool all, int64_t *upto, const char **why)
{
	uint64_t certain = 0;
	bool good = true;
	while (good && flying > (all ? 0 : 1)) {
		good = rabbit_settle(rabbit, flight[0].tag, &certain, why);
		if (!good)
			break;
		*upto = flight[0].sequence;
		flight[0] = flight[1];
		flying--;
	}
	return good;
}

static bool idle(const char **why)
{
	return !rabbit || rabbit_idle(rabbit, why);
}

static void close_it(void)
{
	rabbit_close(rabbit);
	rabbit = NULL;
	flying = 0;
}

const struct events_way events_rabbit = {
	.name = "rabbitmq", .is_set = is_set, .send = send, .settle = settle, .idle = idle, .close = close_it
};
