/* A cache behind the one in this process, which several nodes share: a feature is given one by main, or none (NULL). Values are
 * bytes; a kind ("preference") keeps those of one feature from another's. It is asked where one may wait a moment: never on a
 * loop, never inside a transaction; and only while this node's memory is trusted. Who asks in its name decides nothing about
 * identity, role or credentials by what it says.
 *
 *	struct second_claim claim;
 *	if (second_get(second, mem, "preference", id, &preference_row_type, out, &claim))
 *		return ERR_OK;
 *	TRY(read_row(cx, id, out));
 *	second_put(second, mem, &claim, out->updated_at, &preference_row_type, out);
 */
#ifndef BASE_SECOND_CACHE_H
#define BASE_SECOND_CACHE_H

#include "base/arena.h"
#include "base/type.h"
#include <stdint.h>

/* The right to fill what was not there: lost when it is dropped meanwhile, by whatever node. */
struct second_claim {
	void *own; /* NULL: none */
};

struct second_cache {
	void *own;
	/* The value in the arena, or NULL. Of those who ask for one that is not there one alone is told to fill it, and the
	 * others wait for that, a moment; whoever is told NULL reads the truth. The claim goes with the arena. */
	void *(*get)(const struct second_cache *c, struct arena *a, const char *kind, const char *id, size_t *n,
		struct second_claim *claim);
	/* The truth, as it was read after get(). A version (the row's updated_at) older than what is there changes nothing. */
	void (*put)(const struct second_cache *c, struct second_claim *claim, int64_t version, const void *p, size_t n);
	/* It has changed: called after the commit, before the first cache drops it. From any thread, in no time. */
	void (*drop)(const struct second_cache *c, const char *kind, const char *id);
	/* All of it may have changed unseen. */
	void (*drop_all)(const struct second_cache *c);
};

/* The same with structs of a type, as records (base/record.h). False when it says nothing; without a cache (NULL) it never says
 * anything, and takes what it is given for nothing. */
bool second_get(const struct second_cache *c, struct arena *a, const char *kind, const char *id, const struct type *t,
	void *out, struct second_claim *claim);
void second_put(const struct second_cache *c, struct arena *a, struct second_claim *claim, int64_t version,
	const struct type *t, const void *object);
void second_drop(const struct second_cache *c, const char *kind, const char *id);
void second_drop_all(const struct second_cache *c);

#endif
