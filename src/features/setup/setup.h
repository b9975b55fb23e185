/* The first administrator. There is no default password: at its first start the server prints a link that works once, or
 * the settings name an address and a password file. Until it is done, a server on a public address serves nothing else. */
#ifndef FEATURES_SETUP_H
#define FEATURES_SETUP_H

#include "features/account/account.h"

struct setup_in {
	const char *token, *email;
	struct secret password;
};
extern const struct type setup_in_type;

/* Looks whether there is an administrator; makes the one of the settings when there is none and they name one. Inside a
 * transaction, at start. `token` gets the text of the link's token, NULL when no set-up is needed. */
err_t setup_begin(struct cx *cx, const char *email, const struct secret *password, const char **token) CHECKED;
/* False while there is no administrator and the server is `closed` meanwhile (on a public address). */
bool setup_open(void);
void setup_close_until_done(void);

/* Makes the first administrator. ERR_TOKEN_INVALID, ERR_ALREADY_SET_UP, ERR_INVALID. */
err_t setup_create_prepare(struct cx *cx, const struct setup_in *in, struct account_new_work *work) CHECKED;
err_t setup_create(
	struct cx *cx, const struct setup_in *in, struct account_new_work *work, struct signed_in *out) CHECKED;
err_t setup_create_finish(
	struct cx *cx, const struct setup_in *in, struct account_new_work *work, struct signed_in *out) CHECKED;
/* Job: an administrator may also have been made by the command line. */
err_t setup_watch(struct cx *cx) CHECKED;

#endif
