/* Sessions: one row a log-in. A session gives access tokens, is refreshed by a rotating token of its own, and ends at once
 * everywhere when somebody says so. */
#ifndef FEATURES_SESSION_H
#define FEATURES_SESSION_H

#include "base/page.h"
#include "features/user/user.h"

struct session_conf {
	int64_t sliding, longest, grace, cache, tokens;
	bool rotate;
};
extern const struct conf_group session_conf_group;

struct session {
	const char *id, *user_id, *end_reason, *device, *ip, *user_agent;
	int64_t counter, used_counter, credential_version;
	int64_t created_at, last_used_at, rotated_at, expires_at, ends_at, ended_at;
	bool current; /* the one that asks */
	bool is_active;
	int64_t owner_version, owner_until; /* of the account, where it was read with it: else 0 */
	unsigned owner_status;
};
extern const struct type session_type;
extern const struct event session_created, session_refreshed, session_kept, session_revoked, session_reuse_detected;

/* What a log-in or a refresh gives. */
struct token_pair {
	const char *access, *refresh;
};
struct signed_in {
	struct user *user;
	const char *access_token, *refresh_token, *token_type, *device_token, *csrf_token;
	const char *session_id; /* of a registration: for its repetition */
	struct opt_int expires_in; /* seconds, of the access token */
	int64_t expires_at, refresh_expires_at;
	struct token_pair *tokens;
	const char *flow_id; /* of the letter that proves the address, after registering */
	int64_t code_expires_at;
};
extern const struct type signed_in_type, token_pair_type;
/* The tokens of a signed_in as document 001's clients know them: part of a shape row's `out`. */
#define SESSION_CAMEL_TOKENS \
	"tokens=.{accessToken=access_token, refreshToken=refresh_token, expiresAt=expires_at," \
	" refreshExpiresAt=refresh_expires_at}"

struct session_list {
	struct list items; /* struct session */
	struct page *page;
};
struct session_ref {
	const char *id;
};
struct session_refresh_in {
	const char *refresh_token;
};
struct session_work {
	const char *id, *user_id; /* of the refresh token that was shown: see session_token.h */
	int64_t counter;
	struct session session;
	struct user user;
	bool open; /* there are tokens to be signed */
};
struct session_count {
	int64_t ended;
};
struct token_status {
	bool valid;
	struct user *user;
};
extern const struct type session_list_type, session_ref_type, session_refresh_in_type, session_count_type,
	token_status_type;

/* --- for other features ------------------------------------------------------------------------------------------- */

/* Opens a session of the user, inside a transaction; emits session.created. */
err_t session_open(struct cx *cx, const struct user *user, const char *device, struct session *out) CHECKED;
/* The program that calls, as lists show it; NULL when it does not say. */
const char *session_agent(struct cx *cx);
/* Signs its tokens, after the commit. Who wants them as cookies gets these, and is told a token against forged writes. */
err_t session_sign(struct cx *cx, const struct session *s, struct user *user, struct signed_in *out) CHECKED;
/* Ends every session of a user but one (NULL: none is spared); each ends with an event. */
err_t session_end_all(struct cx *cx, const char *user_id, const char *but, const char *reason, int64_t *ended) CHECKED;
/* Moves a session to the user's new credential_version, so that it outlives a change of password. */
err_t session_keep(struct cx *cx, const char *user_id, const char *id, int64_t version) CHECKED;
/* Does this begin like a refresh token? */
bool session_is_refresh(const char *token);
/* By refresh token: whose session it is, for introspection and revocation. ERR_TOKEN_INVALID. */
err_t session_by_refresh(struct cx *cx, const char *refresh_token, struct session *out) CHECKED;
/* For an erasure: the rows go. Their tokens are worthless, for the user's credential_version has moved on. */
err_t session_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: all that are known, also those that ended. */
err_t session_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;
err_t session_by_id(struct cx *cx, const char *user_id, const char *id, struct session *out) CHECKED;
/* A session that has not ended, of a user who may act; fills both. ERR_SESSION_ENDED, ERR_TOKEN_EXPIRED, ERR_NOT_ACTIVE. */
err_t session_alive(struct cx *cx, const char *id, struct session *out, struct user *user) CHECKED;
err_t session_end(struct cx *cx, const struct session *s, const char *reason) CHECKED;

