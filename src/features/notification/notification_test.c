/* Notifications through the real gate: who is told what, how often, and who reads and removes it. */
#include "features/notification/notification.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <stdio.h>
#include <string.h>

enum { DAY_MS = 86400000 };

static struct call *to(const struct person *by, const char *op, const struct person *whom)
{
	return home_call(by->access, op, home_text("{\"id\":\"%s\"}", whom->id));
}

static void can(const struct person *by, const char *op, const struct person *whom)
{
	CHECK_OK(to(by, op, whom)->result);
}

static struct call *send(const struct person *by, const struct person *whom, const char *more)
{
	return home_call(
		by->access, "notification_send", home_text("{\"id\":\"%s\",\"type\":\"news\"%s}", whom->id, more));
}

static const struct notification *sent(const struct person *by, const struct person *whom, const char *more)
{
	return HOME_OUT(notification, send(by, whom, more));
}

static struct call *with_id(const struct person *by, const char *op, const char *id)
{
	return home_call(by->access, op, home_text("{\"id\":\"%s\"}", id));
}

/* "TYPE " of each, the newest first; "!" behind one that is read. */
static const char *list(const struct person *by, const char *query)
{
	const struct notification_list *l =
		HOME_OUT(notification_list, home_call(by->access, "notification_list", query));
	const struct notification *n = l->items.items;
	const char *all = "";
	for (size_t i = 0; i < l->items.n; i++)
		all = home_text("%s%s%s ", all, n[i].type, n[i].read_at ? "!" : "");
	return all;
}

static const struct notification *newest(const struct person *by)
{
	return HOME_OUT(notification_list, home_call(by->access, "notification_list", NULL))->items.items;
}

/* Total and unread as one number. */
static int64_t counted(const struct person *by)
{
	const struct notification_count *c =
		HOME_OUT(notification_count, home_call(by->access, "notification_count", NULL));
	return c->total * 100 + c->unread;
}

static int64_t rows(void)
{
	return rig_number("SELECT COUNT(*) FROM notification");
}

TEST(notification, is_sent_by_who_may_and_read_by_its_owner_alone)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	const struct notification *n = sent(&eve, &ann,
		",\"title\":\" Hello \",\"body\":\"a\\nb\",\"code\":\"c1\",\"priority\":7,\"data\":{\"x\":[1]}");
	CHECK_TEXT(n->title, "Hello");
	CHECK_TEXT(n->data.text, "{\"x\":[1]}");
	CHECK_INT(n->priority, 7);
	CHECK_TEXT(n->user_id, ann.id);
	CHECK(!n->actor_id && !n->read_at);
	CHECK_ERR(send(&bob, &ann, "")->result, ERR_DENIED);
	const struct notification *seen = HOME_OUT(notification, with_id(&ann, "notification_get", n->id));
	CHECK_TEXT(seen->body, "a\nb");
	for (const char *const *op =
			(const char *const[]){ "notification_get", "notification_read", "notification_delete", NULL };
		*op; op++)
		CHECK_ERR(with_id(&bob, *op, n->id)->result, ERR_NOT_FOUND);
	CHECK_ERR(home_local("notification_list", NULL)->result, ERR_DENIED);
	CHECK_INT(counted(&ann), 101);
	CHECK_INT(counted(&bob), 0);
	CHECK_INT(home_events("notification.created"), 1);
	home_close();
}

TEST(notification, to_nobody_or_who_is_deleted_is_refused)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	const struct person nobody = { .id = "01a1fc88-7a2d-7c34-9404-6091f8f70002" };
	CHECK_ERR(send(&eve, &nobody, "")->result, ERR_NOT_FOUND);
	CHECK_OK(home_call(ann.access, "user_deactivate_me", "{\"purge\":true}")->result);
	CHECK_ERR(send(&eve, &ann, "")->result, ERR_NOT_FOUND);
	CHECK_INT(rows(), 0);
	home_close();
}

TEST(notification, of_the_same_request_is_stored_once_for_each_person)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	static const char one[] = ",\"request_id\":\"r1\",\"title\":\"first\"",
			  again[] = ",\"request_id\":\"r1\",\"title\":\"second\"";
	const struct notification *first = sent(&eve, &ann, one);
	struct call *c = send(&eve, &ann, again);
	CHECK_INT(c->cx.status, 200);
	CHECK_TEXT(HOME_OUT(notification, c)->id, first->id);
	CHECK_TEXT(HOME_OUT(notification, c)->title, "first");
	CHECK_TEXT(sent(&eve, &bob, again)->title, "second");
	CHECK_INT(rows(), 2);
	CHECK_OK(with_id(&ann, "notification_delete", first->id)->result); /* nor again when it was removed */
	CHECK(!HOME_OUT(notification, send(&eve, &ann, again))->title);
	CHECK_TEXT(list(&ann, NULL), "");
	CHECK_INT(home_events("notification.created"), 2);
	rig_change("UPDATE notification SET created_at = created_at - 86400001");
	home_job("notification_clean");
	CHECK_INT(rows(), 1);
	home_close();
}

