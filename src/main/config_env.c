/* Settings in the environment: ROSTER_* must all be known; the names that rows add (DATABASE_URL, ...) are shared with
 * other programs, so that only those are looked at. */
#include "base/nearest.h"
#include "base/str.h"
#include "main/config.h"
#include "main/config_text.h"

#include <string.h>

struct source {
	struct arena *a;
	struct conf *conf;
	struct buf *problems;
};

static const char *value_in(const char *const *env, const char *name, size_t n)
{
	for (; *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static void set(struct source *s, struct conf_key k, const char *text, const char *name)
{
	const char *why;
	if (conf_set(s->conf, s->a, k.group, k.row, text, name, &why))
		buf_printf(s->problems, "%s: %s\n", name, why);
}

/* "15" minutes becomes "15m". */
static const char *with_unit(struct arena *a, const struct conf_row *row, const char *text)
{
	int64_t bare;
	return row->env_unit && str_int(text, &bare) ? arena_printf(a, "%s%s", text, row->env_unit) : text;
}

/* The further names of a row. An empty value is what compose files pass on for a variable that nobody set. */
static void read_shared(struct source *s, struct conf_key k, const char *const *env)
{
	for (const char *names = k.row->env; names && *names;) {
		size_t n = strcspn(names, "|");
		const char *text = value_in(env, names, n);
		if (text && *text)
			set(s, k, with_unit(s->a, k.row, text), arena_memdup0(s->a, names, n));
		names += n + (names[n] == '|');
	}
}

/* ROSTER_X_FILE of a secret X: its value is the file's first line, so that it need not stand in the environment. */
static bool read_secret_file(struct source *s, const char *name, const char *path)
{
	if (!str_ends(name, "_FILE"))
		return false;
	struct conf_key k = conf_by_env_name(arena_memdup0(s->a, name, strlen(name) - strlen("_FILE")));
	if (!k.row || !(k.row->flags & CONF_SECRET))
		return false;
	size_t n;
	const char *why, *text = config_text(s->a, path, &n, &why);
	if (text)
		set(s, k, arena_memdup0(s->a, text, strcspn(text, "\r\n")), name);
	else
		buf_printf(s->problems, "%s: %s %s\n", name, path, why);
	return true;
}

/* A further name that begins with ROSTER_ too (ROSTER_REFRESH_ROTATE): read_shared() took it. */
static bool is_further_name(const char *name)
{
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k))
		for (const char *names = k.row->env; names && *names;) {
			size_t n = strcspn(names, "|");
			if (strlen(name) == n && memcmp(names, name, n) == 0)
				return true;
			names += n + (names[n] == '|');
		}
	return false;
}

static void read_own(struct source *s, const char *name, const char *text)
{
	struct conf_key k = conf_by_env_name(name);
	if (k.row) {
		set(s, k, text, name);
		return;
	}
	if (strcmp(name, "ROSTER_CONFIG") == 0 || is_further_name(name) || read_secret_file(s, name, text))
		return;
	const char *near = conf_nearest_env_name(s->a, name);
	buf_printf(s->problems, "%s: there is no such setting%s%s%s\n", name, near ? "; did you mean " : "",
		near ? near : "", near ? "?" : "");
}

void config_read_env(struct arena *a, struct conf *c, const char *const *env, struct buf *problems)
{
	struct source s = { a, c, problems };
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k))
		read_shared(&s, k, env);
	for (; *env; env++) {
		const char *equals = strchr(*env, '=');
		if (equals && str_starts(*env, "ROSTER_"))
			read_own(&s, arena_memdup0(a, *env, (size_t)(equals - *env)), equals + 1);
	}
}
