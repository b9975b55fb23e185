/* SQL of the import. Included by importer*.c only. */
#ifndef FEATURES_IMPORTER_STORE_H
#define FEATURES_IMPORTER_STORE_H

#include "features/importer/importer.h"

/* What is written between the two is forgotten by the second: for a trial. */
err_t import_store_try(struct cx *cx) CHECKED;
err_t import_store_forget(struct cx *cx) CHECKED;
/* Password hashes of the users with numbers from `first` to `last`. */
struct import_hash {
	const char *user_id, *hash;
};
extern const struct type import_hash_type;
err_t import_store_hashes(struct cx *cx, int64_t first, int64_t last, int64_t most, struct list *out) CHECKED;

#endif
