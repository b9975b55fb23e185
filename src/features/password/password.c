#include "features/password/password.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "features/flow/flow.h"
#include "features/notice/notice.h"
#include "features/password/password_store.h"
#include "features/session/session.h"

#include <string.h>

static void (*observe)(uint64_t ns);

void password_observe(void (*fn)(uint64_t ns))
{
	observe = fn;
}

static struct password_cost cost_of(struct cx *cx)
{
	const struct password_conf *conf = CONF_OF(cx, password);
	return (struct password_cost){ conf->memory / 1024, conf->passes };
}

/* --- what a new one must be --------------------------------------------------------------------------------------- */

static bool is_own_name(const struct secret *p, const struct user *owner)
{
	const char *const names[] = { owner->username, owner->email, owner->name, owner->display_name };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] && *names[i] && str_same_ascii(names[i], p->s))
			return true;
	return false;
}

err_t password_acceptable(struct cx *cx, const char *path, const struct secret *p, const struct user *owner)
{
	size_t n = p->s ? utf8_length(p->s) : 0;
	if (n < PASSWORD_MIN)
		return cx_field(cx, path, "must be at least %d characters long", PASSWORD_MIN);
	if (n > PASSWORD_MAX)
		return cx_field(cx, path, "must be at most %d characters long", PASSWORD_MAX);
	if (is_own_name(p, owner))
		return cx_field(cx, path, "must not be your name or e-mail address");
	const char *own[] = { owner->username ? owner->username : "", owner->email ? owner->email : "",
		owner->name ? owner->name : "", "roster", NULL };
	if (password_score(p->s, own) < CONF_OF(cx, password)->min_score)
		return cx_field(cx, path, "is too easy to guess; add a few words that do not belong together");
	return ERR_OK;
}

/* --- hashes ------------------------------------------------------------------------------------------------------- */

err_t password_make(struct cx *cx, const struct secret *p, char out[static PASSWORD_HASH_MAX])
{
	uint64_t start = time_nanos();
	err_t e = password_hash(p, cost_of(cx), out);
	if (observe)
		observe(time_nanos() - start);
	return e ? FAIL(cx, e, "no memory for a hash") : ERR_OK;
}

/* A hash that nothing matches: who asks for an account that is not there waits as long as for one that is. */
static const char *nobody(struct cx *cx)
{
	const struct password_cost c = cost_of(cx);
	return arena_printf(cx->mem, "$argon2id$v=19$m=%lld,t=%lld,p=1$cm9zdGVyLW5vYm9keS0wMQ$%s",
		(long long)c.memory_kib, (long long)c.passes, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

bool password_right(struct cx *cx, const char *hash, const struct secret *typed)
{
	uint64_t start = time_nanos();
	bool right = password_verify(hash ? hash : nobody(cx), typed);
	if (observe)
		observe(time_nanos() - start);
	return right && hash;
}

bool password_old(struct cx *cx, const char *hash)
{
	return password_outdated(hash, cost_of(cx));
}

err_t password_stored(struct cx *cx, const char *user_id, const char **hash)
{
	return password_store_get(cx, user_id, hash);
}

err_t password_store(struct cx *cx, const char *user_id, const char *hash)
{
	return password_store_set(cx, user_id, hash);
}

err_t password_announce(struct cx *cx, const char *user_id)
{
	struct user *u = arena_new_of(cx->mem, struct user);
	const struct mail_value values[] = { { "ip", cx->from.ip }, { NULL, NULL } };
	TRY(flow_cancel(cx, user_id));
	TRY(user_by_id(cx, user_id, u));
	TRY(notice_send(cx, u, "password_changed", values));
	return emit(cx, &password_changed, u->id, u);
}

err_t password_erase(struct cx *cx, const char *user_id)
{
	return password_store_erase(cx, user_id);
}

/* --- changing one's own ------------------------------------------------------------------------------------------- */

err_t password_change_prepare(struct cx *cx, const struct password_change_in *in, struct password_change_work *work)
{
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has a password");
	struct user u = { 0 };
	TRY(user_by_id(cx, cx->who.id, &u));
	TRY(password_acceptable(cx, "new_password", &in->new_password, &u));
	const struct lockout_ask ask = { .user_id = u.id, .name = u.username, .session_id = cx->who.session_id };
	TRY(lockout_begin(cx, &ask, &work->lockout));
	TRY(password_stored(cx, u.id, &work->checked));
	work->right = password_right(cx, work->checked, &in->current_password);
	return work->right ? password_make(cx, &in->new_password, work->hash) : ERR_OK;
}

err_t password_change(
	struct cx *cx, const struct password_change_in *in, struct password_change_work *work, struct none *out)
{
	(void)in;
	(void)out;
	cx->audit.subject_type = "user";
	cx->audit.subject_id = cx->who.id;
	TRY(lockout_enter(cx, &work->lockout));
	if (!work->right) {
		TRY(lockout_failed(cx, &work->lockout));
		return REFUSE(cx, ERR_BAD_CREDENTIALS, "the current password is wrong");
	}
	const char *stored;
	TRY(password_stored(cx, cx->who.id, &stored));
	if (!stored || strcmp(stored, work->checked) != 0)
		return FAIL(cx, ERR_CONFLICT, "the password was changed meanwhile");
	int64_t version, ended;
	TRY(password_store(cx, cx->who.id, work->hash));
	/* First: those that the next line makes worthless are no longer found, and nobody would be told of their end. */
	TRY(session_end_all(cx, cx->who.id, cx->who.session_id, "password_change", &ended));
	TRY(user_bump_credentials(cx, cx->who.id, &version));
	TRY(session_keep(cx, cx->who.id, cx->who.session_id, version));
	TRY(lockout_succeeded(cx, &work->lockout));
	return password_announce(cx, cx->who.id);
}

err_t password_change_finish(
	struct cx *cx, const struct password_change_in *in, struct password_change_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)out;
	crypto_wipe(work->hash, sizeof work->hash);
	return ERR_OK;
}

/* --- setting somebody else's -------------------------------------------------------------------------------------- */

static err_t owner_of(struct cx *cx, const char *id, struct user *u)
{
	TRY(user_by_id(cx, id, u));
	if (u->status == USER_DELETED)
		return FAIL(cx, ERR_NOT_FOUND, "deleted");
	return user_guard_other(cx, u);
}

err_t user_set_password_prepare(struct cx *cx, const struct password_set_in *in, struct password_set_work *work)
{
	struct user u = { 0 };
	TRY(owner_of(cx, in->id, &u));
	TRY(password_acceptable(cx, "password", &in->password, &u));
	return password_make(cx, &in->password, work->hash);
}

err_t user_set_password(
	struct cx *cx, const struct password_set_in *in, struct password_set_work *work, struct none *out)
{
	(void)out;
	struct user u = { 0 };
	int64_t version, ended;
	cx->audit.subject_type = "user";
	cx->audit.subject_id = in->id;
	TRY(owner_of(cx, in->id, &u)); /* he may have risen since */
	TRY(password_store(cx, u.id, work->hash));
	TRY(session_end_all(cx, u.id, NULL, "password_reset", &ended));
	TRY(user_bump_credentials(cx, u.id, &version));
	TRY(lockout_clear(cx, u.id));
	return password_announce(cx, u.id);
}

err_t user_set_password_finish(
	struct cx *cx, const struct password_set_in *in, struct password_set_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)out;
	crypto_wipe(work->hash, sizeof work->hash);
	return ERR_OK;
}
