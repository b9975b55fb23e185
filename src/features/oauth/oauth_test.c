/* OAuth 2.0: grants, introspection, revocation, service credentials, signing keys. */
#include "features/oauth/oauth.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "crypto/keyring.h"
#include "features/client/client.h"
#include "features/fixture_test.h"
#include "features/key/key.h"

#include <string.h>
#include <unistd.h>

enum { SECOND = 1000, HOUR = 3600 * SECOND };

static struct call *grant(const char *json)
{
	return home_call(NULL, "oauth_token", json);
}

static struct introspection *introspect(const char *bearer, const char *token)
{
	return HOME_OUT(introspection, home_call(bearer, "oauth_introspect", home_text("{\"token\":\"%s\"}", token)));
}

static struct client *service(const struct person *admin, const char *scope)
{
	return HOME_OUT(client,
		home_call(admin->access, "client_create", home_text("{\"name\":\"s\",\"scope\":\"%s\"}", scope)));
}

static struct call *client_grant(const struct client *c, const char *more)
{
	return grant(
		home_text("{\"grant_type\":\"client_credentials\",\"client_id\":\"%s\",\"client_secret\":\"%s\"%s}",
			c->id, c->secret, more));
}

/* --- grants ------------------------------------------------------------------------------------------------------- */

TEST(oauth, password_and_refresh_grants_give_tokens)
{
	home_open();
	struct person ann = home_person("ann");
	struct oauth_token *t = HOME_OUT(oauth_token,
		grant("{\"grant_type\":\"password\",\"username\":\"ann\",\"password\":\"" HOME_PASSWORD "\"}"));
	CHECK_TEXT(t->token_type, "Bearer");
	CHECK_INT(t->expires_in, 900);
	CHECK_TEXT(HOME_OUT(user, home_call(t->access_token, "user_me", NULL))->id, ann.id);
	struct oauth_token *next = HOME_OUT(oauth_token,
		grant(home_text("{\"grant_type\":\"refresh_token\",\"refresh_token\":\"%s\"}", t->refresh_token)));
	CHECK(strcmp(next->refresh_token, t->refresh_token) != 0);
	home_close();
}

TEST(oauth, refusals_have_the_names_of_the_standard)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_ERR(grant(NULL)->result, ERR_OAUTH_REQUEST);
	CHECK_ERR(grant("{\"grant_type\":\"magic\"}")->result, ERR_OAUTH_GRANT_TYPE);
	CHECK_ERR(grant("{\"grant_type\":\"password\",\"username\":\"ann\"}")->result, ERR_OAUTH_REQUEST);
	CHECK_ERR(grant("{\"grant_type\":\"password\",\"password\":\"x\"}")->result, ERR_OAUTH_REQUEST);
	CHECK_ERR(grant("{\"grant_type\":\"refresh_token\"}")->result, ERR_OAUTH_REQUEST);
	CHECK_ERR(grant("{\"grant_type\":\"client_credentials\"}")->result, ERR_BAD_CLIENT);
	CHECK_ERR(grant("{\"grant_type\":\"password\",\"username\":\"ann\",\"password\":\"wrong\"}")->result,
		ERR_OAUTH_GRANT);
	CHECK_INT(rig_number("SELECT count FROM login_failure"), 1); /* counted all the same */
	HOME_OUT(none, home_call(ann.access, "session_logout", NULL));
	CHECK_ERR(grant(home_text("{\"grant_type\":\"refresh_token\",\"refresh_token\":\"%s\"}", ann.refresh))->result,
		ERR_OAUTH_GRANT);
	home_close();
}

