/* Sessions through the real gate: refresh tokens in every state, live state in memory, cookies. */
#include "features/session/session.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "crypto/keyring.h"
#include "features/fixture_test.h"
#include "features/key/key.h"
#include "features/session/session_token.h"
#include "features/token/token.h"

#include <string.h>

enum { SECOND = 1000, DAY = 86400 * SECOND };

static struct call *refresh(const char *token)
{
	return home_call(NULL, "session_refresh", home_text("{\"refresh_token\":\"%s\"}", token));
}

static const char *refreshed(const char *token)
{
	return HOME_OUT(signed_in, refresh(token))->refresh_token;
}

static const char *refresh_access(const char *token)
{
	return HOME_OUT(signed_in, refresh(token))->access_token;
}

static err_t use(const char *access)
{
	return home_call(access, "user_me", NULL)->result;
}

static int64_t counter(void)
{
	return rig_number("SELECT counter FROM session");
}

/* --- the text of a refresh token ---------------------------------------------------------------------------------- */

static const char id[] = "0190a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7", owner[] = "0190a1b2-0000-7e5f-8091-fedcba987654";

TEST(session_token, comes_back_as_it_was)
{
	struct arena *a = home_open();
	static const int64_t counters[] = { 1, 2, 255, 256, INT64_C(1) << 40, INT64_MAX };
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		const char *token = session_token_make(a, id, owner, counters[i]);
		struct session_token got;
		CHECK(session_token_read(a, token, &got));
		CHECK_TEXT(got.session_id, id);
		CHECK_TEXT(got.user_id, owner);
		CHECK_INT(got.counter, counters[i]);
		CHECK(str_starts(token, "rr2_"));
		CHECK(session_is_refresh(token));
	}
	home_close();
}

TEST(session_token, advisory_truncated_token_is_refused_at_every_length)
{
	struct arena *a = home_open();
	const char *token = session_token_make(a, id, owner, 7);
	struct session_token got;
	for (size_t length = 0; length < strlen(token); length++)
		CHECK(!session_token_read(a, arena_memdup0(a, token, length), &got));
	CHECK(!session_token_read(a, arena_printf(a, "%sA", token), &got));
	CHECK(!session_token_read(a, arena_printf(a, "%s=", token), &got));
	CHECK(!session_token_read(a, arena_printf(a, " %s", token), &got));
	CHECK(!session_token_read(a, arena_printf(a, "%s%s", token, token), &got));
	home_close();
}

