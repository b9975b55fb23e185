/* RabbitMQ (AMQP 0-9-1) by librabbitmq: one connection with one channel, for one thread. Nothing waits longer than
 * `timeout` for the broker; whatever fails ends the connection, and the caller opens another when he likes. */
#ifndef BUS_RABBIT_H
#define BUS_RABBIT_H

#include "base/conf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rabbit_conf {
	/* amqp://user:password@host:port/vhost, amqps:// for TLS with the server's name checked */
	const char *url;
	const char *host, *user, *password,
		*vhost; /* the same in parts, when there is no URL; without either there is none */
	int64_t port;
	bool tls;
	const char *ca_file; /* for amqps: whom to trust; empty: the system's */
	int64_t timeout;
};
extern const struct conf_group rabbit_conf_group;
const struct rabbit_conf *rabbit_settings(void);
bool rabbit_is_set(void);

struct rabbit;
/* By the settings. NULL and *why when it cannot be had; *why is a sentence without a password, borrowed until this thread's
 * next failure. */
struct rabbit *rabbit_open(const char **why);
void rabbit_close(struct rabbit *r); /* NULL is allowed */

/* --- topology ----------------------------------------------------------------------------------------------------- */

/* Makes an exchange that outlives the broker's restart. One that is there with another type or other properties is left as
 * it is and used so. False: the connection is of no use any more. */
bool rabbit_exchange(struct rabbit *r, const char *name, const char *type, const char **why);

/* --- giving ------------------------------------------------------------------------------------------------------- */

struct rabbit_header {
	const char *name, *text;
};
struct rabbit_message {
	const char *exchange, *key; /* "": the queue that is called like the key */
	const char *body;
	size_t n;
	const char *content_type, *id, *type, *correlation_id; /* properties; all but the first may be NULL */
	int64_t at; /* ms; AMQP tells seconds */
	int priority; /* 0: none */
	int attempts; /* for who gets it back (rabbit_delivery.attempts); 0: none */
	const struct rabbit_header *headers;
	size_t headers_n; /* at most RABBIT_HEADERS */
};
enum { RABBIT_HEADERS = 8, RABBIT_ATTEMPTS_MAX = 1000 };
/* Sends persistent messages in their order, without waiting: *last is the tag of the last one (tags count from 1), of the one
 * before when there is none. A message that no queue takes is gone. */
bool rabbit_send(struct rabbit *r, const struct rabbit_message *m, size_t n, uint64_t *last, const char **why);
/* Waits until the broker has confirmed all up to this tag. *certain: the tag up to which it has all for certain, also when it
 * fails; of the others it may have some. */
bool rabbit_settle(struct rabbit *r, uint64_t upto, uint64_t *certain, const char **why);
/* Both: false when the broker has not all of them. */
bool rabbit_publish(struct rabbit *r, const struct rabbit_message *m, size_t n, const char **why);
/* Answers the broker's heartbeats while there is nothing to publish; call it every few seconds. False: it is gone. */
bool rabbit_idle(struct rabbit *r, const char **why);

/* --- taking ------------------------------------------------------------------------------------------------------- */

struct rabbit_queue {
	const char *name;
	const char *dead_exchange, *dead_key; /* where rejected and expired messages go; "" or NULL: nowhere */
	int priorities; /* 0: none */
	int64_t ttl_ms; /* messages expire after; 0: never */
};
/* Makes a queue that outlives the broker's restart. One that is there with other arguments is used as it is. */
bool rabbit_queue(struct rabbit *r, const struct rabbit_queue *q, const char **why);
bool rabbit_bind(struct rabbit *r, const char *queue, const char *exchange, const char *key, const char **why);
/* Begins to take from the queue: at most `ahead` messages that are not acknowledged. On a connection of its own: one that
 * publishes must not take. */
bool rabbit_consume(struct rabbit *r, const char *queue, int ahead, const char **why);

struct rabbit_delivery {
	uint64_t tag;
	bool redelivered; /* whoever had it before did not acknowledge it */
	const char *body; /* a NUL behind it */
	size_t n;
	const char *content_type, *id, *type, *correlation_id; /* "" when it has none */
	int priority;
	int attempts; /* as it says itself: 0 to RABBIT_ATTEMPTS_MAX, whoever published it */
};
enum rabbit_got { RABBIT_GOT, RABBIT_NOTHING, RABBIT_GONE };
/* The next message, in the arena; waits for it for at most `wait_ms`, and answers the broker's heartbeats meanwhile. One
 * larger than RABBIT_BODY_MAX comes without its body, and n tells how large it is. */
enum { RABBIT_BODY_MAX = 1 << 20 };
enum rabbit_got rabbit_receive(
	struct rabbit *r, struct arena *mem, int64_t wait_ms, struct rabbit_delivery *out, const char **why);
/* This one is done with; `all_before`: and all that came before it. */
bool rabbit_ack(struct rabbit *r, uint64_t tag, bool all_before, const char **why);

#endif