TEST(oauth, a_stolen_refresh_token_ends_the_session_here_too)
{
	home_open();
	struct person ann = home_person("ann");
	const char *json = home_text("{\"grant_type\":\"refresh_token\",\"refresh_token\":\"%s\"}", ann.refresh);
	struct oauth_token *t = HOME_OUT(oauth_token, grant(json));
	CHECK_OK(home_call(t->access_token, "user_me", NULL)->result);
	home_later = 11 * SECOND;
	CHECK_ERR(grant(json)->result, ERR_OAUTH_GRANT);
	CHECK_ERR(home_call(t->access_token, "user_me", NULL)->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(oauth, services_get_what_they_are_registered_for_and_no_more)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	struct client *c = service(&eve, "token.check user.read");
	struct oauth_token *t = HOME_OUT(oauth_token, client_grant(c, ""));
	CHECK_TEXT(t->scope, "user.read token.check");
	CHECK(!t->refresh_token);
	CHECK_OK(home_call(t->access_token, "user_list", NULL)->result);
	CHECK_ERR(home_call(t->access_token, "user_me", NULL)->result, ERR_DENIED); /* no person */
	t = HOME_OUT(oauth_token, client_grant(c, ",\"scope\":\"token.check\""));
	CHECK_TEXT(t->scope, "token.check");
	CHECK_ERR(home_call(t->access_token, "user_list", NULL)->result, ERR_DENIED);
	CHECK_ERR(client_grant(c, ",\"scope\":\"user.write\"")->result, ERR_OAUTH_SCOPE);
	CHECK_ERR(client_grant(c, ",\"scope\":\"nonsense\"")->result, ERR_OAUTH_SCOPE);
	home_close();
}

TEST(oauth, a_service_may_show_its_secret_in_the_header)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	const struct client *c = service(&eve, "token.check");
	struct call *call = rig_call(op_find("oauth_token", NULL), "{\"grant_type\":\"client_credentials\"}");
	call->creds.basic_id = c->id;
	call->creds.basic_secret = c->secret;
	CHECK_OK(call_run(call));
	call = rig_call(op_find("oauth_introspect", NULL), home_text("{\"token\":\"%s\"}", eve.access));
	call->creds.basic_id = c->id;
	call->creds.basic_secret = c->secret;
	CHECK_OK(call_run(call));
	CHECK(((struct introspection *)call->out)->active);
	home_close();
}

TEST(client, advisory_wrong_secrets_are_refused_alike)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	const struct client *c = service(&eve, "token.check");
	size_t n = strlen(c->secret);
	CHECK(str_starts(c->secret, "rs1_") && n == 47);
	const char *bad[][2] = { { c->id, "" }, { c->id, "x" }, { c->id, home_text("%.46s", c->secret) },
		{ c->id, home_text("%sx", c->secret) }, { "", c->secret }, { "nobody", c->secret }, { "nobody", "" },
		{ eve.id, c->secret } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct client other = { .id = bad[i][0], .secret = bad[i][1] };
		struct call *call = client_grant(&other, "");
		CHECK_ERR(call->result, ERR_BAD_CLIENT);
		CHECK(!call->cx.fail.message);
	}
	CHECK_INT(rig_number("SELECT COUNT(*) FROM client WHERE secret_hash LIKE '%rs1_%'"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE data LIKE '%rs1_%'"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE changes LIKE '%rs1_%'"), 0);
	home_close();
}

TEST(client, a_revoked_one_is_worthless_at_once)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann");
	const struct client *c = service(&eve, "token.check");
	const char *token = HOME_OUT(oauth_token, client_grant(c, ""))->access_token;
	CHECK(introspect(token, eve.access)->active);
	const char *which = home_text("{\"id\":\"%s\"}", c->id);
	CHECK_ERR(home_call(ann.access, "client_revoke", which)->result, ERR_DENIED);
	HOME_OUT(none, home_call(eve.access, "client_revoke", which));
	CHECK_ERR(home_call(token, "oauth_introspect", "{\"token\":\"x\"}")->result, ERR_TOKEN_INVALID);
	CHECK_ERR(client_grant(c, "")->result, ERR_BAD_CLIENT);
	CHECK_ERR(home_call(eve.access, "client_revoke", which)->result, ERR_NOT_FOUND);
	struct client_list *l = HOME_OUT(client_list, home_call(eve.access, "client_list", NULL));
	CHECK_INT(l->items.n, 1);
	CHECK(!((struct client *)l->items.items)->secret && ((struct client *)l->items.items)->revoked_at);
	home_close();
}

TEST(client, nobody_gives_a_service_more_than_he_may_do_himself)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann");
	CHECK_ERR(home_call(ann.access, "client_create", "{\"name\":\"s\"}")->result, ERR_DENIED);
	CHECK_ERR(
		home_call(eve.access, "client_create", "{\"name\":\"s\",\"scope\":\"user.fly\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(eve.access, "client_create", "{\"name\":\" \"}")->result, ERR_INVALID);
	const struct client *c = HOME_OUT(client, home_call(eve.access, "client_create", "{\"name\":\"s\"}"));
	CHECK_TEXT(c->scope, "token.check");
	home_close();
}

TEST(client, scopes_are_read_strictly_and_written_back)
{
	static const struct {
		const char *scope;
		bool good;
	} scopes[] = { { "", true }, { "user.read", true }, { "user.read token.check", true }, { " ", true },
		{ "user.rea", false }, { "user.readx", false }, { "user.read,token.check", false },
		{ "USER.READ", false } };
	uint64_t perms;
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		CHECK_INT(client_scope_perms(scopes[i].scope, &perms), scopes[i].good);
	struct cx cx = { .mem = arena_new(0) };
	for (int p = PERM_NONE + 1; p < PERM_COUNT; p++) {
		const char *text = client_scope_text(&cx, PERM_BIT(p) | PERM_BIT(PERM_METRICS));
		CHECK(client_scope_perms(text, &perms) && perms == (PERM_BIT(p) | PERM_BIT(PERM_METRICS)));
	}
	CHECK_TEXT(client_scope_text(&cx, 0), "");
	arena_free(cx.mem);
}

