#include "base/bind.h"
#include "base/str.h"
#include "base/time.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 1000, MAP_MAX = 100, NAME_SHOWN = 64 };
/* The years 0001 to 9999: an offset may carry a time of four-digit years out of them. */
#define TIME_LEAST (-INT64_C(62135596800000))
#define TIME_MOST INT64_C(253402300799999)

/* A name as the client gave it, cut at a character's end when it is too long to repeat. */
static void add_name(struct buf *b, const char *name)
{
	size_t n = strlen(name);
	if (n > NAME_SHOWN) {
		n = NAME_SHOWN;
		while (n && ((unsigned char)name[n] & 0xc0) == 0x80)
			n--;
	}
	if (utf8_valid(name, n))
		buf_add(b, name, n);
	else
		buf_char(b, '?');
}

static void add_path(struct buf *b, const struct place *at)
{
	if (!at)
		return;
	add_path(b, at->up);
	if (!at->name) {
		buf_printf(b, "[%zu]", at->index);
		return;
	}
	if (b->n)
		buf_char(b, '.');
	add_name(b, at->name);
}

void bind_wrong(struct input *in, const struct place *at, const char *code, const char *fmt, ...)
{
	if (bind_enough(in))
		return;
	in->errors++;
	char why[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	struct buf path = { .mem = in->cx->mem };
	add_path(&path, at);
	(void)cx_field_code(in->cx, buf_cstr(&path), code, "%s", why);
}

bool bind_enough(const struct input *in)
{
	return in->errors >= INPUT_ERRORS;
}

const struct field *bind_field(struct input *in, const struct type *t, uint64_t *seen, const struct place *at)
{
	const struct field *f = type_field(t, at->name, strlen(at->name));
	if (!f || (f->flags & HIDDEN)) {
		if (!in->lax)
			bind_wrong(in, at, "unknown_field", "is not a field of this request");
		return NULL;
	}
	if (f->flags & (READ_ONLY | CONSTANT)) {
		bind_wrong(in, at, "read_only", "cannot be set");
		return NULL;
	}
	size_t i = (size_t)(f - t->fields);
	assert(i < INPUT_FIELDS);
	uint64_t bit = UINT64_C(1) << i % 64;
	if (seen[i / 64] & bit) {
		bind_wrong(in, at, "duplicate", "is given twice");
		return NULL;
	}
	seen[i / 64] |= bit;
	return f;
}

void bind_finish(struct input *in, const struct type *t, void *object, const uint64_t *seen, const struct place *up)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		if ((seen[i / 64] >> i % 64 & 1) || (f->flags & (READ_ONLY | CONSTANT | HIDDEN)))
			continue;
		struct place at = { .up = up, .name = f->name };
		if (f->flags & REQUIRED)
			bind_wrong(in, &at, "required", "is required");
		else if (f->dflt)
			bind_text(in, f, object, f->dflt, &at);
	}
}

void bind_bool(struct input *in, const struct field *f, void *object, bool v)
{
	(void)in;
	*(bool *)field_at(f, object) = v;
	field_mark(f, object, IS_SET);
}

/* .min without .max has no upper end, unless it is negative: then 0 is one. */
static bool has_most(const struct field *f)
{
	return f->max != 0 || f->min < 0;
}

static bool has_bounds(const struct field *f)
{
	return f->min != 0 || f->max != 0;
}

void bind_int(struct input *in, const struct field *f, void *object, int64_t v, const struct place *at)
{
	if (has_bounds(f) && v < f->min) {
		bind_wrong(in, at, "invalid", "must be %lld or more", (long long)f->min);
		return;
	}
	if (has_most(f) && v > f->max) {
		bind_wrong(in, at, "invalid", "must be %lld or less", (long long)f->max);
		return;
	}
	*(int64_t *)field_at(f, object) = v;
	field_mark(f, object, IS_SET);
}

