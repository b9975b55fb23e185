/* Requests that are repeated, through the real gate. */
#include "features/idempotency/idempotency.h"
#include "base/test.h"
#include "features/client/client.h"
#include "features/fixture_test.h"
#include "features/idempotency/idempotency_claim.h"
#include "features/session/session.h"

#include <string.h>

enum { HOUR = 3600000 };

/* By Idempotency-Key; "r:ID" is by X-Request-ID. */
static struct call *keyed_to(const char *path, const char *bearer, const char *op, const char *json, const char *key)
{
	struct call *c = rig_call(op_find(op, NULL), json);
	c->creds.bearer = bearer;
	c->keys = (struct request_keys){ .method = "POST", .path = path };
	if (key[0] == 'r' && key[1] == ':')
		c->keys.request_id = key + 2;
	else
		c->keys.key = key;
	c->cx.now += home_later;
	(void)!call_run(c);
	return c;
}

static struct call *keyed(const char *bearer, const char *op, const char *json, const char *key)
{
	return keyed_to("/somewhere", bearer, op, json, key);
}

static struct call *call_her(const struct person *p, const char *name, const char *key)
{
	return keyed(p->access, "user_update_me", home_text("{\"name\":\"%s\"}", name), key);
}

static int64_t updates(void)
{
	return home_events("user.updated");
}

TEST(idempotency, a_repetition_gets_the_first_answer_and_does_nothing)
{
	home_open();
	struct person ann = home_person("ann");
	struct call *first = call_her(&ann, "One", "k1");
	CHECK_OK(first->result);
	CHECK(!first->cx.from.replayed);
	CHECK_OK(call_her(&ann, "Two", "k2")->result);
	struct call *again = call_her(&ann, "One", "k1");
	CHECK_OK(again->result);
	CHECK(again->cx.from.replayed);
	CHECK_TEXT(((struct user *)again->out)->name, "One");
	CHECK_TEXT(op_etag(again->cx.mem, again->op, again->out), op_etag(first->cx.mem, first->op, first->out));
	CHECK_TEXT(rig_text("SELECT name FROM users"), "Two");
	CHECK_INT(updates(), 2);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE operation = 'user_update_me'"), 2);
	home_close();
}

TEST(idempotency, another_input_is_refused_under_a_key_and_new_under_a_request_id)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(call_her(&ann, "One", "k")->result);
	CHECK_ERR(call_her(&ann, "Two", "k")->result, ERR_KEY_REUSED);
	CHECK_OK(call_her(&ann, "One", "r:k")->result); /* the two headers share nothing */
	CHECK_INT(updates(), 2);
	CHECK(!call_her(&ann, "Two", "r:k")->cx.from.replayed);
	CHECK(call_her(&ann, "One", "r:k")->cx.from.replayed);
	CHECK(call_her(&ann, "Two", "r:k")->cx.from.replayed);
	CHECK_INT(updates(), 3);
	home_close();
}

TEST(idempotency, advisory_the_key_of_another_gives_nothing_away)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_OK(call_her(&ann, "One", "k")->result);
	struct call *c = call_her(&bob, "One", "k");
	CHECK_OK(c->result);
	CHECK(!c->cx.from.replayed);
	CHECK_TEXT(((struct user *)c->out)->username, "bob");
	c = call_her(&bob, "Two", "k");
	CHECK_ERR(c->result, ERR_KEY_REUSED); /* his own */
	const char *json = "{\"email\":\"eve@example.org\",\"password\":\"" HOME_PASSWORD "\"}";
	CHECK_OK(keyed(NULL, "user_create", json, "k")->result);
	struct call *elsewhere = rig_call(op_find("user_create", NULL), json);
	elsewhere->keys = (struct request_keys){ .key = "k", .method = "POST", .path = "/somewhere" };
	elsewhere->cx.from.ip_block = "198.51.100.1";
	CHECK_ERR(call_run(elsewhere), ERR_EMAIL_TAKEN); /* a stranger from elsewhere is another caller */
	home_close();
}

TEST(idempotency, method_and_path_belong_to_the_key_and_a_slash_at_the_end_does_not)
{
	home_open();
	struct person ann = home_person("ann");
	const char *json = "{\"name\":\"One\"}";
	CHECK_OK(keyed_to("/a", ann.access, "user_update_me", json, "k")->result);
	CHECK(!keyed_to("/b", ann.access, "user_update_me", json, "k")->cx.from.replayed);
	CHECK(keyed_to("/a/", ann.access, "user_update_me", json, "k")->cx.from.replayed);
	home_close();
}

