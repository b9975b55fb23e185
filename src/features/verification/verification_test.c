/* Proving an address: after registering, first of all, and when it is to be another. */
#include "features/verification/verification.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"

#include <string.h>

static struct call *confirm(const char *token)
{
	return home_call(NULL, "verification_confirm", home_text("{\"token\":\"%s\"}", token));
}

static struct call *create(const char *email, const char *more)
{
	return home_call(
		NULL, "user_create", home_text("{\"email\":\"%s\",\"password\":\"" HOME_PASSWORD "\"%s}", email, more));
}

static struct call *log_in(const char *name)
{
	return home_call(
		NULL, "session_login", home_text("{\"identifier\":\"%s\",\"password\":\"" HOME_PASSWORD "\"}", name));
}

static struct user *me(const struct person *p)
{
	return HOME_OUT(user, home_call(p->access, "user_me", NULL));
}

static struct call *change(const struct person *p, const char *email)
{
	return home_call(p->access, "verification_change",
		home_text("{\"email\":\"%s\",\"current_password\":\"" HOME_PASSWORD "\"}", email));
}

/* --- after registering -------------------------------------------------------------------------------------------- */

TEST(verification, who_registers_proves_the_address_by_the_link)
{
	home_open();
	rig_set("registration.letter", "on");
	struct person ann = home_person("ann");
	CHECK(!me(&ann)->email_verified);
	const char *letter = home_letter("ann@example.org");
	CHECK(strstr(letter, "/verify-email#token=rf1_"));
	struct verified *v = HOME_OUT(verified, confirm(home_token(letter)));
	CHECK_TEXT(v->id, ann.id);
	CHECK(v->email_verified);
	CHECK(me(&ann)->email_verified); /* the session goes on, and memory knows */
	CHECK_INT(home_events("user.email_verified"), 1);
	CHECK_ERR(confirm(home_token(letter))->result, ERR_LINK_INVALID);
	home_close();
}

TEST(verification, the_code_does_it_with_the_flow_or_the_address)
{
	home_open();
	rig_set("registration.letter", "on");
	const char *id = HOME_OUT(signed_in, create("ann@example.org", ""))->flow_id;
	CHECK_OK(home_call(NULL, "verification_confirm",
		home_text("{\"flow_id\":\"%s\",\"code\":\"%s\"}", id, home_code(home_letter("ann@example.org"))))
			 ->result);
	CHECK_OK(create("bob@example.org", "")->result);
	CHECK_OK(home_call(NULL, "verification_confirm",
		home_text("{\"email\":\"BOB@example.org\",\"code\":\"%s\"}", home_code(home_letter("bob@example.org"))))
			 ->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE email_verified"), 2);
	home_close();
}

TEST(verification, needs_a_token_or_a_code)
{
	static const char *const bad[] = { "{}", "{\"code\":\"123456\"}",
		"{\"code\":\"12\",\"email\":\"a@example.org\"}" };
	home_open();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(home_call(NULL, "verification_confirm", bad[i])->result, ERR_INVALID);
	CHECK_ERR(home_call(NULL, "verification_confirm", "{\"code\":\"123456\",\"email\":\"a@example.org\"}")->result,
		ERR_LINK_INVALID);
	home_close();
}

TEST(verification, another_letter_is_sent_to_who_waits_for_one)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(flow_started, home_call(ann.access, "verification_resend", NULL));
	home_job("verification_send");
	CHECK_OK(confirm(home_token(home_letter("ann@example.org")))->result);
	CHECK_ERR(home_call(ann.access, "verification_resend", NULL)->result, ERR_CONFLICT);
	CHECK_ERR(home_call(NULL, "verification_resend", NULL)->result, ERR_INVALID);
	rig_set("flow.pause", "0");
	/* Strangers are told the same of all: verified, unknown. */
	CHECK_OK(home_call(NULL, "verification_resend", "{\"email\":\"ann@example.org\"}")->result);
	CHECK_OK(home_call(NULL, "verification_resend", "{\"email\":\"bob@example.org\"}")->result);
	home_job("verification_send");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 1);
	home_close();
}

TEST(verification, an_account_may_wait_for_the_proof_before_it_can_be_used)
{
	home_open();
	rig_set("registration.verify_before_login", "on");
	struct signed_in *s = HOME_OUT(signed_in, create("ann@example.org", ",\"username\":\"ann\""));
	CHECK(!s->access_token && !s->refresh_token && s->flow_id);
	CHECK_INT(s->user->status, USER_PENDING);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM session"), 0);
	CHECK_ERR(log_in("ann")->result, ERR_UNVERIFIED);
	CHECK_OK(confirm(home_token(home_letter("ann@example.org")))->result);
	CHECK_INT(HOME_OUT(signed_in, log_in("ann"))->user->status, USER_ACTIVE);
	home_close();
}

