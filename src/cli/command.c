#include "cli/command.h"
#include "base/nearest.h"
#include "base/str.h"

#include <string.h>

enum { WORDS_MAX = 4 };

bool command_offers(const struct op *op)
{
	return !op->raw && !(op->flags & (OP_HIDDEN | OP_NO_CLI));
}

const char *command_name(struct arena *a, const struct op *op)
{
	char *s = str_replace_char(a, op->call->name, '_', '-');
	char *first = strchr(s, '-');
	if (first)
		*first = ' ';
	return s;
}

/* Neither open to anyone, nor guarded by a permission, nor told by its input whom it concerns: the caller it is. */
bool command_needs_person(const struct op *op)
{
	if (op->need || op->own || (op->flags & OP_ANYONE))
		return false;
	for (const struct field *f = op->call->in->fields; f->name; f++)
		if (f->flags & IN_PATH)
			return false;
	return true;
}

const struct op *command_op(struct cli *c, const char *name)
{
	for (const struct feature *const *f = c->backend->features; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			if (strcmp(op->call->name, name) == 0 && command_offers(op))
				return op;
	return NULL;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *k = commands; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static const struct alias *find_alias(const char *name)
{
	for (const struct alias *a = aliases; a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

/* The next n words, joined; NULL when there are fewer. */
static const char *join(struct arena *mem, const struct args *a, int n)
{
	struct buf b = { .mem = mem };
	for (int i = 0; i < n; i++) {
		if (a->i + i >= a->argc || a->argv[a->i + i][0] == '-')
			return NULL;
		if (i)
			buf_char(&b, ' ');
		buf_str(&b, a->argv[a->i + i]);
	}
	return buf_cstr(&b);
}

struct found command_named(struct cli *c, const char *words)
{
	struct found f = { .command = find_command(words) };
	if (!f.command)
		f.op = command_op(c, str_replace_char(c->mem, str_replace_char(c->mem, words, ' ', '_'), '-', '_'));
	if (!f.command && !f.op && (f.alias = find_alias(words)))
		f.op = command_op(c, f.alias->op);
	return f;
}

struct found command_take(struct cli *c, struct args *a)
{
	for (int n = WORDS_MAX; n > 0; n--) {
		const char *words = join(c->mem, a, n);
		if (!words)
			continue;
		struct found f = command_named(c, words);
		if (f.command || f.op) {
			a->i += n;
			return f;
		}
	}
	return (struct found){ 0 };
}

void command_each(struct cli *c, visit_fn *visit, void *arg)
{
	for (const struct command *k = commands; k->name; k++)
		visit(arg, k->name);
	for (const struct feature *const *f = c->backend->features; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			if (command_offers(op))
				visit(arg, command_name(c->mem, op));
	for (const struct alias *a = aliases; a->name; a++)
		visit(arg, a->name);
}

struct topic {
	const char *word;
	bool known;
};

static void is_topic(void *arg, const char *name)
{
	struct topic *t = arg;
	size_t n = strlen(t->word);
	t->known = t->known || (strncmp(name, t->word, n) == 0 && name[n] == ' ');
}

bool command_is_topic(struct cli *c, const char *word)
{
	struct topic t = { word, false };
	command_each(c, is_topic, &t);
	return t.known;
}

static void try_name(void *arg, const char *name)
{
	nearest_try(arg, name);
}

const char *command_nearest(struct cli *c, const char *written)
{
	struct nearest near = nearest_begin(written);
	command_each(c, try_name, &near);
	return nearest_name(&near);
}
