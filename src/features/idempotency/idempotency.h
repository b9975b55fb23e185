/* Requests that may be repeated: who shows a key (Idempotency-Key, or X-Request-ID) gets the answer of the first request of
 * that key again, for 24 hours, and nothing is done twice. What is kept of an answer is its typed result, written in the
 * operation's own transaction and sealed; passwords and tokens are never in it. */
#ifndef FEATURES_IDEMPOTENCY_H
#define FEATURES_IDEMPOTENCY_H

#include "base/cx.h"

struct idempotency_conf {
	int64_t keep_for, cache;
};
extern const struct conf_group idempotency_conf_group;

/* What a request shows, and what it is about. */
struct idempotency_ask {
	const char *key, *request_id; /* the two headers; NULL: not shown */
	const char *method, *path;
	const struct type *in_type, *out_type;
	const void *in;
	bool discreet; /* the answer holds secrets: SENSITIVE texts are not kept */
};

/* One request with a key, from idempotency_begin() to idempotency_end(). */
struct idempotent;

/* `entries`: how many answers are kept in memory at most. */
void idempotency_init(size_t entries);

/* Claims the key for this request. When memory has the answer, it is given as by idempotency_find(), with nothing to end.
 * ERR_MALFORMED for a key that is none, ERR_KEY_REUSED (422) for one that came with another input, ERR_KEY_BUSY (409) while
 * the first request still runs. *out is NULL where there is nothing to end. Touches memory only. */
err_t idempotency_begin(
	struct cx *cx, const struct idempotency_ask *ask, void *answer, struct idempotent **out) CHECKED;
/* Looks for a kept answer: then cx->from.replayed is set, and either `answer` is filled, or the kept error is returned and
 * noted in cx. ERR_OK without that mark: there is none. Inside a transaction it also keeps other nodes from answering the
 * same key at the same time (ERR_KEY_BUSY). */
err_t idempotency_find(struct cx *cx, struct idempotent *i, void *answer) CHECKED;
/* Keeps the answer, in the operation's transaction. */
err_t idempotency_keep(struct cx *cx, struct idempotent *i, const void *answer) CHECKED;
/* Keeps the failure that is noted in cx, in a transaction of its own: `code` has rolled the other back. */
err_t idempotency_keep_failure(struct cx *cx, struct idempotent *i, err_t code) CHECKED;
/* Gives the claim back. `kept`: what was kept last was committed, and memory may have it. */
void idempotency_end(struct idempotent *i, bool kept);

/* Job: records that have expired go, some at a time. */
err_t idempotency_clean(struct cx *cx) CHECKED;

/* For /metrics. */
int64_t idempotency_replays(void);
int64_t idempotency_busy(void);

#endif
