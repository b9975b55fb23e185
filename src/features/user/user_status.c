/* Whether an account may be used: suspension, ban, deactivation and coming back, and erasure for good. */
#include "base/conf.h"
#include "features/push/push.h"
#include "features/role/role.h"
#include "features/user/user_change.h"
#include "features/user/user_store.h"

#include <assert.h>
#include <string.h>

enum { ERASE_BATCH = 20 };

static struct user_personal personal;

void user_personal_by(const struct user_personal *p)
{
	personal = *p;
}

const struct user_personal *user_personal(void)
{
	assert(personal.erase && personal.export);
	return &personal;
}

/* --- who may ------------------------------------------------------------------------------------------------------ */

static bool is_own(const struct cx *cx, const char *id)
{
	return cx->who.kind == ACTOR_USER && strcmp(cx->who.id, id) == 0;
}

/* A moderator suspends no administrator. */
err_t user_guard_rank(struct cx *cx, const struct user *target)
{
	uint64_t perms;
	if (is_own(cx, target->id) || cx->who.kind == ACTOR_LOCAL)
		return ERR_OK;
	TRY(role_perms(cx, target->role, &perms));
	if (!(perms & ~cx->who.perms))
		return ERR_OK;
	return FAIL(cx, ERR_DENIED, "%s may do more than the caller", target->id);
}

err_t user_guard_other(struct cx *cx, const struct user *target)
{
	if (is_own(cx, target->id)) {
		cx->fail.message = "This is your own account: change it by the way that asks for your password.";
		return FAIL(cx, ERR_DENIED, "his own");
	}
	return user_guard_rank(cx, target);
}

err_t user_guard(struct cx *cx, const char *id)
{
	struct user u = { 0 };
	TRY(user_store_by_id(cx, id, &u));
	return user_guard_rank(cx, &u);
}

err_t user_guard_last_admin(struct cx *cx, const struct user *before)
{
	if (strcmp(before->role, "admin") != 0 || before->status != USER_ACTIVE)
		return ERR_OK;
	int64_t n;
	TRY(user_store_count_admins(cx, &n));
	return n > 1 ? ERR_OK : FAIL(cx, ERR_LAST_ADMIN, "%s", before->id);
}

/* --- status ------------------------------------------------------------------------------------------------------- */

/* What an account is to become. */
struct target {
	unsigned status;
	const char *reason;
	int64_t until, erase_at;
	bool own;
};

static err_t end_credentials(struct cx *cx, struct user *u)
{
	TRY(user_store_bump(cx, u->id, &u->credential_version));
	return push_sessions_ended(cx, u->id);
}

static err_t become(struct cx *cx, struct user *u, const struct target *to)
{
	const struct user *before = user_copy(cx, u);
	if (to->status != USER_ACTIVE)
		TRY(user_guard_last_admin(cx, before));
	u->status = to->status;
	u->status_reason = to->reason;
	u->status_until = to->until;
	u->status_own = to->own;
	u->erase_at = to->erase_at;
	u->is_active = to->status == USER_ACTIVE;
	u->updated_at = cx->now > before->updated_at ? cx->now : before->updated_at + 1;
	TRY(user_store_set_status(cx, u));
	/* Who comes back later logs in again: nobody who held a session then goes on with it. */
	if (to->status == USER_INACTIVE || to->status == USER_BANNED || to->status == USER_DELETED)
		TRY(end_credentials(cx, u));
	user_audit(cx, before, user_copy(cx, u));
	return emit(cx, &user_status_changed, u->id, u);
}

/* The account, to be changed by somebody who may. */
static err_t take(struct cx *cx, const char *id, struct user *out)
{
	TRY(user_store_by_id(cx, id, out));
	if (user_erased(out))
		return FAIL(cx, ERR_NOT_FOUND, "erased");
	return user_guard_rank(cx, out);
}

static err_t check_status(struct cx *cx, const struct user_status_change *in)
{
	if (in->status == USER_DELETED)
		return cx_field(cx, "status", "cannot be set to deleted here; delete the account instead");
	if (in->until && in->status != USER_SUSPENDED)
		return cx_field(cx, "until", "has a meaning for a suspension alone");
	if (in->until && in->until <= cx->now)
		return cx_field(cx, "until", "has passed already");
	return ERR_OK;
}

