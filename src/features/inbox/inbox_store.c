#include "features/inbox/inbox_store.h"
#include "db/db.h"

err_t inbox_store_keep(struct cx *cx, const struct inbox_row *r, bool *added)
{
	int64_t n;
	TRY(db_change(cx, &n,
		"INSERT INTO inbox (event_id, type, at, received_at, user_id, other_id) VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (event_id) DO NOTHING",
		BIND(V(r->event_id), V(r->type), V(r->at), V(cx->now), V(r->user_id), V(r->other_id))));
	*added = n;
	return ERR_OK;
}

err_t inbox_store_sums(struct cx *cx, const char *after, int64_t most, struct list *out)
{
	return db_list(cx, &inbox_sum_type, out, (size_t)most,
		"SELECT id, type, n, other FROM"
		" (SELECT user_id AS id, type, COUNT(*) AS n, FALSE AS other FROM inbox WHERE user_id > $1 GROUP BY user_id, type"
		" UNION ALL SELECT other_id, type, COUNT(*), TRUE FROM inbox WHERE other_id > $1 GROUP BY other_id, type) AS s"
		" ORDER BY id LIMIT $2",
		BIND(V(after), V(most)));
}

err_t inbox_store_get(struct cx *cx, const char *user_id, struct inbox_profile *out)
{
	return db_get(cx, &inbox_profile_type, out,
		"SELECT w.user_id, COALESCE(s.posts_count, 0) AS posts_count, COALESCE(s.likes_count, 0) AS likes_count,"
		" COALESCE(s.followers_count, 0) AS followers_count, COALESCE(s.following_count, 0) AS following_count,"
		" COALESCE(m.reports_count, 0) AS reports_count, COALESCE(m.open_reports, 0) AS open_reports,"
		" COALESCE(m.suspensions_count, 0) AS suspensions_count, COALESCE(m.suspended_at, 0) AS suspended_at,"
		" COALESCE(s.synced_at, m.synced_at, 0) AS synced_at"
		" FROM (SELECT user_id FROM social_profile WHERE user_id = $1"
		" UNION SELECT user_id FROM moderation_profile WHERE user_id = $1) AS w"
		" LEFT JOIN social_profile AS s ON s.user_id = w.user_id LEFT JOIN moderation_profile AS m ON m.user_id = w.user_id",
		BIND(V(user_id)));
}

static err_t put_social(struct cx *cx, const struct inbox_profile *p)
{
	return db_exec(cx,
		"INSERT INTO social_profile (user_id, posts_count, likes_count, followers_count, following_count, synced_at)"
		" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET posts_count = excluded.posts_count,"
		" likes_count = excluded.likes_count, followers_count = excluded.followers_count,"
		" following_count = excluded.following_count, synced_at = excluded.synced_at",
		BIND(V(p->user_id), V(p->posts_count), V(p->likes_count), V(p->followers_count), V(p->following_count),
			V(cx->now)));
}

static err_t put_moderation(struct cx *cx, const struct inbox_profile *p)
{
	return db_exec(cx,
		"INSERT INTO moderation_profile (user_id, reports_count, open_reports, suspensions_count, suspended_at, synced_at)"
		" VALUES ($1, $2, $3, $4, NULLIF(CAST($5 AS BIGINT), 0), $6) ON CONFLICT (user_id) DO UPDATE SET"
		" reports_count = excluded.reports_count, open_reports = excluded.open_reports,"
		" suspensions_count = excluded.suspensions_count, suspended_at = excluded.suspended_at, synced_at = excluded.synced_at",
		BIND(V(p->user_id), V(p->reports_count), V(p->open_reports), V(p->suspensions_count),
			V(p->suspended_at), V(cx->now)));
}

err_t inbox_store_put(struct cx *cx, const struct inbox_profile *p)
{
	TRY(put_social(cx, p));
	return put_moderation(cx, p);
}

err_t inbox_store_erase(struct cx *cx, const char *user_id)
{
	TRY(db_exec(cx, "DELETE FROM inbox WHERE user_id = $1 OR other_id = $1", BIND(V(user_id))));
	TRY(db_exec(cx, "DELETE FROM social_profile WHERE user_id = $1", BIND(V(user_id))));
	return db_exec(cx, "DELETE FROM moderation_profile WHERE user_id = $1", BIND(V(user_id)));
}
