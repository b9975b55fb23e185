#include "features/user/user_tied_store.h"
#include "db/db.h"
#include "features/relation/relation.h"
#include "features/user/user_store.h"

/* $1 owner, $2 kind, $3 and $4 the place behind which the page begins, $5 most, $6 offset, $7 viewer. A profile that is listed
 * nowhere is in the lists of its owner's own followers and followees all the same, for their owner alone. */
#define SEEN " AND " USER_VISIBLE_SQL("$7", "(users.visibility <> 'private' OR $7 = $1)")
#define TIED(what, other, mine, more) \
	"SELECT " what " FROM relation r JOIN users ON users.id = r." other more " WHERE r." mine \
	" = $1 AND r.kind = $2 AND (r.at, r." other ") < ($3, $4)" SEEN " ORDER BY r.at DESC, r." other \
	" DESC LIMIT $5 OFFSET $6"
/* Of those who are tied to him, whom the viewer follows. */
#define MUTUAL " JOIN relation m ON m.from_id = $7 AND m.to_id = r.from_id AND m.kind = 'follow'"
#define KEYS "users.id AS user_id, r.at AS at"
#define COUNT(list) "SELECT COUNT(*) FROM (" list ") AS counted"
#define BOTH(other, mine, more) \
	{ \
		TIED(KEYS, other, mine, more), COUNT(TIED("1", other, mine, more)) \
	}

static const char *const lists[][2] = {
	[USER_TIED_TO] = BOTH("from_id", "to_id", ""),
	[USER_TIED_FROM] = BOTH("to_id", "from_id", ""),
	[USER_TIED_MUTUAL] = BOTH("from_id", "to_id", MUTUAL),
};

err_t user_tied_store_slice(struct cx *cx, enum user_tied_by by, const struct user_ties_slice *s, struct list *out)
{
	return db_list(cx, &user_tie_type, out, (size_t)s->most, lists[by][0],
		BIND(V(s->owner), V(s->kind), V(s->after.at), V(s->after.user_id), V(s->most), V(s->offset),
			V(s->viewer)));
}

err_t user_tied_store_count(struct cx *cx, enum user_tied_by by, const struct user_ties_slice *s, int64_t *out)
{
	return db_int(cx, out, lists[by][1],
		BIND(V(s->owner), V(s->kind), V(s->after.at), V(s->after.user_id), V((int64_t)PAGE_COUNT_MAX + 1),
			V((int64_t)0), V(s->viewer)));
}

/* The same for many owners: $1 their ids, $2 kind, $3 most of each, $4 viewer. For each of them the index of his own list is
 * read, from its newest on, and no further than that. */
#define NEWEST(what, other, mine, owner) \
	"SELECT " what " FROM relation r JOIN users ON users.id = r." other " WHERE r." mine " = " owner \
	" AND r.kind = $2 AND " USER_VISIBLE_SQL("$4", \
		"(users.visibility <> 'private' OR $4 = " owner ")") " ORDER BY r.at DESC, r." other " DESC LIMIT $3"
#define SOME_SQLITE(other, mine) \
	"SELECT o.value AS owner_id, t." other " AS user_id, t.at AS at FROM json_each($1) AS o CROSS JOIN relation t" \
	" ON t.rowid IN (" NEWEST("r.rowid", other, mine, "o.value") ") ORDER BY o.key, t.at DESC, t." other " DESC"
#define SOME_POSTGRES(other, mine) \
	"SELECT o.id AS owner_id, t.user_id, t.at FROM json_array_elements_text(CAST($1 AS json)) WITH ORDINALITY AS o (id, place)" \
	" CROSS JOIN LATERAL (" NEWEST("r." other " AS user_id, r.at AS at", other, mine, \
		"o.id") ") AS t" \
			" ORDER BY o.place, t.at DESC, t.user_id DESC"
#define SOME(other, mine) SQL2(SOME_SQLITE(other, mine), SOME_POSTGRES(other, mine))

err_t user_tied_store_some(struct cx *cx, const struct user_tied_some *in, const char *owners, const char *viewer,
	size_t most, struct list *out)
{
	static const char *const some[] = {
		[USER_TIED_TO] = SOME("from_id", "to_id"), [USER_TIED_FROM] = SOME("to_id", "from_id")
	};
	return db_list(cx, &user_tie_type, out, most, some[in->by],
		BIND(V(owners), V(relation_kind_names[in->kind]), V(in->limit + 1), V(viewer)));
}

/* Bounded where the work is: those whom the viewer follows, and those whom they follow. */
#define NEAR \
	"SELECT r.to_id AS id FROM (SELECT to_id FROM relation WHERE from_id = $1 AND kind = 'follow'" \
	" ORDER BY at DESC LIMIT 100) AS f JOIN relation r ON r.from_id = f.to_id AND r.kind = 'follow' LIMIT 10000"

err_t user_tied_store_suggest(struct cx *cx, const char *viewer, int64_t most, struct list *out)
{
	return db_list(cx, &user_tie_type, out, (size_t)most,
		"SELECT users.id AS user_id, c.n AS at FROM (SELECT id, COUNT(*) AS n FROM (" NEAR
		") AS near GROUP BY id)"
		" AS c JOIN users ON users.id = c.id WHERE users.id <> $1"
		" AND users.id NOT IN (SELECT to_id FROM relation WHERE from_id = $1)"
		" AND " USER_VISIBLE_SQL(
			"$1", "users.visibility <> 'private'") " ORDER BY c.n DESC,"
							       " users.followers_count DESC, users.number LIMIT $2",
		BIND(V(viewer), V(most)));
}

err_t user_tied_store_uncount(struct cx *cx, const char *id, int64_t most, struct list *told)
{
	TRY(db_list(cx, &user_ref_type, told, (size_t)most + 1,
		"SELECT from_id AS id FROM relation WHERE to_id = $1 AND kind = 'follow' UNION"
		" SELECT to_id FROM relation WHERE from_id = $1 AND kind = 'follow' LIMIT $2",
		BIND(V(id), V(most + 1))));
	TRY(db_exec(cx,
		"UPDATE users SET following_count = following_count - 1 WHERE following_count > 0"
		" AND id IN (SELECT from_id FROM relation WHERE to_id = $1 AND kind = 'follow')",
		BIND(V(id))));
	return db_exec(cx,
		"UPDATE users SET followers_count = followers_count - 1 WHERE followers_count > 0"
		" AND id IN (SELECT to_id FROM relation WHERE from_id = $1 AND kind = 'follow')",
		BIND(V(id)));
}
