/* What strangers see of a profile, through the cache that nodes share. Included by user*.c only. */
#ifndef FEATURES_USER_USER_PROFILE_H
#define FEATURES_USER_USER_PROFILE_H

#include "features/user/user.h"

/* The user by its id, for a viewer who sees no more of him than a stranger does: complete only as far as that goes.
 * ERR_NOT_FOUND. */
err_t user_profile(struct cx *cx, const char *id, struct user *out) CHECKED;
/* The fields of struct user that any stranger may see, and those that say which. */
extern const struct type user_profile_type;

void user_profile_init(size_t entries); /* before the first request; 0: memory keeps none */
void user_profile_forget_all(void);

/* Which fields he may not (bits of user_type): what person_visible() sets for him. */
uint64_t person_hidden_from_strangers(const struct user *u);

/* The viewer, for USER_VISIBLE_SQL. */
const char *person_eyes(const struct cx *cx);

#endif
