/* What one process has of a Redis: one thread with a connection, through which everything goes that nobody waits for, many
 * commands at a time; a few connections beside it for those who must wait a moment; and a circuit breaker before both.
 *
 * While Redis is away, hub_ask() and hub_post() say no at once. Only the thread tries to reach it again: no request ever
 * waits for a connection to be made, a name to be resolved or a breaker to be probed. */
#ifndef BUS_REDIS_HUB_H
#define BUS_REDIS_HUB_H

#include "bus/redis.h"

struct hub_conf {
	const char *url, *ca_file;
	int64_t timeout_ms; /* longest wait of those who ask */
	struct breaker *breaker; /* the hub's from now on */
	int64_t queue_max; /* commands that wait to be sent */
};
struct hub;
/* The thread begins with hub_start(), when all who watch have said so; until then Redis is away. Copies what it needs. */
struct hub *hub_new(const struct hub_conf *conf);
void hub_start(struct hub *h);
/* Ends the thread, and sends what waits unless Redis is away. Who watches is told that it is away, and may go then; no other
 * thread may use it any more. NULL is allowed. */
void hub_stop(struct hub *h);

/* Whether it is worth asking. From any thread, in no time. */
bool hub_ready(const struct hub *h);

/* Asks one command and waits for its answer, at most timeout_ms. False: there is none. */
bool hub_ask(struct hub *h, struct arena *a, const struct redis_part *parts, size_t n, struct reply **out);

/* Called on the hub's thread with the answer; NULL: it is not known whether Redis ever saw the command. */
typedef void hub_done(void *arg, const struct reply *reply);
/* Has a command sent soon, after those posted before. The parts are copied. False: it was dropped, for Redis is away or too
 * much waits, and `done` (which may be NULL) is not called. */
bool hub_post(struct hub *h, const struct redis_part *parts, size_t n, hub_done *done, void *arg);

/* Who is called on the hub's thread. Before hub_start(). */
struct hub_watch {
	void *arg;
	void (*changed)(
		void *arg, bool up); /* the connection was made, or lost with all that was on its way; may be NULL */
	int64_t (*beat)(
		void *arg); /* now and then while it is up: posts what it has; ms until it wants the next; may be NULL */
};
void hub_watch(struct hub *h, const struct hub_watch *w);
/* Has beat() called at once. From any thread. */
void hub_wake(struct hub *h);

struct hub_stats {
	bool up;
	int64_t posted, dropped, failed; /* commands sent; refused; answered by an error or not at all */
	int64_t asked, unanswered; /* of those who wait */
	int64_t connects;
};
void hub_stats(struct hub *h, struct hub_stats *out);

#endif
