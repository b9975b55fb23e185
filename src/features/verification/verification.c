#include "features/verification/verification.h"
#include "base/conf.h"
#include "features/notice/notice.h"
#include "features/password/password.h"
#include "features/user/user_name.h"

#include <string.h>

#define CONFIRM_PAGE "/confirm-email"

static void audit_of(struct cx *cx, const char *type, const char *id)
{
	cx->audit.subject_type = type;
	cx->audit.subject_id = id;
}

/* A flow to an address; false when the address is none, and *wrong says why. */
static const char *describe(
	struct cx *cx, const char *email, const char *purpose, const char *subject, struct flow_new *out)
{
	*out = (struct flow_new){ .door = EMAIL_DOOR,
		.purpose = purpose,
		.subject_id = subject,
		.lifetime = CONF_OF(cx, registration)->link_lifetime };
	return email_normal(cx->mem, email, &out->email, &out->email_key);
}

static bool has_address(struct cx *cx, const struct user *u, const struct flow *f)
{
	const char *key = u->email ? login_key(cx->mem, u->email) : NULL;
	return key && strcmp(key, f->email_key) == 0;
}

/* --- letters ------------------------------------------------------------------------------------------------------ */

err_t verification_begin(struct cx *cx, const struct user *u, struct flow_started *out)
{
	struct flow_new new;
	struct flow f;
	struct flow_secrets secrets;
	const char *wrong = describe(cx, u->email, EMAIL_VERIFY, u->id, &new);
	if (wrong)
		return FAIL(cx, ERR_INTERNAL, "a stored address %s", wrong);
	TRY(flow_open(cx, &new, &f, &secrets));
	flow_tell(&f, out);
	return flow_send(
		cx, &f, &secrets, &(struct flow_letter){ "verify_email", EMAIL_PAGE, u->id, NULL, NULL, NULL, false });
}

static err_t resolve_own_address(struct cx *cx, const struct verification_address *in, const char **email)
{
	*email = in->email;
	if (in->email)
		return ERR_OK;
	struct user u = { 0 };
	if (cx->who.kind != ACTOR_USER)
		return cx_field_code(cx, "email", "required", "is required from who has not logged in");
	TRY(user_by_id(cx, cx->who.id, &u));
	if (!u.email)
		return cx_field_code(cx, "email", "required", "is required: this account has no address");
	if (u.email_verified) {
		cx->fail.message = "Your e-mail address is verified already.";
		return FAIL(cx, ERR_CONFLICT, "verified before");
	}
	*email = u.email;
	return ERR_OK;
}

/* Whose address it is, is looked up by the job: here every address is the same work and the same answer. */
err_t verification_resend(struct cx *cx, const struct verification_address *in, struct flow_started *out)
{
	struct flow_new new;
	struct flow f;
	const char *email;
	TRY(resolve_own_address(cx, in, &email));
	const char *wrong = describe(cx, email, EMAIL_VERIFY, NULL, &new);
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	TRY(flow_ask(cx, &new, &f));
	flow_tell(&f, out);
	audit_of(cx, "flow", f.id);
	return ERR_OK;
}

