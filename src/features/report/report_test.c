/* Reports, the queue, strikes and appeals through the real gate. */
#include "features/report/report.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"

#include <string.h>

#define DAY INT64_C(86400000)

static struct call *by_id(const struct person *by, const char *op, const char *id, const char *more)
{
	return home_call(by->access, op, home_text("{\"id\":\"%s\"%s}", id, more));
}

static struct call *report(const struct person *by, const struct person *whom, const char *more)
{
	return home_call(by->access, "report_create",
		home_text("{\"user_id\":\"%s\",\"type\":\"spam\",\"reason\":\"ads\"%s}", whom->id, more));
}

static const char *reported(const struct person *by, const struct person *whom)
{
	return HOME_OUT(report, report(by, whom, ""))->id;
}

static struct call *resolve(const struct person *by, const char *id, const char *action)
{
	return by_id(by, "report_resolve", id, home_text(",\"action\":\"%s\",\"reason\":\"Too many ads\"", action));
}

static struct report_list *queue(const struct person *by, const char *json)
{
	return HOME_OUT(report_list, home_call(by->access, "report_queue", json));
}

static unsigned status_of(const struct person *p)
{
	return HOME_OUT(user, home_local("user_get", home_text("{\"id\":\"%s\"}", p->id)))->status;
}

static const struct strike *newest(const struct person *mod, const struct person *of)
{
	return HOME_OUT(strike_list, by_id(mod, "moderation_strikes", of->id, ""))->items.items;
}

TEST(report, keeps_the_profile_as_it_was_and_is_made_once)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	CHECK_OK(home_call(bob.access, "user_update_me", "{\"bio\":\"Buy now\"}")->result);
	struct call *c = report(&ann, &bob, ",\"evidence\":{\"url\":\"https://x.example\"}");
	const struct report *r = HOME_OUT(report, c);
	CHECK(c->op->call->out == &report_own_type); /* neither snapshot nor moderators */
	CHECK_OK(home_call(bob.access, "user_update_me", "{\"bio\":null}")->result);
	r = HOME_OUT(report, by_id(&mod, "report_get", r->id, ""));
	CHECK(strstr(r->snapshot.text, "Buy now") && strstr(r->evidence.text, "x.example"));
	CHECK_TEXT(r->reporter_id, ann.id);
	CHECK_ERR(report(&ann, &bob, "")->result, ERR_REPORTED);
	CHECK_OK(report(&ann, &bob, ",\"content_type\":\"post\",\"content_id\":\"7\"")->result);
	CHECK_ERR(report(&ann, &bob, ",\"content_type\":\"post\"")->result, ERR_INVALID);
	CHECK_ERR(report(&ann, &ann, "")->result, ERR_ONESELF);
	CHECK_ERR(home_call(ann.access, "report_create", "{\"user_id\":\"nobody\",\"type\":\"spam\"}")->result,
		ERR_NOT_FOUND);
	CHECK_ERR(home_call(ann.access, "report_create", "{\"user_id\":\"bob\",\"type\":\"boring\"}")->result,
		ERR_INVALID);
	CHECK_INT(HOME_OUT(report_list, home_call(ann.access, "report_mine", NULL))->items.n, 2);
	CHECK_INT(HOME_OUT(report_list, home_call(bob.access, "report_mine", NULL))->items.n, 0);
	CHECK_INT(home_events("report.created"), 2);
	home_close();
}

TEST(report, who_is_blocked_can_be_reported_still)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_OK(home_call(bob.access, "block_create", home_text("{\"id\":\"%s\"}", ann.id))->result);
	CHECK_OK(report(&ann, &bob, "")->result);
	CHECK_OK(home_call(ann.access, "report_create",
		"{\"user_id\":\"bob\",\"type\":\"spam\",\"content_type\":\"post\",\"content_id\":\"7\"}")
			 ->result);
	CHECK_ERR(home_call(ann.access, "report_create", "{\"user_id\":\"bob@example.org\",\"type\":\"spam\"}")->result,
		ERR_NOT_FOUND); /* an address finds nobody */
	home_close();
}

