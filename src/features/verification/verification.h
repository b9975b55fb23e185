/* Proving that an e-mail address is one's own: after registering, on request, and when the address is to be another. */
#ifndef FEATURES_VERIFICATION_H
#define FEATURES_VERIFICATION_H

#include "features/lockout/lockout.h"
#include "features/registration/registration.h"

#define EMAIL_VERIFY "verify_email"
#define EMAIL_CHANGE "change_email"

struct verification_in {
	const char *token; /* of the link; or else the code, with the flow's id or the address */
	const char *flow_id, *email, *code;
};
struct verified {
	const char *id, *username, *email;
	bool email_verified, has_password;
	unsigned status;
};
struct verification_address {
	const char *email; /* the caller's own when NULL */
};
struct verification_change_in {
	const char *email;
	struct secret current_password;
};
struct user_address {
	const char *id;
	struct opt_text email;
};
struct verification_work {
	const char *checked; /* the stored hash that the password was held against */
	bool right;
	struct lockout lockout;
};
extern const struct type verification_in_type, verified_type, verification_address_type, verification_change_in_type,
	user_address_type;

/* Sends who just registered the letter; `out` gets the flow. */
err_t verification_begin(struct cx *cx, const struct user *u, struct flow_started *out) CHECKED;

/* --- operations --------------------------------------------------------------------------------------------------- */

/* Takes the proof: the address is verified, or becomes the account's, or there is an account now. ERR_LINK_INVALID,
 * ERR_EMAIL_TAKEN. Emits user.email_verified. */
err_t verification_confirm(struct cx *cx, const struct verification_in *in, struct verified *out) CHECKED;
/* Asks for another letter. The answer does not tell whether there is an account, or what it lacks. ERR_RATE_LIMITED. */
err_t verification_resend(struct cx *cx, const struct verification_address *in, struct flow_started *out) CHECKED;
/* Asks for another address: a letter goes to it, and the old one stays until that is answered. A wrong password
 * counts as it does where one changes it. ERR_BAD_CREDENTIALS, ERR_LOCKED, ERR_EMAIL_TAKEN (when registration tells as
 * much), ERR_RATE_LIMITED. */
err_t verification_change_prepare(
	struct cx *cx, const struct verification_change_in *in, struct verification_work *work) CHECKED;
err_t verification_change(struct cx *cx, const struct verification_change_in *in, struct verification_work *work,
	struct flow_started *out) CHECKED;
err_t verification_change_finish(struct cx *cx, const struct verification_change_in *in, struct verification_work *work,
	struct flow_started *out) CHECKED;

/* Another address by an administrator's word, or none: at once, unproved; both addresses get a letter. ERR_EMAIL_TAKEN. */
err_t user_set_email(struct cx *cx, const struct user_address *in, struct user *out) CHECKED;

/* Job: letters that were asked for. */
err_t verification_send(struct cx *cx) CHECKED;

#endif
