#include "features/oauth/oauth.h"
#include "base/conf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "features/client/client.h"
#include "features/token/token.h"

#include <string.h>

/* --- who calls ---------------------------------------------------------------------------------------------------- */

static err_t identify_cookie(struct cx *cx, const struct oauth_shown *shown, bool stale_ok)
{
	err_t e = session_identify(cx, shown->cookie, stale_ok);
	if (e && err_info(e)->http == 401) {
		cx_forgive(cx); /* browsers send old cookies along: they must not stand in the way of logging in */
		return ERR_OK;
	}
	TRY(e);
	if (shown->safe || cx->who.kind != ACTOR_USER)
		return ERR_OK;
	return session_csrf_check(cx, cx->who.session_id, shown->csrf);
}

static err_t act_as(struct cx *cx, const struct client *c)
{
	uint64_t perms;
	if (!client_scope_perms(c->scope, &perms))
		return FAIL(cx, ERR_TOKEN_INVALID, "a scope of another version: %s", c->scope);
	return client_identify(cx, c->id, perms);
}

static err_t identify_client(struct cx *cx, const struct oauth_shown *shown)
{
	struct client c = { 0 };
	if (cx->on_loop)
		return ERR_NOT_HERE;
	TRY(client_authenticate(cx, shown->client_id, shown->client_secret, &c));
	return act_as(cx, &c);
}

err_t oauth_identify(struct cx *cx, const struct oauth_shown *shown, bool stale_ok)
{
	if (shown->known)
		return session_identify_again(cx, shown->known, stale_ok);
	if (shown->bearer)
		return session_identify(cx, shown->bearer, stale_ok);
	if (shown->client_id)
		return identify_client(cx, shown);
	return shown->cookie ? identify_cookie(cx, shown, stale_ok) : ERR_OK;
}

/* --- grants ------------------------------------------------------------------------------------------------------- */

static err_t missing(struct cx *cx, const char *name)
{
	cx->fail.message = arena_printf(cx->mem, "The parameter %s is missing.", name);
	return FAIL(cx, ERR_OAUTH_REQUEST, "%s", name);
}

/* In this standard every refusal of a grant has one name. The transaction's verdict stays what it was. */
static err_t as_grant_error(struct cx *cx, err_t e)
{
	switch (e) {
	case ERR_BAD_CREDENTIALS:
	case ERR_TOKEN_INVALID:
	case ERR_TOKEN_EXPIRED:
	case ERR_SESSION_ENDED:
	case ERR_NOT_ACTIVE:
	case ERR_UNVERIFIED:
		cx->fail.code = ERR_OAUTH_GRANT;
		return ERR_OAUTH_GRANT;
	default:
		return e;
	}
}

static err_t prepare_password(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work)
{
	if (!in->username)
		return missing(cx, "username");
	if (!in->password.s)
		return missing(cx, "password");
	work->grant = GRANT_PASSWORD;
	work->login_in = (struct login_in){ .identifier = in->username,
		.password = in->password,
		.device_token = in->device_token,
		.proof = in->proof };
	return session_login_prepare(cx, &work->login_in, &work->login);
}

static err_t prepare_refresh(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work)
{
	if (!in->refresh_token)
		return missing(cx, "refresh_token");
	work->grant = GRANT_REFRESH;
	work->refresh_in.refresh_token = in->refresh_token;
	return as_grant_error(cx, session_refresh_prepare(cx, &work->refresh_in, &work->refresh));
}

/* RFC 6749 section 4.4: the client by Basic (then the gate knows it already) or in the body. */
static err_t prepare_client(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work)
{
	struct client c = { 0 };
	uint64_t asked, granted;
	work->grant = GRANT_CLIENT;
	if (cx->who.kind != ACTOR_SERVICE) {
		if (!in->client_id || !in->client_secret.s)
			return FAIL(cx, ERR_BAD_CLIENT, "no client credentials");
		TRY(client_authenticate(cx, in->client_id, in->client_secret.s, &c));
		TRY(act_as(cx, &c));
	} else {
		c.id = cx->who.id;
	}
	granted = cx->who.perms;
	if (!client_scope_perms(in->scope ? in->scope : "", &asked) || (asked & ~granted))
		return FAIL(cx, ERR_OAUTH_SCOPE, "%s", in->scope);
	work->client_id = c.id;
	work->scope = in->scope && *in->scope ? in->scope : client_scope_text(cx, granted);
	return ERR_OK;
}

err_t oauth_token_prepare(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work)
{
	static const struct {
		const char *name;
		err_t (*prepare)(struct cx *, const struct oauth_token_in *, struct oauth_work *);
	} grants[] = { { "password", prepare_password }, { "refresh_token", prepare_refresh },
		{ "client_credentials", prepare_client } };
	if (!in->grant_type)
		return missing(cx, "grant_type");
	for (size_t i = 0; i < sizeof grants / sizeof *grants; i++)
		if (strcmp(grants[i].name, in->grant_type) == 0)
			return grants[i].prepare(cx, in, work);
	return FAIL(cx, ERR_OAUTH_GRANT_TYPE, "%s", in->grant_type);
}

