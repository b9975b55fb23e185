/* Lists of users: for administrators by filter and order, for everybody by name. A cursor says where a page ended: order,
 * name and number of its last row, signed so that nobody can make one up. */
#include "base/str.h"
#include "crypto/cursor.h"
#include "features/role/role.h"
#include "features/user/user.h"
#include "features/user/user_name.h"
#include "features/user/user_profile.h"
#include "features/user/user_rank.h"
#include "features/user/user_store.h"

#include <string.h>

struct position {
	char phase; /* of a search: 'b' begins, 'h' holds */
	int64_t number;
	const char *name; /* "" when the order needs none */
};

/* The phase goes before the name. */
static const char *write_position(struct cx *cx, const char *kind, const struct position *p)
{
	return cursor_write(cx, kind, &(struct place){ p->number, arena_printf(cx->mem, "%c%s", p->phase, p->name) });
}

static err_t read_position(struct cx *cx, const char *kind, const char *cursor, struct position *out)
{
	struct place p = { 0 };
	TRY(cursor_read(cx, kind, cursor, &p));
	if (cursor)
		*out = (struct position){ *p.text, p.n, p.text + 1 };
	return ERR_OK;
}

/* --- for administrators ------------------------------------------------------------------------------------------- */

static enum user_order order_of(const char *sort)
{
	bool back = *sort == '-';
	bool by_name = strcmp(sort + back, "username") == 0;
	return by_name ? back ? USER_BY_NAME_BACK : USER_BY_NAME : back ? USER_NEWEST : USER_OLDEST;
}

/* The place before all that there are. A list by date begins where its dates do: the database starts to read there. */
static struct position first_of(struct cx *cx, enum user_order order, const struct user_slice *s, bool by_date)
{
	bool back = order == USER_NEWEST || order == USER_BY_NAME_BACK;
	const char *name = order == USER_BY_NAME_BACK ? "\xf4\x8f\xbf\xbf" : "";
	if (!by_date)
		return (struct position){ 'l', back ? INT64_MAX : 0, name };
	int64_t end = s->created_to ? s->created_to : INT64_MAX;
	return (struct position){ 'l', 0, arena_printf(cx->mem, "%lld", (long long)(back ? end : s->created_from)) };
}

/* An address is looked up whole: who searches for one has it. */
static err_t list_one_address(struct cx *cx, const struct user_query *in, struct user_list *out)
{
	struct user *u = arena_new_of(cx->mem, struct user);
	err_t e = user_by_login(cx, in->q, u);
	if (e && e != ERR_NOT_FOUND)
		return e;
	out->items = (struct list){ u, e ? 0 : 1 };
	out->page = page_fill(cx, &in->want, &out->items, in->want.page ? (int64_t)out->items.n : -1);
	return person_visible_some(cx, &out->items);
}

err_t user_list(struct cx *cx, const struct user_query *in, struct user_list *out)
{
	bool known = true;
	TRY(page_check(cx, &in->want));
	if (in->role)
		TRY(role_known(cx, in->role, &known));
	if (!known)
		return cx_field(cx, "role", "is no role that this server knows");
	if (in->q && strchr(in->q, '@'))
		return list_one_address(cx, in, out);
	enum user_order order = order_of(in->sort);
	struct user_slice s = { .role = in->role,
		.status = in->status.has == IS_SET ? user_status_names[in->status.v] : NULL,
		.q = in->q && *in->q ? search_normal(cx->mem, in->q) : NULL,
		.offset = page_offset(&in->want),
		.most = in->want.limit + 1,
		.created_from = in->created_from,
		.created_to = in->created_to,
		.visibility = in->visibility.has == IS_SET ? user_visibility_names[in->visibility.v] : NULL,
		.gender = in->gender,
		.is_private = in->is_private,
		.verified = in->verified };
	bool by_name = order == USER_BY_NAME || order == USER_BY_NAME_BACK,
	     by_date = !by_name && user_slice_by_date(&s);
	const char *kind = arena_printf(cx->mem, "users %s%s", in->sort, by_date ? " by date" : "");
	struct position at = first_of(cx, order, &s, by_date);
	TRY(read_position(cx, kind, in->want.cursor, &at));
	s.after = at.number;
	s.after_name = at.name;
	int64_t total = -1;
	if (in->want.page)
		TRY(user_store_count(cx, &s, &total));
	TRY(user_store_slice(cx, order, &s, &out->items));
	out->page = page_fill(cx, &in->want, &out->items, total);
	const struct user last =
		out->items.n ? ((struct user *)out->items.items)[out->items.n - 1] : (struct user){ 0 };
	TRY(person_visible_some(cx, &out->items));
	if (!out->page->has_next)
		return ERR_OK;
	const char *date = arena_printf(cx->mem, "%lld", (long long)last.created_at);
	struct position end = { 'l', last.number, by_name ? last.username : by_date ? date : "" };
	out->page->next_cursor = write_position(cx, kind, &end);
	return ERR_OK;
}

/* --- for everybody ------------------------------------------------------------------------------------------------ */

enum { HOLDS_FROM = 3 }; /* trigrams need three characters; shorter texts are found by beginnings alone */

