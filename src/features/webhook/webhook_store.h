/* SQL of endpoints. Included by webhook*.c only. */
#ifndef FEATURES_WEBHOOK_STORE_H
#define FEATURES_WEBHOOK_STORE_H

#include "features/webhook/webhook.h"

err_t webhook_store_count(struct cx *cx, int64_t *out) CHECKED;
/* A new endpoint and its queue. */
err_t webhook_store_add(struct cx *cx, const struct webhook *w) CHECKED;
/* Both without `types`, which are in `patterns`. */
err_t webhook_store_get(struct cx *cx, const char *id, struct webhook *out) CHECKED;
err_t webhook_store_list(struct cx *cx, const char *before, int64_t most, struct list *out) CHECKED;
err_t webhook_store_update(struct cx *cx, const struct webhook *w) CHECKED;
err_t webhook_store_remove(struct cx *cx, const char *id) CHECKED;
/* Ends it from inside; *changed is false when it was not enabled. */
err_t webhook_store_disable(struct cx *cx, const char *id, const char *reason, bool *changed) CHECKED;
/* Those that are enabled, by id; without secrets. */
err_t webhook_store_enabled(struct cx *cx, int64_t most, struct list *out) CHECKED;

#endif
