/* OAuth 2.0 (RFC 6749): the token endpoint, introspection (RFC 7662) and revocation (RFC 7009), over the same sessions and
 * service credentials that everything else uses. */
#ifndef FEATURES_OAUTH_H
#define FEATURES_OAUTH_H

#include "features/account/account.h"

struct oauth_token_in {
	const char *grant_type, *username, *refresh_token, *scope, *client_id, *code, *redirect_uri, *code_verifier,
		*device_token, *proof;
	struct secret password, client_secret;
};
struct oauth_token {
	const char *access_token, *token_type, *refresh_token, *scope, *device_token;
	int64_t expires_in;
};
enum oauth_grant { GRANT_PASSWORD, GRANT_REFRESH, GRANT_CLIENT };
struct oauth_work {
	enum oauth_grant grant;
	struct login_in login_in;
	struct login_work login;
	struct session_refresh_in refresh_in;
	struct session_work refresh;
	const char *client_id, *scope;
};
struct oauth_query {
	const char *token, *token_type_hint;
};
struct introspection {
	bool active;
	const char *scope, *client_id, *username, *token_type, *sub, *aud, *iss, *jti, *sid, *role;
	struct opt_int exp, iat, nbf;
};
extern const struct type oauth_token_in_type, oauth_token_type, oauth_query_type, introspection_type;

/* The three grants. ERR_OAUTH_*, ERR_BAD_CLIENT. */
err_t oauth_token_prepare(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work) CHECKED;
err_t oauth_token(
	struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work, struct oauth_token *out) CHECKED;
err_t oauth_token_finish(
	struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work, struct oauth_token *out) CHECKED;

/* What a token stands for, by live state; {"active":false} for every token that is not good, whatever the reason. */
err_t oauth_introspect(struct cx *cx, const struct oauth_query *in, struct introspection *out) CHECKED;
/* Ends the session that an access or refresh token belongs to. A token that is not good is no error (section 2.2). */
err_t oauth_revoke(struct cx *cx, const struct oauth_query *in, struct none *out) CHECKED;

/* Who calls, by bearer token, cookie or client credentials, or as who is known already: what the gate asks first. */
struct oauth_shown {
	const struct acquaintance *known;
	const char *bearer, *cookie, *csrf, *client_id, *client_secret;
	bool safe;
};
err_t oauth_identify(struct cx *cx, const struct oauth_shown *shown, bool stale_ok) CHECKED;

#endif
