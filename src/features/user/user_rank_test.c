/* Whom a search means first. */
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/user/user.h"

static const char *found(const struct person *by, const char *q, int limit)
{
	const char *all = "", *cursor = NULL;
	do {
		const char *more = cursor ? home_text(",\"cursor\":\"%s\"", cursor) : "";
		struct user_list *l = HOME_OUT(user_list,
			home_call(by ? by->access : NULL, "user_search",
				home_text("{\"q\":\"%s\",\"sort\":\"rank\",\"limit\":%d%s}", q, limit, more)));
		const struct user *u = l->items.items;
		for (size_t i = 0; i < l->items.n; i++)
			all = home_text("%s%s ", all, u[i].username);
		cursor = l->page->next_cursor;
	} while (cursor);
	return all;
}

static void shows(const struct person *p, const char *name)
{
	CHECK_OK(home_call(p->access, "user_update_me", home_text("{\"display_name\":\"%s\"}", name))->result);
}

TEST(user_rank, the_name_itself_then_its_beginnings_words_and_middles)
{
	home_open();
	struct person middle = home_person("joanna"), word = home_person("zoe"), longer = home_person("annabel");
	home_person("anna");
	shows(&word, "Zoe Anna");
	(void)middle;
	(void)longer;
	for (int limit = 1; limit < 6; limit++)
		CHECK_TEXT(found(NULL, "Anna", limit), "anna annabel zoe joanna ");
	home_close();
}

TEST(user_rank, whom_one_follows_and_whom_many_follow_stand_before_others_like_them)
{
	home_open();
	struct person a = home_person("anna1"), b = home_person("anna2"), c = home_person("anna3"),
		      me = home_person("me1");
	(void)a;
	CHECK_TEXT(found(&me, "anna", 10), "anna1 anna2 anna3 ");
	CHECK_OK(home_call(me.access, "follow_create", home_text("{\"id\":\"%s\"}", c.id))->result);
	CHECK_TEXT(found(&me, "anna", 10), "anna3 anna1 anna2 ");
	rig_change("UPDATE users SET followers_count = 1000 WHERE username = 'anna2'");
	user_forget_all();
	CHECK_TEXT(found(NULL, "anna", 10), "anna2 anna3 anna1 ");
	CHECK_OK(home_call(b.access, "user_update_me", "{\"visibility\":\"followers\"}")->result);
	CHECK_TEXT(found(NULL, "anna", 10), "anna3 anna1 anna2 "); /* what is hidden weighs nothing */
	home_close();
}

TEST(user_rank, takes_no_page_number_and_no_cursor_of_another_list)
{
	home_open();
	struct person me = home_person("me1");
	CHECK_ERR(
		home_call(me.access, "user_search", "{\"q\":\"a\",\"sort\":\"rank\",\"page\":1}")->result, ERR_INVALID);
	CHECK_ERR(home_call(me.access, "user_search", "{\"q\":\"a\",\"sort\":\"best\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(me.access, "user_search", "{\"q\":\"a\",\"sort\":\"rank\",\"cursor\":\"x\"}")->result,
		ERR_MALFORMED);
	home_close();
}
