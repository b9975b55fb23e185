/* Notes to people about their accounts: a letter that says what happened, so that who did not do it himself can act. */
#ifndef FEATURES_NOTICE_H
#define FEATURES_NOTICE_H

#include "features/mail/mail.h"
#include "features/user/user.h"

/* Puts a letter to the account's address into the queue, inside the transaction of what happened. An account without an
 * address, or with one that takes no letters, is passed over: what happened does not fail by it. `values` may be NULL. */
err_t notice_send(
	struct cx *cx, const struct user *u, const char *template_name, const struct mail_value *values) CHECKED;

#endif