TEST(session_token, advisory_every_flipped_bit_is_refused)
{
	struct arena *a = home_open();
	const char *token = session_token_make(a, id, owner, 7);
	struct session_token got;
	size_t bytes_n;
	const uint8_t *bytes = base64_decode(a, token + 4, strlen(token) - 4, true, &bytes_n);
	for (size_t bit = 0; bit < 8 * bytes_n; bit++) {
		uint8_t *other = (uint8_t *)arena_memdup0(a, bytes, bytes_n);
		other[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(!session_token_read(a, arena_printf(a, "rr2_%s", base64_encode(a, other, bytes_n, true)), &got));
	}
	for (char *p = arena_strdup(a, token), *c = p; *c; c++) { /* and every other character */
		char was = *c;
		*c = was == 'A' ? 'B' : 'A';
		CHECK(!session_token_read(a, p, &got));
		*c = was;
	}
	home_close();
}

/* As tokens were before they named their user: 16 bytes of the session, 8 of the counter, the MAC of both. */
static const char *first_form(struct arena *a, const char *session_id, uint8_t counter)
{
	enum { IDS = 16, BODY = IDS + 8 };
	uint8_t bytes[BODY + SHA256_SIZE] = { [BODY - 1] = counter }, key[KEY_SIZE];
	char hex[2 * IDS + 1] = "";
	for (const char *p = session_id; *p; p++)
		if (*p != '-')
			strncat(hex, p, 1);
	for (size_t i = 0; i < IDS; i++)
		bytes[i] = (uint8_t)strtoul((char[]){ hex[2 * i], hex[2 * i + 1], 0 }, NULL, 16);
	crypto_subkey(keyring_key(KEY_REFRESH), arena_printf(a, "session %s", hex), key);
	crypto_hmac(key, bytes, BODY, bytes + BODY);
	return arena_printf(a, "rr1_%s", base64_encode(a, bytes, sizeof bytes, true));
}

TEST(session_token, of_the_first_form_names_no_user_and_is_still_read)
{
	struct arena *a = home_open();
	struct session_token got;
	CHECK(session_token_read(a, first_form(a, id, 9), &got));
	CHECK_TEXT(got.session_id, id);
	CHECK(!got.user_id);
	CHECK_INT(got.counter, 9);
	CHECK(!session_token_read(a, arena_printf(a, "rr2_%s", first_form(a, id, 9) + 4), &got));
	home_close();
}

TEST(session, a_token_of_the_first_form_is_rotated_into_one_that_names_its_user)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	struct call *c = refresh(first_form(a, ann.session, 1));
	CHECK_OK(c->result);
	const char *second = HOME_OUT(signed_in, c)->refresh_token;
	CHECK_INT(counter(), 2);
	CHECK_TEXT(second, session_token_make(a, ann.session, ann.id, 2));
	CHECK_TEXT(
		HOME_OUT(signed_in, refresh(first_form(a, ann.session, 1)))->refresh_token, second); /* it was lost */
	CHECK_ERR(refresh(first_form(a, owner, 1))->result, ERR_TOKEN_INVALID);
	home_later = 60 * SECOND;
	rig_change("UPDATE session SET used_counter = 2");
	CHECK_ERR(refresh(first_form(a, ann.session, 1))->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(session_token, of_another_master_key_is_refused)
{
	static const uint8_t other[KEY_SIZE] = "another key of thirty-two bytes";
	struct arena *a = home_open();
	const char *token = session_token_make(a, id, owner, 1);
	struct session_token got;
	keyring_set(other);
	CHECK(!session_token_read(a, token, &got));
	home_close();
}

/* --- refreshing --------------------------------------------------------------------------------------------------- */

TEST(session, a_refresh_gives_new_tokens_and_prolongs)
{
	home_open();
	struct person ann = home_person("ann");
	int64_t expires = rig_number("SELECT expires_at FROM session");
	home_later = DAY;
	struct signed_in *s = HOME_OUT(signed_in, refresh(ann.refresh));
	CHECK(strcmp(s->refresh_token, ann.refresh) != 0);
	CHECK(strcmp(s->access_token, ann.access) != 0);
	CHECK_TEXT(s->tokens->access, s->access_token);
	CHECK_INT(counter(), 2);
	CHECK(rig_number("SELECT expires_at FROM session") >= expires + DAY);
	CHECK_INT(home_events("session.refreshed"), 1);
	CHECK_INT(
		rig_number(
			"SELECT COUNT(*) FROM outbox WHERE type = 'session.refreshed' AND person IS NULL AND ip = ''"),
		1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE type = 'session.created' AND person IS NULL"), 0);
	CHECK_OK(use(s->access_token));
	home_close();
}

TEST(session, the_previous_token_gives_the_current_one_shortly_after)
{
	home_open();
	struct person ann = home_person("ann");
	struct signed_in *second = HOME_OUT(signed_in, refresh(ann.refresh));
	CHECK_OK(use(second->access_token)); /* used: but the ten seconds are not over */
	home_later = 9 * SECOND;
	CHECK_TEXT(refreshed(ann.refresh), second->refresh_token);
	CHECK_INT(counter(), 2);
	home_close();
}

TEST(session, the_previous_token_gives_the_current_one_while_that_was_never_used)
{
	home_open();
	struct person ann = home_person("ann");
	const char *second = refreshed(ann.refresh);
	home_later = 2 * DAY; /* the answer was lost, and the client sleeps over it */
	CHECK_TEXT(refreshed(ann.refresh), second);
	CHECK_INT(counter(), 2);
	CHECK_INT(home_events("session.reuse_detected"), 0);
	home_close();
}

TEST(session, a_token_used_again_after_its_successor_was_used_ends_the_session)
{
	home_open();
	struct person ann = home_person("ann");
	struct signed_in *second = HOME_OUT(signed_in, refresh(ann.refresh));
	CHECK_OK(use(second->access_token));
	home_later = 11 * SECOND;
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	/* The refusal was committed: both tokens of the thief and of the owner are worthless, at once. */
	CHECK_TEXT(rig_text("SELECT end_reason FROM session"), "reuse");
	CHECK_INT(home_events("session.reuse_detected"), 1);
	CHECK_INT(home_events("session.revoked"), 1);
	CHECK_ERR(refresh(second->refresh_token)->result, ERR_SESSION_ENDED);
	CHECK_ERR(use(second->access_token), ERR_SESSION_ENDED);
	CHECK_ERR(use(ann.access), ERR_SESSION_ENDED);
	home_close();
}

/* By the old clock the rotation is an hour ahead; that is no grace of an hour. */
TEST(session, a_clock_that_was_set_back_gives_an_old_token_no_more_time)
{
	home_open();
	struct person ann = home_person("ann");
	struct signed_in *second = HOME_OUT(signed_in, refresh(ann.refresh));
	home_later = -3600 * SECOND;
	CHECK_OK(use(second->access_token));
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	CHECK_TEXT(rig_text("SELECT end_reason FROM session"), "reuse");
	home_close();
}

TEST(session, a_clock_that_was_set_back_ends_nothing_and_prolongs_nothing)
{
	home_open();
	struct person ann = home_person("ann");
	int64_t ends = rig_number("SELECT ends_at FROM session");
	session_forget_all();
	home_later = -3600 * SECOND;
	CHECK_OK(use(ann.access));
	struct signed_in *second = HOME_OUT(signed_in, refresh(ann.refresh));
	CHECK_OK(use(second->access_token));
	CHECK_INT(rig_number("SELECT ends_at FROM session"), ends);
	CHECK(rig_number("SELECT expires_at FROM session") < ends);
	home_later = -2 * DAY; /* nobody's clock is that wrong: the session goes on, by a refresh alone */
	session_forget_all();
	CHECK_ERR(use(ann.access), ERR_TOKEN_INVALID);
	CHECK_OK(use(refresh_access(second->refresh_token)));
	home_close();
}

static err_t flush(struct cx *cx, void *arg)
{
	(void)arg;
	return session_flush(cx);
}

TEST(session, use_that_was_written_down_counts_like_use_in_memory)
{
	home_open();
	struct person ann = home_person("ann");
	struct signed_in *second = HOME_OUT(signed_in, refresh(ann.refresh));
	CHECK_OK(use(second->access_token));
	CHECK_OK(rig_tx(flush, NULL));
	CHECK_INT(rig_number("SELECT used_counter FROM session"), 2);
	session_forget_all(); /* as after a restart */
	home_later = 11 * SECOND;
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(session, use_that_could_not_be_written_down_waits_for_the_next_time)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	rig_change("ALTER TABLE session RENAME TO elsewhere");
	CHECK(rig_tx(flush, NULL) != ERR_OK);
	rig_change("ALTER TABLE elsewhere RENAME TO session");
	CHECK_INT(rig_number("SELECT used_counter FROM session"), 0);
	CHECK_OK(rig_tx(flush, NULL));
	CHECK_INT(rig_number("SELECT used_counter FROM session"), 1);
	home_close();
}

TEST(session, tokens_older_than_the_previous_one_end_the_session_at_once)
{
	home_open();
	struct person ann = home_person("ann");
	const char *third = refreshed(refreshed(ann.refresh));
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	CHECK_ERR(refresh(third)->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(session, tokens_of_a_time_to_come_end_the_session)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	CHECK_ERR(refresh(session_token_make(a, ann.session, ann.id, 2))->result, ERR_SESSION_ENDED);
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(session, nonsense_and_tokens_of_no_session_are_invalid_and_change_nothing)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	CHECK_ERR(refresh("rr1_nonsense")->result, ERR_TOKEN_INVALID);
	CHECK_ERR(refresh(ann.access)->result, ERR_TOKEN_INVALID); /* older services' refresh tokens were JWTs too */
	CHECK_ERR(refresh(session_token_make(a, id, owner, 1))->result, ERR_TOKEN_INVALID);
	CHECK_OK(use(ann.access));
	CHECK_INT(counter(), 1);
	home_close();
}

TEST(session, without_rotation_the_first_token_goes_on)
{
	home_open();
	rig_set("session.rotate", "off");
	struct person ann = home_person("ann");
	for (int i = 0; i < 3; i++) {
		home_later += DAY;
		CHECK_TEXT(refreshed(ann.refresh), ann.refresh);
	}
	CHECK_INT(counter(), 1);
	home_close();
}

TEST(session, without_rotation_a_session_in_use_still_slides)
{
	home_open();
	rig_set("session.rotate", "off");
	struct person ann = home_person("ann");
	for (int i = 0; i < 4; i++) {
		home_later += 5 * DAY; /* 20 days in all: each within the 7, together within the 30 */
		refreshed(ann.refresh);
	}
	home_close();
}

TEST(session, ends_when_it_was_not_refreshed_for_too_long)
{
	home_open();
	struct person ann = home_person("ann");
	home_later = 7 * (int64_t)DAY + SECOND;
	CHECK_ERR(refresh(ann.refresh)->result, ERR_TOKEN_EXPIRED);
	home_close();
}

TEST(session, ends_after_thirty_days_whatever_happens)
{
	home_open();
	const char *token = home_person("ann").refresh;
	for (int day = 6; day < 30; day += 6) {
		home_later = day * (int64_t)DAY;
		token = refreshed(token);
	}
	home_later = 30 * (int64_t)DAY + SECOND;
	CHECK_ERR(refresh(token)->result, ERR_TOKEN_EXPIRED);
	home_close();
}

TEST(session, an_ended_session_refreshes_no_more)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(none, home_call(ann.access, "session_logout", NULL));
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	CHECK_ERR(use(ann.access), ERR_SESSION_ENDED);
	home_close();
}

TEST(session, of_older_credentials_is_worthless)
{
	home_open();
	struct person ann = home_person("ann");
	rig_change("UPDATE users SET credential_version = 2");
	user_forget_all();
	CHECK_ERR(refresh(ann.refresh)->result, ERR_SESSION_ENDED);
	CHECK_ERR(use(ann.access), ERR_SESSION_ENDED);
	home_close();
}

/* As when memory drops the one and not yet the other: its own changes one after another, another node's some time later. */
TEST(session, that_outlives_a_password_change_is_good_to_who_saw_half_of_it)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	rig_change("UPDATE users SET credential_version = 2");
	rig_change("UPDATE session SET credential_version = 2");
	user_forget_all();
	CHECK_OK(use(ann.access));
	rig_change("UPDATE users SET credential_version = 3");
	rig_change("UPDATE session SET credential_version = 3");
	session_forget_all();
	CHECK_OK(use(ann.access));
	home_close();
}

TEST(session, of_a_suspended_account_does_nothing_but_log_out)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(user, home_local("user_set_status", home_text("{\"id\":\"%s\",\"status\":\"suspended\"}", ann.id)));
	CHECK_ERR(refresh(ann.refresh)->result, ERR_NOT_ACTIVE);
	CHECK_ERR(use(ann.access), ERR_NOT_ACTIVE);
	CHECK_OK(home_call(ann.access, "session_logout", NULL)->result);
	CHECK_TEXT(rig_text("SELECT end_reason FROM session"), "logout");
	home_close();
}

/* --- live state --------------------------------------------------------------------------------------------------- */

/* As the loop asks: from memory alone. */
static err_t ask_memory(const char *access)
{
	struct call *c = rig_call(op_find("user_me", NULL), NULL);
	c->cx.now += home_later;
	c->cx.on_loop = true;
	return session_identify(&c->cx, access, false);
}

TEST(session, memory_answers_for_who_was_seen_before)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_ERR(ask_memory(ann.access), ERR_NOT_HERE);
	CHECK_OK(use(ann.access));
	CHECK_OK(ask_memory(ann.access));
	home_later = 16 * 60 * SECOND;
	CHECK_ERR(ask_memory(ann.access), ERR_TOKEN_EXPIRED);
	home_close();
}

