/* Following through the real gate: requests, numbers, lists, what a follower sees. */
#include "features/follow/follow.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

static struct call *to(const struct person *by, const char *op, const struct person *whom)
{
	return home_call(by ? by->access : NULL, op, home_text("{\"id\":\"%s\"}", whom->id));
}

static void follow(const struct person *by, const struct person *whom)
{
	CHECK_OK(to(by, "follow_create", whom)->result);
}

static void change(const struct person *p, const char *json)
{
	CHECK_OK(home_call(p->access, "user_update_me", json)->result);
}

static int64_t numbers(const struct person *p)
{
	const struct user *u = HOME_OUT(user, home_call(p->access, "user_me", NULL));
	return u->followers_count * 100 + u->following_count;
}

static const char *names(const struct user_list *l)
{
	const struct user *u = l->items.items;
	const char *all = "";
	for (size_t i = 0; i < l->items.n; i++)
		all = home_text("%s%s ", all, u[i].username);
	return all;
}

static const char *list(const struct person *by, const char *op, const struct person *of)
{
	return names(HOME_OUT(user_list, to(by, op, of)));
}

static const char *requests(const struct person *by, const char *json)
{
	return names(HOME_OUT(user_list, home_call(by->access, "follow_requests", json)));
}

static const struct follow_status *status(const struct person *by, const struct person *of)
{
	return HOME_OUT(follow_status, to(by, "follow_status", of));
}

TEST(follow, a_public_account_is_followed_at_once_and_both_count)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	const struct follow *f = HOME_OUT(follow, to(&bob, "follow_create", &ann));
	CHECK_INT(f->status, FOLLOW_ACCEPTED);
	CHECK_TEXT(f->follower_id, bob.id);
	CHECK_TEXT(f->following_id, ann.id);
	CHECK_INT(numbers(&ann), 100);
	CHECK_INT(numbers(&bob), 1);
	CHECK(status(&bob, &ann)->is_following && status(&ann, &bob)->is_followed_by);
	CHECK_TEXT(status(&bob, &ann)->status, "accepted");
	CHECK(!status(&ann, &bob)->status);
	CHECK_ERR(to(&bob, "follow_create", &ann)->result, ERR_FOLLOWED);
	CHECK_INT(numbers(&ann), 100);
	CHECK_OK(to(&bob, "follow_remove", &ann)->result);
	CHECK_ERR(to(&bob, "follow_remove", &ann)->result, ERR_NOT_FOLLOWED);
	CHECK_INT(numbers(&ann) + numbers(&bob), 0);
	CHECK_INT(home_events("user.followed"), 1);
	CHECK_INT(home_events("user.unfollowed"), 1);
	home_close();
}

