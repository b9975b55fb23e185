/* Public profiles, in the memory of this node and in the cache that nodes share. Of an account that is not active nothing is kept,
 * and of one that is only what everybody may see: nobody who reads that cache learns more, and nothing is decided by it but what
 * a profile shows. */
#include "features/user/user_profile.h"
#include "base/cache.h"
#include "base/record.h"
#include "base/second_cache.h"
#include "features/user/user_store.h"

#include <stdatomic.h>
#include <string.h>

static const char kind[] = "profile";
static const struct second_cache *second; /* NULL: none */
static struct cache *first; /* of this node; records of user_profile_type */
static _Atomic int64_t reads; /* of the database */

void user_second(const struct second_cache *c)
{
	second = c;
}

void user_profile_init(size_t entries)
{
	if (!first && entries)
		first = cache_new(entries);
}

/* The second one before: who finds nothing in the first asks there. */
void user_touched(const char *id)
{
	second_drop(second, kind, id);
	if (first)
		cache_drop(first, id, strlen(id));
}

void user_profile_forget_all(void)
{
	second_drop_all(second);
	if (first)
		cache_drop_all(first);
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

static bool recall(struct cx *cx, const char *id, struct user *out)
{
	size_t n;
	void *bytes = first ? cache_get(first, id, strlen(id), cx->mem, &n) : NULL;
	*out = (struct user){ 0 };
	return bytes && record_read(cx->mem, &user_profile_type, out, bytes, n);
}

static void remember(struct cx *cx, const struct user *seen, uint64_t ticket)
{
	struct buf b = { .mem = cx->mem };
	record_write(&b, &user_profile_type, seen, RECORD_NUMBERED);
	if (first && !cx->aside)
		cache_put(first, seen->id, strlen(seen->id), b.p, b.n, ticket);
}

static err_t read_profile(struct cx *cx, const char *id, struct user *out)
{
	struct second_claim claim;
	const struct second_cache *shared = user_memory_trusted() ? second : NULL;
	const uint64_t ticket = first ? cache_ticket(first, id, strlen(id)) : 0;
	if (second_get(shared, cx->mem, kind, id, &user_profile_type, out, &claim)) {
		remember(cx, out, ticket);
		return ERR_OK;
	}
	atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
	TRY(user_store_by_id(cx, id, out));
	if (out->status != USER_ACTIVE)
		return ERR_OK;
	struct user all = shown(out);
	second_put(shared, cx->mem, &claim, out->updated_at, &user_profile_type, &all);
	remember(cx, &all, ticket);
	return ERR_OK;
}

err_t user_profile(struct cx *cx, const char *id, struct user *out)
{
	if (cx->in_tx)
		return user_store_by_id(cx, id, out);
	if (user_memory_trusted() && recall(cx, id, out))
		return ERR_OK;
	return cx->on_loop ? ERR_NOT_HERE : read_profile(cx, id, out);
}
