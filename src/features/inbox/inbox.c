#include "features/inbox/inbox.h"
#include "base/json.h"
#include "features/inbox/inbox_store.h"
#include "features/session/session.h"
#include "features/user/user.h"

#include <string.h>

enum { SYNC_ROWS = 2000 };

/* What an event of a kind adds to the numbers of its one and its other person, and whether it says how an account is. */
static const struct kind_of_event {
	const char *type;
	struct inbox_profile one, other;
	enum { SAYS_NOTHING, SUSPENDED, UNSUSPENDED } status;
} kinds[] = {
	{ "social.post.created", .one = { .posts_count = 1 } },
	{ "social.post.removed", .one = { .posts_count = -1 } },
	{ "social.post.deleted", .one = { .posts_count = -1 } },
	{ "social.like.created", .one = { .likes_count = 1 } },
	{ "social.like.removed", .one = { .likes_count = -1 } },
	{ "social.follow.created", .one = { .following_count = 1 }, .other = { .followers_count = 1 } },
	{ "social.follow.removed", .one = { .following_count = -1 }, .other = { .followers_count = -1 } },
	{ "moderation.report.created", .one = { .reports_count = 1, .open_reports = 1 } },
	{ "moderation.report.resolved", .one = { .open_reports = -1 } },
	{ "moderation.user.suspended", .one = { .suspensions_count = 1 }, .status = SUSPENDED },
	{ "moderation.user.unsuspended", .status = UNSUSPENDED },
};

static const struct kind_of_event *kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

static void add(struct inbox_profile *to, const struct inbox_profile *what, int64_t times)
{
	to->posts_count += times * what->posts_count;
	to->likes_count += times * what->likes_count;
	to->followers_count += times * what->followers_count;
	to->following_count += times * what->following_count;
	to->reports_count += times * what->reports_count;
	to->open_reports += times * what->open_reports;
	to->suspensions_count += times * what->suspensions_count;
}

static bool same_numbers(const struct inbox_profile *x, const struct inbox_profile *y)
{
	return x->posts_count == y->posts_count && x->likes_count == y->likes_count &&
	       x->followers_count == y->followers_count && x->following_count == y->following_count &&
	       x->reports_count == y->reports_count && x->open_reports == y->open_reports &&
	       x->suspensions_count == y->suspensions_count;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static err_t known(struct cx *cx, const char *id, struct inbox_profile *out)
{
	err_t e = inbox_store_get(cx, id, out);
	if (e == ERR_NOT_FOUND)
		*out = (struct inbox_profile){ 0 };
	out->user_id = id;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int64_t shown(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Keeps the numbers, and shows what changed of them on the account. */
static err_t change(struct cx *cx, const struct inbox_profile *before, const struct inbox_profile *now)
{
	TRY(inbox_store_put(cx, now));
	return user_add_counts(cx, now->user_id,
		&(struct user_counts){ .posts = shown(now->posts_count) - shown(before->posts_count),
			.followers = shown(now->followers_count) - shown(before->followers_count),
			.following = shown(now->following_count) - shown(before->following_count) });
}

static err_t count(struct cx *cx, const char *id, const struct inbox_profile *what)
{
	struct inbox_profile before = { 0 }, now;
	TRY(known(cx, id, &before));
	now = before;
	add(&now, what, 1);
	return same_numbers(&before, &now) ? ERR_OK : change(cx, &before, &now);
}

/* --- status ------------------------------------------------------------------------------------------------------- */

/* A ban, a deletion and whatever else was decided here stands above what neighbours say. */
static err_t set_status(
	struct cx *cx, const struct user *u, const struct kind_of_event *kind, const struct inbox_data *d)
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
	struct cx *cx, const struct user *u, const struct kind_of_event *kind, int64_t at, const struct inbox_data *d)
{
	struct inbox_profile p;
	if (kind->status == SAYS_NOTHING)
		return ERR_OK;
	TRY(known(cx, u->id, &p));
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

static err_t is_here(struct cx *cx, const char *id, struct user *out, bool *yes)
{
	err_t e = user_cached(cx, id, out);
	*yes = !e && (out->status != USER_DELETED || out->erase_at);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static err_t apply(struct cx *cx, const struct kind_of_event *kind, const struct inbox_row *row, const struct user *one,
	const struct inbox_data *d)
{
	TRY(count(cx, row->user_id, &kind->one));
	if (row->other_id)
		TRY(count(cx, row->other_id, &kind->other));
	return hear_status(cx, one, kind, row->at, d);
}

err_t inbox_receive(struct cx *cx, const struct inbox_event *in, struct inbox_result *out)
{
	const struct kind_of_event *kind = kind_of(in->event_type);
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
	TRY(is_here(cx, row.user_id, &one, &yes));
	if (yes && row.other_id)
		TRY(is_here(cx, row.other_id, &other, &yes));
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
	return known(cx, u.id, out);
}

/* --- all again ---------------------------------------------------------------------------------------------------- */

static err_t settle(struct cx *cx, const struct inbox_profile *sum, struct inbox_synced *out)
{
	struct inbox_profile before, now = *sum;
	TRY(known(cx, sum->user_id, &before));
	out->people++;
	now.suspended_at = before.suspended_at;
	if (same_numbers(&before, &now))
		return ERR_OK;
	out->changed++;
	return change(cx, &before, &now);
}

/* The rows of one person stand together. The last person of a full page may have more: he is read again with the next. */
static err_t sync_page(struct cx *cx, const char **after, bool *more, struct inbox_synced *out)
{
	struct list rows;
	TRY(inbox_store_sums(cx, *after, SYNC_ROWS, &rows));
	const struct inbox_sum *s = rows.items;
	struct inbox_profile sum = { 0 };
	*more = rows.n == SYNC_ROWS;
	for (size_t i = 0; i < rows.n; i++) {
		const struct kind_of_event *kind = kind_of(s[i].type);
		sum.user_id = s[i].id;
		if (kind)
			add(&sum, s[i].other ? &kind->other : &kind->one, s[i].n);
		bool last = i + 1 == rows.n;
		if (last ? *more : strcmp(s[i + 1].id, s[i].id) == 0)
			continue;
		TRY(settle(cx, &sum, out));
		*after = s[i].id;
		sum = (struct inbox_profile){ 0 };
	}
	return ERR_OK;
}

err_t inbox_sync(struct cx *cx, const struct none *in, struct inbox_synced *out)
{
	const char *after = "";
	bool more = true;
	(void)in;
	while (more)
		TRY(sync_page(cx, &after, &more, out));
	cx->audit.subject_type = "inbox";
	cx->audit.subject_id = "all";
	return ERR_OK;
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
