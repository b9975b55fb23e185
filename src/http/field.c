#include "http/field.h"

#include "base/buf.h"

#include <string.h>
#include <strings.h>

bool field_is_token_char(char c)
{
	/* RFC 9110 section 5.6.2 */
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool field_is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!field_is_token_char(s[i]))
			return false;
	return n > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span field_trim(struct span s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool span_is(struct span s, const char *text)
{
	return strlen(text) == s.n && strncasecmp(s.p, text, s.n) == 0;
}

bool field_next(struct span *rest, char separator, struct span *out)
{
	if (!rest->p)
		return false;
	bool quoted = false;
	size_t i = 0;
	for (; i < rest->n && (quoted || rest->p[i] != separator); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
	}
	*out = field_trim((struct span){ rest->p, i });
	bool last = i == rest->n;
	rest->p = last ? NULL : rest->p + i + 1;
	rest->n = last ? 0 : rest->n - i - 1;
	return true;
}

bool field_has_token(const char *list, const char *token)
{
	struct span rest = span_of(list), piece;
	while (field_next(&rest, ',', &piece))
		if (span_is(piece, token))
			return true;
	return false;
}

/* The content of a quoted string (RFC 9110 section 5.6.4). A backslash counts only before a quote or another backslash:
 * some browsers send file names with Windows paths that they do not escape. */
static bool unquote(struct arena *a, const char *s, size_t n, const char **out)
{
	struct buf b = { .mem = a };
	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return false;
	for (size_t i = 1; i < n - 1; i++) {
		if (s[i] == '"')
			return false;
		if (s[i] == '\\' && (s[i + 1] == '\\' || s[i + 1] == '"')) {
			if (++i == n - 1)
				return false; /* the last quote was an escaped one */
		}
		buf_char(&b, s[i]);
	}
	*out = buf_cstr(&b);
	return true;
}

bool field_param(struct arena *a, struct span s, struct span *name, const char **value)
{
	const char *eq = s.n ? memchr(s.p, '=', s.n) : NULL;
	if (!eq)
		return false;
	*name = (struct span){ s.p, (size_t)(eq - s.p) };
	size_t n = s.n - name->n - 1;
	if (!field_is_token(name->p, name->n) || memchr(s.p, 0, s.n))
		return false;
	if (n && eq[1] == '"')
		return unquote(a, eq + 1, n, value);
	if (!field_is_token(eq + 1, n))
		return false;
	*value = arena_memdup0(a, eq + 1, n);
	return true;
}

int field_weight(struct span s)
{
	/* 0, 1, 0.5, 0.123, 1.000: three digits at most */
	if (!s.n || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return -1;
	int weight = (s.p[0] - '0') * 1000, scale = 100;
	for (size_t i = 2; i < s.n; i++, scale /= 10) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		weight += (s.p[i] - '0') * scale;
	}
	return weight > 1000 ? -1 : weight;
}

const char *field_join(struct arena *a, const struct http_headers *h, const char *name)
{
	const char *first = NULL;
	struct buf all = { .mem = a };
	for (size_t i = 0; i < h->n; i++) {
		if (strcmp(h->items[i].name, name) != 0)
			continue;
		if (!first) {
			first = h->items[i].value;
			continue;
		}
		if (!all.n)
			buf_str(&all, first);
		buf_add(&all, ", ", 2);
		buf_str(&all, h->items[i].value);
	}
	return all.n ? buf_cstr(&all) : first;
}
