/* clang-format off */
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/oauth/oauth.h"

TYPE(oauth_token_in,
	FIELD(oauth_token_in, grant_type, 0, "password, refresh_token or client_credentials", .max = 64),
	FIELD(oauth_token_in, username, TRIM, "E-mail address or user name", .max = 254),
	FIELD(oauth_token_in, password, 0, "Password", .max = 1024),
	FIELD(oauth_token_in, refresh_token, SENSITIVE, "Refresh token", .max = 8192),
	FIELD(oauth_token_in, scope, 0, "Wanted scope", .max = 1000),
	FIELD(oauth_token_in, client_id, 0, "Client id, when it is not in the Authorization header", .max = 64),
	FIELD(oauth_token_in, client_secret, 0, "Client secret, when it is not in the Authorization header", .max = 256),
	FIELD(oauth_token_in, device_token, SENSITIVE, "From an earlier log-in on this device", .max = 400),
	FIELD(oauth_token_in, proof, 0, "Answer to a challenge, see the error proof_required", .max = 400));
TYPE(oauth_token,
	FIELD(oauth_token, access_token, REQUIRED | SENSITIVE, "Access token"),
	FIELD(oauth_token, token_type, REQUIRED, "Bearer"),
	FIELD(oauth_token, expires_in, REQUIRED, "Seconds that it lives"),
	FIELD(oauth_token, refresh_token, SENSITIVE | OMIT_NULL, "Gives a new one, once"),
	FIELD(oauth_token, scope, OMIT_NULL, "What it allows"),
	FIELD(oauth_token, device_token, SENSITIVE | OMIT_NULL, "Keep it, and send it with the next log-in on this device"));
TYPE(oauth_query,
	FIELD(oauth_query, token, REQUIRED | SENSITIVE, "Access or refresh token", .max = 8192),
	FIELD(oauth_query, token_type_hint, 0, "access_token or refresh_token; not needed", .max = 64));
TYPE(introspection,
	FIELD(introspection, active, REQUIRED, "Whether it is good now"),
	FIELD(introspection, scope, OMIT_NULL, "What it allows"),
	FIELD(introspection, client_id, OMIT_NULL, "Which client it was given to"),
	FIELD(introspection, username, OMIT_NULL, "Whose, by name"),
	FIELD(introspection, token_type, OMIT_NULL, "Bearer or refresh_token"),
	FIELD(introspection, exp, 0, "Expires, in seconds since 1970"),
	FIELD(introspection, iat, 0, "Issued"),
	FIELD(introspection, nbf, 0, "Not before"),
	FIELD(introspection, sub, OMIT_NULL, "Whose, by id"),
	FIELD(introspection, aud, OMIT_NULL, "Audience"),
	FIELD(introspection, iss, OMIT_NULL, "Issuer"),
	FIELD(introspection, jti, OMIT_NULL, "Token id"),
	FIELD(introspection, sid, OMIT_NULL, "Session"),
	FIELD(introspection, role, OMIT_NULL, "Role now"));

OP_BIND_WORK(oauth_token, oauth_token_in, oauth_work, oauth_token);
OP_BIND(oauth_introspect, oauth_query, introspection);
OP_BIND(oauth_revoke, oauth_query, none);

const struct feature oauth_feature = {
	.name = "oauth",
	.doc = "OAuth 2.0: tokens, introspection, revocation",
	.ops = (const struct op[]){
		{ OP(oauth_token), .rest = "POST /auth/token", .root = "POST /oauth/token", .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_SERVICE | OP_HASH | OP_BARE | OP_IGNORE_UNKNOWN | OP_NO_STORE,
		  .doc = "OAuth 2.0 token endpoint (RFC 6749)" },
		{ OP(oauth_introspect), .root = "POST /oauth/introspect", .need = PERM_TOKEN_CHECK,
		  .flags = OP_SERVICE | OP_BARE | OP_IGNORE_UNKNOWN | OP_NO_STORE, .rate = RATE_NONE,
		  .doc = "What a token stands for (RFC 7662)" },
		{ OP(oauth_revoke), .root = "POST /oauth/revoke", .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_SERVICE | OP_BARE | OP_IGNORE_UNKNOWN,
		  .doc = "End the session of a token (RFC 7009)" },
		{ 0 },
	},
};
