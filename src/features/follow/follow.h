/* Following: at once, or by a request that the other accepts. The rows are the relation feature's; the numbers that profiles
 * show change with them in one transaction. */
#ifndef FEATURES_FOLLOW_H
#define FEATURES_FOLLOW_H

#include "features/relation/relation.h"
#include "features/user/user.h"

enum follow_state { FOLLOW_ACCEPTED, FOLLOW_PENDING };

struct follow {
	const char *id, *follower_id, *following_id;
	unsigned status; /* enum follow_state */
	const char *follow_type; /* "private": the one who is followed is asked first, else "public" */
	int64_t created_at;
};
/* What is between the caller and somebody. */
struct follow_status {
	const char *user_id;
	bool is_following, is_requested, is_followed_by, has_requested_you, is_blocked, is_muted;
	bool can_message, can_tag;
	const char *status, *follow_type; /* NULL when the caller neither follows nor asked to */
	int64_t since; /* 0: neither */
};
/* Two people, of whom the first may follow the second. */
struct follow_pair {
	const char *from_id, *to_id;
};
struct follow_query {
	struct page_want want;
	const char *id; /* UUID or user name */
};
struct follow_own_query {
	struct page_want want;
	bool sent;
};
struct follow_suggest_query {
	int64_t limit;
};
/* What events say: who, whom, when. */
struct follow_told {
	const char *follower_id, *following_id;
	int64_t created_at;
};
extern const struct type follow_type, follow_status_type, follow_query_type, follow_own_query_type, follow_pair_type,
	follow_suggest_query_type, follow_told_type;
extern const struct event user_followed, user_unfollowed, user_follow_requested;

/* Inside a transaction that holds relation_lock(): ends a follow, or a request for one, and counts; *ended: there was one.
 * Emits user.unfollowed when it was a follow. */
err_t follow_end(struct cx *cx, const char *follower, const char *followed, bool *ended) CHECKED;
/* Whom an operation is about, by id or name, as far as the caller may know of him. ERR_ONESELF, ERR_NOT_FOUND. */
err_t follow_other(struct cx *cx, const char *id_or_name, struct user *out) CHECKED;

err_t follow_erase(struct cx *cx, const char *user_id) CHECKED;

/* --- operations --------------------------------------------------------------------------------------------------- */

/* Follows somebody, or asks to when he is private. ERR_FOLLOWED. Emits user.followed or user.follow_requested. */
err_t follow_create(struct cx *cx, const struct user_ref *in, struct follow *out) CHECKED;
/* Ends it, or takes the request back. ERR_NOT_FOLLOWED. Emits user.unfollowed. */
err_t follow_remove(struct cx *cx, const struct user_ref *in, struct none *out) CHECKED;
/* Somebody follows the caller no longer. ERR_NOT_FOUND. */
err_t follow_drop(struct cx *cx, const struct user_ref *in, struct none *out) CHECKED;
err_t follow_status(struct cx *cx, const struct user_ref *in, struct follow_status *out) CHECKED;
/* The same of two people, for one of whom the caller asks. */
err_t follow_between(struct cx *cx, const struct follow_pair *in, struct follow_status *out) CHECKED;

/* Edges of GraphQL: the followers and followees of many, and who is meant by the ids of follows. */
struct follow_some {
	int64_t limit;
};
extern const struct type follow_some_type;
err_t follow_edge_followers(
	struct cx *cx, size_t n, const void *const *users, const void *some, const void **out) CHECKED;
err_t follow_edge_following(
	struct cx *cx, size_t n, const void *const *users, const void *some, const void **out) CHECKED;
/* Who is to hear what somebody does: for doors that tell people things. */
enum { FOLLOW_HEARERS = 1000 };
struct follow_audience_query {
	const char *id;
	struct list among; /* texts; none: all who follow, when they are at most FOLLOW_HEARERS */
};
struct follow_audience {
	struct user *user, *seen; /* whole, and as followers see him */
	bool shows_presence;
	struct list ids; /* texts: who follows, and has not muted him */
	bool many; /* they are too many: ask for those of some */
};
extern const struct type follow_audience_query_type, follow_audience_type;
/* ERR_NOT_FOUND also of who may do nothing just now. */
err_t follow_audience(struct cx *cx, const struct follow_audience_query *in, struct follow_audience *out) CHECKED;
/* ERR_DENIED when the caller sees no more of that profile than its name. */
err_t follow_followers(struct cx *cx, const struct follow_query *in, struct user_list *out) CHECKED;
err_t follow_following(struct cx *cx, const struct follow_query *in, struct user_list *out) CHECKED;
/* His followers whom the caller follows. */
err_t follow_mutual(struct cx *cx, const struct follow_query *in, struct user_list *out) CHECKED;
/* Who asks to follow the caller; or, `sent`, whom he asked. */
err_t follow_requests(struct cx *cx, const struct follow_own_query *in, struct user_list *out) CHECKED;
err_t follow_accept(struct cx *cx, const struct user_ref *in, struct follow *out) CHECKED;
err_t follow_reject(struct cx *cx, const struct user_ref *in, struct none *out) CHECKED;
err_t follow_suggest(struct cx *cx, const struct follow_suggest_query *in, struct user_list *out) CHECKED;

#endif
