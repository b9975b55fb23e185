#include "features/follow/follow.h"
#include "features/notification/notification.h"

#include <string.h>

/* What the other is told of it. */
static const char told_follow[] = "follow", told_ask[] = "follow_request", told_grant[] = "follow_accepted";

static err_t person(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person follows, and is followed");
}

err_t follow_other(struct cx *cx, const char *id_or_name, struct user *out)
{
	TRY(person(cx));
	TRY(user_get(cx, &(struct user_ref){ id_or_name }, out));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = out->id;
	return strcmp(out->id, cx->who.id) == 0 ? FAIL(cx, ERR_ONESELF, "%s", out->id) : ERR_OK;
}

/* The same, for a change: nobody else changes meanwhile what is between the two. */
static err_t take(struct cx *cx, const char *id_or_name, struct user *out)
{
	TRY(follow_other(cx, id_or_name, out));
	return relation_lock(cx, cx->who.id, out->id);
}

/* --- to begin and to end ------------------------------------------------------------------------------------------ */

static err_t begin(struct cx *cx, const char *follower, const char *followed)
{
	TRY(user_count_follow(cx, follower, followed, 1));
	const struct follow_told told = { follower, followed, cx->now };
	return emit(cx, &user_followed, followed, &told);
}

err_t follow_end(struct cx *cx, const char *follower, const char *followed, bool *ended)
{
	bool asked;
	TRY(relation_remove(cx, follower, followed, RELATION_ASK, &asked));
	TRY(relation_remove(cx, follower, followed, RELATION_FOLLOW, ended));
	if (asked)
		TRY(notification_withdraw(cx, followed, told_ask, follower));
	if (!*ended) {
		*ended = asked;
		return ERR_OK;
	}
	TRY(notification_withdraw(cx, followed, told_follow, follower));
	TRY(notification_withdraw(cx, follower, told_grant, followed));
	TRY(user_count_follow(cx, follower, followed, -1));
	const struct follow_told told = { follower, followed, cx->now };
	return emit(cx, &user_unfollowed, followed, &told);
}

static const char *type_of(const struct user *followed)
{
	return followed->is_private ? "private" : "public";
}

static struct follow as_follow(const struct relation *r, const struct user *followed)
{
	return (struct follow){ .id = r->id,
		.follower_id = r->from_id,
		.following_id = r->to_id,
		.status = r->kind == RELATION_FOLLOW ? FOLLOW_ACCEPTED : FOLLOW_PENDING,
		.follow_type = type_of(followed),
		.created_at = r->at };
}

/* A request that waits is granted by whoever made the account public meanwhile. */
static err_t grant(struct cx *cx, const char *follower, const struct user *followed, struct follow *out)
{
	bool turned;
	struct relation r = { 0 };
	TRY(relation_grant(cx, follower, followed->id, &turned));
	if (!turned)
		return ERR_NOT_FOUND;
	TRY(notification_withdraw(cx, followed->id, told_ask, follower));
	TRY(begin(cx, follower, followed->id));
	TRY(relation_get(cx, follower, followed->id, RELATION_FOLLOW, &r));
	*out = as_follow(&r, followed);
	return ERR_OK;
}

err_t follow_create(struct cx *cx, const struct user_ref *in, struct follow *out)
{
	struct user other = { 0 };
	unsigned ties;
	TRY(take(cx, in->id, &other));
	const char *const me = cx->who.id;
	TRY(relation_ties(cx, me, 1, &other.id, &ties));
	if (ties_blocked(ties))
		return FAIL(cx, ERR_NOT_FOUND, "one of them blocks the other");
	bool asked = ties & tie_to(RELATION_ASK);
	if ((ties & tie_to(RELATION_FOLLOW)) || (asked && other.is_private))
		return FAIL(cx, ERR_FOLLOWED, "%s", other.id);
	if (asked) {
		TRY(grant(cx, me, &other, out));
		return notification_cause(cx, other.id, told_follow, me);
	}
	struct relation r = {
		.from_id = me, .to_id = other.id, .kind = other.is_private ? RELATION_ASK : RELATION_FOLLOW
	};
	TRY(relation_add(cx, &r));
	*out = as_follow(&r, &other);
	TRY(notification_cause(cx, other.id, other.is_private ? told_ask : told_follow, me));
	if (!other.is_private)
		return begin(cx, me, other.id);
	cx->message = "Request sent; it waits for consent";
	const struct follow_told told = { me, other.id, cx->now };
	return emit(cx, &user_follow_requested, other.id, &told);
}

err_t follow_remove(struct cx *cx, const struct user_ref *in, struct none *out)
{
	struct user other = { 0 };
	bool ended;
	(void)out;
	TRY(take(cx, in->id, &other));
	TRY(follow_end(cx, cx->who.id, other.id, &ended));
	return ended ? ERR_OK : FAIL(cx, ERR_NOT_FOLLOWED, "%s", other.id);
}

err_t follow_drop(struct cx *cx, const struct user_ref *in, struct none *out)
{
	struct user other = { 0 };
	bool ended;
	(void)out;
	TRY(take(cx, in->id, &other));
	TRY(follow_end(cx, other.id, cx->who.id, &ended));
	return ended ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "%s does not follow", other.id);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

