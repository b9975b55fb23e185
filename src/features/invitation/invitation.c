#include "features/invitation/invitation.h"
#include "base/conf.h"
#include "crypto/crypto.h"
#include "crypto/cursor.h"
#include "features/invitation/invitation_store.h"
#include "features/lockout/lockout.h"
#include "features/role/role.h"
#include "features/user/user_name.h"

#include <string.h>

#define DOOR "invitation"
#define PAGE "/invitation"

enum { CLEAN_BATCH = 1000, PART_BATCH = 500 };
static const int64_t kept_ms = INT64_C(90) * 86400000; /* so long an administrator sees what became of it */
static const char cursor_kind[] = "invitations";

static void audit(struct cx *cx, const struct invitation *before, const struct invitation *after)
{
	const struct invitation *known = after ? after : before;
	cx->audit.subject_type = "invitation";
	cx->audit.subject_id = known ? known->id : "";
	cx->audit.type = &invitation_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

static void derive_status(const struct cx *cx, struct invitation *i)
{
	i->status = i->accepted_at             ? INVITATION_ACCEPTED
	            : i->revoked_at            ? INVITATION_REVOKED
	            : i->expires_at <= cx->now ? INVITATION_EXPIRED
	                                       : INVITATION_OPEN;
}

/* --- inviting ----------------------------------------------------------------------------------------------------- */

/* Nobody asks somebody in who may do more than he himself. */
static err_t check_role(struct cx *cx, const char *role)
{
	if (strcmp(role, "user") == 0)
		return ERR_OK;
	if (cx->who.kind != ACTOR_LOCAL && !may(&cx->who, PERM_ROLE_GRANT))
		return FAIL(cx, ERR_DENIED, "to give the role %s", role);
	return role_give(cx, "role", role);
}

static err_t revoke(struct cx *cx, const struct invitation *before)
{
	struct invitation *gone = arena_new_of(cx->mem, struct invitation);
	*gone = *before;
	gone->revoked_at = cx->now;
	gone->status = INVITATION_REVOKED;
	TRY(invitation_store_revoke(cx, gone->id));
	TRY(flow_cancel(cx, gone->id));
	audit(cx, before, gone);
	return emit(cx, &invitation_revoked, gone->id, gone);
}

static err_t replace_older(struct cx *cx, const char *email_key)
{
	struct invitation *older = arena_new_of(cx->mem, struct invitation);
	err_t e = invitation_store_open(cx, email_key, older);
	return e ? e == ERR_NOT_FOUND ? ERR_OK : e : revoke(cx, older);
}

static err_t inviter_name(struct cx *cx, const char **name)
{
	struct user u = { 0 };
	*name = NULL;
	if (cx->who.kind != ACTOR_USER)
		return ERR_OK;
	TRY(user_by_id(cx, cx->who.id, &u));
	*name = u.display_name ? u.display_name : u.username;
	return ERR_OK;
}

static err_t send_letter(struct cx *cx, const struct invitation *i)
{
	struct flow f;
	struct flow_secrets secrets;
	struct flow_letter letter = { .template_name = "invitation", .page = PAGE, .name = i->name, .link_only = true };
	TRY(inviter_name(cx, &letter.inviter));
	letter.role = strcmp(i->role, "user") == 0 ? NULL : i->role;
	TRY(flow_open(cx,
		&(struct flow_new){ .door = DOOR,
			.purpose = DOOR,
			.email = i->email,
			.email_key = i->email_key,
			.subject_id = i->id,
			.lifetime = CONF_OF(cx, invitation)->lifetime },
		&f, &secrets));
	return flow_send(cx, &f, &secrets, &letter);
}

err_t invitation_create(struct cx *cx, const struct invitation_new *in, struct invitation *out)
{
	struct user owner = { 0 };
	*out = (struct invitation){ .id = id_new(cx),
		.role = in->role,
		.name = in->name,
		.inviter_id = cx->who.id,
		.created_at = cx->now,
		.expires_at = cx->now + CONF_OF(cx, invitation)->lifetime };
	const char *wrong = email_normal(cx->mem, in->email, &out->email, &out->email_key);
	if (wrong)
		return cx_field(cx, "email", "%s", wrong);
	TRY(check_role(cx, in->role));
	err_t e = user_by_login(cx, out->email, &owner);
	if (e != ERR_NOT_FOUND)
		return e ? e : FAIL(cx, ERR_EMAIL_TAKEN, "it belongs to %s", owner.id);
	TRY(replace_older(cx, out->email_key));
	TRY(invitation_store_add(cx, out));
	TRY(send_letter(cx, out));
	audit(cx, NULL, out);
	return emit(cx, &invitation_created, out->id, out);
}

err_t invitation_list(struct cx *cx, const struct invitation_query *in, struct invitation_list *out)
{
	struct place before = { .text = "~" };
	TRY(cursor_read(cx, cursor_kind, in->want.cursor, &before));
	TRY(invitation_store_list(cx, before.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, cursor_kind, &invitation_type, &out->items);
	struct invitation *i = out->items.items;
	for (size_t n = 0; n < out->items.n; n++)
		derive_status(cx, &i[n]);
	return ERR_OK;
}

err_t invitation_revoke(struct cx *cx, const struct invitation_ref *in, struct none *out)
{
	(void)out;
	struct invitation *i = arena_new_of(cx->mem, struct invitation);
	TRY(invitation_store_get(cx, in->id, i));
	if (i->accepted_at || i->revoked_at)
		return FAIL(cx, ERR_NOT_FOUND, "it is open no more");
	return revoke(cx, i);
}

/* --- accepting ---------------------------------------------------------------------------------------------------- */

static struct user as_user(const struct invitation *i, const struct invitation_answer *in)
{
	return (struct user){ .email = i->email,
		.email_verified = true,
		.username = in->username,
		.name = in->name ? in->name : i->name,
		.role = i->role,
		.preferences = { true, true } };
}

static err_t of_flow(struct cx *cx, const struct flow *f, struct invitation *out)
{
	err_t e = invitation_store_get(cx, f->subject_id, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	derive_status(cx, out);
	return e || out->status != INVITATION_OPEN ? FAIL(cx, ERR_LINK_INVALID, "the invitation is open no more")
	                                           : ERR_OK;
}

/* An invitation is worth what its sender may do now: who lost his rights leaves no door open behind him. */
static err_t check_inviter(struct cx *cx, const struct invitation *i)
{
	struct user u = { 0 };
	if (!*i->inviter_id)
		return ERR_OK; /* the command line of this host */
	err_t e = user_by_id(cx, i->inviter_id, &u);
	if (e && e != ERR_NOT_FOUND)
		return e;
	uint64_t needed = 0, has = 0;
	TRY(role_perms(cx, i->role, &needed));
	if (!e)
		TRY(role_perms(cx, u.role, &has));
	needed |= PERM_BIT(PERM_USER_WRITE);
	if (strcmp(i->role, "user") != 0)
		needed |= PERM_BIT(PERM_ROLE_GRANT);
	if (e || !user_may_act(&u, cx->now) || (needed & ~has))
		return FAIL(cx, ERR_LINK_INVALID, "%s may no longer invite as %s", i->inviter_id, i->role);
	return ERR_OK;
}

err_t invitation_accept_prepare(struct cx *cx, const struct invitation_answer *in, struct invitation_work *work)
{
	struct flow f = { 0 };
	struct invitation i = { 0 };
	TRY(flow_look(cx, &(struct flow_proof){ .token = in->token }, DOOR, &f)); /* no hash for a token that is none */
	TRY(of_flow(cx, &f, &i));
	struct user u = as_user(&i, in);
	TRY(password_acceptable(cx, "password", &in->password, &u));
	return password_make(cx, &in->password, work->hash);
}

static err_t note_acceptance(struct cx *cx, const struct invitation *before, const struct user *u)
{
	struct invitation *after = arena_new_of(cx->mem, struct invitation);
	*after = *before;
	after->accepted_at = cx->now;
	after->user_id = u->id;
	after->status = INVITATION_ACCEPTED;
	TRY(invitation_store_accept(cx, after->id, u->id));
	audit(cx, before, after);
	return emit(cx, &invitation_accepted, after->id, after);
}

err_t invitation_accept(
	struct cx *cx, const struct invitation_answer *in, struct invitation_work *work, struct signed_in *out)
{
	(void)out;
	struct flow f = { 0 };
	struct invitation *i = arena_new_of(cx->mem, struct invitation);
	struct user *u = &work->session.user;
	TRY(flow_take(cx, &(struct flow_proof){ .token = in->token }, DOOR, &f));
	TRY(of_flow(cx, &f, i));
	TRY(check_inviter(cx, i));
	*u = as_user(i, in);
	TRY(user_add(cx, u));
	TRY(password_store(cx, u->id, work->hash));
	TRY(emit(cx, &user_email_verified, u->id, u));
	TRY(user_note_login(cx, u->id));
	u->last_login_at = u->last_active_at = cx->now;
	TRY(session_open(cx, u, in->device, &work->session.session));
	return note_acceptance(cx, i, u);
}

err_t invitation_accept_finish(
	struct cx *cx, const struct invitation_answer *in, struct invitation_work *work, struct signed_in *out)
{
	(void)in;
	crypto_wipe(work->hash, sizeof work->hash);
	out->device_token = lockout_device_token(cx, work->session.user.id, NULL);
	return session_sign(cx, &work->session.session, &work->session.user, out);
}

err_t invitation_clean(struct cx *cx)
{
	return invitation_store_clean(cx, cx->now - kept_ms, CLEAN_BATCH);
}

/* --- a person's own ----------------------------------------------------------------------------------------------- */

err_t invitation_erase(struct cx *cx, const char *user_id)
{
	struct user u = { 0 };
	TRY(user_by_id(cx, user_id, &u));
	return invitation_store_erase(cx, user_id, u.email ? login_key(cx->mem, u.email) : NULL);
}

err_t invitation_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(invitation_store_of_user(cx, user_id, after ? after : "", PART_BATCH, out));
	struct invitation *i = out->items;
	for (size_t n = 0; n < out->n; n++)
		derive_status(cx, &i[n]);
	*next = out->n == PART_BATCH ? i[out->n - 1].id : NULL;
	return ERR_OK;
}
