/* Profiles, privacy, lists and status through the real gate. */
#include "features/user/user.h"
#include "api/route.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "crypto/keyring.h"
#include "features/fixture_test.h"
#include "features/session/session.h"
#include "features/user/user_name.h"
#include "features/user/user_store.h"

#include <stdio.h>
#include <string.h>

static struct call *update_me(const struct person *p, const char *json)
{
	return home_call(p->access, "user_update_me", json);
}

static const char *id_of(const struct person *p)
{
	return home_text("{\"id\":\"%s\"}", p->id);
}

static struct call *set_status(const char *bearer, const struct person *p, const char *status)
{
	return home_call(bearer, "user_set_status", home_text("{\"id\":\"%s\",\"status\":\"%s\"}", p->id, status));
}

/* --- one's own ---------------------------------------------------------------------------------------------------- */

TEST(user, sees_all_of_its_own_profile_and_changes_it)
{
	home_open();
	struct person ann = home_person("ann");
	struct user *u = HOME_OUT(user,
		update_me(&ann, "{\"name\":\"Ann Lee\",\"bio\":\"line\\nline\",\"website\":\"https://example.org\","
				"\"gender\":\"other\",\"date_of_birth\":\"2000-02-29\",\"visibility\":\"private\","
				"\"is_private\":true,\"preferences\":{\"push\":false},\"push_token\":\"t\"}"));
	CHECK_TEXT(u->name, "Ann Lee");
	CHECK(!u->hidden && u->is_private && u->preferences.email && !u->preferences.push);
	u = HOME_OUT(user, home_call(ann.access, "user_me", NULL));
	CHECK_TEXT(u->bio, "line\nline");
	CHECK_TEXT(u->push_token, "t");
	CHECK_INT(u->visibility, USER_PRIVATE);
	u = HOME_OUT(user, update_me(&ann, "{\"bio\":null,\"website\":null}"));
	CHECK(!u->bio && !u->website && u->name); /* null clears, what is absent stays */
	CHECK_INT(home_events("user.updated"), 2);
	home_close();
}

TEST(user, advisory_nobody_gives_himself_a_role_a_status_or_a_proved_address)
{
	static const char *const tries[] = { "{\"role\":\"admin\"}", "{\"status\":\"active\"}",
		"{\"email_verified\":true}", "{\"is_active\":true}", "{\"id\":\"x\"}", "{\"credential_version\":9}",
		"{\"created_at\":\"2020-01-01T00:00:00Z\"}", "{\"followers_count\":9}", "{\"email\":\"x@example.org\"}",
		"{\"password\":\"x\"}" };
	home_open();
	struct person ann = home_person("ann");
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		struct call *c = update_me(&ann, tries[i]);
		CHECK_ERR(c->result, ERR_INVALID);
		CHECK_TEXT(c->cx.fail.fields->code, "unknown_field");
	}
	CHECK_ERR(home_call(ann.access, "user_update", home_text("{\"id\":\"%s\",\"role\":\"admin\"}", ann.id))->result,
		ERR_DENIED);
	CHECK_ERR(home_call(NULL, "user_create",
			  "{\"email\":\"b@example.org\",\"password\":\"" HOME_PASSWORD "\",\"role\":\"admin\"}")
			  ->result,
		ERR_INVALID);
	CHECK_ERR(home_call(NULL, "user_create",
			  "{\"email\":\"b@example.org\",\"password\":\"" HOME_PASSWORD "\",\"email_verified\":true}")
			  ->result,
		ERR_INVALID);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE role <> 'user' OR email_verified"), 0);
	home_close();
}

TEST(user, takes_a_free_name_and_frees_the_old_one)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_ERR(update_me(&bob, "{\"username\":\"ANN\"}")->result, ERR_USERNAME_TAKEN);
	CHECK_ERR(update_me(&bob, "{\"username\":\"admin\"}")->result, ERR_INVALID);
	CHECK_TEXT(HOME_OUT(user, update_me(&ann, "{\"username\":\"Anna\"}"))->username, "anna");
	CHECK_TEXT(HOME_OUT(user, update_me(&ann, "{\"username\":\"ANNA\"}"))->username, "anna");
	CHECK_TEXT(HOME_OUT(user, update_me(&bob, "{\"username\":\"ann\"}"))->username, "ann");
	CHECK_TEXT(home_login("ann").id, bob.id);
	CHECK_TEXT(home_login("ann@example.org").id, ann.id); /* the address is untouched */
	home_close();
}

