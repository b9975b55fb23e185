/* SQL of the push feature. Included by push.c only. */
#ifndef FEATURES_PUSH_STORE_H
#define FEATURES_PUSH_STORE_H

#include "features/push/push.h"

err_t push_store_add(struct cx *cx, const struct push_token *t) CHECKED;
/* Owner, platform, device, session and time of a token that is there. */
err_t push_store_update(struct cx *cx, const struct push_token *t) CHECKED;
err_t push_store_by_key(struct cx *cx, const char *key, struct push_token *out) CHECKED;
err_t push_store_by_id(struct cx *cx, const char *id, struct push_token *out) CHECKED;
/* A user's, the newest first. */
err_t push_store_list(struct cx *cx, const char *user_id, struct list *out) CHECKED;
/* The same without those of sessions that have ended, the default before all. */
err_t push_store_reachable(struct cx *cx, const char *user_id, struct list *out) CHECKED;
/* Each removes, and tells how many. */
err_t push_store_remove(struct cx *cx, const char *user_id, const char *id, int64_t *removed) CHECKED;
err_t push_store_remove_all(struct cx *cx, const char *user_id, int64_t *removed) CHECKED;
err_t push_store_remove_by_session(
	struct cx *cx, const char *user_id, const char *session_id, int64_t *removed) CHECKED; /* NULL: of any */
err_t push_store_remove_by_profile(struct cx *cx, const char *user_id, const char *but_key, int64_t *removed) CHECKED;
err_t push_store_prune(
	struct cx *cx, const char *user_id, int64_t keep) CHECKED; /* all but the newest and the default */
/* A profile names no token that its owner has not. */
err_t push_store_settle(struct cx *cx, const char *user_id) CHECKED;
/* Behind `after` in the order of ids, `most` of them; session_id is NULL where the session lives or there is none. */
err_t push_store_sweep(struct cx *cx, const char *after, int64_t most, struct list *out) CHECKED;

#endif
