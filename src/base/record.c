#include "base/record.h"

#include <assert.h>
#include <string.h>

/* An object is a row of: length of the name, name, tag, value; and a length of 0. A field's number stands as NUMBERED and
 * itself in place of length and name. Integers are as this machine has them. What has no fixed size begins with it; behind a
 * text stands a NUL. */
enum tag {
	TAG_NULL,
	TAG_HIDDEN,
	TAG_BOOL,
	TAG_INT,
	TAG_DOUBLE,
	TAG_TEXT,
	TAG_OBJECT,
	TAG_OBJECTS,
	TAG_TEXTS,
	TAG_PAIRS
};
enum { DEPTH = 32, NUMBERED = 255, NAME_MAX = NUMBERED - 1 };

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void put_size(struct buf *b, size_t n)
{
	uint32_t size = (uint32_t)n;
	assert(n <= UINT32_MAX);
	buf_add(b, &size, sizeof size);
}

static void put_text(struct buf *b, const char *s, size_t n)
{
	put_size(b, n);
	buf_add(b, s, n);
	buf_char(b, 0);
}

/* Leaves room for a size; end_size() says what it was. */
static size_t begin_size(struct buf *b)
{
	size_t at = b->n;
	put_size(b, 0);
	return at;
}

static void end_size(struct buf *b, size_t at)
{
	uint32_t size = (uint32_t)(b->n - at - sizeof size);
	memcpy(b->p + at, &size, sizeof size);
}

static void put_object(struct buf *b, const struct type *t, const void *object, unsigned flags)
{
	size_t at = begin_size(b);
	record_write(b, t, object, flags);
	end_size(b, at);
}

static void put_list(struct buf *b, const struct field *f, const struct list *l, unsigned flags)
{
	size_t at = begin_size(b);
	put_size(b, l->n);
	for (size_t i = 0; i < l->n; i++) {
		if (f->type) {
			put_object(b, f->type, (const char *)l->items + i * f->type->size, flags);
			continue;
		}
		const char *s = ((const char *const *)l->items)[i];
		put_text(b, s, strlen(s));
	}
	end_size(b, at);
}

static void put_pairs(struct buf *b, const struct textmap *m)
{
	size_t at = begin_size(b);
	put_size(b, m->n);
	for (size_t i = 0; i < m->n; i++) {
		put_text(b, m->items[i].name, strlen(m->items[i].name));
		put_text(b, m->items[i].value, strlen(m->items[i].value));
	}
	end_size(b, at);
}

static void put_value(struct buf *b, const struct field *f, const void *object, unsigned flags)
{
	const void *p = field_value(f, object);
	switch (f->kind) {
	case KIND_BOOL:
		buf_char(b, TAG_BOOL);
		buf_char(b, *(const bool *)p);
		break;
	case KIND_INT:
		buf_char(b, TAG_INT);
		buf_add(b, p, sizeof(int64_t));
		break;
	case KIND_DOUBLE:
		buf_char(b, TAG_DOUBLE);
		buf_add(b, p, sizeof(double));
		break;
	case KIND_TEXT:
		buf_char(b, TAG_TEXT);
		put_text(b, *(const char *const *)p, strlen(*(const char *const *)p));
		break;
	case KIND_ENUM: { /* by name: their order may change */
		const char *name = f->names[*(const unsigned *)p];
		buf_char(b, TAG_TEXT);
		put_text(b, name, strlen(name));
		break;
	}
	case KIND_SECRET:
		buf_char(b, TAG_TEXT);
		put_text(b, ((const struct secret *)p)->s, ((const struct secret *)p)->n);
		break;
	case KIND_JSON:
		buf_char(b, TAG_TEXT);
		put_text(b, ((const struct json *)p)->text, strlen(((const struct json *)p)->text));
		break;
	case KIND_LIST:
		buf_char(b, f->type ? TAG_OBJECTS : TAG_TEXTS);
		put_list(b, f, p, flags);
		break;
	case KIND_OBJECT:
		buf_char(b, TAG_OBJECT);
		put_object(b, f->type, field_object(f, object), flags);
		break;
	case KIND_MAP:
		buf_char(b, TAG_PAIRS);
		put_pairs(b, p);
		break;
	}
}

static uint64_t hide_mask(const struct type *t, const void *object)
{
	uint64_t mask = 0;
	if (t->hide)
		memcpy(&mask, (const char *)object + t->hide - 1, sizeof mask);
	return mask;
}

static unsigned place_of(const struct type *t, const struct field *f)
{
	return f->place ? f->place - 1 : (unsigned)(f - t->fields);
}

static bool hidden(const struct type *t, const struct field *f, uint64_t mask)
{
	unsigned place = place_of(t, f);
	return place < 64 && (mask >> place & 1);
}

bool record_hides(const struct type *t, const struct field *f, const void *object)
{
	return hidden(t, f, hide_mask(t, object));
}

