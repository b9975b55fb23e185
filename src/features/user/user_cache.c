/* Users in memory between changes: what the gate asks of each request, and the own profile. */
#include "base/cache.h"
#include "base/pack.h"
#include "features/user/user.h"
#include "features/user/user_profile.h"
#include "features/user/user_store.h"

#include <pthread.h>
#include <string.h>

static struct cache *users;
static bool (*memory_trusted)(void);

void user_init(bool (*trusted)(void), size_t entries, size_t profiles)
{
	memory_trusted = trusted;
	if (!users)
		users = cache_new(entries);
	user_profile_init(profiles);
}

bool user_memory_trusted(void)
{
	return !memory_trusted || memory_trusted();
}

void user_changed(const char *id)
{
	user_touched(id); /* first: who finds nothing in memory would ask there */
	cache_drop(users, id, strlen(id));
}

uint64_t user_ticket(const char *id)
{
	return cache_ticket(users, id, strlen(id));
}

void user_renewed(const void *now, uint64_t ticket)
{
	struct arena *a = arena_new(0);
	struct user whole = *(const struct user *)now;
	size_t n;
	whole.hidden = 0; /* it may be prepared for the eyes of who changed it */
	user_touched(whole.id);
	void *packed = pack(a, &user_type, &whole, &n);
	cache_renew(users, whole.id, strlen(whole.id), packed, n, ticket);
	arena_free(a);
}

void user_forget_all(void)
{
	user_profile_forget_all();
	cache_drop_all(users);
}

static void keep(struct arena *a, const struct user *u, uint64_t ticket)
{
	size_t n;
	void *packed = pack(a, &user_type, u, &n);
	cache_put(users, u->id, strlen(u->id), packed, n, ticket);
}

err_t user_foresee(struct cx *cx, size_t n, const char *const *ids)
{
	const char *missing[BIND_SOME];
	uint64_t tickets[BIND_SOME];
	size_t m = 0;
	if (!user_memory_trusted())
		return ERR_OK;
	for (size_t i = 0; i < n && i < BIND_SOME; i++)
		if (!cache_with(users, ids[i], strlen(ids[i]), NULL, NULL)) {
			tickets[m] = user_ticket(ids[i]);
			missing[m++] = ids[i];
		}
	struct list all = { 0 };
	if (m)
		TRY(user_store_some(cx, m, missing, &all));
	const struct user *u = all.items;
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < m; k++)
			if (strcmp(u[i].id, missing[k]) == 0)
				keep(cx->mem, &u[i], tickets[k]);
	return ERR_OK;
}

err_t user_cached(struct cx *cx, const char *id, struct user *out)
{
	if (cx->in_tx) /* memory learns of a change when it is committed, and a group of changes is committed together */
		return user_store_by_id(cx, id, out);
	const struct user *self = cx->who.self;
	if (self && strcmp(self->id, id) == 0) {
		*out = *self; /* read a moment ago for this very call */
		return ERR_OK;
	}
	size_t n = strlen(id);
	void *packed = user_memory_trusted() ? cache_get(users, id, n, cx->mem, NULL) : NULL;
	if (packed) {
		memcpy(out, unpack(&user_type, packed), sizeof *out);
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(users, id, n);
	TRY(user_store_by_id(cx, id, out));
	if (!cx->aside)
		keep(cx->mem, out, ticket);
	return ERR_OK;
}
