/* Who is here: a person is while one of his sockets is, on any node, and some seconds longer, so that a page that is loaded
 * anew is no good-bye. What changes is told on the sockets' own thread. */
#include "api/socket_bus.h"
#include "api/socket_news.h"
#include "api/socket_part.h"
#include "base/str.h"
#include "base/time.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 256, AGAIN_MS = SOCKET_PRESENCE_MS / 3, GONE_MS = 1000 };

/* Kept as long as what he missed is. */
struct person {
	struct person *same_hash, *next_due, *next_gone;
	int64_t gone_at; /* monotonic: since when he has no device */
	int64_t seen_at; /* monotonic: when the other nodes were told last that he is here */
	unsigned devices;
	bool due; /* in the list of those to be looked at at once */
	bool gone; /* in the list of those who have no device, or had none when it was looked through last */
	bool away; /* he says so himself */
	bool online; /* as his followers were told */
	char *username;
	char id[];
};

static struct {
	pthread_mutex_t lock;
	struct person **buckets;
	size_t n_buckets, n;
	struct person *due, *gone;
} here = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- the table: under the lock ------------------------------------------------------------------------------------ */

static struct person **place(const char *id)
{
	struct person **at = &here.buckets[str_hash(id, strlen(id)) & (here.n_buckets - 1)];
	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->same_hash;
	return at;
}

static void grow(void)
{
	struct person **old = here.buckets;
	const size_t n = here.n_buckets;
	here.n_buckets = n ? 2 * n : BUCKETS_FIRST;
	here.buckets = calloc(here.n_buckets, sizeof(struct person *));
	if (!here.buckets)
		abort();
	for (size_t i = 0; i < n; i++)
		for (struct person *p = old[i], *next; p; p = next) {
			next = p->same_hash;
			struct person **at = place(p->id);
			p->same_hash = *at;
			*at = p;
		}
	free(old);
}

static void person_free(struct person *p)
{
	free(p->username);
	free(p);
}

static struct person *find(const char *id)
{
	return here.n_buckets ? *place(id) : NULL;
}

static struct person *find_or_make(const struct visitor *v)
{
	if (here.n >= here.n_buckets)
		grow();
	struct person **at = place(v->user_id), *p = *at;
	if (p)
		return p;
	const size_t n = strlen(v->user_id) + 1;
	p = *at = calloc(1, sizeof *p + n);
	if (!p)
		abort();
	memcpy(p->id, v->user_id, n);
	here.n++;
	return p;
}

static void look_at(struct person *p)
{
	if (p->due)
		return;
	p->due = true;
	p->next_due = here.due;
	here.due = p;
}

static void wait_for(struct person *p)
{
	if (p->gone)
		return;
	p->gone = true;
	p->next_gone = here.gone;
	here.gone = p;
}

/* --- what is told of him ------------------------------------------------------------------------------------------ */

void presence_came(const struct visitor *v)
{
	pthread_mutex_lock(&here.lock);
	struct person *p = find_or_make(v);
	free(p->username);
	p->username = str_copy(v->username); /* it may be another than when he was here last */
	p->devices++;
	p->away = false;
	look_at(p);
	pthread_mutex_unlock(&here.lock);
	sockets_wake();
}

void presence_went(const struct visitor *v)
{
	pthread_mutex_lock(&here.lock);
	struct person *p = find(v->user_id);
	if (p && p->devices && --p->devices == 0) {
		p->gone_at = time_monotonic();
		look_at(p);
	}
	pthread_mutex_unlock(&here.lock);
}

void presence_says(const struct visitor *v, bool online)
{
	pthread_mutex_lock(&here.lock);
	struct person *p = find(v->user_id);
	if (p) {
		p->away = !online;
		look_at(p);
	}
	pthread_mutex_unlock(&here.lock);
	sockets_wake();
}

bool presence_knows(const char *user_id)
{
	pthread_mutex_lock(&here.lock);
	bool known = find(user_id);
	pthread_mutex_unlock(&here.lock);
	return known;
}

bool presence_any(void)
{
	pthread_mutex_lock(&here.lock);
	bool any = here.n;
	pthread_mutex_unlock(&here.lock);
	return any;
}

const char **presence_all(struct arena *a, size_t *n)
{
	pthread_mutex_lock(&here.lock);
	const char **ids = arena_array_of(a, const char *, here.n);
	*n = 0;
	for (size_t i = 0; i < here.n_buckets; i++)
		for (const struct person *p = here.buckets[i]; p; p = p->same_hash)
			ids[(*n)++] = arena_strdup(a, p->id);
	pthread_mutex_unlock(&here.lock);
	return ids;
}

/* --- the sockets' thread ------------------------------------------------------------------------------------------ */

