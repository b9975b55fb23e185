/* A forgotten password, through the real gate: who asks learns nothing, who proves gets the account. */
#include "features/recovery/recovery.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"

#include <string.h>

#define NEXT "sunken violet 77 anchor"

static struct call *ask(const char *email)
{
	return home_call(NULL, "recovery_begin", home_text("{\"email\":\"%s\"}", email));
}

/* The letter that follows. */
static const char *asked(const char *email, const char **flow_id)
{
	const char *id = HOME_OUT(flow_started, ask(email))->flow_id;
	home_job("recovery_send");
	if (flow_id)
		*flow_id = id;
	return home_letter(email);
}

static struct call *confirm(const char *token, const char *password)
{
	return home_call(
		NULL, "recovery_confirm", home_text("{\"token\":\"%s\",\"password\":\"%s\"}", token, password));
}

static struct call *confirm_code(const char *flow_id, const char *code, const char *password)
{
	return home_call(NULL, "recovery_confirm",
		home_text("{\"flow_id\":\"%s\",\"code\":\"%s\",\"password\":\"%s\"}", flow_id, code, password));
}

static err_t log_in(const char *name, const char *password)
{
	return home_call(
		NULL, "session_login", home_text("{\"identifier\":\"%s\",\"password\":\"%s\"}", name, password))
	        ->result;
}

static int64_t statements(void)
{
	struct store_stats s;
	store_stats(engine()->store, &s);
	return s.statements;
}

