/* Asking people in by a letter. */
#include "features/invitation/invitation.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

static struct call *invite(const struct person *by, const char *email, const char *more)
{
	return home_call(by->access, "invitation_create", home_text("{\"email\":\"%s\"%s}", email, more));
}

static struct call *accept(const char *token, const char *more)
{
	return home_call(NULL, "invitation_accept",
		home_text("{\"token\":\"%s\",\"password\":\"" HOME_PASSWORD "\"%s}", token, more));
}

static const char *token_of(const char *email)
{
	return home_token(home_letter(email));
}

static struct invitation *only(const struct person *by)
{
	struct invitation_list *l =
		HOME_OUT(invitation_list, home_call(by->access, "invitation_list", "{\"limit\":1}"));
	CHECK_INT(l->items.n, 1);
	return l->items.items;
}

TEST(invitation, makes_an_account_that_is_verified_and_logged_in)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	CHECK_OK(invite(&eve, "Bob@example.org", ",\"name\":\"Bob\",\"role\":\"moderator\"")->result);
	const char *letter = home_letter("bob@example.org");
	CHECK(strstr(letter, "/invitation#token=rf1_") && strstr(letter, "eve") && strstr(letter, "moderator"));
	CHECK(!strstr(letter, "code"));
	struct signed_in *s = HOME_OUT(signed_in, accept(home_token(letter), ",\"username\":\"bobby\""));
	CHECK(s->access_token && s->user->email_verified && s->user->is_active);
	CHECK_TEXT(s->user->role, "moderator");
	CHECK_TEXT(s->user->name, "Bob");
	CHECK_TEXT(s->user->username, "bobby");
	CHECK_OK(home_call(s->access_token, "user_me", NULL)->result);
	CHECK_INT(only(&eve)->status, INVITATION_ACCEPTED);
	CHECK_TEXT(only(&eve)->user_id, s->user->id);
	CHECK_INT(home_events("invitation.created"), 1);
	CHECK_INT(home_events("invitation.accepted"), 1);
	CHECK_ERR(accept(home_token(letter), "")->result, ERR_LINK_INVALID);
	home_close();
}

TEST(invitation, is_for_who_may_make_accounts_and_gives_no_more_than_he_has)
{
	home_open();
	struct person ann = home_person("ann"), mod = home_with_role("mod", "moderator");
	CHECK_ERR(invite(&ann, "bob@example.org", "")->result, ERR_DENIED);
	CHECK_ERR(invite(&mod, "bob@example.org", "")->result, ERR_DENIED);
	struct person eve = home_with_role("eve", "admin");
	CHECK_ERR(invite(&eve, "bob@example.org", ",\"role\":\"king\"")->result, ERR_INVALID);
	CHECK_ERR(invite(&eve, "ann@example.org", "")->result, ERR_EMAIL_TAKEN);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM invitation"), 0);
	home_close();
}

TEST(invitation, the_last_of_an_address_wins)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	CHECK_OK(invite(&eve, "bob@example.org", ",\"role\":\"admin\"")->result);
	const char *first = token_of("bob@example.org");
	rig_change("DELETE FROM mail");
	CHECK_OK(invite(&eve, "BOB@example.org", "")->result);
	CHECK_ERR(accept(first, "")->result, ERR_LINK_INVALID);
	CHECK_TEXT(HOME_OUT(signed_in, accept(token_of("bob@example.org"), ""))->user->role, "user");
	CHECK_INT(home_events("invitation.revoked"), 1);
	home_close();
}

TEST(invitation, can_be_taken_back)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	struct invitation *i = HOME_OUT(invitation, invite(&eve, "bob@example.org", ""));
	CHECK_OK(home_call(eve.access, "invitation_revoke", home_text("{\"id\":\"%s\"}", i->id))->result);
	CHECK_ERR(
		home_call(eve.access, "invitation_revoke", home_text("{\"id\":\"%s\"}", i->id))->result, ERR_NOT_FOUND);
	CHECK_INT(only(&eve)->status, INVITATION_REVOKED);
	CHECK_ERR(accept(token_of("bob@example.org"), "")->result, ERR_LINK_INVALID);
	home_close();
}

TEST(invitation, ends_with_its_time)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	CHECK_OK(invite(&eve, "bob@example.org", "")->result);
	home_later = INT64_C(25) * 3600 * 1000;
	CHECK_ERR(accept(token_of("bob@example.org"), "")->result, ERR_LINK_INVALID);
	home_later = 0;
	CHECK_OK(accept(token_of("bob@example.org"), "")->result);
	home_close();
}

TEST(invitation, is_refused_when_the_address_was_taken_meanwhile)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	CHECK_OK(invite(&eve, "bob@example.org", "")->result);
	home_person("bob");
	CHECK_ERR(accept(token_of("bob@example.org"), "")->result, ERR_EMAIL_TAKEN);
	home_close();
}

TEST(invitation, a_taken_name_or_a_weak_password_uses_nothing_up)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	CHECK_OK(invite(&eve, "bob@example.org", "")->result);
	const char *token = token_of("bob@example.org");
	CHECK_ERR(accept(token, ",\"username\":\"eve\"")->result, ERR_USERNAME_TAKEN);
	CHECK_ERR(home_call(NULL, "invitation_accept",
			  home_text("{\"token\":\"%s\",\"password\":\"bob@example.org\"}", token))
			  ->result,
		ERR_INVALID);
	CHECK_OK(accept(token, "")->result);
	home_close();
}

TEST(invitation, advisory_a_demoted_administrator_leaves_no_door_open)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	home_with_role("root2", "admin");
	CHECK_OK(invite(&eve, "bob@example.org", ",\"role\":\"admin\"")->result);
	HOME_OUT(user, home_local("user_update", home_text("{\"id\":\"%s\",\"role\":\"user\"}", eve.id)));
	CHECK_ERR(accept(token_of("bob@example.org"), "")->result, ERR_LINK_INVALID);
	home_close();
}

TEST(invitation, is_made_by_the_command_line_too)
{
	home_open();
	HOME_OUT(invitation, home_local("invitation_create", "{\"email\":\"bob@example.org\",\"role\":\"admin\"}"));
	CHECK_TEXT(HOME_OUT(signed_in, accept(token_of("bob@example.org"), ""))->user->role, "admin");
	home_close();
}

TEST(invitation, the_list_is_read_page_by_page)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	for (int i = 0; i < 5; i++)
		CHECK_OK(invite(&eve, home_text("p%d@example.org", i), "")->result);
	const char *cursor = NULL;
	size_t n = 0;
	do {
		struct invitation_list *l = HOME_OUT(invitation_list,
			home_call(eve.access, "invitation_list",
				cursor ? home_text("{\"limit\":2,\"cursor\":\"%s\"}", cursor) : "{\"limit\":2}"));
		n += l->items.n;
		cursor = l->page->next_cursor;
	} while (cursor);
	CHECK_INT(n, 5);
	CHECK_ERR(home_call(eve.access, "invitation_list", "{\"cursor\":\"abc\"}")->result, ERR_MALFORMED);
	home_close();
}
