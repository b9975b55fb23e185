/* SQL of lists of people who are tied to one: who follows him, whom he follows. Included by user*.c only. */
#ifndef FEATURES_USER_TIED_STORE_H
#define FEATURES_USER_TIED_STORE_H

#include "features/user/user.h"

/* A place in such a list: who, and since when. */
struct user_tie {
	const char *user_id;
	int64_t at;
	const char *owner_id; /* of user_tied_store_some() */
};
extern const struct type user_tie_type;

struct user_ties_slice {
	const char *owner, *kind;
	const char *viewer; /* "": sees all */
	struct user_tie after; /* the last one before; the list goes from the newest to the oldest */
	int64_t offset, most;
};
err_t user_tied_store_slice(
	struct cx *cx, enum user_tied_by by, const struct user_ties_slice *s, struct list *out) CHECKED;
/* The newest `limit` + 1 of each owner, whose ids are a list as json_texts() writes it: in the order of that list. */
err_t user_tied_store_some(struct cx *cx, const struct user_tied_some *in, const char *owners, const char *viewer,
	size_t most, struct list *out) CHECKED;
/* How many, counting no further than PAGE_COUNT_MAX + 1. */
err_t user_tied_store_count(struct cx *cx, enum user_tied_by by, const struct user_ties_slice *s, int64_t *out) CHECKED;
/* Whom those follow whom he follows, but not he: `at` is by how many of them. Of the hundred whom he followed last, and no
 * further than ten thousand of theirs. */
err_t user_tied_store_suggest(struct cx *cx, const char *viewer, int64_t most, struct list *out) CHECKED;
/* Whoever follows him, and whom he follows, counts one less. *told: up to `most` + 1 ids of theirs. */
err_t user_tied_store_uncount(struct cx *cx, const char *id, int64_t most, struct list *told) CHECKED;

#endif
