/* The numbers of a person: what a neighbour's page said, and what the events after it add. For the inbox feature alone. */
#ifndef FEATURES_INBOX_NUMBERS_H
#define FEATURES_INBOX_NUMBERS_H

#include "features/inbox/inbox.h"

struct user;

/* What an event of a kind adds to the numbers of its one and its other person, and whether it says how an account is. */
struct inbox_kind {
	const char *type;
	enum inbox_source from;
	struct inbox_numbers one, other;
	enum { SAYS_NOTHING, SUSPENDED, UNSUSPENDED } status;
};
/* NULL when such events are not counted. */
const struct inbox_kind *inbox_kind(const char *type);

/* What is kept of a person; zeros when nothing is. */
err_t inbox_known(struct cx *cx, const char *user_id, struct inbox_profile *out) CHECKED;
/* Adds an event that happened at `at` to the numbers of one of its people, unless a page had it in its numbers. */
err_t inbox_count(struct cx *cx, const char *user_id, const struct inbox_kind *kind, bool other, int64_t at) CHECKED;
/* Whether there is such an account, and that; `exact`: with its counters as this transaction sees them, not from memory. */
err_t inbox_is_here(struct cx *cx, const char *user_id, bool exact, struct user *out, bool *yes) CHECKED;

#endif