TEST(follow, nobody_follows_himself_a_stranger_to_all_or_without_logging_in)
{
	home_open();
	struct person ann = home_person("ann");
	const struct person nobody = { .id = "01a1fc88-7a2d-7c34-9404-6091f8f70002" };
	CHECK_ERR(to(&ann, "follow_create", &ann)->result, ERR_ONESELF);
	CHECK_ERR(to(&ann, "follow_create", &nobody)->result, ERR_NOT_FOUND);
	CHECK_ERR(to(NULL, "follow_create", &ann)->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(home_local("follow_create", home_text("{\"id\":\"%s\"}", ann.id))->result, ERR_DENIED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM relation"), 0);
	home_close();
}

TEST(follow, a_private_account_is_asked_and_accepts_or_refuses)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat");
	change(&ann, "{\"is_private\":true}");
	CHECK_INT(HOME_OUT(follow, to(&bob, "follow_create", &ann))->status, FOLLOW_PENDING);
	follow(&cat, &ann);
	CHECK_ERR(to(&bob, "follow_create", &ann)->result, ERR_FOLLOWED);
	CHECK_INT(numbers(&ann), 0);
	CHECK_TEXT(requests(&ann, NULL), "cat bob ");
	CHECK_TEXT(requests(&bob, "{\"sent\":true}"), "ann ");
	CHECK_TEXT(requests(&bob, NULL), "");
	CHECK(status(&bob, &ann)->is_requested && status(&ann, &bob)->has_requested_you);
	CHECK_INT(HOME_OUT(follow, to(&ann, "follow_accept", &bob))->status, FOLLOW_ACCEPTED);
	CHECK_OK(to(&ann, "follow_reject", &cat)->result);
	CHECK_ERR(to(&ann, "follow_reject", &cat)->result, ERR_NOT_FOUND);
	CHECK_ERR(to(&ann, "follow_accept", &cat)->result, ERR_NOT_FOUND);
	CHECK_ERR(to(&bob, "follow_accept", &ann)->result, ERR_NOT_FOUND); /* not his to accept */
	CHECK_INT(numbers(&ann), 100);
	CHECK_INT(numbers(&cat), 0);
	CHECK_INT(home_events("user.follow_requested"), 2);
	CHECK_INT(home_events("user.followed"), 1);
	home_close();
}

TEST(follow, a_request_is_taken_back_and_one_that_waits_is_granted_by_going_public)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	change(&ann, "{\"is_private\":true}");
	follow(&bob, &ann);
	CHECK_OK(to(&bob, "follow_remove", &ann)->result);
	CHECK_TEXT(requests(&ann, NULL), "");
	follow(&bob, &ann);
	change(&ann, "{\"is_private\":false}");
	CHECK_INT(HOME_OUT(follow, to(&bob, "follow_create", &ann))->status, FOLLOW_ACCEPTED);
	CHECK_INT(numbers(&ann), 100);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM relation"), 1);
	home_close();
}

TEST(follow, a_follower_is_dropped_by_whom_he_follows)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	follow(&bob, &ann);
	CHECK_ERR(to(&bob, "follow_drop", &ann)->result, ERR_NOT_FOUND);
	CHECK_OK(to(&ann, "follow_drop", &bob)->result);
	CHECK_INT(numbers(&ann) + numbers(&bob), 0);
	home_close();
}

/* --- what a follower sees ----------------------------------------------------------------------------------------- */

static const struct user *seen(const struct person *by, const struct person *whom)
{
	return HOME_OUT(user, to(by, "user_get", whom));
}

static bool shows(const struct user *u, const char *field)
{
	return !(u->hidden >> (type_field(&user_type, field, strlen(field)) - user_type.fields) & 1);
}

TEST(follow, followers_see_a_profile_that_is_for_them_and_others_its_name)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat");
	change(&ann, "{\"bio\":\"mine\",\"visibility\":\"followers\"}");
	follow(&bob, &ann);
	CHECK(shows(seen(&bob, &ann), "bio") && !shows(seen(&bob, &ann), "email"));
	CHECK_TEXT(seen(&bob, &ann)->bio, "mine");
	CHECK(!shows(seen(&cat, &ann), "bio") && !shows(seen(NULL, &ann), "bio"));
	CHECK_TEXT(list(&bob, "follow_followers", &ann), "bob ");
	CHECK_ERR(to(&cat, "follow_followers", &ann)->result, ERR_DENIED);
	CHECK_ERR(to(NULL, "follow_following", &ann)->result, ERR_DENIED);
	change(&ann, "{\"visibility\":\"private\"}");
	CHECK(!shows(seen(&bob, &ann), "bio")); /* for nobody else at all */
	change(&ann, "{\"visibility\":\"public\",\"is_private\":true}");
	CHECK(shows(seen(&bob, &ann), "bio") && !shows(seen(&cat, &ann), "bio"));
	struct user_list *l = HOME_OUT(user_list, home_call(bob.access, "user_search", "{\"q\":\"ann\"}"));
	CHECK(l->items.n == 1 && shows(l->items.items, "bio"));
	home_close();
}

