/* Recovery: a new password for who forgot the old one, by a letter to the account's address. */
#ifndef FEATURES_RECOVERY_H
#define FEATURES_RECOVERY_H

#include "features/flow/flow.h"
#include "features/password/password.h"

struct recovery_conf {
	int64_t lifetime;
};
extern const struct conf_group recovery_conf_group;

struct recovery_in {
	const char *email;
};
struct recovery_new {
	const char *token; /* of the link; or else the flow and its code */
	const char *flow_id, *code;
	struct secret password, password_confirm;
};
struct recovery_work {
	char hash[PASSWORD_HASH_MAX];
	const char *weak; /* what is wrong with the password for this account: told to who has the proof alone */
};
struct recovery_asked {
	const char *flow_id, *user_id;
};
extern const struct type recovery_in_type, recovery_new_type, recovery_asked_type;
extern const struct event password_reset_requested;

/* Asks for the letter. Whether there is such an account shows neither in the answer nor in the time it takes: a job looks.
 * ERR_RATE_LIMITED. */
err_t recovery_begin(struct cx *cx, const struct recovery_in *in, struct flow_started *out) CHECKED;
/* Sets the new password: every session ends. An address that had never been verified is so now, and what a stranger may
 * have put into the account before is dropped. ERR_LINK_INVALID, ERR_INVALID. Emits password.changed. */
err_t recovery_confirm_prepare(struct cx *cx, const struct recovery_new *in, struct recovery_work *work) CHECKED;
err_t recovery_confirm(
	struct cx *cx, const struct recovery_new *in, struct recovery_work *work, struct none *out) CHECKED;
err_t recovery_confirm_finish(
	struct cx *cx, const struct recovery_new *in, struct recovery_work *work, struct none *out) CHECKED;

/* Job: letters that were asked for. Emits password.reset_requested. */
err_t recovery_send(struct cx *cx) CHECKED;

#endif
