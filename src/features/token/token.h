/* Access tokens: signed JWTs (RFC 9068), minted for a session or a service, and checked: signature, algorithm, type,
 * issuer, audience, time. What a token says of its bearer's role is never believed; see session_identify(). */
#ifndef FEATURES_TOKEN_H
#define FEATURES_TOKEN_H

#include "base/cx.h"

struct token_conf {
	const char *issuer, *audience;
	int64_t lifetime;
};
extern const struct conf_group token_conf_group;

struct token_claims {
	const char *iss, *sub, *aud, *jti, *sid, *client_id, *scope, *role, *username;
	struct opt_int exp, iat, nbf; /* seconds since 1970 */
	struct opt_int rc; /* refresh counter that it was minted with */
};
extern const struct type token_claims_type;

/* Signs a token for what the claims name; iss, aud, jti and the times are filled in. `lifetime` in ms. */
err_t token_mint(struct cx *cx, struct token_claims *claims, int64_t lifetime, const char **out) CHECKED;

/* Checks a token in full. ERR_TOKEN_INVALID, ERR_TOKEN_EXPIRED; ERR_NOT_HERE on a loop when the keys must be read again. */
err_t token_check(struct cx *cx, const char *token, struct token_claims *out) CHECKED;

#endif