TEST(notification, is_read_once_and_all_at_once)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	const struct notification *n = sent(&eve, &ann, "");
	sent(&eve, &ann, "");
	sent(&eve, &bob, "");
	int64_t at = HOME_OUT(notification, with_id(&ann, "notification_read", n->id))->read_at;
	CHECK(at > 0);
	home_later = 50;
	CHECK_INT(HOME_OUT(notification, with_id(&ann, "notification_read", n->id))->read_at, at);
	CHECK_INT(home_events("notification.read"), 1);
	CHECK_INT(counted(&ann), 201);
	CHECK_INT(HOME_OUT(notification_marked, home_call(ann.access, "notification_read_all", NULL))->marked, 1);
	CHECK_INT(HOME_OUT(notification_marked, home_call(ann.access, "notification_read_all", NULL))->marked, 0);
	CHECK_INT(home_events("notification.read"), 2);
	CHECK_INT(counted(&ann), 200);
	CHECK_INT(counted(&bob), 101);
	home_later = 0;
	home_close();
}

TEST(notification, lists_are_filtered_and_go_on_by_cursor_while_new_ones_come)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	for (int i = 0; i < 5; i++) {
		home_later += 10;
		CHECK_OK(home_call(
			eve.access, "notification_send", home_text("{\"id\":\"%s\",\"type\":\"t%d\"}", ann.id, i))
				 ->result);
	}
	CHECK_TEXT(list(&ann, NULL), "t4 t3 t2 t1 t0 ");
	const struct notification_list *l =
		HOME_OUT(notification_list, home_call(ann.access, "notification_list", "{\"limit\":2}"));
	const char *next = home_text("{\"limit\":2,\"cursor\":\"%s\"}", l->page->next_cursor);
	home_later += 10;
	sent(&eve, &ann, "");
	CHECK_TEXT(list(&ann, next), "t2 t1 ");
	CHECK_ERR(home_call(bob.access, "notification_list", next)->result, ERR_MALFORMED);
	CHECK_OK(with_id(&ann, "notification_read", newest(&ann)->id)->result);
	CHECK_TEXT(list(&ann, "{\"unread\":true,\"limit\":3}"), "t4 t3 t2 ");
	CHECK_TEXT(list(&ann, "{\"type\":\"news\"}"), "news! ");
	CHECK_TEXT(list(&ann, "{\"type\":\"news\",\"unread\":true}"), "");
	CHECK_ERR(home_call(ann.access, "notification_list", "{\"type\":\"No Word\"}")->result, ERR_INVALID);
	home_later = 0;
	home_close();
}

/* --- follows ------------------------------------------------------------------------------------------------------ */

static void go_private(const struct person *p)
{
	CHECK_OK(home_call(p->access, "user_update_me", "{\"is_private\":true}")->result);
}

TEST(notification, tells_of_who_follows_asks_and_accepts)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	can(&bob, "follow_create", &ann);
	CHECK_TEXT(list(&ann, NULL), "follow ");
	CHECK_TEXT(newest(&ann)->actor_id, bob.id);
	go_private(&bob);
	can(&ann, "follow_create", &bob);
	CHECK_TEXT(list(&bob, NULL), "follow_request ");
	can(&bob, "follow_accept", &ann);
	CHECK_TEXT(list(&bob, NULL), ""); /* it was answered */
	home_later = 20;
	CHECK_TEXT(list(&ann, NULL), "follow_accepted follow ");
	CHECK_TEXT(newest(&ann)->actor_id, bob.id);
	can(&ann, "follow_remove", &bob);
	CHECK_TEXT(list(&ann, NULL), "follow ");
	home_later = 0;
	home_close();
}

TEST(notification, of_a_request_that_is_taken_back_or_refused_is_gone_unless_it_was_read)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	go_private(&ann);
	can(&bob, "follow_create", &ann);
	can(&bob, "follow_remove", &ann);
	CHECK_TEXT(list(&ann, NULL), "");
	can(&bob, "follow_create", &ann);
	CHECK_TEXT(list(&ann, NULL), "follow_request ");
	can(&ann, "follow_reject", &bob);
	CHECK_INT(counted(&ann), 0);
	can(&bob, "follow_create", &ann);
	CHECK_OK(with_id(&ann, "notification_read", newest(&ann)->id)->result);
	can(&bob, "follow_remove", &ann);
	CHECK_TEXT(list(&ann, NULL), "follow_request! ");
	CHECK_INT(home_events("notification.created"), 1);
	home_close();
}

