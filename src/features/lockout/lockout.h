/* What stands in the way of guessing passwords, and of nobody else. Failures are counted for each (account, place): slower,
 * then locked for a time. A place is the address block that a stranger comes from, the device of somebody who shows its
 * token, or the session that asks to change a password. So a stranger locks himself out, and not the account's owner; the
 * owner's device is not even locked with others behind its address. Beyond a number an hour from all places together,
 * attempts from places that the account has not been used at need a proof of work. Names that are nobody's count alike. */
#ifndef FEATURES_LOCKOUT_H
#define FEATURES_LOCKOUT_H

#include "base/page.h"

struct lockout_conf {
	int64_t slow, slowest; /* ms */
	int64_t attempts, duration;
	int64_t proof_after, proof_bits, known_for;
};
extern const struct conf_group lockout_conf_group;

/* Who is to prove that he knows a password. */
struct lockout_ask {
	const char *user_id; /* NULL: the name is nobody's */
	const char *name; /* as typed */
	const char *device_token, *proof; /* as given; NULL: none */
	const char *session_id; /* NULL: a log-in; else the session that asks for a change */
};

/* How things stand with one subject at one place. */
struct lockout_standing {
	int64_t count, last_at; /* failures here */
	int64_t total, since; /* from anywhere */
	int64_t known_at; /* last log-in from this address block, 0: none */
};

/* One attempt, from lockout_begin() to its outcome. */
struct lockout {
	const char *subject, *user_id, *place; /* user_id is "" for a stranger */
	const char *device; /* of a token that is good; NULL: none */
	const char *proof; /* the nonce of a proof that is good; NULL: none was needed or given */
	int64_t started; /* monotonic */
	bool session;
	struct lockout_standing standing;
};

/* Asked before the hash is computed. ERR_LOCKED with the time to wait; ERR_PROOF_NEEDED with a challenge. `out` lives as
 * long as the call. */
err_t lockout_begin(struct cx *cx, const struct lockout_ask *ask, struct lockout *out) CHECKED;
/* The same inside the transaction, before anything is told of the password: of attempts that run side by side no more are
 * judged than may be. Spends the proof. */
err_t lockout_enter(struct cx *cx, struct lockout *l) CHECKED;
/* The password was wrong: counts, emits, notes it for the audit, holds the answer back. The caller REFUSEs. */
err_t lockout_failed(struct cx *cx, const struct lockout *l) CHECKED;
/* It was right. */
err_t lockout_succeeded(struct cx *cx, const struct lockout *l) CHECKED;
/* Who shows this text with a later log-in of this account counts by himself. For the answer of a log-in. `l`: the attempt;
 * NULL: there was none (registration). */
const char *lockout_device_token(struct cx *cx, const char *user_id, const struct lockout *l);

/* Forgets all failures of an account: after a confirmed reset of its password, or by an administrator. Inside a
 * transaction; emits login.unlocked when there were any. */
err_t lockout_clear(struct cx *cx, const char *user_id) CHECKED;

/* What is sent with ERR_PROOF_NEEDED: find a text T so that SHA-256("CHALLENGE:T") begins with `difficulty` zero bits, and
 * send "CHALLENGE:T" as `proof`. */
struct lockout_challenge {
	const char *challenge;
	int64_t difficulty, expires_at;
};
extern const struct type lockout_challenge_type;

struct login_failure {
	const char *user_id, *address, *user_agent;
	int64_t count, until; /* until: of a lock */
};
extern const struct type login_failure_type;
extern const struct event login_failed, login_locked, login_unlocked;

struct unlock_in {
	const char *id;
};
extern const struct type unlock_in_type;
/* Forgets the failures of an account. ERR_NOT_FOUND; ERR_DENIED when it may do more than the caller. */
err_t user_unlock(struct cx *cx, const struct unlock_in *in, struct none *out) CHECKED;

/* Job: what is too old to matter goes; what a clock that was set back left in the future is of now. */
err_t lockout_clean(struct cx *cx) CHECKED;

/* For an erasure: failures and places of log-ins go. */
err_t lockout_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: where somebody tried a wrong password lately; from where the person did. */
struct login_attempt {
	const char *address;
	int64_t count, last_at;
};
struct login_place {
	const char *address;
	int64_t at;
};
extern const struct type login_attempt_type, login_place_type;
err_t lockout_attempts_part(
	struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;
err_t lockout_places_part(
	struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* For /metrics. */
int64_t lockout_failures(void);
int64_t lockout_locked(void);
int64_t lockout_proofs(void);

#endif
