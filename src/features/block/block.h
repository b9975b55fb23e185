/* Blocking and muting. Who blocks somebody is gone for him, and he for the other, in every door: that is said in user_see.c. A
 * mute is known to who made it alone, and changes what he is shown, not what the other may. */
#ifndef FEATURES_BLOCK_H
#define FEATURES_BLOCK_H

#include "features/relation/relation.h"
#include "features/user/user.h"

struct block_new {
	const char *id; /* UUID or user name */
	const char *reason;
};
/* Somebody who is blocked or muted, with as much of him as one needs to know whom that is. */
struct block {
	const char *id, *user_id, *username, *display_name, *avatar_url, *reason;
	int64_t created_at;
};
struct block_query {
	struct page_want want;
};
struct block_list {
	struct list items; /* struct block */
	struct page *page;
};
struct block_told {
	const char *blocker_id, *blocked_id;
	int64_t created_at;
};
extern const struct type block_new_type, block_type, block_query_type, block_list_type, block_told_type;
extern const struct event user_blocked, user_unblocked;

/* Blocks somebody: follows and requests between the two end. Again: another reason. ERR_ONESELF, ERR_NOT_FOUND. */
err_t block_create(struct cx *cx, const struct block_new *in, struct block *out) CHECKED;
/* ERR_NOT_FOUND when he was not blocked. */
err_t block_remove(struct cx *cx, const struct user_ref *in, struct none *out) CHECKED;
err_t block_list(struct cx *cx, const struct block_query *in, struct block_list *out) CHECKED;
err_t mute_create(struct cx *cx, const struct user_ref *in, struct block *out) CHECKED;
err_t mute_remove(struct cx *cx, const struct user_ref *in, struct none *out) CHECKED;
err_t mute_list(struct cx *cx, const struct block_query *in, struct block_list *out) CHECKED;

#endif
