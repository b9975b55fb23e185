#include "http/cookie.h"

#include "base/buf.h"
#include "base/str.h"
#include "http/field.h"

#include <inttypes.h>
#include <string.h>

enum { COOKIE_SIZE_MAX = 4096 }; /* RFC 6265 section 6.1: what browsers keep */

static bool has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return true;
	return false;
}

static bool parse_pair(struct arena *a, struct span piece, struct cookie_pair *out)
{
	const char *eq = piece.n ? memchr(piece.p, '=', piece.n) : NULL;
	if (!eq)
		return false;
	struct span name = field_trim((struct span){ piece.p, (size_t)(eq - piece.p) });
	struct span value = field_trim((struct span){ eq + 1, piece.n - (size_t)(eq + 1 - piece.p) });
	if (!field_is_token(name.p, name.n) || has_control(value.p, value.n) || !utf8_valid(value.p, value.n))
		return false;
	out->name = arena_memdup0(a, name.p, name.n);
	out->value = arena_memdup0(a, value.p, value.n);
	return true;
}

/* The next piece up to ';', which ends a cookie even inside quotes (RFC 6265 section 5.4 knows no quoting). */
static bool next_piece(const char **s, struct span *out)
{
	if (!*s)
		return false;
	size_t n = strcspn(*s, ";");
	*out = field_trim((struct span){ *s, n });
	*s = (*s)[n] ? *s + n + 1 : NULL;
	return true;
}

void cookie_parse(struct arena *a, const char *header, struct cookies *out)
{
	*out = (struct cookies){ 0 };
	if (!header || !*header)
		return;
	size_t room = 1;
	for (const char *s = header; *s && room < COOKIES_MAX; s++)
		room += *s == ';';
	out->items = arena_array_of(a, struct cookie_pair, room);
	struct span piece;
	while (out->n < room && next_piece(&header, &piece))
		out->n += parse_pair(a, piece, &out->items[out->n]);
}

const char *cookie_get(const struct cookies *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->items[i].name, name) == 0)
			return c->items[i].value;
	return NULL;
}

/* RFC 6265 section 4.1.1: cookie-octet */
static bool value_is_safe(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || strchr("\",;\\", *s))
			return false;
	return true;
}

static bool path_is_safe(const char *s)
{
	return *s == '/' && value_is_safe(s);
}

static bool domain_is_safe(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] == 0;
}

/* Browsers compare these prefixes without case, so that no server is fooled by "__host-". */
static bool has_prefix(const char *name, const char *prefix)
{
	return strncasecmp(name, prefix, strlen(prefix)) == 0;
}

static bool is_sound(const struct cookie *c)
{
	if (!field_is_token(c->name, strlen(c->name)) || !value_is_safe(c->value) || c->max_age < 0)
		return false;
	if ((c->path && !path_is_safe(c->path)) || (c->domain && !domain_is_safe(c->domain)))
		return false;
	if (c->same_site == COOKIE_NONE && !c->secure)
		return false; /* browsers drop it */
	if (has_prefix(c->name, "__Secure-"))
		return c->secure;
	if (has_prefix(c->name, "__Host-"))
		return c->secure && !c->domain && (!c->path || strcmp(c->path, "/") == 0);
	return true;
}

static const char *same_site_text(enum cookie_same_site s)
{
	switch (s) {
	case COOKIE_LAX:
		return "Lax";
	case COOKIE_STRICT:
		return "Strict";
	case COOKIE_NONE:
		return "None";
	}
	return "Strict";
}

err_t cookie_format(struct arena *a, const struct cookie *c, const char **out)
{
	if (!is_sound(c))
		return ERR_INVALID;
	struct buf b = { .mem = a };
	buf_printf(&b, "%s=%s; Path=%s", c->name, c->remove ? "" : c->value, c->path ? c->path : "/");
	if (c->domain)
		buf_printf(&b, "; Domain=%s", c->domain);
	if (c->remove)
		buf_str(&b, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
	else if (c->max_age)
		buf_printf(&b, "; Max-Age=%" PRId64, c->max_age);
	if (!c->for_scripts)
		buf_str(&b, "; HttpOnly");
	if (c->secure)
		buf_str(&b, "; Secure");
	buf_printf(&b, "; SameSite=%s", same_site_text(c->same_site));
	if (b.n > COOKIE_SIZE_MAX)
		return ERR_INVALID;
	*out = buf_cstr(&b);
	return ERR_OK;
}