static bool left_out(const struct field *f, const void *object, unsigned flags)
{
	if (f->flags & CONSTANT)
		return true;
	if (f->kind == KIND_SECRET && !(flags & RECORD_SECRETS))
		return true;
	if ((f->flags & SENSITIVE) && (flags & RECORD_DISCREET))
		return true;
	enum has has = field_has(f, object);
	return has == ABSENT || (has == IS_NULL && !f->opt);
}

static void put_name(struct buf *b, const struct type *t, const struct field *f, unsigned flags)
{
	size_t n = strlen(f->name), number = (size_t)(f - t->fields);
	assert(n > 0 && n <= NAME_MAX && number <= UINT8_MAX);
	bool numbered = flags & RECORD_NUMBERED;
	buf_char(b, (char)(numbered ? NUMBERED : (int)n));
	if (numbered)
		buf_char(b, (char)number);
	else
		buf_add(b, f->name, n);
}

void record_write(struct buf *b, const struct type *t, const void *object, unsigned flags)
{
	uint64_t mask = hide_mask(t, object);
	for (const struct field *f = t->fields; f->name; f++) {
		bool unseen = hidden(t, f, mask);
		if (!unseen && left_out(f, object, flags))
			continue;
		put_name(b, t, f, flags);
		if (unseen)
			buf_char(b, TAG_HIDDEN);
		else if (field_has(f, object) == IS_NULL)
			buf_char(b, TAG_NULL);
		else
			put_value(b, f, object, flags);
	}
	buf_char(b, 0);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct reader {
	struct arena *mem;
	const unsigned char *p, *end;
	int depth;
};

static bool take(struct reader *r, void *out, size_t n)
{
	if ((size_t)(r->end - r->p) < n)
		return false;
	if (n)
		memcpy(out, r->p, n);
	r->p += n;
	return true;
}

/* A part that begins with its size, as a reader of its own. */
static bool take_part(struct reader *r, struct reader *part)
{
	uint32_t n;
	if (!take(r, &n, sizeof n) || (size_t)(r->end - r->p) < n)
		return false;
	*part = (struct reader){ r->mem, r->p, r->p + n, r->depth + 1 };
	r->p += n;
	return true;
}

/* The NUL behind it is its only one. */
static bool take_text(struct reader *r, const char **out, size_t *n)
{
	uint32_t size;
	if (!take(r, &size, sizeof size) || (size_t)(r->end - r->p) <= size)
		return false;
	*out = (const char *)r->p;
	*n = size;
	r->p += size + (size_t)1;
	return memchr(*out, 0, size + (size_t)1) == *out + size;
}

static bool read_object(struct reader *r, const struct type *t, void *object);

static bool read_list(struct reader *r, const struct field *f, struct list *out)
{
	struct reader part, item;
	uint32_t n;
	/* Each item takes four bytes at least: no small text claims much memory. */
	if (!take_part(r, &part) || !take(&part, &n, sizeof n) || n > (size_t)(part.end - part.p) / 4)
		return false;
	size_t size = f->type ? f->type->size : sizeof(const char *);
	char *items = arena_alloc_array(r->mem, n, size);
	for (size_t i = 0; i < n; i++) {
		size_t length;
		bool ok = f->type ? take_part(&part, &item) && read_object(&item, f->type, items + i * size)
		                  : take_text(&part, (const char **)(void *)(items + i * size), &length);
		if (!ok)
			return false;
	}
	*out = (struct list){ items, n };
	return true;
}

static bool read_pairs(struct reader *r, struct textmap *out)
{
	struct reader part;
	uint32_t n;
	size_t length;
	if (!take_part(r, &part) || !take(&part, &n, sizeof n) || n > (size_t)(part.end - part.p) / 8)
		return false;
	struct pair *items = arena_array_of(r->mem, struct pair, n);
	for (size_t i = 0; i < n; i++)
		if (!take_text(&part, &items[i].name, &length) || !take_text(&part, &items[i].value, &length))
			return false;
	*out = (struct textmap){ items, n };
	return true;
}

static bool read_text(struct reader *r, const struct field *f, void *p)
{
	const char *s;
	size_t n;
	if (!take_text(r, &s, &n))
		return false;
	if (f->kind == KIND_SECRET) {
		*(struct secret *)p = (struct secret){ s, n };
		return true;
	}
	if (f->kind == KIND_ENUM) {
		int i = names_index(f->names, s, n);
		*(unsigned *)p = (unsigned)i;
		return i >= 0;
	}
	if (f->kind == KIND_JSON)
		((struct json *)p)->text = s;
	else
		*(const char **)p = s;
	return true;
}

static bool read_inner(struct reader *r, const struct field *f, void *object)
{
	struct reader part;
	if (!take_part(r, &part))
		return false;
	if (f->flags & EMBEDDED)
		return read_object(&part, f->type, (char *)object + f->off);
	void *inner = arena_alloc(r->mem, f->type->size);
	memcpy((char *)object + f->off, &inner, sizeof(void *));
	return read_object(&part, f->type, inner);
}

static bool fits(enum tag tag, const struct field *f)
{
	switch (tag) {
	case TAG_NULL:
		return f->opt;
	case TAG_HIDDEN:
		return true;
	case TAG_BOOL:
		return f->kind == KIND_BOOL;
	case TAG_INT:
		return f->kind == KIND_INT;
	case TAG_DOUBLE:
		return f->kind == KIND_DOUBLE;
	case TAG_TEXT:
		return f->kind == KIND_TEXT || f->kind == KIND_ENUM || f->kind == KIND_SECRET || f->kind == KIND_JSON;
	case TAG_OBJECT:
		return f->kind == KIND_OBJECT;
	case TAG_OBJECTS:
		return f->kind == KIND_LIST && f->type;
	case TAG_TEXTS:
		return f->kind == KIND_LIST && !f->type;
	case TAG_PAIRS:
		return f->kind == KIND_MAP;
	}
	return false;
}

static void hide(const struct type *t, const struct field *f, void *object)
{
	uint64_t mask = hide_mask(t, object);
	unsigned place = place_of(t, f);
	if (t->hide && place < 64) {
		mask |= UINT64_C(1) << place;
		memcpy((char *)object + t->hide - 1, &mask, sizeof mask);
	}
}

static bool read_value(struct reader *r, enum tag tag, const struct type *t, const struct field *f, void *object)
{
	void *p = field_at(f, object);
	field_mark(f, object, tag == TAG_NULL ? IS_NULL : IS_SET);
	switch (tag) {
	case TAG_NULL:
		return true;
	case TAG_HIDDEN:
		hide(t, f, object);
		return true;
	case TAG_BOOL: {
		unsigned char v;
		bool ok = take(r, &v, 1) && v <= 1;
		*(bool *)p = ok && v;
		return ok;
	}
	case TAG_INT:
	case TAG_DOUBLE:
		return take(r, p, 8);
	case TAG_TEXT:
		return read_text(r, f, p);
	case TAG_OBJECT:
		return read_inner(r, f, object);
	case TAG_OBJECTS:
	case TAG_TEXTS:
		return read_list(r, f, p);
	case TAG_PAIRS:
		return read_pairs(r, p);
	}
	return false;
}

static bool pass_over(struct reader *r, enum tag tag)
{
	struct reader part;
	char ignored[8];
	const char *text;
	size_t n;
	switch (tag) {
	case TAG_NULL:
	case TAG_HIDDEN:
		return true;
	case TAG_BOOL:
		return take(r, ignored, 1);
	case TAG_INT:
	case TAG_DOUBLE:
		return take(r, ignored, 8);
	case TAG_TEXT:
		return take_text(r, &text, &n);
	case TAG_OBJECT:
	case TAG_OBJECTS:
	case TAG_TEXTS:
	case TAG_PAIRS:
		return take_part(r, &part);
	}
	return false;
}

/* Written in the order of the fields: the next is nearly always the one behind the last. */
static const struct field *find(const struct type *t, const struct field *next, const char *name, size_t n)
{
	if (next->name && strncmp(next->name, name, n) == 0 && !next->name[n])
		return next;
	return type_field(t, name, n);
}

/* The field that `n`, a length or NUMBERED, begins; NULL in *f for one that the type lacks. */
static bool take_name(
	struct reader *r, unsigned char n, const struct type *t, const struct field *next, const struct field **f)
{
	unsigned char number;
	if (n == NUMBERED) {
		if (!take(r, &number, 1) || number >= t->n)
			return false;
		*f = &t->fields[number];
		return true;
	}
	const char *name = (const char *)r->p;
	if ((size_t)(r->end - r->p) < n || memchr(name, 0, n))
		return false;
	r->p += n;
	*f = find(t, next, name, n);
	return true;
}

static bool read_object(struct reader *r, const struct type *t, void *object)
{
	const struct field *next = t->fields, *f;
	unsigned char n, tag;
	assert(next);
	if (r->depth > DEPTH)
		return false;
	for (;;) {
		if (!take(r, &n, 1))
			return false;
		if (n == 0)
			return r->p == r->end;
		if (!take_name(r, n, t, next, &f) || !take(r, &tag, 1) || tag > TAG_PAIRS)
			return false;
		if (!f || ((f->flags & CONSTANT) && tag != TAG_HIDDEN)) {
			if (!pass_over(r, tag))
				return false;
			continue;
		}
		if (!fits(tag, f) || !read_value(r, tag, t, f, object))
			return false;
		next = f + 1;
	}
}

bool record_read(struct arena *a, const struct type *t, void *object, const void *bytes, size_t n)
{
	struct reader r = { a, bytes, (const unsigned char *)bytes + n, 0 };
	return n > 0 && read_object(&r, t, object);
}
