/* Registering, logging in, passwords and the first administrator, through the real gate. */
#include "features/account/account.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "features/fixture_test.h"
#include "features/setup/setup.h"

#include <string.h>
#include <unistd.h>

static struct call *create(const char *json)
{
	return home_call(NULL, "user_create", json);
}

static struct call *log_in(const char *name, const char *password)
{
	return home_call(
		NULL, "session_login", home_text("{\"identifier\":\"%s\",\"password\":\"%s\"}", name, password));
}

static const char *why(const struct call *c)
{
	return c->cx.fail.fields ? c->cx.fail.fields->path : "";
}

/* --- registering -------------------------------------------------------------------------------------------------- */

TEST(account, registering_needs_an_address_and_a_password_alone)
{
	home_open();
	struct signed_in *s = HOME_OUT(signed_in,
		create("{\"email\":\"Ann.Lee@example.org\",\"password\":\"" HOME_PASSWORD "\",\"first_name\":\"Ann\","
		       "\"last_name\":\"Lee\",\"preferences\":{\"email\":false}}"));
	CHECK_TEXT(s->user->username, "ann.lee");
	CHECK_TEXT(s->user->email, "ann.lee@example.org");
	CHECK_TEXT(s->user->name, "Ann Lee");
	CHECK_TEXT(s->user->display_name, "Ann Lee");
	CHECK_TEXT(s->user->role, "user");
	CHECK(s->user->is_active && !s->user->email_verified && !s->user->preferences.email &&
		s->user->preferences.push);
	CHECK(s->access_token && s->refresh_token && s->expires_in.v == 900);
	CHECK_INT(home_events("user.created"), 1);
	CHECK_INT(home_events("session.created"), 1);
	/* The same name from another domain: nobody asked for it, so another is found. */
	s = HOME_OUT(signed_in, create("{\"email\":\"ann.lee@example.com\",\"password\":\"" HOME_PASSWORD "\"}"));
	CHECK(str_starts(s->user->username, "ann.lee_"));
	home_close();
}

TEST(account, taken_names_are_told_apart)
{
	home_open();
	home_person("ann");
	CHECK_ERR(
		create("{\"email\":\"ANN@example.org\",\"password\":\"" HOME_PASSWORD "\"}")->result, ERR_EMAIL_TAKEN);
	CHECK_ERR(
		create("{\"email\":\"b@example.org\",\"username\":\"Ann\",\"password\":\"" HOME_PASSWORD "\"}")->result,
		ERR_USERNAME_TAKEN);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), 1);
	home_close();
}

TEST(account, everything_that_is_wrong_is_told_at_once)
{
	home_open();
	struct call *c = create("{\"email\":\"nonsense\",\"username\":\"a b\",\"password\":\"short\",\"x\":1}");
	CHECK_ERR(c->result, ERR_INVALID);
	int n = 0;
	for (const struct field_error *f = c->cx.fail.fields; f; f = f->next)
		n++;
	CHECK_INT(n, 4);
	c = create("{}");
	CHECK_ERR(c->result, ERR_INVALID);
	CHECK(c->cx.fail.fields && c->cx.fail.fields->next); /* address and password */
	home_close();
}

TEST(account, who_has_the_authority_makes_accounts_without_address_or_password)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	struct signed_in *s = HOME_OUT(signed_in, home_call(eve.access, "user_create", "{\"username\":\"robot\"}"));
	CHECK(!s->access_token && !s->refresh_token && !s->user->email);
	CHECK_ERR(log_in("robot", "anything at all")->result, ERR_BAD_CREDENTIALS);
	CHECK_TEXT(HOME_OUT(signed_in,
			   home_call(eve.access, "user_create", "{\"username\":\"mod\",\"role\":\"moderator\"}"))
			   ->user->role,
		"moderator");
	CHECK_ERR(home_call(eve.access, "user_create", "{}")->result, ERR_INVALID);
	CHECK_ERR(
		home_call(eve.access, "user_create", "{\"username\":\"x.y\",\"role\":\"king\"}")->result, ERR_INVALID);
	home_close();
}

TEST(account, strangers_may_be_kept_out)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	rig_set("account.registration", "off");
	CHECK_ERR(create("{\"email\":\"b@example.org\",\"password\":\"" HOME_PASSWORD "\"}")->result, ERR_DENIED);
	CHECK_OK(home_call(eve.access, "user_create", "{\"username\":\"robot\"}")->result);
	home_close();
}

/* --- logging in --------------------------------------------------------------------------------------------------- */

