/* What people do with reports: they make them, and see what became of them. */
#include "features/report/report.h"
#include "base/json.h"
#include "crypto/cursor.h"
#include "features/report/report_store.h"

#include <string.h>

static err_t person(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person reports, and is reported");
}

/* The profile as moderators may see it: it may be another when they look. */
static const char *snapshot_of(struct cx *cx, const struct user *u)
{
	struct buf b = { .mem = cx->mem };
	json_write(&b, &report_snapshot_type, u, JSON_ANSWER);
	return buf_cstr(&b);
}

static err_t check_content(struct cx *cx, const struct report_new *in)
{
	if (!in->content_type == !in->content_id)
		return ERR_OK;
	const char *missing = in->content_type ? "content_id" : "content_type";
	return cx_field_code(cx, missing, "required", "is required together with the other");
}

err_t report_create(struct cx *cx, const struct report_new *in, struct report *out)
{
	struct user u = { 0 };
	bool added;
	TRY(person(cx));
	TRY(check_content(cx, in));
	TRY(user_by_ref(cx, in->user_id, &u)); /* also who blocks him: what such a one did stays reportable */
	cx->audit.subject_type = "user";
	cx->audit.subject_id = u.id;
	if (strcmp(u.id, cx->who.id) == 0)
		return FAIL(cx, ERR_ONESELF, "%s", u.id);
	*out = (struct report){ .id = id_new(cx),
		.reporter_id = cx->who.id,
		.user_id = u.id,
		.content_type = in->content_type ? in->content_type : "",
		.content_id = in->content_id ? in->content_id : "",
		.type = in->type,
		.reason = in->reason,
		.evidence = in->evidence,
		.snapshot = { snapshot_of(cx, &u) },
		.status = REPORT_OPEN,
		.created_at = cx->now };
	TRY(report_store_add(cx, out, &added));
	if (!added)
		return FAIL(cx, ERR_REPORTED, "%s by %s", u.id, cx->who.id);
	const struct report_told told = { out->id, u.id, out->reporter_id, out->type, NULL, cx->now };
	return emit(cx, &report_created, out->id, &told);
}

err_t report_mine(struct cx *cx, const struct report_own_query *in, struct report_list *out)
{
	struct place before = { 0 };
	TRY(person(cx));
	const char *kind = arena_printf(cx->mem, "reports by %s", cx->who.id);
	TRY(cursor_read(cx, kind, in->want.cursor, &before));
	TRY(report_store_mine(cx, cx->who.id, before.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, kind, &report_type, &out->items);
	return ERR_OK;
}

/* --- own data ----------------------------------------------------------------------------------------------------- */

enum { BATCH = 200 };

err_t report_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(report_store_mine(cx, user_id, after, BATCH, out));
	const struct report *r = out->items;
	*next = out->n == BATCH ? r[BATCH - 1].id : NULL;
	return ERR_OK;
}

err_t strike_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(strike_store_of(cx, user_id, after, BATCH, out));
	const struct strike *s = out->items;
	*next = out->n == BATCH ? s[BATCH - 1].id : NULL;
	return ERR_OK;
}

err_t report_erase(struct cx *cx, const char *user_id)
{
	return report_store_erase(cx, user_id);
}