/* --- the gate's questions (session_live.c) ------------------------------------------------------------------------ */

struct credentials;
/* How many verified tokens, and how many sessions, are kept in memory at most. */
void session_init(bool (*memory_trusted)(void), size_t tokens, size_t sessions);
/* Who bears this access token, by live state. ERR_NOT_HERE on a loop when memory cannot tell; ERR_TOKEN_INVALID,
 * ERR_TOKEN_EXPIRED, ERR_SESSION_ENDED, ERR_NOT_ACTIVE. `stale_ok`: an ended session or a suspended account may still
 * call this (logging out). */
err_t session_identify(struct cx *cx, const char *token, bool stale_ok) CHECKED;
/* The same of somebody whose token was found good before: it may have ended, and so may his session; its signature is not looked at. */
err_t session_identify_again(struct cx *cx, const struct acquaintance *known, bool stale_ok) CHECKED;
/* Before several such questions, off a loop: reads at once what memory lacks of these up to BIND_SOME tokens' sessions and users.
 * Tells nothing: who is not in memory then is asked for when the question comes. */
void session_foresee(struct cx *cx, size_t n, const char *const *shown);
/* session_identify()'s question inside the transaction, to the rows themselves. */
err_t session_recheck(struct cx *cx) CHECKED;
/* The token that proves a write in cookie mode comes from a page that could read it. */
const char *session_csrf(struct cx *cx, const char *session_id);
/* Was that token shown? ERR_CSRF. */
err_t session_csrf_check(struct cx *cx, const char *session_id, const char *shown) CHECKED;
/* After the commit of a change. */
void session_changed(const char *id);
void session_forget_all(void);
/* For /metrics: how often memory knew a token, or a session, and how often not. */
int64_t session_token_hits(void);
int64_t session_token_misses(void);
int64_t session_live_hits(void);
int64_t session_live_misses(void);
int64_t session_cached_used(const char *id);

/* --- operations --------------------------------------------------------------------------------------------------- */

/* Gives new tokens for a refresh token; see doc/decisions on counters. ERR_TOKEN_INVALID, ERR_SESSION_ENDED. */
err_t session_refresh_prepare(struct cx *cx, const struct session_refresh_in *in, struct session_work *work) CHECKED;
err_t session_refresh(
	struct cx *cx, const struct session_refresh_in *in, struct session_work *work, struct signed_in *out) CHECKED;
err_t session_refresh_finish(
	struct cx *cx, const struct session_refresh_in *in, struct session_work *work, struct signed_in *out) CHECKED;
err_t session_logout(struct cx *cx, const struct none *in, struct none *out) CHECKED;
err_t session_logout_all(struct cx *cx, const struct none *in, struct session_count *out) CHECKED;
err_t session_list(struct cx *cx, const struct none *in, struct session_list *out) CHECKED;
/* Of somebody else, by those who may. */
err_t user_sessions(struct cx *cx, const struct user_removal *in, struct session_list *out) CHECKED;
err_t user_sessions_end(struct cx *cx, const struct user_removal *in, struct session_count *out) CHECKED;
err_t session_revoke(struct cx *cx, const struct session_ref *in, struct none *out) CHECKED;
err_t session_revoke_others(struct cx *cx, const struct none *in, struct session_count *out) CHECKED;
/* Whether the token that came with the request is good, and whose it is. */
err_t session_check(struct cx *cx, const struct none *in, struct token_status *out) CHECKED;
/* Jobs. */
err_t session_flush(struct cx *cx) CHECKED;
err_t session_clean(struct cx *cx) CHECKED;

#endif
