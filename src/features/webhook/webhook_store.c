#include "features/webhook/webhook_store.h"
#include "db/db.h"
#include "features/events/events_form.h"

#define SELECT \
	"SELECT w.id, w.url, w.origin, w.description, w.patterns, w.form, w.enabled, w.disabled_reason, w.sealed, w.old_sealed," \
	" w.old_secret_until, w.created_at, w.updated_at, q.failures, q.failing_since, q.last_success_at" \
	" FROM webhook w JOIN webhook_queue q ON q.webhook_id = w.id "

err_t webhook_store_count(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM webhook", NULL);
}

err_t webhook_store_add(struct cx *cx, const struct webhook *w)
{
	TRY(db_exec(cx,
		"INSERT INTO webhook (id, url, origin, description, patterns, form, enabled, sealed, created_at, updated_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
		BIND(V(w->id), V(w->url), V(w->origin), V(w->description), V(w->patterns),
			V(events_form_names[w->form]), V(w->enabled), V(w->sealed), V(w->created_at))));
	return db_exec(cx, "INSERT INTO webhook_queue (webhook_id) VALUES ($1)", BIND(V(w->id)));
}

err_t webhook_store_get(struct cx *cx, const char *id, struct webhook *out)
{
	return db_get(cx, &webhook_type, out, SELECT "WHERE w.id = $1", BIND(V(id)));
}

err_t webhook_store_list(struct cx *cx, const char *before, int64_t most, struct list *out)
{
	const char *from = before ? before : "g"; /* above every id */
	return db_list(cx, &webhook_type, out, (size_t)most, SELECT "WHERE w.id < $1 ORDER BY w.id DESC LIMIT $2",
		BIND(V(from), V(most)));
}

err_t webhook_store_update(struct cx *cx, const struct webhook *w)
{
	return db_exec(cx,
		"UPDATE webhook SET url = $2, origin = $3, description = $4, patterns = $5, form = $6, enabled = $7,"
		" disabled_reason = $8, sealed = $9, old_sealed = $10, old_secret_until = $11, updated_at = $12 WHERE id = $1",
		BIND(V(w->id), V(w->url), V(w->origin), V(w->description), V(w->patterns),
			V(events_form_names[w->form]), V(w->enabled), V(w->disabled_reason), V(w->sealed),
			V(w->old_sealed), val_time(w->old_secret_until), V(w->updated_at)));
}

err_t webhook_store_remove(struct cx *cx, const char *id)
{
	return db_exec(cx, "DELETE FROM webhook WHERE id = $1", BIND(V(id)));
}

err_t webhook_store_disable(struct cx *cx, const char *id, const char *reason, bool *changed)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE webhook SET enabled = FALSE, disabled_reason = $2, updated_at = $3 WHERE id = $1 AND enabled",
		BIND(V(id), V(reason), V(cx->now))));
	*changed = n > 0;
	return ERR_OK;
}

err_t webhook_store_enabled(struct cx *cx, int64_t most, struct list *out)
{
	return db_list(cx, &webhook_type, out, (size_t)most,
		"SELECT id, patterns, created_at FROM webhook WHERE enabled ORDER BY id LIMIT $1", BIND(V(most)));
}
