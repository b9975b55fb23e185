#include "bus/shared_cache.h"
#include "base/id.h"
#include "base/time.h"
#include "bus/shared_flight.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	PENDING = 4096, /* places for keys whose change is on its way: two in one place only make each other wait */
	TOKEN_TEXT = 16,
	LEASE_MS = 2000, /* a reader who takes longer fills nothing */
	WAIT_MS = 30, /* for another thread's reading; for another node's */
	PAUSE_MS = 3,
	IDLE_MS = 1000,
	KEY_TEXT = 320,
};

/* KEYS: epoch, value, lease. ARGV: an epoch in case there is none, a token, the lease's ms. Answers epoch, value, leased. */
static const char get_script[] =
	"local e=redis.call('GET',KEYS[1]) if not e then e=ARGV[1] redis.call('SET',KEYS[1],e) end "
	"local v=redis.call('GET',KEYS[2]) if v and string.sub(v,1,#e)==e then return {e,v,0} end "
	"local l=redis.call('SET',KEYS[3],ARGV[2],'NX','PX',ARGV[3]) return {e,'',l and 1 or 0}";
/* KEYS: the same. ARGV: the token, the value, the value's ms. Answers whether it was put. */
static const char put_script[] =
	"if redis.call('GET',KEYS[3])~=ARGV[1] then return 0 end redis.call('DEL',KEYS[3]) "
	"local e=redis.call('GET',KEYS[1]) if not e or string.sub(ARGV[2],1,16)~=e then return 0 end "
	"local v=redis.call('GETRANGE',KEYS[2],0,31) "
	"if string.sub(v,1,16)==e and string.sub(v,17)>string.sub(ARGV[2],17,32) then return 0 end "
	"redis.call('SET',KEYS[2],ARGV[2],'PX',ARGV[3]) return 1";

/* KEYS: the lease. ARGV: the token. Whoever had nothing to put lets the next one try. */
static const char release_script[] =
	"if redis.call('GET',KEYS[1])==ARGV[1] then redis.call('DEL',KEYS[1]) end return 1";

struct shared_cache {
	struct shared_cache_conf conf;
	struct second_cache door;
	struct flights *flights;
	_Atomic uint32_t pending[PENDING];
	/* A new epoch is owed while they differ; `asked`: up to which one was posted. */
	_Atomic uint64_t owed, paid;
	uint64_t asked; /* the hub's thread alone */
	char epoch_key[KEY_TEXT];
	_Atomic int64_t hits, misses, passed, joined, sets, stale, forged, drops, epochs;
};

/* Who may fill a value. Goes with the arena of who asked. */
struct claim {
	struct shared_cache *c;
	struct flight *flight;
	const char *kind, *id, *epoch;
	char token[TOKEN_TEXT + 1]; /* "": no lease, and nothing may be put */
	bool first; /* others wait for what he brings */
};

static struct redis_part part(const char *s)
{
	return (struct redis_part){ s, strlen(s) };
}