/* --- If-Match ----------------------------------------------------------------------------------------------------- */

static struct call *update_matching(const struct person *p, const char *match, const char *json)
{
	struct call *c = rig_call(op_find("user_update_me", NULL), json);
	c->creds.bearer = p->access;
	c->if_match = match;
	(void)!call_run(c);
	return c;
}

TEST(user, if_match_is_held_against_the_state_inside_the_transaction)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	const struct op *read = op_find("user_me", NULL);
	const char *tag = op_etag(a, read, HOME_OUT(user, home_call(ann.access, "user_me", NULL)));
	HOME_OUT(user, update_matching(&ann, tag, "{\"bio\":\"a\"}"));
	CHECK_ERR(update_matching(&ann, tag, "{\"bio\":\"b\"}")->result, ERR_PRECONDITION);
	CHECK_ERR(update_matching(&ann, "\"nonsense\"", "{\"bio\":\"b\"}")->result, ERR_PRECONDITION);
	CHECK_ERR(update_matching(&ann, "", "{\"bio\":\"b\"}")->result, ERR_PRECONDITION);
	CHECK_TEXT(rig_text("SELECT bio FROM users"), "a");
	HOME_OUT(user, update_matching(&ann, "*", "{\"bio\":\"c\"}"));
	tag = op_etag(a, read, HOME_OUT(user, home_call(ann.access, "user_me", NULL)));
	HOME_OUT(user, update_matching(&ann, arena_printf(a, "\"other\", W/%s", tag), "{\"bio\":\"d\"}"));
	home_close();
}

TEST(user, two_changes_in_one_millisecond_have_two_etags)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	const struct op *read = op_find("user_me", NULL);
	rig_change("UPDATE users SET updated_at = updated_at + 1000000"); /* a clock that went back */
	user_forget_all();
	const char *one = op_etag(a, read, HOME_OUT(user, update_me(&ann, "{\"bio\":\"a\"}")));
	HOME_OUT(user, update_me(&ann, "{\"bio\":\"b\"}"));
	const char *three = op_etag(a, read, HOME_OUT(user, update_me(&ann, "{\"bio\":\"a\"}")));
	CHECK(strcmp(one, three) != 0);
	home_close();
}

/* --- what others see ---------------------------------------------------------------------------------------------- */

static const char *seen_by(const struct person *viewer, const struct person *target)
{
	struct call *c = home_call(viewer ? viewer->access : NULL, "user_get", id_of(target));
	if (c->result)
		return NULL;
	struct buf b = { .mem = c->cx.mem };
	json_write(&b, &user_type, c->out, JSON_ANSWER);
	return buf_cstr(&b);
}

static bool shows(const char *json, const char *name)
{
	return strstr(json, home_text("\"%s\":", name)) != NULL;
}

TEST(user, strangers_see_no_address_and_nothing_of_a_private_profile)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	HOME_OUT(user, update_me(&ann, "{\"bio\":\"b\",\"push_token\":\"t\"}"));
	const struct person *viewers[] = { NULL, &bob };
	static const char *const never[] = { "email", "push_token", "preferences", "date_of_birth", "last_login_at",
		"number", "user_id", "credential_version", "status_reason" };
	for (size_t v = 0; v < 2; v++) {
		const char *json = seen_by(viewers[v], &ann);
		CHECK(json && shows(json, "bio") && shows(json, "username"));
		for (size_t i = 0; i < sizeof never / sizeof *never; i++)
			CHECK(!shows(json, never[i]));
	}
	const char *all = seen_by(&eve, &ann);
	CHECK(shows(all, "email") && shows(all, "last_login_at") && !shows(all, "push_token"));
	HOME_OUT(user, update_me(&ann, "{\"visibility\":\"private\"}"));
	CHECK(!shows(seen_by(&bob, &ann), "bio") && shows(seen_by(&bob, &ann), "username"));
	CHECK(shows(seen_by(&eve, &ann), "bio") && shows(seen_by(&ann, &ann), "bio"));
	HOME_OUT(user, set_status(eve.access, &ann, "banned"));
	CHECK(!seen_by(&bob, &ann) && !seen_by(NULL, &ann) && seen_by(&eve, &ann));
	home_close();
}

