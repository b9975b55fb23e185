#include "base/json_flat.h"

#include <string.h>

enum { DIGITS_MAX = 18 }; /* below 10^18 nothing overflows */

struct reader {
	const char *p, *end;
};

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	bool there = r->p < r->end && *r->p == c;
	r->p += there;
	return there;
}

static bool take_string(struct reader *r, const char **s, size_t *n)
{
	if (!take(r, '"'))
		return false;
	*s = r->p;
	while (r->p < r->end && *r->p >= 0x20 && *r->p < 0x7f && *r->p != '"' && *r->p != '\\')
		r->p++;
	*n = (size_t)(r->p - *s);
	return r->p < r->end && *r->p++ == '"';
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

static bool take_value(struct reader *r, struct flat_member *m)
{
	skip_blanks(r);
	if (r->p == r->end)
		return false;
	m->kind = FLAT_TEXT;
	if (*r->p == '"')
		return take_string(r, &m->text, &m->text_n);
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
	if (out->n == FLAT_MEMBERS || !take_string(r, &m->name, &m->name_n) || !take(r, ':') || !take_value(r, m) ||
		named_before(out, m))
		return false;
	out->n++;
	return true;
}

bool json_flat(const char *text, size_t n, struct flat *out)
{
	struct reader r = { text, text + n };
	out->n = 0;
	if (!take(&r, '{'))
		return false;
	do {
		if (!take_member(&r, out))
			return false;
	} while (take(&r, ','));
	if (!take(&r, '}'))
		return false;
	skip_blanks(&r);
	return r.p == r.end;
}
