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
struct reactivation {
	const char *identifier, *device_token, *proof;
	struct secret password;
};
extern const struct type login_in_type, reactivation_type;
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

/* Makes an account active again that its owner deactivated or deleted, by the same proof as a log-in; the tokens are then
 * a log-in's to give. ERR_BAD_CREDENTIALS as there; ERR_NOT_ACTIVE when it is not his to undo. */
err_t account_reactivate_prepare(struct cx *cx, const struct reactivation *in, struct login_work *work) CHECKED;
err_t account_reactivate(
	struct cx *cx, const struct reactivation *in, struct login_work *work, struct none *out) CHECKED;
err_t account_reactivate_finish(
	struct cx *cx, const struct reactivation *in, struct login_work *work, struct none *out) CHECKED;

/* Inside the transaction of an operation whose prepare stage is that of a log-in: the password is the account's,
 * work->user_id is whose. ERR_BAD_CREDENTIALS, ERR_LOCKED as there. */
err_t account_prove(struct cx *cx, struct login_work *work) CHECKED;

/* Several accounts made, changed, deleted or given a status in one call (account_batch.c). */
struct batch_item {
	const char *action;
	struct json data;
};
struct batch_in {
	struct list items; /* struct batch_item */
	bool dry_run;
};
/* What alone is read of the data before its own operation reads them. */
struct batch_secret {
	struct secret password;
};
struct batch_fault {
	const char *field, *why;
};
struct batch_result {
	int64_t index, status;
	const char *action, *id, *error, *message;
	struct list details; /* struct batch_fault */
};
struct batch_out {
	int64_t total, succeeded, failed;
	bool dry_run;
	struct list results; /* struct batch_result */
};
extern const struct type batch_item_type, batch_in_type, batch_secret_type, batch_fault_type, batch_result_type,
	batch_out_type;
/* NULL when the text is an action, else what is wrong: for the type table. */
const char *batch_action_check(const char *action);
/* Each item is the single operation: permissions, input, transaction, events and audit are its own, and one that fails
 * changes nothing for the others. ERR_INVALID: more passwords than one call may bring. ERR_BUSY: another batch runs. */
err_t user_batch(struct cx *cx, const struct batch_in *in, struct batch_out *out) CHECKED;

#endif
