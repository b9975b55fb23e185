#include "features/mail/mail_template.h"
#include "base/str.h"

#include <string.h>

enum { DEPTH = 4 };

static const char *const known[] = { "name", "link", "code", "minutes", "lifetime", "address", "device", "ip", "role",
	"inviter", "time", "application", "language", "reason", "warning", "suspension", "ban", "lifted", "upheld",
	NULL };

bool mail_value_known(const char *name, size_t n)
{
	return names_index(known, name, n) >= 0;
}

const char *mail_value_of(const struct mail_value *values, const char *name, size_t n)
{
	for (; values && values->name; values++)
		if (strlen(values->name) == n && memcmp(values->name, name, n) == 0)
			return values->value && *values->value ? values->value : NULL;
	return NULL;
}

static void add_escaped(struct buf *b, const char *s, enum mail_escape escape)
{
	if (escape == MAIL_PLAIN) {
		buf_str(b, s);
		return;
	}
	for (; *s; s++)
		switch (*s) {
		case '&':
			buf_str(b, "&amp;");
			break;
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		case '"':
			buf_str(b, "&quot;");
			break;
		case '\'':
			buf_str(b, "&#39;");
			break;
		default:
			buf_char(b, *s);
		}
}

/* --- filling ------------------------------------------------------------------------------------------------------ */

struct tag {
	char sigil; /* '#', '^', '/', or 0 for a value */
	const char *name;
	size_t n;
};

struct walk {
	const char *at, *end;
	const struct mail_value *values;
	const char *content;
	enum mail_escape escape;
	struct tag open[DEPTH]; /* sections that are open */
	bool hidden[DEPTH]; /* that, or one around it, is left out */
	size_t depth;
	int line;
	const char *why;
};

static bool wrong(struct walk *w, const char *why)
{
	w->why = why;
	return false;
}

static bool is_content(const struct tag *t)
{
	return t->n == strlen("content") && memcmp(t->name, "content", t->n) == 0;
}

/* The tag that begins at w->at, which moves past it. */
static bool take_tag(struct walk *w, struct tag *t)
{
	const char *from = w->at + 2;
	const char *close = memmem(from, (size_t)(w->end - from), "}}", 2);
	if (!close)
		return wrong(w, "{{ is never closed by }}");
	t->sigil = *from == '#' || *from == '^' || *from == '/' ? *from++ : 0;
	t->name = from;
	t->n = (size_t)(close - from);
	w->at = close + 2;
	if (mail_value_known(t->name, t->n) || (is_content(t) && !t->sigil && w->content))
		return true;
	return wrong(w, "there is no value of that name");
}

static bool is_hidden(const struct walk *w)
{
	return w->depth && w->hidden[w->depth - 1];
}

static bool open_section(struct walk *w, const struct tag *t)
{
	if (w->depth == DEPTH)
		return wrong(w, "sections stand in each other too deep");
	bool there = mail_value_of(w->values, t->name, t->n);
	bool hidden = is_hidden(w) || there != (t->sigil == '#');
	w->open[w->depth] = *t;
	w->hidden[w->depth++] = hidden;
	return true;
}

static bool close_section(struct walk *w, const struct tag *t)
{
	const struct tag *open = w->depth ? &w->open[w->depth - 1] : NULL;
	if (!open || open->n != t->n || memcmp(open->name, t->name, t->n) != 0)
		return wrong(w, "closes a section that is not the last one opened");
	w->depth--;
	return true;
}

static bool do_tag(struct walk *w, struct buf *b)
{
	struct tag t;
	if (!take_tag(w, &t))
		return false;
	if (t.sigil == '/')
		return close_section(w, &t);
	if (t.sigil)
		return open_section(w, &t);
	if (is_hidden(w))
		return true;
	if (w->content && is_content(&t)) {
		buf_str(b, w->content);
		return true;
	}
	const char *value = mail_value_of(w->values, t.name, t.n);
	add_escaped(b, value ? value : "", w->escape);
	return true;
}

