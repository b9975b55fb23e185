#include "features/dispatch/dispatch.h"
#include "base/json_edit.h"
#include "features/dispatch/dispatch_store.h"
#include "features/notification/notification.h"
#include "features/push/push.h"
#include "features/user/user.h"

#include <stdatomic.h>
#include <string.h>

enum {
	HOLD_MS =
		10000, /* longer than completing and sending takes; then the message has been delivered to somebody else */
	KEPT_MS = 86400000,
	CLEAN_BATCH = 5000,
};

static _Atomic int64_t outcomes[DISPATCH_OUTCOMES];

int64_t dispatch_number(enum dispatch_outcome o)
{
	return atomic_load_explicit(&outcomes[o], memory_order_relaxed);
}

/* Some gateways name the person among the metadata. */
static const char *whose(struct cx *cx, const struct dispatch_request *in)
{
	if (in->user_id)
		return in->user_id;
	return in->metadata.text ? json_member(cx->mem, in->metadata.text, "user_id") : NULL;
}

static err_t find(struct cx *cx, const char *id, struct user *out)
{
	if (!id)
		return cx_field_code(cx, "user_id", "required", "is required");
	err_t e = user_cached(cx, id, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && out->status != USER_DELETED)
		return ERR_OK;
	cx->fail.message = "Nobody has this user_id.";
	return FAIL(cx, ERR_NOT_FOUND, "user %s", id);
}

/* Where it goes, or why it goes nowhere. */
static err_t reach(struct cx *cx, const struct user *u, const char **token, enum dispatch_outcome *out)
{
	struct list all = { 0 };
	*out = DISPATCH_OFF;
	if (!u->preferences.push)
		return ERR_OK;
	if (user_may_act(u, cx->now))
		TRY(push_reachable(cx, u->id, &all));
	const struct push_token *first = all.items;
	*out = all.n ? DISPATCH_SENT : DISPATCH_SILENT;
	*token = all.n ? first->token : NULL;
	return ERR_OK;
}

static struct dispatch_user *describe(struct cx *cx, const struct user *u, const char *token)
{
	struct dispatch_user *d = arena_new_of(cx->mem, struct dispatch_user);
	d->preferences = arena_new_of(cx->mem, struct dispatch_preferences);
	*d->preferences = (struct dispatch_preferences){ u->preferences.email, u->preferences.push };
	d->user_id = u->id;
	d->name = u->name ? u->name : u->display_name ? u->display_name : u->username;
	d->email = u->email;
	d->push_token = token;
	d->email_verified = u->email_verified;
	return d;
}

/* What goes on is kept for the person as well; but for variables that are more than a notification holds. */
static err_t keep(struct cx *cx, const struct dispatch_request *r)
{
	struct notification kept = { 0 };
	bool added;
	const char *data = r->variables.text;
	struct notification_new n = { .id = r->user_id,
		.type = "push",
		.code = r->template_code ? r->template_code : r->template_id,
		.data = { data && strlen(data) <= NOTIFICATION_DATA_MAX ? data : NULL },
		.priority = r->priority.has == IS_SET ? r->priority.v : 0,
		.request_id = r->request_id };
	return notification_add(cx, &n, &kept, &added);
}

static err_t complete(struct cx *cx, const struct user *u, const char *token, struct dispatch_message *out)
{
	struct dispatch_request *r = &out->request;
	out->user_data = describe(cx, u, token);
	r->user_id = u->id;
	r->variables.text = json_with_text(cx->mem, r->variables.text, "name", out->user_data->name);
	TRY(keep(cx, r));
	struct dispatch_notice n = { u->id, r->request_id, r->template_code ? r->template_code : r->template_id };
	return emit(cx, &notification_requested, u->id, &n);
}

err_t dispatch_push(struct cx *cx, const struct dispatch_request *in, struct dispatch_message *out)
{
	struct user u = { 0 };
	const char *token = NULL;
	enum dispatch_claimed claimed = CLAIM_NEW;
	out->request = *in;
	TRY(find(cx, whose(cx, in), &u));
	TRY(reach(cx, &u, &token, &out->outcome));
	if (in->request_id) {
		struct dispatch_claim c = { in->request_id, cx->now + HOLD_MS, .done = out->outcome != DISPATCH_SENT,
			.again = in->again };
		TRY(dispatch_store_claim(cx, &c, &claimed));
	}
	if (claimed == CLAIM_BUSY)
		return FAIL(cx, ERR_KEY_BUSY, "%s", in->request_id);
	if (claimed == CLAIM_DONE)
		out->outcome = DISPATCH_REPEATED;
	if (out->outcome == DISPATCH_SENT)
		TRY(complete(cx, &u, token, out));
	atomic_fetch_add_explicit(&outcomes[out->outcome], 1, memory_order_relaxed);
	return ERR_OK;
}

err_t dispatch_gone_on(struct cx *cx, const void *const *messages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dispatch_message *m = messages[i];
		if (m->request.request_id)
			TRY(dispatch_store_done(cx, m->request.request_id));
	}
	return ERR_OK;
}

err_t dispatch_clean(struct cx *cx)
{
	return dispatch_store_clean(cx, cx->now - KEPT_MS, CLEAN_BATCH);
}
