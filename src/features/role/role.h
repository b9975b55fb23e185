/* Roles and what they allow. Three are built in, others are made by those who may; what an account may do follows from
 * its role in live state, never from a token. Own roles are held in memory, which follows their events as that of users and
 * sessions does. */
#ifndef FEATURES_ROLE_H
#define FEATURES_ROLE_H

#include "base/page.h"

struct role {
	const char *name, *description;
	struct list permissions; /* of const char * */
	bool built_in;
	int64_t created_at, updated_at; /* 0 of those that are built in */
	uint64_t perms;
};
struct role_new {
	const char *name, *description;
	struct list permissions;
};
/* What is absent stays; a list of permissions takes the place of the one before. */
struct role_change {
	const char *name;
	struct opt_text description;
	struct list permissions;
};
struct role_ref {
	const char *name;
};
struct role_list {
	struct list items; /* struct role */
	struct page *page;
};
extern const struct type role_type, role_new_type, role_change_type, role_ref_type, role_list_type;
extern const struct event role_created, role_updated, role_deleted;

/* --- for other features ------------------------------------------------------------------------------------------- */

/* PERM_BIT()s of a role as it is now; none for one that does not exist. ERR_NOT_HERE on a loop when memory cannot tell. */
err_t role_perms(struct cx *cx, const char *name, uint64_t *out) CHECKED;
/* Whether there is a role of that name. Not on a loop. */
err_t role_known(struct cx *cx, const char *name, bool *out) CHECKED;
/* Whether the caller may give the role to somebody: it exists (else ERR_INVALID with the field), and allows nothing that
 * he may not do himself (ERR_DENIED). Inside a transaction the role then stays until its end. Not on a loop. */
err_t role_give(struct cx *cx, const char *field, const char *name) CHECKED;
/* NULL when the text may be the name of a role, else what is wrong: for type tables. */
const char *role_check(const char *name);

void role_init(bool (*memory_trusted)(void));
void role_changed(const char *name); /* after the commit of a change */
void role_forget_all(void);

/* --- operations --------------------------------------------------------------------------------------------------- */

/* All roles with their permissions, those that are built in first. */
err_t role_list(struct cx *cx, const struct none *in, struct role_list *out) CHECKED;
/* ERR_NOT_FOUND. */
err_t role_get(struct cx *cx, const struct role_ref *in, struct role *out) CHECKED;
/* ERR_CONFLICT: there is one of that name. ERR_DENIED: it would allow what the caller may not do. Emits role.created. */
err_t role_create(struct cx *cx, const struct role_new *in, struct role *out) CHECKED;
/* Holds at once for all who have the role. ERR_ROLE_BUILT_IN; ERR_DENIED when it allows, or would, what the caller may
 * not do. Emits role.updated. */
err_t role_update(struct cx *cx, const struct role_change *in, struct role *out) CHECKED;
/* ERR_ROLE_IN_USE while accounts have it. Emits role.deleted. */
err_t role_delete(struct cx *cx, const struct role_ref *in, struct none *out) CHECKED;

#endif
