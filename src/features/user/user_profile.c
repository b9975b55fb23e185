/* Public profiles, in the cache that nodes share. Of an account that is not active nothing is kept, and of one that is only
 * what everybody may see: nobody who reads that cache learns more, and nothing is decided by it but what a profile shows. */
#include "features/user/user_profile.h"
#include "base/second_cache.h"
#include "features/user/user_store.h"

#include <stdatomic.h>
#include <string.h>

static const char kind[] = "profile";
static const struct second_cache *second; /* NULL: none */
static _Atomic int64_t reads; /* of the database */

void user_second(const struct second_cache *c)
{
	second = c;
}

void user_touched(const char *id)
{
	second_drop(second, kind, id);
}

void user_profile_forget_all(void)
{
	second_drop_all(second);
}

int64_t user_profiles_read(void)
{
	return atomic_load_explicit(&reads, memory_order_relaxed);
}

/* Without what this person hides. */
static struct user shown(const struct user *u)
{
	struct user out = *u;
	uint64_t hidden = person_hidden_from_strangers(u);
	for (const struct field *f = user_profile_type.fields; f->name; f++) {
		const struct field *as = type_field(&user_type, f->name, strlen(f->name));
		if (hidden >> (as - user_type.fields) & 1)
			memset(field_at(f, &out), 0, f->kind == KIND_TEXT ? sizeof(char *) : sizeof(int64_t));
	}
	return out;
}

err_t user_profile(struct cx *cx, const char *id, struct user *out)
{
	struct second_claim claim;
	const struct second_cache *shared = !cx->in_tx && user_memory_trusted() ? second : NULL;
	if (shared && cx->on_loop)
		return ERR_NOT_HERE;
	if (second_get(shared, cx->mem, kind, id, &user_profile_type, out, &claim))
		return ERR_OK;
	atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
	TRY(user_store_by_id(cx, id, out));
	if (out->status != USER_ACTIVE)
		return ERR_OK;
	struct user all = shown(out);
	second_put(shared, cx->mem, &claim, out->updated_at, &user_profile_type, &all);
	return ERR_OK;
}
