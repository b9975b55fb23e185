/* Roles and what they allow. Three are built in; what an account may do follows from its role in live state, never from a
 * token. */
#ifndef FEATURES_ROLE_H
#define FEATURES_ROLE_H

#include "base/page.h"

struct role {
	const char *name, *description;
	struct list permissions; /* of const char * */
	uint64_t perms;
};
struct role_list {
	struct list items; /* struct role */
	struct page *page;
};
extern const struct type role_type, role_list_type;

bool role_known(const char *name);
/* PERM_BIT()s of a role; none for a name that is not known. */
uint64_t role_perms(const char *name);
/* NULL when the name is that of a role, else what is wrong: for type tables. */
const char *role_check(const char *name);

/* All roles with their permissions. */
err_t role_list(struct cx *cx, const struct none *in, struct role_list *out) CHECKED;

#endif
