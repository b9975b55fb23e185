/* What nodes share through a real Redis: the second cache, rates, the bus, presence. Each "node" is a hub of its own. */
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "bus/bus.h"
#include "bus/fixture_test.h"
#include "bus/presence.h"
#include "bus/shared_cache.h"
#include "bus/shared_flight.h"
#include "bus/shared_rate.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Sealing is crypto's, which this layer does not know: here the place stands before the bytes in hex, and no more. */
static char *seal(struct arena *a, const char *about, const void *p, size_t n)
{
	return arena_printf(a, "%s.%s", hex_encode(a, about, strlen(about)), hex_encode(a, p, n));
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static uint8_t *open_(struct arena *a, const char *about, const char *sealed, size_t *n)
{
	const char *dot = strchr(sealed, '.'), *want = hex_encode(a, about, strlen(about));
	if (!dot || strlen(want) != (size_t)(dot - sealed) || memcmp(want, sealed, strlen(want)) != 0)
		return NULL;
	*n = strlen(++dot) / 2;
	uint8_t *out = arena_alloc(a, *n + 1);
	for (size_t i = 0; i < *n; i++)
		out[i] = (uint8_t)(digit(dot[2 * i]) << 4 | digit(dot[2 * i + 1]));
	return out;
}

static const struct shared_seal seals = { seal, open_ };

struct node {
	struct hub *hub;
	struct shared_cache *cache;
	const struct second_cache *second;
};

static struct node node_start(int64_t timeout_ms)
{
	struct node n = { .hub = rig_hub(timeout_ms) };
	n.cache = shared_cache_new(
		&(struct shared_cache_conf){ .hub = n.hub, .prefix = "t:", .ttl_ms = 60000, .seal = seals });
	n.second = shared_cache_door(n.cache);
	hub_start(n.hub);
	rig_hub_is(n.hub, true);
	return n;
}

static void node_stop(struct node *n)
{
	hub_stop(n->hub);
	shared_cache_free(n->cache);
}

static struct shared_cache_stats stats(const struct node *n)
{
	struct shared_cache_stats s;
	shared_cache_stats(n->cache, &s);
	return s;
}

/* What the node says of the key; fills it with `truth` when it says nothing. */
static const char *read_it(const struct node *n, struct arena *a, const char *id, const char *truth, int64_t version)
{
	struct second_claim claim;
	size_t size = 0;
	char *p = n->second->get(n->second, a, "k", id, &size, &claim);
	if (p)
		return arena_memdup0(a, p, size);
	if (truth)
		n->second->put(n->second, &claim, version, truth, strlen(truth));
	return NULL;
}

/* Fills, until it is there. In an arena of its own: a claim that is not used ends with it. */
static void fill(const struct node *n, const char *id, const char *truth, int64_t version)
{
	bool there = false;
	for (int i = 0; i < 500 && !there; i++) {
		struct arena *a = arena_new(0);
		const char *was = read_it(n, a, id, truth, version);
		there = was != NULL;
		if (there)
			CHECK_TEXT(was, truth);
		arena_free(a);
		rig_wait(4);
	}
	CHECK(there);
}

static bool says(const struct node *n, const char *id, const char *want)
{
	struct arena *a = arena_new(0);
	const char *got = read_it(n, a, id, NULL, 0);
	bool same = want ? got && strcmp(got, want) == 0 : !got;
	arena_free(a);
	return same;
}

TEST(shared_cache, what_one_node_fills_the_other_reads)
{
	rig_redis();
	struct node a = node_start(1000), b = node_start(1000);
	RIG_UNTIL(stats(&b).epochs >= 1);
	fill(&a, "x", "one", 5);
	CHECK(says(&b, "x", "one"));
	CHECK(says(&a, "x", "one"));
	CHECK(says(&a, "y", NULL));
	a.second->drop(a.second, "k", "x");
	CHECK(says(&a, "x", NULL)); /* at once, although Redis may not know yet */
	RIG_UNTIL(says(&b, "x", NULL));
	node_stop(&a);
	node_stop(&b);
}

TEST(shared_cache, who_read_before_a_change_cannot_put_after_it)
{
	rig_redis();
	struct node a = node_start(1000), b = node_start(1000);
	struct arena *mem = arena_new(0);
	struct second_claim claim;
	size_t n;
	fill(&a, "warm", "x", 1); /* both are past their epochs */
	CHECK(!b.second->get(b.second, mem, "k", "x", &n, &claim));
	CHECK(claim.own);
	a.second->drop(a.second, "k", "x"); /* the other node changed it while this one was reading */
	RIG_UNTIL(strcmp(rig_ask("EXISTS t:lease:k:x"), "0") == 0);
	b.second->put(b.second, &claim, 9, "old", 3);
	RIG_UNTIL(stats(&b).stale == 1);
	CHECK(says(&a, "x", NULL));
	arena_free(mem);
	node_stop(&a);
	node_stop(&b);
}

TEST(shared_cache, a_lower_version_does_not_replace_a_higher_one)
{
	rig_redis();
	struct node a = node_start(1000);
	struct arena *mem = arena_new(0);
	struct second_claim claim;
	size_t n;
	fill(&a, "warm", "x", 1); /* there is a connection, and the epoch has begun */
	CHECK(!a.second->get(a.second, mem, "k", "x", &n, &claim));
	/* Its lease is good, but a newer value has come in another way. */
	const char *epoch = rig_ask("GET t:epoch");
	char *newer =
		shared_value_write(mem, &seals, &(struct shared_what){ "k", "x", epoch }, 7, time_now(), "newer", 5);
	rig_ask(arena_printf(mem, "SET t:k:x %s", newer));
	a.second->put(a.second, &claim, 6, "older", 5);
	RIG_UNTIL(stats(&a).stale == 1);
	CHECK(says(&a, "x", "newer"));
	arena_free(mem);
	node_stop(&a);
}

TEST(shared_cache, advisory_values_that_were_planted_are_not_believed)
{
	rig_redis();
	struct node a = node_start(1000);
	struct arena *mem = arena_new(0);
	fill(&a, "x", "mine", 5);
	const char *good = rig_ask("GET t:k:x"), *epoch = rig_ask("GET t:epoch");
	rig_ask(arena_printf(mem, "SET t:k:other %s", good)); /* another's */
	CHECK(says(&a, "other", NULL));
	char *later = arena_strdup(mem, good);
	later[EPOCH_TEXT] = 'f'; /* another version */
	rig_ask(arena_printf(mem, "SET t:k:x %s", later));
	CHECK(says(&a, "x", NULL));
	rig_ask(arena_printf(mem, "SET t:k:x %s0000000000000001forged", epoch));
	RIG_UNTIL(stats(&a).forged >= 2 && says(&a, "x", NULL));
	const struct shared_what what = { "k", "x", epoch };
	rig_ask(arena_printf(mem, "SET t:k:x %s",
		shared_value_write(mem, &seals, &what, 5, time_now() - 60000 - 61000, "ancient", 7)));
	CHECK(says(&a, "x", NULL));
	RIG_UNTIL(strcmp(rig_ask("EXISTS t:k:x"), "0") == 0); /* what was not made here is taken out */
	node_stop(&a);
	arena_free(mem);
}

TEST(shared_cache, a_change_that_could_not_be_told_ends_the_epoch)
{
	rig_redis();
	struct node a = node_start(20), b = node_start(20);
	fill(&a, "x", "one", 5);
	CHECK(says(&b, "x", "one"));
	rig_redis_signal(SIGSTOP);
	rig_hub_is(a.hub, false);
	rig_hub_is(b.hub, false);
	a.second->drop(a.second, "k", "x");
	CHECK(says(&a, "x", NULL) && says(&b, "x", NULL)); /* asked of nobody */
	rig_redis_signal(SIGCONT);
	rig_hub_is(a.hub, true);
	rig_hub_is(b.hub, true);
	CHECK(strcmp(rig_ask("EXISTS t:k:x"), "1") == 0); /* it is still there, of another epoch */
	for (int i = 0; i < 20; i++) {
		CHECK(!says(&a, "x", "one") && !says(&b, "x", "one"));
		rig_wait(5);
	}
	node_stop(&a);
	node_stop(&b);
}

static int64_t ask_by_turns(const struct node *a, const struct node *b)
{
	int64_t began = time_monotonic();
	for (int i = 0; i < 50; i++) {
		CHECK(says(i % 2 ? a : b, "nobody", NULL));
		rig_wait(2); /* the lease goes back */
	}
	return time_monotonic() - began;
}

TEST(shared_cache, who_has_nothing_to_put_does_not_hold_up_the_next_one)
{
	rig_redis();
	struct node a = node_start(1000), b = node_start(1000);
	fill(&a, "warm", "x", 1);
	RIG_UNTIL(says(&b, "warm", "x"));
	int tries = 0;
	while (ask_by_turns(&a, &b) >= 1000) /* waiting for each other would take 1,500 ms each time */
		CHECK(++tries < 5);
	fill(&a, "nobody", "somebody", 1);
	node_stop(&a);
	node_stop(&b);
}

TEST(shared_cache, all_may_be_dropped_at_once)
{
	rig_redis();
	struct node a = node_start(1000), b = node_start(1000);
	fill(&a, "x", "one", 5);
	CHECK(says(&b, "x", "one"));
	a.second->drop_all(a.second);
	CHECK(says(&a, "x", NULL));
	RIG_UNTIL(says(&b, "x", NULL));
	node_stop(&a);
	node_stop(&b);
}

/* --- many who want the same --------------------------------------------------------------------------------------- */

static struct node crowd[2];
static const char *hot; /* what they want */
static _Atomic int truths, wrong;

static void *want(void *arg)
{
	const struct node *n = arg;
	struct arena *a = arena_new(0);
	struct second_claim claim;
	size_t size;
	const char *p = n->second->get(n->second, a, "k", hot, &size, &claim);
	if (!p) {
		truths++;
		rig_wait(10); /* the database takes a while */
		n->second->put(n->second, &claim, 1, hot, strlen(hot));
	} else if (size != strlen(hot) || memcmp(p, hot, size) != 0)
		wrong++;
	arena_free(a);
	return NULL;
}

/* How many of sixty-four read the truth when all want it at once. */
static int crowd_wants(const char *id)
{
	pthread_t threads[64];
	hot = id;
	truths = 0;
	for (int i = 0; i < 64; i++)
		pthread_create(&threads[i], NULL, want, &crowd[i % 2]);
	for (int i = 0; i < 64; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(wrong, 0);
	return truths;
}

TEST(shared_cache, of_sixty_four_on_two_nodes_one_reads_the_truth)
{
	rig_redis();
	for (int i = 0; i < 2; i++)
		crowd[i] = node_start(1000);
	fill(&crowd[0], "warm", "x", 1);
	RIG_UNTIL(says(&crowd[1], "warm", "x"));
	/* One a node found no connection at first, perhaps: those are made when they are wanted. */
	static const char *const all[] = { "hot0", "hot1", "hot2", "hot3", "hot4" };
	size_t tries = 0;
	while (crowd_wants(all[tries]) > 4 && ++tries < sizeof all / sizeof *all)
		continue; /* a busy machine may keep the one who reads it from telling in time */
	CHECK(tries < sizeof all / sizeof *all);
	node_stop(&crowd[0]);
	node_stop(&crowd[1]);
}

static _Atomic bool over;
static _Atomic int64_t truth; /* what the database would say */
static _Atomic int64_t answered; /* of which its writer knows that it is so */

/* Changes it as a node does: the truth first, then all caches are told. */
static void *change(void *arg)
{
	const struct node *n = arg;
	while (!over) {
		truth++;
		n->second->drop(n->second, "k", "hot");
		answered = truth;
		rig_wait(1);
	}
	return NULL;
}

static void *check(void *arg)
{
	const struct node *n = arg;
	while (!over) {
		struct arena *a = arena_new(0);
		struct second_claim claim;
		size_t size;
		int64_t before = answered, value;
		const void *p = n->second->get(n->second, a, "k", "hot", &size, &claim);
		if (p) {
			memcpy(&value, p, sizeof value);
			wrong += value < before;
		} else {
			value = truth;
			n->second->put(n->second, &claim, 1, &value, sizeof value);
		}
		arena_free(a);
	}
	return NULL;
}

TEST(shared_cache, a_node_never_reads_what_it_changed_itself_from_before_the_change)
{
	rig_redis();
	struct node n = node_start(1000);
	pthread_t threads[5];
	RIG_UNTIL(says(&n, "cold", NULL) && stats(&n).misses > 0);
	pthread_create(&threads[0], NULL, change, &n);
	for (int i = 1; i < 5; i++)
		pthread_create(&threads[i], NULL, check, &n);
	rig_wait(500);
	RIG_UNTIL(truth > 50);
	over = true;
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(wrong, 0);
	node_stop(&n);
}

/* --- rates -------------------------------------------------------------------------------------------------------- */

static struct rate_table *tables[2];

static void owed_a(unsigned table, uint64_t key, uint64_t ns)
{
	CHECK_INT(table, 3);
	rate_raise(tables[0], key, ns, time_nanos());
}

static void owed_b(unsigned table, uint64_t key, uint64_t ns)
{
	CHECK_INT(table, 3);
	rate_raise(tables[1], key, ns, time_nanos());
}

/* How many of n requests, by turns on two nodes, are let through. */
static int let_through(struct shared_rate *const rates[2], uint64_t key, int n, int64_t pause_ms)
{
	static const struct rate_rule rule = { .per_minute = 10, .burst = 10 };
	int taken = 0;
	for (int i = 0; i < n; i++) {
		struct rate_state s;
		if (rate_take(tables[i % 2], key, &rule, time_nanos(), &s)) {
			const struct rate_share *door = shared_rate_door(rates[i % 2]);
			door->taken(door, 3, key, &rule);
			taken++;
		}
		rig_wait(pause_ms);
	}
	return taken;
}

TEST(shared_rate, holds_over_two_nodes_and_each_by_itself_when_redis_is_away)
{
	rig_redis();
	struct hub *hubs[2] = { rig_hub(20), rig_hub(20) };
	struct shared_rate *rates[2];
	for (int i = 0; i < 2; i++) {
		tables[i] = rate_new(1000);
		rates[i] = shared_rate_new(
			&(struct shared_rate_conf){ .hub = hubs[i], .prefix = "t:", .owed = i ? owed_b : owed_a });
		hub_start(hubs[i]);
		rig_hub_is(hubs[i], true);
	}
	/* What is in flight comes on top: some ms, on a busy machine more, and then it is tried again. */
	int taken = let_through(rates, 99, 40, 10);
	for (uint64_t key = 100; taken > 15 && key < 104; key++)
		taken = let_through(rates, key, 40, 10);
	CHECK(taken >= 10 && taken <= 15);
	CHECK(strstr(rig_ask("KEYS *"), "t:rate:3:0000000000000063"));
	rig_redis_stop();
	rig_hub_is(hubs[0], false);
	rig_hub_is(hubs[1], false);
	taken = let_through(rates, 200, 60, 0);
	CHECK(taken >= 20 && taken <= 22);
	for (int i = 0; i < 2; i++) {
		hub_stop(hubs[i]);
		shared_rate_free(rates[i]);
		rate_free(tables[i]);
	}
}

/* --- the bus ------------------------------------------------------------------------------------------------------ */

static _Atomic int heard, resets;
static char last[32];
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

static void hear(void *arg, const char *channel, const void *p, size_t n)
{
	CHECK(arg == &heard && strcmp(channel, "news") == 0 && n < sizeof last);
	if (!p) {
		resets++;
		return;
	}
	pthread_mutex_lock(&last_lock);
	memcpy(last, p, n);
	last[n] = 0;
	pthread_mutex_unlock(&last_lock);
	heard++;
}

static bool heard_last(const char *text)
{
	pthread_mutex_lock(&last_lock);
	bool same = strcmp(last, text) == 0;
	pthread_mutex_unlock(&last_lock);
	return same;
}

TEST(bus_memory, brings_messages_in_order)
{
	struct bus *b = bus_memory_new();
	bus_subscribe(b, "news", hear, &heard);
	for (int i = 0; i < 1000; i++)
		CHECK(bus_publish(b, i % 2 ? "news" : "other", i == 999 ? "end" : "x", i == 999 ? 3 : 1));
	RIG_UNTIL(heard == 500);
	CHECK(heard_last("end") && bus_connected(b));
	bus_free(b);
}

/* --- channels that begin alike ---------------------------------------------------------------------------------------- */

/* What came, as "channel=bytes;", "channel!" for what may be lost. */
static char came[512];
static pthread_mutex_t came_lock = PTHREAD_MUTEX_INITIALIZER;

static void note(void *arg, const char *channel, const void *p, size_t n)
{
	const char *who = arg;
	pthread_mutex_lock(&came_lock);
	size_t used = strlen(came);
	if (p)
		snprintf(came + used, sizeof came - used, "%s:%s=%.*s;", who, channel, (int)n, (const char *)p);
	else
		snprintf(came + used, sizeof came - used, "%s:%s!", who, channel);
	pthread_mutex_unlock(&came_lock);
}

static bool came_is(const char *text)
{
	pthread_mutex_lock(&came_lock);
	bool same = strcmp(came, text) == 0;
	pthread_mutex_unlock(&came_lock);
	return same;
}

static bool came_has(const char *text)
{
	pthread_mutex_lock(&came_lock);
	bool has = strstr(came, text);
	pthread_mutex_unlock(&came_lock);
	return has;
}

static void came_nothing(void)
{
	pthread_mutex_lock(&came_lock);
	came[0] = 0;
	pthread_mutex_unlock(&came_lock);
}

static void say(struct bus *b, const char *channel)
{
	CHECK(bus_publish(b, channel, "m", 1));
}

/* The contract of both drivers. What is a pattern elsewhere is none here. */
static void check_beginnings(struct bus *says, struct bus *hears, bool tells_loss)
{
	static const struct {
		const char *subscribe, *loss, *hears;
	} rows[] = {
		{ "o[a-z]?\\*^x#*", "b:o[a-z]?\\*^x#*!", "b:o[a-z]?\\*^x#=m;b:o[a-z]?\\*^x#room#=m;" },
		{ "s#/#*", "b:s#/#*!", "b:s#/#=m;b:s#/#room#=m;b:s#/#*=m;" },
	};
	static const char *const said[] = { "o[a-z]?\\*^x#", "o[a-z]?\\*^x#room#", "ob?\\*^x#", "o[a-z]y\\*^x#",
		"o[a-z]?\\yy^x#", "o[a-z]?*^x#", "s#/#", "s#/#room#", "s#/#*", "s#/", "x", "S#/#" };
	for (size_t i = 0; i < 2; i++) {
		came_nothing();
		bus_subscribe(hears, rows[i].subscribe, note, (void *)(uintptr_t) "b");
		if (tells_loss)
			RIG_UNTIL(came_is(rows[i].loss));
		came_nothing();
		for (size_t k = 0; k < sizeof said / sizeof *said; k++)
			if (i == 0 ? said[k][0] != 's' : said[k][0] != 'o')
				say(says, said[k]);
		RIG_UNTIL(came_is(rows[i].hears));
	}
	/* One that subscribed to a beginning and to a channel of it hears it twice, others once. */
	came_nothing();
	bus_subscribe(hears, "s#/#", note, (void *)(uintptr_t) "e");
	if (tells_loss)
		RIG_UNTIL(came_is("e:s#/#!"));
	came_nothing();
	say(says, "s#/#room#");
	say(says, "s#/#");
	RIG_UNTIL(came_is("b:s#/#room#=m;b:s#/#=m;e:s#/#=m;") || came_is("b:s#/#room#=m;e:s#/#=m;b:s#/#=m;"));
}

TEST(bus_memory, a_star_at_the_end_is_every_channel_that_begins_so)
{
	struct bus *b = bus_memory_new();
	check_beginnings(b, b, false);
	bus_free(b);
}

TEST(bus_redis, a_star_at_the_end_is_every_channel_that_begins_so)
{
	/* The prefix is no pattern either. */
	const char *url = rig_redis();
	struct hub *hub = rig_hub(20);
	hub_start(hub);
	struct bus *b = bus_redis_new(&(struct bus_redis_conf){ hub, url, "", "t*[:" });
	check_beginnings(b, b, true);
	rig_ask("PUBLISH txx[:s#/#a m"); /* another prefix, which "t*[:" would be as a pattern */
	rig_ask("PUBLISH t*[:s#/#last m");
	RIG_UNTIL(came_has("b:s#/#last=m;"));
	CHECK(!came_has("#a="));
	came_nothing();
	rig_ask("CLIENT KILL TYPE pubsub");
	/* Each is told that something may be lost, and hears again. */
	RIG_UNTIL(came_has("b:o[a-z]?\\*^x#*!") && came_has("b:s#/#*!") && came_has("e:s#/#!"));
	came_nothing();
	say(b, "s#/#again");
	RIG_UNTIL(came_is("b:s#/#again=m;"));
	bus_free(b);
	hub_stop(hub);
}

TEST(bus_redis, a_silent_line_is_kept)
{
	const char *url = rig_redis();
	struct hub *hub = rig_hub(20);
	hub_start(hub);
	struct bus *b = bus_redis_new(&(struct bus_redis_conf){ hub, url, "", "t:" });
	int before = resets;
	bus_subscribe(b, "news", hear, &heard);
	RIG_UNTIL(resets == before + 1);
	rig_wait(3000); /* longer than until the other side is asked whether it is there */
	CHECK(bus_connected(b));
	CHECK_INT(resets, before + 1);
	bus_free(b);
	hub_stop(hub);
}

TEST(bus_redis, brings_messages_of_other_nodes_and_comes_back_by_itself)
{
	const char *url = rig_redis();
	struct hub *hubs[2] = { rig_hub(20), rig_hub(20) };
	struct bus *buses[2];
	for (int i = 0; i < 2; i++) {
		hub_start(hubs[i]);
		buses[i] = bus_redis_new(&(struct bus_redis_conf){ hubs[i], url, "", "t:" });
	}
	bus_subscribe(buses[1], "news", hear, &heard);
	RIG_UNTIL(resets == 1 && bus_connected(buses[1]));
	CHECK(bus_publish(buses[0], "news", "hello", 5));
	RIG_UNTIL(heard == 1 && heard_last("hello"));
	CHECK(bus_publish(buses[0], "other", "x", 1));
	rig_ask("CLIENT KILL TYPE pubsub");
	RIG_UNTIL(resets == 2); /* it was told that something may be lost */
	CHECK(bus_publish(buses[0], "news", "again", 5));
	RIG_UNTIL(heard == 2 && heard_last("again"));
	for (int i = 0; i < 2; i++) {
		bus_free(buses[i]);
		hub_stop(hubs[i]);
	}
}

/* --- presence ----------------------------------------------------------------------------------------------------- */

static bool is_online(struct presence *p, const char *user)
{
	struct arena *a = arena_new(0);
	const char *who[] = { "nobody", user };
	struct presence_state s[2];
	presence_online(p, a, who, 2, s);
	CHECK(!s[0].online);
	bool good = s[1].online;
	CHECK(good == (s[1].seen_at > 0) &&
		(!good || (s[1].seen_at <= time_now() && s[1].seen_at > time_now() - 60000)));
	arena_free(a);
	return good;
}

TEST(presence_memory, ends_with_the_last_device_or_by_itself)
{
	struct presence *p = presence_memory_new(1000, 3);
	CHECK(!is_online(p, "ann"));
	presence_seen(p, "ann", "phone");
	presence_seen(p, "ann", "desk");
	CHECK(is_online(p, "ann"));
	presence_left(p, "ann", "phone");
	CHECK(is_online(p, "ann"));
	presence_left(p, "ann", "desk");
	CHECK(!is_online(p, "ann"));
	for (int i = 0; i < 3; i++)
		presence_seen(p, "bob", (const char *[]){ "a", "b", "c" }[i]);
	presence_seen(p, "eve", "one too many");
	CHECK(is_online(p, "bob") && !is_online(p, "eve"));
	RIG_UNTIL(!is_online(p, "bob"));
	presence_free(p);
}

TEST(presence_redis, who_left_here_is_not_found_here_by_what_is_still_on_its_way)
{
	rig_redis();
	struct hub *hub = rig_hub(100);
	struct presence *p = presence_redis_new(&(struct presence_redis_conf){ hub, "t:", "node-a", 800, 100 });
	hub_start(hub);
	rig_hub_is(hub, true);
	int found = 0;
	for (int i = 0; i < 200; i++) {
		presence_seen(p, "ann", "phone");
		presence_left(p, "ann", "phone");
		found += is_online(p, "ann");
	}
	CHECK_INT(found, 0);
	hub_stop(hub);
	presence_free(p);
	rig_redis_stop();
}

TEST(presence_redis, is_seen_by_all_nodes_and_ends_when_one_dies)
{
	rig_redis();
	struct hub *hubs[2] = { rig_hub(100), rig_hub(100) };
	struct presence *all[2];
	for (int i = 0; i < 2; i++) {
		all[i] = presence_redis_new(
			&(struct presence_redis_conf){ hubs[i], "t:", i ? "node-b" : "node-a", 800, 100 });
		hub_start(hubs[i]);
		rig_hub_is(hubs[i], true);
	}
	presence_seen(all[0], "ann", "phone");
	RIG_UNTIL(is_online(all[1], "ann"));
	presence_seen(all[1], "ann", "phone"); /* the same device on another node */
	presence_left(all[0], "ann", "phone");
	rig_wait(50);
	CHECK(is_online(all[0], "ann"));
	presence_left(all[1], "ann", "phone");
	RIG_UNTIL(!is_online(all[0], "ann"));
	presence_seen(all[0], "bob", "desk"); /* and then its node says nothing more */
	RIG_UNTIL(is_online(all[1], "bob"));
	RIG_UNTIL(!is_online(all[1], "bob"));
	RIG_UNTIL(strcmp(rig_ask("DBSIZE"), "0") == 0);
	rig_redis_stop();
	presence_seen(all[0], "eve", "desk");
	CHECK(is_online(all[0], "eve") && !is_online(all[1], "eve")); /* each knows its own */
	for (int i = 0; i < 2; i++) {
		hub_stop(hubs[i]);
		presence_free(all[i]);
	}
}
