/* Push tokens through the real gate: whose they are, how many, and when they go. */
#include "features/push/push.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"

#include <string.h>

static struct push_token *add(const struct person *p, const char *token)
{
	return HOME_OUT(
		push_token, home_call(p->access, "push_register",
				    home_text("{\"token\":\"%s\",\"platform\":\"fcm\",\"device\":\"Phone\"}", token)));
}

/* The tokens of a person, newest first, with blanks between them; a star stands before the default. */
static const char *tokens(const struct person *p)
{
	const struct push_list *l = HOME_OUT(push_list, home_call(p->access, "push_list", NULL));
	const char *text = "";
	for (size_t i = 0; i < l->items.n; i++) {
		const struct push_token *t = (const struct push_token *)l->items.items + i;
		text = home_text("%s%s%s%s", text, *text ? " " : "", t->is_default ? "*" : "", t->token);
	}
	return text;
}

static void set_default(const struct person *p, const char *json)
{
	HOME_OUT(user, home_call(p->access, "user_update_me", home_text("{\"push_token\":%s}", json)));
}

static const char *own_default(const struct person *p)
{
	return HOME_OUT(user, home_call(p->access, "user_me", NULL))->push_token;
}

TEST(push, a_token_is_registered_once_and_renewed)
{
	home_open();
	struct person ann = home_person("ann");
	const char *id = add(&ann, "a")->id;
	home_later = 10;
	add(&ann, "b");
	home_later = 20;
	CHECK_TEXT(tokens(&ann), "b a");
	CHECK_TEXT(add(&ann, "a")->id, id);
	CHECK_TEXT(tokens(&ann), "a b");
	CHECK_INT(home_events("push_token.changed"), 3);
	HOME_OUT(none, home_call(ann.access, "push_remove", home_text("{\"id\":\"%s\"}", id)));
	CHECK_TEXT(tokens(&ann), "b");
	CHECK_ERR(home_call(ann.access, "push_remove", home_text("{\"id\":\"%s\"}", id))->result, ERR_NOT_FOUND);
	CHECK_INT(HOME_OUT(push_count, home_call(ann.access, "push_remove_all", "{\"token\":\"x\"}"))->removed, 0);
	CHECK_INT(HOME_OUT(push_count, home_call(ann.access, "push_remove_all", "{\"token\":\"b\"}"))->removed, 1);
	add(&ann, "c");
	add(&ann, "d");
	CHECK_INT(HOME_OUT(push_count, home_call(ann.access, "push_remove_all", NULL))->removed, 2);
	CHECK_TEXT(tokens(&ann), "");
	home_close();
}

TEST(push, a_token_that_another_account_had_moves)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	set_default(&ann, "\"shared\"");
	CHECK_TEXT(own_default(&ann), "shared");
	add(&bob, "shared");
	CHECK_TEXT(tokens(&bob), "shared");
	CHECK_TEXT(tokens(&ann), "");
	CHECK(!own_default(&ann)); /* at once, also from memory */
	set_default(&ann, "\"shared\"");
	CHECK_TEXT(tokens(&ann), "*shared");
	CHECK_TEXT(tokens(&bob), "");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE data LIKE '%shared%'"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE changes LIKE '%shared%'"), 0);
	home_close();
}

TEST(push, the_oldest_goes_when_there_are_too_many_but_not_the_default)
{
	home_open();
	struct person ann = home_person("ann");
	set_default(&ann, "\"first\"");
	for (int i = 0; i < PUSH_TOKENS + 4; i++) {
		home_later = i + 1;
		add(&ann, home_text("t%02d", i));
	}
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_token"), PUSH_TOKENS);
	const char *all = tokens(&ann);
	CHECK(strstr(all, "*first") && strstr(all, "t23") && strstr(all, "t05") && !strstr(all, "t04"));
	home_close();
}