TEST(idempotency, blanks_and_order_of_the_input_do_not_count)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(keyed(ann.access, "user_update_me", "{\"name\":\"One\",\"bio\":\"b\"}", "k")->result);
	CHECK(keyed(ann.access, "user_update_me", " { \"bio\" : \"b\", \"name\" : \"One\" } ", "k")->cx.from.replayed);
	CHECK_ERR(keyed(ann.access, "user_update_me", "{\"name\":\"One\",\"bio\":null}", "k")->result, ERR_KEY_REUSED);
	CHECK_ERR(keyed(ann.access, "user_update_me", "{\"name\":\"One\"}", "k")->result, ERR_KEY_REUSED);
	home_close();
}

TEST(idempotency, a_key_has_1_to_255_visible_characters)
{
	home_open();
	struct person ann = home_person("ann");
	char longest[300];
	memset(longest, 'k', sizeof longest);
	longest[255] = 0;
	CHECK_OK(call_her(&ann, "One", longest)->result);
	longest[255] = 'k';
	longest[256] = 0;
	const char *const bad[] = { "", "a b", "a\tb", "\x7f", "ä", longest };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(call_her(&ann, "Two", bad[i])->result, ERR_MALFORMED);
	CHECK_INT(updates(), 1);
	home_close();
}

/* Memory forgets at the time it was told; the row says another. */
TEST(idempotency, the_database_knows_what_memory_has_lost)
{
	home_open();
	const char *json = "{\"email\":\"ann@example.org\",\"password\":\"" HOME_PASSWORD "\"}";
	struct signed_in *first = HOME_OUT(signed_in, keyed(NULL, "user_create", json, "k"));
	rig_change("UPDATE idempotency SET expires_at = expires_at + 7200000");
	home_later = 25 * (int64_t)HOUR;
	struct call *c = keyed(NULL, "user_create", json, "k");
	CHECK(c->cx.from.replayed);
	CHECK_TEXT(HOME_OUT(signed_in, c)->user->id, first->user->id);
	CHECK(HOME_OUT(signed_in, c)->access_token);
	home_later = 27 * (int64_t)HOUR;
	CHECK_ERR(keyed(NULL, "user_create", json, "k")->result, ERR_EMAIL_TAKEN);
	home_close();
}

static err_t clean(struct cx *cx, void *arg)
{
	(void)arg;
	cx->now += home_later;
	return idempotency_clean(cx);
}

TEST(idempotency, a_record_expires_after_a_day_and_is_cleaned_away)
{
	home_open();
	const char *json = "{\"email\":\"ann@example.org\",\"password\":\"" HOME_PASSWORD "\"}";
	CHECK_OK(keyed(NULL, "user_create", json, "k")->result);
	home_later = 23 * (int64_t)HOUR;
	CHECK(keyed(NULL, "user_create", json, "k")->cx.from.replayed);
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM idempotency"), 1);
	home_later = 25 * (int64_t)HOUR;
	struct call *c = keyed(NULL, "user_create", json, "k");
	CHECK_ERR(c->result, ERR_EMAIL_TAKEN);
	CHECK(!c->cx.from.replayed);
	home_later = 50 * (int64_t)HOUR;
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM idempotency"), 0);
	home_close();
}

TEST(idempotency, failures_of_the_operation_are_repeated_with_all_they_said)
{
	home_open();
	home_person("ann");
	const char *taken = "{\"email\":\"ann@example.org\",\"password\":\"" HOME_PASSWORD "\"}";
	CHECK_ERR(keyed(NULL, "user_create", taken, "k1")->result, ERR_EMAIL_TAKEN);
	const char *weak = "{\"email\":\"b@example.org\",\"password\":\"password\"}";
	struct call *first = keyed(NULL, "user_create", weak, "k2"), *again = keyed(NULL, "user_create", weak, "k2");
	CHECK_ERR(first->result, ERR_INVALID);
	CHECK_ERR(again->result, ERR_INVALID);
	CHECK(again->cx.from.replayed && !first->cx.from.replayed);
	CHECK_TEXT(again->cx.fail.fields->path, first->cx.fail.fields->path);
	CHECK_TEXT(again->cx.fail.fields->why, first->cx.fail.fields->why);
	CHECK_TEXT(again->cx.fail.fields->code, first->cx.fail.fields->code);
	/* Also when it would go well now. */
	rig_change("DELETE FROM login_name WHERE key = 'e:ann@example.org'");
	again = keyed(NULL, "user_create", taken, "k1");
	CHECK_ERR(again->result, ERR_EMAIL_TAKEN);
	CHECK(again->cx.from.replayed);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), 1);
	home_close();
}

