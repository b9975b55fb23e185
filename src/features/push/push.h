/* Push tokens: where a push notification reaches a person. A token is one device's, belongs to one person, and goes with the
 * session that it was registered in. The profile names one of them the default. */
#ifndef FEATURES_PUSH_H
#define FEATURES_PUSH_H

#include "base/page.h"

enum { PUSH_TOKEN_MAX = 4096, PUSH_TOKENS = 20 };

struct push_token {
	const char *id, *user_id, *key, *token, *platform, *device, *session_id;
	bool is_default, by_profile; /* by_profile: nobody registered it, the profile names it */
	int64_t created_at, used_at; /* used_at: when its device last registered it */
};
struct push_new {
	const char *token, *platform, *device;
};
struct push_ref {
	const char *id;
};
struct push_removal {
	const char *token; /* NULL: all */
};
struct push_list {
	struct list items; /* struct push_token */
	struct page *page;
};
struct push_count {
	int64_t removed;
};
/* What happened to somebody's tokens; never which. */
struct push_change {
	const char *user_id, *action, *platform;
};
extern const struct type push_token_type, push_new_type, push_ref_type, push_removal_type, push_list_type,
	push_count_type, push_change_type;
extern const struct event push_token_changed;

/* --- for other features ------------------------------------------------------------------------------------------- */

/* A profile names another token its default, or (NULL) none: what was registered by the profile alone goes, the new one is
 * registered for the user and taken from whoever had it. The profile's own column is the caller's to write. `session_id`:
 * the session that it goes with; NULL: none. Inside the transaction. */
err_t push_set_default(struct cx *cx, const char *user_id, const char *token, const char *session_id) CHECKED;
/* A session of the user has ended: what was registered in it goes. */
err_t push_session_ended(struct cx *cx, const char *user_id, const char *session_id) CHECKED;
/* All sessions of the user are worthless now: what was registered in any of them goes. */
err_t push_sessions_ended(struct cx *cx, const char *user_id) CHECKED;
/* The tokens of a user that may be sent to, whose sessions live: the default first, then the newest. */
err_t push_reachable(struct cx *cx, const char *user_id, struct list *out) CHECKED;

/* For an erasure. */
err_t push_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: push_tokens.json. */
err_t push_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* --- operations --------------------------------------------------------------------------------------------------- */

/* The caller's own tokens, the newest first. */
err_t push_list(struct cx *cx, const struct none *in, struct push_list *out) CHECKED;
/* Registers a token for the caller, in this session; one that he has is renewed, one of somebody else moves. Beyond
 * PUSH_TOKENS the one that was not registered for the longest goes. Emits push_token.changed. */
err_t push_register(struct cx *cx, const struct push_new *in, struct push_token *out) CHECKED;
/* Forgets one of the caller's tokens. ERR_NOT_FOUND. */
err_t push_remove(struct cx *cx, const struct push_ref *in, struct none *out) CHECKED;
/* The same by the token itself, which need not be there; without one, all. */
err_t push_remove_all(struct cx *cx, const struct push_removal *in, struct push_count *out) CHECKED;

/* Job: tokens whose sessions have expired go, some at a time. */
err_t push_clean(struct cx *cx) CHECKED;

#endif