TEST(verification, advisory_pending_by_an_administrator_is_not_lifted_by_a_letter)
{
	home_open();
	rig_set("registration.letter", "on");
	struct person ann = home_person("ann");
	HOME_OUT(user,
		home_local("user_set_status",
			home_text("{\"id\":\"%s\",\"status\":\"pending\",\"reason\":\"to be looked at\"}", ann.id)));
	CHECK_OK(confirm(home_token(home_letter("ann@example.org")))->result);
	CHECK_ERR(log_in("ann")->result, ERR_NOT_ACTIVE);
	home_close();
}

TEST(verification, advisory_mass_assignment_nobody_calls_himself_verified)
{
	static const char *const ops[] = { "user_create", "user_update_me", "user_update" };
	home_open();
	struct person eve = home_with_role("eve", "admin");
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		struct call *c = home_call(eve.access, ops[i],
			home_text("{%s\"email_verified\":true}", i == 2 ? home_text("\"id\":\"%s\",", eve.id) : ""));
		CHECK_ERR(c->result, ERR_INVALID);
		CHECK_TEXT(c->cx.fail.fields->code, "unknown_field");
	}
	home_close();
}

/* --- registering behind a letter ---------------------------------------------------------------------------------- */

TEST(registration, nothing_tells_whether_the_address_was_taken)
{
	home_open();
	home_person("ann");
	rig_set("registration.verify_first", "on");
	struct call *taken = create("ann@example.org", ""), *free = create("bob@example.org", "");
	CHECK_INT(taken->cx.status, 202);
	CHECK_INT(free->cx.status, 202);
	for (int i = 0; i < 2; i++) {
		struct signed_in *s = HOME_OUT(signed_in, i ? taken : free);
		CHECK(!s->user && !s->access_token && s->flow_id);
	}
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), 1);
	home_job("registration_send");
	CHECK_TEXT(rig_text("SELECT template FROM mail WHERE recipient = 'ann@example.org'"), "already_registered");
	CHECK_TEXT(rig_text("SELECT template FROM mail WHERE recipient = 'bob@example.org'"), "verify_email");
	home_close();
}

TEST(registration, the_proof_makes_the_account)
{
	home_open();
	rig_set("registration.verify_first", "on");
	CHECK_OK(create(
		"bob@example.org", ",\"username\":\"bob\",\"name\":\"Bob Example\",\"preferences\":{\"push\":false}")
			 ->result);
	CHECK_ERR(log_in("bob")->result, ERR_BAD_CREDENTIALS);
	home_job("registration_send");
	const char *letter = home_letter("bob@example.org");
	CHECK(strstr(letter, "Hello Bob Example"));
	CHECK_OK(confirm(home_token(letter))->result);
	struct user *u = HOME_OUT(signed_in, log_in("bob"))->user;
	CHECK(u->email_verified && !u->preferences.push && u->preferences.email);
	CHECK_TEXT(u->name, "Bob Example");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM registration"), 0);
	CHECK_INT(home_events("user.created"), 1);
	home_close();
}

TEST(registration, of_two_who_ask_for_one_address_the_first_proof_counts_and_nothing_that_either_gave)
{
	home_open();
	rig_set("registration.verify_first", "on");
	rig_set("flow.pause", "0");
	CHECK_OK(create("robert@example.org", ",\"username\":\"bob\"")->result);
	home_job("registration_send");
	const char *first = home_token(home_letter("robert@example.org"));
	CHECK_OK(create("robert@example.org", ",\"username\":\"bobby\"")->result);
	rig_change("DELETE FROM mail");
	home_job("registration_send");
	const char *second = home_token(home_letter("robert@example.org"));
	CHECK_OK(confirm(second)->result);
	CHECK_ERR(confirm(first)->result, ERR_EMAIL_TAKEN);
	CHECK_TEXT(rig_text("SELECT username FROM users"), "robert");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM password"), 0);
	home_close();
}

TEST(registration, a_name_that_was_taken_meanwhile_is_replaced)
{
	home_open();
	rig_set("registration.verify_first", "on");
	rig_set("flow.pause", "0");
	CHECK_OK(create("bob@example.org", ",\"username\":\"bob\"")->result);
	home_job("registration_send");
	HOME_OUT(signed_in, home_local("user_create", "{\"username\":\"bob\"}"));
	CHECK_ERR(create("eve@example.org", ",\"username\":\"bob\"")->result, ERR_USERNAME_TAKEN);
	CHECK(str_starts(HOME_OUT(verified, confirm(home_token(home_letter("bob@example.org"))))->username, "bob_"));
	home_close();
}

TEST(registration, the_letter_can_be_asked_for_once_more)
{
	home_open();
	rig_set("registration.verify_first", "on");
	rig_set("flow.pause", "0");
	CHECK_OK(create("bob@example.org", "")->result);
	CHECK_OK(home_call(NULL, "verification_resend", "{\"email\":\"bob@example.org\"}")->result);
	home_job("verification_send");
	CHECK_OK(confirm(home_token(home_letter("bob@example.org")))->result);
	CHECK_OK(log_in("bob@example.org")->result);
	home_close();
}

