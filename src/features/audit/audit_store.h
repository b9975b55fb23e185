/* SQL of the audit feature. Included by audit*.c only. */
#ifndef FEATURES_AUDIT_STORE_H
#define FEATURES_AUDIT_STORE_H

#include "features/audit/audit.h"

/* Rows with from_id <= id < before_id, newest first, by the filters of the query ("" and 0: any). */
struct audit_window {
	int64_t from_id, before_id, most;
};
err_t audit_store_list(
	struct cx *cx, const struct audit_query *q, const struct audit_window *window, struct list *out) CHECKED;
/* Id and time of the first row whose id is not less; ERR_NOT_FOUND. */
err_t audit_store_from(struct cx *cx, int64_t id, struct audit_row *out) CHECKED;
err_t audit_store_last_id(struct cx *cx, int64_t *out) CHECKED;
/* What somebody did without concerning another, and what concerned him; newest first, before the id. */
err_t audit_store_of(struct cx *cx, const char *user_id, int64_t before, int64_t most, struct list *out) CHECKED;

/* Sealed rows after the seq, in the order of the chain. */
err_t audit_store_chain(struct cx *cx, int64_t after, int64_t most, struct list *out) CHECKED;
err_t audit_store_unsealed(struct cx *cx, int64_t before_time, int64_t *n) CHECKED;
/* The lowest seq; 0: there is none. */
err_t audit_store_first_seq(struct cx *cx, int64_t *out) CHECKED;

/* All zero when nothing was removed yet. */
err_t audit_store_checkpoint(struct cx *cx, struct audit_checkpoint *out) CHECKED;
/* Removes rows up to and with the checkpoint, which takes their place. */
err_t audit_store_remove(struct cx *cx, const struct audit_checkpoint *c) CHECKED;

err_t audit_store_erased_add(struct cx *cx, const char *user_id) CHECKED;
/* People whose rows are still to be emptied, as subject_id, those first that were not looked at for longest. */
err_t audit_store_erased(struct cx *cx, int64_t most, struct list *out) CHECKED;
/* Sealed rows that still hold data of his, each with the hash of the row before. */
err_t audit_store_to_redact(struct cx *cx, const char *user_id, int64_t most, struct list *out) CHECKED;
err_t audit_store_set_redacted(struct cx *cx, const struct audit_row *r) CHECKED;
/* He was looked at and nothing is left: done when he was erased before the moment and has no unsealed row. */
err_t audit_store_erased_done(struct cx *cx, const char *user_id, int64_t before) CHECKED;

#endif
