#include "base/str.h"
#include "base/time.h"
#include "bus/presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void presence_seen(struct presence *p, const char *user_id, const char *device)
{
	if (strlen(user_id) <= PRESENCE_ID_MAX && strlen(device) <= PRESENCE_ID_MAX)
		p->driver->seen(p, user_id, device);
}

void presence_left(struct presence *p, const char *user_id, const char *device)
{
	if (strlen(user_id) <= PRESENCE_ID_MAX && strlen(device) <= PRESENCE_ID_MAX)
		p->driver->left(p, user_id, device);
}

void presence_online(
	struct presence *p, struct arena *a, const char *const *user_ids, size_t n, struct presence_state *out)
{
	if (n > PRESENCE_ASK_MAX)
		abort();
	memset(out, 0, n * sizeof *out);
	if (n)
		p->driver->online(p, a, user_ids, n, out);
}

void presence_free(struct presence *p)
{
	if (p)
		p->driver->free(p);
}

/* --- in this process ---------------------------------------------------------------------------------------------- */

enum { BUCKETS = 4096 };

struct device {
	struct device *next;
	int64_t seen_at, until; /* ms since 1970; monotonic */
	const char *user, *name;
	char texts[];
};

struct memory_presence {
	struct presence presence;
	int64_t ttl_ms;
	size_t most, n;
	pthread_mutex_t lock;
	struct device *buckets[BUCKETS]; /* by user */
	size_t hand; /* the bucket that is swept next */
};

static struct memory_presence *of(struct presence *p)
{
	return (struct memory_presence *)(void *)p;
}

static struct device **bucket(struct memory_presence *m, const char *user_id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *user_id; user_id++)
		h = (h ^ (unsigned char)*user_id) * UINT64_C(0x100000001b3);
	return &m->buckets[(h >> 32) % BUCKETS];
}

/* Takes the expired out of a bucket. Under the lock, as the next. */
static void sweep(struct memory_presence *m, struct device **at, int64_t now)
{
	while (*at) {
		struct device *d = *at;
		if (d->until > now) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		free(d);
		m->n--;
	}
}

static struct device *find(struct device *d, const char *user_id, const char *device)
{
	while (d && (strcmp(d->user, user_id) != 0 || strcmp(d->name, device) != 0))
		d = d->next;
	return d;
}

static struct device *add(struct memory_presence *m, struct device **at, const char *user_id, const char *device)
{
	if (m->n >= m->most)
		return NULL;
	struct device *d = calloc(1, sizeof *d + strlen(user_id) + strlen(device) + 2);
	if (!d)
		abort();
	char *to = d->texts;
	d->user = str_place(&to, user_id);
	d->name = str_place(&to, device);
	d->next = *at;
	*at = d;
	m->n++;
	return d;
}

static void seen(struct presence *p, const char *user_id, const char *device)
{
	struct memory_presence *m = of(p);
	int64_t now = time_monotonic();
	pthread_mutex_lock(&m->lock);
	sweep(m, &m->buckets[m->hand++ % BUCKETS], now); /* a bucket each time: those who never come back go too */
	struct device **at = bucket(m, user_id), *d = find(*at, user_id, device);
	d = d ? d : add(m, at, user_id, device);
	if (d) {
		d->seen_at = time_now();
		d->until = now + m->ttl_ms;
	}
	pthread_mutex_unlock(&m->lock);
}

static void left(struct presence *p, const char *user_id, const char *device)
{
	struct memory_presence *m = of(p);
	pthread_mutex_lock(&m->lock);
	struct device **at = bucket(m, user_id), *d = find(*at, user_id, device);
	if (d)
		d->until = 0;
	sweep(m, at, time_monotonic());
	pthread_mutex_unlock(&m->lock);
}

static void online(
	struct presence *p, struct arena *a, const char *const *user_ids, size_t n, struct presence_state *out)
{
	(void)a;
	struct memory_presence *m = of(p);
	int64_t now = time_monotonic();
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < n; i++)
		for (const struct device *d = *bucket(m, user_ids[i]); d; d = d->next)
			if (d->until > now && strcmp(d->user, user_ids[i]) == 0 && d->seen_at >= out[i].seen_at)
				out[i] = (struct presence_state){ true, d->seen_at };
	pthread_mutex_unlock(&m->lock);
}

static void free_(struct presence *p)
{
	struct memory_presence *m = of(p);
	for (size_t i = 0; i < BUCKETS; i++)
		sweep(m, &m->buckets[i], INT64_MAX);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static const struct presence_driver driver = { seen, left, online, free_ };

struct presence *presence_memory_new(int64_t ttl_ms, size_t most)
{
	struct memory_presence *m = calloc(1, sizeof *m);
	if (!m || pthread_mutex_init(&m->lock, NULL))
		abort();
	m->presence.driver = &driver;
	m->ttl_ms = ttl_ms;
	m->most = most;
	return &m->presence;
}
