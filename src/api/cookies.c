#include "api/cookies.h"
#include "base/log.h"

#include <string.h>

void cookies_read(const struct http_req *r, bool https, struct door_cookies *out)
{
	bool secure = r->secure || https;
	*out = (struct door_cookies){ .secure = secure, .prefix = secure ? "__Host-roster_" : "roster_" };
	cookie_parse(r->mem, http_header(r, "cookie"), &out->all);
}

static const char *name_of(struct arena *a, const struct door_cookies *c, const char *name)
{
	return arena_printf(a, "%s%s", c->prefix, name);
}

const char *cookies_get(struct arena *a, const struct door_cookies *c, const char *name)
{
	return c->all.n ? cookie_get(&c->all, name_of(a, c, name)) : NULL;
}

bool cookies_wanted(const struct http_req *r, const struct op *op)
{
	const char *mode = op->flags & OP_COOKIES ? http_header(r, "x-auth-mode") : NULL;
	return mode && strcmp(mode, "cookie") == 0;
}

bool cookies_bind(struct arena *a, const struct door_cookies *c, struct input *in)
{
	bool any = false;
	for (const struct field *f = in->type->fields; f->name; f++) {
		const char *value = f->cookie && !input_has(in, f) ? cookies_get(a, c, f->cookie) : NULL;
		if (!value)
			continue;
		input_text(in, f->name, value);
		any = true;
	}
	return any;
}

void cookies_write(const struct cx *cx, const struct door_cookies *c, struct http_req *r)
{
	for (const struct set_cookie *s = cx->cookies; s; s = s->next) {
		const char *text;
		struct cookie cookie = { .name = name_of(r->mem, c, s->name),
			.value = s->value,
			.max_age = s->seconds,
			.remove = !*s->value,
			.secure = c->secure,
			.for_scripts = s->for_scripts,
			.same_site = s->strict ? COOKIE_STRICT : COOKIE_LAX };
		if (cookie_format(r->mem, &cookie, &text))
			log_write(LOG_ERROR, "a cookie could not be written",
				(const struct log_field[]){ LT("name", s->name), { .tag = LOG_END } });
		else
			http_add(r, "Set-Cookie", text);
	}
}