TEST(follow, strangers_are_kept_from_writing_and_followees_are_not)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	change(&ann, "{\"allow_messages\":false,\"allow_tagging\":false}");
	CHECK(!status(&bob, &ann)->can_message && !status(&bob, &ann)->can_tag);
	follow(&ann, &bob);
	CHECK(status(&bob, &ann)->can_message && !status(&bob, &ann)->can_tag);
	CHECK(status(&ann, &bob)->can_message && status(&ann, &bob)->can_tag);
	home_close();
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static const char *walk(const struct person *by, const char *op, const struct person *of, int limit)
{
	const char *all = "", *cursor = NULL;
	do {
		const char *more = cursor ? home_text(",\"cursor\":\"%s\"", cursor) : "";
		struct user_list *l = HOME_OUT(user_list,
			home_call(by->access, op, home_text("{\"id\":\"%s\",\"limit\":%d%s}", of->id, limit, more)));
		all = home_text("%s%s", all, names(l));
		cursor = l->page->next_cursor;
	} while (cursor);
	return all;
}

static void crowd(struct person *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = home_person(home_text("p%02d", i));
}

TEST(follow, lists_give_everybody_once_the_newest_first_and_stay_while_rows_come_and_go)
{
	enum { N = 7 };
	struct person p[N];
	home_open();
	struct person ann = home_person("ann");
	crowd(p, N);
	for (int i = 0; i < N; i++) {
		home_later += 10;
		follow(&p[i], &ann);
		follow(&ann, &p[i]);
	}
	const char *all = "p06 p05 p04 p03 p02 p01 p00 ";
	for (int limit = 1; limit < N + 2; limit++) {
		CHECK_TEXT(walk(&p[0], "follow_followers", &ann, limit), all);
		CHECK_TEXT(walk(&p[0], "follow_following", &ann, limit), all);
	}
	struct user_list *l = HOME_OUT(
		user_list, home_call(ann.access, "follow_followers", home_text("{\"id\":\"%s\",\"limit\":3}", ann.id)));
	const char *cursor = l->page->next_cursor;
	CHECK_OK(to(&p[6], "follow_remove", &ann)->result); /* on the page that was read */
	CHECK_OK(to(&p[4], "follow_remove", &ann)->result); /* the very last of it */
	home_later += 10;
	follow(&p[6], &ann); /* and at the front again */
	CHECK_TEXT(names(HOME_OUT(user_list, home_call(ann.access, "follow_followers",
						     home_text("{\"id\":\"%s\",\"cursor\":\"%s\"}", ann.id, cursor)))),
		"p03 p02 p01 p00 ");
	CHECK_ERR(home_call(ann.access, "follow_following",
			  home_text("{\"id\":\"%s\",\"cursor\":\"%s\"}", ann.id, cursor))
			  ->result,
		ERR_MALFORMED); /* of another list */
	l = HOME_OUT(user_list,
		home_call(ann.access, "follow_followers", home_text("{\"id\":\"%s\",\"page\":2,\"limit\":4}", ann.id)));
	CHECK_TEXT(names(l), "p01 p00 ");
	CHECK_INT(l->page->total.v, 6);
	home_later = 0;
	home_close();
}

TEST(follow, lists_leave_out_who_may_not_be_seen_by_this_viewer)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat"),
		      eve = home_with_role("eve", "admin"), dan = home_person("dan");
	follow(&bob, &ann);
	follow(&cat, &ann);
	change(&bob, "{\"visibility\":\"private\"}");
	CHECK_TEXT(list(&dan, "follow_followers", &ann), "cat ");
	CHECK_TEXT(list(&ann, "follow_followers", &ann), "cat bob "); /* his own he sees all */
	CHECK_TEXT(list(&eve, "follow_followers", &ann), "cat bob ");
	CHECK_OK(home_call(eve.access, "user_set_status", home_text("{\"id\":\"%s\",\"status\":\"banned\"}", cat.id))
			 ->result);
	CHECK_TEXT(list(&ann, "follow_followers", &ann), "bob ");
	home_close();
}

