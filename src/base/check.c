#include "base/bind.h"
#include "base/id.h"
#include "base/str.h"
#include "base/time.h"

#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 10000, EMAIL_MAX = 254, URL_MAX = 2048, PORT_MAX = 65535 };

const char *check_length(struct arena *mem, const char *s, int64_t min, int64_t max)
{
	if (!max)
		max = TEXT_MAX;
	int64_t n = (int64_t)utf8_length(s);
	if (n < min && n == 0)
		return "must not be empty";
	if (n < min)
		return arena_printf(mem, "must be at least %lld characters long", (long long)min);
	if (n > max)
		return arena_printf(mem, "must be at most %lld character%s long", (long long)max, max == 1 ? "" : "s");
	return NULL;
}

/* C0, DEL, C1 and the line and paragraph separators: they forge log lines and hide text on terminals. */
static bool is_control(uint32_t c, bool multiline)
{
	if (multiline && (c == '\n' || c == '\r' || c == '\t'))
		return false;
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

static bool has_control(const char *s, bool multiline)
{
	while (*s) {
		bool ascii = *s >= ' ' && *s <= '~'; /* as most of them are */
		if (ascii)
			s++;
		else if (is_control(utf8_next(&s), multiline))
			return true;
	}
	return false;
}

/* The shape alone: which domains may be used is a rule of accounts. */
static bool is_email(const char *s)
{
	const char *at = strchr(s, '@');
	if (!at || at == s || !at[1] || strchr(at + 1, '@'))
		return false;
	return !strpbrk(s, " \t\r\n") && strlen(s) <= EMAIL_MAX;
}

static bool is_port(const char *s, const char *end)
{
	int64_t port = 0;
	if (s == end)
		return false;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		port = port * 10 + (*s - '0');
		if (port > PORT_MAX)
			return false;
	}
	return port > 0;
}

/* host [":" port]; no user info, which serves only to disguise where a link leads. */
static bool is_host(const char *s, const char *end)
{
	if (*s == '[') {
		size_t n = strspn(s + 1, "0123456789abcdefABCDEF:.");
		const char *close = s + 1 + n;
		return n && *close == ']' && (close + 1 == end || (close[1] == ':' && is_port(close + 2, end)));
	}
	const char *p = s;
	for (; p < end && *p != ':'; p++) {
		unsigned char c = (unsigned char)*p;
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!word && c != '-' && c != '.' && c != '_' && c < 0x80)
			return false;
	}
	return p > s && *s != '.' && (p == end || is_port(p + 1, end));
}

bool url_valid(const char *s)
{
	if (strlen(s) > URL_MAX || strpbrk(s, " \t\r\n\"<>\\^`{|}"))
		return false;
	if (strncasecmp(s, "https://", 8) == 0)
		s += 8;
	else if (strncasecmp(s, "http://", 7) == 0)
		s += 7;
	else
		return false;
	return is_host(s, s + strcspn(s, "/?#"));
}

static const char *check_format(unsigned flags, const char *s)
{
	if ((flags & EMAIL) && !is_email(s))
		return "must be an e-mail address";
	if ((flags & UUID) && !id_is(s))
		return "must be a UUID";
	if ((flags & URL) && !url_valid(s))
		return "must be a web address that begins with http:// or https://";
	if ((flags & DATE) && !time_is_date(s))
		return "must be a date that exists, written YYYY-MM-DD";
	return NULL;
}

static const char *check_name(struct arena *mem, const char *const *names, const char *s)
{
	if (names_index(names, s, strlen(s)) >= 0)
		return NULL;
	struct buf b = { .mem = mem };
	buf_str(&b, "must be one of ");
	for (size_t i = 0; names[i]; i++) {
		buf_str(&b, i ? ", " : "");
		buf_str(&b, names[i]);
	}
	return buf_cstr(&b);
}

const char *check_text(struct arena *mem, const struct field *f, const char *s)
{
	if (f->kind != KIND_SECRET && has_control(s, f->flags & MULTILINE))
		return (f->flags & MULTILINE) ? "must not hold control characters"
		                              : "must not hold line breaks or control characters";
	bool counts_items = f->kind == KIND_LIST || f->kind == KIND_MAP;
	const char *why = check_length(mem, s, counts_items ? 0 : f->min, counts_items ? 0 : f->max);
	if (!why)
		why = check_format(f->flags, s);
	if (!why && f->names)
		why = check_name(mem, f->names, s);
	if (!why && f->check)
		why = f->check(s);
	return why;
}
