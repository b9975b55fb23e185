#include "bus/bus.h"
#include "bus/bus_hearers.h"

#include <stdlib.h>
#include <string.h>

bool bus_publish(struct bus *b, const char *channel, const void *p, size_t n)
{
	return strlen(channel) <= BUS_CHANNEL_MAX && n <= BUS_MESSAGE_MAX && b->driver->publish(b, channel, p, n);
}

void bus_subscribe(struct bus *b, const char *channel, bus_hear *hear, void *arg)
{
	b->driver->subscribe(b, channel, hear, arg);
}

bool bus_connected(struct bus *b)
{
	return b->driver->connected(b);
}

void bus_free(struct bus *b)
{
	if (b)
		b->driver->free(b);
}

/* --- who listens -------------------------------------------------------------------------------------------------- */

void hearers_init(struct hearers *h)
{
	memset(h, 0, sizeof *h);
	if (pthread_mutex_init(&h->lock, NULL))
		abort();
}

void hearers_fini(struct hearers *h)
{
	pthread_mutex_destroy(&h->lock);
}

void hearers_add(struct hearers *h, const char *channel, bus_hear *hear, void *arg)
{
	pthread_mutex_lock(&h->lock);
	if (h->n == BUS_HEARERS_MAX || strlen(channel) > BUS_CHANNEL_MAX)
		abort(); /* channels are our own */
	struct hearer *one = &h->all[h->n++];
	memcpy(one->channel, channel, strlen(channel) + 1);
	one->hear = hear;
	one->arg = arg;
	pthread_mutex_unlock(&h->lock);
}

size_t hearers_count(struct hearers *h)
{
	pthread_mutex_lock(&h->lock);
	size_t n = h->n;
	pthread_mutex_unlock(&h->lock);
	return n;
}

void hearers_channel(struct hearers *h, size_t i, char out[static BUS_CHANNEL_MAX + 1])
{
	pthread_mutex_lock(&h->lock);
	memcpy(out, h->all[i].channel, BUS_CHANNEL_MAX + 1);
	pthread_mutex_unlock(&h->lock);
}

bool hearers_is_beginning(const char *subscribed)
{
	size_t n = strlen(subscribed);
	return n && subscribed[n - 1] == '*';
}

static bool fits(const char *subscribed, const char *channel)
{
	if (hearers_is_beginning(subscribed))
		return strncmp(subscribed, channel, strlen(subscribed) - 1) == 0;
	return strcmp(subscribed, channel) == 0;
}

/* Entries are never taken out or changed: they may be read without the lock once counted. */
void hearers_tell(struct hearers *h, const char *subscribed, const char *channel, const void *p, size_t n)
{
	size_t count = hearers_count(h);
	for (size_t i = 0; i < count; i++)
		if (strcmp(h->all[i].channel, subscribed) == 0)
			h->all[i].hear(h->all[i].arg, channel, p, n);
}

void hearers_tell_fitting(struct hearers *h, const char *channel, const void *p, size_t n)
{
	size_t count = hearers_count(h);
	for (size_t i = 0; i < count; i++)
		if (fits(h->all[i].channel, channel))
			h->all[i].hear(h->all[i].arg, channel, p, n);
}
