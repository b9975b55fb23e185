/* Guessing passwords, through the real gate. */
#include "features/lockout/lockout.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "features/account/account.h"
#include "features/fixture_test.h"
#include "features/lockout/lockout_proof.h"
#include "features/oauth/oauth.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE = 60000, HOUR = 3600000, DAY = 86400000 };

static const char *device_token, *proof; /* sent with the next log-ins; NULL: none */

static struct call *try_from(const char *block, const char *name, const char *password)
{
	const char *more =
		home_text("%s%s%s%s%s%s", device_token ? ",\"device_token\":\"" : "", device_token ? device_token : "",
			device_token ? "\"" : "", proof ? ",\"proof\":\"" : "", proof ? proof : "", proof ? "\"" : "");
	struct call *c = rig_call(op_find("session_login", NULL),
		home_text("{\"identifier\":\"%s\",\"password\":\"%s\"%s}", name, password, more));
	c->cx.from.ip_block = block;
	c->cx.now += home_later;
	(void)!call_run(c);
	return c;
}

static err_t guess(const char *block, const char *name)
{
	return try_from(block, name, "not the password")->result;
}

static struct signed_in *enter(const char *block, const char *name)
{
	return HOME_OUT(signed_in, try_from(block, name, HOME_PASSWORD));
}

static void guesses(const char *block, const char *name, int n)
{
	for (int i = 0; i < n; i++)
		CHECK_ERR(guess(block, name), ERR_BAD_CREDENTIALS);
}

static err_t clean(struct cx *cx, void *arg)
{
	(void)arg;
	cx->now += home_later;
	return lockout_clean(cx);
}

/* --- locking ------------------------------------------------------------------------------------------------------ */

TEST(lockout, five_failures_lock_for_a_quarter_of_an_hour)
{
	home_open();
	struct person ann = home_person("ann");
	guesses("a", "ann", 5);
	struct call *c = try_from("a", "ann", HOME_PASSWORD);
	CHECK_ERR(c->result, ERR_LOCKED); /* who knows the password too: else guessing could go on */
	CHECK(c->cx.fail.retry_after > 890 && c->cx.fail.retry_after <= 900);
	CHECK_INT(rig_number("SELECT count FROM login_failure"), 5); /* what is not judged is not counted */
	CHECK_INT(home_events("login.locked"), 1);
	CHECK_TEXT(rig_text("SELECT subject_id FROM outbox WHERE type = 'login.locked'"), ann.id);
	home_later = 16 * (int64_t)MINUTE;
	guesses("a", "ann", 4); /* and begins again */
	CHECK_TEXT(enter("a", "ann")->user->id, ann.id);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 0);
	guesses("a", "ann", 4);
	home_close();
}

TEST(lockout, advisory_a_stranger_cannot_lock_a_person_out)
{
	home_open();
	home_person("ann");
	guesses("stranger", "ann", 5);
	CHECK_ERR(guess("stranger", "ann"), ERR_LOCKED);
	CHECK_OK(try_from("home", "ann", HOME_PASSWORD)->result);
	home_close();
}

TEST(lockout, advisory_a_known_device_is_not_locked_with_a_stranger_behind_its_address)
{
	home_open();
	struct person ann = home_person("ann");
	const char *ticket = enter("cafe", "ann")->device_token;
	guesses("cafe", "ann", 5);
	CHECK_ERR(try_from("cafe", "ann", HOME_PASSWORD)->result, ERR_LOCKED);
	device_token = ticket;
	struct signed_in *s = enter("cafe", "ann");
	CHECK_TEXT(s->user->id, ann.id);
	CHECK(s->device_token && strcmp(s->device_token, ticket) != 0); /* of the same device, and a later time */
	/* It has failures of its own, and they lock it alone. */
	device_token = s->device_token;
	guesses("cafe", "ann", 5);
	CHECK_ERR(try_from("cafe", "ann", HOME_PASSWORD)->result, ERR_LOCKED);
	device_token = ticket;
	CHECK_ERR(try_from("elsewhere", "ann", HOME_PASSWORD)->result, ERR_LOCKED);
	device_token = NULL;
	CHECK_OK(try_from("elsewhere", "ann", HOME_PASSWORD)->result);
	home_close();
}

