/* A real Redis for unit tests, on a socket in a folder of its own. */
#ifndef BUS_FIXTURE_TEST_H
#define BUS_FIXTURE_TEST_H

#include "bus/redis_hub.h"

/* Starts it, or the test ends as skipped where no redis-server is installed. Ended at the end of the test. */
const char *rig_redis(void); /* its URL */
void rig_redis_signal(int signal);
void rig_redis_stop(void);
void rig_redis_again(void); /* on the same socket, empty */

/* A hub to it that waits at most `timeout_ms` and whose breaker opens for 200 ms; not started. */
struct hub *rig_hub(int64_t timeout_ms);
/* Waits until it is up (or away): at most 5 s. */
void rig_hub_is(struct hub *h, bool up);
/* One command by a connection of its own, from a text with blanks between its parts; the answer as a text, "(nil)" for none,
 * lists with blanks between. */
const char *rig_ask(const char *command);

void rig_wait(int64_t ms);
/* Waits until cond holds: at most 5 s. */
#define RIG_UNTIL(cond) \
	do { \
		int64_t until_ = time_monotonic() + 20000; \
		while (!(cond) && time_monotonic() < until_) \
			rig_wait(2); \
		CHECK(cond); \
	} while (0)

#endif
