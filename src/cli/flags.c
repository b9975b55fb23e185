#include "cli/flags.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/str.h"
#include "cli/secret.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536, LIST_MAX = 1 << 20 };

bool flags_offer(const struct field *f)
{
	return !(f->flags & (READ_ONLY | HIDDEN | CONSTANT));
}

const char *flags_name(struct arena *a, const struct field *f)
{
	return str_replace_char(a, f->name, '_', '-');
}

static void give(struct cli *c, struct flags *f, const struct field *field, const char *text)
{
	struct given *g = arena_new_of(c->mem, struct given);
	*g = (struct given){ NULL, field, text };
	*f->last = g;
	f->last = &g->next;
}

static const struct field *field_of(const struct flags *f, const char *name)
{
	return type_field(f->op->call->in, name, strlen(name));
}

const char *flags_get(const struct flags *f, const char *field)
{
	const struct field *d = field_of(f, field);
	const char *text = NULL;
	for (const struct given *g = f->first; g; g = g->next)
		text = g->field == d ? g->text : text;
	return text;
}

void flags_set(struct cli *c, struct flags *f, const char *field, const char *text)
{
	const struct field *d = field_of(f, field);
	assert(d);
	if (!f->last)
		f->last = &f->first;
	for (struct given *g = f->first; g; g = g->next)
		if (g->field == d) {
			g->text = text;
			return;
		}
	give(c, f, d, text);
}

static bool is_given(const struct flags *f, const struct field *field)
{
	for (const struct given *g = f->first; g; g = g->next)
		if (g->field == field)
			return true;
	return false;
}

/* --- one flag --------------------------------------------------------------------------------------------------- */

/* A flag and the field it sets: "email"; "no-email" for a switch; "password-stdin" and "password-file" for a secret. */
struct match {
	const struct field *field;
	bool no, from_stdin, from_file;
};

static struct match match_field(const struct op *op, char *name)
{
	const struct type *t = op->call->in;
	static const char stdin_end[] = "_stdin", file_end[] = "_file";
	struct match m = { .field = type_field(t, name, strlen(name)) };
	if (m.field)
		return m;
	size_t n = strlen(name);
	if (str_starts(name, "no_")) {
		m = (struct match){ .field = type_field(t, name + 3, n - 3), .no = true };
		if (m.field && m.field->kind == KIND_BOOL)
			return m;
	}
	m = (struct match){ .from_stdin = str_ends(name, stdin_end), .from_file = str_ends(name, file_end) };
	if (m.from_stdin || m.from_file)
		m.field = type_field(t, name, n - strlen(m.from_file ? file_end : stdin_end));
	return m.field && m.field->kind == KIND_SECRET ? m : (struct match){ 0 };
}

static int unknown_flag(struct cli *c, const struct flags *f, const char *written)
{
	struct nearest near = nearest_begin(written + strspn(written, "-"));
	for (const struct field *d = f->op->call->in->fields; d->name; d++)
		if (flags_offer(d))
			nearest_try(&near, flags_name(c->mem, d));
	nearest_try(&near, "format");
	nearest_try(&near, "help");
	nearest_try(&near, "data");
	const char *name = nearest_name(&near);
	return cli_usage(c, f->command, "there is no flag %s%s%s%s", written, name ? "; did you mean --" : "",
		name ? name : "", name ? "?" : "");
}

/* A new password has at most 256 characters, one that is only compared may have more: a new one is asked for twice. */
static bool is_new(const struct field *d)
{
	enum { NEW_MAX = 256 };
	return d->max > 0 && d->max <= NEW_MAX;
}

static int ask(struct cli *c, struct flags *f, const struct field *d)
{
	const char *what = str_replace_char(c->mem, d->name, '_', ' '), *name = flags_name(c->mem, d);
	const char *why = "standard input is no terminal to ask on", *text = NULL;
	if (isatty(c->in_fd))
		text = secret_ask(c->mem, what, is_new(d), &why);
	if (!text)
		return cli_usage(
			c, f->command, "the %s is needed and %s; use --%s-stdin or --%s-file", what, why, name, name);
	give(c, f, d, text);
	return CLI_OK;
}

