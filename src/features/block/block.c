#include "features/block/block.h"
#include "crypto/cursor.h"
#include "features/block/block_store.h"
#include "features/follow/follow.h"
#include "features/notification/notification.h"

#include <string.h>

/* Whom it is about. Also somebody who blocks the caller and so is gone for him: he may want to block him as well. */
static err_t other_of(struct cx *cx, const char *id_or_name, struct user *out)
{
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person blocks and mutes");
	TRY(user_by_ref(cx, id_or_name, out));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = out->id;
	return strcmp(out->id, cx->who.id) == 0 ? FAIL(cx, ERR_ONESELF, "%s", out->id) : ERR_OK;
}

static void show(const struct relation *r, const struct user *u, struct block *out)
{
	*out = (struct block){ .id = r->id,
		.user_id = u->id,
		.username = u->username,
		.display_name = u->display_name,
		.avatar_url = u->avatar_url,
		.reason = r->reason,
		.created_at = r->at };
}

static err_t tell(struct cx *cx, const struct event *ev, const char *blocked)
{
	return emit(cx, ev, blocked, &(struct block_told){ cx->who.id, blocked, cx->now });
}

/* Adds the row, or takes it as it is; *added: there was none. */
static err_t add(struct cx *cx, const struct user *other, enum relation_kind kind, const char *reason,
	struct block *out, bool *added)
{
	struct relation r = { 0 };
	err_t e = relation_get(cx, cx->who.id, other->id, kind, &r);
	if (e && e != ERR_NOT_FOUND)
		return e;
	*added = e == ERR_NOT_FOUND;
	if (*added) {
		r = (struct relation){ .from_id = cx->who.id, .to_id = other->id, .kind = kind, .reason = reason };
		TRY(relation_add(cx, &r));
	}
	show(&r, other, out);
	return ERR_OK;
}

err_t block_create(struct cx *cx, const struct block_new *in, struct block *out)
{
	struct user other = { 0 };
	bool added, ended;
	TRY(other_of(cx, in->id, &other));
	const char *const me = cx->who.id;
	TRY(relation_lock(cx, me, other.id));
	TRY(add(cx, &other, RELATION_BLOCK, in->reason, out, &added));
	if (!added)
		return ERR_OK;
	TRY(follow_end(cx, me, other.id, &ended));
	TRY(follow_end(cx, other.id, me, &ended));
	TRY(notification_part_ways(cx, me, other.id));
	return tell(cx, &user_blocked, other.id);
}

static err_t take_back(struct cx *cx, const char *id, enum relation_kind kind, struct user *other)
{
	bool removed;
	TRY(other_of(cx, id, other));
	TRY(relation_lock(cx, cx->who.id, other->id));
	TRY(relation_remove(cx, cx->who.id, other->id, kind, &removed));
	return removed ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "no %s of %s", relation_kind_names[kind], other->id);
}

err_t block_remove(struct cx *cx, const struct user_ref *in, struct none *out)
{
	struct user other = { 0 };
	(void)out;
	TRY(take_back(cx, in->id, RELATION_BLOCK, &other));
	return tell(cx, &user_unblocked, other.id);
}

err_t mute_create(struct cx *cx, const struct user_ref *in, struct block *out)
{
	struct user other = { 0 };
	bool added;
	TRY(other_of(cx, in->id, &other));
	TRY(relation_lock(cx, cx->who.id, other.id));
	return add(cx, &other, RELATION_MUTE, NULL, out, &added);
}

err_t mute_remove(struct cx *cx, const struct user_ref *in, struct none *out)
{
	struct user other = { 0 };
	(void)out;
	return take_back(cx, in->id, RELATION_MUTE, &other);
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

static err_t list_of(struct cx *cx, enum relation_kind what, const struct page_want *want, struct block_list *out)
{
	struct place after = { .n = INT64_MAX, .text = "" };
	int64_t total = -1;
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person blocks and mutes");
	TRY(page_check(cx, want));
	const char *kind = arena_printf(cx->mem, "%ss of %s", relation_kind_names[what], cx->who.id);
	TRY(cursor_read(cx, kind, want->cursor, &after));
	if (want->page)
		TRY(block_store_count(cx, cx->who.id, relation_kind_names[what], &total));
	TRY(block_store_list(cx, cx->who.id, relation_kind_names[what], after.n, after.text, page_offset(want),
		want->limit + 1, &out->items));
	out->page = page_fill(cx, want, &out->items, total);
	const struct block *last = (const struct block *)out->items.items + out->items.n - 1;
	if (out->page->has_next)
		out->page->next_cursor = cursor_write(cx, kind, &(struct place){ last->created_at, last->user_id });
	return ERR_OK;
}

err_t block_list(struct cx *cx, const struct block_query *in, struct block_list *out)
{
	return list_of(cx, RELATION_BLOCK, &in->want, out);
}

err_t mute_list(struct cx *cx, const struct block_query *in, struct block_list *out)
{
	return list_of(cx, RELATION_MUTE, &in->want, out);
}
