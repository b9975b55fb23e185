/* SQL of the inbox feature. Included by inbox.c and inbox_numbers.c only. */
#ifndef FEATURES_INBOX_STORE_H
#define FEATURES_INBOX_STORE_H

#include "features/inbox/inbox.h"

struct inbox_row {
	const char *event_id, *type, *user_id, *other_id; /* other_id: NULL when it concerns one person */
	int64_t at;
};
/* *added is false when it was kept before. */
err_t inbox_store_keep(struct cx *cx, const struct inbox_row *r, bool *added) CHECKED;

/* How many events of a type concern a person, as the one or the other of its two. */
struct inbox_sum {
	const char *id, *type; /* type "": of no event, but a page told of the person */
	int64_t n;
	bool other;
};
extern const struct type inbox_sum_type;
/* Of people behind this id, in the order of ids; `most` rows. Events that a page had in its numbers are not among them. */
err_t inbox_store_sums(struct cx *cx, const char *after, int64_t most, struct list *out) CHECKED;
/* Of one person, of events after a moment. */
err_t inbox_store_sums_of(struct cx *cx, const char *user_id, int64_t after, struct list *out) CHECKED;

/* ERR_NOT_FOUND when nothing is known. */
err_t inbox_store_get(struct cx *cx, const char *user_id, struct inbox_profile *out) CHECKED;
err_t inbox_store_put(struct cx *cx, const struct inbox_profile *p) CHECKED;
err_t inbox_store_erase(struct cx *cx, const char *user_id) CHECKED;

#endif
