/* The order in which people who were found are shown: whom one is likely to mean, first. Included by user*.c only. */
#ifndef FEATURES_USER_RANK_H
#define FEATURES_USER_RANK_H

#include "features/user/user.h"

struct user_ranked {
	struct user *user;
	int64_t score;
};

/* Users as person_visible_some() left them, at most USER_SOME, the best first; `q` is canonical (search_normal()). How well a
 * name fits weighs most, then whether the caller follows the person, then how many do; numbers that are hidden from him
 * weigh nothing. */
err_t user_rank(struct cx *cx, const char *q, const struct list *users, struct user_ranked *out) CHECKED;

/* Whether somebody stands behind the place of who had that score and number. */
bool user_ranked_behind(const struct user_ranked *r, int64_t score, int64_t number);

#endif
