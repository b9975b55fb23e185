/* Strikes: what a report brought upon somebody, his appeal against it, and what it leaves of the trust in him. */
#include "base/conf.h"
#include "crypto/cursor.h"
#include "features/notice/notice.h"
#include "features/report/report_part.h"
#include "features/report/report_store.h"

#include <string.h>

static err_t write_to(struct cx *cx, const struct user *u, const struct strike *s, bool decided)
{
	const struct mail_value values[] = { { decided ? strike_status_names[s->status] : strike_kind_names[s->kind],
						     "yes" },
		{ "reason", decided ? s->decision : s->reason }, { NULL, NULL } };
	return notice_send(cx, u, "moderation", values);
}

/* --- to give ------------------------------------------------------------------------------------------------------ */

static err_t set_status(struct cx *cx, const struct strike *s, enum user_status status)
{
	struct user u = { 0 };
	const struct user_status_change change = {
		.id = s->user_id, .status = status, .reason = s->reason, .until = s->until
	};
	return user_set_status(cx, &change, &u);
}

err_t report_strike(struct cx *cx, const struct report *r, enum strike_kind kind, const char *reason, int64_t until)
{
	struct user u = { 0 };
	struct strike s = { .id = id_new(cx),
		.user_id = r->user_id,
		.report_id = r->id,
		.kind = kind,
		.reason = reason,
		.until = until,
		.given_by = cx->who.id,
		.created_at = cx->now };
	TRY(user_by_id(cx, r->user_id, &u));
	if (u.status == USER_DELETED)
		return FAIL(cx, ERR_NOT_FOUND, "deleted");
	if (kind == STRIKE_SUSPENSION)
		TRY(set_status(cx, &s, USER_SUSPENDED));
	if (kind == STRIKE_BAN)
		TRY(set_status(cx, &s, USER_BANNED));
	TRY(strike_store_add(cx, &s));
	return write_to(cx, &u, &s, false);
}

/* --- to read ------------------------------------------------------------------------------------------------------ */

