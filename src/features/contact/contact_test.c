/* What neighbours ask, with credentials of their own. */
#include "features/contact/contact.h"
#include "base/json.h"
#include "base/test.h"
#include "features/client/client.h"
#include "features/fixture_test.h"
#include "features/oauth/oauth.h"
#include "features/push/push.h"

#include <string.h>

static const char *service(const char *scope)
{
	const struct client *c =
		HOME_OUT(client, home_local("client_create", home_text("{\"name\":\"x\",\"scope\":\"%s\"}", scope)));
	return HOME_OUT(oauth_token, home_call(NULL, "oauth_token",
					     home_text("{\"grant_type\":\"client_credentials\",\"client_id\":\"%s\","
						       "\"client_secret\":\"%s\"}",
						     c->id, c->secret)))
	        ->access_token;
}

static const char *id_of(const struct person *p)
{
	return home_text("{\"id\":\"%s\"}", p->id);
}

static struct call *ask(const char *bearer, const struct person *p, const char *type)
{
	return home_call(bearer, "contact_get", home_text("{\"id\":\"%s\",\"type\":\"%s\"}", p->id, type));
}

TEST(contact, a_service_learns_where_and_whether)
{
	home_open();
	struct person ann = home_person("ann");
	const char *mail = service("contact.read");
	const struct contact *c = HOME_OUT(contact, ask(mail, &ann, "email"));
	CHECK_TEXT(c->contact, "ann@example.org");
	CHECK(c->preferences_enabled);
	CHECK_ERR(ask(mail, &ann, "push")->result, ERR_NOT_FOUND);
	CHECK_ERR(home_call(mail, "contact_push_token", id_of(&ann))->result, ERR_NOT_FOUND);
	HOME_OUT(push_token, home_call(ann.access, "push_register", "{\"token\":\"phone\",\"platform\":\"apns\"}"));
	HOME_OUT(preference, home_call(ann.access, "preference_update", "{\"push\":false,\"language\":\"de\"}"));
	c = HOME_OUT(contact, ask(mail, &ann, "push"));
	CHECK_TEXT(c->contact, "phone");
	CHECK(!c->preferences_enabled);
	CHECK_TEXT(HOME_OUT(contact_token, home_call(mail, "contact_push_token", id_of(&ann)))->platform, "apns");
	const struct contact_preferences *p =
		HOME_OUT(contact_preferences, home_call(mail, "contact_preferences", id_of(&ann)));
	CHECK(p->p.email_notifications && !p->p.push_notifications);
	CHECK_TEXT(p->p.language, "de");
	const struct contact_all *all = HOME_OUT(contact_all, home_call(mail, "contact_all", id_of(&ann)));
	CHECK_INT(all->push_tokens.n, 1);
	CHECK_TEXT(all->email, "ann@example.org");
	home_close();
}

TEST(contact, the_default_token_comes_first_and_dead_sessions_have_none)
{
	home_open();
	struct person ann = home_person("ann"), again = home_login("ann");
	const char *push = service("contact.read");
	HOME_OUT(push_token, home_call(ann.access, "push_register", "{\"token\":\"old\"}"));
	home_later = 5;
	HOME_OUT(push_token, home_call(again.access, "push_register", "{\"token\":\"new\"}"));
	CHECK_TEXT(HOME_OUT(contact_token, home_call(push, "contact_push_token", id_of(&ann)))->token, "new");
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"push_token\":\"old\"}"));
	CHECK_TEXT(HOME_OUT(contact_token, home_call(push, "contact_push_token", id_of(&ann)))->token, "old");
	rig_change("UPDATE session SET expires_at = 1 WHERE id = (SELECT MIN(id) FROM session)");
	CHECK_TEXT(HOME_OUT(contact_token, home_call(push, "contact_push_token", id_of(&ann)))->token, "new");
	HOME_OUT(user, home_local("user_set_status", home_text("{\"id\":\"%s\",\"status\":\"suspended\"}", ann.id)));
	CHECK_ERR(home_call(push, "contact_push_token", id_of(&ann))->result, ERR_NOT_FOUND);
	CHECK_TEXT(HOME_OUT(contact, ask(push, &ann, "email"))->contact, "ann@example.org"); /* to be told of it */
	home_close();
}

TEST(contact, advisory_nobody_asks_without_the_permission)
{
	static const char *const ops[] = { "contact_preferences", "contact_push_token", "contact_get", "contact_all" };
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	const char *callers[] = { bob.access, mod.access, ann.access, service("user.read token.check") };
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		for (size_t k = 0; k < sizeof callers / sizeof *callers; k++)
			CHECK_ERR(home_call(callers[k], ops[i], id_of(&ann))->result, ERR_DENIED);
		CHECK_ERR(home_call(NULL, ops[i], id_of(&ann))->result, ERR_UNAUTHENTICATED);
	}
	/* And it is not more than that: profiles stay what they are to a stranger. */
	struct user *u = HOME_OUT(user, home_call(service("contact.read"), "user_get", id_of(&ann)));
	CHECK(u->hidden);
	home_close();
}

TEST(contact, whoever_is_gone_is_not_found)
{
	home_open();
	struct person ann = home_person("ann");
	const char *mail = service("contact.read");
	HOME_OUT(none, home_local("user_delete", id_of(&ann)));
	CHECK_ERR(home_call(mail, "contact_preferences", id_of(&ann))->result, ERR_NOT_FOUND);
	CHECK_ERR(ask(mail, &ann, "email")->result, ERR_NOT_FOUND);
	CHECK_ERR(home_call(mail, "contact_all", "{\"id\":\"01a1fc69-fe47-70e6-a6cd-aa59d6a20fd1\"}")->result,
		ERR_NOT_FOUND);
	CHECK_ERR(home_call(mail, "contact_preferences", "{\"id\":\"x\"}")->result, ERR_INVALID);
	HOME_OUT(signed_in, home_local("user_create", "{\"username\":\"nomail\"}"));
	const char *id = rig_text("SELECT id FROM users WHERE username = 'nomail'");
	CHECK_ERR(home_call(mail, "contact_get", home_text("{\"id\":\"%s\"}", id))->result, ERR_NOT_FOUND);
	home_close();
}
