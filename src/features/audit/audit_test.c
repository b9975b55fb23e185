/* The audit log and its chain, through the real gate. */
#include "features/audit/audit.h"
#include "api/outbox.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"
#include "features/user/user.h"

#include <string.h>

static struct arena *mem;

static struct person open_with_admin(void)
{
	mem = home_open();
	return home_with_role("eve", "admin");
}

static struct audit_verdict *verify(const struct person *eve)
{
	CHECK_OK(relay_seal(mem));
	return HOME_OUT(audit_verdict, home_call(eve->access, "audit_verify", NULL));
}

TEST(audit, the_chain_is_whole_and_grows)
{
	struct person eve = open_with_admin();
	struct audit_verdict *v = verify(&eve);
	CHECK(v->good && !v->problem);
	int64_t n = v->checked;
	CHECK(n >= 2);
	home_person("ann");
	CHECK_INT(verify(&eve)->checked, n + 1);
	home_close();
}

TEST(audit, every_changed_column_is_found)
{
	static const char *const changes[] = { "UPDATE audit SET at = at + 1 WHERE seq = 2",
		"UPDATE audit SET actor_kind = 'user' WHERE seq = 2", "UPDATE audit SET actor_id = 'x' WHERE seq = 2",
		"UPDATE audit SET ip = 'x' WHERE seq = 2", "UPDATE audit SET operation = 'x' WHERE seq = 2",
		"UPDATE audit SET subject_type = 'x' WHERE seq = 2", "UPDATE audit SET subject_id = 'x' WHERE seq = 2",
		"UPDATE audit SET outcome = 'x' WHERE seq = 2", "UPDATE audit SET changes = 'x' WHERE seq = 2",
		"UPDATE audit SET correlation_id = 'x' WHERE seq = 2", "UPDATE audit SET hash = 'x' WHERE seq = 2",
		"UPDATE audit SET hash = NULL WHERE seq = 2" };
	struct person eve = open_with_admin();
	home_person("ann");
	CHECK(verify(&eve)->good);
	rig_change("CREATE TABLE audit_copy AS SELECT * FROM audit");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		rig_change(changes[i]);
		struct audit_verdict *v = verify(&eve);
		if (v->good)
			test_fail(__FILE__, __LINE__, "not found: %s", changes[i]);
		CHECK_INT(v->checked, 1);
		CHECK(v->problem);
		rig_change("DELETE FROM audit");
		rig_change("INSERT INTO audit SELECT * FROM audit_copy");
		CHECK(verify(&eve)->good);
	}
	rig_change("DELETE FROM audit WHERE seq = 2");
	CHECK_TEXT(verify(&eve)->problem, "Row 2 is missing.");
	home_close();
}

TEST(audit, rows_that_nobody_seals_are_told)
{
	struct person eve = open_with_admin();
	CHECK(verify(&eve)->good);
	rig_change(
		"UPDATE audit SET seq = NULL, hash = NULL, at = at - 10000 WHERE seq = (SELECT MAX(seq) FROM audit)");
	struct audit_verdict *v = HOME_OUT(audit_verdict, home_call(eve.access, "audit_verify", NULL));
	CHECK(!v->good);
	CHECK_INT(v->unsealed_late, 1);
	home_close();
}