/* As a connection asks that goes on. */
static err_t again(const char *op, const char *user_id, const char *session_id, int64_t until)
{
	struct call *c = rig_call(op_find(op, NULL), NULL);
	const struct acquaintance known = { user_id, session_id, 0, until };
	c->creds.known = &known;
	return call_run(c);
}

TEST(session, advisory_who_is_known_is_so_no_longer_than_his_token_and_his_session)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	const int64_t now = time_now(), later = now + 60 * SECOND;
	CHECK_OK(again("user_me", ann.id, ann.session, later));
	CHECK_ERR(again("user_me", ann.id, ann.session, now - SECOND), ERR_TOKEN_EXPIRED);
	CHECK_ERR(again("user_me", ann.id, ann.session, 0), ERR_TOKEN_EXPIRED);
	CHECK_ERR(again("session_logout", ann.id, ann.session, 0), ERR_TOKEN_EXPIRED);
	CHECK_ERR(again("user_me", ann.id, bob.session, later), ERR_SESSION_ENDED);
	CHECK_ERR(again("user_me", ann.id, "", later), ERR_SESSION_ENDED);
	CHECK_OK(again("session_logout", ann.id, ann.session, later));
	CHECK_ERR(again("user_me", ann.id, ann.session, later), ERR_SESSION_ENDED);
	CHECK_OK(again("user_me", bob.id, bob.session, later));
	home_close();
}