static bool is_here(const struct person *p, int64_t now, int64_t grace)
{
	return !p->away && (p->devices || p->gone_at + grace > now);
}

/* What is to be done about one, outside of the lock. */
struct change {
	struct change *next;
	bool tell, online; /* tell: he was not so before */
	const char *username, *id;
};

static void note(struct change **list, struct arena *a, const struct person *p, bool tell, bool online)
{
	struct change *c = arena_new_of(a, struct change);
	*c = (struct change){ .next = *list,
		.tell = tell,
		.online = online,
		.username = arena_strdup(a, p->username),
		.id = arena_strdup(a, p->id) };
	*list = c;
}

static void forget(struct person *p)
{
	*place(p->id) = p->same_hash;
	here.n--;
	person_free(p);
}

static void judge(struct change **list, struct arena *a, struct person *p, int64_t now, int64_t grace)
{
	const bool is = is_here(p, now, grace);
	if (is == p->online)
		return;
	p->online = is;
	p->seen_at = now;
	note(list, a, p, true, is);
}

/* Those whose state may have changed. */
static void sift(struct change **list, struct arena *a, int64_t now, int64_t grace)
{
	struct person *p = here.due, *next;
	here.due = NULL;
	for (; p; p = next) {
		next = p->next_due;
		p->due = false;
		judge(list, a, p, now, grace);
		if (!p->devices)
			wait_for(p);
	}
}

/* Who is gone stays in the list until nobody will ask for him. They may be as many as came in that time: so they are looked at
 * by the clock, and not whenever one comes. */
static void sift_gone(struct change **list, struct arena *a, int64_t now, int64_t grace, int64_t keep)
{
	struct person *p = here.gone, *next;
	here.gone = NULL;
	for (; p; p = next) {
		next = p->next_gone;
		p->gone = false;
		if (p->devices)
			continue;
		judge(list, a, p, now, grace);
		if (p->online || p->gone_at + keep > now)
			wait_for(p);
		else
			forget(p);
	}
}

/* Who stays is told to the other nodes again and again: so he is gone by himself when this one dies. */
static void refresh(struct change **list, struct arena *a, int64_t now)
{
	for (size_t i = 0; i < here.n_buckets; i++)
		for (struct person *p = here.buckets[i]; p; p = p->same_hash)
			if (p->online && p->seen_at + AGAIN_MS <= now) {
				p->seen_at = now;
				note(list, a, p, false, true);
			}
}

/* Whether he is here by what other nodes say; without a presence that is shared, by nothing. */
static bool elsewhere(struct arena *a, const char *id)
{
	struct presence_state s = { 0 };
	presence_online(sockets.presence, a, &id, 1, &s);
	return s.online;
}

static void tell(const char *id, const char *username, const char *status)
{
	news_status(id, username, status);
	socket_bus_status(id, username, status);
}

static void carry_out(struct arena *a, const struct change *c)
{
	static const char device[] = "here"; /* of this node: which of his own he has does not matter to others */
	bool was = c->online && c->tell && elsewhere(a, c->id);
	if (c->online)
		presence_seen(sockets.presence, c->id, device);
	else
		presence_left(sockets.presence, c->id, device);
	if (c->tell && !was && (c->online || !elsewhere(a, c->id)))
		tell(c->id, c->username, c->online ? "online" : "offline");
}

void presence_tick(void)
{
	const struct realtime_conf *conf = sockets_conf();
	const int64_t now = time_monotonic(), keep = conf->recall > conf->grace ? conf->recall : conf->grace;
	static int64_t refreshed_at, gone_at;
	struct change *list = NULL;
	struct arena *a = arena_new(0);
	pthread_mutex_lock(&here.lock);
	sift(&list, a, now, conf->grace);
	if (now - gone_at >= GONE_MS) { /* after the others: none of these is in the list of those */
		gone_at = now;
		sift_gone(&list, a, now, conf->grace, keep);
	}
	if (now - refreshed_at >= AGAIN_MS / 4) {
		refreshed_at = now;
		refresh(&list, a, now);
	}
	pthread_mutex_unlock(&here.lock);
	for (const struct change *c = list; c; c = c->next)
		carry_out(a, c);
	arena_free(a);
}

void presence_end(void)
{
	pthread_mutex_lock(&here.lock);
	for (size_t i = 0; i < here.n_buckets; i++)
		for (struct person *p = here.buckets[i], *next; p; p = next) {
			next = p->same_hash;
			if (p->online)
				presence_left(sockets.presence, p->id, "here");
			person_free(p);
		}
	free(here.buckets);
	here.buckets = NULL;
	here.due = here.gone = NULL;
	here.n = here.n_buckets = 0;
	pthread_mutex_unlock(&here.lock);
}
