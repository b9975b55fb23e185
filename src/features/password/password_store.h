/* SQL of the password feature. Included by password.c only. */
#ifndef FEATURES_PASSWORD_STORE_H
#define FEATURES_PASSWORD_STORE_H

#include "features/password/password.h"

err_t password_store_get(struct cx *cx, const char *user_id, const char **hash) CHECKED;
err_t password_store_set(struct cx *cx, const char *user_id, const char *hash) CHECKED;
err_t password_store_erase(struct cx *cx, const char *user_id) CHECKED;

#endif
