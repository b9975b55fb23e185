/* Accounts that come from elsewhere with what they were there: what an import does to users. */
#include "features/role/role.h"
#include "features/user/user.h"
#include "features/user/user_name.h"
#include "features/user/user_store.h"

#include <string.h>

/* --- finding ------------------------------------------------------------------------------------------------------ */

static err_t normalise(struct cx *cx, struct user *u, struct user_keys *keys)
{
	const char *wrong;
	err_t bad = ERR_OK;
	*keys = (struct user_keys){ 0 };
	if (u->email && (wrong = email_normal(cx->mem, u->email, &u->email, &keys->email)))
		bad = cx_field(cx, "email", "%s", wrong);
	if (u->username && (wrong = username_normal(cx->mem, u->username, &u->username, &keys->username)))
		bad = cx_field(cx, "username", "%s", wrong);
	return bad;
}

static const char *or_nothing(const char *s)
{
	return s ? s : "";
}

err_t user_match(struct cx *cx, struct user *u, struct user_keys *keys, struct user *found)
{
	TRY(normalise(cx, u, keys));
	struct list like;
	TRY(user_store_like(cx, or_nothing(u->id), or_nothing(keys->email), or_nothing(keys->username), &like));
	if (!like.n)
		return ERR_NOT_FOUND;
	const struct user_ref *first = like.items;
	if (like.n > 1 || (u->id && strcmp(u->id, first->id) != 0))
		return cx_field(cx, u->id ? "id" : "username", "and the names belong to different accounts");
	TRY(user_store_by_id(cx, first->id, found));
	return found->status == USER_DELETED ? cx_field(cx, "id", "belonged to an account that was erased") : ERR_OK;
}

/* --- adding ------------------------------------------------------------------------------------------------------- */

static err_t derive(struct cx *cx, struct user *u, const char **key)
{
	for (int attempt = 0;; attempt++) {
		const char *name = username_derive(cx, u->email, attempt), *owner;
		if (username_normal(cx->mem, name, &u->username, key))
			continue;
		err_t e = user_store_owner_of(cx, *key, &owner);
		if (e)
			return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
}

err_t user_restore(struct cx *cx, struct user *u, struct user_keys *keys)
{
	if (!u->username && !u->email)
		return cx_field_code(cx, "username", "required", "is required when there is no e-mail address");
	if (!u->username) {
		TRY(derive(cx, u, &keys->username));
		u->display_name = u->display_name ? u->display_name : u->username;
	}
	if (!u->id)
		u->id = id_new(cx);
	u->is_active = u->status == USER_ACTIVE;
	u->credential_version = 1;
	TRY(user_store_restore(cx, u));
	err_t e = user_store_claim_both(cx, keys->email, keys->username, u->id);
	if (e == ERR_CONFLICT) { /* somebody was faster; the row must not stay without its names */
		TRY(user_store_unrestore(cx, u->id));
		return cx_field(cx, "username", "or the e-mail address was taken just now");
	}
	TRY(e);
	TRY(user_store_index(cx, u));
	return emit(cx, &user_created, u->id, u);
}

/* --- replacing ---------------------------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static err_t rename_to(struct cx *cx, const struct user *before, const struct user *now, const struct user_keys *keys)
{
	if (!same(before->username, now->username))
		TRY(user_store_rename(cx, now->id, "u:", keys->username));
	if (same(before->email, now->email))
		return ERR_OK;
	return keys->email ? user_store_rename(cx, now->id, "e:", keys->email) : user_store_unname(cx, now->id, "e:");
}

static bool words_differ(const struct user *a, const struct user *b)
{
	return !same(a->username, b->username) || !same(a->display_name, b->display_name) || !same(a->name, b->name) ||
	       !same(a->first_name, b->first_name) || !same(a->last_name, b->last_name);
}

static bool stops_being_admin(const struct user *before, const struct user *now)
{
	return strcmp(now->role, before->role) != 0 || now->status != USER_ACTIVE;
}

err_t user_replace(struct cx *cx, const struct user *before, struct user *now, const struct user_keys *keys, bool fresh)
{
	bool keys_to_it = fresh || !same(before->email, now->email);
	TRY(keys_to_it ? user_guard_other(cx, before) : user_guard_rank(cx, before));
	if (stops_being_admin(before, now))
		TRY(user_guard_last_admin(cx, before));
	now->is_active = now->status == USER_ACTIVE;
	TRY(user_store_replace(cx, now));
	TRY(rename_to(cx, before, now, keys));
	if (words_differ(before, now))
		TRY(user_store_reindex(cx, now));
	bool shut = now->status != before->status && (now->status == USER_INACTIVE || now->status == USER_BANNED);
	if (fresh || shut)
		TRY(user_store_bump(cx, now->id, &now->credential_version));
	if (now->status != before->status)
		TRY(emit(cx, &user_status_changed, now->id, now));
	return emit(cx, &user_updated, now->id, now);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

err_t user_some(struct cx *cx, int64_t after, int64_t most, struct list *out)
{
	return user_store_slice(cx, USER_OLDEST, &(struct user_slice){ .after = after, .most = most }, out);
}

err_t user_add_counts(struct cx *cx, const char *id, const struct user_counts *more)
{
	if (!more->posts && !more->followers && !more->following)
		return ERR_OK;
	bool there;
	TRY(user_store_add_counts(cx, id, more, &there));
	return emit(cx, &user_counted, id, &(struct user_counted){ id });
}

err_t user_count(struct cx *cx, int64_t *out)
{
	return user_store_count_all(cx, out);
}
