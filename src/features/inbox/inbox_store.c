#include "features/inbox/inbox_store.h"
#include "db/db.h"

enum { SUMS_MAX = 100 }; /* kinds of events, twice */

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

/* When a page told the numbers that an event belongs to; 0 when none did. */
#define SAID_AT "CASE WHEN i.type LIKE 'social.%' THEN COALESCE(s.said_at, 0) ELSE COALESCE(m.said_at, 0) END"
#define EVENTS_OF(person, other) \
	"SELECT i." person " AS id, i.type, COUNT(*) AS n, " other " AS other FROM inbox AS i" \
	" LEFT JOIN social_profile AS s ON s.user_id = i." person \
	" LEFT JOIN moderation_profile AS m ON m.user_id = i." person " WHERE i." person " > $1 AND i.at > " SAID_AT \
	" GROUP BY i." person ", i.type"
#define TOLD_OF(table) " UNION ALL SELECT user_id, '', 0, FALSE FROM " table " WHERE user_id > $1 AND said_at > 0"

err_t inbox_store_sums(struct cx *cx, const char *after, int64_t most, struct list *out)
{
	return db_list(cx, &inbox_sum_type, out, (size_t)most,
		"SELECT id, type, n, other FROM (" EVENTS_OF("user_id", "FALSE") " UNION ALL " EVENTS_OF("other_id",
			"TRUE") TOLD_OF("social_profile") TOLD_OF("moderation_profile") ") AS a ORDER BY id LIMIT $2",
		BIND(V(after), V(most)));
}

err_t inbox_store_sums_of(struct cx *cx, const char *user_id, int64_t after, struct list *out)
{
	return db_list(cx, &inbox_sum_type, out, SUMS_MAX,
		"SELECT user_id AS id, type, COUNT(*) AS n, FALSE AS other FROM inbox WHERE user_id = $1 AND at > $2"
		" GROUP BY user_id, type"
		" UNION ALL SELECT other_id, type, COUNT(*), TRUE FROM inbox WHERE other_id = $1 AND at > $2"
		" GROUP BY other_id, type",
		BIND(V(user_id), V(after)));
}

#define NUMBER(member, column) FIELD_AS(inbox_profile, member, column, 0, "")
TYPE_AS(inbox_kept, inbox_profile, FIELD(inbox_profile, user_id, 0, ""), NUMBER(now.posts, "posts_count"),
	NUMBER(now.likes, "likes_count"), NUMBER(now.followers, "followers_count"),
	NUMBER(now.following, "following_count"), NUMBER(now.reports, "reports_count"),
	NUMBER(now.open_reports, "open_reports"), NUMBER(now.suspensions, "suspensions_count"),
	NUMBER(said.posts, "said_posts"), NUMBER(said.likes, "said_likes"), NUMBER(said.followers, "said_followers"),
	NUMBER(said.following, "said_following"), NUMBER(said.reports, "said_reports"),
	NUMBER(said.open_reports, "said_open"), NUMBER(said.suspensions, "said_suspensions"),
	NUMBER(said_at[INBOX_SOCIAL], "social_at"), NUMBER(said_at[INBOX_MODERATION], "moderation_at"),
	NUMBER(suspended_at, "suspended_at"), NUMBER(synced_at, "synced_at"));

#define OF(table, column) "COALESCE(" table "." column ", 0) AS " column ", "
err_t inbox_store_get(struct cx *cx, const char *user_id, struct inbox_profile *out)
{
	return db_get(cx, &inbox_kept_type, out,
		"SELECT w.user_id, " OF("s", "posts_count") OF("s", "likes_count") OF("s", "followers_count") OF(
			"s", "following_count") OF("m", "reports_count") OF("m", "open_reports") OF("m",
			"suspensions_count") OF("s", "said_posts") OF("s", "said_likes") OF("s",
			"said_followers") OF("s", "said_following") OF("m", "said_reports") OF("m", "said_open") OF("m",
			"said_suspensions") OF("m",
			"suspended_at") "COALESCE(s.said_at, 0) AS social_at, COALESCE(m.said_at, 0) AS moderation_at,"
					" COALESCE(s.synced_at, m.synced_at, 0) AS synced_at"
					" FROM (SELECT user_id FROM social_profile WHERE user_id = $1"
					" UNION SELECT user_id FROM moderation_profile WHERE user_id = $1) AS w"
					" LEFT JOIN social_profile AS s ON s.user_id = w.user_id LEFT JOIN moderation_profile AS m ON m.user_id = w.user_id",
		BIND(V(user_id)));
}

static err_t put_social(struct cx *cx, const struct inbox_profile *p)
{
	return db_exec(cx,
		"INSERT INTO social_profile (user_id, posts_count, likes_count, followers_count, following_count, synced_at,"
		" said_at, said_posts, said_likes, said_followers, said_following)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		" ON CONFLICT (user_id) DO UPDATE SET posts_count = excluded.posts_count,"
		" likes_count = excluded.likes_count, followers_count = excluded.followers_count,"
		" following_count = excluded.following_count, synced_at = excluded.synced_at, said_at = excluded.said_at,"
		" said_posts = excluded.said_posts, said_likes = excluded.said_likes,"
		" said_followers = excluded.said_followers, said_following = excluded.said_following",
		BIND(V(p->user_id), V(p->now.posts), V(p->now.likes), V(p->now.followers), V(p->now.following),
			V(cx->now), V(p->said_at[INBOX_SOCIAL]), V(p->said.posts), V(p->said.likes),
			V(p->said.followers), V(p->said.following)));
}

static err_t put_moderation(struct cx *cx, const struct inbox_profile *p)
{
	return db_exec(cx,
		"INSERT INTO moderation_profile (user_id, reports_count, open_reports, suspensions_count, suspended_at, synced_at,"
		" said_at, said_reports, said_open, said_suspensions)"
		" VALUES ($1, $2, $3, $4, NULLIF(CAST($5 AS BIGINT), 0), $6, $7, $8, $9, $10) ON CONFLICT (user_id) DO UPDATE SET"
		" reports_count = excluded.reports_count, open_reports = excluded.open_reports,"
		" suspensions_count = excluded.suspensions_count, suspended_at = excluded.suspended_at,"
		" synced_at = excluded.synced_at, said_at = excluded.said_at, said_reports = excluded.said_reports,"
		" said_open = excluded.said_open, said_suspensions = excluded.said_suspensions",
		BIND(V(p->user_id), V(p->now.reports), V(p->now.open_reports), V(p->now.suspensions),
			V(p->suspended_at), V(cx->now), V(p->said_at[INBOX_MODERATION]), V(p->said.reports),
			V(p->said.open_reports), V(p->said.suspensions)));
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