TEST(user, advisory_strangers_do_not_find_out_who_has_an_address)
{
	home_open();
	struct person bob = home_person("bob"), eve = home_with_role("eve", "admin");
	home_person("ann");
	CHECK_ERR(home_call(bob.access, "user_get", "{\"id\":\"ann@example.org\"}")->result, ERR_NOT_FOUND);
	CHECK_ERR(home_call(NULL, "user_get", "{\"id\":\"ann@example.org\"}")->result, ERR_NOT_FOUND);
	CHECK_TEXT(HOME_OUT(user, home_call(eve.access, "user_get", "{\"id\":\"ANN@example.org\"}"))->username, "ann");
	CHECK_TEXT(HOME_OUT(user, home_call(NULL, "user_get", "{\"id\":\"ANN\"}"))->username, "ann");
	home_close();
}

/* Each switch by itself: what it opens is there for a stranger, and nothing else. */
TEST(user, shows_address_place_and_presence_as_its_owner_says)
{
	static const struct {
		const char *change, *field;
		bool shown;
	} switches[] = { { "{\"show_email\":true}", "email", true }, { "{\"show_email\":false}", "email", false },
		{ "{\"show_location\":false}", "location", false }, { "{\"show_location\":true}", "location", true },
		{ "{\"show_online_status\":false}", "last_active_at", false },
		{ "{\"show_online_status\":true}", "last_active_at", true } };
	static const char *const limits[] = { "{\"visibility\":\"followers\"}", "{\"visibility\":\"private\"}",
		"{\"visibility\":\"public\",\"is_private\":true}" };
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	HOME_OUT(user, update_me(&ann, "{\"location\":\"Paris\"}"));
	CHECK(!shows(seen_by(&bob, &ann), "email") && shows(seen_by(&bob, &ann), "location") &&
		shows(seen_by(NULL, &ann), "last_active_at")); /* by default */
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
		HOME_OUT(user, update_me(&ann, switches[i].change));
		CHECK_INT(shows(seen_by(&bob, &ann), switches[i].field), switches[i].shown);
		CHECK_INT(shows(seen_by(NULL, &ann), switches[i].field), switches[i].shown);
		CHECK(shows(seen_by(&eve, &ann), switches[i].field) && shows(seen_by(&ann, &ann), switches[i].field));
		CHECK(!shows(seen_by(&bob, &ann), "email_verified") && !shows(seen_by(&bob, &ann), "show_email"));
	}
	HOME_OUT(user, update_me(&ann, "{\"show_email\":true}"));
	for (size_t i = 0; i < 3; i++) {
		HOME_OUT(user, update_me(&ann, limits[i]));
		const char *json = seen_by(&bob, &ann);
		CHECK(!shows(json, "email") && !shows(json, "location") && !shows(json, "last_active_at") &&
			!shows(json, "name") && shows(json, "display_name"));
	}
	home_close();
}

/* Walks a list by cursors, `limit` a page, and writes the names down; fails when it does not end. */
static const char *walk(const char *bearer, const char *op, const char *rest, int limit)
{
	const char *names = "", *cursor = NULL;
	for (int page = 0; page < 60; page++) {
		const char *at = cursor ? home_text(",\"cursor\":\"%s\"", cursor) : "";
		struct user_list *l =
			HOME_OUT(user_list, home_call(bearer, op, home_text("{\"limit\":%d%s%s}", limit, rest, at)));
		CHECK(l->items.n <= (size_t)limit);
		for (size_t i = 0; i < l->items.n; i++)
			names = home_text("%s%s ", names, ((struct user *)l->items.items)[i].username);
		CHECK_INT(l->page->has_next, l->page->next_cursor != NULL);
		CHECK_INT(l->page->has_previous, page > 0);
		if (!l->page->has_next)
			return names;
		cursor = l->page->next_cursor;
	}
	test_fail(__FILE__, __LINE__, "the list does not end");
}

/* How many a search finds by a page, by cursors and by its total: all the same, or the test fails. */
static int64_t found(const char *bearer, const char *q)
{
	struct user_list *page =
		HOME_OUT(user_list, home_call(bearer, "user_search", home_text("{\"q\":\"%s\",\"page\":1}", q)));
	struct user_list *list = HOME_OUT(user_list, home_call(bearer, "user_search", home_text("{\"q\":\"%s\"}", q)));
	CHECK_INT(page->page->total.v, (int64_t)page->items.n);
	CHECK_INT(list->items.n, page->items.n);
	return (int64_t)list->items.n;
}