TEST(registration, administrators_make_accounts_at_once)
{
	home_open();
	rig_set("registration.verify_first", "on");
	rig_set("registration.verify_before_login", "on");
	struct signed_in *s = HOME_OUT(signed_in, home_local("user_create", "{\"email\":\"bob@example.org\"}"));
	CHECK_INT(s->user->status, USER_ACTIVE);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 0);
	home_close();
}

TEST(registration, what_nobody_proved_is_forgotten)
{
	home_open();
	rig_set("registration.verify_first", "on");
	CHECK_OK(create("bob@example.org", "")->result);
	home_job("registration_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM registration"), 1);
	rig_change("UPDATE registration SET created_at = 1");
	home_job("registration_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM registration"), 0);
	home_close();
}

/* --- another address ---------------------------------------------------------------------------------------------- */

TEST(verification, the_old_address_stays_until_the_new_one_is_proved)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(flow_started, change(&ann, "Ann.New@Example.org"));
	CHECK_TEXT(me(&ann)->email, "ann@example.org");
	CHECK_OK(log_in("ann@example.org")->result);
	const char *letter = home_letter("ann.new@example.org");
	CHECK(strstr(letter, "/confirm-email#token=rf1_"));
	CHECK_OK(confirm(home_token(letter))->result);
	CHECK_TEXT(me(&ann)->email, "ann.new@example.org");
	CHECK(me(&ann)->email_verified);
	CHECK_ERR(log_in("ann@example.org")->result, ERR_BAD_CREDENTIALS);
	CHECK_OK(log_in("ann.new@example.org")->result);
	CHECK(strstr(home_letter("ann@example.org"), "ann.new@example.org")); /* the old one is told */
	CHECK_OK(create("ann@example.org", "")->result); /* and free */
	home_close();
}

TEST(verification, a_change_needs_the_password_and_an_address_that_is_free)
{
	home_open();
	struct person ann = home_person("ann");
	home_person("bob");
	CHECK_ERR(home_call(ann.access, "verification_change",
			  "{\"email\":\"x@example.org\",\"current_password\":\"not it\"}")
			  ->result,
		ERR_BAD_CREDENTIALS);
	CHECK_ERR(change(&ann, "bob@example.org")->result, ERR_EMAIL_TAKEN);
	CHECK_ERR(change(&ann, "ANN@example.org")->result, ERR_INVALID);
	CHECK_ERR(home_local("verification_change", "{\"email\":\"x@example.org\",\"current_password\":\"x\"}")->result,
		ERR_DENIED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM flow"), 0);
	home_close();
}

TEST(verification, advisory_account_enumeration_a_change_tells_no_more_than_registration)
{
	home_open();
	struct person ann = home_person("ann");
	home_person("bob");
	rig_set("registration.verify_first", "on");
	rig_set("flow.pause", "0");
	CHECK_OK(change(&ann, "bob@example.org")->result);
	CHECK_OK(change(&ann, "new@example.org")->result);
	CHECK_TEXT(rig_text("SELECT template FROM mail WHERE recipient = 'bob@example.org'"), "already_registered");
	CHECK_TEXT(rig_text("SELECT template FROM mail WHERE recipient = 'new@example.org'"), "change_email");
	home_close();
}

TEST(verification, an_address_that_was_taken_meanwhile_is_not_moved_to)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(change(&ann, "bob@example.org")->result);
	const char *token = home_token(home_letter("bob@example.org"));
	home_person("bob");
	CHECK_ERR(confirm(token)->result, ERR_EMAIL_TAKEN);
	CHECK_TEXT(me(&ann)->email, "ann@example.org");
	home_close();
}

TEST(verification, what_was_sent_to_the_old_address_opens_nothing_any_more)
{
	home_open();
	rig_set("registration.letter", "on");
	struct person ann = home_person("ann");
	const char *old = home_token(home_letter("ann@example.org"));
	CHECK_OK(home_call(NULL, "recovery_begin", "{\"email\":\"ann@example.org\"}")->result);
	home_job("recovery_send");
	const char *reset = home_token(home_letter("ann@example.org"));
	rig_set("flow.pause", "0");
	CHECK_OK(change(&ann, "new@example.org")->result);
	CHECK_OK(confirm(home_token(home_letter("new@example.org")))->result);
	CHECK_ERR(confirm(old)->result, ERR_LINK_INVALID);
	CHECK_ERR(home_call(NULL, "recovery_confirm",
			  home_text("{\"token\":\"%s\",\"password\":\"sunken violet 77 anchor\"}", reset))
			  ->result,
		ERR_LINK_INVALID);
	home_close();
}
