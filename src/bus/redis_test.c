/* Connections to Redis: addresses, answers, deadlines; and the hub before them. */
#include "bus/redis.h"
#include "base/test.h"
#include "base/time.h"
#include "bus/fixture_test.h"
#include "bus/redis_url.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define P(s) \
	{ \
		s, sizeof(s) - 1 \
	}

TEST(redis_url, is_read_whole)
{
	struct arena *a = arena_new(0);
	struct redis_url u;
	CHECK(redis_url_read(a, "redis://", &u));
	CHECK_TEXT(u.host, "127.0.0.1");
	CHECK_TEXT(u.port, "6379");
	CHECK(!u.tls && !u.user && !u.password && !u.db && !u.path);
	CHECK(redis_url_read(a, "rediss://ann:p%40ss:w@cache.example.org:7000/3", &u));
	CHECK(u.tls);
	CHECK_TEXT(u.user, "ann");
	CHECK_TEXT(u.password, "p@ss:w");
	CHECK_TEXT(u.host, "cache.example.org");
	CHECK_TEXT(u.port, "7000");
	CHECK_INT(u.db, 3);
	CHECK(redis_url_read(a, "redis://:secret@[::1]:1/", &u));
	CHECK(!u.user);
	CHECK_TEXT(u.password, "secret");
	CHECK_TEXT(u.host, "::1");
	CHECK(redis_url_read(a, "unix:///run/redis/s?db=2", &u));
	CHECK_TEXT(u.path, "/run/redis/s");
	CHECK_INT(u.db, 2);
	CHECK(redis_url_read(a, "redis+unix:/run/redis/s", &u));
	arena_free(a);
}

TEST(redis_url, that_is_none_is_refused)
{
	static const char *const bad[] = { "", "http://x", "redis:/x", "redis://x:port", "redis://x:0",
		"redis://x:65536", "redis://x/a", "redis://x/-1", "redis://a%4@x", "redis://a%00@x", "redis://:%zz@x",
		"redis://[::1", "redis://[::1]x", "unix:relative", "unix:/s?db=", "unix:/s?x=1", "redis://x:1:2" };
	struct arena *a = arena_new(0);
	struct redis_url u;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (redis_url_read(a, bad[i], &u))
			test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
	arena_free(a);
}

static struct reply *read_text(struct arena *a, const char *s, bool good)
{
	struct reply *r;
	CHECK(redis_read(a, s, strlen(s), &r) == good);
	return r;
}

TEST(redis_reply, answers_of_every_kind_are_read)
{
	struct arena *a = arena_new(0);
	CHECK_INT(read_text(a, ":42\r\n", true)->i, 42);
	CHECK_TEXT(read_text(a, "$5\r\nhello\r\n", true)->s, "hello");
	CHECK_TEXT(read_text(a, "+OK\r\n", true)->s, "OK");
	CHECK(read_text(a, "-ERR no\r\n", true)->kind == REPLY_ERROR);
	CHECK(read_text(a, "$-1\r\n", true)->kind == REPLY_NIL);
	const struct reply *l = read_text(a, "*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n", true);
	CHECK_INT((int64_t)l->n, 3);
	CHECK_TEXT(l->items[1]->items[0]->s, "x");
	CHECK(l->items[2]->kind == REPLY_NIL);
	CHECK(!read_text(a, "$5\r\nhel", true)); /* more must come */
	arena_free(a);
}