TEST(lockout, advisory_a_device_token_is_good_for_its_account_alone_and_for_a_time)
{
	home_open();
	home_person("ann");
	home_person("eve");
	const char *of_eve = enter("x", "eve")->device_token, *of_ann = enter("home", "ann")->device_token;
	guesses("x", "ann", 5);
	static const char *const forged[] = { "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
		device_token = forged[i];
		CHECK_ERR(guess("x", "ann"), ERR_LOCKED);
	}
	device_token = of_eve;
	CHECK_ERR(guess("x", "ann"), ERR_LOCKED);
	device_token = of_ann;
	CHECK_ERR(guess("x", "ann"), ERR_BAD_CREDENTIALS);
	home_later = 91 * (int64_t)DAY;
	CHECK_ERR(guess("y", "ann"), ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure WHERE address = 'y'"), 1);
	home_close();
}

TEST(lockout, advisory_name_and_address_of_one_account_count_together)
{
	home_open();
	home_person("ann");
	static const char *const names[] = { "ann", "ann@example.org", "ANN", " Ann@EXAMPLE.org", "ａｎｎ" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK_ERR(guess("a", names[i]), ERR_BAD_CREDENTIALS);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK_ERR(guess("a", names[i]), ERR_LOCKED);
	home_close();
}

TEST(lockout, advisory_names_that_are_nobodys_lock_alike)
{
	home_open();
	static const char *const spellings[] = { "nobody", "NOBODY", "nobody", " nobody ", "ｎｏｂｏｄｙ" };
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
		CHECK_ERR(guess("a", spellings[i]), ERR_BAD_CREDENTIALS);
	struct call *c = try_from("a", "nobody", "not the password");
	CHECK_ERR(c->result, ERR_LOCKED);
	CHECK(c->cx.fail.retry_after > 890);
	CHECK_ERR(guess("b", "nobody"), ERR_BAD_CREDENTIALS);
	CHECK_ERR(guess("a", "somebody"), ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure WHERE stranger"), 3);
	home_close();
}

TEST(lockout, each_failure_is_answered_later)
{
	home_open();
	rig_set("lockout.slow", "400ms");
	rig_set("lockout.slowest", "3s");
	static const int64_t delays[] = { 400, 800, 1600, 3000, 3000 };
	for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
		int64_t before = time_monotonic();
		struct call *c = try_from("a", "nobody", "not the password");
		CHECK(c->cx.not_before >= before + delays[i] && c->cx.not_before <= time_monotonic() + delays[i]);
	}
	CHECK_INT(try_from("a", "nobody", "x")->cx.not_before, 0);
	home_close();
}

TEST(lockout, zero_attempts_lock_nobody)
{
	home_open();
	rig_set("lockout.attempts", "0");
	rig_set("lockout.proof_after", "0");
	guesses("a", "nobody", 60);
	home_close();
}

TEST(lockout, the_password_grant_counts_as_well)
{
	home_open();
	home_person("ann");
	const char *wrong = "{\"grant_type\":\"password\",\"username\":\"ann\",\"password\":\"wrong one\"}";
	for (int i = 0; i < 5; i++)
		CHECK_ERR(home_call(NULL, "oauth_token", wrong)->result, ERR_OAUTH_GRANT);
	CHECK_ERR(home_call(NULL, "oauth_token", wrong)->result, ERR_LOCKED);
	CHECK_ERR(guess("192.0.2.1", "ann"), ERR_LOCKED);
	home_close();
}

TEST(lockout, advisory_a_stolen_session_cannot_guess_the_password)
{
	home_open();
	struct person ann = home_person("ann"), other = home_login("ann");
	const char *wrong = "{\"current_password\":\"a wrong one\",\"new_password\":\"eleven loud kingfishers\"}";
	const char *right = "{\"current_password\":\"" HOME_PASSWORD "\",\"new_password\":\"eleven loud kingfishers\"}";
	for (int i = 0; i < 5; i++)
		CHECK_ERR(home_call(ann.access, "password_change", wrong)->result, ERR_BAD_CREDENTIALS);
	CHECK_ERR(home_call(ann.access, "password_change", right)->result, ERR_LOCKED);
	CHECK_INT(home_events("login.failed"), 5);
	CHECK_OK(home_call(other.access, "password_change", right)->result);
	home_close();
}

/* --- proof of work ------------------------------------------------------------------------------------------------ */

static const char *solve(const struct call *c)
{
	const struct lockout_challenge *ch = c->cx.fail.more;
	char *text = arena_alloc(c->cx.mem, strlen(ch->challenge) + 24);
	for (uint64_t i = 0;; i++) {
		int n = snprintf(text, strlen(ch->challenge) + 24, "%s:%llu", ch->challenge, (unsigned long long)i);
		if (proof_zero_bits(text, (size_t)n) >= ch->difficulty)
			return text;
	}
}

/* So many failures from everywhere that more of them need work. */
static void besiege(const char *name)
{
	rig_set("lockout.proof_bits", "8");
	for (int i = 0; i < 50; i++)
		CHECK_ERR(guess(home_text("bot %d", i / 4), name), ERR_BAD_CREDENTIALS);
}

TEST(lockout, more_than_fifty_failures_an_hour_ask_strangers_for_work)
{
	home_open();
	home_person("ann");
	besiege("ann");
	struct call *c = try_from("new", "ann", HOME_PASSWORD);
	CHECK_ERR(c->result, ERR_PROOF_NEEDED);
	CHECK(c->cx.fail.more_type == &lockout_challenge_type);
	proof = solve(c);
	CHECK_OK(try_from("new", "ann", HOME_PASSWORD)->result);
	proof = NULL;
	CHECK_OK(try_from("new", "ann", HOME_PASSWORD)->result); /* known there from now on */
	CHECK_ERR(guess("newer", "ann"), ERR_PROOF_NEEDED);
	home_later = HOUR + MINUTE;
	CHECK_ERR(guess("newer", "ann"), ERR_BAD_CREDENTIALS);
	home_close();
}

TEST(lockout, advisory_a_proof_is_good_once_for_one_account_and_not_for_ever)
{
	home_open();
	home_person("ann");
	besiege("ann");
	besiege("nobody");
	struct call *c = try_from("new", "ann", "not the password");
	CHECK_ERR(c->result, ERR_PROOF_NEEDED);
	const char *solved = proof = solve(c);
	CHECK_ERR(guess("new", "nobody"), ERR_PROOF_NEEDED);
	CHECK_ERR(guess("new", "ann"), ERR_BAD_CREDENTIALS);
	CHECK_ERR(guess("new", "ann"), ERR_PROOF_NEEDED); /* spent by a failure as well */
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_ERR(guess("new", "ann"), ERR_PROOF_NEEDED);
	proof = home_text("%s0", solve(try_from("new", "ann", "x")));
	CHECK_ERR(guess("new", "ann"), ERR_PROOF_NEEDED); /* not the one that was found */
	static const char *const wrong[] = { "", ":", "x:y", "AAAAAAAAAAAAAAAAAAAAAAAA:1" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		proof = wrong[i];
		CHECK_ERR(guess("new", "ann"), ERR_PROOF_NEEDED);
	}
	proof = NULL;
	proof = solve(try_from("new", "ann", "x"));
	CHECK(strcmp(proof, solved) != 0);
	home_later = 11 * (int64_t)MINUTE;
	CHECK_ERR(guess("new", "ann"), ERR_PROOF_NEEDED);
	home_close();
}

TEST(lockout, known_places_and_devices_need_no_proof)
{
	home_open();
	home_person("ann");
	device_token = NULL;
	const char *ticket = enter("home", "ann")->device_token;
	besiege("ann");
	CHECK_OK(try_from("home", "ann", HOME_PASSWORD)->result);
	CHECK_ERR(guess("abroad", "ann"), ERR_PROOF_NEEDED);
	device_token = ticket;
	CHECK_OK(try_from("abroad", "ann", HOME_PASSWORD)->result);
	home_close();
}

TEST(lockout, names_that_are_nobodys_are_challenged_alike)
{
	home_open();
	besiege("nobody@example.org");
	struct call *c = try_from("new", "nobody@example.org", "x");
	CHECK_ERR(c->result, ERR_PROOF_NEEDED);
	proof = solve(c);
	CHECK_ERR(guess("new", "nobody@example.org"), ERR_BAD_CREDENTIALS);
	home_close();
}

/* --- unlocking, cleaning, clocks ---------------------------------------------------------------------------------- */

TEST(lockout, an_administrator_unlocks)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	besiege("ann");
	guesses("a", "eve", 5);
	const char *json = home_text("{\"id\":\"%s\"}", ann.id);
	CHECK_ERR(home_call(ann.access, "user_unlock", json)->result, ERR_DENIED);
	CHECK_OK(home_call(eve.access, "user_unlock", json)->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_total"), 1); /* that of the other */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 1);
	CHECK_INT(home_events("login.unlocked"), 1);
	CHECK_OK(try_from("bot 1", "ann", HOME_PASSWORD)->result);
	CHECK_ERR(home_call(eve.access, "user_unlock", "{\"id\":\"01a1fd78-7017-7015-8399-68a7d4f02893\"}")->result,
		ERR_NOT_FOUND);
	CHECK_OK(home_local("user_unlock", json)->result);
	home_close();
}

/* Who may unlock goes on guessing: so nobody unlocks an account that may do more than he. */
TEST(lockout, advisory_a_moderator_does_not_unlock_an_administrator)
{
	home_open();
	struct person mo = home_with_role("moe", "moderator"), eve = home_with_role("eve", "admin"),
		      ann = home_person("ann");
	guesses("a", "eve", 5);
	guesses("a", "ann", 5);
	CHECK_ERR(home_call(mo.access, "user_unlock", home_text("{\"id\":\"%s\"}", eve.id))->result, ERR_DENIED);
	CHECK_ERR(guess("a", "eve"), ERR_LOCKED);
	CHECK_OK(home_call(mo.access, "user_unlock", home_text("{\"id\":\"%s\"}", ann.id))->result);
	CHECK_ERR(guess("a", "ann"), ERR_BAD_CREDENTIALS);
	home_close();
}

TEST(lockout, what_is_too_old_to_matter_goes)
{
	home_open();
	home_person("ann");
	guess("a", "nobody");
	enter("home", "ann");
	home_later = DAY - MINUTE;
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 1);
	home_later = DAY + MINUTE;
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_total"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_place"), 1);
	home_later = 91 * (int64_t)DAY;
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_place"), 0);
	home_close();
}

