#include "base/type.h"

#include <assert.h>
#include <string.h>

static bool alias_has(const char *alias, const char *name, size_t n)
{
	while (alias) {
		const char *bar = strchr(alias, '|');
		size_t len = bar ? (size_t)(bar - alias) : strlen(alias);
		if (len == n && memcmp(alias, name, n) == 0)
			return true;
		alias = bar ? bar + 1 : NULL;
	}
	return false;
}

const struct field *type_field(const struct type *t, const char *name, size_t n)
{
	for (const struct field *f = t->fields; f->name; f++)
		if (strncmp(f->name, name, n) == 0 && !f->name[n])
			return f;
	for (const struct field *f = t->fields; f->name; f++)
		if (f->alias && alias_has(f->alias, name, n))
			return f;
	return NULL;
}

static size_t value_offset(const struct field *f)
{
	if (!f->opt)
		return f->off;
	switch (f->kind) {
	case KIND_BOOL:
		return f->off + offsetof(struct opt_bool, v);
	case KIND_INT:
		return f->off + offsetof(struct opt_int, v);
	case KIND_DOUBLE:
		return f->off + offsetof(struct opt_double, v);
	case KIND_TEXT:
		return f->off + offsetof(struct opt_text, v);
	case KIND_ENUM:
		return f->off + offsetof(struct opt_enum, v);
	case KIND_SECRET:
	case KIND_JSON:
	case KIND_LIST:
	case KIND_OBJECT:
	case KIND_MAP:
		break;
	}
	return f->off;
}

const void *field_object(const struct field *f, const void *object)
{
	const char *at = (const char *)object + f->off;
	return f->flags & EMBEDDED ? at : *(const void *const *)(const void *)at;
}

void *field_at(const struct field *f, void *object)
{
	return (char *)object + value_offset(f);
}

const void *field_value(const struct field *f, const void *object)
{
	return (const char *)object + value_offset(f);
}

enum has field_has(const struct field *f, const void *object)
{
	if (f->opt) {
		enum has has;
		memcpy(&has, (const char *)object + f->off, sizeof has);
		return has;
	}
	if (f->flags & (EMBEDDED | CONSTANT))
		return IS_SET;
	const void *p = field_value(f, object);
	switch (f->kind) {
	case KIND_BOOL:
	case KIND_DOUBLE:
	case KIND_ENUM:
	case KIND_LIST:
	case KIND_MAP:
		return IS_SET;
	case KIND_INT:
		return (f->flags & TIME) && *(const int64_t *)p == 0 ? IS_NULL : IS_SET;
	case KIND_TEXT:
	case KIND_OBJECT:
		return *(const void *const *)p ? IS_SET : IS_NULL;
	case KIND_SECRET:
		return ((const struct secret *)p)->s ? IS_SET : IS_NULL;
	case KIND_JSON:
		return ((const struct json *)p)->text ? IS_SET : IS_NULL;
	}
	return IS_NULL;
}

void field_mark(const struct field *f, void *object, enum has has)
{
	if (f->opt)
		memcpy((char *)object + f->off, &has, sizeof has);
}

int names_index(const char *const *names, const char *name, size_t n)
{
	for (int i = 0; names[i]; i++)
		if (strncmp(names[i], name, n) == 0 && !names[i][n])
			return i;
	return -1;
}

void bind_some(struct val args[static BIND_SOME + 1], size_t n, const char *const *keys)
{
	assert(n && n <= BIND_SOME);
	for (size_t i = 0; i < BIND_SOME; i++)
		args[i] = val_text(keys[i < n ? i : 0]); /* one key twice is one row */
	args[BIND_SOME] = (struct val){ .tag = VAL_END };
}
