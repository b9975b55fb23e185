#include "features/notification/notification.h"
#include "crypto/cursor.h"
#include "features/notification/notification_store.h"
#include "features/relation/relation.h"
#include "features/user/user.h"

#include <string.h>

enum { DAY_MS = 86400000, CLEAN_BATCH = 5000, STRETCH = 20000, CROWDS = 100, BATCH = 200 };

static err_t own_only(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person has notifications of its own");
}

/* For the audit: not the person, whose activity it is none of. */
static void concerns(struct cx *cx, const char *id)
{
	cx->audit.subject_type = "notification";
	cx->audit.subject_id = id;
}

/* --- storing ------------------------------------------------------------------------------------------------------ */

static const char *or_nothing(const char *s)
{
	return s && *s ? s : NULL;
}

static err_t store(struct cx *cx, struct notification *n, bool *added)
{
	n->id = id_new(cx);
	n->created_at = cx->now;
	if (!n->data.text)
		n->data.text = "{}";
	TRY(notification_store_add(cx, n, added));
	if (*added)
		return emit(cx, &notification_created, n->user_id, n);
	err_t e = notification_store_by_request(cx, n->user_id, n->request_id, n);
	return e == ERR_NOT_FOUND ? ERR_OK : e; /* cleaned away at this moment: it is as old as that */
}

err_t notification_add(struct cx *cx, const struct notification_new *in, struct notification *out, bool *added)
{
	*out = (struct notification){ .user_id = in->id,
		.type = in->type,
		.code = or_nothing(in->code),
		.title = or_nothing(in->title),
		.body = or_nothing(in->body),
		.data = in->data,
		.priority = in->priority,
		.request_id = in->request_id };
	return store(cx, out, added);
}

err_t notification_send(struct cx *cx, const struct notification_new *in, struct notification *out)
{
	struct user u = { 0 };
	bool added;
	TRY(user_by_id(cx, in->id, &u));
	if (u.status == USER_DELETED)
		return FAIL(cx, ERR_NOT_FOUND, "%s is deleted", u.id);
	TRY(notification_add(cx, in, out, &added));
	concerns(cx, out->id);
	if (!added)
		cx->status = 200;
	return ERR_OK;
}

err_t notification_cause(struct cx *cx, const char *user_id, const char *type, const char *actor_id)
{
	struct notification n = { 0 };
	unsigned ties;
	bool added;
	TRY(relation_ties(cx, user_id, 1, &actor_id, &ties));
	if (ties_blocked(ties) || (ties & tie_to(RELATION_MUTE)))
		return ERR_OK;
	err_t e = notification_store_by_actor(cx, user_id, type, actor_id, &n);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && n.created_at > cx->now - DAY_MS)
		return notification_store_bring_back(cx, user_id, n.id);
	if (!e)
		TRY(notification_store_remove_caused(cx, user_id, type, actor_id));
	n = (struct notification){ .user_id = user_id, .type = type, .actor_id = actor_id };
	return store(cx, &n, &added);
}

err_t notification_withdraw(struct cx *cx, const char *user_id, const char *type, const char *actor_id)
{
	return notification_store_withdraw(cx, user_id, type, actor_id);
}

err_t notification_part_ways(struct cx *cx, const char *a, const char *b)
{
	return notification_store_part_ways(cx, a, b);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

err_t notification_list(struct cx *cx, const struct notification_query *in, struct notification_list *out)
{
	struct place before = { 0 };
	TRY(own_only(cx));
	const char *kind = arena_printf(cx->mem, "notifications of %s", cx->who.id);
	TRY(cursor_read(cx, kind, in->want.cursor, &before));
	const struct notification_slice slice = { cx->who.id, before.text, in->type, in->unread, in->want.limit + 1 };
	TRY(notification_store_list(cx, &slice, &out->items));
	out->page = cursor_page(cx, &in->want, kind, &notification_type, &out->items);
	return ERR_OK;
}

static err_t one(struct cx *cx, const char *id, struct notification *out)
{
	err_t e = notification_store_get(cx, cx->who.id, id, out);
	return e == ERR_NOT_FOUND ? FAIL(cx, e, "no notification %s", id) : e;
}

err_t notification_get(struct cx *cx, const struct notification_ref *in, struct notification *out)
{
	TRY(own_only(cx));
	return one(cx, in->id, out);
}

err_t notification_count(struct cx *cx, const struct none *in, struct notification_count *out)
{
	(void)in;
	TRY(own_only(cx));
	return notification_store_count(cx, cx->who.id, out);
}

static err_t tell_read(struct cx *cx, const char *id)
{
	const struct notification_seen seen = { id, cx->who.id, cx->now };
	return emit(cx, &notification_was_read, cx->who.id, &seen);
}

err_t notification_read(struct cx *cx, const struct notification_ref *in, struct notification *out)
{
	TRY(own_only(cx));
	err_t e = notification_store_read(cx, cx->who.id, in->id, out);
	if (e == ERR_NOT_FOUND)
		return one(cx, in->id, out);
	TRY(e);
	return tell_read(cx, out->id);
}

err_t notification_read_all(struct cx *cx, const struct none *in, struct notification_marked *out)
{
	(void)in;
	TRY(own_only(cx));
	TRY(notification_store_read_all(cx, cx->who.id, &out->marked));
	return out->marked ? tell_read(cx, NULL) : ERR_OK;
}

err_t notification_delete(struct cx *cx, const struct notification_ref *in, struct none *out)
{
	bool deleted;
	(void)out;
	TRY(own_only(cx));
	concerns(cx, in->id);
	TRY(notification_store_delete(cx, cx->who.id, in->id, &deleted));
	return deleted ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "no notification %s", in->id);
}

/* --- a person's own ----------------------------------------------------------------------------------------------- */

err_t notification_erase(struct cx *cx, const char *user_id)
{
	return notification_store_erase(cx, user_id);
}

err_t notification_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	const struct notification_slice slice = { .user_id = user_id, .before = after, .most = BATCH };
	TRY(notification_store_list(cx, &slice, out));
	const struct notification *n = out->items;
	*next = out->n == BATCH ? n[BATCH - 1].id : NULL;
	return ERR_OK;
}

/* --- cleaning ----------------------------------------------------------------------------------------------------- */

err_t notification_clean(struct cx *cx)
{
	TRY(notification_store_clean_away(cx, cx->now - DAY_MS, CLEAN_BATCH));
	return notification_store_clean(cx, cx->now - CONF_OF(cx, notification)->keep, CLEAN_BATCH);
}

/* A walk in the order of people looks at each in his turn; where much is to be removed it stays until that is done. */
err_t notification_trim(struct cx *cx)
{
	static char at[40]; /* jobs run one at a time */
	const int64_t most = CONF_OF(cx, notification)->most;
	int64_t left = CLEAN_BATCH;
	const char *end;
	struct list some;
	TRY(notification_store_stretch(cx, at, STRETCH, &end));
	TRY(notification_store_crowded(cx, at, end, most, CROWDS, &some));
	const struct notification_crowd *one_of = some.items;
	for (size_t i = 0; i < some.n && left > 0; i++) {
		int64_t removed;
		TRY(notification_store_trim(cx, one_of[i].user_id, one_of[i].erased ? 0 : most, left, &removed));
		left -= removed;
	}
	if (left > 0 && some.n < CROWDS)
		memcpy(at, end ? end : "", strnlen(end ? end : "", sizeof at - 1) + 1);
	return ERR_OK;
}
