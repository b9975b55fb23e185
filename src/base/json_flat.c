#include "base/json_flat.h"

#include <string.h>

enum {
	DIGITS_MAX = 18, /* below 10^18 nothing overflows */
	ALL_MEMBERS = 1000 /* of all objects together; what more would cost json_cost() decides */
};

struct reader {
	const char *p, *end;
	bool compact; /* in an object that is to be its own text: no blanks, no escapes */
	int depth;
	int *members; /* seen so far, in all objects */
};

static void skip_blanks(struct reader *r)
{
	while (!r->compact && r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	bool there = r->p < r->end && *r->p == c;
	r->p += there;
	return there;
}

static bool skip_plain(struct reader *r)
{
	while (r->p < r->end && *r->p >= 0x20 && *r->p < 0x7f && *r->p != '"' && *r->p != '\\')
		r->p++;
	return r->p < r->end;
}

static bool take_name(struct reader *r, struct flat_member *m)
{
	if (!take(r, '"'))
		return false;
	m->name = r->p;
	bool more = skip_plain(r);
	m->name_n = (size_t)(r->p - m->name);
	return more && *r->p++ == '"';
}

/* RFC 8259 section 7; \u is left to the parser. */
static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

static bool skip_escape(struct reader *r)
{
	bool known = !r->compact && r->end - r->p > 1 && r->p[1] && strchr(escapes, r->p[1]);
	r->p += known ? 2 : 0;
	return known;
}

/* Behind its quote. */
static bool take_text(struct reader *r, struct flat_member *m)
{
	m->kind = FLAT_TEXT;
	m->text = r->p;
	m->escaped = false;
	while (skip_plain(r) && *r->p == '\\') {
		if (!skip_escape(r))
			return false;
		m->escaped = true;
	}
	m->text_n = (size_t)(r->p - m->text);
	return r->p < r->end && *r->p++ == '"';
}

char *flat_text(struct arena *mem, const struct flat_member *m, size_t *n)
{
	char *text = arena_memdup0(mem, m->text, m->text_n), *to = text;
	*n = m->text_n;
	if (!m->escaped)
		return text;
	for (const char *s = m->text, *end = s + m->text_n; s < end; s++)
		*to++ = *s == '\\' ? meant[strchr(escapes, *++s) - escapes] : *s;
	*to = 0;
	*n = (size_t)(to - text);
	return text;
}

/* What follows decides whether it was a whole number: the caller wants a comma or the end there. */
static bool take_number(struct reader *r, int64_t *number)
{
	bool minus = r->p < r->end && *r->p == '-';
	const char *digits = r->p += minus;
	int64_t v = 0;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && r->p - digits < DIGITS_MAX)
		v = v * 10 + (*r->p++ - '0');
	bool leading_zero = r->p - digits > 1 && *digits == '0';
	*number = minus ? -v : v;
	return r->p > digits && !leading_zero && !(minus && v == 0);
}

static bool take_word(struct reader *r, struct flat_member *m)
{
	static const struct {
		const char *word;
		size_t n;
		enum flat_kind kind;
	} words[] = { { "true", 4, FLAT_TRUE }, { "false", 5, FLAT_FALSE }, { "null", 4, FLAT_NULL } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((size_t)(r->end - r->p) >= words[i].n && memcmp(r->p, words[i].word, words[i].n) == 0) {
			m->kind = words[i].kind;
			r->p += words[i].n;
			return true;
		}
	return false;
}

static bool take_object(struct reader *r, struct flat_member *m);

static bool take_value(struct reader *r, struct flat_member *m)
{
	if (take(r, '"'))
		return take_text(r, m);
	if (r->p == r->end)
		return false;
	if (*r->p == '{')
		return take_object(r, m);
	if (take_word(r, m))
		return true;
	m->kind = FLAT_INT;
	return take_number(r, &m->number);
}

static bool named_before(const struct flat *f, const struct flat_member *m)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->member[i].name_n == m->name_n && memcmp(f->member[i].name, m->name, m->name_n) == 0)
			return true;
	return false;
}

static bool take_member(struct reader *r, struct flat *out)
{
	struct flat_member *m = &out->member[out->n];
	if (out->n == FLAT_MEMBERS || ++*r->members > ALL_MEMBERS || !take_name(r, m) || !take(r, ':') ||
		!take_value(r, m) || named_before(out, m))
		return false;
	out->n++;
	return true;
}

static bool take_members(struct reader *r, struct flat *out)
{
	out->n = 0;
	if (!take(r, '{'))
		return false;
	do {
		if (!take_member(r, out))
			return false;
	} while (take(r, ','));
	return take(r, '}');
}

/* One in another: of its members nothing but the text is kept. */
static bool take_object(struct reader *r, struct flat_member *m)
{
	struct flat members;
	struct reader inner = { r->p, r->end, true, r->depth + 1, r->members };
	bool none = r->end - r->p > 1 && r->p[1] == '}';
	if (inner.depth > FLAT_DEPTH || (!none && !take_members(&inner, &members)))
		return false;
	m->kind = FLAT_OBJECT;
	m->text = r->p;
	r->p = none ? r->p + 2 : inner.p;
	m->text_n = (size_t)(r->p - m->text);
	return true;
}

bool json_flat(const char *text, size_t n, struct flat *out)
{
	int members = 0;
	struct reader r = { .p = text, .end = text + n, .members = &members };
	if (!take_members(&r, out))
		return false;
	skip_blanks(&r);
	return r.p == r.end;
}
