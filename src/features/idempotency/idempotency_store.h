/* SQL of the idempotency feature. Included by idempotency.c only. */
#ifndef FEATURES_IDEMPOTENCY_STORE_H
#define FEATURES_IDEMPOTENCY_STORE_H

#include "features/idempotency/idempotency.h"

struct kept_row {
	const char *fingerprint, *sealed;
	int64_t expires_at;
};
extern const struct type kept_row_type;

/* Holds the number until the transaction ends, against other nodes. False when another holds it. */
err_t idempotency_store_lock(struct cx *cx, int64_t number, bool *got) CHECKED;
/* A record that has not expired. ERR_NOT_FOUND. */
err_t idempotency_store_get(struct cx *cx, const char *slot, struct kept_row *out) CHECKED;
err_t idempotency_store_put(struct cx *cx, const char *slot, const struct kept_row *row) CHECKED;
err_t idempotency_store_clean(struct cx *cx, int64_t most) CHECKED;

#endif