/* --- introspection and revocation --------------------------------------------------------------------------------- */

TEST(oauth, introspection_tells_live_state_and_nothing_of_bad_tokens)
{
	struct arena *a = home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann");
	struct introspection *i = introspect(eve.access, ann.access);
	CHECK(i->active);
	CHECK_TEXT(i->sub, ann.id);
	CHECK_TEXT(i->role, "user");
	CHECK_TEXT(i->token_type, "Bearer");
	i = introspect(eve.access, ann.refresh);
	CHECK(i->active);
	CHECK_TEXT(i->token_type, "refresh_token");
	CHECK_TEXT(i->sid, ann.session);
	HOME_OUT(none, home_call(ann.access, "session_logout", NULL));
	const char *bad[] = { ann.access, ann.refresh, "x", "rr1_x", "rr2_x", "a.b.c",
		arena_memdup0(a, eve.access, 100) };
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		struct buf b = { .mem = a };
		json_write(&b, &introspection_type, introspect(eve.access, bad[k]), JSON_ANSWER);
		CHECK_TEXT(buf_cstr(&b), "{\"active\":false}");
	}
	CHECK_ERR(home_call(ann.access, "oauth_introspect", "{\"token\":\"x\"}")->result, ERR_SESSION_ENDED);
	CHECK_ERR(home_call(home_person("bob").access, "oauth_introspect", "{\"token\":\"x\"}")->result, ERR_DENIED);
	CHECK_ERR(home_call(NULL, "oauth_introspect", "{\"token\":\"x\"}")->result, ERR_UNAUTHENTICATED);
	home_close();
}

TEST(oauth, revocation_ends_the_session_of_either_token)
{
	home_open();
	struct person ann = home_person("ann"), phone = home_login("ann");
	const char *tokens[] = { ann.access, phone.refresh };
	for (size_t i = 0; i < 2; i++)
		for (int again = 0; again < 2; again++) /* a token that is good no more is no error */
			CHECK_OK(home_call(NULL, "oauth_revoke", home_text("{\"token\":\"%s\"}", tokens[i]))->result);
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_ERR(home_call(phone.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_OK(home_call(NULL, "oauth_revoke", "{\"token\":\"nonsense\"}")->result);
	CHECK_ERR(home_call(NULL, "oauth_revoke", NULL)->result, ERR_INVALID);
	CHECK_INT(home_events("session.revoked"), 2);
	home_close();
}

/* --- signing keys ------------------------------------------------------------------------------------------------- */

TEST(key, a_rotation_signs_with_the_new_one_and_still_takes_the_old)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	struct key_info *k = HOME_OUT(key_info, home_call(eve.access, "key_rotate", NULL));
	CHECK_TEXT(k->alg, "ES256");
	CHECK_OK(home_call(eve.access, "user_me", NULL)->result);
	struct person again = home_login("eve");
	CHECK_TEXT(sign_key_id(key_signer()), k->kid);
	CHECK_OK(home_call(again.access, "user_me", NULL)->result);
	struct key_list *l = HOME_OUT(key_list, home_call(eve.access, "key_list", NULL));
	CHECK_INT(l->items.n, 2);
	const struct key_info *info = l->items.items;
	CHECK_INT(info[0].signs + info[1].signs, 1);
	struct jwks *set = HOME_OUT(jwks, home_call(NULL, "key_jwks", NULL));
	CHECK(strstr(set->keys.text, k->kid) && strstr(set->keys.text, "},{") && !strstr(set->keys.text, "\"d\""));
	CHECK_ERR(home_call(home_person("ann").access, "key_rotate", NULL)->result, ERR_DENIED);
	CHECK_INT(home_events("key.rotated"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key WHERE sealed LIKE '%BEGIN%'"), 0);
	home_close();
}

/* The set of keys is played with behind memory's back, as another node does it. */
TEST(key, one_that_another_node_made_is_found_without_being_told)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	HOME_OUT(key_info, home_call(eve.access, "key_rotate", NULL));
	const char *token = home_login("eve").access;
	rig_change("UPDATE signing_key SET retired_at = 1 WHERE retired_at IS NULL");
	key_changed();
	session_forget_all();
	CHECK_ERR(home_call(token, "user_me", NULL)->result, ERR_TOKEN_INVALID);
	struct jwks *set = HOME_OUT(jwks, home_call(NULL, "key_jwks", NULL));
	CHECK(!strstr(set->keys.text, "},{"));
	rig_change("UPDATE signing_key SET retired_at = NULL WHERE retired_at = 1");
	usleep(150000); /* strangers do not make it ask more often */
	CHECK_OK(home_call(token, "user_me", NULL)->result);
	set = HOME_OUT(jwks, home_call(NULL, "key_jwks", NULL));
	CHECK(strstr(set->keys.text, "},{"));
	home_close();
}

TEST(key, a_set_that_could_not_be_read_is_read_later)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	HOME_OUT(key_info, home_call(eve.access, "key_rotate", NULL));
	rig_change("ALTER TABLE signing_key RENAME TO elsewhere");
	CHECK_OK(home_call(NULL, "key_jwks", NULL)->result); /* those that are known go on */
	rig_change("ALTER TABLE elsewhere RENAME TO signing_key");
	usleep(150000);
	struct jwks *set = HOME_OUT(jwks, home_call(NULL, "key_jwks", NULL));
	CHECK(strstr(set->keys.text, "},{"));
	home_close();
}

static bool no(void)
{
	return false;
}

TEST(client, a_revoked_one_is_worthless_too_while_memory_is_not_trusted)
{
	home_open();
	client_init(no);
	struct person eve = home_with_role("eve", "admin");
	const struct client *c = service(&eve, "token.check");
	const char *token = HOME_OUT(oauth_token, client_grant(c, ""))->access_token;
	CHECK(introspect(token, eve.access)->active);
	rig_change("UPDATE client SET revoked_at = 1"); /* by another node, and nobody told */
	CHECK_ERR(home_call(token, "oauth_introspect", "{\"token\":\"x\"}")->result, ERR_TOKEN_INVALID);
	home_close();
}

static err_t age(struct cx *cx, void *arg)
{
	cx->now += *(int64_t *)arg;
	return key_age(cx);
}

TEST(key, grows_old_and_is_replaced_and_the_old_one_goes)
{
	home_open();
	int64_t later = 80 * (int64_t)24 * HOUR;
	CHECK_OK(rig_tx(age, &later));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), 1);
	later = 91 * (int64_t)24 * HOUR;
	CHECK_OK(rig_tx(age, &later));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), 2);
	later += 25 * (int64_t)HOUR;
	CHECK_OK(rig_tx(age, &later));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), 1);
	home_close();
}