TEST(report, is_looked_at_by_one_moderator_at_a_time)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator"),
		      max = home_with_role("max", "moderator");
	const char *id = reported(&ann, &bob);
	CHECK_ERR(by_id(&ann, "report_claim", id, "")->result, ERR_DENIED);
	CHECK_ERR(home_call(ann.access, "report_queue", NULL)->result, ERR_DENIED);
	CHECK_TEXT(HOME_OUT(report, by_id(&mod, "report_claim", id, ""))->claimed_by, mod.id);
	CHECK_ERR(by_id(&max, "report_claim", id, "")->result, ERR_CONFLICT);
	CHECK_ERR(resolve(&max, id, "warn")->result, ERR_CONFLICT);
	CHECK_ERR(by_id(&max, "report_release", id, "")->result, ERR_CONFLICT);
	CHECK_INT(queue(&max, "{\"mine\":true}")->items.n, 0);
	CHECK_INT(queue(&mod, "{\"mine\":true}")->items.n, 1);
	CHECK_INT(queue(&mod, "{\"status\":\"open\"}")->items.n, 0);
	CHECK_OK(by_id(&mod, "report_release", id, "")->result);
	CHECK_OK(by_id(&max, "report_claim", id, "")->result);
	rig_set("report.claim", "1m");
	home_later = 120000; /* nobody waits longer for him */
	CHECK_OK(by_id(&mod, "report_claim", id, "")->result);
	home_later = 0;
	home_close();
}

TEST(report, is_resolved_by_a_warning_a_suspension_a_ban_or_not_at_all)
{
	static const struct {
		const char *action;
		unsigned status;
		const char *column;
	} rows[] = { { "warn", USER_ACTIVE, "warning" }, { "suspend", USER_SUSPENDED, "suspension" },
		{ "ban", USER_BANNED, "ban" }, { "dismiss", USER_ACTIVE, "" } };
	home_open();
	struct person ann = home_person("ann"), mod = home_with_role("mod", "moderator");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct person p = home_person(home_text("bad%d", (int)i));
		const char *id = reported(&ann, &p);
		HOME_OUT(report, resolve(&mod, id, rows[i].action));
		CHECK_INT(status_of(&p), rows[i].status);
		CHECK_ERR(resolve(&mod, id, "dismiss")->result, ERR_CONFLICT);
		struct strike_list *l = HOME_OUT(strike_list, by_id(&mod, "moderation_strikes", p.id, ""));
		CHECK_INT(l->items.n, rows[i].column[0] != 0);
		const char *letter = home_letter(home_text("bad%d@example.org", (int)i));
		CHECK_INT(strstr(letter, "Too many ads") != NULL, rows[i].column[0] != 0);
		if (!rows[i].column[0])
			continue;
		CHECK_TEXT(strike_kind_names[((struct strike *)l->items.items)->kind], rows[i].column);
		CHECK_ERR(home_call(p.access, "user_me", NULL)->result, rows[i].status == USER_ACTIVE ? ERR_OK
									: rows[i].status == USER_SUSPENDED
										? ERR_NOT_ACTIVE
										: ERR_SESSION_ENDED);
	}
	CHECK_INT(home_events("report.resolved"), 4);
	CHECK_INT(queue(&mod, "{\"status\":\"resolved\"}")->items.n, 4);
	home_close();
}

