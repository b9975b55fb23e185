/* Preferences that stand in the user's row, as parts of a change of it. Included by user*.c only. */
#ifndef FEATURES_USER_PREFERRED_H
#define FEATURES_USER_PREFERRED_H

#include "features/user/user.h"

/* Sets what the change names: visibility, preferences, show_*, allow_*. */
void user_preferred_apply(const struct user_change *in, struct user *u);
/* Notes in `to` what is other in b than in a; false when nothing is. */
bool user_preferred_differ(const struct user *a, const struct user *b, struct user_preferred *to);
/* Emits preference.updated when something is. */
err_t user_preferred_tell(struct cx *cx, const struct user *before, const struct user *u) CHECKED;

#endif