TEST(user_search, advisory_a_hidden_name_finds_nobody)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	HOME_OUT(user, update_me(&ann, "{\"name\":\"Wilhelmina Featherstone\",\"first_name\":\"Wilhelmina\","
				       "\"display_name\":\"Moonlight Rider\"}"));
	static const char *const hidden[] = { "wil", "feather", "lhelm", "thersto", "wilhelmina feath" };
	static const char *const open[] = { "ann", "moon", "rider", "onlig" };
	for (int limited = 0; limited < 4; limited++) {
		static const char *const change[] = { "{\"visibility\":\"public\",\"is_private\":false}",
			"{\"visibility\":\"followers\"}", "{\"visibility\":\"public\",\"is_private\":true}",
			"{\"visibility\":\"private\"}" };
		HOME_OUT(user, update_me(&ann, change[limited]));
		for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
			CHECK_INT(found(NULL, hidden[i]), !limited);
			CHECK_INT(found(bob.access, hidden[i]), !limited);
			CHECK_INT(found(ann.access, hidden[i]), 1);
			CHECK_INT(found(eve.access, hidden[i]), 1);
		}
		for (size_t i = 0; i < sizeof open / sizeof *open; i++)
			CHECK_INT(found(bob.access, open[i]), limited < 3);
	}
	home_close();
}

/* A cursor holds the word by which the last person of a page was found: it must be one that the reader saw. */
TEST(user_search, advisory_a_cursor_tells_no_hidden_name)
{
	home_open();
	struct person ann = home_person("anna"), bob = home_person("annb");
	HOME_OUT(user, update_me(&ann, "{\"name\":\"Annaba Zz\",\"display_name\":\"Annz\",\"is_private\":true}"));
	HOME_OUT(user, update_me(&bob, "{\"display_name\":\"Bob\"}"));
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"ann\"", 1), "anna annb ");
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"annab\"", 1), "");
	CHECK_TEXT(walk(ann.access, "user_search", ",\"q\":\"annab\"", 1), "anna ");
	home_close();
}

TEST(user, takes_only_days_that_have_come_and_pictures_that_are_elsewhere)
{
	home_open();
	struct person ann = home_person("ann");
	static const char *const bad[] = { "{\"date_of_birth\":\"2999-01-01\"}", "{\"date_of_birth\":\"1700-01-01\"}",
		"{\"date_of_birth\":\"2001-02-29\"}", "{\"avatar_url\":\"javascript:alert(1)\"}",
		"{\"avatar_url\":\"/uploads/of-somebody-else.png\"}", "{\"cover_url\":\"data:text/html,x\"}",
		"{\"website\":\"javascript:alert(1)\"}", "{\"gender\":\"MALE\"}" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(update_me(&ann, bad[i])->result, ERR_INVALID);
	rig_change("UPDATE users SET avatar_url = '/uploads/mine.png'");
	user_forget_all();
	struct user *u = HOME_OUT(
		user, update_me(&ann, "{\"avatar_url\":\"/uploads/mine.png\",\"cover_url\":\"https://x.example/c\"}"));
	CHECK_TEXT(u->avatar_url, "/uploads/mine.png");
	CHECK_TEXT(u->cover_url, "https://x.example/c");
	CHECK(!HOME_OUT(user, update_me(&ann, "{\"avatar_url\":null}"))->avatar_url);
	home_close();
}

TEST(user, may_change_itself_by_its_id_as_well_but_nobody_else)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	const char *change = home_text("{\"id\":\"%s\",\"bio\":\"x\"}", ann.id);
	struct user *u = HOME_OUT(user, home_call(ann.access, "user_update", change));
	CHECK_TEXT(u->bio, "x");
	CHECK(!u->hidden);
	CHECK_ERR(home_call(bob.access, "user_update", change)->result, ERR_DENIED);
	CHECK_ERR(home_call(NULL, "user_update", change)->result, ERR_UNAUTHENTICATED);
	home_close();
}

struct state {
	const char *id;
	unsigned status, visibility;
};

static err_t put_state(struct cx *cx, void *arg)
{
	const struct state *s = arg;
	return db_exec(cx, "UPDATE users SET status = $2, visibility = $3 WHERE id = $1",
		BIND(V(s->id), V(user_status_names[s->status]), V(user_visibility_names[s->visibility])));
}

