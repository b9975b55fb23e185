/* The settings file: "name = value" lines. */
#include "base/str.h"
#include "main/config.h"

#include <string.h>

struct reader {
	struct arena *a;
	struct conf *conf;
	const char *name;
	int line;
	struct buf *problems;
	struct seen *seen;
};

/* Settings that the file has set so far: the second of two lines is a mistake, not an override. */
struct seen {
	struct seen *next;
	const struct conf_row *row;
	int line;
};

static void problem(struct reader *r, const char *what)
{
	buf_printf(r->problems, "%s:%d: %s\n", r->name, r->line, what);
}

static char *trim(char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	size_t n = strlen(s);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		s[--n] = 0;
	return s;
}

/* Takes the quotes or the comment off a value; NULL when a quote is left open or something follows it. */
static char *unquote(char *s)
{
	if (*s != '"') {
		for (char *p = s; *p; p++)
			if (*p == '#' && (p == s || p[-1] == ' ' || p[-1] == '\t')) {
				*p = 0;
				break;
			}
		return trim(s);
	}
	char *end = strchr(s + 1, '"');
	if (!end)
		return NULL;
	*end = 0;
	char *rest = trim(end + 1);
	return *rest && *rest != '#' ? NULL : s + 1;
}

static int seen_before(struct reader *r, const struct conf_row *row)
{
	for (struct seen *s = r->seen; s; s = s->next)
		if (s->row == row)
			return s->line;
	struct seen *s = arena_new_of(r->a, struct seen);
	*s = (struct seen){ r->seen, row, r->line };
	r->seen = s;
	return 0;
}

static void set(struct reader *r, const char *name, const char *value)
{
	struct conf_key k = conf_by_file_name(name);
	if (!k.row) {
		const char *near = conf_nearest_file_name(r->a, name);
		problem(r, arena_printf(r->a, "there is no setting %s%s%s%s", name, near ? "; did you mean " : "",
				   near ? near : "", near ? "?" : ""));
		return;
	}
	int before = seen_before(r, k.row);
	if (before) {
		problem(r, arena_printf(r->a, "%s is set twice, first in line %d", name, before));
		return;
	}
	const char *why, *where = arena_printf(r->a, "%s line %d", r->name, r->line);
	if (conf_set(r->conf, r->a, k.group, k.row, value, where, &why))
		problem(r, arena_printf(r->a, "%s %s", name, why));
}

static void read_line(struct reader *r, char *line)
{
	line = trim(line);
	if (!*line || *line == '#')
		return;
	char *equals = strchr(line, '=');
	if (!equals || equals == line) {
		problem(r, "a line must read: name = value");
		return;
	}
	*equals = 0;
	const char *name = trim(line);
	const char *value = unquote(trim(equals + 1));
	if (name[strcspn(name, " \t\"#")])
		problem(r, "a name must hold no blanks, quotes or '#'");
	else if (!value)
		problem(r, "the quotes of the value do not close, or something follows them");
	else
		set(r, name, value);
}

void config_read_file(
	struct arena *a, struct conf *c, const char *name, const char *text, size_t n, struct buf *problems)
{
	struct reader r = { .a = a, .conf = c, .name = name, .line = 1, .problems = problems };
	if (memchr(text, 0, n) || !utf8_valid(text, n)) {
		buf_printf(problems, "%s: is not a text file in UTF-8\n", name);
		return;
	}
	for (const char *end = text + n; text < end; r.line++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);
		read_line(&r, arena_memdup0(a, text, len));
		text += len + (stop != NULL);
	}
}
