/* SQL of the key feature. Included by key.c only. */
#ifndef FEATURES_KEY_STORE_H
#define FEATURES_KEY_STORE_H

#include "features/key/key.h"

struct key_row {
	const char *kid, *alg, *sealed;
	int64_t created_at, signs_from, retired_at;
};
extern const struct type key_row_type;

/* Those not retired, newest first. */
err_t key_store_list(struct cx *cx, struct list *out) CHECKED;
err_t key_store_add(struct cx *cx, const struct key_row *row) CHECKED;
/* Retires all of one algorithm and age that signed before: they stop verifying at `at`. */
err_t key_store_retire(struct cx *cx, const char *but, int64_t at) CHECKED;
err_t key_store_remove_past(struct cx *cx, int64_t now) CHECKED;

/* The fingerprint of the master key that this database was sealed with; `mine` is noted when there is none yet. */
err_t key_store_master(struct cx *cx, const char *mine, const char **out) CHECKED;

#endif
