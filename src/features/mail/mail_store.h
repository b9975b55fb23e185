/* SQL of the mail feature. Included by its own files only. */
#ifndef FEATURES_MAIL_STORE_H
#define FEATURES_MAIL_STORE_H

#include "features/mail/mail.h"

/* A new letter as it stands in the struct, and a queue for its domain. */
err_t mail_store_add(struct cx *cx, const struct mail *m) CHECKED;
err_t mail_store_get(struct cx *cx, const char *id, struct mail *out) CHECKED;
/* Newest first, those before the id `before` (NULL: from the newest on). */
err_t mail_store_list(
	struct cx *cx, const struct mail_query *q, const char *before, int64_t most, struct list *out) CHECKED;
/* Into the queue, due now, with no attempt counted. */
err_t mail_store_requeue(struct cx *cx, const struct mail *m) CHECKED;

#endif
