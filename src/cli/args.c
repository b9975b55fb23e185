#include "cli/args.h"
#include "base/str.h"
#include "cli/format.h"

#include <string.h>

const char *args_peek(const struct args *a)
{
	return a->i < a->argc ? a->argv[a->i] : NULL;
}

bool args_at_flag(struct args *a)
{
	const char *s = args_peek(a);
	if (s && !a->words_only && strcmp(s, "--") == 0) {
		a->words_only = true;
		a->i++;
		return false;
	}
	return s && !a->words_only && s[0] == '-' && s[1];
}

const char *args_word(struct args *a)
{
	const char *s = args_peek(a);
	a->i += s != NULL;
	return s;
}

bool args_flag(struct args *a, struct arena *mem, struct flag *out)
{
	const char *s = args_word(a);
	if (!s)
		return false;
	size_t n = strcspn(s, "=");
	*out = (struct flag){ .written = arena_memdup0(mem, s, n) };
	if (!str_starts(s, "--")) {
		if (strcmp(s, "-h") != 0) {
			out->value = s[n] == '=' ? s + n + 1 : NULL;
			return false;
		}
		s = "--help";
		n = strlen(s);
	}
	out->name = s + 2;
	out->n = n - 2;
	out->value = s[n] == '=' ? s + n + 1 : NULL;
	return true;
}

const char *args_value(struct args *a, const struct flag *f)
{
	const char *next = args_peek(a);
	if (f->value)
		return f->value;
	return next && !str_starts(next, "--") ? args_word(a) : NULL;
}

static int set_format(struct cli *c, const char *value, const char *command)
{
	c->format = format_find(value);
	return c->format ? CLI_OK : cli_usage(c, command, "--format must be one of %s", format_names(c->mem, ", "));
}

static void add_setting(struct cli *c, struct conf_key k, const struct flag *f, const char *value)
{
	struct conf_given *more = arena_array_of(c->mem, struct conf_given, c->settings_n + 1);
	if (c->settings_n)
		memcpy(more, c->settings, c->settings_n * sizeof *more);
	more[c->settings_n++] = (struct conf_given){ k, value, f->written };
	c->settings = more;
}

bool args_common(struct args *a, struct cli *c, const struct flag *f, const char *command, int *status)
{
	*status = CLI_OK;
	if (flag_is(f, "help")) {
		c->help = true;
		return true;
	}
	if (flag_is(f, "force") || flag_is(f, "yes")) {
		c->force = true;
		return true;
	}
	struct conf_key k = conf_by_flag_name(f->name, f->n);
	bool format = flag_is(f, "format"), config = flag_is(f, "config");
	if (!format && !config && !k.row)
		return false;
	if (k.row && (k.row->flags & CONF_SECRET)) {
		*status = cli_usage(c, command,
			"%s would be seen by everyone on this host (ps); set %s, or %s_FILE to a file's name",
			f->written, conf_env_name(c->mem, k), conf_env_name(c->mem, k));
		return true;
	}
	const char *value = args_value(a, f);
	if (!value)
		*status = cli_usage(c, command, "%s needs a value", f->written);
	else if (format)
		*status = set_format(c, value, command);
	else if (config)
		c->config_file = value;
	else
		add_setting(c, k, f, value);
	return true;
}
