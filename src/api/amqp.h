/* The broker's door: queues whose messages are calls of operations. A row of a feature (feature.queues) names the operation;
 * what it needs to know of the broker stands in settings. One thread a queue takes messages, as many at once as `ahead`
 * says, and acknowledges them when all that follows from them is done:
 *
 *	success            its answer goes on to another queue when the row says so, then it is acknowledged
 *	wrong              no JSON, fields that are wrong, nobody of that id: to the dead letters, with the reason
 *	failed             waits 2, 4, 8 s in queues of the broker's own, then to the dead letters
 *	database away      nothing is acknowledged; the thread comes back later, the broker keeps the message
 *
 * Who dies in between leaves the message to be delivered again: operations must know what they have done (request ids). */
#ifndef API_AMQP_H
#define API_AMQP_H

#include "api/call.h"

/* Where a queue hangs, by the settings. */
struct queue_place {
	const char *queue;
	const char *exchange, *exchange_type; /* it is bound to; "" none */
	const char *const *keys; /* by these, ends with NULL */
	const char *dead_exchange, *dead_key,
		*dead_queue; /* where what is wrong ends; dead_queue "": whoever binds one */
	const char *forward; /* queue that answers go on to; "" or NULL: none */
	int priorities; /* 0: none */
	int ahead; /* messages at once */
};
struct queue_row {
	const char *name; /* of its breaker, its thread, its numbers: "push_requests" */
	const char *
		op; /* the operation that each message calls; takes its fields from the message, unknown ones are ignored */
	/* False when there is no such queue to take from. Texts must live as long as the settings. */
	bool (*place)(struct queue_place *out);
	/* Before the message is read: a field that the message need not name itself, from its properties. May be NULL. */
	void (*properties)(void *in, const char *id, const char *correlation_id, bool again);
	/* Does the answer go on? NULL: never. */
	bool (*goes_on)(const void *out);
	/* What went on is confirmed; `outs` are the answers. In a transaction of its own. */
	err_t (*gone_on)(struct cx *cx, const void *const *outs, size_t n);
};

struct amqp;
/* NULL when no broker is set, or no queue. */
struct amqp *amqp_start(void);
void amqp_stop(struct amqp *a); /* what is not acknowledged is delivered again to somebody; NULL is allowed */

struct amqp_stats {
	int64_t received, done, retried, dead;
};
/* The i-th queue's name and numbers; false behind the last. For /metrics. */
bool amqp_list(size_t i, const char **name, struct amqp_stats *out);

#endif
