#include "cli/complete.h"
#include "base/str.h"
#include "cli/flags.h"
#include "cli/format.h"

#include <string.h>

/* Each script has one function: which words may follow, by the words of the command that stand already. The three shells
 * differ in how they say "when these words came, offer those". */
struct shell {
	const char *head, *when, *offer, *end_when, *tail;
};

/* Flags and their values in front of the command are passed over. */
static const struct shell bash = {
	.head = "_roster() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} typed= skip= w words\n"
		"\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
		"\t\tcase $w in\n"
		"\t\t--data | --config | --format) skip=1 ;;\n"
		"\t\t-* | =) ;;\n"
		"\t\t*) [ -n \"$skip\" ] || typed+=\"$w \"; skip= ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $typed in\n",
	.when = "\t\"%s \"*) ",
	.offer = "words=\"%s\" ;;\n",
	.end_when = "\t*) words=\"%s\" ;;\n",
	.tail = "\tesac\n"
		"\t[ \"${COMP_WORDS[COMP_CWORD-1]}\" = --format ] && words=\"%s\"\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		"}\n"
		"complete -o default -F _roster roster\n",
};
static const struct shell zsh = {
	.head = "#compdef roster\n"
		"_roster() {\n"
		"\tlocal typed= skip= w offer\n"
		"\tfor w in \"${(@)words[2,CURRENT-1]}\"; do\n"
		"\t\tcase $w in\n"
		"\t\t--data | --config | --format) skip=1 ;;\n"
		"\t\t-*) ;;\n"
		"\t\t*) [ -n \"$skip\" ] || typed+=\"$w \"; skip= ;;\n"
		"\t\tesac\n"
		"\tdone\n"
		"\tcase $typed in\n",
	.when = "\t\"%s \"*) ",
	.offer = "offer=\"%s\" ;;\n",
	.end_when = "\t*) offer=\"%s\" ;;\n",
	.tail = "\tesac\n"
		"\t[ \"${words[CURRENT-1]}\" = --format ] && offer=\"%s\"\n"
		"\tcompadd -- ${=offer}\n"
		"}\n"
		"if [ \"$funcstack[1]\" = _roster ]; then _roster \"$@\"; else compdef _roster roster; fi\n",
};
static const struct shell fish = {
	.head = "function __roster_words\n"
		"\tset -l typed\n"
		"\tset -l skip\n"
		"\tfor w in (commandline -opc)[2..-1]\n"
		"\t\tswitch $w\n"
		"\t\t\tcase --data --config --format\n"
		"\t\t\t\tset skip 1\n"
		"\t\t\tcase '-*'\n"
		"\t\t\tcase '*'\n"
		"\t\t\t\ttest -n \"$skip\"; or set -a typed $w\n"
		"\t\t\t\tset skip\n"
		"\t\tend\n"
		"\tend\n"
		"\tswitch \"$typed \"\n",
	.when = "\t\tcase '%s *'\n\t\t\t",
	.offer = "string split ' ' -- '%s'\n",
	.end_when = "\t\tcase '*'\n\t\t\tstring split ' ' -- '%s'\n",
	.tail = "\tend\n"
		"end\n"
		"complete -c roster -f -a '(__roster_words)'\n"
		"complete -c roster -l format -x -a '%s'\n",
};

/* --- which words ---------------------------------------------------------------------------------------------------- */

/* A pattern of the tables above with its one text put in. */
static void say(struct buf *b, const char *pattern, const char *text)
{
	const char *at = strstr(pattern, "%s");
	buf_add(b, pattern, at ? (size_t)(at - pattern) : strlen(pattern));
	if (at) {
		buf_str(b, text);
		buf_str(b, at + 2);
	}
}

static const char *flags_of(struct cli *c, const struct op *op)
{
	struct buf b = { .mem = c->mem };
	for (const struct field *f = op ? op->call->in->fields : NULL; f && f->name; f++) {
		const char *name = flags_name(c->mem, f);
		if (!flags_offer(f))
			continue;
		if (f->kind == KIND_SECRET)
			buf_printf(&b, "--%s-stdin --%s-file ", name, name);
		else
			buf_printf(&b, "--%s ", name);
	}
	buf_str(&b, "--data --config --format --force --help");
	return buf_cstr(&b);
}

struct words {
	struct cli *c;
	const struct shell *shell;
	size_t prefix_n; /* words of this many characters that the next are wanted of; 0: the first ones */
	const char *prefix;
	struct buf list; /* those found, with blanks between and around */
};

/* Adds the word behind the prefix, once. */
static void note_next(void *arg, const char *name)
{
	struct words *w = arg;
	if (w->prefix_n && (strncmp(name, w->prefix, w->prefix_n) != 0 || name[w->prefix_n] != ' '))
		return;
	const char *next = name + (w->prefix_n ? w->prefix_n + 1 : 0);
	size_t n = strcspn(next, " ");
	const char *word = arena_printf(w->c->mem, " %.*s ", (int)n, next);
	if (!w->list.n)
		buf_char(&w->list, ' ');
	if (!strstr(buf_cstr(&w->list), word))
		buf_str(&w->list, word + 1);
}

static const char *next_words(struct cli *c, const char *prefix)
{
	struct words w = { .c = c, .prefix = prefix, .prefix_n = strlen(prefix), .list = { .mem = c->mem } };
	command_each(c, note_next, &w);
	if (!w.list.n)
		return "";
	w.list.n--; /* the blank behind the last */
	return buf_cstr(&w.list) + 1;
}

static void when(struct buf *b, const struct shell *shell, const char *typed, const char *words)
{
	say(b, shell->when, typed);
	say(b, shell->offer, words);
}

/* Stands before its first word by itself, which would meet it too. */
static void whole_command(void *arg, const char *name)
{
	struct words *w = arg;
	struct found f = command_named(w->c, name);
	when(&w->c->out, w->shell, name, flags_of(w->c, f.command ? f.command->takes : f.op));
}

static void topic(void *arg, const char *name)
{
	struct words *w = arg;
	const char *word = arena_memdup0(w->c->mem, name, strcspn(name, " "));
	const char *mark = arena_printf(w->c->mem, " %s ", word);
	if (!strchr(name, ' ') || strstr(buf_cstr(&w->list), mark))
		return;
	buf_str(&w->list, mark);
	when(&w->c->out, w->shell, word, next_words(w->c, word));
}

static int complete(struct cli *c, const struct shell *shell)
{
	struct words w = { .c = c, .shell = shell, .list = { .mem = c->mem } };
	buf_str(&c->out, shell->head);
	command_each(c, whole_command, &w);
	command_each(c, topic, &w);
	say(&c->out, shell->end_when, next_words(c, ""));
	say(&c->out, shell->tail, format_names(c->mem, " "));
	return CLI_OK;
}

int cli_complete_bash(struct cli *c)
{
	return complete(c, &bash);
}

int cli_complete_zsh(struct cli *c)
{
	return complete(c, &zsh);
}

int cli_complete_fish(struct cli *c)
{
	return complete(c, &fish);
}