err_t user_set_status(struct cx *cx, const struct user_status_change *in, struct user *out)
{
	TRY(check_status(cx, in));
	TRY(take(cx, in->id, out));
	if (out->status == USER_DELETED && in->status != USER_ACTIVE) {
		cx->fail.message = "This account is deleted and waits to be erased. Make it active first.";
		return FAIL(cx, ERR_CONFLICT, "%s is to be erased", in->id);
	}
	struct target to = { .status = in->status, .reason = in->reason, .until = in->until };
	TRY(become(cx, out, &to));
	return person_shown(cx, out);
}

static err_t deactivate(struct cx *cx, const char *id, int64_t erase_at, struct user *u)
{
	TRY(take(cx, id, u));
	if (u->status == USER_DELETED)
		return FAIL(cx, ERR_NOT_FOUND, "deleted before");
	struct target to = {
		.status = erase_at ? USER_DELETED : USER_INACTIVE, .erase_at = erase_at, .own = is_own(cx, id)
	};
	return become(cx, u, &to);
}

err_t user_deactivate(struct cx *cx, const struct user_removal *in, struct none *out)
{
	(void)out;
	struct user u = { 0 };
	return deactivate(cx, in->id, 0, &u);
}

err_t user_deactivate_me(struct cx *cx, const struct user_leaving *in, struct user_left *out)
{
	struct user u = { 0 };
	int64_t erase_at = in->purge ? cx->now + CONF_OF(cx, user)->purge_after : 0;
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has an account of its own");
	TRY(deactivate(cx, cx->who.id, erase_at, &u));
	out->erase_at = u.erase_at;
	return ERR_OK;
}

err_t user_come_back(struct cx *cx, const char *id)
{
	struct user u = { 0 };
	TRY(user_store_by_id(cx, id, &u));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = u.id;
	if (user_may_act(&u, cx->now))
		return ERR_OK;
	bool left = u.status == USER_INACTIVE || (u.status == USER_DELETED && u.erase_at > cx->now);
	if (!left || !u.status_own)
		return FAIL(cx, ERR_NOT_ACTIVE, "%s", user_status_names[u.status]);
	return become(cx, &u, &(struct target){ .status = USER_ACTIVE });
}

err_t user_end_suspensions(struct cx *cx)
{
	struct list over;
	TRY(user_store_suspended_until(cx, cx->now, &over));
	const struct user *u = over.items;
	for (size_t i = 0; i < over.n; i++) {
		struct user changed = { 0 };
		TRY(take(cx, u[i].id, &changed));
		TRY(become(cx, &changed, &(struct target){ .status = USER_ACTIVE }));
	}
	return ERR_OK;
}

/* --- for good ----------------------------------------------------------------------------------------------------- */

err_t user_erase(struct cx *cx, const char *user_id)
{
	struct user u = { 0 };
	TRY(user_store_by_id(cx, user_id, &u));
	return user_store_erase(cx, &u);
}

/* The event comes last: it alone is to stay of all that were about this person. */
static err_t erase(struct cx *cx, const char *id)
{
	TRY(user_personal()->erase(cx, id));
	user_audit(cx, &(struct user){ .id = id }, NULL); /* what was erased is not kept in the audit either */
	cx->audit.type = NULL;
	return emit(
		cx, &user_deleted, id, &(struct user){ .id = id, .username = "", .role = "", .status = USER_DELETED });
}

err_t user_delete(struct cx *cx, const struct user_removal *in, struct none *out)
{
	(void)out;
	struct user u = { 0 };
	TRY(take(cx, in->id, &u));
	TRY(user_guard_last_admin(cx, &u));
	return erase(cx, u.id);
}

err_t user_erase_due(struct cx *cx)
{
	struct list due;
	TRY(user_store_to_erase(cx, cx->now, ERASE_BATCH, &due));
	const struct user *u = due.items;
	for (size_t i = 0; i < due.n; i++)
		TRY(erase(cx, u[i].id));
	return ERR_OK;
}
