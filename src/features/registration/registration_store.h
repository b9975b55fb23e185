/* SQL of the registration feature. Included by registration.c only. */
#ifndef FEATURES_REGISTRATION_STORE_H
#define FEATURES_REGISTRATION_STORE_H

#include "features/registration/registration.h"

err_t registration_store_add(struct cx *cx, const struct registration *r) CHECKED;
err_t registration_store_get(struct cx *cx, const char *id, struct registration *out) CHECKED;
err_t registration_store_newest(struct cx *cx, const char *email, struct registration *out) CHECKED;
/* Gives it and deletes it; ERR_NOT_FOUND to all but one. */
err_t registration_store_take(struct cx *cx, const char *id, struct registration *out) CHECKED;
/* How many of the address are left. */
err_t registration_store_others(struct cx *cx, const char *email, int64_t *out) CHECKED;
err_t registration_store_erase(struct cx *cx, const char *email) CHECKED;
err_t registration_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;

#endif
