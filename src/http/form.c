#include "http/form.h"

#include "base/str.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes n bytes that begin at byte `at` of the whole text, which is what *why counts in. */
static err_t decode(
	struct arena *a, const char *s, size_t n, size_t at, bool plus_is_blank, const char **out, const char **why)
{
	char *text = arena_alloc(a, n + 1), *o = text;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '%') {
			int high = n - i > 2 ? hex_value(s[i + 1]) : -1, low = n - i > 2 ? hex_value(s[i + 2]) : -1;
			if (high < 0 || low < 0) {
				*why = arena_printf(a, "There is a bad percent escape at byte %zu.", at + i);
				return ERR_MALFORMED;
			}
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (!c) {
			*why = arena_printf(a, "There is a NUL at byte %zu.", at + i);
			return ERR_MALFORMED;
		}
		*o++ = c;
	}
	if (!utf8_valid(text, (size_t)(o - text))) {
		*why = arena_printf(a, "The text at byte %zu is not UTF-8.", at);
		return ERR_MALFORMED;
	}
	*out = text;
	return ERR_OK;
}

/* How many pieces the text has at most; the list is allocated once. */
static size_t count_pieces(const char *s, size_t n)
{
	size_t pieces = 1;
	for (size_t i = 0; i < n; i++)
		pieces += s[i] == '&';
	return pieces;
}

static err_t parse_pair(struct arena *a, const char *s, size_t n, size_t at, struct form_pair *out, const char **why)
{
	const char *eq = memchr(s, '=', n);
	size_t name_n = eq ? (size_t)(eq - s) : n;
	out->value = "";
	TRY(decode(a, s, name_n, at, true, &out->name, why));
	if (!eq)
		return ERR_OK;
	return decode(a, eq + 1, n - name_n - 1, at + name_n + 1, true, &out->value, why);
}

err_t form_parse(struct arena *a, const char *s, size_t n, size_t pairs_max, struct form *out, const char **why)
{
	*out = (struct form){ 0 };
	size_t room = count_pieces(s, n);
	if (room > pairs_max)
		room = pairs_max;
	struct form_pair *items = arena_array_of(a, struct form_pair, room + 1);
	size_t pairs = 0;
	for (size_t at = 0; at < n;) {
		const char *amp = memchr(s + at, '&', n - at);
		size_t len = amp ? (size_t)(amp - (s + at)) : n - at;
		if (len && pairs == pairs_max) {
			*why = arena_printf(a, "There are more than %zu fields.", pairs_max);
			return ERR_TOO_LARGE;
		}
		if (len)
			TRY(parse_pair(a, s + at, len, at, &items[pairs++], why));
		at += len + 1;
	}
	*out = (struct form){ items, pairs };
	return ERR_OK;
}

const char *form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->items[i].name, name) == 0)
			return f->items[i].value;
	return NULL;
}

size_t form_count(const struct form *f, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < f->n; i++)
		n += strcmp(f->items[i].name, name) == 0;
	return n;
}

err_t percent_decode(struct arena *a, const char *s, size_t n, const char **out, const char **why)
{
	return decode(a, s, n, 0, false, out, why);
}

static bool has_encoded_slash(const char *s, size_t n)
{
	for (size_t i = 0; i + 2 < n; i++)
		if (s[i] == '%' && s[i + 1] == '2' && (s[i + 2] == 'F' || s[i + 2] == 'f'))
			return true;
	return false;
}

/* The path begins with a slash. */
static bool has_dot_segment(const char *path)
{
	while (*path) {
		size_t n = strcspn(++path, "/"); /* the segment behind this slash */
		if ((n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		path += n;
	}
	return false;
}

err_t path_decode(struct arena *a, const char *s, size_t n, const char **out, const char **why)
{
	if (!n || s[0] != '/') {
		*why = "The path does not begin with a slash.";
		return ERR_MALFORMED;
	}
	if (has_encoded_slash(s, n)) {
		*why = "The path holds an escaped slash.";
		return ERR_MALFORMED;
	}
	TRY(decode(a, s, n, 0, false, out, why));
	if (has_dot_segment(*out)) {
		*why = "The path holds a dot segment.";
		return ERR_MALFORMED;
	}
	for (const char *p = *out; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '\\') {
			*why = "The path holds a backslash or a control character.";
			return ERR_MALFORMED;
		}
	}
	return ERR_OK;
}

char *percent_encode(struct arena *a, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	char *text = arena_alloc(a, 3 * strlen(s) + 1), *o = text;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c)) {
			*o++ = (char)c;
			continue;
		}
		*o++ = '%';
		*o++ = hex[c >> 4];
		*o++ = hex[c & 15];
	}
	return text;
}