TEST(idempotency, what_may_be_otherwise_next_time_is_not_kept)
{
	home_open();
	struct person ann = home_person("ann");
	const char *json = "{\"current_password\":\"a wrong one\",\"new_password\":\"eleven loud kingfishers\"}";
	CHECK_ERR(keyed(ann.access, "password_change", json, "k")->result, ERR_BAD_CREDENTIALS);
	CHECK_ERR(keyed(NULL, "user_update_me", "{\"name\":\"One\"}", "k")->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(keyed(ann.access, "user_create", "{\"role\":1}", "k")->result, ERR_INVALID); /* of the gate */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM idempotency"), 0);
	home_close();
}

TEST(idempotency, log_in_and_its_kin_ignore_keys)
{
	home_open();
	struct person ann = home_person("ann");
	const char *json = "{\"identifier\":\"ann\",\"password\":\"" HOME_PASSWORD "\"}";
	CHECK(!keyed(NULL, "session_login", json, "k")->cx.from.replayed);
	struct call *c = keyed(NULL, "session_login", json, "k");
	CHECK_OK(c->result);
	CHECK(!c->cx.from.replayed);
	CHECK_OK(keyed(ann.access, "session_logout", NULL, "bad key, and nobody looks")->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM idempotency"), 0);
	home_close();
}

TEST(idempotency, a_repeated_registration_gives_tokens_while_its_session_lives)
{
	home_open();
	const char *json = "{\"email\":\"ann@example.org\",\"password\":\"" HOME_PASSWORD "\"}";
	struct signed_in *first = HOME_OUT(signed_in, keyed(NULL, "user_create", json, "k"));
	struct call *c = keyed(NULL, "user_create", json, "k");
	struct signed_in *again = HOME_OUT(signed_in, c);
	CHECK(c->cx.from.replayed);
	CHECK_TEXT(again->user->id, first->user->id);
	CHECK(again->access_token && strcmp(again->access_token, first->access_token) != 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM session"), 1);
	CHECK_OK(home_call(again->access_token, "user_me", NULL)->result);
	CHECK_OK(home_call(NULL, "session_refresh", home_text("{\"refresh_token\":\"%s\"}", again->refresh_token))
			 ->result);
	CHECK_OK(home_call(again->access_token, "session_logout_all", NULL)->result);
	again = HOME_OUT(signed_in, keyed(NULL, "user_create", json, "k"));
	CHECK_TEXT(again->user->id, first->user->id);
	CHECK(!again->access_token && !again->refresh_token && !again->tokens && !again->device_token);
	home_close();
}

TEST(idempotency, advisory_the_record_holds_no_secret)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	const char *json = "{\"name\":\"crm\",\"scope\":\"token.check\"}";
	struct client *c = HOME_OUT(client, keyed(eve.access, "client_create", json, "k"));
	struct client *again = HOME_OUT(client, keyed(eve.access, "client_create", json, "k"));
	CHECK(c->secret && !again->secret);
	CHECK_TEXT(again->id, c->id);
	CHECK_OK(keyed(NULL, "user_create", "{\"email\":\"zoe@example.org\",\"password\":\"" HOME_PASSWORD "\"}", "k")
			 ->result);
	/* And none of it can be read from the table. */
	CHECK_INT(
		rig_number("SELECT COUNT(*) FROM idempotency WHERE sealed || fingerprint || slot LIKE '%zoe@example%'"),
		0);
	home_close();
}

TEST(idempotency, a_claim_is_of_one_request_at_a_time)
{
	struct claim a = { .slot = "one slot" }, b = { .slot = "one slot" }, c = { .slot = "one slot too" };
	CHECK(claim_take(&a));
	CHECK(!claim_take(&b));
	CHECK(claim_take(&c)); /* in the same list */
	claim_give_back(&a);
	CHECK(claim_take(&b));
	CHECK(!claim_take(&a));
	claim_give_back(&c);
	claim_give_back(&b);
	CHECK(claim_take(&a));
	claim_give_back(&a);
}
