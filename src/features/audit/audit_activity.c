/* A person's own rows, as he is shown them: what he did and what befell his account, from which device and address. Who
 * else acted is told in one word, and his address not at all: that is his. */
#include "base/json.h"
#include "base/str.h"
#include "crypto/cursor.h"
#include "features/audit/audit_activity.h"
#include "features/audit/audit_store.h"

#include <string.h>

static const char *by_whom(const char *user_id, const struct audit_row *r)
{
	if (strcmp(r->actor_kind, "anyone") == 0 || strcmp(r->actor_id, user_id) == 0)
		return "self";
	if (strcmp(r->actor_kind, "user") == 0)
		return "administrator";
	return strcmp(r->actor_kind, "service") == 0 ? "service" : "server";
}

/* The device stands in the row of a log-in, and in that of a session's end. */
static void read_device(struct cx *cx, const struct json *from, struct activity *out)
{
	struct activity_device d = { 0 };
	if (!from->text || json_read(cx, &activity_device_type, &d, from->text, strlen(from->text), true))
		return;
	out->device = d.device ? d.device : out->device;
	out->user_agent = d.user_agent ? d.user_agent : out->user_agent;
	out->session_id = d.expires_at ? d.id : out->session_id;
}

static void read_changes(struct cx *cx, const char *changes, struct activity *out)
{
	struct activity_sides sides = { 0 };
	if (*changes && !json_read(cx, &activity_sides_type, &sides, changes, strlen(changes), true)) {
		out->before = sides.before;
		out->after = sides.after;
		read_device(cx, &sides.before, out);
		read_device(cx, &sides.after, out);
	}
	cx_forgive(cx);
}

static struct activity as_activity(struct cx *cx, const char *user_id, const struct audit_row *r)
{
	struct activity a = {
		.at = r->at, .operation = r->operation, .outcome = r->outcome, .by = by_whom(user_id, r)
	};
	if (strcmp(a.by, "self") == 0 && *r->ip)
		a.ip = r->ip;
	read_changes(cx, r->changes, &a);
	return a;
}

static struct list as_activities(struct cx *cx, const char *user_id, const struct list *rows)
{
	const struct audit_row *row = rows->items;
	struct activity *a = arena_array_of(cx->mem, struct activity, rows->n + 1);
	for (size_t i = 0; i < rows->n; i++)
		a[i] = as_activity(cx, user_id, &row[i]);
	return (struct list){ a, rows->n };
}

err_t audit_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	enum { BATCH = 500 };
	int64_t before = INT64_MAX;
	struct list rows;
	if (after && !str_int(after, &before))
		return FAIL(cx, ERR_INTERNAL, "%s is no place in the log", after);
	TRY(audit_store_of(cx, user_id, before, BATCH, &rows));
	const struct audit_row *row = rows.items;
	*next = rows.n == BATCH ? arena_printf(cx->mem, "%lld", (long long)row[rows.n - 1].id) : NULL;
	*out = as_activities(cx, user_id, &rows);
	return ERR_OK;
}

err_t user_activity(struct cx *cx, const struct activity_query *in, struct activity_list *out)
{
	struct place before = { .n = INT64_MAX };
	struct list rows;
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has an activity of his own");
	const char *kind = arena_printf(cx->mem, "activity of %s", cx->who.id);
	TRY(cursor_read(cx, kind, in->want.cursor, &before));
	TRY(audit_store_of(cx, cx->who.id, before.n, in->want.limit + 1, &rows));
	const struct audit_row *row = rows.items;
	out->items = as_activities(cx, cx->who.id, &rows);
	out->page = page_fill(cx, &in->want, &out->items, -1);
	if (out->page->has_next)
		out->page->next_cursor = cursor_write(cx, kind, &(struct place){ .n = row[out->items.n - 1].id });
	return ERR_OK;
}
