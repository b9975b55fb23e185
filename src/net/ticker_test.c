#include "net/ticker.h"
#include "base/test.h"
#include "base/time.h"

#include <stdatomic.h>
#include <unistd.h>

static _Atomic int ticks;
static int64_t wait_ms;

static int64_t tick(void *arg)
{
	CHECK(arg == &wait_ms);
	ticks++;
	return wait_ms;
}

TEST(ticker, ticks_at_once_and_then_by_the_clock)
{
	wait_ms = 5;
	struct ticker *t = ticker_start("tick", tick, &wait_ms);
	for (int i = 0; i < 1000 && ticks < 5; i++)
		usleep(1000);
	ticker_stop(t);
	CHECK(ticks >= 5);
	int then = ticks;
	usleep(20000);
	CHECK_INT(ticks, then); /* the thread has ended */
}

TEST(ticker, a_long_sleep_does_not_hold_up_the_end)
{
	wait_ms = 3600000;
	int64_t start = time_monotonic();
	struct ticker *t = ticker_start("tick", tick, &wait_ms);
	while (!ticks)
		usleep(1000);
	ticker_stop(t);
	CHECK(time_monotonic() - start < 5000);
	CHECK_INT(ticks, 1);
	ticker_stop(NULL);
}

TEST(ticker, is_woken_out_of_a_long_sleep_and_does_not_miss_a_wake_up_while_it_ticks)
{
	wait_ms = 3600000;
	int before = ticks;
	struct ticker *t = ticker_start("tick", tick, &wait_ms);
	while (ticks == before)
		usleep(1000);
	usleep(5000);
	ticker_wake(t);
	for (int i = 0; i < 1000 && ticks < before + 2; i++)
		usleep(1000);
	CHECK_INT(ticks, before + 2);
	ticker_stop(t);
}
