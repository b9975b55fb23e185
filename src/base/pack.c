#include "base/pack.h"

#include <assert.h>
#include <string.h>

static bool is_text(const struct field *f)
{
	return f->kind == KIND_TEXT && !f->opt && !(f->flags & CONSTANT);
}

static bool is_pointer(const struct field *f)
{
	return f->kind == KIND_LIST || f->kind == KIND_MAP || f->kind == KIND_SECRET || f->kind == KIND_JSON ||
	       (f->kind == KIND_OBJECT && !(f->flags & EMBEDDED));
}

void *pack(struct arena *a, const struct type *t, const void *object, size_t *n)
{
	size_t total = t->size;
	for (const struct field *f = t->fields; f->name; f++) {
		assert(!is_pointer(f));
		const char *s = is_text(f) ? *(const char *const *)field_value(f, object) : NULL;
		total += s ? strlen(s) + 1 : 0;
	}
	char *out = arena_alloc(a, total);
	memcpy(out, object, t->size);
	size_t at = t->size;
	for (const struct field *f = t->fields; f->name; f++) {
		const char *s = is_text(f) ? *(const char *const *)field_value(f, object) : NULL;
		if (!s)
			continue;
		size_t len = strlen(s) + 1;
		memcpy(out + at, s, len);
		memcpy(out + f->off, &at, sizeof at); /* an offset in the place of the pointer: both have its size */
		at += len;
	}
	*n = at;
	return out;
}

void *unpack(const struct type *t, void *packed)
{
	char *base = packed;
	_Static_assert(sizeof(size_t) == sizeof(char *), "offsets stand in the place of pointers");
	for (const struct field *f = t->fields; f->name; f++) {
		size_t at;
		if (!is_text(f))
			continue;
		memcpy(&at, base + f->off, sizeof at);
		/* A member that two fields name is already a pointer when the second comes to it. */
		if (at && at < (size_t)1 << 32) {
			char *s = base + at;
			memcpy(base + f->off, &s, sizeof s);
		}
	}
	return packed;
}
