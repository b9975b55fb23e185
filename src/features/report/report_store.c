#include "features/report/report_store.h"
#include "db/db.h"

#define COLUMNS \
	"id, reporter_id, user_id, content_type, content_id, type, reason, evidence, snapshot, status, claimed_by," \
	" claimed_at, resolution, note, resolved_by, resolved_at, created_at"
#define STRIKE \
	"id, user_id, report_id, kind, reason, until, given_by, created_at, status, appeal, appealed_at, decision," \
	" decided_by, decided_at"
#define LAST "~" /* behind every id */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

err_t report_store_add(struct cx *cx, const struct report *r, bool *added)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"INSERT INTO report (id, reporter_id, user_id, content_type, content_id, type, reason, evidence, snapshot,"
		" status, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10)"
		" ON CONFLICT (reporter_id, user_id, content_type, content_id) WHERE status <> 'resolved' DO NOTHING",
		BIND(V(r->id), V(r->reporter_id), V(r->user_id), V(r->content_type), V(r->content_id), V(r->type),
			V(r->reason), V(r->evidence.text), V(r->snapshot.text), V(r->created_at))));
	*added = n;
	return ERR_OK;
}

err_t report_store_get(struct cx *cx, const char *id, struct report *out)
{
	return db_get(cx, &report_type, out, "SELECT " COLUMNS " FROM report WHERE id = $1", BIND(V(id)));
}

#define REST " AND ($3 = '' OR type = $3) AND ($4 = '' OR claimed_by = $4) AND id > $5 ORDER BY id LIMIT $6"
#define QUEUE(where) "SELECT " COLUMNS " FROM report WHERE " where REST

err_t report_store_queue(struct cx *cx, const struct report_slice *s, struct list *out)
{
	static const char *const by_user = QUEUE("user_id = $1 AND ($2 = '' OR status = $2)");
	static const char *const by_status = QUEUE("$1 = '' AND status = $2");
	static const char *const all = QUEUE("$1 = '' AND $2 = ''");
	const char *sql = s->user_id ? by_user : s->status ? by_status : all;
	return db_list(cx, &report_type, out, (size_t)s->most, sql,
		BIND(V(or_empty(s->user_id)), V(or_empty(s->status)), V(or_empty(s->type)), V(or_empty(s->claimed_by)),
			V(or_empty(s->after)), V(s->most)));
}

err_t report_store_mine(struct cx *cx, const char *reporter_id, const char *before, int64_t most, struct list *out)
{
	return db_list(cx, &report_type, out, (size_t)most,
		"SELECT " COLUMNS " FROM report WHERE reporter_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		BIND(V(reporter_id), V(before ? before : LAST), V(most)));
}

err_t report_store_claim(struct cx *cx, const char *id, const char *by, int64_t before, bool *claimed)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE report SET status = 'claimed', claimed_by = $2, claimed_at = $3 WHERE id = $1 AND (status = 'open'"
		" OR (status = 'claimed' AND (claimed_by = $2 OR claimed_at < $4)))",
		BIND(V(id), V(by), V(cx->now), V(before))));
	*claimed = n;
	return ERR_OK;
}

err_t report_store_release(struct cx *cx, const char *id, const char *by, bool *released)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE report SET status = 'open', claimed_by = NULL, claimed_at = NULL WHERE id = $1"
		" AND status = 'claimed' AND claimed_by = $2",
		BIND(V(id), V(by))));
	*released = n;
	return ERR_OK;
}

err_t report_store_resolve(struct cx *cx, const struct report *r)
{
	return db_exec(cx,
		"UPDATE report SET status = 'resolved', resolution = $2, note = $3, resolved_by = $4, resolved_at = $5"
		" WHERE id = $1",
		BIND(V(r->id), V(r->resolution), V(r->note), V(r->resolved_by), V(r->resolved_at)));
}

