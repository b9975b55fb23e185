#include "features/lockout/lockout.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/keyring.h"
#include "features/lockout/lockout_proof.h"
#include "features/lockout/lockout_store.h"
#include "features/session/session.h"
#include "features/user/user.h"
#include "features/user/user_name.h"

#include <stdatomic.h>
#include <string.h>

enum {
	HOUR_MS = 3600000,
	DAY_MS = 86400000,
	DEVICE_BYTES = 15,
	SUBJECT_BYTES = 15,
	STRANGERS_MAX = 50000, /* rows about names that are nobody's */
	CLEAN_BATCH = 1000,
	PART_BATCH = 500,
};

static _Atomic int64_t failures, locked, proofs;

int64_t lockout_failures(void)
{
	return failures;
}

int64_t lockout_locked(void)
{
	return locked;
}

int64_t lockout_proofs(void)
{
	return proofs;
}

/* --- who, and where ----------------------------------------------------------------------------------------------- */

/* However the name is spelt. Nobody who reads the database learns which names were tried. */
static const char *stranger(struct cx *cx, const char *name)
{
	const char *key = login_key(cx->mem, name);
	uint8_t mac[SHA256_SIZE];
	key = key ? key : name;
	crypto_hmac(keyring_key(KEY_LOCKOUT), key, strlen(key), mac);
	return arena_printf(cx->mem, "?%s", base64_encode(cx->mem, mac, SUBJECT_BYTES, true));
}

static const char *device_kind(struct cx *cx, const char *subject)
{
	return arena_printf(cx->mem, "device %s", subject);
}

/* "WHEN.DEVICE" under a MAC that holds for one account: no device of another is taken for one of this. */
static const char *device_of(struct cx *cx, const char *subject, const char *token)
{
	int64_t at;
	const char *text = token ? keyring_open_text(cx->mem, device_kind(cx, subject), token) : NULL;
	const char *dot = text ? strchr(text, '.') : NULL;
	if (!dot || !str_int(arena_memdup0(cx->mem, text, (size_t)(dot - text)), &at))
		return NULL;
	return at + CONF_OF(cx, lockout)->known_for > cx->now ? dot + 1 : NULL;
}

const char *lockout_device_token(struct cx *cx, const char *user_id, const struct lockout *l)
{
	const char *device = l ? l->device : NULL;
	if (!device) {
		uint8_t random[DEVICE_BYTES];
		crypto_random(random, sizeof random);
		device = base64_encode(cx->mem, random, sizeof random, true);
	}
	const char *text = arena_printf(cx->mem, "%lld.%s", (long long)cx->now, device);
	return keyring_sign_text(cx->mem, device_kind(cx, user_id), text);
}

static const char *place_of(struct cx *cx, const struct lockout *l, const char *session_id)
{
	if (session_id)
		return arena_printf(cx->mem, "session %s", session_id);
	return l->device ? arena_printf(cx->mem, "device %s", l->device) : cx->from.ip_block;
}

/* --- may he try? -------------------------------------------------------------------------------------------------- */

/* A lock ends no later than its duration from now, also when the clock was set back after it was made. */
static int64_t locked_for(struct cx *cx, const struct lockout_standing *s)
{
	const struct lockout_conf *conf = CONF_OF(cx, lockout);
	int64_t left = s->last_at + conf->duration - cx->now;
	if (!conf->attempts || s->count < conf->attempts || left <= 0)
		return 0;
	return left < conf->duration ? left : conf->duration;
}

static bool needs_proof(struct cx *cx, const struct lockout *l)
{
	const struct lockout_conf *conf = CONF_OF(cx, lockout);
	const struct lockout_standing *s = &l->standing;
	if (!conf->proof_after || l->session || l->device)
		return false;
	if (s->known_at && s->known_at + conf->known_for > cx->now)
		return false;
	return s->total >= conf->proof_after && s->since + HOUR_MS > cx->now;
}

static err_t challenge(struct cx *cx, const struct lockout *l)
{
	struct lockout_challenge *c = arena_new_of(cx->mem, struct lockout_challenge);
	proof_challenge(cx, l->subject, c);
	proofs++;
	cx->fail.more_type = &lockout_challenge_type;
	cx->fail.more = c;
	return FAIL(cx, ERR_PROOF_NEEDED, "%lld failures within an hour", (long long)l->standing.total);
}

/* Places of strangers and of accounts are asked alike, and a device's token is checked in any case: no difference tells
 * which of them it was. */
static err_t judge(struct cx *cx, struct lockout *l)
{
	TRY(lockout_store_standing(cx, l->subject, l->place, cx->from.ip_block, &l->standing));
	int64_t left = locked_for(cx, &l->standing);
	if (left) {
		cx->fail.retry_after = (left + 999) / 1000;
		return FAIL(cx, ERR_LOCKED, "%lld failures at %s", (long long)l->standing.count, l->place);
	}
	return needs_proof(cx, l) && !l->proof ? challenge(cx, l) : ERR_OK;
}

