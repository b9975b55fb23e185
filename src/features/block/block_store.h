/* SQL of the block feature. Included by block*.c only. */
#ifndef FEATURES_BLOCK_STORE_H
#define FEATURES_BLOCK_STORE_H

#include "features/block/block.h"

/* Whom somebody blocks or mutes, the newest first, behind a place. */
err_t block_store_list(struct cx *cx, const char *owner, const char *kind, int64_t at, const char *id, int64_t offset,
	int64_t most, struct list *out) CHECKED;
/* How many, counting no further than PAGE_COUNT_MAX + 1. */
err_t block_store_count(struct cx *cx, const char *owner, const char *kind, int64_t *out) CHECKED;

#endif