TEST(session, advisory_a_revocation_is_seen_by_the_very_next_request)
{
	home_open();
	struct person ann = home_person("ann"), phone = home_login("ann");
	CHECK_OK(use(ann.access));
	CHECK_OK(use(phone.access));
	HOME_OUT(none, home_call(ann.access, "session_revoke", home_text("{\"id\":\"%s\"}", phone.session)));
	CHECK_ERR(ask_memory(phone.access), ERR_NOT_HERE);
	CHECK_ERR(use(phone.access), ERR_SESSION_ENDED);
	CHECK_OK(use(ann.access));
	home_close();
}

static bool no(void)
{
	return false;
}

TEST(session, memory_is_not_asked_while_it_is_not_trusted)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	rig_change("UPDATE session SET ended_at = 1");
	CHECK_OK(use(ann.access)); /* another node did it, and this one has not heard */
	session_init(no, 1000, 1000);
	CHECK_ERR(ask_memory(ann.access), ERR_NOT_HERE);
	CHECK_ERR(use(ann.access), ERR_SESSION_ENDED);
	home_close();
}

static void foresee(size_t n, const char *const *tokens)
{
	struct call *c = rig_call(op_find("user_me", NULL), NULL);
	const char *why = "";
	c->cx.db = store_reader(engine()->store, &why);
	session_foresee(&c->cx, n, tokens);
	CHECK_INT(c->cx.fail.code, ERR_OK);
}

