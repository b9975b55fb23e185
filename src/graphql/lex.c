#include "graphql/lex.h"

#include "base/buf.h"

#include <string.h>

bool gql_fail(struct gql_lexer *l, uint32_t at, const char *message)
{
	if (!l->fault->message)
		*l->fault = (struct gql_fault){ .message = message, .at = at };
	return false;
}

static uint32_t here(const struct gql_lexer *l, const char *p)
{
	return (uint32_t)(p - l->source);
}

/* --- characters --------------------------------------------------------------------------------------------------- */

enum { START = 1, DIGIT = 2, IGNORED = 4, ALONE = 8 };

static const unsigned char classes[256] = {
	['_'] = START,
#define LETTER(c) [c] = START, [c - 'a' + 'A'] = START
	LETTER('a'),
	LETTER('b'),
	LETTER('c'),
	LETTER('d'),
	LETTER('e'),
	LETTER('f'),
	LETTER('g'),
	LETTER('h'),
	LETTER('i'),
	LETTER('j'),
	LETTER('k'),
	LETTER('l'),
	LETTER('m'),
	LETTER('n'),
	LETTER('o'),
	LETTER('p'),
	LETTER('q'),
	LETTER('r'),
	LETTER('s'),
	LETTER('t'),
	LETTER('u'),
	LETTER('v'),
	LETTER('w'),
	LETTER('x'),
	LETTER('y'),
	LETTER('z'),
#undef LETTER
	['0'] = DIGIT,
	['1'] = DIGIT,
	['2'] = DIGIT,
	['3'] = DIGIT,
	['4'] = DIGIT,
	['5'] = DIGIT,
	['6'] = DIGIT,
	['7'] = DIGIT,
	['8'] = DIGIT,
	['9'] = DIGIT,
	[' '] = IGNORED,
	['\t'] = IGNORED,
	['\n'] = IGNORED,
	['\r'] = IGNORED,
	[','] = IGNORED,
	['!'] = ALONE,
	['$'] = ALONE,
	['&'] = ALONE,
	['('] = ALONE,
	[')'] = ALONE,
	[':'] = ALONE,
	['='] = ALONE,
	['@'] = ALONE,
	['['] = ALONE,
	[']'] = ALONE,
	['{'] = ALONE,
	['|'] = ALONE,
	['}'] = ALONE,
};

/* Of the byte at p; that of the end is none. */
static unsigned class_at(const struct gql_lexer *l, const char *p)
{
	return p < l->end ? classes[(unsigned char)*p] : 0;
}

static char at(const struct gql_lexer *l, const char *p)
{
	return p < l->end ? *p : 0;
}

static bool starts(const struct gql_lexer *l, const char *p, const char *with, size_t n)
{
	return (size_t)(l->end - p) >= n && memcmp(p, with, n) == 0;
}

/* Blanks, line ends, commas, comments, and the mark that some put before a text. */
static void skip_ignored(struct gql_lexer *l)
{
	static const char mark[] = "\xef\xbb\xbf";
	for (;;) {
		if (class_at(l, l->p) == IGNORED) {
			l->p++;
		} else if (at(l, l->p) == '#') {
			while (l->p < l->end && *l->p != '\n' && *l->p != '\r')
				l->p++;
		} else if (starts(l, l->p, mark, sizeof mark - 1)) {
			l->p += sizeof mark - 1;
		} else {
			return;
		}
	}
}

/* --- names and numbers -------------------------------------------------------------------------------------------- */

static bool take(struct gql_lexer *l, enum gql_token_kind kind, const char *end)
{
	l->token = (struct gql_token){ .kind = kind, .text = { l->p, (uint32_t)(end - l->p), here(l, l->p) } };
	l->p = end;
	return true;
}

static bool take_name(struct gql_lexer *l)
{
	const char *p = l->p;
	while (class_at(l, p) & (START | DIGIT))
		p++;
	return take(l, GQL_NAME, p);
}

/* Past one digit and more; NULL when there is none. */
static const char *digits(const struct gql_lexer *l, const char *p)
{
	if (class_at(l, p) != DIGIT)
		return NULL;
	while (class_at(l, p) == DIGIT)
		p++;
	return p;
}

static const char *exponent(const struct gql_lexer *l, const char *p)
{
	p++;
	return digits(l, p + (at(l, p) == '+' || at(l, p) == '-'));
}

