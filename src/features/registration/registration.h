/* Registering with an address that must be proved first (registration.verify_first): what was given waits, and becomes an
 * account when somebody gives back what the letter holds. So nobody learns at the door whether an address has an account,
 * and nobody holds an address that is not his own. The settings of registration stand here too. */
#ifndef FEATURES_REGISTRATION_H
#define FEATURES_REGISTRATION_H

#include "features/flow/flow.h"
#include "features/user/user.h"

struct registration_conf {
	bool verify_first, verify_before_login, letter;
	int64_t link_lifetime;
};
extern const struct conf_group registration_conf_group;

/* Where proofs of an address are given back, the page that does it, and what then happens. */
#define EMAIL_DOOR "email"
#define EMAIL_PAGE "/verify-email"
#define EMAIL_REGISTER "register"

struct registration {
	const char *id, *email, *username, *name, *first_name, *last_name, *display_name, *push_token, *password_hash;
	struct user_channels preferences;
	int64_t created_at;
};
extern const struct type registration_type;

/* Keeps what was given and asks for a letter: the same work whether or not the address has an account. ERR_USERNAME_TAKEN,
 * which anybody may know; ERR_RATE_LIMITED. */
err_t registration_ask(
	struct cx *cx, const struct user *wanted, const char *password_hash, struct flow_started *out) CHECKED;
/* Makes the account of a registration whose address was just proved. A user name that somebody took meanwhile is replaced.
 * Others may have registered with the address too, and its owner opens whichever link he finds first: then the account has
 * nothing of the registration, neither name nor password, unless whoever proved the address is `known` to have registered.
 * ERR_EMAIL_TAKEN; ERR_LINK_INVALID when it was done before. Emits user.created and user.email_verified. */
err_t registration_complete(struct cx *cx, const char *id, bool known, struct user *out) CHECKED;
/* Sends the letter of the address's newest registration once more. ERR_NOT_FOUND when there is none. */
err_t registration_remind(struct cx *cx, struct flow *f) CHECKED;

/* Jobs: letters to those who registered, or to who has the address; what nobody proved is forgotten. */
err_t registration_send(struct cx *cx) CHECKED;
err_t registration_clean(struct cx *cx) CHECKED;

/* For an erasure: registrations of the same address that still wait. */
err_t registration_erase(struct cx *cx, const char *user_id) CHECKED;

#endif
