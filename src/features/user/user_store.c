#include "features/user/user_store.h"
#include "base/str.h"
#include "db/db.h"
#include "features/user/user_name.h"

#include <string.h>

#define COLUMNS "users.number AS number, " OTHER_COLUMNS
#define OTHER_COLUMNS \
	"id, username, email, email_verified, name, first_name, last_name, display_name, bio, website, location, gender," \
	" date_of_birth, avatar_url, cover_url, role, status, status_reason, status_until, visibility, is_private, push_token," \
	" email_notifications, push_notifications, show_email, show_location, show_online_status, allow_messages," \
	" allow_tagging, status_own, erase_at, followers_count, following_count, posts_count, credential_version, created_at," \
	" updated_at, last_login_at, last_active_at"

#define VISIBLE_SQL USER_VISIBLE_SQL("$9", "visibility <> 'private'")
/* A word of names that the viewer sees: hidden names find nobody. */
#define WORD_VISIBLE_SQL(word) "(" word ".shown OR $9 = '' OR id = $9)"
#define LIMITED_SQL "(visibility <> 'public' OR is_private)" /* person_limited() */

static void derive(struct user *u)
{
	u->is_active = u->status == USER_ACTIVE;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

enum { WORDS_MAX = 12 };

struct words {
	const char *list[WORDS_MAX];
	size_t n, shown; /* the first `shown` stand in names that everybody sees */
	const char *all; /* the whole names, one behind the other */
};

static void add_words(struct cx *cx, struct words *w, const char *text)
{
	if (!text || !*text)
		return;
	const char *normal = search_normal(cx->mem, text);
	w->all = w->all ? arena_printf(cx->mem, "%s %s", w->all, normal) : normal;
	while (*normal && w->n < WORDS_MAX) {
		size_t n = strcspn(normal, " ");
		const char *word = arena_memdup0(cx->mem, normal, n);
		size_t i = 0;
		while (i < w->n && strcmp(w->list[i], word) != 0)
			i++;
		if (i == w->n && n)
			w->list[w->n++] = word;
		normal += n + (normal[n] == ' ');
	}
}

static struct words words_of(struct cx *cx, const struct user *u)
{
	struct words w = { .n = 0 };
	enum { SHOWN = 2 }; /* of a limited profile, as person_visible() has it */
	const char *const texts[] = { u->username, u->display_name, u->name, u->first_name, u->last_name };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		bool again = false;
		for (size_t k = 0; k < i; k++)
			again = again || (texts[k] && texts[i] && strcmp(texts[k], texts[i]) == 0);
		if (!again)
			add_words(cx, &w, texts[i]);
		if (i < SHOWN || !person_limited(u))
			w.shown = w.n;
	}
	return w;
}

const char *user_store_first_word(struct cx *cx, const struct user *u, const struct user_slice *s)
{
	struct words w = words_of(cx, u);
	const char *first = NULL, *q = s->q;
	bool all = !s->viewer || !*s->viewer || strcmp(s->viewer, u->id) == 0;
	for (size_t i = 0; i < (all ? w.n : w.shown); i++)
		if (str_starts(w.list[i], q) && (!first || strcmp(w.list[i], first) < 0))
			first = w.list[i];
	return first;
}

static err_t index_words(struct cx *cx, const struct user *u)
{
	struct words w = words_of(cx, u);
	TRY(db_exec(cx,
		SQL2("INSERT INTO user_search (rowid, words) VALUES ($1, $2)",
			"INSERT INTO user_search (number, words) VALUES ($1, $2)"),
		BIND(V(u->number), V(w.all))));
	for (size_t i = 0; i < w.n; i++)
		TRY(db_exec(cx, "INSERT INTO user_word (word, number, shown) VALUES ($1, $2, $3)",
			BIND(V(w.list[i]), V(u->number), V((bool)(i < w.shown)))));
	return ERR_OK;
}

static err_t unindex_words(struct cx *cx, const struct user *u)
{
	TRY(db_exec(cx, SQL2("DELETE FROM user_search WHERE rowid = $1", "DELETE FROM user_search WHERE number = $1"),
		BIND(V(u->number))));
	return db_exec(cx, "DELETE FROM user_word WHERE number = $1", BIND(V(u->number)));
}

