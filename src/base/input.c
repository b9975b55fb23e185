#include "base/bind.h"
#include "base/str.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void input_begin(struct input *in, struct cx *cx, const struct type *t, void *out, bool lax)
{
	assert(t->n <= INPUT_FIELDS);
	*in = (struct input){ .cx = cx, .type = t, .out = out, .lax = lax };
}

const char *json_object_check(const char *text)
{
	return *text == '{' ? NULL : "must be an object";
}

err_t input_end(struct input *in)
{
	if (!in->broken)
		bind_finish(in, in->type, in->out, in->seen, NULL);
	if (!in->errors && !in->cx->fail.fields)
		return ERR_OK;
	if (in->cx->fail.fields)
		return FAIL(in->cx, ERR_INVALID, "%s: %s", in->cx->fail.fields->path, in->cx->fail.fields->why);
	return ERR_INVALID;
}

static bool parse_bool(const char *s, bool *out)
{
	static const char *const words[] = { "false", "true", "0", "1", "no", "yes", "off", "on" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(s, words[i]) == 0) {
			*out = i % 2;
			return true;
		}
	return false;
}

/* A JSON number: strtod() alone would also take blanks, "inf" and hexadecimal. */
static bool parse_double(const char *s, double *out)
{
	size_t sign = *s == '-';
	if (s[sign] < '0' || s[sign] > '9' || s[strspn(s, "0123456789+-.eE")])
		return false;
	char *end;
	*out = strtod(s, &end);
	return !*end;
}

static void text_number(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	int64_t i;
	double d;
	if (f->kind == KIND_DOUBLE && parse_double(s, &d))
		bind_double(in, f, object, d, at);
	else if (f->kind == KIND_DOUBLE)
		bind_wrong(in, at, "invalid", "must be a number");
	else if (str_int(s, &i))
		bind_int(in, f, object, i, at);
	else
		bind_wrong(in, at, "invalid", "must be a whole number that fits in 64 bits");
}

static void text_bool(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	bool v;
	if (parse_bool(s, &v))
		bind_bool(in, f, object, v);
	else
		bind_wrong(in, at, "invalid", "must be true or false");
}

static size_t count_commas(const char *s)
{
	size_t n = 0;
	for (; (s = strchr(s, ',')); s++)
		n++;
	return n;
}

/* Adds the texts between the commas to those that earlier values of the same name gave. */
static void text_list(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	struct list *list = field_at(f, object);
	size_t more = *s ? count_commas(s) + 1 : 0;
	if (!bind_count(in, f, list->n + more, at))
		return;
	const char **items = arena_array_of(in->cx->mem, const char *, list->n + more);
	if (list->n)
		memcpy(items, list->items, list->n * sizeof *items);
	for (size_t i = 0; i < more && !bind_enough(in); i++) {
		size_t n = strcspn(s, ",");
		struct place item = { .up = at, .index = list->n };
		items[list->n] = bind_copy(in, f, s, n, &item);
		list->n += items[list->n] != NULL;
		s += n + (s[n] == ',');
	}
	list->items = items;
}

void bind_text(struct input *in, const struct field *f, void *object, const char *s, const struct place *at)
{
	switch (f->kind) {
	case KIND_BOOL:
		text_bool(in, f, object, s, at);
		return;
	case KIND_INT:
		if (f->flags & TIME)
			bind_string(in, f, object, s, strlen(s), at);
		else
			text_number(in, f, object, s, at);
		return;
	case KIND_DOUBLE:
		text_number(in, f, object, s, at);
		return;
	case KIND_TEXT:
	case KIND_ENUM:
	case KIND_SECRET:
		bind_string(in, f, object, s, strlen(s), at);
		return;
	case KIND_LIST:
		if (!f->type && *s != '[') {
			text_list(in, f, object, s, at);
			return;
		}
		bind_json(in, f, object, s, at);
		return;
	case KIND_JSON:
	case KIND_OBJECT:
	case KIND_MAP:
		bind_json(in, f, object, s, at);
		return;
	}
}

/* In a query "limit=" says as much as no limit at all: the default holds. */
static bool says_nothing(const struct field *f, const char *s)
{
	bool number = f->kind == KIND_BOOL || f->kind == KIND_INT || f->kind == KIND_DOUBLE || f->kind == KIND_ENUM;
	return !*s && number && !(f->flags & (REQUIRED | NULL_CLEARS | READ_ONLY | HIDDEN));
}

static bool is_repeated(const struct field *f)
{
	return f && f->kind == KIND_LIST && !f->type;
}

bool input_has(const struct input *in, const struct field *f)
{
	size_t i = (size_t)(f - in->type->fields);
	return in->seen[i / 64] >> i % 64 & 1;
}

void input_text(struct input *in, const char *name, const char *value)
{
	struct place at = { .name = name };
	if (bind_enough(in))
		return;
	const struct field *f = type_field(in->type, name, strlen(name));
	if (f && says_nothing(f, value))
		return;
	if (is_repeated(f)) {
		size_t i = (size_t)(f - in->type->fields);
		in->seen[i / 64] &= ~(UINT64_C(1) << i % 64);
	}
	f = bind_field(in, in->type, in->seen, &at);
	if (!f)
		return;
	if (!utf8_valid(value, strlen(value)))
		bind_wrong(in, &at, "invalid", "must be valid UTF-8");
	else
		bind_text(in, f, in->out, value, &at);
}
