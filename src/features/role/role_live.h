/* What role.c and role_live.c share: the built-in roles, and permissions as text. For these files alone. */
#ifndef FEATURES_ROLE_LIVE_H
#define FEATURES_ROLE_LIVE_H

#include "features/role/role.h"

/* A role that is built in. */
struct role_fixed {
	const char *name, *description;
	uint64_t perms;
};
/* NULL when the name is not that of a built-in role. */
const struct role_fixed *role_fixed(const char *name);

/* PERM_BIT()s of names with blanks between them; names that are no permission count for nothing. */
uint64_t role_bits(const char *permissions);

#endif