/* --- one user ----------------------------------------------------------------------------------------------------- */

static err_t add_key(struct cx *cx, const char *key, const char *id)
{
	return db_exec(cx, "INSERT INTO login_name (key, user_id) VALUES ($1, $2)", BIND(V(key), V(id)));
}

err_t user_store_claim(struct cx *cx, const char *key, const char *id)
{
	return db_try(cx, "INSERT INTO login_name (key, user_id) VALUES ($1, $2)", BIND(V(key), V(id)));
}

err_t user_store_add(struct cx *cx, struct user *u)
{
	return db_int(cx, &u->number,
		"INSERT INTO users (id, username, email, email_verified, name, first_name, last_name, display_name, role, status,"
		" status_reason, visibility, is_private, push_token, email_notifications, push_notifications, created_at, updated_at,"
		" avatar_url)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18) RETURNING number",
		BIND(V(u->id), V(u->username), V(u->email), V(u->email_verified), V(u->name), V(u->first_name),
			V(u->last_name), V(u->display_name), V(u->role), V(user_status_names[u->status]),
			V(u->status_reason), V(user_visibility_names[u->visibility]), V(u->is_private),
			V(u->push_token), V(u->preferences.email), V(u->preferences.push), V(u->created_at),
			V(u->avatar_url)));
}

#define RESTORED \
	V(u->id), V(u->username), V(u->email), V(u->email_verified), V(u->name), V(u->first_name), V(u->last_name), \
		V(u->display_name), V(u->bio), V(u->website), V(u->location), V(u->gender), V(u->date_of_birth), \
		V(u->avatar_url), V(u->cover_url), V(u->role), V(user_status_names[u->status]), V(u->status_reason), \
		val_time(u->status_until), V(user_visibility_names[u->visibility]), V(u->is_private), \
		V(u->push_token), V(u->preferences.email), V(u->preferences.push), V(u->followers_count), \
		V(u->following_count), V(u->posts_count), V(u->created_at), V(u->updated_at), \
		val_time(u->last_login_at), val_time(u->last_active_at)

err_t user_store_restore(struct cx *cx, struct user *u)
{
	return db_int(cx, &u->number,
		"INSERT INTO users (id, username, email, email_verified, name, first_name, last_name, display_name, bio, website,"
		" location, gender, date_of_birth, avatar_url, cover_url, role, status, status_reason, status_until, visibility,"
		" is_private, push_token, email_notifications, push_notifications, followers_count, following_count, posts_count,"
		" created_at, updated_at, last_login_at, last_active_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
		" $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)"
		" RETURNING number",
		BIND(RESTORED));
}

err_t user_store_replace(struct cx *cx, const struct user *u)
{
	return db_exec(cx,
		"UPDATE users SET username = $2, email = $3, email_verified = $4, name = $5, first_name = $6, last_name = $7,"
		" display_name = $8, bio = $9, website = $10, location = $11, gender = $12, date_of_birth = $13,"
		" avatar_url = $14, cover_url = $15, role = $16, status = $17, status_reason = $18, status_until = $19,"
		" visibility = $20, is_private = $21, push_token = $22, email_notifications = $23, push_notifications = $24,"
		" followers_count = $25, following_count = $26, posts_count = $27, created_at = $28, updated_at = $29,"
		" last_login_at = $30, last_active_at = $31, status_own = (status_own AND status = $17), erase_at = NULL WHERE id = $1",
		BIND(RESTORED));
}

err_t user_store_claim_both(struct cx *cx, const char *email, const char *username, const char *id)
{
	int64_t made;
	TRY(db_change(cx, &made,
		"INSERT INTO login_name (key, user_id) SELECT key, id FROM (SELECT CAST($1 AS TEXT) AS key, CAST($3 AS TEXT) AS id"
		" UNION ALL SELECT CAST($2 AS TEXT), CAST($3 AS TEXT)) AS wanted WHERE key <> '' ON CONFLICT DO NOTHING",
		BIND(V(email ? email : ""), V(username ? username : ""), V(id))));
	return made == (email != NULL) + (username != NULL) ? ERR_OK : ERR_CONFLICT;
}

