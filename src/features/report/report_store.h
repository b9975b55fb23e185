/* SQL of the report feature. Included by report*.c only. */
#ifndef FEATURES_REPORT_STORE_H
#define FEATURES_REPORT_STORE_H

#include "features/report/report.h"

/* *added is false when the same is reported already, and still open. */
err_t report_store_add(struct cx *cx, const struct report *r, bool *added) CHECKED;
err_t report_store_get(struct cx *cx, const char *id, struct report *out) CHECKED;
/* A slice of the queue behind an id; NULL: any. */
struct report_slice {
	const char *status, *type, *user_id, *claimed_by, *after;
	int64_t most;
};
err_t report_store_queue(struct cx *cx, const struct report_slice *s, struct list *out) CHECKED;
/* Those of a reporter before an id, the newest first. */
err_t report_store_mine(
	struct cx *cx, const char *reporter_id, const char *before, int64_t most, struct list *out) CHECKED;
/* Claims it when it is open, the claimer's own, or claimed before a moment. */
err_t report_store_claim(struct cx *cx, const char *id, const char *by, int64_t before, bool *claimed) CHECKED;
err_t report_store_release(struct cx *cx, const char *id, const char *by, bool *released) CHECKED;
err_t report_store_resolve(struct cx *cx, const struct report *r) CHECKED;
/* Other open reports of the same thing. */
err_t report_store_alike(struct cx *cx, const struct report *r, int64_t most, struct list *out) CHECKED;
/* The numbers of the moderation profile. */
err_t report_store_numbers(struct cx *cx, const char *user_id, struct moderation_profile *out) CHECKED;
/* Reports of him go; those that he made lose what is his. */
err_t report_store_erase(struct cx *cx, const char *user_id) CHECKED;

err_t strike_store_add(struct cx *cx, const struct strike *s) CHECKED;
err_t strike_store_get(struct cx *cx, const char *id, struct strike *out) CHECKED;
/* Of a person, the newest first, before an id. */
err_t strike_store_of(struct cx *cx, const char *user_id, const char *before, int64_t most, struct list *out) CHECKED;
/* Those that wait for a decision, the oldest first, behind an id. */
err_t strike_store_appealed(struct cx *cx, const char *after, int64_t most, struct list *out) CHECKED;
err_t strike_store_appeal(struct cx *cx, const struct strike *s, bool *appealed) CHECKED;
err_t strike_store_decide(struct cx *cx, const struct strike *s, bool *decided) CHECKED;

#endif
