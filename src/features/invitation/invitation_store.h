/* SQL of the invitation feature. Included by invitation.c only. */
#ifndef FEATURES_INVITATION_STORE_H
#define FEATURES_INVITATION_STORE_H

#include "features/invitation/invitation.h"

err_t invitation_store_add(struct cx *cx, const struct invitation *i) CHECKED;
err_t invitation_store_get(struct cx *cx, const char *id, struct invitation *out) CHECKED;
/* The one of an address that was neither accepted nor revoked, perhaps expired. */
err_t invitation_store_open(struct cx *cx, const char *email_key, struct invitation *out) CHECKED;
err_t invitation_store_revoke(struct cx *cx, const char *id) CHECKED;
err_t invitation_store_accept(struct cx *cx, const char *id, const char *user_id) CHECKED;
/* Those before an id, newest first. */
err_t invitation_store_list(struct cx *cx, const char *before, int64_t most, struct list *out) CHECKED;
/* Those that became the user, or are for the address (NULL: none). */
err_t invitation_store_erase(struct cx *cx, const char *user_id, const char *email_key) CHECKED;
/* Those that became the user, behind an id. */
err_t invitation_store_of_user(
	struct cx *cx, const char *user_id, const char *after, size_t most, struct list *out) CHECKED;
err_t invitation_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;

#endif
