#include "features/role/role.h"

#include <string.h>

struct row {
	const char *name, *description;
	uint64_t perms;
};

static const struct row rows[] = {
	{ "user", "An account of its own", 0 },
	{ "moderator", "Sees every account and may suspend it", PERM_BIT(PERM_USER_READ) | PERM_BIT(PERM_USER_STATUS) },
	{ "admin", "Everything", PERM_ALL },
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

bool role_known(const char *name)
{
	return find(name);
}

uint64_t role_perms(const char *name)
{
	const struct row *r = find(name);
	return r ? r->perms : 0;
}

const char *role_check(const char *name)
{
	return find(name) ? NULL : "must be the name of a role: user, moderator or admin";
}

static struct list perm_names(struct cx *cx, uint64_t perms)
{
	struct list l = { arena_array_of(cx->mem, const char *, PERM_COUNT), 0 };
	for (int p = PERM_NONE + 1; p < PERM_COUNT; p++)
		if (perms & PERM_BIT(p))
			((const char **)l.items)[l.n++] = perm_info((enum perm)p)->name;
	return l;
}

err_t role_list(struct cx *cx, const struct none *in, struct role_list *out)
{
	(void)in;
	struct role *r = arena_array_of(cx->mem, struct role, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		r[i] = (struct role){ rows[i].name, rows[i].description, perm_names(cx, rows[i].perms), rows[i].perms };
	out->items = (struct list){ r, ROWS };
	out->page = page_fill(cx, &(struct page_want){ .limit = PAGE_LIMIT_MAX }, &out->items, -1);
	return ERR_OK;
}