static err_t send_one(struct cx *cx, struct flow *f)
{
	struct user u = { 0 };
	struct flow_secrets secrets;
	flow_act_for(cx, f);
	err_t e = user_by_login(cx, f->email, &u);
	if (e == ERR_NOT_FOUND) {
		e = registration_remind(cx, f);
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	TRY(e);
	bool wanted = !u.email_verified || user_unproved(&u);
	if (!wanted || (!user_may_act(&u, cx->now) && !user_unproved(&u)))
		return ERR_OK;
	TRY(flow_arm(cx, f, u.id, &secrets));
	return flow_send(
		cx, f, &secrets, &(struct flow_letter){ "verify_email", EMAIL_PAGE, u.id, NULL, NULL, NULL, false });
}

err_t verification_send(struct cx *cx)
{
	struct list waiting;
	TRY(flow_take_waiting(cx, EMAIL_VERIFY, &waiting));
	for (size_t i = 0; i < waiting.n; i++)
		TRY(send_one(cx, (struct flow *)waiting.items + i));
	return ERR_OK;
}

/* --- taking the proof --------------------------------------------------------------------------------------------- */

static err_t read_proof(struct cx *cx, const struct verification_in *in, struct flow_proof *out)
{
	*out = (struct flow_proof){ in->token, in->flow_id, in->code };
	if (in->token)
		return ERR_OK;
	if (!in->code)
		return cx_field_code(
			cx, "token", "required", "is required, or else the code with the flow_id or the address");
	if (in->flow_id)
		return ERR_OK;
	if (!in->email)
		return cx_field_code(cx, "flow_id", "required", "is required with a code, or else the address");
	const char *key = login_key(cx->mem, in->email);
	if (key)
		TRY(flow_newest(cx, key, EMAIL_DOOR, &out->flow_id));
	return out->flow_id ? ERR_OK : FAIL(cx, ERR_LINK_INVALID, "no flow of this address is open");
}

/* The old address is told by a letter to it: perhaps it was not its owner who moved the account. */
static err_t move(struct cx *cx, struct user *u, const struct flow *f)
{
	const struct user before = *u;
	TRY(user_move_email(cx, u, f->email));
	TRY(flow_cancel(cx, u->id)); /* what was sent to the old address opens nothing any more */
	const struct mail_value values[] = { { "address", u->email }, { NULL, NULL } };
	return notice_send(cx, &before, "email_changed", values);
}

static err_t apply(struct cx *cx, const struct flow *f, bool known, struct user *u)
{
	if (strcmp(f->purpose, EMAIL_REGISTER) == 0)
		return registration_complete(cx, f->subject_id, known, u);
	err_t e = user_by_id(cx, f->subject_id, u);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_LINK_INVALID, "the account is gone") : e;
	if (u->status == USER_DELETED)
		return FAIL(cx, ERR_LINK_INVALID, "the account was erased");
	if (strcmp(f->purpose, EMAIL_CHANGE) == 0)
		return move(cx, u, f);
	if (!has_address(cx, u, f))
		return FAIL(cx, ERR_LINK_INVALID, "the account has another address now");
	return user_verify_email(cx, u);
}

err_t verification_confirm(struct cx *cx, const struct verification_in *in, struct verified *out)
{
	struct flow_proof proof;
	struct flow f = { 0 };
	struct user *u = arena_new_of(cx->mem, struct user);
	const char *hash = NULL;
	TRY(read_proof(cx, in, &proof));
	TRY(flow_take(cx, &proof, EMAIL_DOOR, &f));
	/* The id of the flow was given to who registered, and the code to who reads the letters: he is both. */
	TRY(apply(cx, &f, !in->token && in->flow_id, u));
	TRY(password_stored(cx, u->id, &hash));
	audit_of(cx, "user", u->id);
	*out = (struct verified){ u->id, u->username, u->email, u->email_verified, hash, u->status };
	return ERR_OK;
}

/* --- another address ---------------------------------------------------------------------------------------------- */

err_t verification_change_prepare(
	struct cx *cx, const struct verification_change_in *in, struct verification_work *work)
{
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has an address of its own");
	struct user u = { 0 };
	TRY(user_by_id(cx, cx->who.id, &u));
	const struct lockout_ask ask = { .user_id = u.id, .name = u.username, .session_id = cx->who.session_id };
	TRY(lockout_begin(cx, &ask, &work->lockout));
	TRY(password_stored(cx, u.id, &work->checked));
	work->right = password_right(cx, work->checked, &in->current_password);
	return ERR_OK;
}

