#include "cli/help.h"
#include "base/str.h"
#include "cli/flags.h"
#include "cli/format.h"

#include <string.h>

enum { HANG = 26, HANG_SETTING = 32 };

/* --- layout ----------------------------------------------------------------------------------------------------- */

static void add_blanks(struct buf *b, size_t n)
{
	while (n--)
		buf_char(b, ' ');
}

/* Words of the text from column `at` on, later lines from column `hang`. */
static void wrap(struct buf *b, size_t width, size_t hang, const char *text)
{
	size_t at = hang;
	bool first = true;
	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " "), columns = utf8_length(arena_memdup0(b->mem, text, n));
		if (!first && at + 1 + columns > width) {
			buf_char(b, '\n');
			add_blanks(b, hang);
			at = hang;
		} else if (!first) {
			buf_char(b, ' ');
			at++;
		}
		buf_add(b, text, n);
		at += columns;
		text += n;
		first = false;
	}
	buf_char(b, '\n');
}

void help_entry(struct buf *b, size_t width, size_t hang, const char *term, const char *text)
{
	size_t n = utf8_length(term) + 2;
	buf_printf(b, "  %s", term);
	if (n + 2 > hang) {
		buf_char(b, '\n');
		n = 0;
	}
	add_blanks(b, hang - n);
	wrap(b, width, hang, text);
}

static void help_common(struct cli *c, struct buf *b)
{
	buf_str(b, "\nFlags of every command\n");
	help_entry(b, c->width, HANG, "--data FOLDER", "Data folder (./data); a server that runs on it is used");
	help_entry(b, c->width, HANG, "--config FILE", "Settings file (roster.conf in the data folder)");
	help_entry(b, c->width, HANG, arena_printf(c->mem, "--format %s", format_names(c->mem, "|")),
		"How the answer is printed (table)");
	help_entry(b, c->width, HANG, "--force", "Do without asking what cannot be undone");
	help_entry(b, c->width, HANG, "--help", "This help; also of one command");
}

static void help_exit(struct cli *c, struct buf *b)
{
	buf_str(b, "\nExit status\n");
	for (int i = 0; cli_exit_doc(i); i++)
		help_entry(b, c->width, 6, arena_printf(c->mem, "%d", i), cli_exit_doc(i));
}

/* --- commands --------------------------------------------------------------------------------------------------- */

