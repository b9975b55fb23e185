/* Roles through the real gate: what each allows, who may make them, and that nobody climbs by them. */
#include "features/role/role.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/session/session.h"
#include "features/user/user.h"

#include <string.h>

static bool no(void)
{
	return false;
}

/* Makes a role by the command line of this host. */
static void make(const char *name, const char *permissions)
{
	HOME_OUT(role,
		home_local("role_create", home_text("{\"name\":\"%s\",\"permissions\":[%s]}", name, permissions)));
}

static err_t try(const char *bearer, const char *op, const char *json)
{
	return home_call(bearer, op, json)->result;
}

static err_t give(const char *bearer, const char *id, const char *role)
{
	return try(bearer, "user_update", home_text("{\"id\":\"%s\",\"role\":\"%s\"}", id, role));
}

TEST(role, each_built_in_one_allows_what_its_list_says)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	make("helper", "\"user.read\",\"session.admin\",\"user.read\"");
	struct role_list *l = HOME_OUT(role_list, home_call(eve.access, "role_list", NULL));
	const struct role *r = l->items.items;
	CHECK_INT(l->items.n, 4);
	CHECK_INT(r[0].permissions.n, 0);
	CHECK_INT(r[2].permissions.n, PERM_COUNT - 1);
	CHECK(r[2].built_in && !r[3].built_in);
	CHECK_TEXT(r[3].name, "helper");
	CHECK_INT(r[3].permissions.n, 2);
	struct call *c = home_call(eve.access, "role_get", "{\"name\":\"admin\"}");
	CHECK_INT(HOME_OUT(role, c)->perms, r[2].perms);
	CHECK_ERR(try(eve.access, "role_get", "{\"name\":\"king\"}"), ERR_NOT_FOUND);
	home_close();
}

TEST(role, names_and_permissions_are_checked)
{
	static const char *const bad[] = { "{\"name\":\"x\"}", "{\"name\":\"Big\"}", "{\"name\":\"a b\"}", "{}",
		"{\"name\":\"ok\",\"permissions\":[\"user.fly\"]}", "{\"name\":\"ok\",\"permissions\":[\"\"]}",
		"{\"name\":\"ok\",\"permissions\":[\"user.read user.write\"]}", "{\"name\":\"ok\",\"built_in\":true}",
		"{\"name\":\"abcdefghijklmnopqrstuvwxyz0123456\"}" };
	home_open();
	struct person eve = home_with_role("eve", "admin");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(try(eve.access, "role_create", bad[i]), ERR_INVALID);
	CHECK_ERR(try(eve.access, "role_create", "{\"name\":\"admin\"}"), ERR_CONFLICT);
	CHECK_OK(try(eve.access, "role_create", "{\"name\":\"a-1_b\"}"));
	CHECK_ERR(try(eve.access, "role_create", "{\"name\":\"a-1_b\"}"), ERR_CONFLICT);
	CHECK_ERR(try(eve.access, "role_update", "{\"name\":\"admin\",\"permissions\":[]}"), ERR_ROLE_BUILT_IN);
	CHECK_ERR(try(eve.access, "role_delete", "{\"name\":\"user\"}"), ERR_ROLE_BUILT_IN);
	CHECK_ERR(try(eve.access, "role_delete", "{\"name\":\"king\"}"), ERR_NOT_FOUND);
	CHECK_INT(home_events("role.created"), 1);
	home_close();
}

TEST(role, a_change_holds_at_once_for_all_who_have_it)
{
	home_open();
	make("helper", "\"user.read\"");
	struct person ann = home_with_role("ann", "helper");
	CHECK_OK(try(ann.access, "user_list", NULL));
	CHECK_ERR(try(ann.access, "audit_list", NULL), ERR_DENIED);
	HOME_OUT(role, home_local("role_update", "{\"name\":\"helper\",\"permissions\":[\"audit.read\"]}"));
	CHECK_ERR(try(ann.access, "user_list", NULL), ERR_DENIED);
	CHECK_OK(try(ann.access, "audit_list", NULL));
	struct call *c = home_local("role_update", "{\"name\":\"helper\",\"description\":\"helps\"}");
	CHECK_INT(HOME_OUT(role, c)->permissions.n, 1); /* absent: as it was */
	HOME_OUT(role, home_local("role_update", "{\"name\":\"helper\",\"permissions\":[]}"));
	CHECK_ERR(try(ann.access, "audit_list", NULL), ERR_DENIED);
	home_close();
}

