#include "base/cx.h"
#include "base/id.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct perm_info *perm_info(enum perm p)
{
	static const struct perm_info table[PERM_COUNT] = {
#define PERM_ROW(name, wire, doc) [PERM_##name] = { wire, doc },
#include "base/perms.def"
#undef PERM_ROW
	};
	return &table[(size_t)p < PERM_COUNT ? (size_t)p : 0];
}

static const char *format(struct cx *cx, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static const char *format(struct cx *cx, const char *fmt, va_list ap)
{
	char buf[512];
	vsnprintf(buf, sizeof buf, fmt, ap);
	return arena_strdup(cx->mem, buf);
}

static err_t note(struct cx *cx, err_t code, const char *file, int line, const char *detail)
{
	cx->fail.code = code;
	cx->fail.detail = detail;
	cx->fail.file = file;
	cx->fail.line = line;
	return code;
}

err_t cx_fail(struct cx *cx, err_t code, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *detail = format(cx, fmt, ap);
	va_end(ap);
	return note(cx, code, file, line, detail);
}

err_t cx_refuse(struct cx *cx, err_t code, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *detail = format(cx, fmt, ap);
	va_end(ap);
	cx->refused = true;
	return note(cx, code, file, line, detail);
}

static err_t add_field(struct cx *cx, const char *path, const char *code, const char *why)
{
	struct field_error *f = arena_new_of(cx->mem, struct field_error);
	*f = (struct field_error){ .path = arena_strdup(cx->mem, path), .why = why, .code = code };
	struct field_error **last = &cx->fail.fields;
	while (*last)
		last = &(*last)->next;
	*last = f;
	cx->fail.code = ERR_INVALID;
	return ERR_INVALID;
}

err_t cx_field(struct cx *cx, const char *path, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *why = format(cx, fmt, ap);
	va_end(ap);
	return add_field(cx, path, "invalid", why);
}

err_t cx_field_code(struct cx *cx, const char *path, const char *code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *why = format(cx, fmt, ap);
	va_end(ap);
	return add_field(cx, path, code, why);
}

err_t cx_memory(struct cx *cx)
{
	if (!arena_over(cx->mem))
		return ERR_OK;
	cx->fail.message = "The request needs more memory than one may use: ask for less at once.";
	return FAIL(cx, ERR_TOO_LARGE, "%s", cx->fail.message);
}

void cx_forgive(struct cx *cx)
{
	memset(&cx->fail, 0, sizeof cx->fail);
	cx->refused = false;
}

void cx_cookie(struct cx *cx, const struct set_cookie *c)
{
	struct set_cookie **at = &cx->cookies;
	while (*at && strcmp((*at)->name, c->name) != 0)
		at = &(*at)->next;
	struct set_cookie *next = *at ? (*at)->next : NULL;
	*at = arena_new_of(cx->mem, struct set_cookie);
	**at = *c;
	(*at)->next = next;
}

err_t emit(struct cx *cx, const struct event *ev, const char *subject_id, const void *payload)
{
	return cx->emit ? cx->emit(cx, ev, subject_id, payload) : ERR_OK;
}

const char *id_new(struct cx *cx)
{
	char *s = arena_alloc(cx->mem, ID_SIZE);
	id_make(s, cx->now);
	return s;
}