/* Beginnings first, then middles; a page may hold some of both. */
static err_t search_slice(
	struct cx *cx, struct user_slice *s, struct position *at, struct list *out, int64_t *begins_total)
{
	*out = (struct list){ 0 };
	int64_t offset = s->offset;
	if (at->phase == 'b') {
		TRY(user_store_begins(cx, s, out));
		if (out->n == (size_t)s->most || utf8_length(s->q) < HOLDS_FROM)
			return ERR_OK;
		if (offset && *begins_total < 0)
			TRY(user_store_begins_count(cx, s, begins_total));
	} else if (utf8_length(s->q) < HOLDS_FROM) {
		return ERR_OK;
	}
	struct user_slice rest = *s;
	struct list more;
	rest.most = s->most - (int64_t)out->n;
	rest.offset = offset > *begins_total && *begins_total >= 0 ? offset - *begins_total : 0;
	rest.after = at->phase == 'h' ? at->number : 0;
	TRY(user_store_holds(cx, &rest, &more));
	struct user *all = arena_array_of(cx->mem, struct user, out->n + more.n + 1);
	if (out->n)
		memcpy(all, out->items, out->n * sizeof *all);
	if (more.n)
		memcpy(all + out->n, more.items, more.n * sizeof *all);
	*out = (struct list){ all, out->n + more.n };
	return ERR_OK;
}

/* Of those who are found first, the likeliest first. A cursor says who stood last: by how much, and his number. */
static err_t search_ranked(struct cx *cx, const struct user_query *in, struct user_slice *s, struct user_list *out)
{
	struct place last = { .n = INT64_MAX, .text = "0" };
	struct user_ranked ranked[USER_SOME];
	int64_t begins = -1, number = 0;
	const char *kind = arena_printf(cx->mem, "best of %s", in->q);
	TRY(cursor_read(cx, kind, in->want.cursor, &last));
	if (!str_int(last.text, &number))
		return FAIL(cx, ERR_INTERNAL, "a cursor without a number");
	s->most = USER_SOME;
	TRY(search_slice(cx, s, &(struct position){ 'b', 0, s->q }, &out->items, &begins));
	TRY(person_visible_some(cx, &out->items));
	TRY(user_rank(cx, s->q, &out->items, ranked));
	size_t first = 0, total = out->items.n, n = 0;
	while (first < total && !user_ranked_behind(&ranked[first], last.n, number))
		first++;
	struct user *shown = arena_array_of(cx->mem, struct user, USER_SOME);
	for (; first + n < total && (int64_t)n <= in->want.limit; n++)
		shown[n] = *ranked[first + n].user;
	out->items = (struct list){ shown, n };
	out->page = page_fill(cx, &in->want, &out->items, -1);
	if (!out->page->has_next)
		return ERR_OK;
	const struct user_ranked *end = &ranked[first + out->items.n - 1];
	const char *text = arena_printf(cx->mem, "%lld", (long long)end->user->number);
	out->page->next_cursor = cursor_write(cx, kind, &(struct place){ end->score, text });
	return ERR_OK;
}

static err_t search_by_name(struct cx *cx, const struct user_query *in, struct user_slice *s, struct user_list *out)
{
	struct position at = { 'b', 0, s->q };
	const char *kind = arena_printf(cx->mem, "search %s", in->q);
	TRY(read_position(cx, kind, in->want.cursor, &at));
	s->after = at.number;
	s->after_name = at.name;
	s->offset = page_offset(&in->want);
	s->most = in->want.limit + 1;
	int64_t total = -1, begins = -1, holds = 0;
	if (in->want.page) {
		TRY(user_store_begins_count(cx, s, &begins));
		if (utf8_length(s->q) >= HOLDS_FROM)
			TRY(user_store_holds_count(cx, s, &holds));
		total = begins + holds;
	}
	TRY(search_slice(cx, s, &at, &out->items, &begins));
	out->page = page_fill(cx, &in->want, &out->items, total);
	const struct user last =
		out->items.n ? ((struct user *)out->items.items)[out->items.n - 1] : (struct user){ 0 };
	TRY(person_visible_some(cx, &out->items));
	if (!out->page->has_next)
		return ERR_OK;
	const char *word = user_store_first_word(cx, &last, s);
	struct position end = { word ? 'b' : 'h', last.number, word ? word : "" };
	out->page->next_cursor = write_position(cx, kind, &end);
	return ERR_OK;
}

err_t user_search(struct cx *cx, const struct user_query *in, struct user_list *out)
{
	bool ranked = in->sort && strcmp(in->sort, "rank") == 0;
	const char *q = search_normal(cx->mem, in->q);
	struct user_slice s = { .q = q, .viewer = person_eyes(cx), .after_name = q };
	TRY(page_check(cx, &in->want));
	if (in->want.page && ranked)
		return cx_field(cx, "page", "pages are by name; by rank go on with the cursor");
	if (!*q)
		return cx_field(cx, "q", "must hold something to look for");
	return ranked ? search_ranked(cx, in, &s, out) : search_by_name(cx, in, &s, out);
}
