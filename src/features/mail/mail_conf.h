/* What follows from the settings of the mail feature. */
#ifndef FEATURES_MAIL_CONF_H
#define FEATURES_MAIL_CONF_H

#include "features/mail/mail.h"

/* The server that letters are given to. */
struct mail_server {
	const char *url; /* smtp://host:port or smtps://host:port */
	const char *user, *password, *ca_file;
	bool starttls; /* TLS is a must, and begins after the greeting */
	const char *from, *from_name;
};
/* False when none is set. */
bool mail_server_of(struct arena *a, const struct mail_conf *conf, struct mail_server *out);

/* Once at start: rules that need more than one setting, the password of smtp_password_file (NULL: none), the operator's
 * templates. ERR_INVALID and *why, a line for each problem. */
err_t mail_init(struct arena *a, const struct mail_conf *conf, const struct secret *password, const char **why) CHECKED;

#endif
