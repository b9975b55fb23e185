/* Answers as bytes: the typed result of a success, or what was told of a failure. For idempotency.c. */
#ifndef FEATURES_IDEMPOTENCY_ANSWER_H
#define FEATURES_IDEMPOTENCY_ANSWER_H

#include "base/buf.h"
#include "base/cx.h"

/* `status`: in place of the operation's own, 0: none. `flags`: see base/record.h. */
void answer_write(struct buf *b, int status, const struct type *t, const void *answer, unsigned flags);
/* The failure noted in cx. */
void answer_write_failure(struct cx *cx, struct buf *b, err_t code);

/* Gives what was written: sets cx->from.replayed, fills `answer` (zeroed) or notes the failure and returns its code.
 * ERR_INTERNAL, without the mark, for bytes that are no answer. What is given points into the bytes. */
err_t answer_read(struct cx *cx, const struct type *t, const void *bytes, size_t n, void *answer) CHECKED;

#endif
