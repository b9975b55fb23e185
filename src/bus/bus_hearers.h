/* Who listens to which channel: what the drivers of the bus share. */
#ifndef BUS_BUS_HEARERS_H
#define BUS_BUS_HEARERS_H

#include "bus/bus.h"

#include <pthread.h>

struct hearer {
	char channel[BUS_CHANNEL_MAX + 1];
	bus_hear *hear;
	void *arg;
};
struct hearers {
	pthread_mutex_t lock;
	struct hearer all[BUS_HEARERS_MAX];
	size_t n;
};

void hearers_init(struct hearers *h);
void hearers_fini(struct hearers *h);
void hearers_add(struct hearers *h, const char *channel, bus_hear *hear, void *arg);
size_t hearers_count(struct hearers *h);
/* The i-th channel, copied; those that were added later have higher numbers. */
void hearers_channel(struct hearers *h, size_t i, char out[static BUS_CHANNEL_MAX + 1]);
/* Whether what somebody subscribed to is all that begins so. */
bool hearers_is_beginning(const char *subscribed);
/* Calls those who subscribed to exactly this, without the lock: about a message that came on `channel`. */
void hearers_tell(struct hearers *h, const char *subscribed, const char *channel, const void *p, size_t n);
/* Calls those who subscribed to the channel or to a beginning of it. */
void hearers_tell_fitting(struct hearers *h, const char *channel, const void *p, size_t n);

#endif