err_t follow_accept(struct cx *cx, const struct user_ref *in, struct follow *out)
{
	struct user other = { 0 }, me = { 0 };
	TRY(take(cx, in->id, &other));
	TRY(user_by_id(cx, cx->who.id, &me));
	err_t e = grant(cx, other.id, &me, out);
	if (e == ERR_NOT_FOUND)
		return FAIL(cx, e, "%s does not ask", other.id);
	TRY(e);
	return notification_cause(cx, other.id, told_grant, me.id);
}

err_t follow_reject(struct cx *cx, const struct user_ref *in, struct none *out)
{
	struct user other = { 0 };
	bool removed;
	(void)out;
	TRY(take(cx, in->id, &other));
	TRY(relation_remove(cx, other.id, cx->who.id, RELATION_ASK, &removed));
	if (!removed)
		return FAIL(cx, ERR_NOT_FOUND, "%s does not ask", other.id);
	return notification_withdraw(cx, cx->who.id, told_ask, other.id);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static err_t status_of(struct cx *cx, const char *from, const struct user *other, struct follow_status *out)
{
	struct relation r = { 0 };
	unsigned ties;
	TRY(relation_ties(cx, from, 1, &other->id, &ties));
	*out = (struct follow_status){ .user_id = other->id,
		.is_following = ties & tie_to(RELATION_FOLLOW),
		.is_requested = ties & tie_to(RELATION_ASK),
		.is_followed_by = ties & tie_from(RELATION_FOLLOW),
		.has_requested_you = ties & tie_from(RELATION_ASK),
		.is_blocked = ties & tie_to(RELATION_BLOCK),
		.is_muted = ties & tie_to(RELATION_MUTE),
		.can_message = person_takes_messages(other, ties),
		.can_tag = person_takes_tags(other, ties) };
	if (!out->is_following && !out->is_requested)
		return ERR_OK;
	err_t e = relation_get(cx, from, other->id, out->is_following ? RELATION_FOLLOW : RELATION_ASK, &r);
	out->status = out->is_following ? "accepted" : "pending";
	out->follow_type = type_of(other);
	out->since = r.at;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t follow_status(struct cx *cx, const struct user_ref *in, struct follow_status *out)
{
	struct user other = { 0 };
	TRY(follow_other(cx, in->id, &other));
	return status_of(cx, cx->who.id, &other, out);
}

err_t follow_between(struct cx *cx, const struct follow_pair *in, struct follow_status *out)
{
	struct user from = { 0 }, to = { 0 };
	TRY(user_get(cx, &(struct user_ref){ in->from_id }, &from));
	TRY(user_get(cx, &(struct user_ref){ in->to_id }, &to));
	if (strcmp(from.id, to.id) == 0)
		return FAIL(cx, ERR_ONESELF, "%s", to.id);
	return status_of(cx, from.id, &to, out);
}

/* Whose lists these are: of a profile of which the caller sees the name alone they are not shown. */
static err_t owner_of(struct cx *cx, const char *id_or_name, const char **id)
{
	struct user owner = { 0 };
	TRY(user_get(cx, &(struct user_ref){ id_or_name }, &owner));
	*id = owner.id;
	if (person_shows_ties(&owner))
		return ERR_OK;
	cx->fail.message = "This profile is for its followers alone.";
	return FAIL(cx, ERR_DENIED, "%s is limited", owner.id);
}

static err_t list_of(struct cx *cx, const struct follow_query *in, enum user_tied_by by, struct user_list *out)
{
	const char *owner;
	TRY(owner_of(cx, in->id, &owner));
	return user_tied(cx, &(struct user_tied){ owner, by, RELATION_FOLLOW, &in->want }, out);
}

err_t follow_followers(struct cx *cx, const struct follow_query *in, struct user_list *out)
{
	return list_of(cx, in, USER_TIED_TO, out);
}

err_t follow_following(struct cx *cx, const struct follow_query *in, struct user_list *out)
{
	return list_of(cx, in, USER_TIED_FROM, out);
}

err_t follow_mutual(struct cx *cx, const struct follow_query *in, struct user_list *out)
{
	TRY(person(cx));
	return list_of(cx, in, USER_TIED_MUTUAL, out);
}

err_t follow_requests(struct cx *cx, const struct follow_own_query *in, struct user_list *out)
{
	TRY(person(cx));
	enum user_tied_by by = in->sent ? USER_TIED_FROM : USER_TIED_TO;
	return user_tied(cx, &(struct user_tied){ cx->who.id, by, RELATION_ASK, &in->want }, out);
}

err_t follow_suggest(struct cx *cx, const struct follow_suggest_query *in, struct user_list *out)
{
	TRY(person(cx));
	TRY(user_suggested(cx, in->limit, &out->items));
	out->page = page_fill(cx, &(struct page_want){ .limit = in->limit }, &out->items, -1);
	return ERR_OK;
}

/* --- erasing ------------------------------------------------------------------------------------------------------ */

err_t follow_erase(struct cx *cx, const char *user_id)
{
	return user_uncount_ties(cx, user_id);
}
