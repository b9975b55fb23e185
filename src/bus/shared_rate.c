#include "bus/shared_rate.h"
#include "base/time.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	NOTES = 4096, /* keys that one batch of some ms may bring */
	PROBES = 16,
	BATCH = 128, /* keys of one script */
	PERIOD_MS = 3,
	IDLE_MS = 1000,
	ARGS = 3 + BATCH + 3 * BATCH,
};

/* KEYS: one a key. ARGV: for each the us between two requests, the most it may owe, how many were taken. Answers what each
 * owes, in us. No key owes more than its burst: what was taken beyond that was taken. */
static const char script[] = "local t=redis.call('TIME') local now=t[1]*1000000+t[2] local out={} "
			     "for i,k in ipairs(KEYS) do "
			     "local each,most,n=tonumber(ARGV[3*i-2]),tonumber(ARGV[3*i-1]),tonumber(ARGV[3*i]) "
			     "local clear=tonumber(redis.call('GET',k)) or now if clear<now then clear=now end "
			     "clear=math.min(clear+each*n,now+most) "
			     "redis.call('SET',k,string.format('%.0f',clear),'PX',math.floor((clear-now)/1000)+1) "
			     "out[i]=math.floor(clear-now) end return out";

struct note {
	unsigned table;
	uint64_t key, each_us, most_us;
	int64_t n; /* 0: free */
};

struct shared_rate {
	struct shared_rate_conf conf;
	struct rate_share door;
	pthread_mutex_t lock; /* of what follows, up to `used` */
	struct note notes[NOTES];
	uint16_t used[NOTES]; /* places of those that are not free */
	size_t used_n;
	int64_t sent_at; /* the hub's thread alone */
	_Atomic int64_t told, untold;
};

/* --- noting: by whoever serves a request -------------------------------------------------------------------------- */

static struct note *find(struct shared_rate *s, unsigned table, uint64_t key)
{
	for (size_t i = 0; i < PROBES; i++) {
		struct note *n = &s->notes[(key + table + i) % NOTES];
		if (!n->n || (n->key == key && n->table == table))
			return n;
	}
	return NULL;
}

static void taken(const struct rate_share *door, unsigned table, uint64_t key, const struct rate_rule *r)
{
	struct shared_rate *s = door->own;
	uint64_t each = UINT64_C(60000000) / (uint64_t)r->per_minute;
	each += each == 0;
	if (!hub_ready(s->conf.hub)) {
		atomic_fetch_add_explicit(&s->untold, 1, memory_order_relaxed);
		return;
	}
	pthread_mutex_lock(&s->lock);
	bool first = s->used_n == 0;
	struct note *n = find(s, table, key);
	if (n && !n->n)
		s->used[s->used_n++] = (uint16_t)(n - s->notes);
	if (n)
		*n = (struct note){ table, key, each, each * (uint64_t)r->burst, n->n + 1 };
	pthread_mutex_unlock(&s->lock);
	if (!n)
		atomic_fetch_add_explicit(&s->untold, 1, memory_order_relaxed);
	if (first)
		hub_wake(s->conf.hub);
}

/* --- telling: on the hub's thread --------------------------------------------------------------------------------- */

struct batch {
	struct shared_rate *s;
	size_t n;
	struct note notes[BATCH];
};

static struct batch *take(struct shared_rate *s)
{
	struct batch *b = calloc(1, sizeof *b);
	if (!b)
		abort();
	b->s = s;
	pthread_mutex_lock(&s->lock);
	while (s->used_n && b->n < BATCH) {
		struct note *n = &s->notes[s->used[--s->used_n]];
		b->notes[b->n++] = *n;
		n->n = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return b;
}

static int64_t requests(const struct batch *b)
{
	int64_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		n += b->notes[i].n;
	return n;
}

static void answered(void *arg, const struct reply *r)
{
	struct batch *b = arg;
	bool good = r && r->kind == REPLY_LIST && r->n == b->n;
	for (size_t i = 0; good && i < b->n; i++)
		if (r->items[i]->kind == REPLY_INT && r->items[i]->i > 0 && r->items[i]->i < INT64_MAX / 1000)
			b->s->conf.owed(b->notes[i].table, b->notes[i].key, (uint64_t)r->items[i]->i * 1000);
	if (good)
		b->s->told += requests(b);
	else
		b->s->untold += requests(b);
	free(b);
}

static struct redis_part print(struct arena *a, uint64_t n)
{
	char *s = arena_printf(a, "%llu", (unsigned long long)n);
	return (struct redis_part){ s, strlen(s) };
}

static void tell(struct shared_rate *s, struct batch *b)
{
	struct redis_part parts[ARGS] = { { "EVAL", 4 }, { script, sizeof script - 1 } };
	struct arena *a = arena_new(0);
	parts[2] = print(a, b->n);
	for (size_t i = 0; i < b->n; i++) {
		const struct note *n = &b->notes[i];
		const char *key =
			arena_printf(a, "%srate:%x:%016llx", s->conf.prefix, n->table, (unsigned long long)n->key);
		struct redis_part *args = &parts[3 + b->n + 3 * i];
		parts[3 + i] = (struct redis_part){ key, strlen(key) };
		args[0] = print(a, n->each_us);
		args[1] = print(a, n->most_us);
		args[2] = print(a, (uint64_t)n->n);
	}
	if (!hub_post(s->conf.hub, parts, 3 + 4 * b->n, answered, b))
		answered(b, NULL);
	arena_free(a);
}

static int64_t beat(void *arg)
{
	struct shared_rate *s = arg;
	int64_t since = time_monotonic() - s->sent_at;
	if (since < PERIOD_MS)
		return PERIOD_MS - since;
	struct batch *b = take(s);
	if (!b->n) {
		free(b);
		return IDLE_MS;
	}
	while (b->n) {
		tell(s, b);
		b = take(s);
	}
	free(b);
	s->sent_at = time_monotonic();
	return PERIOD_MS;
}

/* --- start, stop -------------------------------------------------------------------------------------------------- */

struct shared_rate *shared_rate_new(const struct shared_rate_conf *conf)
{
	struct shared_rate *s = calloc(1, sizeof *s);
	if (!s || pthread_mutex_init(&s->lock, NULL))
		abort();
	s->conf = *conf;
	s->door = (struct rate_share){ s, taken };
	hub_watch(conf->hub, &(struct hub_watch){ .arg = s, .beat = beat });
	return s;
}

void shared_rate_free(struct shared_rate *s)
{
	if (!s)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const struct rate_share *shared_rate_door(struct shared_rate *s)
{
	return &s->door;
}

void shared_rate_stats(struct shared_rate *s, struct shared_rate_stats *out)
{
	*out = (struct shared_rate_stats){ s->told, s->untold };
}
