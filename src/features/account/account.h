/* Accounts: making one and getting into it. */
#ifndef FEATURES_ACCOUNT_H
#define FEATURES_ACCOUNT_H

#include "features/lockout/lockout.h"
#include "features/password/password.h"
#include "features/session/session.h"
#include "features/verification/verification.h"

struct account_conf {
	bool registration;
};
extern const struct conf_group account_conf_group;

struct account_new_work {
	char hash[PASSWORD_HASH_MAX];
	bool hashed, asked; /* asked: there is no account yet, a letter must be answered first */
	struct session_work session;
};
struct login_in {
	const char *identifier, *device, *device_token, *proof;
	struct secret password;
};
struct login_work {
	struct session_work session;
	const char *user_id; /* whose account the identifier names, NULL: nobody's */
	const char *checked; /* the stored hash that was verified */
	char rehash[PASSWORD_HASH_MAX]; /* a better hash of the same password, "" when not needed */
	bool right;
	struct lockout lockout;
};
extern const struct type login_in_type;
extern const struct type registered_type; /* struct signed_in, as registering answers it */

/* Registers a person (by anyone, giving tokens) or makes an account (by an administrator or the command line, giving none).
 * By the settings the account of a stranger is pending until its address is proved, or made by that proof alone: then the
 * answer is 202 and tells nothing. ERR_EMAIL_TAKEN, ERR_USERNAME_TAKEN, ERR_INVALID. Emits user.created. */
err_t user_create_prepare(struct cx *cx, const struct user_new *in, struct account_new_work *work) CHECKED;
err_t user_create(
	struct cx *cx, const struct user_new *in, struct account_new_work *work, struct signed_in *out) CHECKED;
err_t user_create_finish(
	struct cx *cx, const struct user_new *in, struct account_new_work *work, struct signed_in *out) CHECKED;

/* Logs in by e-mail or user name. ERR_BAD_CREDENTIALS, answered no sooner than lockout.slow, whether the account exists or
 * not; the attempt is counted. ERR_LOCKED, ERR_PROOF_NEEDED. ERR_NOT_ACTIVE and ERR_UNVERIFIED only to who knows the
 * password. */
err_t session_login_prepare(struct cx *cx, const struct login_in *in, struct login_work *work) CHECKED;
err_t session_login(struct cx *cx, const struct login_in *in, struct login_work *work, struct signed_in *out) CHECKED;
err_t session_login_finish(
	struct cx *cx, const struct login_in *in, struct login_work *work, struct signed_in *out) CHECKED;

#endif
