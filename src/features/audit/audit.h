/* The audit log: who did what, when, from where, and what came of it. Rows are written by the gate and chained by the
 * relay (api/outbox.h); this feature reads and checks them. */
#ifndef FEATURES_AUDIT_H
#define FEATURES_AUDIT_H

#include "base/page.h"
#include "crypto/audit_chain.h"

struct audit_query {
	struct page_want want;
	const char *subject_id, *actor_id;
};
struct audit_list {
	struct list items; /* struct audit_row */
	struct page *page;
};
struct audit_verdict {
	bool good;
	int64_t checked, unsealed_late;
	const char *problem;
};
extern const struct type audit_query_type, audit_list_type, audit_verdict_type;

/* Newest first; by what it concerned or who did it. */
err_t audit_list(struct cx *cx, const struct audit_query *in, struct audit_list *out) CHECKED;
/* Walks the whole chain: finds a changed row, a gap, and rows unsealed for more than 5 s. */
err_t audit_verify(struct cx *cx, const struct none *in, struct audit_verdict *out) CHECKED;

#endif
