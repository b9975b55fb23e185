/* One-time tokens and codes, without a purpose of any feature. */
#include "features/flow/flow.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };

/* What a test does in one transaction. */
struct step {
	const char *door, *email, *subject;
	struct flow flow;
	struct flow_secrets secrets;
	struct flow_proof proof;
	int64_t later; /* ms from now */
	const char *ip;
	bool refused;
	int64_t retry_after;
	struct list list;
};

static struct flow_new as_new(const struct step *s)
{
	const char *email = s->email ? s->email : "ann@example.org";
	return (struct flow_new){ .door = s->door ? s->door : "door",
		.purpose = "purpose",
		.email = email,
		.email_key = home_text("e:%s", email),
		.subject_id = s->subject,
		.lifetime = 60 * MINUTE };
}

static err_t open_one(struct cx *cx, void *arg)
{
	struct step *s = arg;
	struct flow_new new = as_new(s);
	return flow_open(cx, &new, &s->flow, &s->secrets);
}

static err_t ask_one(struct cx *cx, void *arg)
{
	struct step *s = arg;
	struct flow_new new = as_new(s);
	cx->now += s->later;
	cx->from.ip_block = s->ip ? s->ip : "192.0.2.1";
	err_t e = flow_ask(cx, &new, &s->flow);
	s->retry_after = cx->fail.retry_after;
	return e;
}

/* A refusal keeps what was written, as the gate does it. */
static err_t take_one(struct cx *cx, void *arg)
{
	struct step *s = arg;
	cx->now += s->later;
	err_t e = flow_take(cx, &s->proof, s->door ? s->door : "door", &s->flow);
	s->refused = cx->refused;
	return s->refused ? ERR_OK : e;
}

static err_t claim(struct cx *cx, void *arg)
{
	struct step *s = arg;
	return flow_take_waiting(cx, "purpose", &s->list);
}

static err_t cancel(struct cx *cx, void *arg)
{
	return flow_cancel(cx, arg);
}

static struct step opened(void)
{
	struct step s = { .subject = "subject" };
	CHECK_OK(rig_tx(open_one, &s));
	return s;
}

static err_t take_token(const char *token)
{
	struct step s = { .proof = { .token = token } };
	return rig_tx(take_one, &s);
}

/* ERR_INVALID: a wrong code, counted. */
static err_t take_code(const char *id, const char *code)
{
	struct step s = { .proof = { .flow_id = id, .code = code } };
	err_t e = rig_tx(take_one, &s);
	return s.refused ? ERR_INVALID : e;
}

static const char *wrong_code(const struct step *s)
{
	return strcmp(s->secrets.code, "000000") == 0 ? "000001" : "000000";
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

TEST(flow, a_token_is_taken_once)
{
	home_open();
	struct step s = opened();
	CHECK(str_starts(s.secrets.token, "rf1_"));
	CHECK_INT(strlen(s.secrets.token), 4 + 43);
	CHECK_OK(take_token(s.secrets.token));
	CHECK_ERR(take_token(s.secrets.token), ERR_LINK_INVALID);
	home_close();
}

TEST(flow, advisory_truncated_token_is_refused_at_every_length)
{
	struct arena *a = home_open();
	struct step s = opened();
	size_t n = strlen(s.secrets.token);
	for (size_t i = 0; i < n; i++)
		CHECK_ERR(take_token(arena_memdup0(a, s.secrets.token, i)), ERR_LINK_INVALID);
	CHECK_ERR(take_token(home_text("%sA", s.secrets.token)), ERR_LINK_INVALID);
	CHECK_ERR(take_token("rf1_%"), ERR_LINK_INVALID);
	CHECK_OK(take_token(s.secrets.token));
	home_close();
}

TEST(flow, a_token_ends_with_its_time_and_fits_its_door_alone)
{
	home_open();
	struct step s = opened(), late = { .proof = { .token = s.secrets.token }, .later = 61 * MINUTE };
	struct step elsewhere = { .proof = { .token = s.secrets.token }, .door = "other" };
	CHECK_ERR(rig_tx(take_one, &late), ERR_LINK_INVALID);
	CHECK_ERR(rig_tx(take_one, &elsewhere), ERR_LINK_INVALID);
	CHECK_OK(take_token(s.secrets.token));
	home_close();
}

TEST(flow, neither_token_nor_code_is_kept)
{
	home_open();
	struct step s = opened();
	const char *row = rig_text("SELECT id || door || purpose || email || token_hash || code_mac FROM flow");
	CHECK(!strstr(row, s.secrets.token + 4));
	CHECK_INT(rig_number("SELECT length(token_hash) + length(code_mac) FROM flow"), 128);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 0);
	home_close();
}