err_t oauth_token(struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work, struct oauth_token *out)
{
	(void)in;
	(void)out;
	struct signed_in unused = { 0 };
	switch (work->grant) {
	case GRANT_PASSWORD:
		return as_grant_error(cx, session_login(cx, &work->login_in, &work->login, &unused));
	case GRANT_REFRESH:
		return as_grant_error(cx, session_refresh(cx, &work->refresh_in, &work->refresh, &unused));
	case GRANT_CLIENT:
		cx->audit.subject_type = "client";
		cx->audit.subject_id = work->client_id;
		return ERR_OK;
	}
	return ERR_OAUTH_GRANT_TYPE;
}

static err_t sign_client(struct cx *cx, struct oauth_work *work, struct oauth_token *out)
{
	int64_t lifetime = CONF_OF(cx, token)->lifetime;
	struct token_claims claims = { .sub = work->client_id, .client_id = work->client_id, .scope = work->scope };
	TRY(token_mint(cx, &claims, lifetime, &out->access_token));
	out->token_type = "Bearer";
	out->scope = work->scope;
	out->expires_in = lifetime / 1000;
	return ERR_OK;
}

err_t oauth_token_finish(
	struct cx *cx, const struct oauth_token_in *in, struct oauth_work *work, struct oauth_token *out)
{
	(void)in;
	struct signed_in s = { 0 };
	if (work->grant == GRANT_CLIENT)
		return sign_client(cx, work, out);
	if (work->grant == GRANT_PASSWORD)
		TRY(session_login_finish(cx, &work->login_in, &work->login, &s));
	else
		TRY(session_refresh_finish(cx, &work->refresh_in, &work->refresh, &s));
	*out = (struct oauth_token){ .access_token = s.access_token,
		.refresh_token = s.refresh_token,
		.token_type = "Bearer",
		.expires_in = s.expires_in.v,
		.device_token = s.device_token,
		.scope = "account" };
	return ERR_OK;
}

/* --- introspection and revocation --------------------------------------------------------------------------------- */

/* The caller of the operation is somebody else than the bearer of the token: asked in a context of its own. */
static struct cx aside(const struct cx *cx)
{
	return (struct cx){ .mem = cx->mem,
		.db = cx->db,
		.now = cx->now,
		.conf = cx->conf,
		.from = cx->from,
		.who = { .id = "", .session_id = "", .role = "" } };
}

static void introspect_refresh(struct cx *cx, const char *token, struct introspection *out)
{
	struct session s = { 0 };
	struct user u = { 0 };
	if (session_by_refresh(cx, token, &s) || !s.is_active || user_by_id(cx, s.user_id, &u))
		return;
	if (!user_may_act(&u, cx->now) || u.credential_version != s.credential_version)
		return;
	*out = (struct introspection){ .active = true,
		.sub = u.id,
		.username = u.username,
		.sid = s.id,
		.role = u.role,
		.token_type = "refresh_token",
		.exp = { IS_SET, s.expires_at / 1000 },
		.iat = { IS_SET, s.rotated_at / 1000 } };
}

static void introspect_access(struct cx *cx, const char *token, struct introspection *out)
{
	struct token_claims c;
	if (session_identify(cx, token, false) || token_check(cx, token, &c))
		return;
	*out = (struct introspection){ .active = true,
		.sub = c.sub,
		.scope = c.scope,
		.client_id = c.client_id,
		.username = c.username,
		.token_type = "Bearer",
		.aud = c.aud,
		.iss = c.iss,
		.jti = c.jti,
		.sid = c.sid,
		.role = *cx->who.role ? cx->who.role : NULL,
		.exp = c.exp,
		.iat = c.iat,
		.nbf = c.nbf };
}

err_t oauth_introspect(struct cx *cx, const struct oauth_query *in, struct introspection *out)
{
	struct cx other = aside(cx);
	if (session_is_refresh(in->token))
		introspect_refresh(&other, in->token, out);
	else
		introspect_access(&other, in->token, out);
	return other.fail.code == ERR_UNAVAILABLE ? FAIL(cx, ERR_UNAVAILABLE, "%s", other.fail.detail) : ERR_OK;
}

/* The session that a token belongs to; s->id stays NULL for a service's token, which has none. */
static err_t session_of(struct cx *cx, const char *token, struct session *s)
{
	struct token_claims c;
	if (session_is_refresh(token))
		return session_by_refresh(cx, token, s);
	TRY(token_check(cx, token, &c));
	return c.sid ? session_by_id(cx, c.sub, c.sid, s) : ERR_OK;
}

err_t oauth_revoke(struct cx *cx, const struct oauth_query *in, struct none *out)
{
	(void)out;
	struct session s = { 0 };
	err_t e = session_of(cx, in->token, &s);
	if (e == ERR_UNAVAILABLE || e == ERR_AGAIN)
		return e;
	if (e || !s.id || s.ended_at) {
		cx_forgive(cx);
		return ERR_OK;
	}
	cx->audit.subject_type = "session";
	cx->audit.subject_id = s.id;
	return session_end(cx, &s, "revoked");
}
