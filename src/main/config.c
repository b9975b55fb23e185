#include "main/config.h"
#include "base/log.h"
#include "base/str.h"
#include "main/config_text.h"
#include "main/server_conf.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

static const char *env_value(const char *const *env, const char *name)
{
	size_t n = strlen(name);
	for (; env && *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

/* The data folder, before the file in it is read: flag, environment, default. */
static const char *data_folder(const struct config_input *in)
{
	for (size_t i = in->flags_n; i > 0; i--)
		if (in->flags[i - 1].key.group == &server_conf_group &&
			strcmp(in->flags[i - 1].key.row->name, "data") == 0)
			return in->flags[i - 1].text;
	const char *env = env_value(in->env, "ROSTER_DATA");
	return env && *env ? env : conf_by_file_name("data").row->dflt;
}

/* A file that was asked for must be there; the one in the data folder may be missing. */
static void read_file(struct arena *a, struct conf *c, const struct config_input *in, struct buf *problems)
{
	const char *env = env_value(in->env, "ROSTER_CONFIG");
	const char *asked = in->file ? in->file : env && *env ? env : NULL;
	const char *path = asked ? asked : arena_printf(a, "%s/roster.conf", data_folder(in));
	if (!asked && access(path, F_OK) != 0) /* allowed: a file that comes a moment later is read at the next start */
		return;
	size_t n;
	const char *why, *text = config_text(a, path, &n, &why);
	if (!text) {
		buf_printf(problems, "%s: %s\n", path, why);
		return;
	}
	config_read_file(a, c, path, text, n, problems);
	struct conf_key data = conf_by_file_name("data");
	if (!asked && str_starts(conf_where(c, data.group, data.row), path))
		buf_printf(
			problems, "%s: the file in the data folder cannot set data; use --data or ROSTER_DATA\n", path);
}

static void read_flags(struct arena *a, struct conf *c, const struct config_input *in, struct buf *problems)
{
	for (size_t i = 0; i < in->flags_n; i++) {
		const struct conf_given *g = &in->flags[i];
		const char *why;
		if (conf_set(c, a, g->key.group, g->key.row, g->text, g->flag, &why))
			buf_printf(problems, "%s: %s\n", g->flag, why);
	}
}

err_t config_load(struct arena *a, const struct config_input *in, struct conf **out, const char **problems)
{
	static const char *const no_env[] = { NULL };
	struct buf b = { .mem = a };
	struct conf *c = conf_new();
	read_file(a, c, in, &b);
	config_read_env(a, c, in->env ? in->env : no_env, &b);
	read_flags(a, c, in, &b);
	if (!b.n)
		conf_check(c, a, &b); /* of values that are right by themselves */
	*problems = buf_cstr(&b);
	if (b.n) {
		conf_free(c);
		*out = NULL;
		return ERR_INVALID;
	}
	*out = c;
	return ERR_OK;
}

/* --- reload ----------------------------------------------------------------------------------------------------- */

static struct config_input remembered;
static struct arena *memory; /* of what is remembered: for the life of the program */

static const char *const *copy_env(const char *const *env)
{
	size_t n = 0;
	while (env && env[n])
		n++;
	const char **copy = arena_array_of(memory, const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(memory, env[i]);
	return copy;
}

void config_remember(const struct config_input *in)
{
	arena_free(memory);
	memory = arena_new(0);
	struct conf_given *flags = arena_array_of(memory, struct conf_given, in->flags_n + 1);
	for (size_t i = 0; i < in->flags_n; i++)
		flags[i] = (struct conf_given){ in->flags[i].key, arena_strdup(memory, in->flags[i].text),
			arena_strdup(memory, in->flags[i].flag) };
	remembered = (struct config_input){
		.flags = flags, .flags_n = in->flags_n, .file = arena_strdup(memory, in->file), .env = copy_env(in->env)
	};
}

static void log_problems(char *lines)
{
	for (char *end; (end = strchr(lines, '\n')); lines = end + 1) {
		*end = 0;
		log_error("settings not read again", LT("problem", lines));
	}
}

/* Takes back what only a restart can change. */
static void keep_fixed(struct arena *a, struct conf *fresh, const struct conf *old)
{
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k)) {
		if (conf_same(fresh, old, k.group, k.row))
			continue;
		if (k.row->flags & CONF_RELOAD) {
			log_info("setting changed", LT("setting", conf_file_name(a, k)),
				LT("value", conf_text(fresh, a, k.group, k.row)));
			continue;
		}
		log_warn("setting needs a restart to change; the old value stays", LT("setting", conf_file_name(a, k)));
		conf_take(fresh, old, k.group, k.row);
	}
}

err_t config_reload(void)
{
	assert(memory && conf_current());
	struct arena *a = arena_new(0);
	struct conf *fresh;
	const char *problems;
	err_t e = config_load(a, &remembered, &fresh, &problems);
	if (e) {
		log_problems(arena_strdup(a, problems));
	} else {
		keep_fixed(a, fresh, conf_current());
		conf_publish(fresh);
		log_info("settings read again");
	}
	arena_free(a);
	return e;
}