/* As when memory was too small for them: their tokens are known, their sessions are not. */
static void forget(const struct person *p)
{
	session_changed(p->session);
	user_changed(p->id);
	CHECK_ERR(ask_memory(p->access), ERR_NOT_HERE);
}

TEST(session, several_are_read_at_once_before_they_are_asked_for)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_person("eve");
	const struct person *all[] = { &ann, &bob, &eve };
	for (int i = 0; i < 3; i++) {
		CHECK_OK(use(all[i]->access));
		forget(all[i]);
	}
	rig_change("UPDATE session SET ended_at = 1 WHERE user_id = (SELECT id FROM users WHERE username = 'eve')");
	foresee(6, (const char *const[]){ ann.access, "nonsense", eve.access, bob.access, "", ann.access });
	CHECK_OK(ask_memory(ann.access));
	CHECK_OK(ask_memory(bob.access));
	CHECK_ERR(ask_memory(eve.access), ERR_SESSION_ENDED);
	foresee(0, NULL);
	foresee(1, (const char *const[]){ "nobody knows it" });
	home_close();
}

TEST(session, what_was_used_meanwhile_is_not_forgotten_by_reading_it_again)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	int64_t used = session_cached_used(ann.session);
	CHECK(used > 0);
	foresee(1, (const char *const[]){ ann.access });
	CHECK_INT(session_cached_used(ann.session), used);
	home_close();
}