static int read_secret(struct cli *c, struct args *a, struct flags *f, const struct flag *flag, struct match m)
{
	const char *name = flags_name(c->mem, m.field), *path = NULL;
	if (!m.from_stdin && !m.from_file)
		return cli_usage(c, f->command,
			"a secret on the command line can be seen by everyone on this host; use --%s-stdin or --%s-file",
			name, name);
	if (m.from_file && !(path = args_value(a, flag)))
		return cli_usage(c, f->command, "%s needs the name of a file", flag->written);
	if (!path && isatty(c->in_fd))
		return ask(c, f, m.field);
	const char *text = path ? secret_file(c->mem, path) : secret_line(c->mem, c->in_fd);
	if (!text && path)
		return cli_usage(c, f->command, "%s: no line could be read from %s", flag->written, path);
	if (!text)
		return cli_usage(c, f->command, "%s: no line could be read from standard input", flag->written);
	give(c, f, m.field, text);
	return CLI_OK;
}

static int read_switch(struct cli *c, struct flags *f, const struct flag *flag, struct match m)
{
	bool on = true;
	if (flag->value && !conf_bool(flag->value, &on))
		return cli_usage(c, f->command, "%s must be on or off", flag->written);
	give(c, f, m.field, on != m.no ? "true" : "false");
	return CLI_OK;
}

/* A list of objects stands in a file, or comes by standard input ("-"). */
static const char *json_from(struct cli *c, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? c->in_fd : open(path, O_RDONLY | O_CLOEXEC);
	struct buf b = { .mem = c->mem };
	ssize_t n;
	do {
		buf_grow(&b, PIECE);
		n = fd < 0 ? -1 : read(fd, b.p + b.n, PIECE);
		b.n += n > 0 ? (size_t)n : 0;
	} while (n > 0 && b.n <= LIST_MAX);
	if (fd >= 0 && fd != c->in_fd)
		close(fd);
	const char *text = buf_cstr(&b);
	text += strspn(text, " \t\r\n");
	return n == 0 && *text == '[' ? text : NULL;
}

/* "-s=status, --query=q": what an older program's flag is called here. */
static bool rename_flag(const struct alias *alias, struct flag *flag)
{
	size_t n = strlen(flag->written);
	for (const char *s = alias && alias->same ? alias->same : ""; *s; s += strspn(s, ", ")) {
		size_t part = strcspn(s, ",");
		if (strncmp(s, flag->written, n) == 0 && s[n] == '=') {
			flag->name = s + n + 1;
			flag->n = part - n - 1;
			return true;
		}
		s += part;
	}
	return false;
}

static int read_flag(struct cli *c, struct args *a, struct flags *f)
{
	struct flag flag;
	bool known = args_flag(a, c->mem, &flag);
	if (!rename_flag(f->alias, &flag) && !known)
		return cli_usage(c, f->command, "there is no flag %s: flags begin with two dashes", flag.written);
	char *name = str_replace_char(c->mem, arena_memdup0(c->mem, flag.name, flag.n), '-', '_');
	struct match m = match_field(f->op, name);
	int status;
	if (!m.field || !flags_offer(m.field))
		return args_common(a, c, &flag, f->command, &status) ? status : unknown_flag(c, f, flag.written);
	if (m.field->kind != KIND_SECRET && m.field->kind != KIND_LIST && is_given(f, m.field))
		return cli_usage(c, f->command, "%s is given twice", flag.written);
	if (m.field->kind == KIND_SECRET)
		return read_secret(c, a, f, &flag, m);
	if (m.field->kind == KIND_BOOL)
		return read_switch(c, f, &flag, m);
	const char *value = args_value(a, &flag);
	if (!value)
		return cli_usage(c, f->command, "%s needs a value", flag.written);
	if (m.field->kind == KIND_LIST && m.field->type && *value != '[')
		value = json_from(c, value);
	if (!value)
		return cli_usage(
			c, f->command, "%s: no JSON list of at most 1 MiB could be read from there", flag.written);
	give(c, f, m.field, value);
	return CLI_OK;
}