err_t strike_mine(struct cx *cx, const struct report_own_query *in, struct strike_list *out)
{
	struct place before = { 0 };
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has strikes");
	const char *kind = arena_printf(cx->mem, "strikes of %s", cx->who.id);
	TRY(cursor_read(cx, kind, in->want.cursor, &before));
	TRY(strike_store_of(cx, cx->who.id, before.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, kind, &strike_type, &out->items);
	return ERR_OK;
}

err_t moderation_strikes(struct cx *cx, const struct user_ref *in, struct strike_list *out)
{
	struct user u = { 0 };
	TRY(user_by_ref(cx, in->id, &u));
	TRY(strike_store_of(cx, u.id, NULL, PAGE_LIMIT_MAX, &out->items));
	out->page = page_fill(cx, &(struct page_want){ .limit = PAGE_LIMIT_MAX }, &out->items, -1);
	return ERR_OK;
}

/* --- trust -------------------------------------------------------------------------------------------------------- */

double report_trust(const struct list *strikes, int64_t now, int64_t fades)
{
	static const double takes[] = { [STRIKE_WARNING] = 0.1, [STRIKE_SUSPENSION] = 0.3, [STRIKE_BAN] = 0.7 };
	const struct strike *s = strikes->items;
	double trust = 1;
	for (size_t i = 0; i < strikes->n; i++) {
		int64_t age = now - s[i].created_at;
		if (s[i].status != STRIKE_LIFTED && age < fades)
			trust -= takes[s[i].kind] * (1 - (double)(age < 0 ? 0 : age) / (double)fades);
	}
	return trust < 0 ? 0 : trust;
}

err_t moderation_profile(struct cx *cx, const struct user_ref *in, struct moderation_profile *out)
{
	enum { LOOKED_AT = 100 };
	struct user u = { 0 };
	struct list strikes;
	TRY(user_by_ref(cx, in->id, &u));
	TRY(strike_store_of(cx, u.id, NULL, LOOKED_AT, &strikes));
	TRY(report_store_numbers(cx, u.id, out));
	const struct strike *last = strikes.items;
	out->user_id = u.id;
	out->last_strike_at = strikes.n ? last->created_at : 0;
	out->trust_score = report_trust(&strikes, cx->now, CONF_OF(cx, report)->fades);
	return ERR_OK;
}

/* --- appeals ------------------------------------------------------------------------------------------------------ */

static err_t appeal(struct cx *cx, struct strike *s, const char *text)
{
	bool appealed;
	s->status = STRIKE_APPEALED;
	s->appeal = text;
	s->appealed_at = cx->now;
	cx->audit.subject_type = "user";
	cx->audit.subject_id = s->user_id;
	TRY(strike_store_appeal(cx, s, &appealed));
	if (appealed)
		return ERR_OK;
	cx->fail.message = "This was appealed against already: once is all there is.";
	return FAIL(cx, ERR_CONFLICT, "strike %s", s->id);
}

err_t strike_appeal(struct cx *cx, const struct strike_appeal *in, struct strike *out)
{
	TRY(strike_store_get(cx, in->id, out));
	if (cx->who.kind != ACTOR_USER || strcmp(out->user_id, cx->who.id) != 0)
		return FAIL(cx, ERR_NOT_FOUND, "somebody else's");
	return appeal(cx, out, in->text);
}

err_t appeal_create_prepare(struct cx *cx, const struct appeal_new *in, struct login_work *work)
{
	return account_reactivate_prepare(cx, &in->who, work);
}

/* Against the newest that shuts him out. */
err_t appeal_create(struct cx *cx, const struct appeal_new *in, struct login_work *work, struct none *out)
{
	struct list strikes;
	(void)out;
	TRY(account_prove(cx, work));
	TRY(strike_store_of(cx, work->user_id, NULL, PAGE_LIMIT, &strikes));
	struct strike *s = strikes.items;
	for (size_t i = 0; i < strikes.n; i++)
		if (s[i].kind != STRIKE_WARNING && s[i].status != STRIKE_LIFTED)
			return appeal(cx, &s[i], in->text);
	cx->fail.message = "There is nothing to appeal against.";
	return FAIL(cx, ERR_NOT_FOUND, "no strike that shuts %s out", work->user_id);
}

err_t appeal_create_finish(struct cx *cx, const struct appeal_new *in, struct login_work *work, struct none *out)
{
	return account_reactivate_finish(cx, &in->who, work, out);
}

err_t appeal_queue(struct cx *cx, const struct report_own_query *in, struct strike_list *out)
{
	struct place after = { 0 };
	TRY(cursor_read(cx, "appeals", in->want.cursor, &after));
	TRY(strike_store_appealed(cx, after.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, "appeals", &strike_type, &out->items);
	return ERR_OK;
}

/* Whether another strike that still holds keeps the account as it is. */
static err_t held_by_another(struct cx *cx, const struct strike *s, bool *held)
{
	struct list strikes;
	*held = false;
	TRY(strike_store_of(cx, s->user_id, NULL, PAGE_LIMIT_MAX, &strikes));
	const struct strike *other = strikes.items;
	for (size_t i = 0; i < strikes.n; i++) {
		bool holds = other[i].kind == STRIKE_BAN ||
		             (other[i].kind == STRIKE_SUSPENSION && (!other[i].until || other[i].until > cx->now));
		if (holds && other[i].status != STRIKE_LIFTED && strcmp(other[i].id, s->id) != 0)
			*held = true;
	}
	return ERR_OK;
}

/* Whoever gave the account its status in another way has the word on it still: it is lifted only as the strike set it. */
static err_t give_back(struct cx *cx, const struct strike *s, const struct user *u)
{
	enum user_status by_strike = s->kind == STRIKE_BAN ? USER_BANNED : USER_SUSPENDED;
	bool held;
	if (s->kind == STRIKE_WARNING || u->status != by_strike || !u->status_reason ||
		strcmp(u->status_reason, s->reason) != 0)
		return ERR_OK;
	TRY(held_by_another(cx, s, &held));
	if (held)
		return ERR_OK;
	struct user now = { 0 };
	return user_set_status(cx, &(struct user_status_change){ .id = u->id, .status = USER_ACTIVE }, &now);
}

err_t appeal_decide(struct cx *cx, const struct appeal_decision *in, struct strike *out)
{
	struct user u = { 0 };
	bool decided;
	TRY(strike_store_get(cx, in->id, out));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = out->user_id;
	TRY(user_guard(cx, out->user_id));
	if (strcmp(out->user_id, cx->who.id) == 0)
		return FAIL(cx, ERR_DENIED, "an appeal of oneself");
	out->status = in->lift ? STRIKE_LIFTED : STRIKE_UPHELD;
	out->decision = in->note;
	out->decided_by = cx->who.id;
	out->decided_at = cx->now;
	TRY(strike_store_decide(cx, out, &decided));
	if (!decided) {
		cx->fail.message = "Nobody appealed against this, or it is decided already.";
		return FAIL(cx, ERR_CONFLICT, "strike %s", in->id);
	}
	TRY(user_by_id(cx, out->user_id, &u));
	if (in->lift)
		TRY(give_back(cx, out, &u));
	return write_to(cx, &u, out, true);
}