TEST(report, advisory_nobody_judges_himself_or_his_betters_or_beyond_his_rights)
{
	home_open();
	struct person ann = home_person("ann"), mod = home_with_role("mod", "moderator"),
		      eve = home_with_role("eve", "admin");
	const char *of_mod = reported(&ann, &mod), *of_eve = reported(&ann, &eve);
	CHECK_ERR(resolve(&mod, of_mod, "dismiss")->result, ERR_DENIED);
	CHECK_ERR(by_id(&mod, "report_claim", of_mod, "")->result, ERR_DENIED);
	CHECK_ERR(resolve(&mod, of_eve, "dismiss")->result, ERR_DENIED);
	CHECK_OK(home_call(
		eve.access, "role_create", "{\"name\":\"helper\",\"permissions\":[\"report.read\",\"report.resolve\"]}")
			 ->result);
	struct person max = home_with_role("max", "helper"), bob = home_person("bob");
	const char *id = reported(&ann, &bob);
	CHECK_ERR(resolve(&max, id, "ban")->result, ERR_DENIED);
	CHECK_ERR(resolve(&max, id, "suspend")->result, ERR_DENIED);
	CHECK_OK(resolve(&max, id, "warn")->result);
	CHECK_OK(home_call(bob.access, "user_update_me", "{\"visibility\":\"private\"}")->result);
	CHECK_INT(newest(&max, &bob)->kind, STRIKE_WARNING); /* whom he could not see otherwise */
	CHECK_OK(resolve(&mod, reported(&max, &bob), "ban")->result);
	CHECK_INT(HOME_OUT(moderation_profile, by_id(&max, "moderation_profile", bob.id, ""))->bans, 1);
	CHECK_ERR(by_id(&mod, "report_resolve", of_eve, ",\"action\":\"warn\"")->result,
		ERR_INVALID); /* says no reason */
	home_close();
}

TEST(report, all_that_tell_the_same_are_resolved_at_once)
{
	home_open();
	struct person bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	const char *id = NULL;
	for (int i = 0; i < 3; i++) {
		struct person p = home_person(home_text("p%02d", i));
		id = reported(&p, &bob);
		CHECK_OK(report(&p, &bob, ",\"content_type\":\"post\",\"content_id\":\"7\"")->result);
	}
	CHECK_OK(by_id(&mod, "report_resolve", id, ",\"action\":\"warn\",\"reason\":\"ads\",\"all\":true")->result);
	CHECK_INT(queue(&mod, "{\"status\":\"open\"}")->items.n, 3); /* those of the post */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM strike"), 1);
	home_close();
}

TEST(report, the_queue_goes_by_cursor_the_oldest_first)
{
	home_open();
	struct person bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	const char *order = "", *seen = "", *cursor = NULL;
	for (int i = 0; i < 5; i++) {
		struct person p = home_person(home_text("p%02d", i));
		home_later += 5;
		order = home_text("%s%s ", order, reported(&p, &bob));
	}
	do {
		struct report_list *l = queue(
			&mod, home_text("{\"limit\":2%s}", cursor ? home_text(",\"cursor\":\"%s\"", cursor) : ""));
		const struct report *r = l->items.items;
		for (size_t i = 0; i < l->items.n; i++)
			seen = home_text("%s%s ", seen, r[i].id);
		cursor = l->page->next_cursor;
	} while (cursor);
	CHECK_TEXT(seen, order);
	CHECK_INT(queue(&mod, home_text("{\"user_id\":\"%s\",\"type\":\"spam\"}", bob.id))->items.n, 5);
	CHECK_INT(queue(&mod, home_text("{\"user_id\":\"%s\",\"type\":\"fraud\"}", bob.id))->items.n, 0);
	CHECK_ERR(home_call(mod.access, "report_queue", "{\"cursor\":\"forged\"}")->result, ERR_MALFORMED);
	home_later = 0;
	home_close();
}

/* --- appeals ------------------------------------------------------------------------------------------------------ */

static struct call *decide(const struct person *by, const char *id, bool lift)
{
	return by_id(
		by, "appeal_decide", id, home_text(",\"lift\":%s,\"note\":\"Looked again\"", lift ? "true" : "false"));
}

static struct call *appeal_by_password(const char *name, const char *password)
{
	return home_call(NULL, "appeal_create",
		home_text("{\"identifier\":\"%s\",\"password\":\"%s\",\"text\":\"It was not me\"}", name, password));
}

