/* Blocking through the real gate: it ends what was between two people, and hides them from each other in every operation. */
#include "features/block/block.h"
#include "api/op.h"
#include "base/json.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/follow/follow.h"

#include <string.h>

static struct call *to(const struct person *by, const char *op, const struct person *whom)
{
	return home_call(by->access, op, home_text("{\"id\":\"%s\"}", whom->id));
}

static int64_t numbers(const struct person *p)
{
	const struct user *u = HOME_OUT(user, home_call(p->access, "user_me", NULL));
	return u->followers_count * 100 + u->following_count;
}

TEST(block, ends_follows_and_requests_both_ways_and_keeps_new_ones_off)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_OK(to(&ann, "follow_create", &bob)->result);
	CHECK_OK(home_call(ann.access, "user_update_me", "{\"is_private\":true}")->result);
	CHECK_OK(to(&bob, "follow_create", &ann)->result); /* asks */
	const struct block *b = HOME_OUT(
		block, home_call(ann.access, "block_create", home_text("{\"id\":\"%s\",\"reason\":\"rude\"}", bob.id)));
	CHECK_TEXT(b->username, "bob");
	CHECK_TEXT(b->reason, "rude");
	CHECK_INT(numbers(&ann) + numbers(&bob), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM relation"), 1);
	CHECK_ERR(to(&bob, "follow_create", &ann)->result, ERR_NOT_FOUND);
	CHECK_ERR(to(&ann, "follow_create", &bob)->result, ERR_NOT_FOUND);
	CHECK_OK(to(&ann, "block_create", &bob)->result); /* again: as it is */
	CHECK_INT(home_events("user.blocked"), 1);
	CHECK_INT(home_events("user.unfollowed"), 1);
	CHECK_OK(to(&ann, "block_remove", &bob)->result);
	CHECK_ERR(to(&ann, "block_remove", &bob)->result, ERR_NOT_FOUND);
	CHECK_OK(to(&bob, "user_get", &ann)->result);
	CHECK_INT(home_events("user.unblocked"), 1);
	home_close();
}

TEST(block, is_listed_for_who_made_it_alone_and_made_also_by_who_is_blocked)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_OK(to(&ann, "block_create", &bob)->result);
	CHECK_OK(to(&bob, "block_create", &ann)->result);
	CHECK_OK(to(&bob, "block_remove", &ann)->result);
	CHECK_ERR(to(&ann, "user_get", &bob)->result, ERR_NOT_FOUND); /* his own still stands */
	const struct block_list *l = HOME_OUT(block_list, home_call(ann.access, "block_list", "{\"page\":1}"));
	CHECK_INT(l->items.n, 1);
	CHECK_INT(l->page->total.v, 1);
	CHECK_TEXT(((struct block *)l->items.items)->username, "bob");
	CHECK_INT(HOME_OUT(block_list, home_call(bob.access, "block_list", NULL))->items.n, 0);
	CHECK_ERR(to(&ann, "block_create", &ann)->result, ERR_ONESELF);
	home_close();
}

TEST(block, a_mute_is_known_to_who_made_it_and_hides_nobody)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_OK(to(&ann, "mute_create", &bob)->result);
	CHECK_INT(HOME_OUT(block_list, home_call(ann.access, "mute_list", NULL))->items.n, 1);
	CHECK(HOME_OUT(follow_status, to(&ann, "follow_status", &bob))->is_muted);
	CHECK(!HOME_OUT(follow_status, to(&bob, "follow_status", &ann))->is_muted);
	CHECK_OK(to(&bob, "follow_create", &ann)->result);
	CHECK_OK(to(&ann, "mute_remove", &bob)->result);
	CHECK_ERR(to(&ann, "mute_remove", &bob)->result, ERR_NOT_FOUND);
	home_close();
}

/* --- every operation ---------------------------------------------------------------------------------------------- */

static bool gives_people(const struct op *op)
{
	const struct type *t = op->call->out;
	return t == &user_type || t == &user_list_type || t == &follow_type || t == &follow_status_type;
}

/* The input that names the person, or looks for him; NULL: it takes neither. */
static const char *input_for(const struct op *op, const struct person *whom, bool by_name)
{
	const struct type *t = op->call->in;
	const struct field *id = type_field(t, "id", 2), *q = type_field(t, "q", 1);
	if (id && by_name && (id->flags & UUID))
		return NULL;
	if (id)
		return home_text("{\"id\":\"%s\"}", by_name ? whom->name : whom->id);
	return q ? home_text("{\"q\":\"%s\"}", whom->name) : NULL;
}

static bool tells_of(struct call *c, const struct person *whom)
{
	struct buf b = { .mem = c->cx.mem };
	if (c->result)
		return false;
	json_write(&b, c->op->call->out, c->out, JSON_ANSWER);
	return strstr(buf_cstr(&b), whom->id);
}

/* How many reading operations tell the viewer of a person; *asked: of how many. */
static int tellers(const struct person *by, const struct person *whom, int *asked)
{
	int n = 0;
	*asked = 0;
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			for (int by_name = 0; by_name < 2; by_name++) {
				const char *in = gives_people(op) ? input_for(op, whom, by_name) : NULL;
				if (!in || (op->flags & OP_WRITE))
					continue;
				++*asked;
				n += tells_of(home_call(by->access, op->call->name, in), whom);
			}
	return n;
}

/* Lists of somebody else in whom both stand. */
static bool listed(const struct person *by, const char *op, const struct person *of, const struct person *whom)
{
	return tells_of(to(by, op, of), whom);
}

TEST(block, advisory_block_bypass_no_operation_tells_of_who_blocks)
{
	static const char *const lists[] = { "follow_followers", "follow_following" };
	int asked;
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob"), cat = home_person("cat");
	const struct person *both[] = { &ann, &bob };
	for (int i = 0; i < 2; i++) {
		CHECK_OK(to(both[i], "follow_create", &cat)->result);
		CHECK_OK(to(&cat, "follow_create", both[i])->result);
	}
	CHECK(tellers(&bob, &ann, &asked) >= 5 && asked >= 8);
	CHECK_OK(to(&ann, "block_create", &bob)->result);
	for (int i = 0; i < 2; i++) {
		const struct person *viewer = both[i], *other = both[!i];
		CHECK_INT(tellers(viewer, other, &asked), 0);
		for (size_t k = 0; k < 2; k++) {
			CHECK(!listed(viewer, lists[k], &cat, other));
			CHECK(listed(&cat, lists[k], &cat, other));
		}
		CHECK(!listed(viewer, "follow_mutual", &cat, other));
		CHECK(!tells_of(home_call(viewer->access, "follow_suggest", NULL), other));
		struct user_list *l = HOME_OUT(user_list,
			home_call(viewer->access, "follow_followers", home_text("{\"id\":\"%s\",\"page\":1}", cat.id)));
		CHECK_INT(l->page->total.v, 1); /* and not counted */
	}
	home_close();
}