TEST(audit, is_read_newest_first_by_whom_and_what)
{
	struct person eve = open_with_admin(), ann = home_person("ann");
	for (int i = 0; i < 5; i++)
		HOME_OUT(user, home_call(ann.access, "user_update_me",
				       home_text("{\"bio\":\"%d\",\"push_token\":\"hidden\"}", i)));
	const char *cursor = "";
	int n = 0;
	do {
		struct audit_list *l =
			HOME_OUT(audit_list, home_call(eve.access, "audit_list",
						     home_text("{\"limit\":2,\"actor_id\":\"%s\"%s}", ann.id, cursor)));
		const struct audit_row *row = l->items.items;
		for (size_t i = 0; i < l->items.n; i++, n++) {
			CHECK_TEXT(row[i].operation, "user_update_me");
			CHECK(strstr(row[i].changes, home_text("\"bio\":\"%d\"", 4 - n)) &&
				!strstr(row[i].changes, "hidden"));
		}
		cursor = l->page->has_next ? home_text(",\"cursor\":\"%s\"", l->page->next_cursor) : NULL;
	} while (cursor);
	CHECK_INT(n, 5);
	struct audit_list *l =
		HOME_OUT(audit_list, home_call(eve.access, "audit_list",
					     home_text("{\"subject_id\":\"%s\",\"actor_id\":\"%s\"}", ann.id, ann.id)));
	CHECK_INT(l->items.n, 5);
	CHECK_ERR(home_call(eve.access, "audit_list", "{\"cursor\":\"forged\"}")->result, ERR_MALFORMED);
	CHECK_ERR(home_call(ann.access, "audit_list", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(ann.access, "audit_verify", NULL)->result, ERR_DENIED);
	home_close();
}

/* --- what leaves by rule ------------------------------------------------------------------------------------------ */

static err_t retain(struct cx *cx, void *arg)
{
	cx->now += *(int64_t *)arg;
	return audit_retain(cx);
}

static err_t redact(struct cx *cx, void *arg)
{
	cx->now += *(int64_t *)arg;
	return audit_redact(cx);
}

enum { HOUR_MS = 3600000 };

/* As the jobs do it, that much later. */
static err_t retain_after(int64_t ms)
{
	return rig_tx(retain, &ms);
}

static void redact_after(int64_t ms)
{
	CHECK_OK(relay_seal(mem));
	CHECK_OK(rig_tx(redact, &ms));
}

TEST(audit, rows_that_were_kept_long_enough_go_behind_a_checkpoint)
{
	struct person eve = open_with_admin();
	home_person("ann");
	int64_t n = verify(&eve)->checked;
	CHECK_OK(retain_after(2 * HOUR_MS)); /* 0: for ever */
	CHECK_INT(verify(&eve)->removed, 0);
	rig_set("audit.keep", "1h");
	CHECK_OK(retain_after(HOUR_MS / 2));
	CHECK_INT(verify(&eve)->removed, 0);
	CHECK_OK(retain_after(2 * HOUR_MS));
	struct audit_verdict *v = verify(&eve);
	CHECK(v->good);
	CHECK_INT(v->removed, n - 1); /* the newest stays: the next is chained to it */
	CHECK_INT(v->checked, 1);
	home_person("bob");
	v = verify(&eve);
	CHECK(v->good);
	CHECK_INT(v->checked, 2);
	home_close();
}

TEST(audit, advisory_tampering_is_found_after_rows_were_removed)
{
	static const char *const changes[] = { "UPDATE audit_checkpoint SET seq = seq + 1",
		"UPDATE audit_checkpoint SET seq = seq - 1", "UPDATE audit_checkpoint SET hash = 'x'",
		"UPDATE audit_checkpoint SET mac = 'x'", "UPDATE audit_checkpoint SET at = at + 1",
		"DELETE FROM audit_checkpoint", "UPDATE audit SET actor_id = 'x'", "UPDATE audit SET salt = ''",
		"UPDATE audit SET redacted = 'x'", "DELETE FROM audit WHERE seq = (SELECT MIN(seq) FROM audit)",
		"UPDATE audit_checkpoint SET seq = 0" };
	struct person eve = open_with_admin();
	home_person("ann");
	verify(&eve);
	rig_set("audit.keep", "1h");
	CHECK_OK(retain_after(2 * HOUR_MS));
	home_person("bob");
	CHECK(verify(&eve)->good);
	rig_change("CREATE TABLE audit_copy AS SELECT * FROM audit");
	rig_change("CREATE TABLE checkpoint_copy AS SELECT * FROM audit_checkpoint");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		rig_change(changes[i]);
		if (verify(&eve)->good)
			test_fail(__FILE__, __LINE__, "not found: %s", changes[i]);
		rig_change("DELETE FROM audit");
		rig_change("INSERT INTO audit SELECT * FROM audit_copy");
		rig_change("DELETE FROM audit_checkpoint");
		rig_change("INSERT INTO audit_checkpoint SELECT * FROM checkpoint_copy");
		CHECK(verify(&eve)->good);
	}
	home_close();
}

TEST(audit, advisory_a_row_that_does_not_hold_is_not_removed)
{
	struct person eve = open_with_admin();
	home_person("ann");
	home_person("bob");
	int64_t n = verify(&eve)->checked;
	rig_set("audit.keep", "1h");
	rig_change("UPDATE audit SET actor_id = 'x' WHERE seq = 2");
	CHECK_OK(retain_after(2 * HOUR_MS));
	CHECK_ERR(retain_after(2 * HOUR_MS), ERR_INTERNAL);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), n - 1);
	struct audit_verdict *v = verify(&eve);
	CHECK(!v->good);
	CHECK_TEXT(v->problem, "Row 2, or the one before it, was changed.");
	home_close();
}

TEST(audit, rows_of_who_was_erased_keep_ids_alone_and_the_chain_holds)
{
	struct person eve = open_with_admin(), ann = home_person("ann");
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"bio\":\"secret bio\"}"));
	HOME_OUT(user, home_call(eve.access, "user_update", home_text("{\"id\":\"%s\",\"name\":\"Secret\"}", ann.id)));
	int64_t of_eve = rig_number("SELECT COUNT(*) FROM audit WHERE ip <> ''");
	HOME_OUT(none, home_call(eve.access, "user_delete", home_text("{\"id\":\"%s\"}", ann.id)));
	redact_after(0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE changes LIKE '%secret%' OR changes LIKE '%ann%'"), 0);
	CHECK(rig_number("SELECT COUNT(*) FROM audit WHERE ip <> ''") < of_eve);
	struct audit_verdict *v = verify(&eve);
	CHECK(v->good);
	CHECK_INT(v->redacted, 3);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit_erasure"), 1); /* what was on its way may still come */
	redact_after(2 * 60000);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit_erasure"), 0);
	rig_change(
		"UPDATE audit SET outcome = 'x' WHERE redacted <> '' AND seq = (SELECT MIN(seq) FROM audit WHERE redacted "
		"<> '')");
	CHECK(!verify(&eve)->good);
	home_close();
}

