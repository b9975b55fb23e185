/* Lists of people by what is between them and one person. A cursor says where a page ended: who stood there, and since
 * when he was tied; so the list is stable while others come and go. */
#include "base/json.h"
#include "crypto/cursor.h"
#include "features/relation/relation.h"
#include "features/user/user_profile.h"
#include "features/user/user_store.h"
#include "features/user/user_tied_store.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct user *)a)->id, ((const struct user *)b)->id);
}

/* In the order of the ids, without those that are gone meanwhile. */
static void arrange(struct cx *cx, size_t n, const char *const *ids, struct list *users)
{
	struct user *u = users->items, *sorted = arena_array_of(cx->mem, struct user, n + 1);
	size_t m = 0;
	qsort(u, users->n, sizeof *u, by_id);
	for (size_t i = 0; i < n; i++) {
		const struct user key = { .id = ids[i] };
		const struct user *at = bsearch(&key, u, users->n, sizeof *u, by_id);
		if (at)
			sorted[m++] = *at;
	}
	*users = (struct list){ sorted, m };
}

err_t user_visible_by_ids(struct cx *cx, size_t n, const char *const *ids, struct list *out)
{
	*out = (struct list){ 0 };
	if (n)
		TRY(user_store_many(cx, json_texts(cx->mem, n, ids), n, out));
	if (!out->items)
		return ERR_OK;
	arrange(cx, n, ids, out);
	return person_visible_some(cx, out);
}

err_t user_visible_each(struct cx *cx, size_t n, const char *const *ids, const void **out)
{
	struct list found;
	TRY(user_visible_by_ids(cx, n, ids, &found));
	const struct user *u = found.items;
	for (size_t i = 0, k = 0; i < n; i++)
		out[i] = k < found.n && strcmp(u[k].id, ids[i]) == 0 ? &u[k++] : NULL;
	return ERR_OK;
}

static err_t users_of(struct cx *cx, const struct list *ties, struct list *out)
{
	const struct user_tie *tie = ties->items;
	const char **ids = arena_array_of(cx->mem, const char *, ties->n);
	for (size_t i = 0; i < ties->n; i++)
		ids[i] = tie[i].user_id;
	return user_visible_by_ids(cx, ties->n, ids, out);
}

/* What a cursor of such a list is good for. */
static const char *list_kind(struct cx *cx, const char *owner, enum user_tied_by by, unsigned kind)
{
	return arena_printf(cx->mem, "ties %d %s of %s", (int)by, relation_kind_names[kind], owner);
}

err_t user_tied(struct cx *cx, const struct user_tied *in, struct user_list *out)
{
	const struct page_want *want = in->want;
	struct place after = { .n = INT64_MAX, .text = "" };
	struct list ties;
	TRY(page_check(cx, want));
	/* Whose followees the list is held against: also of who sees all. */
	const char *viewer = in->by == USER_TIED_MUTUAL ? cx->who.id : person_eyes(cx);
	const char *kind = list_kind(cx, in->owner, in->by, in->kind);
	struct user_ties_slice s = { .owner = in->owner,
		.kind = relation_kind_names[in->kind],
		.viewer = viewer,
		.offset = page_offset(want),
		.most = want->limit + 1 };
	TRY(cursor_read(cx, kind, want->cursor, &after));
	s.after = (struct user_tie){ .user_id = after.text, .at = after.n };
	int64_t total = -1;
	if (want->page)
		TRY(user_tied_store_count(cx, in->by, &s, &total));
	TRY(user_tied_store_slice(cx, in->by, &s, &ties));
	out->page = page_fill(cx, want, &ties, total);
	const struct user_tie *last = (const struct user_tie *)ties.items + ties.n - 1;
	if (out->page->has_next)
		out->page->next_cursor = cursor_write(cx, kind, &(struct place){ last->at, last->user_id });
	return users_of(cx, &ties, &out->items);
}

/* The page of one owner: his ties are those from `from` to `to`. */
static void page_of(struct cx *cx, const struct user_tied_some *in, const char *owner, const struct user_tie *from,
	size_t n, struct user_list *out)
{
	struct list ties = { (void *)(uintptr_t)from, n };
	out->page = page_fill(cx, &(struct page_want){ .limit = in->limit }, &ties, -1);
	const struct user_tie *last = from + ties.n - 1;
	if (out->page->has_next)
		out->page->next_cursor = cursor_write(
			cx, list_kind(cx, owner, in->by, in->kind), &(struct place){ last->at, last->user_id });
	out->items.n = ties.n;
}

/* Gives each owner's page its people, who were read all at once; those that the caller does not see are left out. */
static void hand_out(struct cx *cx, const void *const *users, struct user_list *page)
{
	struct user *some = arena_array_of(cx->mem, struct user, page->items.n);
	size_t n = 0;
	for (size_t i = 0; i < page->items.n; i++)
		if (users[i])
			some[n++] = *(const struct user *)users[i];
	page->items = (struct list){ some, n };
}

err_t user_tied_some(struct cx *cx, const struct user_tied_some *in, struct user_list *out)
{
	struct list rows;
	size_t most = in->n * ((size_t)in->limit + 1), at = 0;
	TRY(user_tied_store_some(cx, in, json_texts(cx->mem, in->n, in->owners), person_eyes(cx), most, &rows));
	const struct user_tie *tie = rows.items;
	const char **ids = arena_array_of(cx->mem, const char *, rows.n);
	const void **users = arena_array_of(cx->mem, const void *, rows.n);
	for (size_t i = 0; i < rows.n; i++)
		ids[i] = tie[i].user_id;
	TRY(user_visible_each(cx, rows.n, ids, users));
	/* Rows of one owner stand together, in the order of the owners. */
	for (size_t i = 0; i < in->n; i++) {
		size_t n = 0;
		while (at + n < rows.n && strcmp(tie[at + n].owner_id, in->owners[i]) == 0)
			n++;
		page_of(cx, in, in->owners[i], tie + at, n, &out[i]);
		hand_out(cx, users + at, &out[i]);
		at += n;
	}
	return ERR_OK;
}

err_t user_suggested(struct cx *cx, int64_t most, struct list *out)
{
	struct list ties;
	TRY(user_tied_store_suggest(cx, cx->who.id, most, &ties));
	return users_of(cx, &ties, out);
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

err_t user_count_follow(struct cx *cx, const char *follower, const char *followed, int64_t by)
{
	const struct {
		const char *id;
		struct user_counts more;
	} ends[] = { { follower, { .following = by } }, { followed, { .followers = by } } };
	bool swap = strcmp(follower, followed) > 0, there;
	for (size_t i = 0; i < 2; i++) {
		const char *id = ends[i ^ swap].id;
		TRY(user_store_add_counts(cx, id, &ends[i ^ swap].more, &there));
		if (!there && by > 0)
			return FAIL(cx, ERR_NOT_FOUND, "%s was erased", id);
		TRY(emit(cx, &user_counted, id, &(struct user_counted){ id }));
	}
	return ERR_OK;
}

/* Memory holds a profile with its numbers. Of the ties of a crowd not each is told. */
err_t user_uncount_ties(struct cx *cx, const char *id)
{
	enum { TOLD_MAX = 500 };
	struct list told;
	TRY(user_tied_store_uncount(cx, id, TOLD_MAX, &told));
	const struct user_ref *one = told.items;
	if (told.n > TOLD_MAX)
		return emit(cx, &user_recounted, id, &(struct user_counted){ id });
	for (size_t i = 0; i < told.n; i++)
		TRY(emit(cx, &user_counted, one[i].id, &(struct user_counted){ one[i].id }));
	return ERR_OK;
}
