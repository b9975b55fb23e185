/* What a role allows, as the gate asks it of every request: built-in roles are constants, own ones are held in memory
 * between their changes, and read again while memory is not to be trusted. */
#include "features/role/role_live.h"
#include "base/cache.h"
#include "features/role/role_store.h"

#include <string.h>

enum { ROLES = 1000 };

struct known {
	bool exists;
	uint64_t perms;
};

static struct cache *live; /* name -> struct known; also of names that no role has */
static bool (*memory_trusted)(void);

void role_init(bool (*trusted)(void))
{
	memory_trusted = trusted;
	if (!live)
		live = cache_new(ROLES);
}

void role_changed(const char *name)
{
	cache_drop(live, name, strlen(name));
}

void role_forget_all(void)
{
	cache_drop_all(live);
}

static enum perm perm_find(const char *name, size_t n)
{
	int p = PERM_NONE + 1;
	while (p < PERM_COUNT &&
		(strlen(perm_info((enum perm)p)->name) != n || strncmp(perm_info((enum perm)p)->name, name, n) != 0))
		p++;
	return (enum perm)p;
}

uint64_t role_bits(const char *permissions)
{
	uint64_t bits = 0;
	while (*permissions) {
		size_t n = strcspn(permissions, " ");
		enum perm p = perm_find(permissions, n);
		if (p < PERM_COUNT) /* one that this version of the program does not know allows nothing */
			bits |= PERM_BIT(p);
		permissions += n;
		permissions += *permissions == ' ';
	}
	return bits;
}

static err_t read_role(struct cx *cx, const char *name, struct known *out)
{
	struct role_row r = { 0 };
	err_t e = role_store_get(cx, name, &r);
	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = (struct known){ .exists = !e, .perms = e ? 0 : role_bits(r.permissions) };
	return ERR_OK;
}

static err_t find(struct cx *cx, const char *name, struct known *out)
{
	const struct role_fixed *fixed = role_fixed(name);
	size_t n = strlen(name);
	if (fixed) {
		*out = (struct known){ true, fixed->perms };
		return ERR_OK;
	}
	if (n > CACHE_KEY_MAX) {
		*out = (struct known){ 0 };
		return ERR_OK;
	}
	if (cx->in_tx) /* a change of the same group of transactions is not yet known to memory */
		return read_role(cx, name, out);
	bool trusted = !memory_trusted || memory_trusted();
	const struct known *known = trusted ? cache_get(live, name, n, cx->mem, NULL) : NULL;
	if (known) {
		*out = *known;
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(live, name, n);
	TRY(read_role(cx, name, out));
	if (!cx->aside)
		cache_put(live, name, n, out, sizeof *out, ticket);
	return ERR_OK;
}

err_t role_perms(struct cx *cx, const char *name, uint64_t *out)
{
	struct known k;
	*out = 0;
	TRY(find(cx, name, &k));
	*out = k.perms;
	return ERR_OK;
}

err_t role_known(struct cx *cx, const char *name, bool *out)
{
	struct known k;
	TRY(find(cx, name, &k));
	*out = k.exists;
	return ERR_OK;
}

err_t role_give(struct cx *cx, const char *field, const char *name)
{
	struct known k;
	TRY(find(cx, name, &k));
	if (k.exists && cx->who.kind != ACTOR_LOCAL && (k.perms & ~cx->who.perms))
		return FAIL(cx, ERR_DENIED, "role %s may do more than the caller", name);
	if (k.exists && cx->in_tx && !role_fixed(name))
		TRY(role_store_granted(cx, name, &k.exists));
	return k.exists ? ERR_OK : cx_field(cx, field, "is no role that this server knows");
}
