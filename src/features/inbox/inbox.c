#include "features/inbox/inbox.h"
#include "base/json.h"
#include "features/inbox/inbox_numbers.h"
#include "features/inbox/inbox_store.h"
#include "features/session/session.h"
#include "features/user/user.h"

#include <string.h>

/* --- status ------------------------------------------------------------------------------------------------------- */

/* A ban, a deletion and whatever else was decided here stands above what neighbours say. */
static err_t set_status(struct cx *cx, const struct user *u, const struct inbox_kind *kind, const struct inbox_data *d)
{
	struct user out = { 0 };
	struct user_status_change to = { .id = u->id, .status = USER_ACTIVE };
	int64_t ended;
	if (kind->status == UNSUSPENDED)
		return u->status == USER_SUSPENDED ? user_set_status(cx, &to, &out) : ERR_OK;
	if (u->status != USER_ACTIVE && u->status != USER_SUSPENDED)
		return ERR_OK;
	if (d->until && d->until <= cx->now)
		return ERR_OK; /* over before it was heard of */
	to.status = USER_SUSPENDED;
	to.reason = d->reason;
	to.until = d->until;
	TRY(user_set_status(cx, &to, &out));
	return session_end_all(cx, u->id, NULL, "suspended", &ended);
}

static err_t hear_status(
	struct cx *cx, const struct user *u, const struct inbox_kind *kind, int64_t at, const struct inbox_data *d)
{
	struct inbox_profile p;
	if (kind->status == SAYS_NOTHING)
		return ERR_OK;
	TRY(inbox_known(cx, u->id, &p));
	if (p.suspended_at > at)
		return ERR_OK; /* something newer was heard before */
	p.suspended_at = at;
	TRY(inbox_store_put(cx, &p));
	return set_status(cx, u, kind, d);
}

/* --- one event ---------------------------------------------------------------------------------------------------- */

/* Whom it concerns: the follower and the followed, the owner of what was liked, else the user. */
static err_t whom(struct cx *cx, const struct inbox_data *d, struct inbox_row *row)
{
	row->user_id = d->follower_id ? d->follower_id : d->owner_id ? d->owner_id : d->user_id;
	row->other_id = d->follower_id ? d->following_id : NULL;
	if (!row->user_id)
		return cx_field_code(cx, "data.user_id", "required", "is required");
	if (d->follower_id && !d->following_id)
		return cx_field_code(cx, "data.following_id", "required", "is required");
	return ERR_OK;
}

static err_t apply(struct cx *cx, const struct inbox_kind *kind, const struct inbox_row *row, const struct user *one,
	const struct inbox_data *d)
{
	TRY(inbox_count(cx, row->user_id, kind, false, row->at));
	if (row->other_id)
		TRY(inbox_count(cx, row->other_id, kind, true, row->at));
	return hear_status(cx, one, kind, row->at, d);
}

err_t inbox_receive(struct cx *cx, const struct inbox_event *in, struct inbox_result *out)
{
	const struct inbox_kind *kind = inbox_kind(in->event_type);
	struct inbox_data d = { 0 };
	struct inbox_row row = { .event_id = in->event_id, .type = in->event_type, .at = in->timestamp };
	struct user one = { 0 }, other = { 0 };
	bool added, yes = true;
	out->outcome = "ignored";
	if (!kind)
		return ERR_OK;
	TRY(json_read(cx, &inbox_data_type, &d, in->data.text, strlen(in->data.text), true));
	TRY(whom(cx, &d, &row));
	/* Nothing happens in the future: a clock that is wrong there must not silence what is said after it. */
	if (!row.at || row.at > cx->now)
		row.at = cx->now;
	TRY(inbox_is_here(cx, row.user_id, false, &one, &yes));
	if (yes && row.other_id)
		TRY(inbox_is_here(cx, row.other_id, false, &other, &yes));
	if (!yes)
		return ERR_OK;
	TRY(inbox_store_keep(cx, &row, &added));
	out->outcome = added ? "counted" : "repeated";
	return added ? apply(cx, kind, &row, &one, &d) : ERR_OK;
}

err_t inbox_profile(struct cx *cx, const struct inbox_ref *in, struct inbox_profile *out)
{
	struct user u = { 0 };
	TRY(user_cached(cx, in->id, &u));
	return inbox_known(cx, u.id, out);
}

/* --- one person --------------------------------------------------------------------------------------------------- */

err_t inbox_erase(struct cx *cx, const char *user_id)
{
	return inbox_store_erase(cx, user_id);
}

err_t inbox_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	struct inbox_profile *p = arena_new_of(cx->mem, struct inbox_profile);
	(void)after;
	(void)next;
	err_t e = inbox_store_get(cx, user_id, p);
	*out = (struct list){ p, e ? 0 : 1 };
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
