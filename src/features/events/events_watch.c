/* How far events are, for who watches: counted by a job now and then, read by any thread. */
#include "base/time.h"
#include "features/events/events.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SINKS_MOST = 8, NAME_SIZE = 65 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct events_lag relay;
static struct {
	char name[NAME_SIZE];
	struct events_lag lag;
} sinks[SINKS_MOST];
static size_t sinks_n;

err_t events_count(struct cx *cx)
{
	struct events_status s = { 0 };
	TRY(events_status(cx, NULL, &s));
	const struct sink_info *info = s.sinks.items;
	pthread_mutex_lock(&lock);
	relay = (struct events_lag){ s.unsealed, s.unsealed_since.has == IS_SET ? s.unsealed_since.v : 0 };
	sinks_n = s.sinks.n < SINKS_MOST ? s.sinks.n : SINKS_MOST;
	for (size_t i = 0; i < sinks_n; i++) {
		snprintf(sinks[i].name, NAME_SIZE, "%s", info[i].name);
		sinks[i].lag = (struct events_lag){ info[i].behind,
			info[i].waiting_since.has == IS_SET ? info[i].waiting_since.v : 0 };
	}
	pthread_mutex_unlock(&lock);
	return ERR_OK;
}

struct events_lag events_relay_lag(void)
{
	pthread_mutex_lock(&lock);
	struct events_lag l = relay;
	pthread_mutex_unlock(&lock);
	return l;
}

struct events_lag events_sink_lag(const char *sink)
{
	struct events_lag l = { 0 };
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < sinks_n; i++)
		if (strcmp(sinks[i].name, sink) == 0)
			l = sinks[i].lag;
	pthread_mutex_unlock(&lock);
	return l;
}

int64_t events_lag_ms(const struct events_lag *l)
{
	int64_t ms = l->since ? time_now() - l->since : 0;
	return ms > 0 ? ms : 0;
}

static int64_t seconds(struct events_lag l)
{
	return events_lag_ms(&l) / 1000;
}

int64_t events_number_unsealed(void)
{
	return events_relay_lag().depth;
}

int64_t events_number_unsealed_age(void)
{
	return seconds(events_relay_lag());
}

int64_t events_number_rabbitmq(void)
{
	return events_sink_lag("rabbitmq").depth;
}

int64_t events_number_rabbitmq_age(void)
{
	return seconds(events_sink_lag("rabbitmq"));
}

int64_t events_number_webhooks(void)
{
	return events_sink_lag("webhooks").depth;
}