static err_t load(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(key_check_master(cx));
	return key_load(cx);
}

TEST(key, made_after_the_clock_was_set_back_is_the_one_that_signs)
{
	home_open();
	CHECK_OK(rig_tx(load, NULL));
	rig_change("UPDATE signing_key SET signs_from = signs_from + 3600000");
	const char *old = sign_key_id(key_signer());
	struct key_info *made = HOME_OUT(key_info, home_local("key_rotate", "{}"));
	CHECK_OK(rig_tx(load, NULL));
	CHECK_TEXT(sign_key_id(key_signer()), made->kid);
	CHECK(strcmp(made->kid, old) != 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), 2); /* a start makes no third */
	home_close();
}

TEST(key, advisory_a_database_sealed_with_another_master_key_is_refused)
{
	static const uint8_t other[KEY_SIZE] = "another key of thirty-two bytes";
	home_open();
	CHECK_OK(rig_tx(load, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), 1); /* the same again, not another */
	keyring_set(other);
	CHECK_ERR(rig_tx(load, NULL), ERR_CONFLICT);
	home_close();
}

TEST(key, settings_that_ask_for_another_key_get_one)
{
	home_open();
	struct person ann = home_person("ann");
	rig_set("key.algorithm", "EdDSA");
	CHECK_OK(rig_tx(load, NULL));
	CHECK_TEXT(sign_alg_name(sign_key_alg(key_signer())), "EdDSA");
	CHECK_OK(home_call(ann.access, "user_me", NULL)->result);
	rig_set("key.algorithm", "HS256");
	rig_set("key.secret", "short");
	CHECK_ERR(rig_tx(load, NULL), ERR_INTERNAL);
	rig_set("key.secret", "a secret that is thirty-two bytes or more");
	CHECK_OK(rig_tx(load, NULL));
	CHECK_TEXT(sign_alg_name(sign_key_alg(key_signer())), "HS256");
	int64_t n = rig_number("SELECT COUNT(*) FROM signing_key");
	CHECK_OK(rig_tx(load, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), n);
	rig_set("key.secret", "another secret that is thirty-two bytes or more");
	CHECK_OK(rig_tx(load, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM signing_key"), n + 1);
	/* A shared secret is never published. */
	CHECK(!strstr(HOME_OUT(jwks, home_call(NULL, "key_jwks", NULL))->keys.text, "oct"));
	home_close();
}