err_t user_store_unrestore(struct cx *cx, const char *id)
{
	TRY(db_exec(cx, "DELETE FROM login_name WHERE user_id = $1", BIND(V(id))));
	return db_exec(cx, "DELETE FROM users WHERE id = $1", BIND(V(id)));
}

err_t user_store_like(struct cx *cx, const char *id, const char *email, const char *username, struct list *out)
{
	enum { KINDS = 3 };
	return db_list(cx, &user_ref_type, out, KINDS,
		"SELECT id FROM users WHERE id = $1 UNION SELECT user_id FROM login_name WHERE key IN ($2, $3) LIMIT 3",
		BIND(V(id), V(email), V(username)));
}

err_t user_store_unname(struct cx *cx, const char *id, const char *prefix)
{
	/* ';' follows ':' in ASCII, where the prefixes end. */
	const char *end = arena_printf(cx->mem, "%.*s;", (int)strlen(prefix) - 1, prefix);
	return db_exec(cx, "DELETE FROM login_name WHERE user_id = $1 AND key >= $2 AND key < $3",
		BIND(V(id), V(prefix), V(end)));
}

err_t user_store_count_all(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM users WHERE status <> 'deleted'", NULL);
}

err_t user_store_some(struct cx *cx, size_t n, const char *const *ids, struct list *out)
{
	struct val args[BIND_SOME + 1];
	bind_some(args, n, ids);
	TRY(db_list(cx, &user_type, out, n, "SELECT " COLUMNS " FROM users WHERE id IN (" BIND_SOME_SQL ")", args));
	struct user *u = out->items;
	for (size_t i = 0; i < out->n; i++)
		derive(&u[i]);
	return ERR_OK;
}

err_t user_store_many(struct cx *cx, const char *ids, size_t most, struct list *out)
{
	TRY(db_list(cx, &user_type, out, most,
		SQL2("SELECT " COLUMNS " FROM users WHERE id IN (" MANY_SQLITE("$1") ")",
			"SELECT " COLUMNS " FROM users WHERE id IN (" MANY_POSTGRES("$1") ")"),
		BIND(V(ids))));
	for (size_t i = 0; i < out->n; i++)
		derive((struct user *)out->items + i);
	return ERR_OK;
}

err_t user_store_by_id(struct cx *cx, const char *id, struct user *out)
{
	TRY(db_get(cx, &user_type, out, "SELECT " COLUMNS " FROM users WHERE id = $1", BIND(V(id))));
	derive(out);
	return ERR_OK;
}

err_t user_store_by_key(struct cx *cx, const char *key, struct user *out)
{
	TRY(db_get(cx, &user_type, out,
		"SELECT " COLUMNS " FROM users WHERE id = (SELECT user_id FROM login_name WHERE key = $1)",
		BIND(V(key))));
	derive(out);
	return ERR_OK;
}

err_t user_store_owner_of(struct cx *cx, const char *key, const char **id)
{
	return db_text(cx, id, "SELECT user_id FROM login_name WHERE key = $1", BIND(V(key)));
}

err_t user_store_rename(struct cx *cx, const char *id, const char *prefix, const char *key)
{
	TRY(user_store_unname(cx, id, prefix));
	return add_key(cx, key, id);
}

/* The columns that an index holds are left alone here: naming one in SET rewrites its index even when it stays the same. */
err_t user_store_update(struct cx *cx, const struct user *u)
{
	return db_exec(cx,
		"UPDATE users SET name = $2, first_name = $3, last_name = $4, display_name = $5, bio = $6, website = $7,"
		" location = $8, gender = $9, date_of_birth = $10, push_token = $11, visibility = $12, is_private = $13,"
		" email_notifications = $14, push_notifications = $15, updated_at = $16, avatar_url = $17, cover_url = $18,"
		" show_email = $19, show_location = $20, show_online_status = $21, allow_messages = $22, allow_tagging = $23"
		" WHERE id = $1",
		BIND(V(u->id), V(u->name), V(u->first_name), V(u->last_name), V(u->display_name), V(u->bio),
			V(u->website), V(u->location), V(u->gender), V(u->date_of_birth), V(u->push_token),
			V(user_visibility_names[u->visibility]), V(u->is_private), V(u->preferences.email),
			V(u->preferences.push), V(u->updated_at), V(u->avatar_url), V(u->cover_url), V(u->show_email),
			V(u->show_location), V(u->show_online_status), V(u->allow_messages), V(u->allow_tagging)));
}

