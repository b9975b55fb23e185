#include "features/account/account.h"
#include "base/conf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "features/push/push.h"
#include "features/photo/photo.h"
#include "features/role/role.h"

#include <string.h>

/* --- making one --------------------------------------------------------------------------------------------------- */

static bool by_authority(const struct cx *cx)
{
	return cx->who.kind == ACTOR_LOCAL || may(&cx->who, PERM_USER_WRITE);
}

static struct user as_user(const struct user_new *in)
{
	struct user u = { .email = in->email,
		.username = in->username,
		.name = in->name,
		.first_name = in->first_name,
		.last_name = in->last_name,
		.display_name = in->display_name,
		.push_token = in->push_token,
		.role = in->role ? in->role : "user",
		.preferences = { true, true } };
	const struct user_channels_change *p = in->preferences;
	if (p && p->email.has == IS_SET)
		u.preferences.email = p->email.v;
	if (p && p->push.has == IS_SET)
		u.preferences.push = p->push.v;
	return u;
}

static const char *joined(struct cx *cx, const char *a, const char *b)
{
	return a && b ? arena_printf(cx->mem, "%s %s", a, b) : a ? a : b;
}

static err_t check_role(struct cx *cx, const char *role)
{
	if (!role || strcmp(role, "user") == 0)
		return ERR_OK;
	if (cx->who.kind != ACTOR_LOCAL && !may(&cx->who, PERM_ROLE_GRANT))
		return cx_field_code(cx, "role", "unknown_field", "is not a field of this request");
	return role_give(cx, "role", role);
}

/* Who may give what: strangers need an address and a password, and may not choose a role. */
static err_t check_new(struct cx *cx, const struct user_new *in)
{
	bool trusted = by_authority(cx);
	if (!trusted && !CONF_OF(cx, account)->registration)
		return FAIL(cx, ERR_DENIED, "account.registration is off");
	err_t bad = check_role(cx, in->role);
	if (bad && bad != ERR_INVALID)
		return bad;
	if (!in->email && !trusted)
		bad = cx_field_code(cx, "email", "required", "is required");
	if (!in->email && !in->username)
		bad = trusted ? cx_field_code(cx, "username", "required", "is required when there is no e-mail address")
		              : bad;
	if (!in->password.s && !trusted)
		bad = cx_field_code(cx, "password", "required", "is required");
	return bad;
}

err_t user_create_prepare(struct cx *cx, const struct user_new *in, struct account_new_work *work)
{
	struct user u = as_user(in);
	err_t bad = check_new(cx, in);
	if (bad && bad != ERR_INVALID)
		return bad;
	if (in->password.s) {
		err_t e = password_acceptable(cx, "password", &in->password, &u);
		bad = e ? e : bad;
	}
	TRY(bad);
	if (!in->password.s)
		return ERR_OK;
	TRY(password_make(cx, &in->password, work->hash));
	work->hashed = true;
	return ERR_OK;
}

static void tell_flow(const struct flow_started *from, struct signed_in *out)
{
	out->flow_id = from->flow_id;
	out->code_expires_at = from->code_expires_at;
}

static const char letter_sent[] = "A letter was sent to the address; open its link, or send its code, to go on";

static err_t ask_first(struct cx *cx, const struct user *u, struct account_new_work *work, struct signed_in *out)
{
	struct flow_started started;
	work->asked = true;
	cx->status = 202;
	cx->message = letter_sent;
	TRY(registration_ask(cx, u, work->hash, &started));
	tell_flow(&started, out);
	return ERR_OK;
}

static err_t send_proof(struct cx *cx, const struct user *u, struct signed_in *out)
{
	struct flow_started started;
	if (!CONF_OF(cx, registration)->letter && !user_unproved(u))
		return ERR_OK;
	TRY(verification_begin(cx, u, &started));
	tell_flow(&started, out);
	return ERR_OK;
}

err_t user_create(struct cx *cx, const struct user_new *in, struct account_new_work *work, struct signed_in *out)
{
	struct user *u = &work->session.user;
	bool stranger = !by_authority(cx);
	*u = as_user(in);
	if (!u->name)
		u->name = joined(cx, u->first_name, u->last_name);
	TRY(role_give(cx, "role", u->role));
	if (stranger && CONF_OF(cx, registration)->verify_first)
		return ask_first(cx, u, work, out);
	if (stranger && CONF_OF(cx, registration)->verify_before_login) {
		u->status = USER_PENDING;
		u->status_reason = USER_UNPROVED;
	}
	u->avatar_url = photo_taken(cx);
	TRY(user_add(cx, u));
	if (work->hashed)
		TRY(password_store(cx, u->id, work->hash));
	out->user = u;
	if (stranger)
		TRY(send_proof(cx, u, out));
	if (!stranger || user_unproved(u)) /* no session to go with */
		return u->push_token ? push_set_default(cx, u->id, u->push_token, NULL) : ERR_OK;
	TRY(user_note_login(cx, u->id));
	u->last_login_at = u->last_active_at = cx->now;
	work->session.open = true;
	TRY(session_open(cx, u, in->device, &work->session.session));
	out->session_id = work->session.session.id;
	return u->push_token ? push_set_default(cx, u->id, u->push_token, out->session_id) : ERR_OK;
}

