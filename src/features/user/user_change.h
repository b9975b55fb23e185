/* What user.c and user_status.c share: who may change an account, and how a change is recorded. For these files alone. */
#ifndef FEATURES_USER_CHANGE_H
#define FEATURES_USER_CHANGE_H

#include "features/user/user.h"

/* Notes a change for the audit; NULL: there was none before, or is none after. */
void user_audit(struct cx *cx, const struct user *before, const struct user *after);
struct user *user_copy(struct cx *cx, const struct user *u);

/* Erased for good: nothing but a tombstone. */
static inline bool user_erased(const struct user *u)
{
	return u->status == USER_DELETED && !u->erase_at;
}

#endif
