/* The messages that a queue's thread has taken at once. For amqp.c alone. */
#ifndef API_AMQP_BATCH_H
#define API_AMQP_BATCH_H

#include "api/amqp.h"
#include "base/breaker.h"
#include "bus/rabbit.h"

#include <stdatomic.h>

enum { AMQP_TRIES = 3, AMQP_QUEUE_NAME = 256 };

/* One queue and its thread. */
struct taker {
	const struct queue_row *row;
	struct queue_place place;
	const struct op *op;
	struct breaker *breaker;
	struct ticker *ticker;
	struct batch *batches[2]; /* while the broker works at what follows from one, the other is carried through */
	int turn;
	struct rabbit *in, *out; /* both or none: one takes, the other gives */
	char retry[AMQP_TRIES][AMQP_QUEUE_NAME]; /* the queues in which messages wait for another try */
	_Atomic int64_t received, done, retried, dead;
};

/* `room`: for so many messages. */
struct batch *batch_new(struct taker *t, size_t room);
void batch_free(struct batch *b); /* NULL is allowed */
/* Takes what messages there are (`wait`: waits a moment for the first), carries them through and sends what follows. False and
 * *why, as of the next: the connections are of no use any more, and what was not acknowledged will come again. */
bool batch_begin(struct batch *b, bool wait, const char **why) CHECKED;
/* Waits until the broker has what follows, notes it, and acknowledges the messages. Batches end in the order of their
 * beginning. An empty one has ended. */
bool batch_end(struct batch *b, const char **why) CHECKED;
void batch_drop(struct batch *b); /* without acknowledging anything */
size_t batch_size(const struct batch *b);
bool batch_is_full(const struct batch *b);

#endif
