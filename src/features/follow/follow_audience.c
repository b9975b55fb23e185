#include "features/follow/follow.h"

err_t follow_audience(struct cx *cx, const struct follow_audience_query *in, struct follow_audience *out)
{
	struct user *u = arena_new_of(cx->mem, struct user), *seen = arena_new_of(cx->mem, struct user);
	TRY(user_by_id(cx, in->id, u));
	if (!user_may_act(u, cx->now))
		return FAIL(cx, ERR_NOT_FOUND, "%s may do nothing", in->id);
	person_own(u);
	*seen = *u;
	person_as_followers_see(seen);
	*out = (struct follow_audience){ .user = u, .seen = seen, .shows_presence = u->show_online_status };
	out->many = !in->among.n && u->followers_count > FOLLOW_HEARERS;
	if (out->many)
		return ERR_OK;
	return relation_hearers(
		cx, in->id, in->among.n, in->among.n ? in->among.items : NULL, FOLLOW_HEARERS, &out->ids);
}
