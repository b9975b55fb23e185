#include "features/token/token.h"
#include "base/conf.h"
#include "base/json.h"
#include "crypto/sign.h"
#include "features/key/key.h"

#include <string.h>

enum {
	LEEWAY = 5, /* seconds that clocks of two nodes may differ */
	AHEAD = 86400, /* seconds that a clock may have been wrong before it was put right */
	MS = 1000,
};

err_t token_mint(struct cx *cx, struct token_claims *c, int64_t lifetime, const char **out)
{
	const struct token_conf *conf = CONF_OF(cx, token);
	TRY(key_refresh(cx));
	const struct sign_key *key = key_signer();
	if (!key)
		return FAIL(cx, ERR_UNAVAILABLE, "the newest signing key cannot be opened with this master key");
	c->iss = conf->issuer;
	c->aud = conf->audience;
	c->jti = id_new(cx);
	c->iat = c->nbf = (struct opt_int){ IS_SET, cx->now / MS };
	c->exp = (struct opt_int){ IS_SET, (cx->now + lifetime) / MS };
	struct buf b = { .mem = cx->mem };
	json_write(&b, &token_claims_type, c, JSON_ANSWER);
	*out = jws_sign(cx->mem, key, "at+jwt", b.p, b.n);
	return *out ? ERR_OK : FAIL(cx, ERR_UNAVAILABLE, "the token could not be signed");
}

static bool is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* A token that begins after it was made is meant for later. One that was made ahead of our clock is left from before that
 * was set back: the session or the client behind it tells whether it holds, so its owner is not logged out. */
static bool is_early(const struct token_claims *c, int64_t now)
{
	bool later = c->nbf.has == IS_SET && c->nbf.v > now + LEEWAY && c->nbf.v > c->iat.v;
	return later || c->iat.v > now + AHEAD;
}

/* RFC 9068 section 4. */
static err_t check_claims(struct cx *cx, const struct token_claims *c)
{
	const struct token_conf *conf = CONF_OF(cx, token);
	int64_t now = cx->now / MS;
	if (c->exp.has != IS_SET || c->iat.has != IS_SET)
		return FAIL(cx, ERR_TOKEN_INVALID, "no exp or iat");
	if (!is(c->iss, conf->issuer) || !is(c->aud, conf->audience))
		return FAIL(cx, ERR_TOKEN_INVALID, "issuer or audience of another service");
	if (!c->sub || !*c->sub || !c->jti)
		return FAIL(cx, ERR_TOKEN_INVALID, "no subject or token id");
	if (is_early(c, now))
		return FAIL(cx, ERR_TOKEN_INVALID, "not valid yet");
	return c->exp.v > now ? ERR_OK : FAIL(cx, ERR_TOKEN_EXPIRED, "expired");
}

err_t token_check(struct cx *cx, const char *token, struct token_claims *out)
{
	struct jws jws;
	err_t e = jws_parse(cx->mem, token, strlen(token), &jws);
	if (e)
		return FAIL(cx, e, "not a token");
	if (!is(jws.typ, "at+jwt"))
		return FAIL(cx, ERR_TOKEN_INVALID, "not an access token");
	const struct sign_key *key;
	TRY(key_verifier(cx, jws.kid, &key));
	if (!key)
		return FAIL(cx, ERR_TOKEN_INVALID, "unknown key");
	e = jws_verify(&jws, key);
	if (e)
		return FAIL(cx, e, "wrong signature");
	*out = (struct token_claims){ 0 };
	if (json_read(cx, &token_claims_type, out, jws.payload, jws.payload_n, true)) {
		cx_forgive(cx);
		return FAIL(cx, ERR_TOKEN_INVALID, "claims that are none of ours");
	}
	return check_claims(cx, out);
}