/* A repeated registration: new tokens for its session while that lives, else the user alone. */
static err_t finish_again(struct cx *cx, struct signed_in *out)
{
	struct session *s = arena_new_of(cx->mem, struct session);
	struct user *u = arena_new_of(cx->mem, struct user);
	if (!out->user)
		cx->message = letter_sent; /* nor was there an account the first time */
	if (!out->session_id)
		return ERR_OK;
	err_t e = session_alive(cx, out->session_id, s, u);
	if (e && err_info(e)->http >= 500)
		return e;
	if (e) {
		cx_forgive(cx);
		return ERR_OK;
	}
	out->device_token = lockout_device_token(cx, u->id, NULL);
	return session_sign(cx, s, u, out);
}

err_t user_create_finish(struct cx *cx, const struct user_new *in, struct account_new_work *work, struct signed_in *out)
{
	(void)in;
	if (cx->from.replayed)
		return finish_again(cx, out);
	crypto_wipe(work->hash, sizeof work->hash);
	if (work->asked)
		return ERR_OK;
	out->user = &work->session.user;
	if (!work->session.open)
		return ERR_OK;
	out->device_token = lockout_device_token(cx, out->user->id, NULL);
	return session_sign(cx, &work->session.session, &work->session.user, out);
}

/* --- logging in --------------------------------------------------------------------------------------------------- */

/* Everything that takes time, the same for an account that exists and one that does not: one look-up, one hash. */
err_t session_login_prepare(struct cx *cx, const struct login_in *in, struct login_work *work)
{
	struct user u = { 0 };
	err_t e = user_by_login(cx, in->identifier, &u);
	if (e && e != ERR_NOT_FOUND)
		return e;
	work->user_id = e ? NULL : u.id;
	const struct lockout_ask ask = {
		.user_id = work->user_id, .name = in->identifier, .device_token = in->device_token, .proof = in->proof
	};
	TRY(lockout_begin(cx, &ask, &work->lockout));
	if (work->user_id)
		TRY(password_stored(cx, u.id, &work->checked));
	work->right = password_right(cx, work->checked, &in->password);
	if (work->right && password_old(cx, work->checked))
		TRY(password_make(cx, &in->password, work->rehash));
	return ERR_OK;
}

/* What the person is shown of it later: from which device, and which session it opened. */
static void audit(struct cx *cx, const char *user_id, const struct type *t, const void *what)
{
	cx->audit.subject_type = "user";
	cx->audit.subject_id = user_id;
	cx->audit.type = t;
	cx->audit.after = what;
}

static err_t refuse(struct cx *cx, const struct login_work *work)
{
	TRY(lockout_failed(cx, &work->lockout));
	return REFUSE(cx, ERR_BAD_CREDENTIALS, "at %s", work->lockout.place);
}

/* That the password is the account's, as it stands inside the transaction. */
static err_t prove(struct cx *cx, const struct login_work *work)
{
	const char *stored = NULL;
	if (!work->right)
		return refuse(cx, work);
	TRY(password_stored(cx, work->user_id, &stored));
	/* Changed between the check and now? */
	return stored && strcmp(stored, work->checked) == 0 ? ERR_OK : refuse(cx, work);
}

err_t session_login(struct cx *cx, const struct login_in *in, struct login_work *work, struct signed_in *out)
{
	(void)out;
	struct user *u = &work->session.user;
	TRY(lockout_enter(cx, &work->lockout));
	TRY(prove(cx, work));
	TRY(user_by_id(cx, work->user_id, u));
	if (u->status_own)
		cx->fail.message = "This account was deactivated by its owner. Reactivate it, then log in.";
	if (user_unproved(u))
		return FAIL(cx, ERR_UNVERIFIED, "%s", user_status_names[u->status]);
	if (!user_may_act(u, cx->now))
		return FAIL(cx, ERR_NOT_ACTIVE, "%s", user_status_names[u->status]);
	if (*work->rehash)
		TRY(password_store(cx, u->id, work->rehash));
	TRY(lockout_succeeded(cx, &work->lockout));
	TRY(user_note_login(cx, u->id));
	u->last_login_at = u->last_active_at = cx->now;
	audit(cx, u->id, &session_type, &work->session.session);
	work->session.open = true;
	return session_open(cx, u, in->device, &work->session.session);
}

err_t session_login_finish(struct cx *cx, const struct login_in *in, struct login_work *work, struct signed_in *out)
{
	(void)in;
	crypto_wipe(work->rehash, sizeof work->rehash);
	out->device_token = lockout_device_token(cx, work->session.user.id, &work->lockout);
	user_changed(work->session.user.id); /* last_login_at is no event, but the next read shows it */
	return session_sign(cx, &work->session.session, &work->session.user, out);
}

/* --- coming back -------------------------------------------------------------------------------------------------- */

static struct login_in as_login(const struct reactivation *in)
{
	return (struct login_in){ .identifier = in->identifier,
		.password = in->password,
		.device_token = in->device_token,
		.proof = in->proof };
}

err_t account_reactivate_prepare(struct cx *cx, const struct reactivation *in, struct login_work *work)
{
	struct login_in login = as_login(in);
	return session_login_prepare(cx, &login, work);
}

err_t account_prove(struct cx *cx, struct login_work *work)
{
	TRY(lockout_enter(cx, &work->lockout));
	TRY(prove(cx, work));
	return lockout_succeeded(cx, &work->lockout);
}

err_t account_reactivate(struct cx *cx, const struct reactivation *in, struct login_work *work, struct none *out)
{
	(void)in;
	(void)out;
	TRY(account_prove(cx, work));
	return user_come_back(cx, work->user_id);
}

err_t account_reactivate_finish(struct cx *cx, const struct reactivation *in, struct login_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)out;
	crypto_wipe(work->rehash, sizeof work->rehash);
	return ERR_OK;
}