err_t lockout_begin(struct cx *cx, const struct lockout_ask *ask, struct lockout *out)
{
	*out = (struct lockout){
		.started = time_monotonic(), .user_id = ask->user_id ? ask->user_id : "", .session = ask->session_id
	};
	const char *nobody = stranger(cx, ask->name);
	out->subject = ask->user_id ? ask->user_id : nobody;
	out->device = device_of(cx, out->subject, ask->device_token);
	out->place = place_of(cx, out, ask->session_id);
	out->proof = ask->proof ? proof_check(cx, out->subject, ask->proof) : NULL;
	return judge(cx, out);
}

err_t lockout_enter(struct cx *cx, struct lockout *l)
{
	bool fresh = true;
	TRY(judge(cx, l));
	if (l->proof)
		TRY(lockout_store_spend(cx, l->proof, proof_forgotten_at(cx), &fresh));
	return fresh ? ERR_OK : challenge(cx, l);
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

/* Twice as long each time. */
static int64_t delay(struct cx *cx, int64_t count)
{
	const struct lockout_conf *conf = CONF_OF(cx, lockout);
	int64_t ms = conf->slow;
	for (int64_t i = 1; i < count && ms < conf->slowest; i++)
		ms *= 2;
	return ms < conf->slowest || conf->slowest < conf->slow ? ms : conf->slowest;
}

/* What the person is shown of it later: from where, by which program. */
static void note(struct cx *cx, const struct login_failure *f)
{
	cx->audit.subject_type = "user";
	cx->audit.subject_id = f->user_id;
	cx->audit.type = &login_failure_type;
	cx->audit.after = f;
}

err_t lockout_failed(struct cx *cx, const struct lockout *l)
{
	const struct lockout_conf *conf = CONF_OF(cx, lockout);
	bool nobody = !*l->user_id;
	struct login_failure *f = arena_new_of(cx->mem, struct login_failure);
	*f = (struct login_failure){
		.user_id = l->user_id, .address = cx->from.ip_block, .user_agent = session_agent(cx)
	};
	note(cx, f);
	TRY(lockout_store_failure(cx, l->subject, l->place, nobody, cx->now - conf->duration, &f->count));
	TRY(lockout_store_total(cx, l->subject, nobody, HOUR_MS));
	cx->not_before = l->started + delay(cx, f->count);
	failures++;
	TRY(emit(cx, &login_failed, f->user_id, f));
	if (f->count != conf->attempts)
		return ERR_OK;
	f->until = cx->now + conf->duration;
	locked++;
	return emit(cx, &login_locked, f->user_id, f);
}

err_t lockout_succeeded(struct cx *cx, const struct lockout *l)
{
	if (l->standing.count)
		TRY(lockout_store_forget_place(cx, l->subject, l->place));
	if (l->session || l->standing.known_at > cx->now - DAY_MS)
		return ERR_OK;
	return lockout_store_know(cx, l->user_id, cx->from.ip_block);
}

err_t lockout_clear(struct cx *cx, const char *user_id)
{
	int64_t changed;
	struct login_failure f = { .user_id = user_id, .address = "" };
	TRY(lockout_store_clear(cx, user_id, &changed));
	return changed ? emit(cx, &login_unlocked, user_id, &f) : ERR_OK;
}

err_t user_unlock(struct cx *cx, const struct unlock_in *in, struct none *out)
{
	(void)out;
	struct user u = { 0 };
	TRY(user_by_id(cx, in->id, &u));
	TRY(user_guard_rank(cx, &u)); /* or a moderator could guess an administrator's password for ever */
	cx->audit.subject_type = "user";
	cx->audit.subject_id = u.id;
	return lockout_clear(cx, u.id);
}

err_t lockout_erase(struct cx *cx, const char *user_id)
{
	return lockout_store_erase(cx, user_id);
}

err_t lockout_attempts_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(lockout_store_attempts(cx, user_id, after ? after : "", PART_BATCH, out));
	const struct login_attempt *a = out->items;
	*next = out->n == PART_BATCH ? a[out->n - 1].address : NULL;
	return ERR_OK;
}

err_t lockout_places_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(lockout_store_places(cx, user_id, after ? after : "", PART_BATCH, out));
	const struct login_place *p = out->items;
	*next = out->n == PART_BATCH ? p[out->n - 1].address : NULL;
	return ERR_OK;
}

err_t lockout_clean(struct cx *cx)
{
	const struct lockout_conf *conf = CONF_OF(cx, lockout);
	int64_t matters = conf->duration > DAY_MS ? conf->duration : DAY_MS;
	TRY(lockout_store_cut_future(cx));
	TRY(lockout_store_clean_failures(cx, cx->now - matters));
	TRY(lockout_store_cut_strangers(cx, STRANGERS_MAX));
	TRY(lockout_store_clean_places(cx, cx->now - conf->known_for, CLEAN_BATCH));
	return lockout_store_clean_proofs(cx);
}
