#include "features/inbox/inbox_numbers.h"
#include "features/inbox/inbox_store.h"
#include "features/user/user.h"

#include <string.h>

enum { SYNC_ROWS = 2000 };

const char *const inbox_source_names[] = { "social", "moderation", NULL };

const struct inbox_kind *inbox_kind(const char *type)
{
	static const struct inbox_kind kinds[] = {
		{ "social.post.created", INBOX_SOCIAL, .one = { .posts = 1 } },
		{ "social.post.removed", INBOX_SOCIAL, .one = { .posts = -1 } },
		{ "social.post.deleted", INBOX_SOCIAL, .one = { .posts = -1 } },
		{ "social.like.created", INBOX_SOCIAL, .one = { .likes = 1 } },
		{ "social.like.removed", INBOX_SOCIAL, .one = { .likes = -1 } },
		{ "social.follow.created", INBOX_SOCIAL, .one = { .following = 1 }, .other = { .followers = 1 } },
		{ "social.follow.removed", INBOX_SOCIAL, .one = { .following = -1 }, .other = { .followers = -1 } },
		{ "moderation.report.created", INBOX_MODERATION, .one = { .reports = 1, .open_reports = 1 } },
		{ "moderation.report.resolved", INBOX_MODERATION, .one = { .open_reports = -1 } },
		{ "moderation.user.suspended", INBOX_MODERATION, .one = { .suspensions = 1 }, .status = SUSPENDED },
		{ "moderation.user.unsuspended", INBOX_MODERATION, .status = UNSUSPENDED },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

static void add(struct inbox_numbers *to, const struct inbox_numbers *what, int64_t times)
{
	to->posts += times * what->posts;
	to->likes += times * what->likes;
	to->followers += times * what->followers;
	to->following += times * what->following;
	to->reports += times * what->reports;
	to->open_reports += times * what->open_reports;
	to->suspensions += times * what->suspensions;
}

static bool same(const struct inbox_numbers *x, const struct inbox_numbers *y)
{
	return x->posts == y->posts && x->likes == y->likes && x->followers == y->followers &&
	       x->following == y->following && x->reports == y->reports && x->open_reports == y->open_reports &&
	       x->suspensions == y->suspensions;
}

err_t inbox_known(struct cx *cx, const char *user_id, struct inbox_profile *out)
{
	err_t e = inbox_store_get(cx, user_id, out);
	if (e == ERR_NOT_FOUND)
		*out = (struct inbox_profile){ 0 };
	out->user_id = user_id;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t inbox_is_here(struct cx *cx, const char *user_id, bool exact, struct user *out, bool *yes)
{
	err_t e = exact ? user_by_id(cx, user_id, out) : user_cached(cx, user_id, out);
	*yes = !e && (out->status != USER_DELETED || out->erase_at);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static int64_t shown(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Keeps the numbers, and shows what changed of them on the account. */
static err_t change(struct cx *cx, const struct inbox_profile *before, const struct inbox_profile *now)
{
	const struct inbox_numbers *x = &before->now, *y = &now->now;
	TRY(inbox_store_put(cx, now));
	return user_add_counts(cx, now->user_id,
		&(struct user_counts){ .posts = shown(y->posts) - shown(x->posts),
			.followers = shown(y->followers) - shown(x->followers),
			.following = shown(y->following) - shown(x->following) });
}

err_t inbox_count(struct cx *cx, const char *user_id, const struct inbox_kind *kind, bool other, int64_t at)
{
	struct inbox_profile before = { 0 }, now;
	TRY(inbox_known(cx, user_id, &before));
	if (at <= before.said_at[kind->from])
		return ERR_OK;
	now = before;
	add(&now.now, other ? &kind->other : &kind->one, 1);
	return same(&before.now, &now.now) ? ERR_OK : change(cx, &before, &now);
}

/* --- all again ---------------------------------------------------------------------------------------------------- */

static err_t settle(struct cx *cx, const char *user_id, const struct inbox_numbers *sum, struct inbox_synced *out)
{
	struct inbox_profile before, now;
	TRY(inbox_known(cx, user_id, &before));
	out->people++;
	now = before;
	now.now = before.said;
	add(&now.now, sum, 1);
	if (same(&before.now, &now.now))
		return ERR_OK;
	out->changed++;
	return change(cx, &before, &now);
}

static void add_sum(struct inbox_numbers *to, const struct inbox_sum *s)
{
	const struct inbox_kind *kind = inbox_kind(s->type);
	if (kind)
		add(to, s->other ? &kind->other : &kind->one, s->n);
}

/* The rows of one person stand together. The last person of a full page may have more: he is read again with the next. */
static err_t sync_page(struct cx *cx, const char **after, bool *more, struct inbox_synced *out)
{
	struct list rows;
	TRY(inbox_store_sums(cx, *after, SYNC_ROWS, &rows));
	const struct inbox_sum *s = rows.items;
	struct inbox_numbers sum = { 0 };
	*more = rows.n == SYNC_ROWS;
	for (size_t i = 0; i < rows.n; i++) {
		add_sum(&sum, &s[i]);
		bool last = i + 1 == rows.n;
		if (last ? *more : strcmp(s[i + 1].id, s[i].id) == 0)
			continue;
		TRY(settle(cx, s[i].id, &sum, out));
		*after = s[i].id;
		sum = (struct inbox_numbers){ 0 };
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

/* --- what a page says --------------------------------------------------------------------------------------------- */

/* What the kept events of a neighbour add to a person's numbers after a moment. */
static err_t later_events(
	struct cx *cx, const char *user_id, enum inbox_source from, int64_t at, struct inbox_numbers *out)
{
	struct list rows;
	TRY(inbox_store_sums_of(cx, user_id, at, &rows));
	const struct inbox_sum *s = rows.items;
	*out = (struct inbox_numbers){ 0 };
	for (size_t i = 0; i < rows.n; i++) {
		const struct inbox_kind *kind = inbox_kind(s[i].type);
		if (kind && kind->from == from)
			add_sum(out, &s[i]);
	}
	return ERR_OK;
}

/* What the page does not tell stays what it is now: it is said so that with the later events it comes to that. */
static void say(int64_t *said, int64_t *now, const struct opt_int *told, int64_t later)
{
	*said = told->has == IS_SET ? told->v : *now - later;
	*now = *said + later;
}

static void say_all(
	struct inbox_profile *p, enum inbox_source from, const struct inbox_entry *e, const struct inbox_numbers *later)
{
	if (from == INBOX_SOCIAL) {
		say(&p->said.posts, &p->now.posts, &e->posts, later->posts);
		say(&p->said.likes, &p->now.likes, &e->likes, later->likes);
		say(&p->said.followers, &p->now.followers, &e->followers, later->followers);
		say(&p->said.following, &p->now.following, &e->following, later->following);
		return;
	}
	say(&p->said.reports, &p->now.reports, &e->reports, later->reports);
	say(&p->said.open_reports, &p->now.open_reports, &e->open_reports, later->open_reports);
	say(&p->said.suspensions, &p->now.suspensions, &e->suspensions, later->suspensions);
}

/* How far the account's own counter is from what the neighbour tells: it may have been set before, by an import. */
static int64_t gap(const struct opt_int *told, int64_t now, int64_t account)
{
	return told->has == IS_SET ? shown(now) - account : 0;
}

static err_t put_numbers(struct cx *cx, const struct inbox_entry *e, enum inbox_source from, const struct user *u,
	const struct inbox_profile *before, struct inbox_profile *now, struct inbox_put_out *out)
{
	struct user_counts more = { 0 };
	if (from == INBOX_SOCIAL)
		more = (struct user_counts){ .posts = gap(&e->posts, now->now.posts, u->posts_count),
			.followers = gap(&e->followers, now->now.followers, u->followers_count),
			.following = gap(&e->following, now->now.following, u->following_count) };
	bool differs = !same(&before->now, &now->now) || more.posts || more.followers || more.following;
	out->changed += differs;
	if (differs || !same(&before->said, &now->said) || before->said_at[from] != now->said_at[from])
		TRY(inbox_store_put(cx, now));
	return user_add_counts(cx, now->user_id, &more);
}

static err_t put_entry(struct cx *cx, const struct inbox_entry *e, enum inbox_source from, const struct user *u,
	struct inbox_put_out *out)
{
	struct inbox_profile before = { 0 }, now;
	struct inbox_numbers later;
	/* Nothing is right in the future: a clock that is wrong there must not silence the events until then. */
	int64_t at = e->at > 0 && e->at < cx->now ? e->at : cx->now;
	TRY(inbox_known(cx, e->user_id, &before));
	if (at < before.said_at[from]) {
		out->older++;
		return ERR_OK;
	}
	TRY(later_events(cx, e->user_id, from, at, &later));
	now = before;
	now.said_at[from] = at;
	say_all(&now, from, e, &later);
	return put_numbers(cx, e, from, u, &before, &now, out);
}

err_t inbox_put(struct cx *cx, const struct inbox_put_in *in, struct inbox_put_out *out)
{
	const struct inbox_entry *e = in->profiles.items;
	for (size_t i = 0; i < in->profiles.n; i++) {
		struct user u = { 0 };
		bool yes;
		TRY(inbox_is_here(cx, e[i].user_id, true, &u, &yes));
		out->people += yes;
		out->unknown += !yes;
		if (yes)
			TRY(put_entry(cx, &e[i], (enum inbox_source)in->from, &u, out));
	}
	cx->audit.subject_type = "inbox";
	cx->audit.subject_id = inbox_source_names[in->from];
	return ERR_OK;
}