err_t report_store_alike(struct cx *cx, const struct report *r, int64_t most, struct list *out)
{
	return db_list(cx, &report_type, out, (size_t)most,
		"SELECT " COLUMNS
		" FROM report WHERE user_id = $1 AND content_type = $2 AND content_id = $3 AND id <> $4"
		" AND status <> 'resolved' ORDER BY id LIMIT $5",
		BIND(V(r->user_id), V(r->content_type), V(r->content_id), V(r->id), V(most)));
}

#define OF "(SELECT COUNT(*) FROM report WHERE user_id = $1"
#define MADE "(SELECT COUNT(*) FROM report WHERE reporter_id = $1"
#define STRUCK(kind) "(SELECT COUNT(*) FROM strike WHERE user_id = $1 AND status <> 'lifted' AND kind = '" kind "')"

err_t report_store_numbers(struct cx *cx, const char *user_id, struct moderation_profile *out)
{
	return db_get(cx, &moderation_profile_type, out,
		"SELECT " OF ") AS reports, " OF " AND status <> 'resolved') AS open_reports, " MADE
		") AS reports_made, " MADE " AND resolution = 'dismiss') AS reports_made_dismissed, " STRUCK(
			"warning") " AS warnings, " STRUCK("suspension") " AS suspensions, " STRUCK("ban") " AS bans",
		BIND(V(user_id)));
}

err_t report_store_erase(struct cx *cx, const char *user_id)
{
	TRY(db_exec(cx, "DELETE FROM strike WHERE user_id = $1", BIND(V(user_id))));
	TRY(db_exec(cx, "DELETE FROM report WHERE user_id = $1", BIND(V(user_id))));
	return db_exec(cx,
		"UPDATE report SET reporter_id = NULL, reason = NULL, evidence = NULL WHERE reporter_id = $1",
		BIND(V(user_id)));
}

/* --- strikes ------------------------------------------------------------------------------------------------------ */

err_t strike_store_add(struct cx *cx, const struct strike *s)
{
	return db_exec(cx,
		"INSERT INTO strike (id, user_id, report_id, kind, reason, until, given_by, created_at, status)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'standing')",
		BIND(V(s->id), V(s->user_id), V(s->report_id), V(strike_kind_names[s->kind]), V(s->reason),
			val_time(s->until), V(s->given_by), V(s->created_at)));
}

err_t strike_store_get(struct cx *cx, const char *id, struct strike *out)
{
	return db_get(cx, &strike_type, out, "SELECT " STRIKE " FROM strike WHERE id = $1", BIND(V(id)));
}

err_t strike_store_of(struct cx *cx, const char *user_id, const char *before, int64_t most, struct list *out)
{
	return db_list(cx, &strike_type, out, (size_t)most,
		"SELECT " STRIKE " FROM strike WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
		BIND(V(user_id), V(before ? before : LAST), V(most)));
}

err_t strike_store_appealed(struct cx *cx, const char *after, int64_t most, struct list *out)
{
	return db_list(cx, &strike_type, out, (size_t)most,
		"SELECT " STRIKE " FROM strike WHERE status = 'appealed' AND id > $1 ORDER BY id LIMIT $2",
		BIND(V(or_empty(after)), V(most)));
}

err_t strike_store_appeal(struct cx *cx, const struct strike *s, bool *appealed)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE strike SET status = 'appealed', appeal = $2, appealed_at = $3 WHERE id = $1 AND status = 'standing'",
		BIND(V(s->id), V(s->appeal), V(s->appealed_at))));
	*appealed = n;
	return ERR_OK;
}

err_t strike_store_decide(struct cx *cx, const struct strike *s, bool *decided)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"UPDATE strike SET status = $2, decision = $3, decided_by = $4, decided_at = $5 WHERE id = $1"
		" AND status = 'appealed'",
		BIND(V(s->id), V(strike_status_names[s->status]), V(s->decision), V(s->decided_by), V(s->decided_at))));
	*decided = n;
	return ERR_OK;
}