TEST(session, advisory_nothing_is_foreseen_while_memory_is_not_trusted)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	forget(&ann);
	session_init(no, 1000, 1000);
	foresee(1, (const char *const[]){ ann.access });
	session_init(NULL, 1000, 1000);
	CHECK_ERR(ask_memory(ann.access), ERR_NOT_HERE);
	home_close();
}

TEST(session, what_changed_between_the_gate_and_the_transaction_is_noticed)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	rig_change("UPDATE session SET ended_at = 1"); /* memory still says that it lives */
	CHECK_ERR(home_call(ann.access, "user_update_me", "{\"bio\":\"x\"}")->result, ERR_SESSION_ENDED);
	rig_change("UPDATE session SET ended_at = NULL");
	rig_change("UPDATE users SET status = 'banned'");
	CHECK_ERR(home_call(ann.access, "user_update_me", "{\"bio\":\"x\"}")->result, ERR_NOT_ACTIVE);
	rig_change("DELETE FROM session");
	CHECK_ERR(home_call(ann.access, "user_update_me", "{\"bio\":\"x\"}")->result, ERR_SESSION_ENDED);
	home_close();
}

TEST(session, a_role_taken_away_is_taken_away_within_the_transaction)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), bob = home_person("bob");
	CHECK_OK(use(eve.access));
	rig_change("UPDATE users SET role = 'user' WHERE username = 'eve'");
	struct call *c = home_call(eve.access, "user_update", home_text("{\"id\":\"%s\",\"role\":\"admin\"}", bob.id));
	CHECK_ERR(c->result, ERR_DENIED);
	home_close();
}

/* --- what tokens are worth ---------------------------------------------------------------------------------------- */

static const char *sign(struct arena *a, const struct sign_key *key, const char *typ, const char *payload)
{
	return jws_sign(a, key, typ, payload, strlen(payload));
}

TEST(token, advisory_claims_of_another_service_are_not_believed)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	const struct sign_key *key = key_signer();
	const char *good = "\"iat\":1,\"jti\":\"x\",\"exp\":99999999999,";
	const char *who = home_text("\"sub\":\"%s\",\"sid\":\"%s\"", ann.id, ann.session);
	static const char mine[] = "\"iss\":\"roster\",\"aud\":\"roster\",";
	const char *bad[] = {
		home_text("{%s%s%s,\"nbf\":99999999990}", mine, good, who), /* not yet */
		home_text("{%s\"iat\":1,\"jti\":\"x\",%s}", mine, who), /* no exp */
		home_text("{%s\"jti\":\"x\",\"exp\":99999999999,%s}", mine, who), /* no iat */
		home_text("{%s\"iat\":1,\"exp\":99999999999,%s}", mine, who), /* no jti */
		home_text("{%s%s\"sid\":\"%s\"}", mine, good, ann.session), /* no sub */
		home_text("{\"iss\":\"roster\",%s%s}", good, who), /* no aud */
		home_text("{\"iss\":\"roster\",\"aud\":\"other\",%s%s}", good, who),
		home_text("{\"iss\":\"other\",\"aud\":\"roster\",%s%s}", good, who),
		home_text("{\"iss\":\"roster\",\"aud\":[\"roster\"],%s%s}", good, who),
		home_text("{%s%s%s,\"exp\":1}", mine, good, who), /* twice */
		"{}",
		"[]",
		"null",
		"",
	};
	CHECK_OK(use(sign(a, key, "at+jwt", home_text("{%s%s%s}", mine, good, who))));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(use(sign(a, key, "at+jwt", bad[i])), ERR_TOKEN_INVALID);
	/* Another typ: an ID token, or one for an e-mail, is no access token. */
	CHECK_ERR(use(sign(a, key, "JWT", home_text("{%s%s%s}", mine, good, who))), ERR_TOKEN_INVALID);
	/* Somebody else's key. */
	struct sign_key *other = sign_key_new(SIGN_ES256);
	CHECK_ERR(use(sign(a, other, "at+jwt", home_text("{%s%s%s}", mine, good, who))), ERR_TOKEN_INVALID);
	sign_key_free(other);
	home_close();
}

