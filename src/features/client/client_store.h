/* SQL of the client feature. Included by client.c only. */
#ifndef FEATURES_CLIENT_STORE_H
#define FEATURES_CLIENT_STORE_H

#include "features/client/client.h"

err_t client_store_add(struct cx *cx, const struct client *c) CHECKED;
err_t client_store_get(struct cx *cx, const char *id, struct client *out) CHECKED;
err_t client_store_list(struct cx *cx, size_t most, struct list *out) CHECKED;
err_t client_store_set_secret(struct cx *cx, const struct client *c) CHECKED;
err_t client_store_revoke(struct cx *cx, const char *id) CHECKED;

#endif