/* A word by itself is the next field of the path. */
static int read_word(struct cli *c, struct args *a, struct flags *f)
{
	const char *word = args_word(a), *named = f->alias ? f->alias->word : NULL;
	if (named && !flags_get(f, named)) {
		flags_set(c, f, named, word);
		return CLI_OK;
	}
	for (const struct field *d = f->op->call->in->fields; d->name; d++)
		if ((d->flags & IN_PATH) && flags_offer(d) && !is_given(f, d)) {
			give(c, f, d, word);
			return CLI_OK;
		}
	return cli_usage(c, f->command, "\"%s\" is one word too many", word);
}

int flags_read(struct cli *c, struct args *a, struct flags *f)
{
	f->last = &f->first;
	while (args_peek(a)) {
		int status = CLI_OK;
		if (args_at_flag(a))
			status = read_flag(c, a, f);
		else if (args_peek(a))
			status = read_word(c, a, f);
		if (status)
			return status;
	}
	return CLI_OK;
}

int flags_ask(struct cli *c, struct flags *f)
{
	for (const struct field *d = f->op->call->in->fields; d->name; d++) {
		if (d->kind != KIND_SECRET || !(d->flags & REQUIRED) || !flags_offer(d) || is_given(f, d))
			continue;
		int status = ask(c, f, d);
		if (status)
			return status;
	}
	return CLI_OK;
}

/* --- the input -------------------------------------------------------------------------------------------------- */

err_t flags_bind(struct cx *cx, const struct flags *f, void *in)
{
	struct input input;
	input_begin(&input, cx, f->op->call->in, in, false);
	for (const struct given *g = f->first; g; g = g->next)
		input_text(&input, g->field->name, g->text);
	return input_end(&input);
}

/* All texts given for a list, each perhaps several with commas between: as input_text() takes them. */
static void list_json(const struct given *g, struct buf *b)
{
	const struct field *list = g->field;
	buf_char(b, '[');
	for (bool more = false; g; g = g->next) {
		if (g->field != list)
			continue;
		for (const char *s = g->text; *s;) {
			size_t n = strcspn(s, ",");
			buf_str(b, more ? "," : "");
			json_write_text(b, arena_memdup0(b->mem, s, n));
			s += n + (s[n] == ',');
			more = true;
		}
	}
	buf_char(b, ']');
}

/* The text was checked before: flags_bind() took it. */
static void value_json(const struct given *g, struct buf *b)
{
	int64_t i;
	switch (g->field->kind) {
	case KIND_BOOL:
		buf_str(b, g->text);
		return;
	case KIND_INT:
		if (!(g->field->flags & TIME) && str_int(g->text, &i))
			buf_int(b, i);
		else
			json_write_text(b, g->text);
		return;
	case KIND_DOUBLE:
		buf_printf(b, "%.17g", strtod(g->text, NULL));
		return;
	case KIND_LIST:
		if (!g->field->type && *g->text != '[')
			list_json(g, b);
		else
			buf_str(b, g->text);
		return;
	case KIND_TEXT:
	case KIND_ENUM:
	case KIND_SECRET:
		json_write_text(b, g->text);
		return;
	case KIND_JSON:
	case KIND_OBJECT:
	case KIND_MAP:
		buf_str(b, g->text);
		return;
	}
}

static bool is_first(const struct flags *f, const struct given *g)
{
	const struct given *i = f->first;
	while (i->field != g->field)
		i = i->next;
	return i == g;
}

/* A query's "page=" means no page: input_text() says so too. */
static bool says_nothing(const struct given *g)
{
	enum kind k = g->field->kind;
	return !*g->text && k != KIND_TEXT && k != KIND_SECRET && k != KIND_LIST;
}

void flags_json(const struct flags *f, struct buf *b)
{
	bool more = false;
	buf_char(b, '{');
	for (const struct given *g = f->first; g; g = g->next) {
		if (!is_first(f, g) || says_nothing(g))
			continue;
		buf_str(b, more ? "," : "");
		json_write_text(b, g->field->name);
		buf_char(b, ':');
		value_json(g, b);
		more = true;
	}
	buf_char(b, '}');
}
