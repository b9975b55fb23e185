/* A circuit breaker stands before another machine. While that one fails, nobody waits for it in vain: after so many failures
 * one after another the breaker opens and calls are refused at once; some time later one call goes through as a probe. When
 * it succeeds the breaker closes, when not it stays open, each time for longer, up to a bound and never to the same moment
 * on two nodes. Times are monotonic ms (time_monotonic()); all functions may be called by any thread. */
#ifndef BASE_BREAKER_H
#define BASE_BREAKER_H

#include "base/conf.h"

enum breaker_state {
	BREAKER_CLOSED, /* all calls go through */
	BREAKER_OPEN, /* none does */
	BREAKER_HALF_OPEN, /* one is on its way to see */
};

struct breaker_conf {
	const char *name; /* of what stands behind it, for the log: "rabbitmq"; stays the caller's */
	int64_t failures; /* one after another, that open it; at least 1 */
	int64_t open_ms, longest_ms; /* how long it is open at first, and at most */
};
struct breaker;

/* The settings of those that are named: breaker.failures, breaker.open. */
struct breakers_conf {
	int64_t failures, open;
};
extern const struct conf_group breakers_conf_group;

/* Never NULL; closed. */
struct breaker *breaker_new(const struct breaker_conf *conf);
/* The same by the settings, and listed under its name for health and metrics until it is freed. `name` lives as long. */
struct breaker *breaker_listed(const char *name);
/* The same for what nobody waits for but a thread of its own: it never waits longer than the first time. */
struct breaker *breaker_listed_steady(const char *name);
void breaker_free(struct breaker *b); /* NULL is allowed */

/* Whether a call may be made now. True while it is open makes the caller the probe: he must then say how it went by one of
 * the next two, or the breaker waits `open_ms` for him before it lets another try. */
bool breaker_ask(struct breaker *b, int64_t now);
void breaker_well(struct breaker *b);
/* `why` is logged when the breaker opens. */
void breaker_failed(struct breaker *b, int64_t now, const char *why);

struct breaker_stats {
	enum breaker_state state;
	bool known; /* a call has come back: with success or without */
	int64_t failures; /* one after another, until now */
	int64_t opened; /* how often it has opened */
	int64_t refused; /* calls it kept from going */
	int64_t wait; /* ms until the next probe; 0 when one may go */
};
void breaker_stats(struct breaker *b, int64_t now, struct breaker_stats *out);
const char *breaker_state_name(enum breaker_state state); /* "closed", "open", "half-open" */

/* Those that are listed, in the order of their making: the i-th one's name, and how it is. False behind the last. */
bool breaker_list(size_t i, int64_t now, const char **name, struct breaker_stats *out);
/* The one of this name; false when there is none. */
bool breaker_find(const char *name, int64_t now, struct breaker_stats *out);

/* How long to wait after so many failures one after another: `first` ms, twice that, and so on up to `longest`; less or more
 * by up to a quarter, as `random` says, so that those who failed together do not come back together. */
int64_t backoff_ms(int64_t first, int64_t longest, int64_t failures, uint32_t random);

#endif