TEST(login, takes_the_address_or_the_name_however_it_is_spelt)
{
	home_open();
	struct person ann = home_person("ann");
	static const char *const names[] = { "ann", "ANN", "ann@example.org", " Ann@EXAMPLE.org ", "ａｎｎ" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK_TEXT(HOME_OUT(signed_in, log_in(names[i], HOME_PASSWORD))->user->id, ann.id);
	CHECK(rig_number("SELECT last_login_at FROM users") > 0);
	home_close();
}

TEST(login, advisory_a_failure_is_counted_although_it_is_an_error)
{
	home_open();
	struct person ann = home_person("ann");
	for (int i = 0; i < 3; i++)
		CHECK_ERR(log_in(i ? "ann" : "ann@example.org", "not the password")->result, ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT count FROM login_failure"), 3); /* address and name together */
	CHECK_INT(home_events("login.failed"), 3);
	CHECK_TEXT(rig_text("SELECT subject_id FROM audit WHERE outcome = 'bad_credentials'"), ann.id);
	HOME_OUT(signed_in, log_in("ann", HOME_PASSWORD));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure"), 0);
	home_close();
}

static _Atomic int hashes;
static void count_hash(uint64_t ns)
{
	CHECK(ns > 0);
	hashes++;
}

TEST(login, advisory_an_unknown_account_costs_a_hash_and_answers_alike)
{
	home_open();
	home_person("ann");
	HOME_OUT(signed_in, home_local("user_create", "{\"username\":\"robot\"}"));
	password_observe(count_hash);
	static const char *const names[] = { "ann", "nobody", "nobody@example.org", "robot", "' OR 1=1 --", "a" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct call *c = log_in(names[i], "not the password");
		CHECK_ERR(c->result, ERR_BAD_CREDENTIALS);
		CHECK(!c->cx.fail.message && !c->cx.fail.fields);
		CHECK_INT(hashes, i + 1);
	}
	password_observe(NULL);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure WHERE stranger"), 4);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM login_failure WHERE user_id LIKE '%nobody%'"), 0);
	home_close();
}

TEST(login, a_failure_is_held_back)
{
	home_open();
	rig_set("lockout.slow", "400ms");
	int64_t now = time_monotonic();
	struct call *c = log_in("nobody", "not the password");
	CHECK(c->cx.not_before >= now + 400);
	home_person("ann");
	CHECK_INT(log_in("ann", HOME_PASSWORD)->cx.not_before, 0);
	home_close();
}

TEST(login, only_who_knows_the_password_learns_that_an_account_is_not_active)
{
	home_open();
	struct person ann = home_person("ann");
	HOME_OUT(user, home_local("user_set_status", home_text("{\"id\":\"%s\",\"status\":\"suspended\"}", ann.id)));
	CHECK_ERR(log_in("ann", HOME_PASSWORD)->result, ERR_NOT_ACTIVE);
	CHECK_ERR(log_in("ann", "not the password")->result, ERR_BAD_CREDENTIALS);
	home_close();
}

TEST(login, a_hash_of_older_settings_is_replaced)
{
	home_open();
	home_person("ann");
	const char *before = rig_text("SELECT hash FROM password");
	HOME_OUT(signed_in, log_in("ann", HOME_PASSWORD));
	CHECK_TEXT(rig_text("SELECT hash FROM password"), before);
	rig_set("password.passes", "2");
	CHECK_ERR(log_in("ann", "not the password")->result, ERR_BAD_CREDENTIALS);
	CHECK_TEXT(rig_text("SELECT hash FROM password"), before);
	HOME_OUT(signed_in, log_in("ann", HOME_PASSWORD));
	CHECK(strstr(rig_text("SELECT hash FROM password"), "t=2"));
	HOME_OUT(signed_in, log_in("ann", HOME_PASSWORD));
	/* One of another program: bcrypt of "password". */
	rig_change("UPDATE password SET hash = '$2y$05$WJCPC4QxGLXVsYR.jmy9ve0T.eckaKYemV8K8AfT9.OxClaTip5K.'");
	CHECK_ERR(log_in("ann", HOME_PASSWORD)->result, ERR_BAD_CREDENTIALS);
	home_close();
}

/* --- passwords ---------------------------------------------------------------------------------------------------- */

static struct call *change(const struct person *p, const char *now, const char *next)
{
	return home_call(p->access, "password_change",
		home_text("{\"current_password\":\"%s\",\"new_password\":\"%s\"}", now, next));
}

