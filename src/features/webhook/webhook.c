#include "features/webhook/webhook.h"
#include "base/page.h"
#include "crypto/cursor.h"
#include "features/webhook/webhook_queue.h"
#include "features/webhook/webhook_secret.h"
#include "features/webhook/webhook_store.h"
#include "features/webhook/webhook_types.h"
#include "features/webhook/webhook_url.h"

static const char cursor_kind[] = "webhook";

static void audit(struct cx *cx, const char *id, const struct webhook *before, const struct webhook *after)
{
	cx->audit.subject_type = "webhook";
	cx->audit.subject_id = id;
	cx->audit.type = &webhook_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

static struct webhook *copy(struct cx *cx, const struct webhook *w)
{
	struct webhook *c = arena_new_of(cx->mem, struct webhook);
	*c = *w;
	return c;
}

/* --- what is asked ------------------------------------------------------------------------------------------------ */

/* An endpoint brings events, with what they hold of people, to wherever it leads. */
static err_t guard(struct cx *cx)
{
	if (cx->who.kind == ACTOR_LOCAL || may(&cx->who, PERM_EVENT_READ))
		return ERR_OK;
	return FAIL(cx, ERR_DENIED, "who may not read events cannot have them sent");
}

static err_t read_types(struct cx *cx, const struct list *types, const char **patterns)
{
	err_t bad = ERR_OK;
	const char *const *t = types->items;
	for (size_t i = 0; i < types->n; i++)
		if (!webhook_pattern_valid(t[i]))
			bad = cx_field(cx, arena_printf(cx->mem, "types[%zu]", i),
				"must be * for all, a kind as user.*, or one type as user.created");
	*patterns = types->n ? webhook_patterns_text(cx->mem, types) : "*";
	return bad;
}

static err_t get(struct cx *cx, const char *id, struct webhook *out)
{
	TRY(webhook_store_get(cx, id, out));
	out->types = webhook_patterns_list(cx->mem, out->patterns);
	return ERR_OK;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static err_t check_room(struct cx *cx)
{
	int64_t n, most = CONF_OF(cx, webhooks)->most;
	TRY(webhook_store_count(cx, &n));
	if (n < most)
		return ERR_OK;
	cx->fail.message = arena_printf(cx->mem, "There are %lld endpoints already (webhooks.most).", (long long)n);
	return FAIL(cx, ERR_CONFLICT, "%lld webhooks", (long long)n);
}

err_t webhook_create(struct cx *cx, const struct webhook_new *in, struct webhook *out)
{
	TRY(guard(cx));
	*out = (struct webhook){ .id = id_new(cx),
		.url = in->url,
		.description = in->description ? in->description : "",
		.form = in->form,
		.enabled = in->enabled,
		.created_at = cx->now,
		.updated_at = cx->now };
	err_t types = read_types(cx, &in->types, &out->patterns), url = webhook_url_check(cx, in->url, &out->origin);
	TRY(types ? types : url);
	TRY(check_room(cx));
	out->types = webhook_patterns_list(cx->mem, out->patterns);
	out->secret = webhook_secret_new(cx->mem);
	out->sealed = webhook_secret_seal(cx->mem, out->id, out->secret);
	TRY(webhook_store_add(cx, out));
	audit(cx, out->id, NULL, copy(cx, out));
	return emit(cx, &webhook_created, out->id, out);
}

err_t webhook_get(struct cx *cx, const struct webhook_ref *in, struct webhook *out)
{
	return get(cx, in->id, out);
}

err_t webhook_list(struct cx *cx, const struct webhook_query *in, struct webhook_list *out)
{
	struct place before = { 0 };
	TRY(cursor_read(cx, cursor_kind, in->want.cursor, &before));
	TRY(webhook_store_list(cx, before.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, cursor_kind, &webhook_type, &out->items);
	struct webhook *w = out->items.items;
	for (size_t i = 0; i < out->items.n; i++)
		w[i].types = webhook_patterns_list(cx->mem, w[i].patterns);
	return ERR_OK;
}

static err_t apply(struct cx *cx, const struct webhook_change *in, struct webhook *w)
{
	err_t types = ERR_OK, url = ERR_OK;
	if (in->types.items)
		types = read_types(cx, &in->types, &w->patterns);
	if (in->url.has == IS_SET) {
		w->url = in->url.v;
		url = webhook_url_check(cx, w->url, &w->origin);
	}
	if (in->description.has != ABSENT)
		w->description = in->description.has == IS_SET ? in->description.v : "";
	if (in->form.has == IS_SET)
		w->form = in->form.v;
	if (in->enabled.has == IS_SET) {
		w->enabled = in->enabled.v;
		w->disabled_reason = NULL;
	}
	w->types = webhook_patterns_list(cx->mem, w->patterns);
	w->updated_at = cx->now > w->updated_at ? cx->now : w->updated_at + 1;
	return types ? types : url;
}

err_t webhook_update(struct cx *cx, const struct webhook_change *in, struct webhook *out)
{
	TRY(guard(cx));
	TRY(get(cx, in->id, out));
	const struct webhook *before = copy(cx, out);
	TRY(apply(cx, in, out));
	TRY(webhook_store_update(cx, out));
	if (out->enabled && !before->enabled) {
		TRY(webhook_queue_begin_anew(cx, out->id));
		out->failures = out->failing_since = 0;
	}
	audit(cx, out->id, before, copy(cx, out));
	return emit(cx, &webhook_updated, out->id, out);
}

err_t webhook_delete(struct cx *cx, const struct webhook_ref *in, struct none *out)
{
	(void)out;
	struct webhook *w = arena_new_of(cx->mem, struct webhook);
	TRY(get(cx, in->id, w));
	TRY(webhook_store_remove(cx, w->id));
	audit(cx, w->id, w, NULL);
	return emit(cx, &webhook_deleted, w->id, w);
}

err_t webhook_rotate_secret(struct cx *cx, const struct webhook_ref *in, struct webhook *out)
{
	TRY(guard(cx));
	TRY(get(cx, in->id, out));
	const struct webhook *before = copy(cx, out);
	out->old_sealed = out->sealed;
	out->old_secret_until = cx->now + CONF_OF(cx, webhooks)->overlap;
	out->secret = webhook_secret_new(cx->mem);
	out->sealed = webhook_secret_seal(cx->mem, out->id, out->secret);
	out->updated_at = cx->now > out->updated_at ? cx->now : out->updated_at + 1;
	TRY(webhook_store_update(cx, out));
	audit(cx, out->id, before, copy(cx, out));
	return emit(cx, &webhook_updated, out->id, out);
}

err_t webhook_ping(struct cx *cx, const struct webhook_ref *in, struct none *out)
{
	(void)out;
	struct webhook *w = arena_new_of(cx->mem, struct webhook);
	TRY(get(cx, in->id, w));
	if (!w->enabled) {
		cx->fail.message = "This endpoint is not enabled, so nothing is sent to it.";
		return FAIL(cx, ERR_CONFLICT, "not enabled");
	}
	audit(cx, w->id, NULL, NULL);
	return emit(cx, &webhook_ping_event, w->id, w);
}
