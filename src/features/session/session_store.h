/* SQL of the session feature. Included by session*.c only. */
#ifndef FEATURES_SESSION_STORE_H
#define FEATURES_SESSION_STORE_H

#include "features/session/session.h"

err_t session_store_add(struct cx *cx, const struct session *s) CHECKED;
/* Statements name the user wherever the caller knows him: where sessions are spread over servers by user, they ask one. */
err_t session_store_of(struct cx *cx, const char *user_id, const char *id, struct session *out) CHECKED;
/* For who knows the session alone, as a refresh token does. */
err_t session_store_get(struct cx *cx, const char *id, struct session *out) CHECKED;
/* The same with what a refresh asks of its owner: one statement. */
err_t session_store_owned(struct cx *cx, const char *id, struct session *out) CHECKED;
/* Of up to BIND_SOME sessions what live state asks: whose each is, until when, and how it was used. */
err_t session_store_some(
	struct cx *cx, size_t n, const char *const *ids, const char *const *user_ids, struct list *out) CHECKED;
/* Advances the counter of the living session of that id, user and counter, to end at its expires_at or with its longest time,
 * and fills it with what a refresh asks of its owner too: one statement. ERR_NOT_FOUND (not noted) when there is none. */
err_t session_store_turn(struct cx *cx, struct session *s) CHECKED;
/* Moves its end alone, for installations that do not rotate. */
err_t session_store_prolong(struct cx *cx, const struct session *s) CHECKED;
/* *ended: 1, or 0 when it had ended before. */
err_t session_store_end(struct cx *cx, const struct session *s, const char *reason, int64_t *ended) CHECKED;
/* Those of a user that have not ended, newest first. */
err_t session_store_list(struct cx *cx, const char *user_id, size_t most, struct list *out) CHECKED;
/* All of a user, by id, behind the id `after`. */
err_t session_store_all(struct cx *cx, const char *user_id, const char *after, size_t most, struct list *out) CHECKED;
err_t session_store_keep(struct cx *cx, const char *user_id, const char *id, int64_t version) CHECKED;
err_t session_store_used(struct cx *cx, const char *id, const char *user_id, int64_t at, int64_t counter) CHECKED;
/* Removes sessions whose longest time was over before `before`; at most `most`. */
err_t session_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;
err_t session_store_erase(struct cx *cx, const char *user_id) CHECKED;

/* What the gate asks inside each transaction: one statement. */
struct session_now {
	int64_t ended_at, expires_at, version, user_version, status_until;
	unsigned status;
	const char *role;
};
extern const struct type session_now_type;
err_t session_store_now(struct cx *cx, const char *user_id, const char *id, struct session_now *out) CHECKED;

#endif