TEST(password, new_ones_must_be_hard_to_guess_and_no_name)
{
	static const char *const bad[] = { "short", "password", "12345678", "ann@example.org", "ANN@EXAMPLE.ORG",
		"Ann of the Hills", "rosterroster" };
	home_open();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct call *c = create(home_text("{\"email\":\"ann@example.org\",\"name\":\"Ann of the Hills\","
						  "\"password\":\"%s\"}",
			bad[i]));
		CHECK_ERR(c->result, ERR_INVALID);
		CHECK_TEXT(why(c), "password");
	}
	char longest[400];
	memset(longest, 0, sizeof longest);
	for (int i = 0; i < 256; i++)
		longest[i] = (char)('a' + i * i % 26);
	HOME_OUT(signed_in, create(home_text("{\"email\":\"ann@example.org\",\"password\":\"%s\"}", longest)));
	CHECK_ERR(log_in("ann", home_text("%.72s", longest))->result, ERR_BAD_CREDENTIALS); /* not cut */
	CHECK_OK(log_in("ann", longest)->result);
	longest[256] = 'x';
	CHECK_ERR(create(home_text("{\"email\":\"b@example.org\",\"password\":\"%s\"}", longest))->result, ERR_INVALID);
	home_close();
}

TEST(password, changing_it_ends_the_other_sessions_alone)
{
	home_open();
	struct person ann = home_person("ann"), phone = home_login("ann"), bob = home_person("bob");
	CHECK_OK(change(&ann, HOME_PASSWORD, "eleven loud kingfishers")->result);
	CHECK_OK(home_call(ann.access, "user_me", NULL)->result);
	CHECK_ERR(home_call(phone.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_ERR(home_call(NULL, "session_refresh", home_text("{\"refresh_token\":\"%s\"}", phone.refresh))->result,
		ERR_SESSION_ENDED);
	CHECK_OK(home_call(NULL, "session_refresh", home_text("{\"refresh_token\":\"%s\"}", ann.refresh))->result);
	CHECK_OK(home_call(bob.access, "user_me", NULL)->result);
	CHECK_ERR(log_in("ann", HOME_PASSWORD)->result, ERR_BAD_CREDENTIALS);
	CHECK_OK(log_in("ann", "eleven loud kingfishers")->result);
	CHECK_INT(home_events("password.changed"), 1);
	home_close();
}

TEST(password, a_wrong_current_one_changes_nothing)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_ERR(change(&ann, "not the password", "eleven loud kingfishers")->result, ERR_BAD_CREDENTIALS);
	CHECK_ERR(change(&ann, HOME_PASSWORD, "password")->result, ERR_INVALID);
	CHECK_OK(log_in("ann", HOME_PASSWORD)->result);
	CHECK_INT(
		rig_number(
			"SELECT COUNT(*) FROM audit WHERE operation = 'password_change' AND outcome = 'bad_credentials'"),
		1);
	home_close();
}

TEST(password, is_in_no_event_and_no_audit_row)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(change(&ann, HOME_PASSWORD, "eleven loud kingfishers")->result);
	CHECK_ERR(log_in("ann", "a wrong but secret text")->result, ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE data LIKE '%herons%' OR data LIKE '%kingfishers%' OR"
			     " data LIKE '%secret text%' OR data LIKE '%argon2%' OR data LIKE '%rr2_%'"),
		0);
	CHECK_INT(
		rig_number("SELECT COUNT(*) FROM audit WHERE changes LIKE '%herons%' OR changes LIKE '%kingfishers%' OR"
			   " changes LIKE '%secret text%' OR changes LIKE '%argon2%'"),
		0);
	home_close();
}

/* --- the first administrator -------------------------------------------------------------------------------------- */

struct begin {
	const char *email, *token;
	struct secret password;
};

static err_t begin(struct cx *cx, void *arg)
{
	struct begin *b = arg;
	return setup_begin(cx, b->email, &b->password, &b->token);
}

static struct call *set_up(const char *token)
{
	return home_call(NULL, "setup_create",
		home_text(
			"{\"token\":\"%s\",\"email\":\"eve@example.org\",\"password\":\"" HOME_PASSWORD "\"}", token));
}

TEST(setup, advisory_first_run_is_not_claimed_by_a_stranger)
{
	home_open();
	struct begin b = { 0 };
	CHECK_ERR(set_up("")->result, ERR_ALREADY_SET_UP); /* nobody asked for one yet */
	CHECK_OK(rig_tx(begin, &b));
	CHECK(b.token && strlen(b.token) >= 43);
	setup_close_until_done();
	CHECK(!setup_open());
	CHECK_ERR(create("{\"email\":\"b@example.org\",\"password\":\"" HOME_PASSWORD "\"}")->result, ERR_SETUP_NEEDED);
	CHECK_ERR(log_in("eve", HOME_PASSWORD)->result, ERR_SETUP_NEEDED);
	CHECK_OK(home_call(NULL, "health_live", NULL)->result);
	CHECK_ERR(set_up("")->result, ERR_TOKEN_INVALID);
	CHECK_ERR(set_up("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")->result, ERR_TOKEN_INVALID);
	CHECK_ERR(set_up(home_text("%.42s", b.token))->result, ERR_TOKEN_INVALID);
	CHECK_ERR(set_up(home_text("%sx", b.token))->result, ERR_TOKEN_INVALID);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), 0);
	CHECK_TEXT(HOME_OUT(signed_in, set_up(b.token))->user->role, "admin");
	CHECK(setup_open());
	CHECK_ERR(set_up(b.token)->result, ERR_ALREADY_SET_UP); /* once */
	CHECK_OK(log_in("eve", HOME_PASSWORD)->result);
	b.token = "x";
	CHECK_OK(rig_tx(begin, &b));
	CHECK(!b.token); /* nothing to do at the next start */
	home_close();
}

