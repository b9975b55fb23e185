#include "base/breaker.h"
#include "base/id.h"
#include "base/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct breaker {
	pthread_mutex_t lock;
	struct breaker_conf conf;
	enum breaker_state state;
	int64_t in_a_row; /* failures */
	int64_t rounds; /* openings one after another: each waits longer */
	int64_t until; /* when open: the next probe; when half-open: the probe is given up */
	int64_t opened, refused;
	bool known;
};

/* Those of the settings' services, few and long-lived. */
enum { LISTED_MAX = 16, LONGEST = 10 /* times the first wait */ };
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct breaker *listed[LISTED_MAX];

int64_t backoff_ms(int64_t first, int64_t longest, int64_t failures, uint32_t random)
{
	int64_t wait = first;
	for (int64_t i = 1; i < failures && wait < longest; i++)
		wait = wait > INT64_MAX / 2 ? longest : wait * 2;
	wait = wait < longest ? wait : longest;
	return wait - wait / 4 + (int64_t)(random % (uint64_t)(wait / 2 + 1));
}

struct breaker *breaker_new(const struct breaker_conf *conf)
{
	struct breaker *b = calloc(1, sizeof *b);
	if (!b || pthread_mutex_init(&b->lock, NULL))
		abort();
	b->conf = *conf;
	return b;
}

static struct breaker *make_listed(const char *name, int64_t longest)
{
	const struct breakers_conf *conf = conf_get(conf_current(), &breakers_conf_group);
	struct breaker *b = breaker_new(&(struct breaker_conf){
		name, conf->failures, .open_ms = conf->open, .longest_ms = longest * conf->open });
	pthread_mutex_lock(&list_lock);
	size_t i = 0;
	while (i < LISTED_MAX && listed[i])
		i++;
	assert(i < LISTED_MAX);
	listed[i] = b;
	pthread_mutex_unlock(&list_lock);
	return b;
}

struct breaker *breaker_listed(const char *name)
{
	return make_listed(name, LONGEST);
}

struct breaker *breaker_listed_steady(const char *name)
{
	return make_listed(name, 1);
}

static void unlist(const struct breaker *b)
{
	pthread_mutex_lock(&list_lock);
	size_t n = 0;
	for (size_t i = 0; i < LISTED_MAX; i++)
		if (listed[i] != b)
			listed[n++] = listed[i];
	while (n < LISTED_MAX)
		listed[n++] = NULL;
	pthread_mutex_unlock(&list_lock);
}

void breaker_free(struct breaker *b)
{
	if (!b)
		return;
	unlist(b);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

bool breaker_ask(struct breaker *b, int64_t now)
{
	pthread_mutex_lock(&b->lock);
	bool go = b->state == BREAKER_CLOSED || now >= b->until;
	if (go && b->state != BREAKER_CLOSED) {
		b->state = BREAKER_HALF_OPEN;
		b->until = now + b->conf.open_ms;
	}
	b->refused += !go;
	pthread_mutex_unlock(&b->lock);
	return go;
}

void breaker_well(struct breaker *b)
{
	pthread_mutex_lock(&b->lock);
	bool was_open = b->state != BREAKER_CLOSED;
	b->state = BREAKER_CLOSED;
	b->known = true;
	b->in_a_row = b->rounds = b->until = 0;
	pthread_mutex_unlock(&b->lock);
	if (was_open)
		log_info("it answers again", LT("service", b->conf.name));
}

static void open_it(struct breaker *b, int64_t now)
{
	uint32_t random;
	id_random(&random, sizeof random);
	b->state = BREAKER_OPEN;
	b->rounds++;
	b->opened++;
	b->until = now + backoff_ms(b->conf.open_ms, b->conf.longest_ms, b->rounds, random);
}

void breaker_failed(struct breaker *b, int64_t now, const char *why)
{
	pthread_mutex_lock(&b->lock);
	bool tell = false;
	b->in_a_row++;
	b->known = true;
	/* Calls that had begun before it opened fail late: they say nothing new. */
	if (b->state == BREAKER_HALF_OPEN || (b->state == BREAKER_CLOSED && b->in_a_row >= b->conf.failures)) {
		tell = b->state == BREAKER_CLOSED;
		open_it(b, now);
	}
	int64_t wait = b->until - now;
	pthread_mutex_unlock(&b->lock);
	if (tell)
		log_warn("it does not answer; it is left alone for a while", LT("service", b->conf.name),
			LT("why", why), LI("ms", wait));
}

void breaker_stats(struct breaker *b, int64_t now, struct breaker_stats *out)
{
	pthread_mutex_lock(&b->lock);
	*out = (struct breaker_stats){ .state = b->state,
		.known = b->known,
		.failures = b->in_a_row,
		.opened = b->opened,
		.refused = b->refused,
		.wait = b->state != BREAKER_CLOSED && b->until > now ? b->until - now : 0 };
	pthread_mutex_unlock(&b->lock);
}

const char *breaker_state_name(enum breaker_state state)
{
	switch (state) {
	case BREAKER_CLOSED:
		return "closed";
	case BREAKER_OPEN:
		return "open";
	case BREAKER_HALF_OPEN:
		return "half-open";
	}
	return "";
}

bool breaker_list(size_t i, int64_t now, const char **name, struct breaker_stats *out)
{
	pthread_mutex_lock(&list_lock);
	struct breaker *b = i < LISTED_MAX ? listed[i] : NULL;
	if (b) {
		*name = b->conf.name;
		breaker_stats(b, now, out);
	}
	pthread_mutex_unlock(&list_lock);
	return b;
}

bool breaker_find(const char *name, int64_t now, struct breaker_stats *out)
{
	const char *each;
	for (size_t i = 0; breaker_list(i, now, &each, out); i++)
		if (strcmp(each, name) == 0)
			return true;
	return false;
}
