#include "base/json.h"
#include "base/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How an object is written: handed down to the objects in it. */
struct style {
	enum json_mode mode;
	bool camel;
};

/* Bytes that a JSON text must escape (RFC 8259 section 7). */
static bool is_special(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

#define ONES (~UINT64_C(0) / 255)
#define HIGHS (ONES * 0x80)

/* Eight bytes at once: the high bit of each byte that is zero. Bytes past the first hit may be wrong, which is enough
 * for a yes or no. */
static uint64_t zero_bytes(uint64_t v)
{
	return (v - ONES) & ~v & HIGHS;
}

static bool any_special(uint64_t v)
{
	uint64_t low = (v - ONES * 0x20) & ~v & HIGHS;
	return (low | zero_bytes(v ^ ONES * '"') | zero_bytes(v ^ ONES * '\\')) != 0;
}

/* Number of bytes at s that can be copied as they are. */
static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;
	for (uint64_t v; i + 8 <= n; i += 8) {
		memcpy(&v, s + i, 8);
		if (any_special(v))
			break;
	}
	while (i < n && !is_special((unsigned char)s[i]))
		i++;
	return i;
}

static void write_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[32] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
	char letter = c < 32 ? letters[c] : (char)c;
	if (letter)
		buf_add(b, (char[]){ '\\', letter }, 2);
	else
		buf_add(b, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

void json_write_text(struct buf *b, const char *s)
{
	if (!s) {
		buf_add(b, "null", 4);
		return;
	}
	size_t n = strlen(s);
	buf_grow(b, n + 2);
	b->p[b->n++] = '"';
	for (;;) {
		size_t run = plain_run(s, n);
		buf_add(b, s, run);
		if (run == n)
			break;
		write_escape(b, (unsigned char)s[run]);
		s += run + 1;
		n -= run + 1;
	}
	buf_char(b, '"');
}

void json_write_double(struct buf *b, double v)
{
	char text[40];
	if (!isfinite(v)) {
		buf_add(b, "null", 4);
		return;
	}
	if (v == 0 && signbit(v)) {
		buf_add(b, "-0.0", 4); /* "-0" would be read as a whole number, which has no such zero */
		return;
	}
	int n = 0;
	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_add(b, text, (size_t)n);
}

static void write_time(struct buf *b, int64_t ms)
{
	buf_grow(b, TIME_TEXT + 2);
	char *p = b->p + b->n;
	p[0] = '"';
	size_t n = time_format(p + 1, ms);
	p[n + 1] = '"';
	b->n += n + 2;
}

/* A number out of the table's range is a null: it can only come from a newer database. */
static void write_enum(struct buf *b, const char *const *names, unsigned v)
{
	while (*names && v) {
		names++;
		v--;
	}
	json_write_text(b, *names);
}

static void write_object(struct buf *b, const struct type *t, const void *object, struct style style);

static void write_list(struct buf *b, const struct field *f, const struct list *list, struct style style)
{
	buf_char(b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_char(b, ',');
		if (f->type)
			write_object(b, f->type, (const char *)list->items + i * f->type->size, style);
		else
			json_write_text(b, ((const char *const *)list->items)[i]);
	}
	buf_char(b, ']');
}

static void write_map(struct buf *b, const struct textmap *map)
{
	buf_char(b, '{');
	for (size_t i = 0; i < map->n; i++) {
		if (i)
			buf_char(b, ',');
		json_write_text(b, map->items[i].name);
		buf_char(b, ':');
		json_write_text(b, map->items[i].value);
	}
	buf_char(b, '}');
}

static void write_text(struct buf *b, const struct field *f, const char *s)
{
	size_t from = b->n;
	json_write_text(b, s);
	for (size_t i = from; (f->flags & UPPER) && s && i < b->n; i++)
		if (b->p[i] >= 'a' && b->p[i] <= 'z')
			b->p[i] = (char)(b->p[i] - 'a' + 'A');
}

static void write_value(struct buf *b, const struct field *f, const void *object, struct style style)
{
	const void *p = field_value(f, object);
	if (f->flags & CONSTANT) {
		json_write_text(b, f->dflt);
		return;
	}
	switch (f->kind) {
	case KIND_BOOL:
		buf_str(b, *(const bool *)p ? "true" : "false");
		return;
	case KIND_INT:
		if (f->flags & TIME)
			write_time(b, *(const int64_t *)p);
		else
			buf_int(b, *(const int64_t *)p);
		return;
	case KIND_DOUBLE:
		json_write_double(b, *(const double *)p);
		return;
	case KIND_TEXT:
		write_text(b, f, *(const char *const *)p);
		return;
	case KIND_ENUM:
		write_enum(b, f->names, *(const unsigned *)p);
		return;
	case KIND_SECRET:
		buf_str(b, "null");
		return;
	case KIND_JSON:
		buf_str(b, ((const struct json *)p)->text);
		return;
	case KIND_LIST:
		write_list(b, f, p, style);
		return;
	case KIND_OBJECT:
		write_object(b, f->type, field_object(f, object), style);
		return;
	case KIND_MAP:
		write_map(b, p);
		return;
	}
}

/* ,"name": and in camelCase the letter behind each '_' as a capital in its place. */
static void write_name(struct buf *b, const char *name, bool first, bool camel)
{
	size_t n = strlen(name);
	buf_grow(b, n + 4);
	char *p = b->p + b->n;
	*p = ',';
	p += !first;
	*p++ = '"';
	if (!camel) {
		memcpy(p, name, n);
		p += n;
	}
	for (const char *s = name; camel && *s; s++) {
		bool up = *s == '_' && s != name && s[1];
		s += up;
		*p++ = up && *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;
	}
	*p++ = '"';
	*p++ = ':';
	b->n = (size_t)(p - b->p);
}

static bool is_shown(const struct field *f, enum has has, enum json_mode mode)
{
	if (f->kind == KIND_SECRET || (f->flags & HIDDEN) || has == ABSENT)
		return false;
	if (mode == JSON_RECORD && (f->flags & SENSITIVE))
		return false;
	return has == IS_SET || !(f->flags & OMIT_NULL);
}

static uint64_t hide_mask(const struct type *t, const void *object)
{
	uint64_t mask = 0;
	if (t->hide)
		memcpy(&mask, (const char *)object + t->hide - 1, sizeof mask);
	return mask;
}

static void write_object(struct buf *b, const struct type *t, const void *object, struct style style)
{
	uint64_t hide = hide_mask(t, object);
	bool first = true;
	buf_char(b, '{');
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		size_t bit = f->place ? f->place - 1 : i;
		if (bit < 64 && (hide >> bit & 1))
			continue;
		enum has has = field_has(f, object);
		if (!is_shown(f, has, style.mode))
			continue;
		write_name(b, f->name, first, style.camel);
		first = false;
		if (has == IS_SET)
			write_value(b, f, object, style);
		else
			buf_add(b, "null", 4);
	}
	buf_char(b, '}');
}

