#include "features/audit/audit.h"
#include "crypto/cursor.h"
#include "features/audit/audit_store.h"

#include <string.h>

/* A row's time is that of its call's beginning, its id that of its end: between them may lie a queue. */
enum { SKEW_MS = 15 * 60 * 1000, WINDOW = 20000, WINDOWS = 10 };

static const char cursor_kind[] = "audit";

/* --- times to ids ------------------------------------------------------------------------------------------------- */

/* The first id from which on rows may be as young as `at`: by halves, since ids grow as time does. */
static err_t first_id(struct cx *cx, int64_t at, int64_t last, int64_t *out)
{
	int64_t low = 1, high = last + 1; /* all rows before low are older; that of high, if there is one, is not */
	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		struct audit_row row = { 0 };
		err_t e = audit_store_from(cx, middle, &row);
		if (e && e != ERR_NOT_FOUND)
			return e;
		if (!e && row.id < high && row.at < at)
			low = row.id + 1;
		else
			high = middle;
	}
	*out = low;
	return ERR_OK;
}

/* Narrows the window to what was written about that time; the rows themselves say exactly when. */
static err_t narrow(struct cx *cx, const struct audit_query *in, struct audit_window *w)
{
	int64_t last, id;
	if (!in->from && !in->to)
		return ERR_OK;
	TRY(audit_store_last_id(cx, &last));
	if (in->from) {
		TRY(first_id(cx, in->from - SKEW_MS, last, &id));
		w->from_id = id > w->from_id ? id : w->from_id;
	}
	if (in->to) {
		TRY(first_id(cx, in->to + SKEW_MS, last, &id));
		w->before_id = id < w->before_id ? id : w->before_id;
	}
	return ERR_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* No index serves these: rows are looked through, a window at a time. */
static bool looks_through(const struct audit_query *q)
{
	return !q->subject_id && !q->actor_id && (q->operation || q->outcome || q->address);
}

static void append(struct cx *cx, struct list *all, const struct list *more)
{
	struct audit_row *both = arena_array_of(cx->mem, struct audit_row, all->n + more->n + 1);
	if (all->n)
		memcpy(both, all->items, all->n * sizeof *both);
	if (more->n)
		memcpy(both + all->n, more->items, more->n * sizeof *both);
	*all = (struct list){ both, all->n + more->n };
}

/* *stopped: the id at which it stopped looking, though there may be more; 0: it saw all or the page is full. */
static err_t look_through(
	struct cx *cx, const struct audit_query *in, struct audit_window w, struct list *out, int64_t *stopped)
{
	int64_t last, most = w.most;
	*stopped = 0;
	TRY(audit_store_last_id(cx, &last));
	int64_t before = w.before_id < last + 1 ? w.before_id : last + 1;
	for (int i = 0; i < WINDOWS && before > w.from_id; i++) {
		struct list some;
		int64_t from = before - WINDOW > w.from_id ? before - WINDOW : w.from_id;
		TRY(audit_store_list(cx, in, &(struct audit_window){ from, before, most - (int64_t)out->n }, &some));
		append(cx, out, &some);
		if ((int64_t)out->n >= most)
			return ERR_OK;
		before = from;
	}
	*stopped = before > w.from_id && before > 1 ? before : 0;
	return ERR_OK;
}

static const char *cursor_at(struct cx *cx, int64_t id)
{
	return cursor_write(cx, cursor_kind, &(struct place){ .n = id });
}

static err_t start_of(struct cx *cx, const struct page_want *want, const char *kind, int64_t *before)
{
	struct place p = { .n = INT64_MAX };
	TRY(cursor_read(cx, kind, want->cursor, &p));
	*before = p.n;
	return ERR_OK;
}

err_t audit_list(struct cx *cx, const struct audit_query *in, struct audit_list *out)
{
	struct audit_window w = { .from_id = 1, .most = in->want.limit + 1 };
	int64_t stopped = 0;
	TRY(start_of(cx, &in->want, cursor_kind, &w.before_id));
	TRY(narrow(cx, in, &w));
	TRY(looks_through(in) ? look_through(cx, in, w, &out->items, &stopped)
			      : audit_store_list(cx, in, &w, &out->items));
	out->page = page_fill(cx, &in->want, &out->items, -1);
	const struct audit_row *row = out->items.items;
	if (out->page->has_next)
		out->page->next_cursor = cursor_at(cx, row[out->items.n - 1].id);
	else if (stopped)
		out->page->next_cursor = cursor_at(cx, stopped);
	out->page->has_next = out->page->next_cursor;
	return ERR_OK;
}
