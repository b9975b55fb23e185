/* Rows of what people are to each other, without any user behind them. */
#include "features/relation/relation.h"
#include "base/test.h"
#include "features/fixture_test.h"

static err_t add_some(struct cx *cx, void *arg)
{
	(void)arg;
	struct relation rows[] = { { .from_id = "a", .to_id = "b", .kind = RELATION_FOLLOW },
		{ .from_id = "b", .to_id = "a", .kind = RELATION_MUTE },
		{ .from_id = "a", .to_id = "c", .kind = RELATION_BLOCK },
		{ .from_id = "d", .to_id = "a", .kind = RELATION_ASK } };
	TRY(relation_lock(cx, "b", "a"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		TRY(relation_add(cx, &rows[i]));
	return relation_add(cx, &rows[0]); /* again: nothing */
}

static err_t ask_ties(struct cx *cx, void *arg)
{
	static const char *const others[] = { "x", "d", "c", "b", "a\"" };
	return relation_ties(cx, "a", sizeof others / sizeof *others, others, arg);
}

TEST(relation, ties_to_many_are_read_at_once_both_ways)
{
	unsigned ties[5];
	home_open();
	CHECK_OK(rig_tx(add_some, NULL));
	CHECK_OK(rig_tx(ask_ties, ties));
	CHECK_INT(ties[0], 0);
	CHECK_INT(ties[1], tie_from(RELATION_ASK));
	CHECK_INT(ties[2], tie_to(RELATION_BLOCK));
	CHECK_INT(ties[3], tie_to(RELATION_FOLLOW) | tie_from(RELATION_MUTE));
	CHECK_INT(ties[4], 0);
	CHECK(ties_blocked(ties[2]) && !ties_blocked(ties[3]));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM relation"), 4);
	home_close();
}

static err_t grant_and_remove(struct cx *cx, void *arg)
{
	bool *was = arg;
	TRY(relation_grant(cx, "d", "a", &was[0]));
	TRY(relation_grant(cx, "d", "a", &was[1]));
	TRY(relation_remove(cx, "d", "a", RELATION_FOLLOW, &was[2]));
	return relation_remove(cx, "d", "a", RELATION_FOLLOW, &was[3]);
}

TEST(relation, a_request_is_granted_once_and_a_row_removed_once)
{
	bool was[4];
	home_open();
	CHECK_OK(rig_tx(add_some, NULL));
	CHECK_OK(rig_tx(grant_and_remove, was));
	CHECK(was[0] && !was[1] && was[2] && !was[3]);
	home_close();
}

static err_t take_part(struct cx *cx, void *arg)
{
	struct list *out = arg;
	const char *next;
	TRY(relation_part(cx, "a", NULL, out, &next));
	return next ? ERR_INTERNAL : ERR_OK;
}

TEST(relation, advisory_nobody_is_given_who_blocks_or_mutes_him)
{
	struct list rows;
	home_open();
	CHECK_OK(rig_tx(add_some, NULL));
	CHECK_OK(rig_tx(take_part, &rows));
	CHECK_INT(rows.n, 3); /* not b's mute */
	const struct relation *r = rows.items;
	for (size_t i = 0; i < rows.n; i++)
		CHECK(r[i].kind != RELATION_MUTE);
	home_close();
}
