/* What moderators do with reports: they look at them one each, and end them. */
#include "base/conf.h"
#include "crypto/cursor.h"
#include "features/report/report_part.h"
#include "features/report/report_store.h"

#include <string.h>

err_t report_queue(struct cx *cx, const struct report_query *in, struct report_list *out)
{
	struct place after = { 0 };
	TRY(cursor_read(cx, "report queue", in->want.cursor, &after));
	const struct report_slice s = { .status = in->status.has == IS_SET ? report_status_names[in->status.v] : NULL,
		.type = in->type,
		.user_id = in->user_id,
		.claimed_by = in->mine ? cx->who.id : NULL,
		.after = after.text,
		.most = in->want.limit + 1 };
	TRY(report_store_queue(cx, &s, &out->items));
	out->page = cursor_page(cx, &in->want, "report queue", &report_type, &out->items);
	return ERR_OK;
}

err_t report_get(struct cx *cx, const struct report_ref *in, struct report *out)
{
	return report_store_get(cx, in->id, out);
}

/* The report, to be worked on by somebody who may: nobody judges himself, nor whoever may do more than he. */
static err_t take(struct cx *cx, const char *id, struct report *out)
{
	TRY(report_store_get(cx, id, out));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = out->user_id;
	if (strcmp(out->user_id, cx->who.id) == 0)
		return FAIL(cx, ERR_DENIED, "a report of oneself");
	err_t e = user_guard(cx, out->user_id);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static err_t not_free(struct cx *cx, const struct report *r)
{
	cx->fail.message = r->status == REPORT_RESOLVED ? "This report is resolved already."
	                                                : "Another moderator looks at this report just now.";
	return FAIL(cx, ERR_CONFLICT, "%s by %s", report_status_names[r->status], r->claimed_by ? r->claimed_by : "-");
}

err_t report_claim(struct cx *cx, const struct report_ref *in, struct report *out)
{
	bool claimed;
	TRY(take(cx, in->id, out));
	TRY(report_store_claim(cx, in->id, cx->who.id, cx->now - CONF_OF(cx, report)->claim, &claimed));
	return claimed ? report_store_get(cx, in->id, out) : not_free(cx, out);
}

err_t report_release(struct cx *cx, const struct report_ref *in, struct report *out)
{
	bool released;
	TRY(take(cx, in->id, out));
	TRY(report_store_release(cx, in->id, cx->who.id, &released));
	return released ? report_store_get(cx, in->id, out) : not_free(cx, out);
}

/* --- ending ------------------------------------------------------------------------------------------------------- */

static err_t check_resolution(struct cx *cx, const struct report_resolution *in)
{
	err_t bad = ERR_OK;
	if (in->action != REPORT_DISMISS && !in->reason)
		bad = cx_field_code(cx, "reason", "required", "is required: the person is told");
	if (in->action != REPORT_SUSPEND && in->until)
		bad = cx_field(cx, "until", "has a meaning for a suspension alone");
	if (in->action == REPORT_SUSPEND && in->until && in->until <= cx->now)
		bad = cx_field(cx, "until", "has passed already");
	return bad;
}

static err_t check_rights(struct cx *cx, const struct report_resolution *in)
{
	bool status = in->action == REPORT_SUSPEND || in->action == REPORT_BAN;
	return !status || may(&cx->who, PERM_USER_STATUS)
	               ? ERR_OK
	               : FAIL(cx, ERR_DENIED, "to suspend and to ban needs user.status");
}

static err_t end(struct cx *cx, const struct report_resolution *in, struct report *r)
{
	r->status = REPORT_RESOLVED;
	r->resolution = report_action_names[in->action];
	r->note = in->note;
	r->resolved_by = cx->who.id;
	r->resolved_at = cx->now;
	TRY(report_store_resolve(cx, r));
	const struct report_told told = { r->id, r->user_id, r->reporter_id, r->type, r->resolution, cx->now };
	return emit(cx, &report_resolved, r->id, &told);
}

/* Others may have reported the same: they need not be looked at one by one. */
static err_t end_alike(struct cx *cx, const struct report_resolution *in, const struct report *r)
{
	enum { ALIKE_MAX = 500 };
	struct list alike;
	TRY(report_store_alike(cx, r, ALIKE_MAX, &alike));
	struct report *other = alike.items;
	for (size_t i = 0; i < alike.n; i++)
		TRY(end(cx, in, &other[i]));
	return ERR_OK;
}

err_t report_resolve(struct cx *cx, const struct report_resolution *in, struct report *out)
{
	static const enum strike_kind kinds[] = {
		[REPORT_WARN] = STRIKE_WARNING, [REPORT_SUSPEND] = STRIKE_SUSPENSION, [REPORT_BAN] = STRIKE_BAN
	};
	bool claimed;
	TRY(check_resolution(cx, in));
	TRY(check_rights(cx, in));
	TRY(take(cx, in->id, out));
	TRY(report_store_claim(cx, in->id, cx->who.id, cx->now - CONF_OF(cx, report)->claim, &claimed));
	if (!claimed)
		return not_free(cx, out);
	TRY(report_store_get(cx, in->id, out));
	if (in->action != REPORT_DISMISS)
		TRY(report_strike(cx, out, kinds[in->action], in->reason, in->until));
	TRY(end(cx, in, out));
	return in->all ? end_alike(cx, in, out) : ERR_OK;
}
