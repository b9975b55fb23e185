#include "features/recovery/recovery.h"
#include "base/conf.h"
#include "crypto/crypto.h"
#include "features/lockout/lockout.h"
#include "features/password/password.h"
#include "features/session/session.h"
#include "features/user/user_name.h"

#include <string.h>

#define DOOR "password"
#define PURPOSE "reset_password"
#define PAGE "/reset-password"

/* --- asking ------------------------------------------------------------------------------------------------------- */

err_t recovery_begin(struct cx *cx, const struct recovery_in *in, struct flow_started *out)
{
	struct flow f;
	struct flow_new new = { .door = DOOR, .purpose = PURPOSE, .lifetime = CONF_OF(cx, recovery)->lifetime };
	const char *wrong = email_normal(cx->mem, in->email, &new.email, &new.email_key);
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	TRY(flow_ask(cx, &new, &f));
	flow_tell(&f, out);
	cx->audit.subject_type = "flow";
	cx->audit.subject_id = f.id;
	return ERR_OK;
}

/* Banned and deactivated accounts do not come back by a letter; a suspended one may have a new password meanwhile. */
static bool may_recover(const struct user *u)
{
	return u->status == USER_ACTIVE || u->status == USER_SUSPENDED || u->status == USER_PENDING;
}

static err_t send_one(struct cx *cx, struct flow *f)
{
	struct user u = { 0 };
	struct flow_secrets secrets;
	flow_act_for(cx, f);
	err_t e = user_by_login(cx, f->email, &u);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!may_recover(&u))
		return ERR_OK;
	TRY(flow_arm(cx, f, u.id, &secrets));
	struct recovery_asked *asked = arena_new_of(cx->mem, struct recovery_asked);
	*asked = (struct recovery_asked){ f->id, u.id };
	TRY(emit(cx, &password_reset_requested, u.id, asked));
	return flow_send(
		cx, f, &secrets, &(struct flow_letter){ "reset_password", PAGE, u.id, NULL, NULL, NULL, false });
}

err_t recovery_send(struct cx *cx)
{
	struct list waiting;
	TRY(flow_take_waiting(cx, PURPOSE, &waiting));
	for (size_t i = 0; i < waiting.n; i++)
		TRY(send_one(cx, (struct flow *)waiting.items + i));
	return ERR_OK;
}

/* --- setting ------------------------------------------------------------------------------------------------------ */

static err_t check_input(struct cx *cx, const struct recovery_new *in)
{
	static const struct user nobody;
	err_t bad = ERR_OK;
	if (!in->token && !(in->flow_id && in->code))
		bad = cx_field_code(cx, "token", "required", "is required, or else flow_id and code");
	if (in->password_confirm.s &&
		(in->password_confirm.n != in->password.n || strcmp(in->password_confirm.s, in->password.s) != 0))
		bad = cx_field(cx, "password_confirm", "is not the same as the password");
	err_t e = password_acceptable(cx, "password", &in->password, &nobody);
	return e ? e : bad;
}

static struct flow_proof proof_of(const struct recovery_new *in)
{
	return (struct flow_proof){ in->token, in->flow_id, in->code };
}

/* Held against the account's own names too. What comes of it is told to who gives the proof: with a guessed code nobody
 * learns how an account is called, or whether there is one. The same work is done for a flow that is nobody's. */
static err_t check_for_owner(struct cx *cx, const struct recovery_new *in, const struct flow *f, const char **weak)
{
	struct user owner = { 0 };
	err_t e = user_by_id(cx, f->subject_id ? f->subject_id : "", &owner);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (password_acceptable(cx, "password", &in->password, &owner)) {
		*weak = cx->fail.fields->why;
		cx_forgive(cx);
	}
	return ERR_OK;
}

err_t recovery_confirm_prepare(struct cx *cx, const struct recovery_new *in, struct recovery_work *work)
{
	struct flow f = { 0 };
	struct flow_proof proof = proof_of(in);
	TRY(check_input(cx, in));
	TRY(flow_look(cx, &proof, DOOR, &f)); /* no hash for a proof that is none */
	TRY(check_for_owner(cx, in, &f, &work->weak));
	return password_make(cx, &in->password, work->hash);
}

static err_t find_owner(struct cx *cx, const struct flow *f, struct user *u)
{
	err_t e = user_by_id(cx, f->subject_id, u);
	if (e && e != ERR_NOT_FOUND)
		return e;
	const char *key = !e && u->email ? login_key(cx->mem, u->email) : NULL;
	if (!key || !may_recover(u) || strcmp(key, f->email_key) != 0)
		return FAIL(cx, ERR_LINK_INVALID, "the account is gone, or has another address now");
	return ERR_OK;
}

/* Somebody may have registered with an address that is not his, to wait inside until its owner comes. Password and sessions
 * are replaced by every reset; here goes whatever else he could have left. */
static err_t evict_stranger(struct cx *cx, struct user *u)
{
	if (u->email_verified)
		return ERR_OK;
	TRY(user_drop_push_token(cx, u));
	return user_verify_email(cx, u);
}

err_t recovery_confirm(struct cx *cx, const struct recovery_new *in, struct recovery_work *work, struct none *out)
{
	(void)out;
	struct flow f = { 0 };
	struct flow_proof proof = proof_of(in);
	struct user *u = arena_new_of(cx->mem, struct user);
	int64_t ended;
	TRY(flow_take(cx, &proof, DOOR, &f));
	TRY(find_owner(cx, &f, u));
	if (work->weak)
		return cx_field(cx, "password", "%s", work->weak);
	TRY(password_store(cx, u->id, work->hash));
	TRY(session_end_all(cx, u->id, NULL, "password_reset", &ended));
	TRY(user_bump_credentials(cx, u->id, &u->credential_version));
	TRY(evict_stranger(cx, u));
	TRY(lockout_clear(cx, u->id));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = u->id;
	return password_announce(cx, u->id);
}

err_t recovery_confirm_finish(
	struct cx *cx, const struct recovery_new *in, struct recovery_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)out;
	crypto_wipe(work->hash, sizeof work->hash);
	return ERR_OK;
}