/* A number is not followed by a digit, a dot or a letter (section 2.9.1): 0x1, 00 and 1.2.3 are none. */
static bool take_number(struct gql_lexer *l)
{
	static const char bad[] = "This is no number.";
	enum gql_token_kind kind = GQL_INT_TOKEN;
	const char *p = l->p + (*l->p == '-');
	if (at(l, p) == '0')
		p++;
	else if (!(p = digits(l, p)))
		return gql_fail(l, here(l, l->p), bad);
	if (at(l, p) == '.') {
		kind = GQL_FLOAT_TOKEN;
		if (!(p = digits(l, p + 1)))
			return gql_fail(l, here(l, l->p), bad);
	}
	if (at(l, p) == 'e' || at(l, p) == 'E') {
		kind = GQL_FLOAT_TOKEN;
		if (!(p = exponent(l, p)))
			return gql_fail(l, here(l, l->p), bad);
	}
	if ((class_at(l, p) & (START | DIGIT)) || at(l, p) == '.')
		return gql_fail(l, here(l, l->p), bad);
	return take(l, kind, p);
}

/* --- strings ------------------------------------------------------------------------------------------------------ */

static void add_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		buf_char(b, (char)(0xC0 | (c >> 6)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		buf_char(b, (char)(0xE0 | (c >> 12)));
		buf_char(b, (char)(0x80 | ((c >> 6) & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	} else {
		buf_char(b, (char)(0xF0 | (c >> 18)));
		buf_char(b, (char)(0x80 | ((c >> 12) & 0x3F)));
		buf_char(b, (char)(0x80 | ((c >> 6) & 0x3F)));
		buf_char(b, (char)(0x80 | (c & 0x3F)));
	}
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum { NO_CHARACTER = 0x110000 };

static uint32_t four(const struct gql_lexer *l, const char *p)
{
	uint32_t c = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex(at(l, p + i));
		if (digit < 0)
			return NO_CHARACTER;
		c = c << 4 | (uint32_t)digit;
	}
	return c;
}

/* \u{1F600}: up to eight digits. */
static const char *braced(const struct gql_lexer *l, const char *p, uint32_t *c)
{
	const char *first = p;
	for (*c = 0; hex(at(l, p)) >= 0 && p - first < 8; p++)
		*c = *c << 4 | (uint32_t)hex(*p);
	return p > first && at(l, p) == '}' ? p + 1 : NULL;
}

static bool is_lead(uint32_t c)
{
	return c >= 0xD800 && c <= 0xDBFF;
}

static bool is_trail(uint32_t c)
{
	return c >= 0xDC00 && c <= 0xDFFF;
}

/* Behind \u; the place past it, or NULL. One half of a surrogate pair is no character, nor is NUL one that texts here hold. */
static const char *unicode(struct gql_lexer *l, const char *p, struct buf *b)
{
	uint32_t c;
	if (at(l, p) == '{') {
		p = braced(l, p + 1, &c);
	} else {
		c = four(l, p);
		p += 4;
		if (is_lead(c) && at(l, p) == '\\' && at(l, p + 1) == 'u') {
			uint32_t trail = four(l, p + 2);
			if (!is_trail(trail))
				return NULL;
			c = 0x10000 + ((c - 0xD800) << 10) + (trail - 0xDC00);
			p += 6;
		}
	}
	if (!p || !c || c >= NO_CHARACTER || is_lead(c) || is_trail(c))
		return NULL;
	add_utf8(b, c);
	return p;
}

static const char *escape(struct gql_lexer *l, const char *p, struct buf *b)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = at(l, p);
	const char *found = c ? strchr(names, c) : NULL;
	if (c == 'u')
		return unicode(l, p + 1, b);
	if (!found)
		return NULL;
	buf_char(b, values[found - names]);
	return p + 1;
}

static void give_string(struct gql_lexer *l, const char *s, size_t n, const char *end)
{
	l->token = (struct gql_token){ .kind = GQL_STRING_TOKEN, .text = { s, (uint32_t)n, here(l, l->p) } };
	l->p = end;
}

static bool take_string(struct gql_lexer *l)
{
	const char *from = l->p + 1, *p = from;
	struct buf b = { .mem = l->mem };
	for (;;) {
		const char *plain = p;
		while (p < l->end && *p != '"' && *p != '\\' && *p != '\n' && *p != '\r')
			p++;
		if (at(l, p) == '"' && !b.p) {
			give_string(l, from, (size_t)(p - from), p + 1);
			return true;
		}
		buf_add(&b, plain, (size_t)(p - plain));
		if (at(l, p) == '"') {
			const char *text = buf_cstr(&b);
			give_string(l, text, b.n, p + 1);
			return true;
		}
		if (at(l, p) != '\\')
			return gql_fail(l, here(l, l->p), "This string has no end on its line.");
		const char *behind = escape(l, p + 1, &b);
		if (!behind)
			return gql_fail(l, here(l, p), "This is no escape that a string may hold.");
		p = behind;
	}
}

/* --- block strings (section 2.9.4) -------------------------------------------------------------------------------- */

/* A line without its end; and where the next begins, NULL behind the last. */
struct line {
	const char *s;
	size_t n;
	const char *next;
};

static struct line line_at(const char *p, const char *end)
{
	struct line l = { .s = p };
	while (p < end && *p != '\n' && *p != '\r')
		p++;
	l.n = (size_t)(p - l.s);
	if (p < end)
		l.next = p + 1 + (*p == '\r' && p + 1 < end && p[1] == '\n');
	return l;
}

static size_t indent(const struct line *l)
{
	size_t n = 0;
	while (n < l->n && (l->s[n] == ' ' || l->s[n] == '\t'))
		n++;
	return n;
}

/* The least indent of the lines but the first; blank ones do not count. */
static size_t common_indent(const char *p, const char *end)
{
	size_t least = SIZE_MAX;
	struct line l = line_at(p, end);
	while (l.next) {
		l = line_at(l.next, end);
		size_t n = indent(&l);
		least = n < l.n && n < least ? n : least;
	}
	return least;
}

/* Blank lines before and behind are left out, and the common indent. */
static void unindent(struct buf *out, const char *p, const char *end)
{
	size_t common = common_indent(p, end), kept = 0;
	struct line l = { .next = p };
	for (bool first = true, begun = false; l.next; first = false) {
		l = line_at(l.next, end);
		begun = begun || indent(&l) < l.n;
		if (!begun)
			continue;
		if (out->n || kept)
			buf_char(out, '\n');
		size_t cut = first ? 0 : common < l.n ? common : l.n;
		buf_add(out, l.s + cut, l.n - cut);
		kept = indent(&l) < l.n ? out->n : kept;
	}
	out->n = kept;
}

static bool take_block(struct gql_lexer *l)
{
	static const char mark[] = "\"\"\"";
	enum { MARK = 3 };
	struct buf raw = { .mem = l->mem }, out = { .mem = l->mem };
	const char *p = l->p + MARK;
	while (!starts(l, p, mark, MARK)) {
		if (p >= l->end)
			return gql_fail(l, here(l, l->p), "This block string has no end.");
		bool escaped = *p == '\\' && starts(l, p + 1, mark, MARK);
		buf_add(&raw, escaped ? mark : p, escaped ? MARK : 1);
		p += escaped ? MARK + 1 : 1;
	}
	const char *all = buf_cstr(&raw);
	unindent(&out, all, all + raw.n);
	const char *text = buf_cstr(&out);
	give_string(l, text, out.n, p + MARK);
	return true;
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

static bool take_punctuator(struct gql_lexer *l, size_t n)
{
	char c = *l->p;
	(void)take(l, GQL_PUNCTUATOR, l->p + n);
	l->token.punctuator = c;
	return true;
}

bool gql_lex(struct gql_lexer *l)
{
	skip_ignored(l);
	if (l->p >= l->end)
		return take(l, GQL_END, l->p);
	if (++l->tokens > l->tokens_max) {
		(void)gql_fail(l, here(l, l->p), "The document has more tokens than this server reads.");
		l->fault->limit = true;
		return false;
	}
	unsigned class = class_at(l, l->p);
	if (class == START)
		return take_name(l);
	if (class == ALONE)
		return take_punctuator(l, 1);
	if (class == DIGIT || *l->p == '-')
		return take_number(l);
	if (starts(l, l->p, "...", 3))
		return take_punctuator(l, 3);
	if (*l->p == '"')
		return starts(l, l->p, "\"\"\"", 3) ? take_block(l) : take_string(l);
	return gql_fail(l, here(l, l->p), "This character has no meaning here.");
}

const char *gql_token_text(struct arena *a, const struct gql_token *t)
{
	enum { SHOWN = 40 };
	int n = t->text.n > SHOWN ? SHOWN : (int)t->text.n;
	if (t->kind == GQL_END)
		return "the end of the document";
	return t->kind == GQL_STRING_TOKEN ? "a string" : arena_printf(a, "\"%.*s\"", n, t->text.s);
}

struct gql_place gql_place_of(const char *source, uint32_t at)
{
	struct gql_place p = { 1, 1 };
	for (uint32_t i = 0; i < at; i++) {
		bool end = source[i] == '\n' || (source[i] == '\r' && source[i + 1] != '\n');
		if (end)
			p = (struct gql_place){ p.line + 1, 1 };
		else if (((unsigned char)source[i] & 0xC0) != 0x80)
			p.column++;
	}
	return p;
}