TEST(notification, of_a_follow_that_comes_and_goes_is_one_a_day)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	for (int i = 0; i < 50; i++) {
		can(&bob, "follow_create", &ann);
		CHECK_INT(counted(&ann), 101);
		can(&bob, "follow_remove", &ann);
		CHECK_INT(counted(&ann), 0);
	}
	can(&bob, "follow_create", &ann);
	CHECK_OK(with_id(&ann, "notification_delete", newest(&ann)->id)->result);
	can(&bob, "follow_remove", &ann);
	can(&bob, "follow_create", &ann); /* she removed it: it stays away */
	CHECK_TEXT(list(&ann, NULL), "");
	CHECK_INT(rows(), 1);
	CHECK_INT(home_events("notification.created"), 1);
	can(&bob, "follow_remove", &ann);
	home_later = DAY_MS + 1;
	bob = home_login("bob");
	ann = home_login("ann");
	can(&bob, "follow_create", &ann);
	CHECK_INT(counted(&ann), 101);
	CHECK_INT(rows(), 1);
	CHECK_INT(home_events("notification.created"), 2);
	home_later = 0;
	home_close();
}

TEST(notification, of_who_is_muted_or_blocks_there_is_none)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat");
	can(&ann, "mute_create", &bob);
	can(&bob, "follow_create", &ann);
	CHECK_INT(rows(), 0);
	can(&cat, "follow_create", &ann);
	can(&ann, "follow_create", &cat);
	CHECK_OK(with_id(&ann, "notification_read", newest(&ann)->id)->result);
	can(&cat, "block_create", &ann);
	CHECK_INT(rows(), 0); /* also what was read, and what the other got */
	CHECK_INT(counted(&ann) + counted(&cat), 0);
	home_close();
}

/* --- other sources, erasing, cleaning ----------------------------------------------------------------------------- */

TEST(notification, of_a_push_is_kept_with_what_its_template_fills_in)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(home_call(ann.access, "push_register", "{\"token\":\"device-1\"}")->result);
	static const char ask[] = "{\"user_id\":\"%s\",\"template_code\":\"welcome\",\"variables\":{\"n\":\"%s\"},"
				  "\"priority\":4,\"request_id\":\"%s\"}";
	CHECK_OK(home_local("dispatch_push", home_text(ask, ann.id, "one", "r1"))->result);
	const struct notification *n = newest(&ann);
	CHECK_TEXT(n->type, "push");
	CHECK_TEXT(n->code, "welcome");
	CHECK(strstr(n->data.text, "\"n\":\"one\""));
	CHECK_INT(n->priority, 4);
	rig_change("UPDATE push_request SET held_until = 0");
	CHECK_OK(home_local("dispatch_push", home_text(ask, ann.id, "one", "r1"))->result); /* whoever was at it died */
	CHECK_INT(rows(), 1);
	char large[NOTIFICATION_DATA_MAX + 1], json[sizeof large + 300];
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = 0;
	snprintf(json, sizeof json, ask, ann.id, large, "r2");
	home_later = 10;
	CHECK_OK(home_local("dispatch_push", json)->result);
	CHECK_TEXT(newest(&ann)->data.text, "{}");
	rig_change("UPDATE users SET push_notifications = FALSE");
	CHECK_OK(home_local("dispatch_push", home_text(ask, ann.id, "one", "r3"))->result);
	CHECK_INT(rows(), 2);
	home_later = 0;
	home_close();
}

TEST(notification, goes_with_who_got_it_and_with_who_caused_it)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	can(&bob, "follow_create", &ann);
	sent(&eve, &ann, ",\"title\":\"quite secret\"");
	can(&eve, "user_delete", &bob);
	CHECK_TEXT(list(&ann, NULL), "news ");
	can(&eve, "user_delete", &ann);
	CHECK_INT(rows(), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE data LIKE '%quite secret%'"), 0);
	home_close();
}

TEST(notification, is_kept_so_long_and_so_many_are)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	for (int i = 0; i < 3; i++)
		sent(&eve, &ann, "");
	sent(&eve, &bob, "");
	rig_change(
		"INSERT INTO notification (user_id, id, type, state, created_at, priority, data)"
		" WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1003)"
		" SELECT (SELECT user_id FROM notification ORDER BY id LIMIT 1), '0000' || (10000 + n), 'old', 'shown', 1, 0,"
		" '{}' FROM i");
	CHECK_INT(rows(), 1007);
	home_job("notification_trim");
	CHECK_INT(rows(), 1001);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM notification WHERE type = 'old'"), 997);
	CHECK_TEXT(list(&ann, "{\"limit\":5}"), "news news news old old ");
	rig_change("UPDATE users SET status = 'deleted' WHERE username = 'bob'"); /* erased while one was on its way */
	home_job("notification_trim");
	CHECK_INT(rows(), 1000);
	home_job("notification_clean");
	CHECK_INT(rows(), 3);
	home_close();
}