void bind_double(struct input *in, const struct field *f, void *object, double v, const struct place *at)
{
	if (!isfinite(v)) {
		bind_wrong(in, at, "invalid", "is a number too large");
		return;
	}
	if (has_bounds(f) && v < (double)f->min) {
		bind_wrong(in, at, "invalid", "must be %lld or more", (long long)f->min);
		return;
	}
	if (has_most(f) && v > (double)f->max) {
		bind_wrong(in, at, "invalid", "must be %lld or less", (long long)f->max);
		return;
	}
	*(double *)field_at(f, object) = v;
	field_mark(f, object, IS_SET);
}

static void bind_time(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	int64_t ms;
	if (!time_parse(s, &ms) || ms < TIME_LEAST || ms > TIME_MOST) {
		bind_wrong(in, at, "invalid", "must be a time such as 2026-01-31T09:30:00Z");
		return;
	}
	*(int64_t *)field_at(f, object) = ms;
	field_mark(f, object, IS_SET);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *bind_copy(struct input *in, const struct field *f, const char *s, size_t n, const struct place *at)
{
	if (f->flags & TRIM) {
		while (n && is_blank(*s))
			s++, n--;
		while (n && is_blank(s[n - 1]))
			n--;
	}
	char *copy = arena_memdup0(in->cx->mem, s, n);
	if (f->flags & (UUID | UPPER))
		str_lower_ascii(copy); /* RFC 9562 section 4: read in either case, written in lower case */
	const char *why = check_text(in->cx->mem, f, copy);
	if (!why)
		return copy;
	bind_wrong(in, at, "invalid", "%s", why);
	return NULL;
}

static void bind_enum(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	int i = names_index(f->names, s, strlen(s));
	if (i < 0) {
		bind_wrong(in, at, "invalid", "%s", check_text(in->cx->mem, f, s));
		return;
	}
	*(unsigned *)field_at(f, object) = (unsigned)i;
	field_mark(f, object, IS_SET);
}

void bind_string(struct input *in, const struct field *f, void *object, const char *s, size_t n, const struct place *at)
{
	/* Browsers' forms have no null: an empty text clears what may be cleared. */
	if (n == 0 && (f->flags & NULL_CLEARS)) {
		bind_null(in, f, object, at);
		return;
	}
	if (f->kind == KIND_ENUM) {
		bind_enum(in, f, object, arena_memdup0(in->cx->mem, s, n), at);
		return;
	}
	if (f->kind == KIND_INT) {
		bind_time(in, f, object, arena_memdup0(in->cx->mem, s, n), at);
		return;
	}
	const char *text = bind_copy(in, f, s, n, at);
	if (!text)
		return;
	if (f->kind == KIND_SECRET)
		*(struct secret *)field_at(f, object) = (struct secret){ .s = text, .n = strlen(text) };
	else
		*(const char **)field_at(f, object) = text;
	field_mark(f, object, IS_SET);
}

void bind_null(struct input *in, const struct field *f, void *object, const struct place *at)
{
	bool nothing = (f->flags & EMBEDDED) || f->kind == KIND_BOOL || f->kind == KIND_DOUBLE ||
	               f->kind == KIND_ENUM || f->kind == KIND_LIST || f->kind == KIND_MAP ||
	               (f->kind == KIND_INT && !(f->flags & TIME));
	if (f->opt)
		field_mark(f, object, IS_NULL);
	else if (f->kind == KIND_JSON && (f->flags & NULL_CLEARS))
		*(struct json *)field_at(f, object) = (struct json){ "null" };
	else if (nothing || (f->flags & REQUIRED))
		bind_wrong(in, at, "invalid", "must not be null");
}

bool bind_count(struct input *in, const struct field *f, size_t n, const struct place *at)
{
	int64_t most = f->max ? f->max : f->kind == KIND_MAP ? MAP_MAX : LIST_MAX;
	if ((int64_t)n < f->min)
		bind_wrong(
			in, at, "invalid", "must have at least %lld item%s", (long long)f->min, f->min == 1 ? "" : "s");
	else if ((int64_t)n > most)
		bind_wrong(in, at, "invalid", "must have at most %lld item%s", (long long)most, most == 1 ? "" : "s");
	else
		return true;
	return false;
}