TEST(setup, the_settings_may_name_the_first_administrator)
{
	home_open();
	struct begin b = { .email = "eve@example.org", .password = { "password", 8 } };
	CHECK_ERR(rig_tx(begin, &b), ERR_INVALID); /* no default and no weak password */
	b.password = (struct secret){ HOME_PASSWORD, strlen(HOME_PASSWORD) };
	CHECK_OK(rig_tx(begin, &b));
	CHECK(!b.token);
	CHECK_TEXT(HOME_OUT(signed_in, log_in("eve@example.org", HOME_PASSWORD))->user->role, "admin");
	home_close();
}

static err_t watch(struct cx *cx, void *arg)
{
	(void)arg;
	return setup_watch(cx);
}

TEST(setup, an_administrator_made_on_this_host_opens_the_server)
{
	home_open();
	struct begin b = { 0 };
	CHECK_OK(rig_tx(begin, &b));
	setup_close_until_done();
	CHECK_OK(rig_tx(watch, NULL));
	CHECK(!setup_open());
	HOME_OUT(signed_in, home_local("user_create", "{\"username\":\"eve\",\"role\":\"admin\"}"));
	CHECK_OK(rig_tx(watch, NULL));
	CHECK(setup_open());
	CHECK_ERR(set_up(b.token)->result, ERR_ALREADY_SET_UP);
	home_close();
}

/* --- many at once ------------------------------------------------------------------------------------------------- */

TEST(account, items_of_a_batch_stand_alone)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann");
	int64_t before = rig_number("SELECT COUNT(*) FROM users");
	const char *items = home_text("{\"items\":[{\"action\":\"create\",\"data\":{\"username\":\"b.one\"}},"
				      "{\"action\":\"create\",\"data\":{\"username\":\"ann\"}},"
				      "{\"action\":\"status\",\"data\":{\"id\":\"%s\",\"status\":\"banned\"}},"
				      "{\"action\":\"delete\",\"data\":{\"id\":\"%s\"}}]",
		ann.id, eve.id);
	struct batch_out *dry =
		HOME_OUT(batch_out, home_call(eve.access, "user_batch", home_text("%s,\"dry_run\":true}", items)));
	CHECK_INT(dry->succeeded, 2);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), before);
	CHECK_OK(home_call(ann.access, "user_me", NULL)->result);
	struct batch_out *b = HOME_OUT(batch_out, home_call(eve.access, "user_batch", home_text("%s}", items)));
	const struct batch_result *r = b->results.items;
	CHECK_INT(b->total, 4);
	CHECK_INT(b->failed, 2);
	CHECK_INT(r[0].status, 201);
	CHECK_TEXT(r[1].error, "username_taken");
	CHECK_TEXT(r[2].id, ann.id);
	CHECK_TEXT(r[3].error, "last_admin");
	CHECK(home_call(ann.access, "user_me", NULL)->result != ERR_OK); /* memory was told */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), before + 1);
	CHECK_ERR(home_call(home_person("bob").access, "user_batch", home_text("%s}", items))->result, ERR_DENIED);
	home_close();
}

/* --- one's own data ----------------------------------------------------------------------------------------------- */

TEST(account, an_export_is_a_file_once_an_hour)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	struct call *c = home_call(ann.access, "user_export_me", NULL);
	CHECK_OK(c->result);
	char head[4] = "";
	CHECK_INT(pread(c->cx.out_file.fd, head, sizeof head, 0), 4);
	CHECK_INT(memcmp(head, "PK\3\4", 4), 0);
	c = home_call(ann.access, "user_export_me", NULL);
	CHECK_ERR(c->result, ERR_RATE_LIMITED);
	CHECK(c->cx.fail.retry_after > 3500);
	const char *id = home_text("{\"id\":\"%s\"}", ann.id);
	CHECK_OK(home_call(eve.access, "user_export_person", id)->result);
	CHECK_ERR(home_call(home_person("bob").access, "user_export_person", id)->result, ERR_DENIED);
	home_later = 61 * 60000;
	struct person later = home_login("ann");
	CHECK_OK(home_call(later.access, "user_export_me", NULL)->result);
	home_close();
}
