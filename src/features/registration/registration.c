#include "features/registration/registration.h"
#include "base/conf.h"
#include "features/notice/notice.h"
#include "features/password/password.h"
#include "features/push/push.h"
#include "features/registration/registration_store.h"
#include "features/user/user_name.h"

enum { CLEAN_BATCH = 1000 };

static int64_t lifetime(const struct cx *cx)
{
	return CONF_OF(cx, registration)->link_lifetime;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static err_t check_username(struct cx *cx, const char *username)
{
	struct user other = { 0 };
	err_t e = username ? user_by_login(cx, username, &other) : ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	return e ? e : FAIL(cx, ERR_USERNAME_TAKEN, "it belongs to %s", other.id);
}

err_t registration_ask(struct cx *cx, const struct user *wanted, const char *password_hash, struct flow_started *out)
{
	struct registration r = { .id = id_new(cx),
		.username = wanted->username,
		.name = wanted->name,
		.first_name = wanted->first_name,
		.last_name = wanted->last_name,
		.display_name = wanted->display_name,
		.push_token = wanted->push_token,
		.preferences = wanted->preferences,
		.password_hash = password_hash,
		.created_at = cx->now };
	const char *key, *wrong = email_normal(cx->mem, wanted->email, &r.email, &key);
	struct flow f;
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	TRY(check_username(cx, r.username));
	TRY(flow_ask(cx,
		&(struct flow_new){ .door = EMAIL_DOOR,
			.purpose = EMAIL_REGISTER,
			.email = r.email,
			.email_key = key,
			.subject_id = r.id,
			.lifetime = lifetime(cx) },
		&f));
	flow_tell(&f, out);
	return registration_store_add(cx, &r);
}

/* --- the letters -------------------------------------------------------------------------------------------------- */

static err_t letter_to_new(struct cx *cx, struct flow *f, const struct registration *r)
{
	struct flow_secrets secrets;
	f->purpose = EMAIL_REGISTER;
	TRY(flow_arm(cx, f, r->id, &secrets));
	return flow_send(
		cx, f, &secrets, &(struct flow_letter){ "verify_email", EMAIL_PAGE, NULL, r->name, NULL, NULL, false });
}

/* Who has the account is told that somebody tried; the stranger at the door is told nothing. */
static err_t letter_to_owner(struct cx *cx, const struct flow *f, const struct user *owner)
{
	struct registration gone;
	err_t e = registration_store_take(cx, f->subject_id, &gone);
	if (e && e != ERR_NOT_FOUND)
		return e;
	return notice_send(cx, owner, "already_registered", NULL);
}

static err_t send_one(struct cx *cx, struct flow *f)
{
	struct user owner = { 0 };
	struct registration r = { 0 };
	flow_act_for(cx, f);
	err_t e = user_by_login(cx, f->email, &owner);
	if (e != ERR_NOT_FOUND)
		return e ? e : letter_to_owner(cx, f, &owner);
	e = registration_store_get(cx, f->subject_id, &r);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	return letter_to_new(cx, f, &r);
}

err_t registration_send(struct cx *cx)
{
	struct list waiting;
	TRY(flow_take_waiting(cx, EMAIL_REGISTER, &waiting));
	for (size_t i = 0; i < waiting.n; i++)
		TRY(send_one(cx, (struct flow *)waiting.items + i));
	return ERR_OK;
}

err_t registration_remind(struct cx *cx, struct flow *f)
{
	struct registration r = { 0 };
	TRY(registration_store_newest(cx, f->email, &r));
	return letter_to_new(cx, f, &r);
}

/* --- the account -------------------------------------------------------------------------------------------------- */

static err_t free_username(struct cx *cx, const char **username)
{
	struct user other = { 0 };
	err_t e = *username ? user_by_login(cx, *username, &other) : ERR_NOT_FOUND;
	if (!e)
		*username = NULL;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What a stranger may have written stays away: his password, and his device that would get the owner's messages. */
static err_t doubt(struct cx *cx, struct registration *r)
{
	int64_t others;
	TRY(registration_store_others(cx, r->email, &others));
	if (others)
		*r = (struct registration){ .email = r->email, .preferences = { true, true } };
	return ERR_OK;
}

err_t registration_complete(struct cx *cx, const char *id, bool known, struct user *out)
{
	struct registration r = { 0 };
	err_t e = registration_store_take(cx, id, &r);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_LINK_INVALID, "the registration is gone") : e;
	if (!known)
		TRY(doubt(cx, &r));
	TRY(free_username(cx, &r.username));
	*out = (struct user){ .email = r.email,
		.email_verified = true,
		.username = r.username,
		.name = r.name,
		.first_name = r.first_name,
		.last_name = r.last_name,
		.display_name = r.display_name,
		.push_token = r.push_token,
		.role = "user",
		.preferences = r.preferences };
	TRY(user_add(cx, out));
	if (r.password_hash)
		TRY(password_store(cx, out->id, r.password_hash));
	if (out->push_token)
		TRY(push_set_default(cx, out->id, out->push_token, NULL));
	return emit(cx, &user_email_verified, out->id, out);
}

err_t registration_clean(struct cx *cx)
{
	return registration_store_clean(cx, cx->now - 2 * lifetime(cx), CLEAN_BATCH);
}

err_t registration_erase(struct cx *cx, const char *user_id)
{
	struct user u = { 0 };
	TRY(user_by_id(cx, user_id, &u));
	return u.email ? registration_store_erase(cx, u.email) : ERR_OK;
}
