#include "base/breaker.h"
#include "base/test.h"

#include <pthread.h>

static struct breaker *make(void)
{
	return breaker_new(
		&(struct breaker_conf){ .name = "test", .failures = 5, .open_ms = 60000, .longest_ms = 240000 });
}

static struct breaker_stats now_at(struct breaker *b, int64_t now)
{
	struct breaker_stats s;
	breaker_stats(b, now, &s);
	return s;
}

static void fail_times(struct breaker *b, int n, int64_t now)
{
	for (int i = 0; i < n; i++)
		breaker_failed(b, now, "refused");
}

TEST(breaker, opens_after_so_many_failures_in_a_row_and_not_before)
{
	struct breaker *b = make();
	fail_times(b, 4, 1000);
	CHECK(breaker_ask(b, 1000));
	breaker_well(b); /* begins to count anew */
	fail_times(b, 4, 1000);
	CHECK(breaker_ask(b, 1000));
	fail_times(b, 1, 1000);
	CHECK(!breaker_ask(b, 1001));
	CHECK_INT(now_at(b, 1001).state, BREAKER_OPEN);
	CHECK_INT(now_at(b, 1001).opened, 1);
	CHECK_INT(now_at(b, 1001).refused, 1);
	breaker_free(b);
}

TEST(breaker, lets_one_probe_through_and_closes_when_it_succeeds)
{
	struct breaker *b = make();
	fail_times(b, 5, 0);
	int64_t at = now_at(b, 0).wait;
	CHECK(at >= 45000 && at <= 75000);
	CHECK(!breaker_ask(b, at - 1));
	CHECK(breaker_ask(b, at));
	CHECK_INT(now_at(b, at).state, BREAKER_HALF_OPEN);
	CHECK(!breaker_ask(b, at + 1)); /* one is enough */
	breaker_well(b);
	CHECK_INT(now_at(b, at + 2).state, BREAKER_CLOSED);
	CHECK(breaker_ask(b, at + 2));
	CHECK(breaker_ask(b, at + 2));
	breaker_free(b);
}

TEST(breaker, waits_longer_after_each_probe_that_fails_up_to_a_bound)
{
	struct breaker *b = make();
	int64_t now = 0, least[] = { 45000, 90000, 180000, 180000, 180000 };
	fail_times(b, 5, now);
	for (size_t i = 0; i < sizeof least / sizeof *least; i++) {
		int64_t wait = now_at(b, now).wait;
		CHECK(wait >= least[i] && wait <= least[i] / 3 * 5);
		now += wait;
		CHECK(breaker_ask(b, now));
		breaker_failed(b, now, "still refused");
	}
	breaker_free(b);
}

TEST(breaker, late_failures_of_calls_begun_before_do_not_keep_it_open_longer)
{
	struct breaker *b = make();
	fail_times(b, 5, 0);
	int64_t at = now_at(b, 0).wait;
	fail_times(b, 20, 500);
	CHECK_INT(now_at(b, 500).wait, at - 500);
	CHECK_INT(now_at(b, 500).opened, 1);
	breaker_free(b);
}

TEST(breaker, a_probe_that_never_reports_is_given_up)
{
	struct breaker *b = make();
	fail_times(b, 5, 0);
	int64_t at = now_at(b, 0).wait;
	CHECK(breaker_ask(b, at));
	CHECK(!breaker_ask(b, at + 59999));
	CHECK(breaker_ask(b, at + 60000));
	breaker_free(b);
}

struct crowd {
	struct breaker *b;
	int64_t now, let;
};

static void *ask(void *arg)
{
	struct crowd *c = arg;
	for (int i = 0; i < 1000; i++)
		if (breaker_ask(c->b, c->now))
			__atomic_add_fetch(&c->let, 1, __ATOMIC_RELAXED);
	return NULL;
}

TEST(breaker, lets_one_of_a_crowd_through)
{
	struct crowd c = { .b = make() };
	pthread_t t[4];
	fail_times(c.b, 5, 0);
	c.now = now_at(c.b, 0).wait;
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, ask, &c));
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK_INT(c.let, 1);
	CHECK_INT(now_at(c.b, c.now).refused, 3999);
	breaker_free(c.b);
}

TEST(backoff, doubles_up_to_its_bound_within_a_quarter)
{
	const int64_t middle[] = { 5000, 5000, 10000, 20000, 40000, 60000, 60000 };
	for (int64_t n = 0; n < 7; n++) {
		CHECK_INT(backoff_ms(5000, 60000, n, 0), middle[n] - middle[n] / 4);
		CHECK_INT(backoff_ms(5000, 60000, n, (uint32_t)(middle[n] / 2)),
			middle[n] - middle[n] / 4 + middle[n] / 2);
	}
	CHECK(backoff_ms(5000, INT64_MAX, 1000, UINT32_MAX) > 0); /* no overflow */
	CHECK_INT(backoff_ms(1, 1, 1000000, 7), 1);
}
