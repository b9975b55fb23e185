/* What letters say, as it lies in the database: sealed, since it may hold a link as good as a password. */
#ifndef FEATURES_MAIL_SEAL_H
#define FEATURES_MAIL_SEAL_H

#include "features/mail/mail_letter.h"

const char *mail_seal(struct arena *a, const char *id, const struct mail_body *body);
/* ERR_INTERNAL when it was not sealed with this master key for this letter. */
err_t mail_unseal(struct cx *cx, const struct mail *m, struct mail_body *out) CHECKED;
/* True when letters are sent, not kept. */
bool mail_server_set(const struct cx *cx);

#endif