err_t user_store_set_username(struct cx *cx, const struct user *u)
{
	return db_exec(cx, "UPDATE users SET username = $2 WHERE id = $1", BIND(V(u->id), V(u->username)));
}

err_t user_store_set_email(struct cx *cx, const struct user *u)
{
	return db_exec(cx, "UPDATE users SET email = $2, email_verified = $3, updated_at = $4 WHERE id = $1",
		BIND(V(u->id), V(u->email), V(u->email_verified), V(u->updated_at)));
}

err_t user_store_set_role(struct cx *cx, const struct user *u)
{
	return db_exec(cx, "UPDATE users SET role = $2 WHERE id = $1", BIND(V(u->id), V(u->role)));
}

err_t user_store_set_picture(struct cx *cx, const struct user *u, enum user_picture which)
{
	if (which == USER_AVATAR)
		return db_exec(cx, "UPDATE users SET avatar_url = $2, updated_at = $3 WHERE id = $1",
			BIND(V(u->id), V(u->avatar_url), V(u->updated_at)));
	return db_exec(cx, "UPDATE users SET cover_url = $2, updated_at = $3 WHERE id = $1",
		BIND(V(u->id), V(u->cover_url), V(u->updated_at)));
}

err_t user_store_index(struct cx *cx, const struct user *u)
{
	return index_words(cx, u);
}

err_t user_store_reindex(struct cx *cx, const struct user *u)
{
	TRY(unindex_words(cx, u));
	return index_words(cx, u);
}

err_t user_store_set_status(struct cx *cx, const struct user *u)
{
	return db_exec(cx,
		"UPDATE users SET status = $2, status_reason = $3, status_until = $4, updated_at = $5, status_own = $6,"
		" erase_at = $7 WHERE id = $1",
		BIND(V(u->id), V(user_status_names[u->status]), V(u->status_reason), val_time(u->status_until),
			V(u->updated_at), V(u->status_own), val_time(u->erase_at)));
}

err_t user_store_erase(struct cx *cx, const struct user *u)
{
	TRY(unindex_words(cx, u));
	TRY(db_exec(cx, "DELETE FROM login_name WHERE user_id = $1", BIND(V(u->id))));
	return db_exec(cx,
		"UPDATE users SET username = $2, email = NULL, email_verified = FALSE, name = NULL, first_name = NULL, last_name = NULL,"
		" display_name = NULL, bio = NULL, website = NULL, location = NULL, gender = NULL, date_of_birth = NULL, avatar_url = NULL,"
		" cover_url = NULL, push_token = NULL, status = 'deleted', status_reason = NULL, status_until = NULL, role = 'user',"
		" status_own = FALSE, erase_at = NULL, exported_at = NULL, last_login_at = NULL, last_active_at = NULL, followers_count = 0,"
		" following_count = 0, posts_count = 0, visibility = 'private',"
		" credential_version = credential_version + 1, updated_at = $3, deleted_at = $3 WHERE id = $1",
		BIND(V(u->id), V(u->id), V(cx->now)));
}

err_t user_store_add_counts(struct cx *cx, const char *id, const struct user_counts *more, bool *there)
{
	int64_t changed;
#define MORE(column, n) column " = CASE WHEN " column " + " n " > 0 THEN " column " + " n " ELSE 0 END"
	TRY(db_change(cx, &changed,
		"UPDATE users SET " MORE("posts_count", "$2") ", " MORE("followers_count", "$3") ", " MORE(
			"following_count", "$4") " WHERE id = $1 AND deleted_at IS NULL",
		BIND(V(id), V(more->posts), V(more->followers), V(more->following))));
	*there = changed;
	return ERR_OK;
}