static void random_text(char out[static TOKEN_TEXT + 1])
{
	uint64_t n;
	id_random(&n, sizeof n);
	snprintf(out, TOKEN_TEXT + 1, "%016llx", (unsigned long long)n);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

struct names {
	char value[KEY_TEXT], lease[KEY_TEXT];
	size_t place; /* in `pending` */
};

static struct names names_of(const struct shared_cache *c, const char *kind, const char *id)
{
	struct names k;
	snprintf(k.value, sizeof k.value, "%s%s:%s", c->conf.prefix, kind, id);
	snprintf(k.lease, sizeof k.lease, "%slease:%s:%s", c->conf.prefix, kind, id);
	uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a: identifiers are our own */
	for (const char *s = k.value; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	k.place = (size_t)(h >> 32) % PENDING;
	return k;
}

/* --- epochs ------------------------------------------------------------------------------------------------------- */

static void owe(struct shared_cache *c)
{
	c->owed++;
}

static bool may_ask(struct shared_cache *c, const struct names *k)
{
	return hub_ready(c->conf.hub) && c->owed == c->paid && !c->pending[k->place];
}

static void epoch_done(void *arg, const struct reply *r)
{
	struct shared_cache *c = arg;
	if (r && r->kind != REPLY_ERROR)
		c->paid = c->asked;
	else
		c->asked = c->paid; /* beat() posts it again */
}

static int64_t beat(void *arg)
{
	struct shared_cache *c = arg;
	uint64_t owed = c->owed;
	char epoch[TOKEN_TEXT + 1];
	if (owed == c->asked)
		return IDLE_MS;
	random_text(epoch);
	const struct redis_part set[] = { part("SET"), part(c->epoch_key), part(epoch) };
	c->asked = owed;
	c->epochs++;
	if (!hub_post(c->conf.hub, set, 3, epoch_done, c))
		c->asked = c->paid;
	return IDLE_MS;
}

static void changed(void *arg, bool up)
{
	if (!up)
		owe(arg);
}

static void drop_all(const struct second_cache *door)
{
	struct shared_cache *c = door->own;
	owe(c);
	hub_wake(c->conf.hub);
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

struct dropping {
	struct shared_cache *c;
	size_t place;
};

static void drop_done(void *arg, const struct reply *r)
{
	struct dropping *d = arg;
	if (!r || r->kind == REPLY_ERROR)
		owe(d->c); /* before it may be asked again */
	d->c->pending[d->place]--;
	free(d);
}

static void drop(const struct second_cache *door, const char *kind, const char *id)
{
	struct shared_cache *c = door->own;
	struct names k = names_of(c, kind, id);
	c->pending[k.place]++;
	flight_divert(c->flights, k.value);
	c->drops++;
	const struct redis_part del[] = { part("DEL"), part(k.value), part(k.lease) };
	struct dropping *d = malloc(sizeof *d);
	if (!d)
		abort();
	*d = (struct dropping){ c, k.place };
	if (!hub_post(c->conf.hub, del, 3, drop_done, d))
		drop_done(d, NULL);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void release(const struct claim *m)
{
	struct names k = names_of(m->c, m->kind, m->id);
	const struct redis_part parts[] = { part("EVAL"), part(release_script), part("1"), part(k.lease),
		part(m->token) };
	(void)hub_post(m->c->conf.hub, parts, 5, NULL, NULL); /* it expires */
}

static void claim_end(void *arg)
{
	struct claim *m = arg;
	if (*m->token)
		release(m);
	if (m->first)
		flight_land(m->flight, NULL, 0);
	flight_leave(m->flight);
}

static struct claim *claim_new(
	struct shared_cache *c, struct arena *a, const char *kind, const char *id, const char *key)
{
	struct claim *m = arena_new_of(a, struct claim);
	*m = (struct claim){ .c = c, .kind = arena_strdup(a, kind), .id = arena_strdup(a, id) };
	m->flight = flight_join(c->flights, key, &m->first);
	arena_defer(a, claim_end, m);
	return m;
}

enum asked { ASKED_HIT, ASKED_LEASED, ASKED_BUSY, ASKED_NOTHING };

static bool is_answer(const struct reply *r)
{
	return r->kind == REPLY_LIST && r->n == 3 && r->items[0]->kind == REPLY_TEXT && r->items[0]->n == EPOCH_TEXT &&
	       r->items[1]->kind == REPLY_TEXT && r->items[2]->kind == REPLY_INT;
}

/* What was not made here makes room for what is. */
static void remove_forged(struct shared_cache *c, const struct names *k)
{
	const struct redis_part del[] = { part("DEL"), part(k->value) };
	c->forged++;
	(void)hub_post(c->conf.hub, del, 2, NULL, NULL);
}

static enum asked ask(
	struct shared_cache *c, struct arena *a, const struct names *k, struct claim *m, void **out, size_t *n)
{
	char fallback[TOKEN_TEXT + 1], token[TOKEN_TEXT + 1], lease[24];
	struct reply *r;
	random_text(fallback);
	random_text(token);
	snprintf(lease, sizeof lease, "%d", LEASE_MS);
	const struct redis_part get[] = { part("EVAL"), part(get_script), part("3"), part(c->epoch_key), part(k->value),
		part(k->lease), part(fallback), part(token), part(lease) };
	if (!hub_ask(c->conf.hub, a, get, 9, &r) || !is_answer(r))
		return ASKED_NOTHING;
	m->epoch = r->items[0]->s;
	if (!r->items[1]->n) {
		if (r->items[2]->i)
			memcpy(m->token, token, sizeof token);
		return r->items[2]->i ? ASKED_LEASED : ASKED_BUSY;
	}
	*out = shared_value_read(a, &c->conf.seal, &(struct shared_what){ m->kind, m->id, m->epoch }, r->items[1]->s,
		r->items[1]->n, time_now(), c->conf.ttl_ms, n);
	if (*out)
		return ASKED_HIT;
	remove_forged(c, k);
	return ASKED_NOTHING;
}

static void pause_ms(int64_t ms)
{
	const struct timespec t = { .tv_nsec = (long)ms * 1000000 };
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

/* Another node is reading it: that is waited for, a moment. */
static void *ask_until_there(struct shared_cache *c, struct arena *a, const struct names *k, struct claim *m, size_t *n)
{
	void *out = NULL;
	int64_t until = time_monotonic() + WAIT_MS;
	enum asked got = ask(c, a, k, m, &out, n);
	while (got == ASKED_BUSY && time_monotonic() < until && may_ask(c, k)) {
		pause_ms(PAUSE_MS);
		got = ask(c, a, k, m, &out, n);
	}
	if (got == ASKED_HIT)
		c->hits++;
	else
		c->misses++;
	return out;
}

static void *get(const struct second_cache *door, struct arena *a, const char *kind, const char *id, size_t *n,
	struct second_claim *claim)
{
	struct shared_cache *c = door->own;
	struct names k = names_of(c, kind, id);
	claim->own = NULL;
	if (!may_ask(c, &k)) {
		c->passed++;
		return NULL;
	}
	struct claim *m = claim_new(c, a, kind, id, k.value);
	/* A change that began in between found no flight to divert: its DEL may still be on the way, and who joined this flight when
	 * that has arrived would be told what was before it. A later one finds the flight. */
	if (!may_ask(c, &k)) {
		if (m->first)
			flight_land(m->flight, NULL, 0);
		c->passed++;
		return NULL;
	}
	void *out = m->first ? ask_until_there(c, a, &k, m, n) : flight_wait(m->flight, a, WAIT_MS, n);
	c->joined += !m->first && out;
	if (m->first && out)
		flight_land(m->flight, out, *n);
	claim->own = m;
	return out;
}

/* --- filling ------------------------------------------------------------------------------------------------------ */

static void put_done(void *arg, const struct reply *r)
{
	struct shared_cache *c = arg;
	if (r && r->kind == REPLY_INT && r->i)
		c->sets++;
	else if (r && r->kind == REPLY_INT)
		c->stale++;
}

static void put(const struct second_cache *door, struct second_claim *claim, int64_t version, const void *p, size_t n)
{
	struct shared_cache *c = door->own;
	struct claim *m = claim->own;
	char ttl[24];
	if (!m)
		return;
	if (m->first)
		flight_land(m->flight, p, n);
	if (!*m->token || n > VALUE_MAX / 2)
		return;
	struct arena *a = arena_new(0);
	struct names k = names_of(c, m->kind, m->id);
	const char *value = shared_value_write(
		a, &c->conf.seal, &(struct shared_what){ m->kind, m->id, m->epoch }, version, time_now(), p, n);
	snprintf(ttl, sizeof ttl, "%lld", (long long)c->conf.ttl_ms);
	const struct redis_part set[] = { part("EVAL"), part(put_script), part("3"), part(c->epoch_key), part(k.value),
		part(k.lease), part(m->token), part(value), part(ttl) };
	(void)hub_post(c->conf.hub, set, 9, put_done, c);
	m->token[0] = 0;
	arena_free(a);
}

/* --- start, stop -------------------------------------------------------------------------------------------------- */

struct shared_cache *shared_cache_new(const struct shared_cache_conf *conf)
{
	struct shared_cache *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->conf = *conf;
	c->owed = 1; /* nobody knows what happened before this start */
	c->flights = flights_new();
	c->door = (struct second_cache){ .own = c, .get = get, .put = put, .drop = drop, .drop_all = drop_all };
	snprintf(c->epoch_key, sizeof c->epoch_key, "%sepoch", conf->prefix);
	hub_watch(conf->hub, &(struct hub_watch){ .arg = c, .changed = changed, .beat = beat });
	return c;
}

void shared_cache_free(struct shared_cache *c)
{
	if (!c)
		return;
	flights_free(c->flights);
	free(c);
}

const struct second_cache *shared_cache_door(struct shared_cache *c)
{
	return &c->door;
}

void shared_cache_stats(struct shared_cache *c, struct shared_cache_stats *out)
{
	*out = (struct shared_cache_stats){ .hits = c->hits,
		.misses = c->misses,
		.passed = c->passed,
		.joined = c->joined,
		.sets = c->sets,
		.stale = c->stale,
		.forged = c->forged,
		.drops = c->drops,
		.epochs = c->epochs };
}