void json_write(struct buf *b, const struct type *t, const void *object, enum json_mode mode)
{
	write_object(b, t, object, (struct style){ .mode = mode });
}

void json_write_camel(struct buf *b, const struct type *t, const void *object, enum json_mode mode)
{
	write_object(b, t, object, (struct style){ .mode = mode, .camel = true });
}

void json_write_value(struct buf *b, const struct field *f, const void *object, enum json_mode mode, bool camel)
{
	if (field_has(f, object) == IS_SET)
		write_value(b, f, object, (struct style){ .mode = mode, .camel = camel });
	else
		buf_add(b, "null", 4);
}

static void new_line(struct buf *b, size_t level)
{
	buf_char(b, '\n');
	for (size_t i = 0; i < level; i++)
		buf_add(b, "  ", 2);
}

/* Copies the string that begins at text[i]; returns the position behind it. */
static size_t copy_string(struct buf *b, const char *text, size_t n, size_t i)
{
	size_t end = i + 1;
	while (end < n && text[end] != '"')
		end += text[end] == '\\' ? 2 : 1;
	end = end < n ? end + 1 : n;
	buf_add(b, text + i, end - i);
	return end;
}

void json_indent(struct buf *b, const char *text, size_t n)
{
	size_t level = 0;
	for (size_t i = 0; i < n;) {
		char c = text[i];
		if (c == '"') {
			i = copy_string(b, text, n, i);
			continue;
		}
		bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
		bool empty = (opens && i + 1 < n && (text[i + 1] == '}' || text[i + 1] == ']')) ||
		             (closes && i && (text[i - 1] == '{' || text[i - 1] == '['));
		level -= closes && level;
		if (closes && !empty)
			new_line(b, level);
		buf_char(b, c);
		level += opens;
		if (c == ',' || (opens && !empty))
			new_line(b, level);
		if (c == ':')
			buf_char(b, ' ');
		i++;
	}
	buf_char(b, '\n');
}

const char *json_texts(struct arena *a, size_t n, const char *const *texts)
{
	struct buf b = { .mem = a };
	buf_char(&b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(&b, ',');
		json_write_text(&b, texts[i]);
	}
	buf_char(&b, ']');
	return buf_cstr(&b);
}

/* --- counts ------------------------------------------------------------------------------------------------------- */

struct json_counts json_counts_begin(struct arena *a)
{
	return (struct json_counts){ { .mem = a } };
}

void json_counts_add(struct json_counts *c, const char *name, int64_t n)
{
	buf_char(&c->text, c->text.n ? ',' : '{');
	json_write_text(&c->text, name);
	buf_char(&c->text, ':');
	buf_int(&c->text, n);
}

const char *json_counts_end(struct json_counts *c)
{
	buf_str(&c->text, c->text.n ? "}" : "{}");
	return buf_cstr(&c->text);
}
