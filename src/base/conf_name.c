#include "base/conf_name.h"
#include "base/nearest.h"
#include "base/str.h"

#include <string.h>

struct conf_key conf_next(struct conf_key k)
{
	const struct conf_group *const *g = conf_groups();
	if (k.row && k.row[1].name)
		return (struct conf_key){ k.group, k.row + 1 };
	while (k.group && *g != k.group)
		g++;
	if (k.group)
		g++;
	while (*g && !(*g)->rows->name)
		g++;
	return *g ? (struct conf_key){ *g, (*g)->rows } : (struct conf_key){ NULL, NULL };
}

static bool has_prefix(struct conf_key k)
{
	return strcmp(k.group->name, "server") != 0;
}

const char *conf_file_name(struct arena *a, struct conf_key k)
{
	return has_prefix(k) ? arena_printf(a, "%s.%s", k.group->name, k.row->name) : k.row->name;
}

const char *conf_flag_name(struct arena *a, struct conf_key k)
{
	char *s = arena_strdup(a, conf_file_name(a, k));
	for (char *p = s; *p; p++)
		if (*p == '.' || *p == '_')
			*p = '-';
	return s;
}

const char *conf_env_name(struct arena *a, struct conf_key k)
{
	char *s = arena_printf(a, "ROSTER_%s", conf_file_name(a, k));
	for (char *p = s; *p; p++)
		*p = *p == '.' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	return s;
}

typedef const char *name_fn(struct arena *a, struct conf_key k); /* a function, no struct */

static struct conf_key by_name(name_fn *name_of, const char *name, size_t n)
{
	struct arena *a = arena_new(0);
	struct conf_key k = conf_next((struct conf_key){ NULL, NULL });
	for (; k.row; k = conf_next(k)) {
		const char *s = name_of(a, k);
		if (strncmp(s, name, n) == 0 && !s[n])
			break;
	}
	arena_free(a);
	return k;
}

struct conf_key conf_by_file_name(const char *name)
{
	return by_name(conf_file_name, name, strlen(name));
}

struct conf_key conf_by_env_name(const char *name)
{
	return by_name(conf_env_name, name, strlen(name));
}

struct conf_key conf_by_flag_name(const char *name, size_t n)
{
	return by_name(conf_flag_name, name, n);
}

static const char *nearest_to(struct arena *a, name_fn *name_of, const char *name)
{
	struct nearest near = nearest_begin(name);
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k))
		nearest_try(&near, name_of(a, k));
	return nearest_name(&near);
}

const char *conf_nearest_file_name(struct arena *a, const char *name)
{
	return nearest_to(a, conf_file_name, name);
}

const char *conf_nearest_env_name(struct arena *a, const char *name)
{
	return nearest_to(a, conf_env_name, name);
}

const char *conf_nearest_flag_name(struct arena *a, const char *name)
{
	return nearest_to(a, conf_flag_name, name);
}
