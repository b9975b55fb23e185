/* clang-format off */
#include "base/conf.h"
#include "features/token/token.h"

TYPE(token_claims, FIELD(token_claims, iss, OMIT_NULL, "Issuer"),
	FIELD(token_claims, sub, OMIT_NULL, "Whose: user id, or client id"),
	FIELD(token_claims, aud, OMIT_NULL, "Audience"), FIELD(token_claims, exp, 0, "Expires"),
	FIELD(token_claims, iat, 0, "Issued at"), FIELD(token_claims, nbf, 0, "Not before"),
	FIELD(token_claims, jti, OMIT_NULL, "Token id"), FIELD(token_claims, sid, OMIT_NULL, "Session"),
	FIELD(token_claims, client_id, OMIT_NULL, "Client"), FIELD(token_claims, scope, OMIT_NULL, "Scope"),
	FIELD(token_claims, role, OMIT_NULL, "Role at the time of signing; a hint, never believed"),
	FIELD(token_claims, username, OMIT_NULL, "User name at the time of signing"),
	FIELD(token_claims, rc, 0, "Refresh counter of the session"));

CONF_GROUP(token, "token", CONF(token, issuer, CONF_PLAIN, "roster", "Claim `iss` of access tokens"),
	CONF(token, audience, CONF_PLAIN, "roster", "Claim `aud` of access tokens"),
	CONF(token, lifetime, CONF_DURATION | CONF_RELOAD, "15m", "How long an access token lives",
		.env = "JWT_ACCESS_TOKEN_EXPIRE_MINUTES|ACCESS_TOKEN_EXPIRE_MINUTES", .env_unit = "m", .min = 1000,
		.max = INT64_C(31536000000)));