TEST(push, the_profile_names_one_and_leaves_what_devices_registered)
{
	home_open();
	struct person ann = home_person("ann");
	add(&ann, "phone");
	set_default(&ann, "\"tablet\"");
	set_default(&ann, "\"watch\""); /* tablet was known by the profile alone */
	home_later = 5;
	set_default(&ann, "\"phone\"");
	CHECK_TEXT(tokens(&ann), "*phone");
	set_default(&ann, "null");
	CHECK_TEXT(tokens(&ann), "phone");
	CHECK(!own_default(&ann));
	set_default(&ann, "\"tablet\"");
	HOME_OUT(push_count, home_call(ann.access, "push_remove_all", "{\"token\":\"tablet\"}"));
	CHECK(!own_default(&ann));
	home_close();
}

static err_t clean(struct cx *cx, void *arg)
{
	(void)arg;
	return push_clean(cx);
}

TEST(push, a_session_takes_its_tokens_along_when_it_ends)
{
	home_open();
	struct person ann = home_person("ann"), again = home_login("ann");
	add(&ann, "one");
	add(&again, "two");
	set_default(&again, "\"two\"");
	HOME_OUT(none, home_call(again.access, "session_logout", NULL));
	CHECK_TEXT(tokens(&ann), "one");
	CHECK(!own_default(&ann));
	again = home_login("ann");
	add(&again, "three");
	rig_change("UPDATE session SET expires_at = 1 WHERE id = (SELECT MAX(id) FROM session)");
	home_later = 1;
	CHECK_OK(rig_tx(clean, NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_token WHERE token = 'three'"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_token WHERE token = 'one'"), 1);
	HOME_OUT(user, home_local("user_set_status", home_text("{\"id\":\"%s\",\"status\":\"banned\"}", ann.id)));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_token"), 0);
	home_close();
}

TEST(push, registration_brings_a_token_that_belongs_to_its_session)
{
	home_open();
	const struct signed_in *s = HOME_OUT(signed_in,
		home_call(NULL, "user_create",
			"{\"email\":\"a@example.org\",\"password\":\"" HOME_PASSWORD "\",\"push_token\":\"first\"}"));
	CHECK_TEXT(s->user->push_token, "first");
	CHECK_INT(
		rig_number(
			"SELECT COUNT(*) FROM push_token WHERE token = 'first' AND by_profile AND session_id IS NOT NULL"),
		1);
	HOME_OUT(none, home_call(s->access_token, "session_logout", NULL));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE push_token IS NOT NULL"), 0);
	home_close();
}

TEST(push, long_tokens_are_told_apart)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	char *long_one = arena_alloc(a, PUSH_TOKEN_MAX + 2);
	memset(long_one, 'x', PUSH_TOKEN_MAX + 1);
	CHECK_ERR(home_call(ann.access, "push_register", arena_printf(a, "{\"token\":\"%s\"}", long_one))->result,
		ERR_INVALID);
	long_one[PUSH_TOKEN_MAX] = 0;
	for (int i = 0; i < 2; i++) {
		long_one[0] = (char)('a' + i);
		HOME_OUT(push_token,
			home_call(ann.access, "push_register", arena_printf(a, "{\"token\":\"%s\"}", long_one)));
	}
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_token"), 2);
	CHECK_ERR(home_call(ann.access, "push_register", "{\"token\":\"\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(ann.access, "push_register", "{\"token\":\"a\\nb\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(ann.access, "push_register", "{\"token\":\"a\",\"platform\":\"pigeon\"}")->result,
		ERR_INVALID);
	home_close();
}

TEST(push, advisory_the_token_of_somebody_else_is_not_there)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	const char *id = add(&ann, "a")->id;
	CHECK_ERR(home_call(bob.access, "push_remove", home_text("{\"id\":\"%s\"}", id))->result, ERR_NOT_FOUND);
	CHECK_INT(HOME_OUT(push_count, home_call(bob.access, "push_remove_all", "{\"token\":\"a\"}"))->removed, 0);
	CHECK_TEXT(tokens(&bob), "");
	CHECK_TEXT(tokens(&ann), "a");
	CHECK_ERR(home_call(NULL, "push_list", NULL)->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(home_local("push_list", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(bob.access, "push_register", home_text("{\"token\":\"b\",\"user_id\":\"%s\"}", ann.id))
			  ->result,
		ERR_INVALID);
	home_close();
}