err_t user_store_note_login(struct cx *cx, const char *id)
{
	return db_exec(
		cx, "UPDATE users SET last_login_at = $2, last_active_at = $2 WHERE id = $1", BIND(V(id), V(cx->now)));
}

err_t user_store_bump(struct cx *cx, const char *id, int64_t *version)
{
	return db_int(cx, version,
		"UPDATE users SET credential_version = credential_version + 1 WHERE id = $1 RETURNING credential_version",
		BIND(V(id)));
}

err_t user_store_suspended_until(struct cx *cx, int64_t now, struct list *out)
{
	enum { SOME = 200 };
	return db_list(cx, &user_type, out, SOME,
		"SELECT " COLUMNS
		" FROM users WHERE status = 'suspended' AND status_until IS NOT NULL AND status_until <= $1"
		" ORDER BY status_until LIMIT 200",
		BIND(V(now)));
}

err_t user_store_to_erase(struct cx *cx, int64_t now, size_t most, struct list *out)
{
	return db_list(cx, &user_type, out, most,
		"SELECT " COLUMNS
		" FROM users WHERE erase_at IS NOT NULL AND erase_at <= $1 ORDER BY erase_at LIMIT $2",
		BIND(V(now), V((int64_t)most)));
}

err_t user_store_count_admins(struct cx *cx, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM users WHERE role = 'admin' AND status = 'active'", NULL);
}

/* --- export ------------------------------------------------------------------------------------------------------- */

err_t user_store_exported_at(struct cx *cx, const char *id, int64_t *out)
{
	return db_int(cx, out, "SELECT exported_at FROM users WHERE id = $1", BIND(V(id)));
}

err_t user_store_claim_export(struct cx *cx, const char *id, int64_t before, bool *out)
{
	int64_t changed;
	TRY(db_change(cx, &changed,
		"UPDATE users SET exported_at = $2 WHERE id = $1 AND (exported_at IS NULL OR exported_at <= $3)",
		BIND(V(id), V(cx->now), V(before))));
	*out = changed == 1;
	return ERR_OK;
}

/* --- counts, each from one index ---------------------------------------------------------------------------------- */

/* All accounts are counted from indexes alone; those of a time go by its index. */
#define WITHIN " created_at >= $1 AND created_at < $2"
#define SPAN(s) BIND(V((s)->from), V((s)->to))
#define TALLY(where) \
	"SELECT role, status, COUNT(*) AS n FROM users" where " GROUP BY role, status ORDER BY role, status"

err_t user_store_tally(struct cx *cx, const struct user_span *s, size_t most, struct list *out)
{
	if (!s)
		return db_list(cx, &user_tally_type, out, most, TALLY(""), NULL);
	return db_list(cx, &user_tally_type, out, most, TALLY(" WHERE" WITHIN), SPAN(s));
}

err_t user_store_count_to_erase(struct cx *cx, const struct user_span *s, int64_t *out)
{
	if (!s)
		return db_int(cx, out, "SELECT COUNT(*) FROM users WHERE erase_at IS NOT NULL", NULL);
	return db_int(cx, out, "SELECT COUNT(*) FROM users WHERE erase_at IS NOT NULL AND" WITHIN, SPAN(s));
}

#define VERIFIED(and) \
	"SELECT (SELECT COUNT(*) FROM users WHERE email_verified" and \
		")" \
		" - (SELECT COUNT(*) FROM users WHERE erase_at IS NOT NULL AND email_verified" and \
		")"

err_t user_store_count_verified(struct cx *cx, const struct user_span *s, int64_t *out)
{
	if (!s)
		return db_int(cx, out, VERIFIED(""), NULL);
	return db_int(cx, out, VERIFIED(" AND" WITHIN), SPAN(s));
}

err_t user_store_count_within(struct cx *cx, const struct user_span *s, int64_t *out)
{
	return db_int(cx, out, "SELECT COUNT(*) FROM users WHERE" WITHIN, SPAN(s));
}

/* --- lists -------------------------------------------------------------------------------------------------------- */