static void add_upper(struct buf *b, const char *s)
{
	for (buf_char(b, ' '); *s; s++)
		buf_char(b, *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
}

static void add_path_words(struct buf *b, const struct op *op)
{
	for (const struct field *f = op->call->in->fields; f->name; f++)
		if ((f->flags & IN_PATH) && flags_offer(f))
			add_upper(b, f->name);
}

/* "user create": the words of the path stand in the list too, "user get ID". */
static const char *term_of(struct cli *c, const struct op *op)
{
	struct buf b = { .mem = c->mem };
	buf_str(&b, command_name(c->mem, op));
	add_path_words(&b, op);
	return buf_cstr(&b);
}

/* The same in the words that were used. */
static const char *usage_of(struct cli *c, const struct flags *f)
{
	struct buf b = { .mem = c->mem };
	buf_str(&b, f->command);
	if (f->alias && f->alias->word)
		add_upper(&b, f->alias->word);
	else
		add_path_words(&b, f->op);
	return buf_cstr(&b);
}

static bool first_word_is(struct cli *c, const struct op *op, const char *word)
{
	const char *name = command_name(c->mem, op);
	size_t n = strlen(word);
	return strncmp(name, word, n) == 0 && (name[n] == ' ' || !name[n]);
}

/* The operations of a feature; of those whose first word is `word` alone, unless that is NULL. */
static void help_ops(struct cli *c, struct buf *b, const struct feature *f, const char *word)
{
	bool any = false;
	for (const struct op *op = f->ops; op && op->call; op++) {
		if (!command_offers(op) || (word && !first_word_is(c, op, word)))
			continue;
		if (!any)
			buf_printf(b, "\n%s\n", f->name);
		help_entry(b, c->width, HANG, term_of(c, op), op->doc ? op->doc : "");
		any = true;
	}
}

static void help_commands(struct cli *c, struct buf *b, const char *word)
{
	buf_str(b, word ? "" : "\nCommands\n");
	for (const struct command *k = commands; k->name; k++) {
		size_t n = word ? strlen(word) : 0;
		if (!word || (strncmp(k->name, word, n) == 0 && k->name[n] == ' '))
			help_entry(b, c->width, HANG, k->name, k->doc);
	}
}

void help_all(struct cli *c, struct buf *b)
{
	buf_str(b, "Roster: accounts, log-in and sessions.\n\n"
		   "Usage: roster COMMAND [flags]\n"
		   "       roster COMMAND --help\n");
	help_commands(c, b, NULL);
	for (const struct feature *const *f = c->backend->features; *f; f++)
		help_ops(c, b, *f, NULL);
	help_common(c, b);
	help_exit(c, b);
}

static void help_aliases(struct cli *c, struct buf *b, const char *word)
{
	size_t n = strlen(word);
	for (const struct alias *a = aliases; a->name; a++) {
		const struct op *op = command_op(c, a->op);
		if (op && strncmp(a->name, word, n) == 0 && a->name[n] == ' ')
			help_entry(b, c->width, HANG, a->name,
				arena_printf(c->mem, "%s (roster %s)", op->doc, command_name(c->mem, op)));
	}
}

void help_topic(struct cli *c, struct buf *b, const char *word)
{
	buf_printf(b, "Usage: roster %s ... [flags]\n", word);
	help_commands(c, b, word);
	help_aliases(c, b, word);
	for (const struct feature *const *f = c->backend->features; *f; f++)
		help_ops(c, b, *f, word);
	help_common(c, b);
}

/* --- settings --------------------------------------------------------------------------------------------------- */

static const char *setting_text(struct cli *c, const struct conf_row *row)
{
	struct buf b = { .mem = c->mem };
	buf_str(&b, row->doc);
	if (row->dflt && *row->dflt)
		buf_printf(&b, " (%s)", row->dflt);
	return buf_cstr(&b);
}

static void help_settings(struct cli *c, struct buf *b)
{
	const struct conf_group *group = NULL;
	for (struct conf_key k = conf_next((struct conf_key){ NULL, NULL }); k.row; k = conf_next(k)) {
		if (k.group != group)
			buf_printf(b, "\nSettings: %s\n", k.group->name);
		group = k.group;
		bool secret = k.row->flags & CONF_SECRET; /* has no flag */
		const char *name = secret ? conf_env_name(c->mem, k) : conf_flag_name(c->mem, k);
		help_entry(b, c->width, HANG_SETTING, arena_printf(c->mem, "%s%s", secret ? "" : "--", name),
			setting_text(c, k.row));
	}
}

void help_command(struct cli *c, struct buf *b, const struct command *k)
{
	buf_printf(b, "%s\n\nUsage: roster %s [flags]\n", k->doc, k->name);
	help_common(c, b);
	if (strcmp(k->name, "serve") == 0 || str_starts(k->name, "config")) {
		help_settings(c, b);
		buf_str(b,
			"\nEach setting may stand in the settings file and in the environment too: see `roster config sample`.\n");
	}
}

/* --- one operation ---------------------------------------------------------------------------------------------- */

static const char *kind_word(struct cli *c, const struct field *f)
{
	struct buf b = { .mem = c->mem };
	switch (f->kind) {
	case KIND_BOOL:
		return "";
	case KIND_INT:
		return f->flags & TIME ? " TIME" : " NUMBER";
	case KIND_DOUBLE:
		return " NUMBER";
	case KIND_ENUM:
		for (size_t i = 0; f->names[i]; i++)
			buf_printf(&b, "%c%s", i ? '|' : ' ', f->names[i]);
		return buf_cstr(&b);
	case KIND_TEXT:
		return f->flags & EMAIL  ? " ADDRESS"
		       : f->flags & DATE ? " YYYY-MM-DD"
		       : f->flags & URL  ? " URL"
		                         : " TEXT";
	case KIND_SECRET:
		return " FILE";
	case KIND_LIST:
		return f->type ? " JSON" : " TEXT,...";
	case KIND_JSON:
	case KIND_OBJECT:
	case KIND_MAP:
		return " JSON";
	}
	return "";
}

static const char *bounds(struct cli *c, const struct field *f)
{
	const char *what = f->kind == KIND_TEXT || f->kind == KIND_SECRET ? " characters" : "";
	if (!f->min && !f->max)
		return "";
	if (!f->min)
		return arena_printf(c->mem, "; at most %lld%s", (long long)f->max, what);
	if (!f->max)
		return arena_printf(c->mem, "; at least %lld%s", (long long)f->min, what);
	return arena_printf(c->mem, "; %lld to %lld%s", (long long)f->min, (long long)f->max, what);
}

static void help_field(struct cli *c, struct buf *b, const struct field *f)
{
	const char *name = flags_name(c->mem, f);
	const char *text = arena_printf(c->mem, "%s%s%s%s%s%s", f->doc ? f->doc : "", bounds(c, f), f->dflt ? " (" : "",
		f->dflt ? f->dflt : "", f->dflt ? ")" : "", f->flags & REQUIRED ? " [needed]" : "");
	if (f->kind == KIND_SECRET) {
		help_entry(b, c->width, HANG, arena_printf(c->mem, "--%s-stdin", name), text);
		help_entry(b, c->width, HANG, arena_printf(c->mem, "--%s-file FILE", name),
			"The same from a file's first line");
		return;
	}
	const char *term = arena_printf(c->mem, f->kind == KIND_BOOL ? "--[no-]%s%s" : "--%s%s", name, kind_word(c, f));
	help_entry(b, c->width, HANG, term, text);
}

void help_op(struct cli *c, struct buf *b, const struct flags *flags)
{
	const struct op *op = flags->op;
	buf_printf(b, "%s\n\nUsage: roster %s [flags]\n", op->doc ? op->doc : "", usage_of(c, flags));
	bool any = false, secret = false;
	for (const struct field *f = op->call->in->fields; f->name; f++) {
		if (!flags_offer(f))
			continue;
		if (!any)
			buf_str(b, "\nFlags\n");
		help_field(c, b, f);
		any = true;
		secret = secret || f->kind == KIND_SECRET;
	}
	if (secret)
		buf_str(b,
			"\nSecrets are read from a line of standard input or a file, or asked for; never from the command line.\n");
	if (command_needs_person(op))
		buf_str(b, "\n" COMMAND_NEEDS_PERSON "\n");
	help_common(c, b);
}
