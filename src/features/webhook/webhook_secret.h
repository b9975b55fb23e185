/* Secrets that sign what is sent, in the form of Standard Webhooks 1.0: "whsec_" and base64 of random bytes. In the database
 * they are sealed. */
#ifndef FEATURES_WEBHOOK_SECRET_H
#define FEATURES_WEBHOOK_SECRET_H

#include "base/cx.h"

const char *webhook_secret_new(struct arena *a);
const char *webhook_secret_seal(struct arena *a, const char *webhook_id, const char *secret);
/* ERR_INTERNAL when it was not sealed with this master key for this endpoint. */
err_t webhook_secret_open(struct cx *cx, const char *webhook_id, const char *sealed, const char **out) CHECKED;

/* What is signed: the identifier of the message, the second of the attempt, the body. */
struct webhook_message {
	const char *id;
	int64_t second;
	const char *body;
	size_t n;
};
/* "v1," and base64 of the HMAC-SHA256; NULL when the secret is none. */
const char *webhook_sign(struct arena *a, const char *secret, const struct webhook_message *m);

#endif
