#include "features/user/user.h"
#include "base/id.h"
#include "base/str.h"
#include "features/push/push.h"
#include "features/role/role.h"
#include "features/user/user_change.h"
#include "features/user/user_name.h"
#include "features/user/user_preferred.h"
#include "features/user/user_profile.h"
#include "features/user/user_store.h"

#include <string.h>

void user_audit(struct cx *cx, const struct user *before, const struct user *after)
{
	cx->audit.subject_type = "user";
	const struct user *known = after ? after : before;
	cx->audit.subject_id = known ? known->id : "";
	cx->audit.type = &user_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

struct user *user_copy(struct cx *cx, const struct user *u)
{
	struct user *c = arena_new_of(cx->mem, struct user);
	*c = *u;
	return c;
}

err_t user_by_id(struct cx *cx, const char *id, struct user *out)
{
	return user_store_by_id(cx, id, out);
}

err_t user_by_login(struct cx *cx, const char *identifier, struct user *out)
{
	const char *key = login_key(cx->mem, identifier);
	return key ? user_store_by_key(cx, key, out) : ERR_NOT_FOUND;
}

err_t user_by_ref(struct cx *cx, const char *id_or_name, struct user *out)
{
	err_t e = ERR_NOT_FOUND;
	if (!strchr(id_or_name, '@'))
		e = id_is(id_or_name) ? user_store_by_id(cx, id_or_name, out) : user_by_login(cx, id_or_name, out);
	if (!e && out->status == USER_DELETED)
		e = ERR_NOT_FOUND;
	return e == ERR_NOT_FOUND ? FAIL(cx, e, "%s", id_or_name) : e;
}

bool user_may_act(const struct user *u, int64_t now)
{
	return u->status == USER_ACTIVE || (u->status == USER_SUSPENDED && u->status_until && u->status_until <= now);
}

err_t user_note_login(struct cx *cx, const char *id)
{
	return user_store_note_login(cx, id);
}

err_t user_bump_credentials(struct cx *cx, const char *id, int64_t *version)
{
	return user_store_bump(cx, id, version);
}

err_t user_count_admins(struct cx *cx, int64_t *out)
{
	return user_store_count_admins(cx, out);
}

/* --- adding ------------------------------------------------------------------------------------------------------- */

static err_t taken(struct cx *cx, const char *key, err_t code)
{
	const char *owner;
	err_t e = user_store_owner_of(cx, key, &owner);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	TRY(e);
	return FAIL(cx, code, "it belongs to %s", owner);
}

/* A name out of the address that is free; never an error, because nobody asked for this one. */
static err_t derive_username(struct cx *cx, struct user *u, const char **key)
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

/* The keys decide a race: whoever asked first has the name, whatever both of them read before. */
static err_t claim(struct cx *cx, const char *key, const char *id, err_t code)
{
	err_t e = user_store_claim(cx, key, id);
	return e == ERR_CONFLICT ? FAIL(cx, code, "somebody was faster") : e;
}

static err_t claim_derived(struct cx *cx, struct user *u, const char *key)
{
	err_t e;
	while ((e = user_store_claim(cx, key, u->id)) == ERR_CONFLICT) {
		TRY(derive_username(cx, u, &key));
		TRY(user_store_set_username(cx, u));
	}
	return e;
}

err_t user_add(struct cx *cx, struct user *u)
{
	const char *email_key = NULL, *username_key = NULL, *wrong;
	err_t bad = ERR_OK;
	bool named = u->username;
	if (u->email && (wrong = email_normal(cx->mem, u->email, &u->email, &email_key)))
		bad = cx_field(cx, "email", "%s", wrong);
	if (u->username && (wrong = username_normal(cx->mem, u->username, &u->username, &username_key)))
		bad = cx_field(cx, "username", "%s", wrong);
	TRY(bad);
	if (email_key)
		TRY(taken(cx, email_key, ERR_EMAIL_TAKEN));
	if (username_key)
		TRY(taken(cx, username_key, ERR_USERNAME_TAKEN));
	else
		TRY(derive_username(cx, u, &username_key));
	if (!u->display_name)
		u->display_name = u->name ? u->name : u->username;
	u->id = id_new(cx);
	u->created_at = u->updated_at = cx->now;
	u->credential_version = 1;
	u->is_active = u->status == USER_ACTIVE;
	u->show_location = u->show_online_status = u->allow_messages = u->allow_tagging = true;
	TRY(user_store_add(cx, u));
	TRY(named ? claim(cx, username_key, u->id, ERR_USERNAME_TAKEN) : claim_derived(cx, u, username_key));
	if (email_key)
		TRY(claim(cx, email_key, u->id, ERR_EMAIL_TAKEN));
	TRY(user_store_index(cx, u));
	user_audit(cx, NULL, u);
	return emit(cx, &user_created, u->id, u);
}

/* --- proving an address ------------------------------------------------------------------------------------------- */

bool user_unproved(const struct user *u)
{
	return u->status == USER_PENDING && u->status_reason && strcmp(u->status_reason, USER_UNPROVED) == 0;
}

/* Two changes within a millisecond must still differ in their times: ETags hang on it. */
static int64_t after(int64_t now, int64_t before)
{
	return now > before ? now : before + 1;
}

static err_t prove(struct cx *cx, struct user *u)
{
	u->email_verified = true;
	u->updated_at = after(cx->now, u->updated_at);
	if (user_unproved(u)) {
		u->status = USER_ACTIVE;
		u->status_reason = NULL;
		u->is_active = true;
		TRY(user_store_set_status(cx, u));
	}
	return user_store_set_email(cx, u);
}

err_t user_verify_email(struct cx *cx, struct user *u)
{
	const struct user *before = user_copy(cx, u);
	if (u->email_verified && !user_unproved(u))
		return ERR_OK;
	TRY(prove(cx, u));
	user_audit(cx, before, user_copy(cx, u));
	return emit(cx, &user_email_verified, u->id, u);
}

static err_t take_email(struct cx *cx, struct user *u, const char *email)
{
	const char *shown, *key, *owner, *wrong = email_normal(cx->mem, email, &shown, &key);
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	u->email = shown;
	err_t e = user_store_owner_of(cx, key, &owner);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && strcmp(owner, u->id) != 0)
		return FAIL(cx, ERR_EMAIL_TAKEN, "it belongs to %s", owner);
	e = user_store_rename(cx, u->id, "e:", key);
	return e == ERR_CONFLICT ? FAIL(cx, ERR_EMAIL_TAKEN, "somebody was faster") : e;
}