TEST(report, a_warning_is_appealed_against_once_and_lifted)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	CHECK_OK(resolve(&mod, reported(&ann, &bob), "warn")->result);
	struct strike_list *l = HOME_OUT(strike_list, home_call(bob.access, "strike_mine", NULL));
	CHECK_INT(l->items.n, 1);
	const char *id = ((struct strike *)l->items.items)->id;
	CHECK_ERR(by_id(&ann, "strike_appeal", id, ",\"text\":\"x\"")->result, ERR_NOT_FOUND);
	CHECK_ERR(decide(&mod, id, true)->result, ERR_CONFLICT);
	CHECK_OK(by_id(&bob, "strike_appeal", id, ",\"text\":\"It was not me\"")->result);
	CHECK_ERR(by_id(&bob, "strike_appeal", id, ",\"text\":\"again\"")->result, ERR_CONFLICT);
	CHECK_INT(HOME_OUT(strike_list, home_call(mod.access, "appeal_queue", NULL))->items.n, 1);
	CHECK_ERR(decide(&ann, id, true)->result, ERR_DENIED);
	CHECK_OK(decide(&mod, id, true)->result);
	CHECK_ERR(decide(&mod, id, false)->result, ERR_CONFLICT);
	CHECK_INT(newest(&mod, &bob)->status, STRIKE_LIFTED);
	CHECK(strstr(home_letter("bob@example.org"), "Looked again"));
	struct moderation_profile *p = HOME_OUT(moderation_profile, by_id(&mod, "moderation_profile", bob.id, ""));
	CHECK_INT(p->warnings, 0);
	CHECK(p->trust_score > 0.999);
	home_close();
}

TEST(report, who_is_shut_out_appeals_by_his_password_and_comes_back)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	CHECK_OK(resolve(&mod, reported(&ann, &bob), "ban")->result);
	CHECK_ERR(appeal_by_password("bob", "not the password")->result, ERR_BAD_CREDENTIALS);
	CHECK_ERR(appeal_by_password("ann", HOME_PASSWORD)->result, ERR_NOT_FOUND);
	CHECK_OK(appeal_by_password("bob", HOME_PASSWORD)->result);
	CHECK_ERR(appeal_by_password("bob", HOME_PASSWORD)->result, ERR_CONFLICT);
	CHECK_OK(decide(&mod, newest(&mod, &bob)->id, true)->result);
	CHECK_INT(status_of(&bob), USER_ACTIVE);
	home_login("bob");
	home_close();
}

TEST(report, a_lifted_strike_gives_nothing_back_while_another_holds)
{
	home_open();
	struct person ann = home_person("ann"), cat = home_person("cat"), bob = home_person("bob"),
		      mod = home_with_role("mod", "moderator");
	CHECK_OK(resolve(&mod, reported(&ann, &bob), "ban")->result);
	home_later = 10;
	CHECK_OK(resolve(&mod, reported(&cat, &bob), "ban")->result);
	CHECK_OK(appeal_by_password("bob", HOME_PASSWORD)->result);
	CHECK_OK(decide(&mod, newest(&mod, &bob)->id, true)->result);
	CHECK_INT(status_of(&bob), USER_BANNED);
	home_later = 0;
	home_close();
}

TEST(report, trust_falls_by_strikes_and_comes_back_with_time)
{
	const int64_t now = 1000 * DAY, fades = 100 * DAY;
	struct strike s[] = { { .kind = STRIKE_WARNING, .created_at = now },
		{ .kind = STRIKE_SUSPENSION, .created_at = now - 50 * DAY },
		{ .kind = STRIKE_BAN, .created_at = now, .status = STRIKE_LIFTED },
		{ .kind = STRIKE_BAN, .created_at = now - 200 * DAY }, { .kind = STRIKE_BAN, .created_at = now },
		{ .kind = STRIKE_BAN, .created_at = now } };
	static const double want[] = { 1, 0.9, 0.75, 0.75, 0.75, 0.05, 0 };
	for (size_t n = 0; n <= 6; n++) {
		double off = report_trust(&(struct list){ s, n }, now, fades) - want[n];
		CHECK(off < 1e-9 && off > -1e-9);
	}
}

TEST(report, who_is_erased_leaves_reports_without_himself)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat"),
		      eve = home_with_role("eve", "admin");
	const char *kept = reported(&ann, &bob);
	CHECK_OK(report(&bob, &ann, "")->result);
	CHECK_OK(resolve(&eve, reported(&cat, &ann), "warn")->result);
	CHECK_OK(by_id(&eve, "user_delete", ann.id, "")->result);
	const struct report *r = HOME_OUT(report, by_id(&eve, "report_get", kept, ""));
	CHECK(!r->reporter_id && !r->reason);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM report"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM strike"), 0);
	home_close();
}