/* $1 most, $2 offset, $3 number and $4 name of the row before, $5 role, $6 status, $7 text, $8 its end, $9 viewer, $10 and
 * $11 the first moment of registration and the one behind the last, $12 whether the address was proved (-1: either), $13
 * visibility, $14 whether following needs consent (-1: either), $15 gender. Every
 * statement names them all, so that one BIND serves; the index follows from the filter that stands outside an OR. */
#define ALL_NAMED \
	" AND ($3 >= 0 AND $4 >= '' AND $5 >= '' AND $6 >= '' AND $7 >= '' AND $8 >= '' AND $9 >= ''" \
	" AND CAST($10 AS BIGINT) <= CAST($11 AS BIGINT) AND CAST($12 AS BIGINT) < 2 AND $13 >= ''" \
	" AND CAST($14 AS BIGINT) < 2 AND $15 >= '')"
/* An account that waits to be erased is shown to who asks for deleted ones; what was erased, to nobody. */
#define NOT_GONE " AND (status <> 'deleted' OR ($6 = 'deleted' AND erase_at IS NOT NULL))"
#define FILTERED \
	" AND (CAST($12 AS BIGINT) < 0 OR email_verified = (CAST($12 AS BIGINT) = 1))" \
	" AND ($13 = '' OR visibility = $13) AND ($15 = '' OR gender = $15)" \
	" AND (CAST($14 AS BIGINT) < 0 OR is_private = (CAST($14 AS BIGINT) = 1))"
/* The plus keeps the planner from taking the index of created_at, whose order is another. */
#define CREATED_TOO " AND +created_at >= CAST($10 AS BIGINT) AND +created_at < CAST($11 AS BIGINT)"
/* Whose names hold the text, in the order of their numbers: the index gives one after the other, and a page is full long
 * before all are found. */
#define HELD_SQLITE \
	"user_search CROSS JOIN users WHERE users.number = user_search.rowid AND user_search MATCH" \
	" '\"' || REPLACE($7, '\"', '\"\"') || '\"'"
#define LIKE_POSTGRES "words LIKE '%' || REPLACE(REPLACE(REPLACE($7, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'"
#define HELD_POSTGRES "user_search JOIN users ON users.number = user_search.number WHERE " LIKE_POSTGRES
#define LIST(what, from, where, order) \
	"SELECT " what " FROM " from NOT_GONE FILTERED " AND " where ALL_NAMED " ORDER BY " order " LIMIT $1 OFFSET $2"
#define ALL "users WHERE TRUE"
#define ROLE "users WHERE role = $5 AND ($6 = '' OR status = $6)"
#define STATUS "users WHERE status = $6"
#define CREATED \
	"users WHERE created_at >= CAST($10 AS BIGINT) AND created_at < CAST($11 AS BIGINT)" \
	" AND ($5 = '' OR role = $5) AND ($6 = '' OR status = $6)"
#define NEWEST(number) number " < $3", number " DESC"
#define OLDEST(number) number " > $3", number
#define BY_NAME(number) "(username, " number ") > ($4, $3)", "username, " number
#define BY_NAME_BACK(number) "(username, " number ") < ($4, $3)", "username DESC, " number " DESC"
/* Lists by date of registration go by that date; the cursor carries it where others carry the name. */
#define LATEST(number) \
	"(created_at, " number ") < (CAST(CAST($4 AS TEXT) AS BIGINT), $3)", "created_at DESC, " number " DESC"
#define EARLIEST(number) "(created_at, " number ") > (CAST(CAST($4 AS TEXT) AS BIGINT), $3)", "created_at, " number
#define SLICE(from, order) SLICE_(from, order("number"))
#define SLICE_(from, after) SLICE__(from, after)
#define SLICE__(from, after, by) LIST(COLUMNS, from, after, by)
#define HELD(order) \
	SQL2(HELD_(HELD_SQLITE, order("user_search.rowid")), HELD_(HELD_POSTGRES, order("user_search.number")))
#define HELD_(from, after) HELD__(from, after)
#define HELD__(from, after, by) \
	LIST(COLUMNS, from, "($5 = '' OR role = $5) AND ($6 = '' OR status = $6)" CREATED_TOO " AND " after, by)