/* Who is found by a search must be who may be seen, and nobody may be found who may not. */
TEST(user, a_person_who_is_found_by_search_may_be_seen)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin"),
		      mod = home_with_role("mod", "moderator");
	const struct person *viewers[] = { NULL, &ann, &bob, &eve, &mod };
	for (unsigned status = USER_ACTIVE; status <= USER_DELETED; status++)
		for (unsigned visibility = USER_PUBLIC; visibility <= USER_PRIVATE; visibility++) {
			CHECK_OK(rig_tx(put_state, &(struct state){ ann.id, status, visibility }));
			user_forget_all();
			for (size_t v = 0; v < sizeof viewers / sizeof *viewers; v++) {
				if (v == 1 && status != USER_ACTIVE)
					continue; /* cannot ask */
				struct user_list *l =
					HOME_OUT(user_list, home_call(viewers[v] ? viewers[v]->access : NULL,
								    "user_search", "{\"q\":\"ann\"}"));
				bool found = l->items.n == 1, seen = seen_by(viewers[v], &ann) != NULL;
				bool may = v == 1 || v == 3 || v == 4;
				CHECK(!found || seen);
				if (status == USER_DELETED) {
					CHECK(!found);
					continue;
				}
				CHECK_INT(found, may || (status == USER_ACTIVE && visibility != USER_PRIVATE));
				CHECK_INT(seen, may || status == USER_ACTIVE);
				if (found)
					CHECK_INT(((struct user *)l->items.items)->hidden == 0, v == 1);
			}
		}
	home_close();
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static void people(int n)
{
	for (int i = 0; i < n; i++)
		HOME_OUT(signed_in,
			home_local("user_create", home_text("{\"username\":\"p%02d\",\"name\":\"%s Test%d\"}", i,
							  i % 2 ? "Tessa" : "Best", i)));
}

TEST(user_list, cursors_and_pages_give_every_row_once_in_every_order)
{
	static const char *const rests[] = { ",\"sort\":\"created_at\"", ",\"sort\":\"-created_at\"",
		",\"sort\":\"username\"", ",\"sort\":\"-username\"", ",\"q\":\"tessa\"", ",\"role\":\"user\"",
		",\"status\":\"active\",\"sort\":\"username\"" };
	home_open();
	struct person eve = home_with_role("eve", "admin");
	people(7);
	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		const char *whole = walk(eve.access, "user_list", rests[i], 100);
		for (int limit = 1; limit < 5; limit++)
			CHECK_TEXT(walk(eve.access, "user_list", rests[i], limit), whole);
		const char *names = "";
		for (int page = 1; page < 9; page++) {
			struct user_list *l =
				HOME_OUT(user_list, home_call(eve.access, "user_list",
							    home_text("{\"page\":%d,\"limit\":1%s}", page, rests[i])));
			for (size_t k = 0; k < l->items.n; k++)
				names = home_text("%s%s ", names, ((struct user *)l->items.items)[k].username);
			CHECK_INT(l->page->page.v, page);
			CHECK_INT(l->page->total_pages.v, l->page->total.v);
		}
		CHECK_TEXT(names, whole);
	}
	CHECK_TEXT(walk(eve.access, "user_list", rests[2], 3), "eve p00 p01 p02 p03 p04 p05 p06 ");
	home_close();
}

