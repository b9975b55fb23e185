#include "features/webhook/webhook_types.h"
#include "base/buf.h"

#include <string.h>

static bool is_word(const char *s, size_t n)
{
	return n && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") >= n;
}

bool webhook_pattern_valid(const char *pattern)
{
	size_t n = strcspn(pattern, ".");
	if (strcmp(pattern, "*") == 0)
		return true;
	if (strlen(pattern) > WEBHOOK_TYPE_MAX || !pattern[n] || !is_word(pattern, n))
		return false;
	const char *rest = pattern + n + 1;
	return strcmp(rest, "*") == 0 || is_word(rest, strlen(rest));
}

const char *webhook_patterns_text(struct arena *a, const struct list *patterns)
{
	struct buf b = { .mem = a };
	const char *const *p = patterns->items;
	for (size_t i = 0; i < patterns->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", p[i]);
	return buf_cstr(&b);
}

struct list webhook_patterns_list(struct arena *a, const char *text)
{
	size_t most = 1;
	for (const char *s = text; *s; s++)
		most += *s == ' ';
	const char **items = arena_array_of(a, const char *, most);
	struct list l = { (void *)items, 0 };
	for (size_t n; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		items[l.n++] = arena_memdup0(a, text, n);
	}
	return l;
}

/* n letters of a pattern. */
static bool means(const char *pattern, size_t n, const char *type)
{
	if (n && pattern[n - 1] == '*')
		return strncmp(type, pattern, n - 1) == 0;
	return strlen(type) == n && memcmp(type, pattern, n) == 0;
}

bool webhook_wants(const char *patterns, const char *type)
{
	for (size_t n; *patterns; patterns += n + (patterns[n] == ' ')) {
		n = strcspn(patterns, " ");
		if (means(patterns, n, type))
			return true;
	}
	return false;
}