TEST(lockout, advisory_names_that_are_nobodys_do_not_fill_the_table)
{
	home_open();
	home_person("ann");
	guess("a", "ann");
	rig_change("INSERT INTO login_failure (user_id, address, count, first_at, last_at, stranger)"
		   " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 51000)"
		   " SELECT '?' || i, 'x', 1, 4000000000000 + i, 4000000000000 + i, TRUE FROM n");
	home_later = INT64_C(4000000060000) - time_now();
	rig_change("UPDATE login_failure SET last_at = 3999999990000 WHERE NOT stranger"); /* older than all of them */
	CHECK_OK(rig_tx(clean, NULL));
	int64_t left = rig_number("SELECT COUNT(*) FROM login_failure WHERE stranger");
	CHECK(left >= 50000 && left <= 50001);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure WHERE NOT stranger"), 1);
	home_close();
}

TEST(lockout, a_clock_set_back_neither_opens_a_lock_nor_keeps_it_for_ever)
{
	home_open();
	home_person("ann");
	home_later = HOUR;
	guesses("a", "ann", 5);
	home_later = 0; /* an hour back */
	struct call *c = try_from("a", "ann", HOME_PASSWORD);
	CHECK_ERR(c->result, ERR_LOCKED);
	CHECK(c->cx.fail.retry_after <= 900);
	CHECK_OK(rig_tx(clean, NULL));
	home_later = 14 * (int64_t)MINUTE;
	CHECK_ERR(guess("a", "ann"), ERR_LOCKED);
	home_later = 16 * (int64_t)MINUTE;
	CHECK_OK(try_from("a", "ann", HOME_PASSWORD)->result);
	home_close();
}