TEST(user_list, is_for_those_who_may_read_accounts_and_finds_an_address_whole)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann");
	CHECK_ERR(home_call(ann.access, "user_list", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(NULL, "user_list", NULL)->result, ERR_UNAUTHENTICATED);
	CHECK_TEXT(walk(eve.access, "user_list", ",\"q\":\"ANN@example.org\"", 5), "ann ");
	CHECK_TEXT(walk(eve.access, "user_list", ",\"q\":\"nn@example.org\"", 5), "");
	CHECK_ERR(home_call(eve.access, "user_list", "{\"sort\":\"email\"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(eve.access, "user_list", "{\"limit\":101}")->result, ERR_INVALID);
	CHECK_ERR(home_call(eve.access, "user_list", "{\"limit\":0}")->result, ERR_INVALID);
	CHECK_ERR(home_call(eve.access, "user_list", "{\"page\":101,\"limit\":100}")->result, ERR_INVALID);
	CHECK_OK(home_call(eve.access, "user_list", "{\"page\":100,\"limit\":100}")->result);
	home_close();
}

TEST(user_list, advisory_forged_cursor_is_refused)
{
	struct arena *a = home_open();
	struct person eve = home_with_role("eve", "admin");
	people(3);
	struct user_list *l =
		HOME_OUT(user_list, home_call(eve.access, "user_list", "{\"limit\":1,\"sort\":\"username\"}"));
	const char *good = l->page->next_cursor;
	struct user_list *found =
		HOME_OUT(user_list, home_call(NULL, "user_search", "{\"limit\":1,\"q\":\"username\"}"));
	CHECK_INT(found->items.n, 0);
	static const char text[] = "l0:x' OR 1=1 --";
	const char *bad[] = { "x", "====", "' OR 1=1 --", arena_memdup0(a, good, strlen(good) - 1),
		arena_printf(a, "%sA", good), base64_encode(a, text, strlen(text), true),
		keyring_sign_text(a, "audit", "12"), keyring_sign_text(a, "users -created_at", "l5:"),
		keyring_sign_text(a, "users username", "nonsense"), keyring_sign_text(a, "users username", ""),
		keyring_sign_text(a, "users username", ":"), keyring_sign_text(a, "users username", "l:") };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(home_call(eve.access, "user_list",
				  home_text("{\"limit\":1,\"sort\":\"username\",\"cursor\":\"%s\"}", bad[i]))
				  ->result,
			ERR_MALFORMED);
	/* A cursor of one list serves no other, not even a search for a text of the same name. */
	CHECK_ERR(home_call(NULL, "user_search", home_text("{\"q\":\"username\",\"cursor\":\"%s\"}", good))->result,
		ERR_MALFORMED);
	CHECK_ERR(home_call(eve.access, "user_list", home_text("{\"sort\":\"-username\",\"cursor\":\"%s\"}", good))
			  ->result,
		ERR_MALFORMED);
	CHECK_ERR(home_call(eve.access, "user_list",
			  home_text("{\"page\":1,\"sort\":\"username\",\"cursor\":\"%s\"}", good))
			  ->result,
		ERR_INVALID); /* either the one or the other */
	home_close();
}

TEST(user_search, beginnings_come_first_and_every_person_once)
{
	home_open();
	people(9);
	const char *whole = walk(NULL, "user_search", ",\"q\":\"tes\"", 100);
	/* Tessa and Test begin with it; nobody else holds it. */
	CHECK_INT(strlen(whole), 9 * 4);
	for (int limit = 1; limit < 6; limit++)
		CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"tes\"", limit), whole);
	const char *middle = walk(NULL, "user_search", ",\"q\":\"est\"", 100);
	for (int limit = 1; limit < 6; limit++)
		CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"est\"", limit), middle);
	struct user_list *l =
		HOME_OUT(user_list, home_call(NULL, "user_search", "{\"q\":\"est\",\"page\":2,\"limit\":4}"));
	CHECK_INT(l->page->total.v, 9);
	CHECK_INT(l->page->total_pages.v, 3);
	CHECK_INT(l->items.n, 4);
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"p0\"", 4), "p00 p01 p02 p03 p04 p05 p06 p07 p08 ");
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"TÉSSA\"", 4), "p01 p03 p05 p07 ");
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"%\"", 4), "");
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"\\\" OR \\\"\"", 4), "");
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"tessa test1\"", 4), "p01 ");
	CHECK_ERR(home_call(NULL, "user_search", "{\"q\":\" \"}")->result, ERR_INVALID);
	CHECK_ERR(home_call(NULL, "user_search", NULL)->result, ERR_INVALID);
	home_close();
}

TEST(user_search, ends_also_where_names_have_more_words_than_the_index_keeps)
{
	home_open();
	for (int i = 0; i < 4; i++)
		HOME_OUT(signed_in,
			home_local("user_create",
				home_text(
					"{\"username\":\"w%02d\",\"name\":\"aa bb cc dd ee ff gg hh ii jj kk ll mm zebra\"}",
					i)));
	CHECK_TEXT(walk(NULL, "user_search", ",\"q\":\"zebra\"", 1), "w00 w01 w02 w03 ");
	home_close();
}

/* --- status ------------------------------------------------------------------------------------------------------- */