/* A section's tag alone on its line takes the line with it, so that templates can be laid out to be read. */
static void skip_line_end(struct walk *w, const char *start, bool line_began)
{
	bool section = start[2] == '#' || start[2] == '^' || start[2] == '/';
	if (section && line_began && w->at < w->end && *w->at == '\n') {
		w->at++;
		w->line++;
	}
}

static bool walk(struct walk *w, struct buf *b)
{
	bool line_began = true;
	while (w->at < w->end) {
		const char *start = w->at;
		if (w->end - start >= 2 && start[0] == '{' && start[1] == '{') {
			if (!do_tag(w, b))
				return false;
			skip_line_end(w, start, line_began);
			line_began = w->at[-1] == '\n';
			continue;
		}
		if (!is_hidden(w))
			buf_char(b, *start);
		line_began = *start == '\n';
		w->line += line_began;
		w->at++;
	}
	return w->depth ? wrong(w, "a section is never closed") : true;
}

bool mail_template_fill(struct buf *b, const char *text, size_t n, const struct mail_value *values, const char *content,
	enum mail_escape escape, struct mail_fault *fault)
{
	struct walk w = {
		.at = text, .end = text + n, .values = values, .content = content, .escape = escape, .line = 1
	};
	*fault = (struct mail_fault){ 1, NULL };
	bool good = walk(&w, b);
	*fault = (struct mail_fault){ w.line, w.why };
	return good;
}

/* --- checking ----------------------------------------------------------------------------------------------------- */

bool mail_template_split(const struct mail_template *t, struct mail_template *subject, struct mail_template *body)
{
	static const char begin[] = "Subject: ";
	const char *line_end = memchr(t->text, '\n', t->n);
	if (!line_end || t->n < sizeof begin || memcmp(t->text, begin, sizeof begin - 1) != 0)
		return false;
	const char *from = t->text + sizeof begin - 1, *end = t->text + t->n;
	*subject = (struct mail_template){ t->name, from, (size_t)(line_end - from) };
	if (line_end + 1 >= end || line_end[1] != '\n' || !subject->n)
		return false;
	*body = (struct mail_template){ t->name, line_end + 2, (size_t)(end - line_end - 2) };
	return true;
}

static bool fill_for_check(const struct mail_template *t, const char *content, struct mail_fault *fault)
{
	struct buf b = { 0 };
	bool good = mail_template_fill(&b, t->text, t->n, NULL, content, MAIL_PLAIN, fault);
	buf_free(&b);
	return good;
}

static bool holds(const struct mail_template *t, const char *tag)
{
	return memmem(t->text, t->n, tag, strlen(tag));
}

static bool check_text(const struct mail_template *t, struct mail_fault *fault)
{
	struct mail_template subject, body;
	*fault = (struct mail_fault){ 1, "must begin with a line \"Subject: ...\" and an empty line" };
	if (!mail_template_split(t, &subject, &body))
		return false;
	if (!fill_for_check(&subject, NULL, fault))
		return false;
	*fault = (struct mail_fault){ 1, "a link or a code has no place in a subject" };
	if (holds(&subject, "{{link}}") || holds(&subject, "{{code}}"))
		return false;
	bool good = fill_for_check(&body, NULL, fault);
	fault->line += 2;
	return good;
}

bool mail_template_check(const struct mail_template *t, struct mail_fault *fault)
{
	*fault = (struct mail_fault){ 1, "must be UTF-8" };
	if (!utf8_valid(t->text, t->n) || memchr(t->text, 0, t->n))
		return false;
	if (str_ends(t->name, ".txt"))
		return check_text(t, fault);
	bool layout = strcmp(t->name, "layout.html") == 0;
	*fault = (struct mail_fault){ 1, "must hold {{content}} once" };
	const char *first = memmem(t->text, t->n, "{{content}}", 11);
	if (layout && (!first || memmem(first + 1, (size_t)(t->text + t->n - first - 1), "{{content}}", 11)))
		return false;
	return fill_for_check(t, layout ? "" : NULL, fault);
}
