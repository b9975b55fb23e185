/* The bus of one process: for a server that is alone, and for tests. */
#include "bus/bus_hearers.h"
#include "net/ticker.h"

#include <stdlib.h>
#include <string.h>

enum { WAITING_MAX = 8192, IDLE_MS = 60000 };

struct message {
	struct message *next;
	char channel[BUS_CHANNEL_MAX + 1];
	size_t n;
	char bytes[];
};

struct memory_bus {
	struct bus bus;
	struct hearers hearers;
	struct ticker *ticker;
	pthread_mutex_t lock; /* of what follows */
	struct message *first, **last;
	size_t waiting;
};

static struct memory_bus *of(struct bus *b)
{
	return (struct memory_bus *)(void *)b;
}

static struct message *message_new(const char *channel, const void *p, size_t n)
{
	struct message *m = malloc(sizeof *m + n);
	if (!m)
		abort();
	m->next = NULL;
	m->n = n;
	memcpy(m->channel, channel, strlen(channel) + 1);
	if (n)
		memcpy(m->bytes, p, n);
	return m;
}

static bool publish(struct bus *bus, const char *channel, const void *p, size_t n)
{
	struct memory_bus *b = of(bus);
	struct message *m = message_new(channel, p, n);
	pthread_mutex_lock(&b->lock);
	bool good = b->waiting < WAITING_MAX;
	if (good) {
		*b->last = m;
		b->last = &m->next;
		b->waiting++;
	}
	pthread_mutex_unlock(&b->lock);
	if (good)
		ticker_wake(b->ticker);
	else
		free(m);
	return good;
}

static struct message *take(struct memory_bus *b)
{
	pthread_mutex_lock(&b->lock);
	struct message *m = b->first;
	if (m) {
		b->first = m->next;
		b->waiting--;
	}
	if (!b->first)
		b->last = &b->first;
	pthread_mutex_unlock(&b->lock);
	return m;
}

static int64_t tick(void *arg)
{
	struct memory_bus *b = arg;
	for (struct message *m = take(b); m; m = take(b)) {
		hearers_tell_fitting(&b->hearers, m->channel, m->bytes, m->n);
		free(m);
	}
	return IDLE_MS;
}

static void subscribe(struct bus *b, const char *channel, bus_hear *hear, void *arg)
{
	hearers_add(&of(b)->hearers, channel, hear, arg);
}

static bool connected(struct bus *b)
{
	(void)b;
	return true;
}

static void free_(struct bus *bus)
{
	struct memory_bus *b = of(bus);
	ticker_stop(b->ticker);
	for (struct message *m = take(b); m; m = take(b))
		free(m);
	hearers_fini(&b->hearers);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static const struct bus_driver driver = { "memory", publish, subscribe, connected, free_ };

struct bus *bus_memory_new(void)
{
	struct memory_bus *b = calloc(1, sizeof *b);
	if (!b || pthread_mutex_init(&b->lock, NULL))
		abort();
	b->bus.driver = &driver;
	b->last = &b->first;
	hearers_init(&b->hearers);
	b->ticker = ticker_start("bus", tick, b);
	return &b->bus;
}