TEST(flow, what_is_cancelled_opens_nothing)
{
	home_open();
	struct step s = opened();
	CHECK_OK(rig_tx(cancel, (void *)(uintptr_t) "somebody"));
	CHECK_OK(rig_tx(cancel, (void *)(uintptr_t) "subject"));
	CHECK_ERR(take_token(s.secrets.token), ERR_LINK_INVALID);
	CHECK_ERR(take_code(s.flow.id, s.secrets.code), ERR_LINK_INVALID);
	home_close();
}

/* --- codes -------------------------------------------------------------------------------------------------------- */

TEST(flow, a_code_is_six_digits_however_they_are_typed)
{
	static const char *const good[] = { "123456", "123 456", "123-456", " 1 2 3 4 5 6 " };
	static const char *const bad[] = { "", "12345", "1234567", "12345a", "１２３４５６", "+12345", "0x1234" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(!flow_code_check(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(flow_code_check(bad[i]));
	home_open();
	struct step s = opened();
	const char *c = s.secrets.code;
	CHECK_OK(take_code(s.flow.id, home_text("%.3s %s", c, c + 3)));
	CHECK_ERR(take_code(s.flow.id, c), ERR_LINK_INVALID);
	home_close();
}

TEST(flow, a_code_fits_its_own_flow_alone)
{
	home_open();
	struct step a = opened(), b = opened();
	if (strcmp(a.secrets.code, b.secrets.code) != 0)
		CHECK_ERR(take_code(a.flow.id, b.secrets.code), ERR_INVALID);
	CHECK_OK(take_code(a.flow.id, a.secrets.code));
	home_close();
}

TEST(flow, a_code_ends_before_its_token)
{
	home_open();
	struct step s = opened();
	struct step late = { .proof = { .flow_id = s.flow.id, .code = s.secrets.code }, .later = 16 * MINUTE };
	CHECK_ERR(rig_tx(take_one, &late), ERR_LINK_INVALID);
	CHECK(!late.refused);
	late.proof = (struct flow_proof){ .token = s.secrets.token };
	CHECK_OK(rig_tx(take_one, &late));
	home_close();
}

TEST(flow, five_wrong_codes_end_code_and_token)
{
	home_open();
	struct step s = opened();
	for (int i = 0; i < FLOW_TRIES; i++)
		CHECK_ERR(take_code(s.flow.id, wrong_code(&s)), ERR_INVALID);
	CHECK_ERR(take_code(s.flow.id, s.secrets.code), ERR_LINK_INVALID);
	CHECK_ERR(take_token(s.secrets.token), ERR_LINK_INVALID);
	home_close();
}

TEST(flow, an_address_has_fifteen_tries_a_day_over_all_its_flows)
{
	home_open();
	for (int f = 0; f < 3; f++) {
		struct step s = opened();
		for (int i = 0; i < FLOW_TRIES; i++)
			CHECK_ERR(take_code(s.flow.id, wrong_code(&s)), ERR_INVALID);
	}
	struct step s = opened(), other = { .subject = "other", .email = "bob@example.org" };
	CHECK_ERR(take_code(s.flow.id, s.secrets.code), ERR_LINK_INVALID);
	CHECK_OK(take_token(s.secrets.token)); /* who has the link needs no tries */
	CHECK_OK(rig_tx(open_one, &other));
	CHECK_OK(take_code(other.flow.id, other.secrets.code));
	home_close();
}

TEST(flow, one_that_is_nobodys_takes_tries_like_any_other)
{
	home_open();
	struct step s = { .subject = NULL };
	CHECK_OK(rig_tx(ask_one, &s));
	for (int i = 0; i < FLOW_TRIES; i++)
		CHECK_ERR(take_code(s.flow.id, "000000"), ERR_INVALID);
	CHECK_ERR(take_code(s.flow.id, "000000"), ERR_LINK_INVALID);
	CHECK_ERR(take_code("01a1fdb3-16f9-7347-a603-14fb8f085b6e", "000000"), ERR_LINK_INVALID);
	home_close();
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

TEST(flow, each_wish_is_given_out_once)
{
	home_open();
	struct step s = { 0 }, first = { 0 }, second = { 0 };
	CHECK_OK(rig_tx(ask_one, &s));
	CHECK_OK(rig_tx(claim, &first));
	CHECK_OK(rig_tx(claim, &second));
	CHECK_INT(first.list.n, 1);
	CHECK_TEXT(((struct flow *)first.list.items)->id, s.flow.id);
	CHECK_INT(second.list.n, 0);
	home_close();
}

TEST(flow, an_address_is_written_to_once_a_minute)
{
	home_open();
	struct step s = { 0 }, again = { .later = 20 * SECOND }, later = { .later = 61 * SECOND };
	struct step other_door = { .door = "other" }, other = { .email = "bob@example.org" };
	CHECK_OK(rig_tx(ask_one, &s));
	CHECK_ERR(rig_tx(ask_one, &again), ERR_RATE_LIMITED);
	CHECK(again.retry_after >= 39 && again.retry_after <= 40);
	CHECK_OK(rig_tx(ask_one, &other_door));
	CHECK_OK(rig_tx(ask_one, &other));
	CHECK_OK(rig_tx(ask_one, &later));
	home_close();
}

TEST(flow, a_clock_that_was_set_back_makes_nobody_wait_for_it)
{
	home_open();
	struct step before = { .later = 60 * MINUTE }, first = { 0 }, again = { .later = 20 * SECOND };
	CHECK_OK(rig_tx(ask_one, &before));
	CHECK_OK(rig_tx(ask_one, &first));
	CHECK_ERR(rig_tx(ask_one, &again), ERR_RATE_LIMITED);
	CHECK(again.retry_after <= 40);
	home_close();
}

TEST(flow, an_address_is_written_to_five_times_an_hour)
{
	home_open();
	struct step s = { 0 };
	for (int i = 0; i < 5; i++) {
		s.later = 2 * i * MINUTE;
		CHECK_OK(rig_tx(ask_one, &s));
	}
	s.later = 10 * MINUTE;
	CHECK_ERR(rig_tx(ask_one, &s), ERR_RATE_LIMITED);
	CHECK(s.retry_after > 49 * 60 && s.retry_after <= 50 * 60);
	s.later = 61 * MINUTE;
	CHECK_OK(rig_tx(ask_one, &s));
	home_close();
}

TEST(flow, one_address_block_asks_for_so_many_letters)
{
	home_open();
	rig_set("flow.hourly_from", "3");
	for (int i = 0; i < 3; i++) {
		struct step s = { .email = home_text("p%d@example.org", i) };
		CHECK_OK(rig_tx(ask_one, &s));
	}
	struct step more = { .email = "p4@example.org" }, elsewhere = { .email = "p4@example.org", .ip = "192.0.2.2" };
	CHECK_ERR(rig_tx(ask_one, &more), ERR_RATE_LIMITED);
	CHECK_OK(rig_tx(ask_one, &elsewhere));
	home_close();
}

TEST(flow, limits_can_be_lifted)
{
	home_open();
	rig_set("flow.pause", "0");
	rig_set("flow.hourly", "0");
	rig_set("flow.hourly_from", "0");
	for (int i = 0; i < 40; i++) {
		struct step s = { 0 };
		CHECK_OK(rig_tx(ask_one, &s));
	}
	home_close();
}

TEST(flow, what_ended_two_days_ago_is_forgotten)
{
	home_open();
	(void)opened();
	(void)opened();
	rig_change("UPDATE flow SET expires_at = 1 WHERE id = (SELECT MIN(id) FROM flow)");
	home_job("flow_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM flow"), 1);
	home_close();
}

static err_t make_link(struct cx *cx, void *arg)
{
	*(const char **)arg = flow_link(cx, "/page", "rf1_x");
	return ERR_OK;
}

TEST(flow, links_are_made_of_the_public_url_with_the_token_behind_the_hash)
{
	const char *link = NULL;
	home_open();
	flow_init("https://id.example.org/base");
	CHECK_OK(rig_tx(make_link, &link));
	CHECK_TEXT(link, "https://id.example.org/base/page#token=rf1_x");
	home_close();
}