TEST(user, a_suspension_ends_by_itself)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	CHECK_ERR(home_call(eve.access, "user_set_status",
			  home_text("{\"id\":\"%s\",\"status\":\"suspended\",\"until\":\"2001-01-01T00:00:00Z\"}",
				  ann.id))
			  ->result,
		ERR_INVALID);
	CHECK_ERR(home_call(eve.access, "user_set_status",
			  home_text("{\"id\":\"%s\",\"status\":\"active\",\"until\":\"2999-01-01T00:00:00Z\"}", ann.id))
			  ->result,
		ERR_INVALID);
	HOME_OUT(user,
		home_call(eve.access, "user_set_status",
			home_text(
				"{\"id\":\"%s\",\"status\":\"suspended\",\"reason\":\"spam\",\"until\":\"2999-01-01T00:00:00Z\"}",
				ann.id)));
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_NOT_ACTIVE);
	rig_change("UPDATE users SET status_until = 1000 WHERE username = 'ann'");
	user_forget_all();
	CHECK_OK(home_call(ann.access, "user_me", NULL)->result);
	CHECK_INT(home_events("user.status_changed"), 1);
	home_close();
}

TEST(user, the_last_administrator_stays)
{
	home_open();
	struct person eve = home_with_role("eve", "admin");
	const char *user = home_text("{\"id\":\"%s\",\"role\":\"user\"}", eve.id);
	CHECK_ERR(set_status(eve.access, &eve, "suspended")->result, ERR_LAST_ADMIN);
	CHECK_ERR(home_call(eve.access, "user_deactivate_me", NULL)->result, ERR_LAST_ADMIN);
	CHECK_ERR(home_call(eve.access, "user_delete", id_of(&eve))->result, ERR_LAST_ADMIN);
	CHECK_ERR(home_call(eve.access, "user_update", user)->result, ERR_LAST_ADMIN);
	struct person tom = home_with_role("tom", "admin");
	HOME_OUT(user, set_status(eve.access, &tom, "banned"));
	CHECK_ERR(home_call(eve.access, "user_update", user)->result, ERR_LAST_ADMIN); /* one that may act */
	HOME_OUT(user, set_status(eve.access, &tom, "active"));
	HOME_OUT(user, home_call(eve.access, "user_update", user));
	CHECK_ERR(home_call(eve.access, "user_list", NULL)->result, ERR_DENIED); /* at once */
	home_close();
}

TEST(user, a_deactivated_account_is_gone_for_all_but_administrators)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), eve = home_with_role("eve", "admin");
	CHECK_ERR(home_call(bob.access, "user_deactivate", id_of(&ann))->result, ERR_DENIED);
	HOME_OUT(none, home_call(ann.access, "user_deactivate", id_of(&ann))); /* one's own needs no permission */
	CHECK(home_call(ann.access, "user_me", NULL)->result != ERR_OK);
	CHECK(!seen_by(&bob, &ann));
	HOME_OUT(user, set_status(eve.access, &ann, "active"));
	CHECK(seen_by(&bob, &ann));
	/* Its sessions had ended: who held one logs in again. */
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	home_login("ann");
	home_close();
}

TEST(user, an_erased_account_leaves_no_trace_but_its_number)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	HOME_OUT(user, update_me(&ann, "{\"name\":\"Secret Name\",\"bio\":\"x\",\"location\":\"here\"}"));
	HOME_OUT(none, home_call(eve.access, "user_delete", id_of(&ann)));
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE name IS NOT NULL AND status = 'deleted'"), 0);
	CHECK_INT(
		rig_number("SELECT COUNT(*) FROM users WHERE status = 'deleted' AND email IS NULL AND bio IS NULL"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM user_word WHERE word IN ('secret', 'ann')"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE operation = 'user_delete' AND changes <> ''"), 0);
	CHECK_ERR(home_call(eve.access, "user_delete", id_of(&ann))->result, ERR_NOT_FOUND);
	CHECK_ERR(set_status(eve.access, &ann, "active")->result, ERR_NOT_FOUND);
	CHECK_ERR(home_call(eve.access, "user_update", home_text("{\"id\":\"%s\",\"name\":\"x\"}", ann.id))->result,
		ERR_NOT_FOUND);
	CHECK(strcmp(home_person("ann").id, ann.id) != 0); /* the names are free again */
	home_close();
}

TEST(user, advisory_changes_of_others_need_a_permission)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), mod = home_with_role("mod", "moderator");
	const char *change = home_text("{\"id\":\"%s\",\"name\":\"x\"}", ann.id);
	CHECK_ERR(home_call(bob.access, "user_update", change)->result, ERR_DENIED);
	CHECK_ERR(home_call(mod.access, "user_update", change)->result, ERR_DENIED);
	CHECK_ERR(home_call(mod.access, "user_delete", id_of(&ann))->result, ERR_DENIED);
	CHECK_ERR(set_status(bob.access, &ann, "banned")->result, ERR_DENIED);
	CHECK_OK(set_status(mod.access, &ann, "suspended")->result);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE outcome = 'denied'"), 4);
	home_close();
}

