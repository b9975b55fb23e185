/* hiredis's reader with answers of our own: in an arena, bounded. For bus/redis.c. */
#ifndef BUS_REDIS_REPLY_H
#define BUS_REDIS_REPLY_H

#include "bus/redis.h"

struct reply_reader;
struct reply_reader *reply_reader_new(void);
void reply_reader_free(struct reply_reader *r); /* NULL is allowed */
/* Bytes that came. False when they are no answers, or too many. */
bool reply_feed(struct reply_reader *r, const void *p, size_t n);
/* The next whole answer, in the arena; NULL: more must come. False when the bytes are none. An answer that has begun goes on
 * in the arena that it began in: ask with the same until it is whole, then reply_next() with any. */
bool reply_next(struct reply_reader *r, struct arena *a, struct reply **out);
/* A part of an answer has come, and stands in the arena that was given. */
bool reply_begun(const struct reply_reader *r);
/* A new exchange begins: what it may take is counted from here. */
void reply_begin(struct reply_reader *r);

#endif