TEST(recovery, a_letter_gives_a_new_password_and_ends_every_session)
{
	home_open();
	struct person ann = home_person("ann"), phone = home_login("ann");
	const char *letter = asked("ann@example.org", NULL);
	CHECK(strstr(letter, "/reset-password#token=rf1_"));
	CHECK_INT(home_events("password.reset_requested"), 1);
	CHECK_OK(confirm(home_token(letter), NEXT)->result);
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_ERR(home_call(phone.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_INT(home_events("session.revoked"), 2);
	CHECK_INT(home_events("password.changed"), 1);
	CHECK_ERR(log_in("ann", HOME_PASSWORD), ERR_BAD_CREDENTIALS);
	CHECK_OK(log_in("ann", NEXT));
	CHECK(strstr(home_letter("ann@example.org"), "password"));
	CHECK_TEXT(rig_text("SELECT template FROM mail ORDER BY rowid DESC LIMIT 1"), "password_changed");
	home_close();
}

TEST(recovery, the_code_does_it_too_bound_to_its_flow)
{
	home_open();
	home_person("ann");
	const char *id, *letter = asked("ann@example.org", &id);
	CHECK_ERR(confirm_code(id, strcmp(home_code(letter), "111111") ? "111111" : "222222", NEXT)->result,
		ERR_LINK_INVALID);
	CHECK_INT(rig_number("SELECT tries FROM flow"), 1); /* counted, although the answer was an error */
	CHECK_OK(confirm_code(id, home_code(letter), NEXT)->result);
	CHECK_ERR(confirm_code(id, home_code(letter), NEXT)->result, ERR_LINK_INVALID);
	CHECK_ERR(confirm(home_token(letter), NEXT)->result, ERR_LINK_INVALID);
	CHECK_OK(log_in("ann", NEXT));
	home_close();
}

TEST(recovery, advisory_account_enumeration_asking_is_the_same_work_for_known_and_unknown)
{
	home_open();
	home_person("ann");
	rig_set("flow.pause", "0");
	CHECK_OK(ask("warm@example.org")->result);
	int64_t start = statements();
	struct call *known = ask("ann@example.org");
	int64_t of_known = statements() - start;
	CHECK(of_known > 2);
	start = statements();
	struct call *unknown = ask("bob@example.org");
	CHECK_INT(statements() - start, of_known);
	CHECK_OK(known->result);
	CHECK_OK(unknown->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 0);
	CHECK_INT(home_events("password.reset_requested"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM flow WHERE subject_id IS NULL AND token_hash IS NULL"
			     " AND email LIKE '%@example.org'"),
		3);
	home_job("recovery_send");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM flow WHERE sent_at IS NOT NULL"), 3);
	CHECK_INT(rig_number("SELECT COUNT(DISTINCT expires_at - created_at) FROM flow"), 1);
	CHECK_INT(rig_number("SELECT COUNT(DISTINCT code_expires_at - created_at) FROM flow"), 1);
	home_close();
}

TEST(recovery, advisory_account_enumeration_a_wrong_code_is_the_same_work_for_known_and_unknown)
{
	home_open();
	home_person("ann");
	const char *known, *unknown;
	(void)asked("ann@example.org", &known);
	(void)asked("bob@example.org", &unknown);
	(void)confirm_code(unknown, "000000", NEXT);
	int64_t start = statements();
	struct call *a = confirm_code(known, "000000", NEXT);
	int64_t of_known = statements() - start;
	CHECK(of_known > 2);
	start = statements();
	struct call *b = confirm_code(unknown, "000000", NEXT);
	CHECK_INT(statements() - start, of_known);
	CHECK_ERR(a->result, ERR_LINK_INVALID);
	CHECK_ERR(b->result, ERR_LINK_INVALID);
	/* A password that is the account's name is told to who has the code alone. */
	CHECK_ERR(confirm_code(known, "000000", "ann@example.org")->result, ERR_LINK_INVALID);
	CHECK_ERR(confirm_code(unknown, "000000", "bob@example.org")->result, ERR_LINK_INVALID);
	home_close();
}

TEST(recovery, advisory_pre_hijack_the_first_reset_throws_out_who_registered_with_the_address)
{
	home_open();
	struct person eve = home_person("ann"); /* Eve, by Ann's address */
	HOME_OUT(user, home_call(eve.access, "user_update_me", "{\"push_token\":\"eves-phone\"}"));
	HOME_OUT(flow_started, home_call(eve.access, "verification_change",
				       "{\"email\":\"eve@example.net\",\"current_password\":\"" HOME_PASSWORD "\"}"));
	const char *trap = home_token(home_letter("eve@example.net"));
	CHECK_OK(confirm(home_token(asked("ann@example.org", NULL)), NEXT)->result);
	CHECK_ERR(home_call(eve.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_ERR(home_call(NULL, "session_refresh", home_text("{\"refresh_token\":\"%s\"}", eve.refresh))->result,
		ERR_SESSION_ENDED);
	CHECK_ERR(log_in("ann", HOME_PASSWORD), ERR_BAD_CREDENTIALS);
	CHECK_ERR(home_call(NULL, "verification_confirm", home_text("{\"token\":\"%s\"}", trap))->result,
		ERR_LINK_INVALID);
	struct user *ann = HOME_OUT(
		signed_in, home_call(NULL, "session_login", "{\"identifier\":\"ann\",\"password\":\"" NEXT "\"}"))
	                           ->user;
	CHECK(ann->email_verified && !ann->push_token);
	CHECK_INT(home_events("user.email_verified"), 1);
	home_close();
}

TEST(recovery, a_verified_account_keeps_what_is_its_own)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"bio\":\"hers\",\"push_token\":\"anns-phone\"}"));
	rig_change("UPDATE users SET email_verified = TRUE");
	CHECK_OK(confirm(home_token(asked("ann@example.org", NULL)), NEXT)->result);
	CHECK_TEXT(rig_text("SELECT bio FROM users"), "hers");
	CHECK(!rig_text("SELECT push_token FROM users")); /* it went with the session that it was registered in */
	CHECK_INT(home_events("user.email_verified"), 0);
	home_close();
}

TEST(recovery, a_weak_password_uses_nothing_up)
{
	home_open();
	home_person("ann");
	const char *id, *letter = asked("ann@example.org", &id);
	const char *token = home_token(letter);
	CHECK_ERR(confirm(token, "password")->result, ERR_INVALID);
	CHECK_ERR(confirm(token, "ann@example.org")->result, ERR_INVALID);
	struct call *c = confirm_code(id, home_code(letter), "ann@example.org");
	CHECK_ERR(c->result, ERR_INVALID);
	CHECK_TEXT(c->cx.fail.fields->path, "password");
	CHECK_INT(rig_number("SELECT tries FROM flow"), 0);
	c = home_call(NULL, "recovery_confirm",
		home_text("{\"token\":\"%s\",\"password\":\"" NEXT "\",\"password_confirm\":\"" NEXT " \"}", token));
	CHECK_ERR(c->result, ERR_INVALID);
	CHECK_TEXT(c->cx.fail.fields->path, "password_confirm");
	CHECK_OK(confirm(token, NEXT)->result);
	home_close();
}

TEST(recovery, needs_a_proof)
{
	home_open();
	CHECK_ERR(home_call(NULL, "recovery_confirm", "{\"password\":\"" NEXT "\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(NULL, "recovery_confirm", "{\"code\":\"123456\",\"password\":\"" NEXT "\"}")->result,
		ERR_INVALID);
	CHECK_ERR(confirm("rf1_nothing", NEXT)->result, ERR_LINK_INVALID);
	home_close();
}

TEST(recovery, failed_log_ins_count_no_more_afterwards)
{
	home_open();
	home_person("ann");
	CHECK_ERR(log_in("ann", "a wrong one"), ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 1);
	CHECK_OK(confirm(home_token(asked("ann@example.org", NULL)), NEXT)->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 0);
	home_close();
}

TEST(recovery, banned_and_erased_accounts_get_no_letter)
{
	home_open();
	struct person ann = home_person("ann");
	const char *letter = asked("ann@example.org", NULL);
	HOME_OUT(user, home_local("user_set_status", home_text("{\"id\":\"%s\",\"status\":\"banned\"}", ann.id)));
	CHECK_ERR(confirm(home_token(letter), NEXT)->result, ERR_LINK_INVALID);
	rig_set("flow.pause", "0");
	int64_t n = rig_number("SELECT COUNT(*) FROM mail");
	(void)asked("ann@example.org", NULL);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), n);
	CHECK_OK(home_local("user_delete", home_text("{\"id\":\"%s\"}", ann.id))->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM flow"), 0); /* the address goes with the account */
	home_close();
}

TEST(recovery, an_older_letter_is_worthless_once_the_password_is_another)
{
	home_open();
	struct person ann = home_person("ann");
	const char *token = home_token(asked("ann@example.org", NULL));
	CHECK_OK(home_call(ann.access, "password_change",
		"{\"current_password\":\"" HOME_PASSWORD "\",\"new_password\":\"" NEXT "\"}")
			 ->result);
	CHECK_ERR(confirm(token, "another quiet heron 9")->result, ERR_LINK_INVALID);
	CHECK_OK(log_in("ann", NEXT));
	home_close();
}