static const char *const slices[][4] = {
	/* newest, oldest, by name, by name backwards */
	{ SLICE(ALL, NEWEST), SLICE(ALL, OLDEST), SLICE(ALL, BY_NAME), SLICE(ALL, BY_NAME_BACK) },
	{ SLICE(ROLE, NEWEST), SLICE(ROLE, OLDEST), SLICE(ROLE, BY_NAME), SLICE(ROLE, BY_NAME_BACK) },
	{ SLICE(STATUS, NEWEST), SLICE(STATUS, OLDEST), SLICE(STATUS, BY_NAME), SLICE(STATUS, BY_NAME_BACK) },
	{ HELD(NEWEST), HELD(OLDEST), HELD(BY_NAME), HELD(BY_NAME_BACK) },
	{ SLICE(CREATED, LATEST), SLICE(CREATED, EARLIEST), SLICE(CREATED, BY_NAME), SLICE(CREATED, BY_NAME_BACK) },
};

static size_t filter_of(const struct user_slice *s)
{
	return s->q ? 3 : user_slice_by_date(s) ? 4 : s->role ? 1 : s->status ? 2 : 0;
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* The least text behind all that begin with q: q with U+10FFFF behind it, which no name holds. */
static const char *end_of(struct cx *cx, const char *q)
{
	return arena_printf(cx->mem, "%s\xf4\x8f\xbf\xbf", or_empty(q));
}

static int64_t created_end(const struct user_slice *s)
{
	return s->created_to ? s->created_to : INT64_MAX;
}

/* -1: either. */
static int64_t wanted(const struct opt_bool *b)
{
	return b->has == IS_SET ? b->v : -1;
}

static err_t list_users(struct cx *cx, struct list *out, const char *sql, const struct user_slice *s)
{
	TRY(db_list(cx, &user_type, out, (size_t)s->most, sql,
		BIND(V(s->most), V(s->offset), V(s->after), V(or_empty(s->after_name)), V(or_empty(s->role)),
			V(or_empty(s->status)), V(or_empty(s->q)), V(end_of(cx, s->q)), V(or_empty(s->viewer)),
			V(s->created_from), V(created_end(s)), V(wanted(&s->verified)), V(or_empty(s->visibility)),
			V(wanted(&s->is_private)), V(or_empty(s->gender)))));
	for (size_t i = 0; i < out->n; i++)
		derive((struct user *)out->items + i);
	return ERR_OK;
}

static err_t count_users(struct cx *cx, int64_t *out, const char *sql, const struct user_slice *s)
{
	return db_int(cx, out, sql,
		BIND(V((int64_t)PAGE_COUNT_MAX + 1), V((int64_t)0), V((int64_t)0), V(or_empty(s->q)),
			V(or_empty(s->role)), V(or_empty(s->status)), V(or_empty(s->q)), V(end_of(cx, s->q)),
			V(or_empty(s->viewer)), V(s->created_from), V(created_end(s)), V(wanted(&s->verified)),
			V(or_empty(s->visibility)), V(wanted(&s->is_private)), V(or_empty(s->gender))));
}

err_t user_store_slice(struct cx *cx, enum user_order order, const struct user_slice *s, struct list *out)
{
	return list_users(cx, out, slices[filter_of(s)][order], s);
}

#define COUNTED(list) "SELECT COUNT(*) FROM (" list ") AS counted"
#define COUNT(from) COUNTED(LIST("1", from, "TRUE", "users.number"))
#define COUNT_HELD(from) COUNT(from " AND ($5 = '' OR role = $5) AND ($6 = '' OR status = $6)" CREATED_TOO)

err_t user_store_count(struct cx *cx, const struct user_slice *s, int64_t *out)
{
	static const char *const counts[] = { COUNT(ALL), COUNT(ROLE), COUNT(STATUS),
		SQL2(COUNT_HELD(HELD_SQLITE), COUNT_HELD(HELD_POSTGRES)), COUNT(CREATED) };
	return count_users(cx, out, counts[filter_of(s)], s);
}

/* A person two of whose words begin with the text is found by the first of them alone. The place behind which the page begins
 * ($4, $3) is the one lower bound, and never before the text: PostgreSQL starts at a comparison of rows and not at another
 * bound beside it, so one before the text had it read the index from its beginning. */
#define BEGINS \
	" FROM user_word w JOIN users ON users.number = w.number WHERE (w.word, w.number) > ($4, $3)" \
	" AND w.word < $8 AND " WORD_VISIBLE_SQL("w") " AND NOT EXISTS (SELECT 1 FROM user_word v WHERE v.number = w.number AND v.word >= $7 AND v.word < w.word AND " WORD_VISIBLE_SQL( \
		"v") ")" \
		     " AND status <> 'deleted' AND ($5 = '' OR role = $5) AND ($6 = '' OR status = $6) AND " VISIBLE_SQL \
			     ALL_NAMED " ORDER BY w.word, w.number LIMIT $1 OFFSET $2"

err_t user_store_begins(struct cx *cx, const struct user_slice *s, struct list *out)
{
	return list_users(cx, out, "SELECT " COLUMNS BEGINS, s);
}

err_t user_store_begins_count(struct cx *cx, const struct user_slice *s, int64_t *out)
{
	return count_users(cx, out, COUNTED("SELECT 1" BEGINS), s);
}

/* Those that hold the text without beginning with it. The names stand in one text for all: of a limited profile a word
 * that everybody sees must hold it as well. */
#define HOLDS(number) \
	"NOT EXISTS (SELECT 1 FROM user_word v WHERE v.number = users.number AND v.word >= $7 AND v.word < $8 AND " WORD_VISIBLE_SQL( \
		"v") ")" \
		     " AND (NOT " LIMITED_SQL \
		     " OR $9 = '' OR id = $9 OR EXISTS (SELECT 1 FROM user_word v WHERE v.number = users.number" \
		     " AND v.shown AND REPLACE(v.word, $7, '') <> v.word))" \
		     " AND ($5 = '' OR role = $5) AND ($6 = '' OR status = $6) AND " number " > $3 AND " VISIBLE_SQL
#define HOLDS_SQLITE(what) LIST(what, HELD_SQLITE, HOLDS("user_search.rowid"), "user_search.rowid")
#define HOLDS_IN(what, from) LIST(what, from, HOLDS("user_search.number"), "user_search.number")
#define HOLDS_POSTGRES(what) HOLDS_IN(what, HELD_POSTGRES)
/* PostgreSQL takes any text for one that a ten-thousandth of all hold, and of many millions would rather walk through all in
 * order than look up the few that do hold it. So it is told: a walk through the next ones, which fills the page when the
 * text is a common one; if it does not, those whom the index finds. (OFFSET 0 keeps the two apart for the planner.) SQLite's
 * index finds one after the other in order, and needs no such help. */
#define HOLDS_NOBODY LIST(COLUMNS, "users WHERE FALSE", "TRUE", "number")
#define HOLDS_NEAR \
	HOLDS_IN(COLUMNS, "(SELECT number, words FROM user_search WHERE number > $3 ORDER BY number LIMIT 20000)" \
			  " AS user_search JOIN users ON users.number = user_search.number WHERE " LIKE_POSTGRES)
#define HOLDS_FAR \
	HOLDS_IN(COLUMNS, \
		"(SELECT number FROM user_search WHERE number > $3 AND " LIKE_POSTGRES " ORDER BY number OFFSET 0)" \
		" AS user_search JOIN users ON users.number = user_search.number WHERE TRUE")

err_t user_store_holds(struct cx *cx, const struct user_slice *s, struct list *out)
{
	TRY(list_users(cx, out, SQL2(HOLDS_NOBODY, HOLDS_NEAR), s));
	if ((int64_t)out->n == s->most)
		return ERR_OK;
	return list_users(cx, out, SQL2(HOLDS_SQLITE(COLUMNS), HOLDS_FAR), s);
}

err_t user_store_holds_count(struct cx *cx, const struct user_slice *s, int64_t *out)
{
	return count_users(cx, out, SQL2(COUNTED(HOLDS_SQLITE("1")), COUNTED(HOLDS_POSTGRES("1"))), s);
}