/* --- routes ------------------------------------------------------------------------------------------------------- */

static void check_route(const char *route)
{
	while (*route) {
		size_t n = strcspn(route, " /,");
		if (n && *route != '{' && (*route < 'A' || *route > 'Z')) {
			const char *segment = home_text("%.*s", (int)n, route);
			if (!username_reserved(segment))
				test_fail(__FILE__, __LINE__, "\"%s\" is part of an address but a free user name",
					segment);
		}
		route += n;
		route += *route != 0;
	}
}

TEST(username, every_segment_of_every_address_is_reserved)
{
	home_open();
	for (const struct feature *const *f = features_all; *f; f++) {
		for (const struct op *op = (*f)->ops; op && op->call; op++) {
			check_route(op->rest ? op->rest : "");
			check_route(op->root ? op->root : "");
		}
		for (const struct shape_row *row = (*f)->shapes; row && row->route; row++)
			check_route(row->route);
	}
	home_close();
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

TEST(user, accounts_are_counted_by_role_and_status)
{
	home_open();
	struct person eve = home_with_role("eve", "admin"), ann = home_person("ann"), bob = home_person("bob");
	home_person("tom");
	HOME_OUT(user, set_status(eve.access, &ann, "banned"));
	HOME_OUT(user_left, home_call(bob.access, "user_deactivate_me", "{\"purge\":true}"));
	struct user_stats *s = HOME_OUT(user_stats, home_call(eve.access, "stats_users", NULL));
	CHECK_INT(s->total, 3);
	CHECK_INT(s->active, 2);
	CHECK_INT(s->new_30d, 4);
	CHECK_TEXT(s->by_role.text, "{\"admin\":1,\"user\":2}");
	CHECK_TEXT(s->by_status.text,
		"{\"active\":2,\"inactive\":0,\"suspended\":0,\"banned\":1,\"pending\":0,\"deleted\":1}");
	CHECK_ERR(home_call(ann.access, "stats_users", NULL)->result, ERR_SESSION_ENDED);
	home_close();
}

/* --- leaving and coming back -------------------------------------------------------------------------------------- */

static err_t reactivate(const char *name)
{
	return home_call(NULL, "account_reactivate",
		home_text("{\"identifier\":\"%s\",\"password\":\"" HOME_PASSWORD "\"}", name))
	        ->result;
}

static err_t erase_later(struct cx *cx, void *arg)
{
	cx->now += *(int64_t *)arg;
	return user_erase_due(cx);
}

TEST(user, who_leaves_comes_back_until_he_is_erased)
{
	home_open();
	struct person ann = home_person("ann");
	int64_t day = 86400000, after = 31 * day;
	HOME_OUT(user_left, home_call(ann.access, "user_deactivate_me", NULL));
	CHECK_OK(reactivate("ann"));
	CHECK_OK(reactivate("ann"));
	ann = home_login("ann");
	int64_t at = HOME_OUT(user_left, home_call(ann.access, "user_deactivate_me", "{\"purge\":true}"))->erase_at;
	CHECK(at > day);
	CHECK_ERR(home_call(ann.access, "user_me", NULL)->result, ERR_SESSION_ENDED);
	CHECK_OK(rig_tx(erase_later, &day));
	CHECK_OK(reactivate("ann"));
	ann = home_login("ann");
	HOME_OUT(user_left, home_call(ann.access, "user_deactivate_me", "{\"purge\":true}"));
	CHECK_OK(rig_tx(erase_later, &after));
	CHECK_ERR(reactivate("ann"), ERR_BAD_CREDENTIALS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE status = 'deleted' AND erase_at IS NULL"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE data LIKE '%ann@%'"), 0);
	CHECK_INT(home_events("user.deleted"), 1);
	home_close();
}

TEST(user, what_an_administrator_ended_its_owner_does_not_undo)
{
	home_open();
	struct person ann = home_person("ann"), eve = home_with_role("eve", "admin");
	HOME_OUT(none, home_call(eve.access, "user_deactivate", id_of(&ann)));
	CHECK_ERR(reactivate("ann"), ERR_NOT_ACTIVE);
	HOME_OUT(user, set_status(eve.access, &ann, "banned"));
	CHECK_ERR(reactivate("ann"), ERR_NOT_ACTIVE);
	home_close();
}