/* Where registration does not tell that an address is taken, this does not either: its owner is told. */
static err_t taken(struct cx *cx, const struct flow_new *new, const struct user *owner, struct flow *f)
{
	if (!CONF_OF(cx, registration)->verify_first)
		return FAIL(cx, ERR_EMAIL_TAKEN, "it belongs to %s", owner->id);
	struct flow_secrets nobodys;
	TRY(flow_open(cx, new, f, &nobodys));
	return notice_send(cx, owner, "already_registered", NULL);
}

static err_t begin_change(struct cx *cx, const struct flow_new *new, struct flow *f)
{
	struct user owner = { 0 };
	struct flow_secrets secrets;
	err_t e = user_by_login(cx, new->email, &owner);
	if (!e)
		return taken(cx, new, &owner, f);
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(flow_open(cx, new, f, &secrets));
	return flow_send(cx, f, &secrets,
		&(struct flow_letter){ "change_email", CONFIRM_PAGE, new->subject_id, NULL, NULL, NULL, false });
}

/* Who stole a session must not guess the password here either. */
static err_t check_password(struct cx *cx, struct verification_work *work)
{
	const char *stored;
	TRY(lockout_enter(cx, &work->lockout));
	if (!work->right) {
		TRY(lockout_failed(cx, &work->lockout));
		return REFUSE(cx, ERR_BAD_CREDENTIALS, "the current password is wrong");
	}
	TRY(password_stored(cx, cx->who.id, &stored));
	if (!stored || strcmp(stored, work->checked) != 0)
		return FAIL(cx, ERR_CONFLICT, "the password was changed meanwhile");
	return lockout_succeeded(cx, &work->lockout);
}

err_t verification_change(struct cx *cx, const struct verification_change_in *in, struct verification_work *work,
	struct flow_started *out)
{
	struct user u = { 0 };
	struct flow_new new;
	struct flow f;
	const char *wrong = describe(cx, in->email, EMAIL_CHANGE, cx->who.id, &new);
	audit_of(cx, "user", cx->who.id);
	TRY(check_password(cx, work));
	TRY(user_by_id(cx, cx->who.id, &u));
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	if (has_address(cx, &u, &(struct flow){ .email_key = new.email_key }))
		return cx_field(cx, "email", "is your address already");
	TRY(flow_check_limits(cx, &new));
	TRY(begin_change(cx, &new, &f));
	flow_tell(&f, out);
	return ERR_OK;
}

err_t verification_change_finish(struct cx *cx, const struct verification_change_in *in, struct verification_work *work,
	struct flow_started *out)
{
	(void)cx;
	(void)in;
	(void)work;
	(void)out;
	return ERR_OK;
}

/* --- by an administrator ------------------------------------------------------------------------------------------ */

static bool same_address(struct cx *cx, const struct user *u, const char *email)
{
	if (!u->email || !email)
		return !u->email && !email;
	const char *key = login_key(cx->mem, email);
	return key && strcmp(login_key(cx->mem, u->email), key) == 0;
}

err_t user_set_email(struct cx *cx, const struct user_address *in, struct user *out)
{
	struct flow_started begun;
	TRY(user_by_id(cx, in->id, out));
	if (out->status == USER_DELETED)
		return FAIL(cx, ERR_NOT_FOUND, "deleted");
	TRY(user_guard_other(cx, out));
	if (in->email.has == ABSENT)
		return cx_field_code(cx, "email", "required", "is required; null takes the address away");
	const struct user before = *out;
	if (same_address(cx, out, in->email.v))
		return person_shown(cx, out);
	TRY(user_put_email(cx, out, in->email.v));
	TRY(flow_cancel(cx, out->id)); /* what was sent to the old address opens nothing any more */
	const struct mail_value values[] = { { "address", out->email ? out->email : "-" }, { NULL, NULL } };
	if (before.email)
		TRY(notice_send(cx, &before, "email_changed", values));
	if (out->email)
		TRY(verification_begin(cx, out, &begun));
	return person_shown(cx, out);
}