err_t user_move_email(struct cx *cx, struct user *u, const char *email)
{
	const struct user *before = user_copy(cx, u);
	TRY(take_email(cx, u, email));
	TRY(prove(cx, u));
	user_audit(cx, before, user_copy(cx, u));
	TRY(emit(cx, &user_updated, u->id, u));
	return emit(cx, &user_email_verified, u->id, u);
}

err_t user_put_email(struct cx *cx, struct user *u, const char *email)
{
	const struct user *before = user_copy(cx, u);
	u->email = NULL;
	TRY(email ? take_email(cx, u, email) : user_store_unname(cx, u->id, "e:"));
	u->email_verified = false;
	u->updated_at = after(cx->now, u->updated_at);
	TRY(user_store_set_email(cx, u));
	user_audit(cx, before, user_copy(cx, u));
	return emit(cx, &user_updated, u->id, u);
}

err_t user_drop_push_token(struct cx *cx, struct user *u)
{
	if (!u->push_token)
		return ERR_OK;
	u->push_token = NULL;
	u->updated_at = after(cx->now, u->updated_at);
	TRY(user_store_update(cx, u));
	TRY(push_set_default(cx, u->id, NULL, NULL));
	return emit(cx, &user_updated, u->id, u);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

err_t user_me(struct cx *cx, const struct none *in, struct user *out)
{
	(void)in;
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has an account of its own");
	TRY(user_cached(cx, cx->who.id, out));
	person_own(out);
	return ERR_OK;
}

/* Who sees as much as a stranger does: neither the person itself nor who may read every account. */
static bool is_stranger(const struct cx *cx, const char *id)
{
	const struct actor *who = &cx->who;
	return who->kind != ACTOR_LOCAL && !may(who, PERM_USER_READ) && strcmp(who->id, id) != 0;
}

/* On a loop: what memory holds of somebody by his id, for who is nobody to him. What stands between two people it does not. */
static err_t find_in_memory(struct cx *cx, const char *id, struct user *out)
{
	return cx->who.kind == ACTOR_ANYONE && id_is(id) ? user_profile(cx, id, out) : ERR_NOT_HERE;
}

static err_t find(struct cx *cx, const char *id_or_name, struct user *out)
{
	if (cx->on_loop)
		return find_in_memory(cx, id_or_name, out);
	bool by_profile = id_is(id_or_name) && is_stranger(cx, id_or_name);
	err_t e = by_profile ? user_profile(cx, id_or_name, out) : user_store_by_id(cx, id_or_name, out);
	if (!e && by_profile && cx->who.kind == ACTOR_USER && person_limited(out))
		e = user_store_by_id(cx, id_or_name, out); /* he may follow, and see more than what all may */
	return e == ERR_NOT_FOUND ? user_by_login(cx, id_or_name, out) : e;
}

err_t user_get(struct cx *cx, const struct user_ref *in, struct user *out)
{
	if (strchr(in->id, '@') && !may(&cx->who, PERM_USER_READ))
		return FAIL(cx, ERR_NOT_FOUND, "strangers do not look up addresses");
	TRY(find(cx, in->id, out));
	bool visible;
	TRY(person_visible(cx, out, &visible));
	return visible ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "hidden from this viewer");
}

