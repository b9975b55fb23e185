#include "features/role/role.h"
#include "features/role/role_live.h"
#include "features/role/role_store.h"

#include <string.h>

static const struct role_fixed rows[] = {
	{ "user", "An account of its own", 0 },
	{ "moderator", "Sees every account, may suspend it, and resolves reports",
		PERM_BIT(PERM_USER_READ) | PERM_BIT(PERM_USER_STATUS) | PERM_BIT(PERM_REPORT_READ) |
			PERM_BIT(PERM_REPORT_RESOLVE) },
	{ "admin", "Everything", PERM_ALL },
};
enum { ROWS = sizeof rows / sizeof *rows, NAME_MIN = 2, NAME_MAX_LENGTH = 32, OWN_MAX = 500 };

const struct role_fixed *role_fixed(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const char *role_check(const char *name)
{
	size_t n = strlen(name);
	bool plain = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
	return plain && n >= NAME_MIN && n <= NAME_MAX_LENGTH
	               ? NULL
	               : "must be the name of a role: 2 to 32 of a-z, 0-9, _ and -";
}

/* --- permissions as lists ----------------------------------------------------------------------------------------- */

static struct list perm_names(struct cx *cx, uint64_t perms)
{
	struct list l = { arena_array_of(cx->mem, const char *, PERM_COUNT), 0 };
	for (int p = PERM_NONE + 1; p < PERM_COUNT; p++)
		if (perms & PERM_BIT(p))
			((const char **)l.items)[l.n++] = perm_info((enum perm)p)->name;
	return l;
}

static const char *perm_text(struct cx *cx, uint64_t perms)
{
	struct list l = perm_names(cx, perms);
	const char *text = "";
	for (size_t i = 0; i < l.n; i++)
		text = arena_printf(cx->mem, "%s%s%s", text, i ? " " : "", ((const char **)l.items)[i]);
	return text;
}

static err_t read_perms(struct cx *cx, const struct list *names, uint64_t *out)
{
	err_t bad = ERR_OK;
	*out = 0;
	for (size_t i = 0; i < names->n; i++) {
		const char *name = ((const char *const *)names->items)[i];
		uint64_t bit = strchr(name, ' ') ? 0 : role_bits(name);
		if (!bit)
			bad = cx_field(cx, arena_printf(cx->mem, "permissions[%zu]", i), "is none of: %s",
				perm_text(cx, PERM_ALL));
		*out |= bit;
	}
	return bad;
}

/* Nobody gives away, or takes out of a role, what he may not do himself. */
static err_t guard(struct cx *cx, uint64_t perms)
{
	if (cx->who.kind == ACTOR_LOCAL || !(perms & ~cx->who.perms))
		return ERR_OK;
	return FAIL(cx, ERR_DENIED, "the role allows what the caller may not do: %s",
		perm_text(cx, perms & ~cx->who.perms));
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static struct role of_fixed(struct cx *cx, const struct role_fixed *f)
{
	return (struct role){ .name = f->name,
		.description = f->description,
		.permissions = perm_names(cx, f->perms),
		.built_in = true,
		.perms = f->perms };
}

static struct role of_row(struct cx *cx, const struct role_row *r)
{
	uint64_t perms = role_bits(r->permissions);
	return (struct role){ .name = r->name,
		.description = r->description,
		.permissions = perm_names(cx, perms),
		.created_at = r->created_at,
		.updated_at = r->updated_at,
		.perms = perms };
}

static struct role_row as_row(struct cx *cx, const struct role *r)
{
	return (struct role_row){ r->name, r->description, perm_text(cx, r->perms), r->created_at, r->updated_at };
}

err_t role_list(struct cx *cx, const struct none *in, struct role_list *out)
{
	(void)in;
	struct list own;
	TRY(role_store_list(cx, OWN_MAX, &own));
	struct role *r = arena_array_of(cx->mem, struct role, ROWS + own.n);
	for (size_t i = 0; i < ROWS; i++)
		r[i] = of_fixed(cx, &rows[i]);
	for (size_t i = 0; i < own.n; i++)
		r[ROWS + i] = of_row(cx, (const struct role_row *)own.items + i);
	out->items = (struct list){ r, ROWS + own.n };
	out->page = page_fill(cx, &(struct page_want){ .limit = ROWS + OWN_MAX }, &out->items, -1);
	return ERR_OK;
}

err_t role_get(struct cx *cx, const struct role_ref *in, struct role *out)
{
	const struct role_fixed *fixed = role_fixed(in->name);
	struct role_row r = { 0 };
	if (!fixed)
		TRY(role_store_get(cx, in->name, &r));
	*out = fixed ? of_fixed(cx, fixed) : of_row(cx, &r);
	return ERR_OK;
}

/* --- changing ----------------------------------------------------------------------------------------------------- */

static struct role *copy(struct cx *cx, const struct role *r)
{
	struct role *c = arena_new_of(cx->mem, struct role);
	*c = *r;
	return c;
}

static void audit(struct cx *cx, const char *name, const struct role *before, const struct role *after)
{
	cx->audit.subject_type = "role";
	cx->audit.subject_id = name;
	cx->audit.type = &role_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

err_t role_create(struct cx *cx, const struct role_new *in, struct role *out)
{
	uint64_t perms;
	int64_t n;
	TRY(read_perms(cx, &in->permissions, &perms));
	TRY(guard(cx, perms));
	if (role_fixed(in->name))
		return FAIL(cx, ERR_CONFLICT, "%s is built in", in->name);
	TRY(role_store_count(cx, &n));
	if (n >= OWN_MAX) {
		cx->fail.message = arena_printf(cx->mem, "There are %d roles already; remove one first.", OWN_MAX);
		return FAIL(cx, ERR_CONFLICT, "%lld roles", (long long)n);
	}
	*out = (struct role){ .name = in->name,
		.description = in->description ? in->description : "",
		.permissions = perm_names(cx, perms),
		.created_at = cx->now,
		.updated_at = cx->now,
		.perms = perms };
	struct role_row r = as_row(cx, out);
	err_t e = role_store_add(cx, &r);
	if (e)
		return e == ERR_CONFLICT ? FAIL(cx, e, "there is a role %s", in->name) : e;
	audit(cx, out->name, NULL, copy(cx, out));
	return emit(cx, &role_created, out->name, out);
}

/* The role, to be changed by somebody who may do all that it allows. */
static err_t take(struct cx *cx, const char *name, struct role *out)
{
	if (role_fixed(name))
		return FAIL(cx, ERR_ROLE_BUILT_IN, "%s", name);
	TRY(role_get(cx, &(struct role_ref){ name }, out));
	return guard(cx, out->perms);
}

err_t role_update(struct cx *cx, const struct role_change *in, struct role *out)
{
	TRY(take(cx, in->name, out));
	const struct role *before = copy(cx, out);
	if (in->permissions.items) {
		TRY(read_perms(cx, &in->permissions, &out->perms));
		TRY(guard(cx, out->perms));
		out->permissions = perm_names(cx, out->perms);
	}
	if (in->description.has != ABSENT)
		out->description = in->description.has == IS_SET ? in->description.v : "";
	out->updated_at = cx->now > before->updated_at ? cx->now : before->updated_at + 1;
	struct role_row r = as_row(cx, out);
	TRY(role_store_update(cx, &r));
	audit(cx, out->name, before, copy(cx, out));
	return emit(cx, &role_updated, out->name, out);
}

static err_t guard_unused(struct cx *cx, const char *name)
{
	int64_t n;
	TRY(role_store_accounts(cx, name, &n));
	if (!n)
		return ERR_OK;
	bool many = n > PAGE_COUNT_MAX;
	cx->fail.message = arena_printf(cx->mem, "%s%lld account%s %s this role. Give %s another one first.",
		many ? "More than " : "", (long long)(many ? PAGE_COUNT_MAX : n), n == 1 ? "" : "s",
		n == 1 ? "has" : "have", n == 1 ? "it" : "them");
	return FAIL(cx, ERR_ROLE_IN_USE, "%lld accounts have %s", (long long)n, name);
}

err_t role_delete(struct cx *cx, const struct role_ref *in, struct none *out)
{
	(void)out;
	struct role *r = arena_new_of(cx->mem, struct role);
	TRY(take(cx, in->name, r));
	TRY(guard_unused(cx, r->name));
	TRY(role_store_delete(cx, r->name));
	audit(cx, r->name, r, NULL);
	return emit(cx, &role_deleted, r->name, r);
}
