/* SQL of the mail feature. Included by its own files only. */
#ifndef FEATURES_MAIL_STORE_H
#define FEATURES_MAIL_STORE_H

#include "features/mail/mail_queue.h"

/* A new letter as it stands in the struct, and a queue for its domain. */
err_t mail_store_add(struct cx *cx, const struct mail *m) CHECKED;
err_t mail_store_get(struct cx *cx, const char *id, struct mail *out) CHECKED;
/* Newest first, those before the id `before` (NULL: from the newest on). */
err_t mail_store_list(
	struct cx *cx, const struct mail_query *q, const char *before, int64_t most, struct list *out) CHECKED;
/* Into the queue, due now, with no attempt counted. */
err_t mail_store_requeue(struct cx *cx, const struct mail *m) CHECKED;

err_t mail_store_any_due(struct cx *cx, bool *out) CHECKED;
/* Claims the oldest letter that is due of the domain that was not served for longest, with fewer than `of_domain` letters of
 * it in hand. One statement. ERR_NOT_FOUND. */
err_t mail_store_claim(struct cx *cx, const char *claim, int64_t until, int64_t of_domain, struct mail *out) CHECKED;
/* What became of a claimed letter; nothing, and not *mine, when the claim is another's by now. `claim` NULL: a letter that
 * nobody holds. */
err_t mail_store_sent(struct cx *cx, const char *id, const char *claim, bool *mine) CHECKED;
err_t mail_store_dead(struct cx *cx, const char *id, const char *claim, const char *reason, bool *mine) CHECKED;
err_t mail_store_later(
	struct cx *cx, const char *id, const char *claim, int64_t due_at, const char *reason, bool *mine) CHECKED;
err_t mail_store_give_back(struct cx *cx, const char *id, const char *claim, const char *reason) CHECKED;
/* The queue of a domain: it answered; it did not, the `failures`-th time; it is left alone until then. */
err_t mail_store_domain_well(struct cx *cx, const char *domain) CHECKED;
err_t mail_store_domain_silent(struct cx *cx, const char *domain, int64_t *failures) CHECKED;
err_t mail_store_domain_hold(struct cx *cx, const char *domain, int64_t until) CHECKED;

err_t mail_store_count(struct cx *cx, struct mail_counts *out) CHECKED;
/* Letters that wait since before then and are in nobody's hand. */
err_t mail_store_too_old(struct cx *cx, int64_t before, int64_t most, struct list *out) CHECKED;
err_t mail_store_forget(struct cx *cx, int64_t before, int64_t most) CHECKED;
/* Letters to a person, and to the address; NULL: none is known. */
err_t mail_store_erase(struct cx *cx, const char *user_id, const char *address) CHECKED;
err_t mail_store_forget_erased(struct cx *cx) CHECKED;
/* Queues that nothing waits in and that were not served since go; one that is missing is made. */
err_t mail_store_tidy_queues(struct cx *cx, int64_t before) CHECKED;

#endif