/* --- changing ----------------------------------------------------------------------------------------------------- */

static void set_text(const char **to, const struct opt_text *from)
{
	if (from->has != ABSENT)
		*to = from->has == IS_SET ? from->v : NULL;
}

static err_t rename_user(struct cx *cx, const struct user_change *in, struct user *u)
{
	if (in->username.has != IS_SET)
		return ERR_OK;
	const char *name, *key, *owner;
	const char *wrong = username_normal(cx->mem, in->username.v, &name, &key);
	if (wrong)
		return cx_field(cx, "username", "%s", wrong);
	u->username = name;
	err_t e = user_store_owner_of(cx, key, &owner);
	if (e == ERR_NOT_FOUND)
		return user_store_rename(cx, u->id, "u:", key);
	TRY(e);
	return strcmp(owner, u->id) == 0 ? ERR_OK : FAIL(cx, ERR_USERNAME_TAKEN, "it belongs to %s", owner);
}

static err_t grant_role(struct cx *cx, const struct user_change *in, const struct user *before, struct user *u)
{
	if (in->role.has != IS_SET || strcmp(in->role.v, before->role) == 0)
		return ERR_OK;
	if (!may(&cx->who, PERM_ROLE_GRANT))
		return FAIL(cx, ERR_DENIED, "to give a role needs role.grant");
	TRY(role_give(cx, "role", in->role.v));
	TRY(user_guard_last_admin(cx, before));
	u->role = in->role.v;
	return ERR_OK;
}

/* Only the picture that the profile shows already: an address of this server's own names a file of somebody. */
static err_t check_picture(struct cx *cx, const char *name, const struct opt_text *in, const char *now)
{
	if (in->has != IS_SET || !str_starts(in->v, "/uploads/") || (now && strcmp(in->v, now) == 0))
		return ERR_OK;
	return cx_field(cx, name, "must be a web address that begins with http:// or https://");
}

static err_t check_pictures(struct cx *cx, const struct user_change *in, const struct user *u)
{
	err_t avatar = check_picture(cx, "avatar_url", &in->avatar_url, u->avatar_url);
	err_t cover = check_picture(cx, "cover_url", &in->cover_url, u->cover_url);
	return avatar ? avatar : cover;
}