TEST(follow, mutual_and_suggested_people_are_found_by_whom_one_follows)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat"),
		      dan = home_person("dan"), fay = home_person("fay");
	follow(&ann, &bob);
	follow(&ann, &cat);
	follow(&bob, &dan);
	follow(&cat, &dan);
	follow(&cat, &fay);
	follow(&bob, &ann);
	CHECK_TEXT(list(&ann, "follow_mutual", &dan), "cat bob ");
	CHECK_TEXT(list(&ann, "follow_mutual", &fay), "cat ");
	struct call *c = home_call(ann.access, "follow_suggest", NULL);
	CHECK_TEXT(names(HOME_OUT(user_list, c)), "dan fay "); /* nor himself, nor whom he follows */
	follow(&ann, &dan);
	CHECK_OK(to(&ann, "mute_create", &fay)->result);
	CHECK_TEXT(names(HOME_OUT(user_list, home_call(ann.access, "follow_suggest", NULL))), "");
	home_close();
}

/* --- who is to hear of it ------------------------------------------------------------------------------------------- */

static const struct follow_audience *audience(const struct person *of, const char *among)
{
	const char *json = home_text("{\"id\":\"%s\"%s%s}", of->id, *among ? ",\"among\":" : "", among);
	return HOME_OUT(follow_audience, home_local("follow_audience", json));
}

static bool hears(const struct follow_audience *a, const struct person *p)
{
	bool is = false;
	for (size_t i = 0; i < a->ids.n; i++)
		is |= strcmp(((const char *const *)a->ids.items)[i], p->id) == 0;
	return is;
}

TEST(follow, those_who_follow_and_have_not_muted_are_to_hear)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_person("eve"),
		      joe = home_person("joe");
	follow(&bob, &ann);
	follow(&eve, &ann);
	follow(&ann, &joe);
	CHECK_OK(to(&eve, "mute_create", &ann)->result);
	const struct follow_audience *a = audience(&ann, "");
	CHECK_INT(a->ids.n, 1);
	CHECK(hears(a, &bob) && !a->many && a->shows_presence);
	a = audience(&ann, home_text("[\"%s\",\"%s\",\"%s\"]", eve.id, joe.id, bob.id));
	CHECK(a->ids.n == 1 && hears(a, &bob));
	CHECK_INT(audience(&ann, home_text("[\"%s\"]", joe.id))->ids.n, 0);
	CHECK_OK(to(&ann, "block_create", &bob)->result);
	CHECK_INT(audience(&ann, "")->ids.n, 0);
	home_close();
}

TEST(follow, of_too_many_none_is_listed_and_of_who_may_do_nothing_nobody_hears)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	follow(&bob, &ann);
	change(&ann, "{\"show_online_status\":false,\"visibility\":\"private\",\"bio\":\"Botanist\"}");
	rig_change("UPDATE users SET followers_count = 1001 WHERE username = 'ann'");
	const struct follow_audience *a = audience(&ann, "");
	CHECK(a->many && !a->ids.n && !a->shows_presence);
	CHECK(hears(audience(&ann, home_text("[\"%s\"]", bob.id)), &bob));
	CHECK_TEXT(a->user->bio, "Botanist");
	CHECK(a->seen->hidden && !a->user->hidden);
	CHECK_OK(home_call(eve.access, "user_set_status",
		home_text("{\"id\":\"%s\",\"status\":\"banned\",\"reason\":\"spam\"}", ann.id))
			 ->result);
	CHECK_ERR(home_local("follow_audience", home_text("{\"id\":\"%s\"}", ann.id))->result, ERR_NOT_FOUND);
	CHECK_ERR(home_call(eve.access, "follow_audience", home_text("{\"id\":\"%s\"}", bob.id))->result, ERR_DENIED);
	home_close();
}

/* --- erasing ------------------------------------------------------------------------------------------------------ */

TEST(follow, who_is_erased_counts_nowhere_any_more)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	follow(&ann, &bob);
	follow(&bob, &ann);
	follow(&eve, &ann);
	CHECK_INT(numbers(&bob), 101);
	CHECK_OK(to(&eve, "user_delete", &ann)->result);
	CHECK_INT(numbers(&bob), 0);
	CHECK_INT(numbers(&eve), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM relation"), 0);
	CHECK_ERR(to(&bob, "follow_create", &ann)->result, ERR_NOT_FOUND);
	home_close();
}
