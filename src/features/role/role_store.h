/* SQL of the role feature. Included by role*.c only. */
#ifndef FEATURES_ROLE_STORE_H
#define FEATURES_ROLE_STORE_H

#include "features/role/role.h"

struct role_row {
	const char *name, *description, *permissions; /* names with blanks between them */
	int64_t created_at, updated_at;
};
extern const struct type role_row_type;

/* ERR_CONFLICT, and the transaction goes on, when there is one of that name. */
err_t role_store_add(struct cx *cx, const struct role_row *r) CHECKED;
err_t role_store_get(struct cx *cx, const char *name, struct role_row *out) CHECKED;
err_t role_store_list(struct cx *cx, size_t most, struct list *out) CHECKED;
err_t role_store_count(struct cx *cx, int64_t *out) CHECKED;
err_t role_store_update(struct cx *cx, const struct role_row *r) CHECKED;
err_t role_store_delete(struct cx *cx, const char *name) CHECKED;
/* Notes that somebody is given the role: a removal in another transaction of the same time collides with it. False: the
 * role has gone meanwhile. */
err_t role_store_granted(struct cx *cx, const char *name, bool *there) CHECKED;
/* How many accounts have it, counting no further than PAGE_COUNT_MAX + 1. */
err_t role_store_accounts(struct cx *cx, const char *name, int64_t *out) CHECKED;

#endif
