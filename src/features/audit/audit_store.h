/* SQL of the audit feature. Included by audit.c only. */
#ifndef FEATURES_AUDIT_STORE_H
#define FEATURES_AUDIT_STORE_H

#include "features/audit/audit.h"

/* Rows before the id (INT64_MAX: the newest), newest first; of one subject and one actor, "" for any. */
err_t audit_store_list(
	struct cx *cx, const struct audit_query *q, int64_t before, int64_t most, struct list *out) CHECKED;
/* Sealed rows after the seq, in the order of the chain. */
err_t audit_store_chain(struct cx *cx, int64_t after, int64_t most, struct list *out) CHECKED;
err_t audit_store_unsealed(struct cx *cx, int64_t before_time, int64_t *n) CHECKED;

#endif
