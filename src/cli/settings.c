/* `roster config show|check|sample`. */
#include "base/json.h"
#include "cli/format.h"

#include <string.h>

int cli_configure(struct cli *c)
{
	const char *problems = "";
	err_t e = c->backend->configure(c->mem, c->settings, c->settings_n, c->config_file, &problems);
	if (!e)
		return CLI_OK;
	buf_str(&c->err, "roster: the settings are not right, so nothing was started:\n");
	for (const char *end; (end = strchr(problems, '\n')); problems = end + 1)
		buf_printf(&c->err, "  %.*s\n", (int)(end - problems), problems);
	return CLI_CONFIG;
}

/* Values that the reader would trim or cut are put in quotes. */
static const char *quoted(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	bool edge = n && (s[0] == ' ' || s[n - 1] == ' ' || s[0] == '"');
	return edge || strchr(s, '#') ? arena_printf(a, "\"%s\"", s) : s;
}

static void show_json(struct cli *c)
{
	const char *between = "{\n";
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k)) {
		buf_printf(&c->out, "%s  \"%s\": {\"value\": ", between, conf_file_name(c->mem, k));
		json_write_text(&c->out, conf_text(conf_current(), c->mem, k.group, k.row));
		buf_str(&c->out, ", \"from\": ");
		json_write_text(&c->out, conf_where(conf_current(), k.group, k.row));
		buf_char(&c->out, '}');
		between = ",\n";
	}
	buf_str(&c->out, "\n}\n");
}

int cli_config_show(struct cli *c)
{
	int status = cli_configure(c);
	if (status)
		return status;
	if (c->format && strcmp(c->format->name, "json") == 0) {
		show_json(c);
		return CLI_OK;
	}
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k)) {
		const char *value = quoted(c->mem, conf_text(conf_current(), c->mem, k.group, k.row));
		buf_printf(&c->out, "%s = %s  # %s\n", conf_file_name(c->mem, k), value,
			conf_where(conf_current(), k.group, k.row));
	}
	return CLI_OK;
}

int cli_config_check(struct cli *c)
{
	int status = cli_configure(c);
	if (!status)
		buf_str(&c->out, "The settings are right.\n");
	return status;
}

static void sample_row(struct cli *c, struct conf_key k)
{
	buf_printf(&c->out, "\n# %s\n", k.row->doc);
	if (k.row->names) {
		buf_str(&c->out, "# One of:");
		for (size_t i = 0; k.row->names[i]; i++)
			buf_printf(&c->out, " %s", k.row->names[i]);
		buf_char(&c->out, '\n');
	}
	buf_printf(&c->out, "# Environment: %s", conf_env_name(c->mem, k));
	for (const char *s = k.row->env; s && *s; s += strcspn(s, "|"), s += *s == '|')
		buf_printf(&c->out, ", %.*s", (int)strcspn(s, "|"), s);
	if (k.row->flags & CONF_SECRET)
		buf_printf(&c->out, "; %s_FILE names a file with it", conf_env_name(c->mem, k));
	buf_printf(&c->out, "%s\n", k.row->flags & CONF_RELOAD ? ". Read again on SIGHUP." : "");
	buf_printf(&c->out, "#%s = %s\n", conf_file_name(c->mem, k), quoted(c->mem, k.row->dflt ? k.row->dflt : ""));
}

int cli_config_sample(struct cli *c)
{
	buf_str(&c->out,
		"# Settings of Roster, with their defaults. Save as roster.conf in the data folder, take the '#' off\n"
		"# the lines to change. The environment overrides this file, flags override both. A value with\n"
		"# blanks at its ends or a '#' stands in quotes. `roster config check` tells what is wrong.\n");
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k))
		sample_row(c, k);
	return CLI_OK;
}
