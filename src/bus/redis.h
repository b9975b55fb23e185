/* One connection to a Redis, for one thread at a time. hiredis writes commands and reads answers; the bytes between are moved
 * here, so that each exchange has one deadline in all, TLS or not, and what came is bounded. Whatever fails ends the
 * connection: close it, and open another when you like. */
#ifndef BUS_REDIS_H
#define BUS_REDIS_H

#include "base/arena.h"
#include <stdint.h>

struct redis_target {
	const char *url; /* see bus/redis_url.h */
	const char *ca_file; /* for rediss: whom to trust; "": the system's */
	int64_t connect_ms; /* longest time until it is there, but for the name server */
};
struct redis;

/* NULL and *why when it cannot be had; *why is a sentence without a password, borrowed until this thread's next failure. */
struct redis *redis_open(const struct redis_target *conf, const char **why);
void redis_close(struct redis *r); /* NULL is allowed */

/* A part of a command: its name, a key, a value. */
struct redis_part {
	const void *p;
	size_t n;
};
enum reply_kind { REPLY_NIL, REPLY_TEXT, REPLY_INT, REPLY_LIST, REPLY_ERROR };
struct reply {
	enum reply_kind kind;
	int64_t i;
	const char *s; /* of a text or an error: n bytes and a NUL */
	struct reply *const *items; /* of a list: n */
	size_t n;
};
/* Answers are read into an arena; this is what outside bytes go through. A list may have at most so many items, and answers
 * to one exchange so many bytes. */
enum { REPLY_ITEMS_MAX = 4096, REPLY_BYTES_MAX = 16 << 20 };

/* Puts a command behind those that wait to be sent. */
void redis_add(struct redis *r, const struct redis_part *parts, size_t n);
/* Sends what waits and takes `n` answers, within `ms` in all. An answer that is an error is an answer. False: the connection
 * is of no use any more. */
bool redis_finish(struct redis *r, struct arena *a, struct reply **out, size_t n, int64_t ms, const char **why);
/* Waits up to `ms` for something that comes by itself; *out is NULL when nothing did. False as above. */
bool redis_hear(struct redis *r, struct arena *a, struct reply **out, int64_t ms, const char **why);

/* For the fuzzer: reads all answers in n bytes, as if they had come; false when they are no answers. */
bool redis_read(struct arena *a, const void *p, size_t n, struct reply **last);

#endif