static void apply(const struct user_change *in, struct user *u)
{
	set_text(&u->name, &in->name);
	set_text(&u->first_name, &in->first_name);
	set_text(&u->last_name, &in->last_name);
	set_text(&u->display_name, &in->display_name);
	set_text(&u->bio, &in->bio);
	set_text(&u->website, &in->website);
	set_text(&u->location, &in->location);
	set_text(&u->gender, &in->gender);
	set_text(&u->date_of_birth, &in->date_of_birth);
	set_text(&u->avatar_url, &in->avatar_url);
	set_text(&u->cover_url, &in->cover_url);
	set_text(&u->push_token, &in->push_token);
	if (in->is_private.has == IS_SET)
		u->is_private = in->is_private.v;
	user_preferred_apply(in, u);
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool names_differ(const struct user *a, const struct user *b)
{
	return !same(a->username, b->username) || !same(a->display_name, b->display_name) || !same(a->name, b->name) ||
	       !same(a->first_name, b->first_name) || !same(a->last_name, b->last_name);
}

static err_t store_change(struct cx *cx, const struct user *before, struct user *u)
{
	u->updated_at = after(cx->now, before->updated_at);
	TRY(user_store_update(cx, u));
	if (strcmp(before->username, u->username) != 0)
		TRY(user_store_set_username(cx, u));
	if (strcmp(before->role, u->role) != 0)
		TRY(user_store_set_role(cx, u));
	if (names_differ(before, u) || person_limited(before) != person_limited(u))
		TRY(user_store_reindex(cx, u));
	return ERR_OK;
}

static err_t name_push_token(struct cx *cx, const struct user *before, const struct user *u)
{
	if (same(before->push_token, u->push_token))
		return ERR_OK;
	bool own = cx->who.kind == ACTOR_USER && strcmp(cx->who.id, u->id) == 0;
	return push_set_default(cx, u->id, u->push_token, own ? cx->who.session_id : NULL);
}

err_t user_set_preferred(struct cx *cx, const char *id, const struct user_change *in, struct user *out)
{
	struct user_preferred differ = { 0 };
	TRY(user_store_by_id(cx, id, out));
	const struct user *before = user_copy(cx, out);
	user_preferred_apply(in, out);
	if (!user_preferred_differ(before, out, &differ))
		return ERR_OK;
	TRY(store_change(cx, before, out));
	return emit(cx, &user_updated, out->id, out);
}

static err_t change(struct cx *cx, const char *id, const struct user_change *in, struct user *out)
{
	TRY(user_store_by_id(cx, id, out));
	if (user_erased(out))
		return FAIL(cx, ERR_NOT_FOUND, "erased");
	TRY(user_guard_rank(cx, out));
	const struct user *before = user_copy(cx, out);
	TRY(rename_user(cx, in, out));
	TRY(grant_role(cx, in, before, out));
	TRY(check_pictures(cx, in, out));
	apply(in, out);
	TRY(store_change(cx, before, out));
	TRY(name_push_token(cx, before, out));
	user_audit(cx, before, user_copy(cx, out));
	TRY(user_preferred_tell(cx, before, out));
	return emit(cx, &user_updated, out->id, out);
}

err_t user_update(struct cx *cx, const struct user_change *in, struct user *out)
{
	TRY(change(cx, in->id, in, out));
	return person_shown(cx, out);
}

err_t user_update_me(struct cx *cx, const struct user_change *in, struct user *out)
{
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has a profile of its own");
	TRY(change(cx, cx->who.id, in, out));
	person_own(out);
	return ERR_OK;
}

err_t user_set_picture(
	struct cx *cx, const char *id, enum user_picture which, const char *url, struct user *out, const char **old)
{
	TRY(user_store_by_id(cx, id, out));
	if (user_erased(out))
		return FAIL(cx, ERR_NOT_FOUND, "erased");
	TRY(user_guard_rank(cx, out));
	const struct user *before = user_copy(cx, out);
	const char **at = which == USER_AVATAR ? &out->avatar_url : &out->cover_url;
	*old = *at;
	*at = url;
	out->updated_at = cx->now > before->updated_at ? cx->now : before->updated_at + 1;
	TRY(user_store_set_picture(cx, out, which));
	user_audit(cx, before, user_copy(cx, out));
	return emit(cx, &user_updated, out->id, out);
}

err_t user_forget_picture(struct cx *cx, const char *id, enum user_picture which, const char **old)
{
	struct user u = { 0 };
	TRY(user_store_by_id(cx, id, &u));
	const char **at = which == USER_AVATAR ? &u.avatar_url : &u.cover_url;
	*old = *at;
	*at = NULL;
	return user_store_set_picture(cx, &u, which);
}
