#include "base/rate.h"
#include "base/test.h"
#include "base/time.h"

#include <pthread.h>
#include <stdatomic.h>

#define SECOND UINT64_C(1000000000)

static const struct rate_rule five = { .per_minute = 5, .burst = 5 };
static const uint64_t start = 1000 * SECOND;

static int64_t allowed(struct rate_table *t, uint64_t key, const struct rate_rule *r, uint64_t now, int tries)
{
	struct rate_state s;
	int64_t n = 0;
	for (int i = 0; i < tries; i++)
		n += rate_take(t, key, r, now, &s);
	return n;
}

TEST(rate, a_burst_passes_and_then_one_an_interval)
{
	struct rate_table *t = rate_new(1000);
	struct rate_state s;
	for (int i = 4; i >= 0; i--) {
		CHECK(rate_take(t, 7, &five, start, &s));
		CHECK_INT(s.limit, 5);
		CHECK_INT(s.remaining, i);
		CHECK(s.full_ns == (uint64_t)(5 - i) * 12 * SECOND);
	}
	CHECK(!rate_take(t, 7, &five, start, &s));
	CHECK_INT(s.remaining, 0);
	CHECK(s.wait_ns == 12 * SECOND && s.full_ns == 60 * SECOND);
	CHECK(!rate_take(t, 7, &five, start + 12 * SECOND - 1, &s));
	CHECK(s.wait_ns == 1);
	CHECK(rate_take(t, 7, &five, start + 12 * SECOND, &s));
	CHECK(!rate_take(t, 7, &five, start + 12 * SECOND, &s));
	CHECK_INT(allowed(t, 7, &five, start + 80 * SECOND, 9),
		5); /* never more than the burst, however long it waited */
	CHECK_INT(allowed(t, 8, &five, start, 9), 5); /* another's own */
	rate_free(t);
}

TEST(rate, refused_requests_cost_nothing_more)
{
	struct rate_table *t = rate_new(1000);
	CHECK_INT(allowed(t, 7, &five, start, 1000), 5);
	CHECK_INT(allowed(t, 7, &five, start + 12 * SECOND, 1000), 1);
	rate_free(t);
}

TEST(rate, narrower_settings_hold_at_once_and_lock_nobody_out_for_long)
{
	struct rate_table *t = rate_new(1000);
	const struct rate_rule slow = { .per_minute = 1, .burst = 60 }, fast = { .per_minute = 60, .burst = 2 };
	CHECK_INT(allowed(t, 7, &slow, start, 100), 60); /* an hour's debt */
	CHECK_INT(allowed(t, 7, &fast, start, 1), 0);
	CHECK_INT(allowed(t, 7, &fast, start + SECOND, 2), 1); /* its debt was cut to the most that can be owed now */
	rate_free(t);
}

TEST(rate, advisory_many_addresses_reset_nobodys_count)
{
	struct rate_table *t = rate_new(512);
	CHECK_INT(allowed(t, 0x123456789abcdef, &five, start, 9), 5);
	uint64_t key = 0x9e3779b97f4a7c15;
	for (int i = 0; i < 200000; i++) { /* four hundred times what the table holds */
		struct rate_state s;
		key = key * UINT64_C(6364136223846793005) + 1442695040888963407;
		(void)rate_take(t, key, &five, start, &s);
	}
	CHECK_INT(allowed(t, 0x123456789abcdef, &five, start, 9), 0);
	CHECK(rate_crowded(t) > 1000);
	/* When the crowd has gone everybody begins afresh. */
	CHECK_INT(allowed(t, 0x123456789abcdef, &five, start + 61 * SECOND, 9), 5);
	CHECK_INT(allowed(t, 99999999, &five, start + 61 * SECOND, 9), 5);
	rate_free(t);
}

static struct {
	struct rate_table *table;
	_Atomic int64_t taken;
} crowd;

static void *one_of_many(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 20000; i++) {
		struct rate_state s;
		const struct rate_rule r = { .per_minute = 600, .burst = 100 };
		crowd.taken += rate_take(crowd.table, (i % 64 + 1) << 20, &r, start, &s);
	}
	return NULL;
}

TEST(rate, threads_together_get_no_more_than_one_alone)
{
	pthread_t thread[4];
	crowd.table = rate_new(4096);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&thread[i], NULL, one_of_many, NULL) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	CHECK_INT(crowd.taken, 64 * 100);
	rate_free(crowd.table);
}

TEST(rate, a_debt_known_elsewhere_is_owed_here_and_never_less_than_before)
{
	static const struct rate_rule rule = { .per_minute = 60, .burst = 10 };
	const uint64_t second = UINT64_C(1000000000), now = 100 * second;
	struct rate_table *t = rate_new(1000);
	struct rate_state s;
	rate_raise(t, 7, 8 * second, now);
	CHECK(rate_take(t, 7, &rule, now, &s));
	CHECK_INT(s.remaining, 1);
	rate_raise(t, 7, 2 * second, now); /* others have not heard yet of what was taken here */
	CHECK(rate_take(t, 7, &rule, now, &s));
	CHECK(!rate_take(t, 7, &rule, now, &s));
	rate_raise(t, 7, UINT64_MAX, now); /* a lie: no more than the burst is owed */
	CHECK(!rate_take(t, 7, &rule, now, &s));
	CHECK_INT((int64_t)(s.wait_ns / second), 1);
	CHECK(rate_take(t, 8, &rule, now, &s));
	rate_free(t);
}
