/* The audit log and its chain, through the real gate. */
#include "features/audit/audit.h"
#include "api/outbox.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"

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