TEST(audit, advisory_an_erasure_does_not_make_good_what_was_tampered_with)
{
	struct person eve = open_with_admin(), ann = home_person("ann");
	verify(&eve);
	rig_change("UPDATE audit SET changes = 'invented' WHERE operation = 'user_create' AND seq = 3");
	HOME_OUT(none, home_call(eve.access, "user_delete", home_text("{\"id\":\"%s\"}", ann.id)));
	redact_after(0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE changes = 'invented'"), 0);
	CHECK_TEXT(verify(&eve)->problem, "Row 3, or the one before it, was changed.");
	home_close();
}

/* --- search and one's own ----------------------------------------------------------------------------------------- */

static size_t found(const struct person *eve, const char *query)
{
	return HOME_OUT(audit_list, home_call(eve->access, "audit_list", query))->items.n;
}

TEST(audit, is_searched_by_operation_outcome_address_and_time)
{
	struct person eve = open_with_admin(), ann = home_person("ann");
	home_call(NULL, "session_login", "{\"identifier\":\"ann\",\"password\":\"wrong wrong wrong\"}");
	home_login("ann");
	CHECK_INT(found(&eve, "{\"operation\":\"session_login\"}"), 2);
	CHECK_INT(found(&eve, "{\"operation\":\"session_login\",\"outcome\":\"bad_credentials\"}"), 1);
	CHECK_INT(found(&eve, "{\"outcome\":\"ok\",\"limit\":100,\"address\":\"192.0.2.1\"}"),
		(size_t)rig_number("SELECT COUNT(*) FROM audit WHERE outcome = 'ok' AND ip = '192.0.2.1'"));
	CHECK_INT(found(&eve, "{\"address\":\"192.0.2.9\"}"), 0);
	CHECK_INT(found(&eve, home_text("{\"subject\":\"%s\",\"operation\":\"session_login\"}", ann.id)), 2);
	CHECK_INT(found(&eve, "{\"from\":\"2001-01-01T00:00:00Z\",\"to\":\"2002-01-01T00:00:00Z\"}"), 0);
	CHECK(found(&eve, "{\"from\":\"2001-01-01T00:00:00Z\",\"to\":\"2999-01-01T00:00:00Z\"}") > 3);
	CHECK_INT(found(&eve, "{\"from\":\"2999-01-01T00:00:00Z\"}"), 0);
	home_close();
}

TEST(audit, a_person_is_shown_his_own_and_nothing_of_others)
{
	struct person eve = open_with_admin(), ann = home_person("ann");
	home_call(NULL, "session_login", "{\"identifier\":\"ann\",\"password\":\"wrong wrong wrong\"}");
	HOME_OUT(user, home_call(eve.access, "user_update", home_text("{\"id\":\"%s\",\"name\":\"Anna\"}", ann.id)));
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"bio\":\"mine\"}"));
	struct activity_list *l = HOME_OUT(activity_list, home_call(ann.access, "user_activity", NULL));
	const struct activity *a = l->items.items;
	CHECK_INT(l->items.n, 4);
	CHECK_TEXT(a[0].operation, "user_update_me");
	CHECK(a[0].after.text && strstr(a[0].after.text, "\"bio\":\"mine\""));
	CHECK_TEXT(a[1].by, "administrator");
	CHECK(!a[1].ip);
	CHECK_TEXT(a[2].outcome, "bad_credentials");
	CHECK_TEXT(a[2].ip, "192.0.2.1");
	CHECK_TEXT(a[3].operation, "user_create");
	CHECK(!a[3].session_id);
	struct call *c = home_call(eve.access, "user_activity", "{\"limit\":100}");
	l = HOME_OUT(activity_list, c);
	CHECK_INT(l->items.n, 2); /* registered, made an administrator: what she did to Ann is Ann's */
	c = home_call(ann.access, "user_activity", "{\"limit\":1}");
	const char *cursor = HOME_OUT(activity_list, c)->page->next_cursor;
	CHECK_ERR(home_call(eve.access, "user_activity", home_text("{\"cursor\":\"%s\"}", cursor))->result,
		ERR_MALFORMED);
	c = home_call(ann.access, "user_activity", home_text("{\"cursor\":\"%s\",\"limit\":100}", cursor));
	CHECK_INT(HOME_OUT(activity_list, c)->items.n, 3);
	home_close();
}