TEST(redis_reply, advisory_lengths_that_lie_take_no_memory)
{
	struct arena *a = arena_new(0);
	read_text(a, "*2147483647\r\n", false);
	read_text(a, "*1073741824\r\n:1\r\n", false);
	read_text(a, "*4097\r\n", false);
	read_text(a, "*-7\r\n", false);
	read_text(a, "hello\r\n", false);
	read_text(a, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", false);
	CHECK(!read_text(a, "$9223372036854775807\r\nx", true)); /* awaited, and bounded by what comes */
	CHECK(arena_used(a) < 100000);
	arena_free(a);
}

static struct redis *dial(const char *url, const char **why)
{
	return redis_open(&(struct redis_target){ .url = url, .ca_file = "", .connect_ms = 2000 }, why);
}

TEST(redis, many_commands_go_in_one_exchange)
{
	const char *why = "";
	struct arena *a = arena_new(0);
	struct redis *r = dial(rig_redis(), &why);
	struct reply *replies[1000];
	CHECK(r);
	for (int i = 0; i < 1000; i++)
		redis_add(r, (const struct redis_part[]){ P("INCR"), P("n") }, 2);
	CHECK(redis_finish(r, a, replies, 1000, 5000, &why));
	CHECK_INT(replies[999]->i, 1000);
	redis_add(r, (const struct redis_part[]){ P("SET"), P("bytes"), P("a\0b\r\n") }, 3);
	redis_add(r, (const struct redis_part[]){ P("GET"), P("bytes") }, 2);
	CHECK(redis_finish(r, a, replies, 2, 5000, &why));
	CHECK_BYTES(replies[1]->s, replies[1]->n, "a\0b\r\n", 5);
	redis_add(r, (const struct redis_part[]){ P("NONSENSE") }, 1);
	CHECK(redis_finish(r, a, replies, 1, 5000, &why) && replies[0]->kind == REPLY_ERROR);
	redis_close(r);
	arena_free(a);
}

TEST(redis, that_is_silent_is_waited_for_no_longer_than_was_said)
{
	const char *why = "";
	struct arena *a = arena_new(0);
	struct redis *r = dial(rig_redis(), &why);
	struct reply *reply;
	rig_redis_signal(SIGSTOP);
	int64_t began = time_monotonic();
	redis_add(r, (const struct redis_part[]){ P("PING") }, 1);
	CHECK(!redis_finish(r, a, &reply, 1, 50, &why));
	int64_t took = time_monotonic() - began;
	CHECK(took >= 45 && took < 500);
	CHECK_TEXT(why, "Redis does not answer in time.");
	redis_close(r);
	rig_redis_signal(SIGCONT);
	arena_free(a);
}

TEST(redis, a_wrong_password_is_told_without_it)
{
	const char *why = "";
	char url[256];
	const char *right = rig_redis();
	CHECK_TEXT(rig_ask("CONFIG SET requirepass other"), "OK");
	CHECK(!dial(right, &why)); /* PING is refused to strangers */
	CHECK(strstr(why, "NOAUTH"));
	snprintf(url, sizeof url, "%s", "redis://ann:terrible-secret@127.0.0.1:1/");
	CHECK(!dial(url, &why));
	CHECK_TEXT(why, "Redis cannot be connected to.");
	CHECK(!strstr(why, "terrible"));
}

/* --- the hub ------------------------------------------------------------------------------------------------------ */

static _Atomic int answered, lost;

static void count(void *arg, const struct reply *r)
{
	(void)arg;
	if (r)
		answered++;
	else
		lost++;
}

TEST(redis_hub, posts_in_order_and_tells_the_outcome)
{
	rig_redis();
	struct hub *h = rig_hub(1000);
	CHECK(!hub_post(h, (const struct redis_part[]){ P("PING") }, 1, count, NULL)); /* it has not begun */
	hub_start(h);
	rig_hub_is(h, true);
	for (int i = 0; i < 500; i++) {
		char n[16];
		snprintf(n, sizeof n, "%d", i);
		CHECK(hub_post(
			h, (const struct redis_part[]){ P("RPUSH"), P("list"), { n, strlen(n) } }, 3, count, NULL));
	}
	RIG_UNTIL(answered == 500);
	CHECK_TEXT(rig_ask("LINDEX list 0"), "0");
	CHECK_TEXT(rig_ask("LINDEX list 499"), "499");
	hub_stop(h);
}

TEST(redis_hub, what_is_posted_before_the_end_is_sent)
{
	rig_redis();
	struct hub *h = rig_hub(1000);
	hub_start(h);
	rig_hub_is(h, true);
	for (int i = 0; i < 900; i++)
		CHECK(hub_post(h, (const struct redis_part[]){ P("INCR"), P("n") }, 2, NULL, NULL));
	hub_stop(h);
	CHECK_TEXT(rig_ask("GET n"), "900");
}

static struct hub *shared;
static _Atomic bool over;

static void *work(void *arg)
{
	(void)arg;
	struct arena *a = arena_new(0);
	struct reply *r;
	while (!over) {
		struct arena_mark m = arena_mark(a);
		(void)hub_ask(shared, a, (const struct redis_part[]){ P("INCR"), P("asked") }, 2, &r);
		(void)hub_post(shared, (const struct redis_part[]){ P("INCR"), P("posted") }, 2, count, NULL);
		arena_reset(a, m);
		if (!hub_ready(shared))
			rig_wait(1); /* who is refused at once leaves the processor to the hub, that it may come back */
	}
	arena_free(a);
	return NULL;
}

TEST(redis_hub, outages_and_threads_do_it_no_harm)
{
	rig_redis();
	pthread_t threads[6];
	shared = rig_hub(20);
	hub_start(shared);
	rig_hub_is(shared, true);
	for (int i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	rig_wait(100);
	rig_redis_signal(SIGSTOP);
	rig_hub_is(shared, false);
	rig_wait(100);
	rig_redis_signal(SIGCONT);
	rig_hub_is(shared, true);
	rig_redis_stop();
	rig_hub_is(shared, false);
	rig_redis_again();
	rig_hub_is(shared, true);
	rig_wait(50);
	over = true;
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	struct hub_stats s;
	hub_stats(shared, &s);
	CHECK(s.connects >= 3 && s.dropped > 0 && s.asked > 0);
	CHECK(answered > 0 && lost > 0);
	hub_stop(shared);
}

TEST(redis_hub, nobody_waits_for_one_that_is_away)
{
	rig_redis();
	struct hub *h = rig_hub(20);
	struct arena *a = arena_new(0);
	struct reply *r;
	hub_start(h);
	rig_hub_is(h, true);
	rig_redis_signal(SIGSTOP);
	rig_hub_is(h, false);
	int64_t began = time_monotonic();
	for (int i = 0; i < 1000; i++)
		CHECK(!hub_ask(h, a, (const struct redis_part[]){ P("PING") }, 1, &r));
	CHECK(time_monotonic() - began < 100);
	rig_redis_signal(SIGCONT);
	hub_stop(h);
	arena_free(a);
}