TEST(token, advisory_expired_tokens_and_tokens_of_others_sessions_are_refused)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	const char *crossed =
		home_text("{\"iss\":\"roster\",\"aud\":\"roster\",\"iat\":1,\"jti\":\"x\",\"exp\":99999999999,"
			  "\"sub\":\"%s\",\"sid\":\"%s\"}",
			ann.id, bob.session);
	CHECK_ERR(use(sign(a, key_signer(), "at+jwt", crossed)), ERR_SESSION_ENDED);
	home_later = 16 * 60 * SECOND;
	CHECK_ERR(use(ann.access), ERR_TOKEN_EXPIRED);
	CHECK_ERR(use("x.y.z"), ERR_TOKEN_INVALID);
	CHECK_ERR(use(""), ERR_TOKEN_INVALID);
	home_close();
}

TEST(token, advisory_a_role_in_the_token_is_never_believed)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	const char *text =
		home_text("{\"iss\":\"roster\",\"aud\":\"roster\",\"iat\":1,\"jti\":\"x\",\"exp\":99999999999,"
			  "\"sub\":\"%s\",\"sid\":\"%s\",\"role\":\"admin\",\"scope\":\"user.read\"}",
			ann.id, ann.session);
	const char *token = sign(a, key_signer(), "at+jwt", text);
	CHECK_OK(use(token));
	CHECK_ERR(home_call(token, "user_list", NULL)->result, ERR_DENIED);
	home_close();
}

TEST(token, advisory_truncated_access_tokens_are_refused)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	CHECK_OK(use(ann.access));
	size_t n = strlen(ann.access);
	for (size_t length = n - 90; length < n; length++)
		CHECK_ERR(use(arena_memdup0(a, ann.access, length)), ERR_TOKEN_INVALID);
	CHECK_ERR(use(arena_printf(a, "%sA", ann.access)), ERR_TOKEN_INVALID);
	home_close();
}

/* --- cookies ------------------------------------------------------------------------------------------------------ */

static struct call *by_cookie(const char *cookie, const char *csrf, bool safe, const char *op, const char *json)
{
	struct call *c = rig_call(op_find(op, NULL), json);
	c->creds.cookie = cookie;
	c->creds.csrf = csrf;
	c->creds.safe = safe;
	c->cx.now += home_later;
	(void)!call_run(c);
	return c;
}

TEST(session, advisory_a_cookie_alone_changes_nothing)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	struct call *c = by_cookie(ann.access, NULL, true, "user_me", NULL);
	CHECK_TEXT(HOME_OUT(user, c)->id, ann.id);
	const char *right = session_csrf(&c->cx, ann.session), *wrong = session_csrf(&c->cx, bob.session);
	CHECK_ERR(by_cookie(ann.access, NULL, false, "user_update_me", "{\"bio\":\"a\"}")->result, ERR_CSRF);
	CHECK_ERR(by_cookie(ann.access, "", false, "user_update_me", "{\"bio\":\"a\"}")->result, ERR_CSRF);
	CHECK_ERR(by_cookie(ann.access, wrong, false, "user_update_me", "{\"bio\":\"a\"}")->result, ERR_CSRF);
	CHECK_ERR(by_cookie(ann.access, arena_memdup0(c->cx.mem, right, strlen(right) - 1), false, "user_update_me",
			  "{\"bio\":\"a\"}")
			  ->result,
		ERR_CSRF);
	CHECK_OK(by_cookie(ann.access, right, false, "user_update_me", "{\"bio\":\"a\"}")->result);
	home_close();
}

TEST(session, an_old_cookie_hides_nothing_that_everybody_may_read)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(none, home_call(ann.access, "session_logout", NULL));
	const char *bob = home_text("{\"id\":\"%s\"}", home_person("bob").id);
	HOME_OUT(user, by_cookie(ann.access, NULL, true, "user_get", bob));
	HOME_OUT(user, by_cookie("nonsense", NULL, true, "user_get", bob));
	CHECK_ERR(by_cookie(ann.access, NULL, true, "user_me", NULL)->result, ERR_UNAUTHENTICATED);
	home_close();
}

