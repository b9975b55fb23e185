#include "base/second_cache.h"
#include "base/record.h"

#include <string.h>

/* Programs of two versions may share one cache: a record of a type with other fields is none. FNV-1a. */
static uint64_t print_of(const struct type *t)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (const struct field *f = t->fields; f->name; f++)
		for (const char *s = f->name;; s++) {
			h = (h ^ (*s ? (unsigned char)*s : 0x100u + (unsigned)f->kind)) * UINT64_C(0x100000001b3);
			if (!*s)
				break;
		}
	return h;
}

bool second_get(const struct second_cache *c, struct arena *a, const char *kind, const char *id, const struct type *t,
	void *out, struct second_claim *claim)
{
	size_t n = 0;
	uint64_t print = print_of(t);
	claim->own = NULL;
	const char *p = c ? c->get(c, a, kind, id, &n, claim) : NULL;
	if (!p || n < sizeof print || memcmp(p, &print, sizeof print) != 0)
		return false;
	memset(out, 0, t->size);
	return record_read(a, t, out, p + sizeof print, n - sizeof print);
}

void second_put(const struct second_cache *c, struct arena *a, struct second_claim *claim, int64_t version,
	const struct type *t, const void *object)
{
	if (!c || !claim->own)
		return;
	struct buf b = { .mem = a };
	uint64_t print = print_of(t);
	buf_add(&b, &print, sizeof print);
	record_write(&b, t, object, 0);
	c->put(c, claim, version, b.p, b.n);
}

void second_drop(const struct second_cache *c, const char *kind, const char *id)
{
	if (c)
		c->drop(c, kind, id);
}

void second_drop_all(const struct second_cache *c)
{
	if (c)
		c->drop_all(c);
}
