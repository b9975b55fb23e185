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
err_t session_store_some(struct cx *cx, size_t n, const char *const *ids, struct list *out) CHECKED;
/* Advances the counter of a living session from the one that was shown, to end at `until` or with its longest time, and reads it
 * with what a refresh asks of its owner: one statement. ERR_NOT_FOUND (not noted) when it is at another, or lives no more. */
err_t session_store_turn(struct cx *cx, const char *id, int64_t counter, int64_t until, struct session *out) CHECKED;
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
/* Rows that ended or expired before `before`; at most `most`. */
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