/* --- lists and endings -------------------------------------------------------------------------------------------- */

TEST(session, the_list_marks_the_one_that_asks)
{
	home_open();
	struct person ann = home_person("ann"), phone = home_login("ann");
	home_person("bob");
	struct session_list *l = HOME_OUT(session_list, home_call(ann.access, "session_list", NULL));
	const struct session *s = l->items.items;
	CHECK_INT(l->items.n, 2);
	for (size_t i = 0; i < 2; i++)
		CHECK_INT(s[i].current, strcmp(s[i].id, ann.session) == 0);
	CHECK_ERR(home_call(phone.access, "session_revoke", home_text("{\"id\":\"%s\"}", home_person("eve").session))
			  ->result,
		ERR_NOT_FOUND); /* of somebody else: not even that it is there */
	CHECK_INT(HOME_OUT(session_count, home_call(phone.access, "session_revoke_others", NULL))->ended, 1);
	CHECK_ERR(use(ann.access), ERR_SESSION_ENDED);
	CHECK_OK(use(phone.access));
	CHECK_INT(HOME_OUT(session_count, home_call(phone.access, "session_logout_all", NULL))->ended, 1);
	CHECK_ERR(use(phone.access), ERR_SESSION_ENDED);
	home_close();
}

TEST(session, an_administrator_ends_the_sessions_of_others)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), bob = home_person("bob");
	const char *which = home_text("{\"id\":\"%s\"}", bob.session);
	HOME_OUT(none, home_call(eve.access, "session_revoke", which));
	CHECK_ERR(use(bob.access), ERR_SESSION_ENDED);
	CHECK_ERR(home_call(eve.access, "session_revoke", which)->result, ERR_NOT_FOUND); /* ended before */
	home_close();
}

TEST(session, check_tells_whose_token_it_is)
{
	home_open();
	struct person ann = home_person("ann");
	struct token_status *s = HOME_OUT(token_status, home_call(ann.access, "session_check", NULL));
	CHECK(s->valid);
	CHECK_TEXT(s->user->email, "ann@example.org");
	CHECK_ERR(home_call(NULL, "session_check", NULL)->result, ERR_UNAUTHENTICATED);
	home_close();
}

static err_t clean(struct cx *cx, void *arg)
{
	cx->now += *(int64_t *)arg;
	return session_clean(cx);
}

TEST(session, rows_go_when_nobody_will_ask_for_them_again)
{
	home_open();
	home_person("ann");
	int64_t later = 30 * (int64_t)DAY;
	CHECK_OK(rig_tx(clean, &later));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM session"), 1);
	later = 38 * (int64_t)DAY;
	CHECK_OK(rig_tx(clean, &later));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM session"), 0);
	home_close();
}

TEST(session, when_it_was_used_is_not_written_to_who_was_erased_meanwhile)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann"), bob = home_person("bob");
	home_job("session_flush");
	home_later = 2 * 60 * SECOND;
	CHECK_OK(use(ann.access));
	CHECK_OK(use(bob.access));
	CHECK_OK(home_call(eve.access, "user_delete", home_text("{\"id\":\"%s\"}", ann.id))->result);
	home_job("session_flush");
	const char *active = "SELECT COUNT(*) FROM users WHERE id = '%s' AND last_active_at > created_at";
	CHECK_INT(rig_number(home_text(active, bob.id)), 1);
	CHECK_INT(
		rig_number(home_text("SELECT COUNT(*) FROM users WHERE id = '%s' AND last_active_at IS NULL", ann.id)),
		1);
	home_close();
}

/* An erasure passes them by: so they hold nothing that is to be erased. */
TEST(session, events_that_say_to_hold_ids_alone_hold_ids_and_times)
{
	size_t found = 0;
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct event *const *e = (*f)->events; e && *e; e++) {
			found += (*e)->ids_alone;
			for (const struct field *x = (*e)->payload->fields; (*e)->ids_alone && x->name; x++)
				CHECK(x->flags & (UUID | TIME));
		}
	CHECK(found > 0);
}