TEST(role, one_that_accounts_have_is_not_removed)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	make("helper", "\"user.read\"");
	struct person ann = home_with_role("ann", "helper");
	struct call *c = home_call(eve.access, "role_delete", "{\"name\":\"helper\"}");
	CHECK_ERR(c->result, ERR_ROLE_IN_USE);
	CHECK_TEXT(c->cx.fail.message, "1 account has this role. Give it another one first.");
	CHECK_OK(give(eve.access, ann.id, "user"));
	CHECK_OK(try(eve.access, "role_delete", "{\"name\":\"helper\"}"));
	CHECK_ERR(give(eve.access, ann.id, "helper"), ERR_INVALID);
	CHECK_INT(home_events("role.deleted"), 1);
	home_close();
}

TEST(role, advisory_nobody_makes_or_gives_a_role_that_may_do_more_than_he)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), bob = home_person("bob");
	make("steward", "\"user.read\",\"user.write\",\"role.grant\",\"role.admin\"");
	make("keys", "\"key.admin\"");
	struct person ann = home_with_role("ann", "steward");
	CHECK_ERR(try(ann.access, "role_create", "{\"name\":\"mine\",\"permissions\":[\"key.admin\"]}"), ERR_DENIED);
	CHECK_ERR(try(ann.access, "role_update",
			  "{\"name\":\"steward\",\"permissions\":[\"user.read\",\"user.write\",\"role.grant\","
			  "\"role.admin\",\"key.admin\"]}"),
		ERR_DENIED);
	CHECK_ERR(try(ann.access, "role_update", "{\"name\":\"keys\",\"permissions\":[]}"), ERR_DENIED);
	CHECK_ERR(try(ann.access, "role_delete", "{\"name\":\"keys\"}"), ERR_DENIED);
	CHECK_ERR(give(ann.access, ann.id, "admin"), ERR_DENIED);
	CHECK_ERR(give(ann.access, bob.id, "admin"), ERR_DENIED);
	CHECK_ERR(give(ann.access, bob.id, "keys"), ERR_DENIED);
	CHECK_ERR(give(ann.access, eve.id, "user"), ERR_DENIED);
	CHECK_ERR(try(ann.access, "user_create", "{\"username\":\"puppet\",\"role\":\"admin\"}"), ERR_DENIED);
	CHECK_OK(give(ann.access, bob.id, "steward"));
	CHECK_OK(try(ann.access, "role_create", "{\"name\":\"mine\",\"permissions\":[\"user.read\"]}"));
	CHECK_ERR(try(home_person("tom").access, "role_create", "{\"name\":\"own\"}"), ERR_DENIED);
	home_close();
}

TEST(role, advisory_memory_that_is_not_trusted_is_not_asked)
{
	home_open();
	make("helper", "\"user.read\"");
	struct person ann = home_with_role("ann", "helper");
	CHECK_OK(try(ann.access, "user_list", NULL));
	rig_change("UPDATE role SET permissions = ''"); /* by another node, and nobody told */
	CHECK_OK(try(ann.access, "user_list", NULL));
	role_init(no);
	CHECK_ERR(try(ann.access, "user_list", NULL), ERR_DENIED);
	home_close();
}

/* Inside the transaction the role itself is asked, whatever memory holds. */
TEST(role, advisory_a_write_asks_the_role_as_it_is_now)
{
	home_open();
	make("helper", "\"user.read\",\"user.write\"");
	struct person ann = home_with_role("ann", "helper"), bob = home_person("bob");
	const char *change = home_text("{\"id\":\"%s\",\"bio\":\"x\"}", bob.id);
	CHECK_OK(try(ann.access, "user_update", change));
	rig_change("UPDATE role SET permissions = 'user.read'");
	CHECK_ERR(try(ann.access, "user_update", change), ERR_DENIED);
	home_close();
}

TEST(role, one_that_nobody_knows_allows_nothing)
{
	home_open();
	struct person ann = home_person("ann");
	rig_change("UPDATE users SET role = 'ghost'");
	user_forget_all();
	CHECK_ERR(try(ann.access, "user_list", NULL), ERR_DENIED);
	CHECK_OK(try(ann.access, "user_me", NULL));
	home_close();
}
