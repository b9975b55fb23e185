#include "base/bind.h"
#include "base/json_flat.h"
#include "base/json_scan.h"

#include <jansson.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 100 }; /* characters of a map's name */

/* The parser's own memory is the call's arena while it reads for us: nothing to free piece by piece, and wiped with the
 * arena, since passwords pass through it. Elsewhere in the program it is the heap. */
static _Thread_local struct arena *parser_memory;

static void *parser_alloc(size_t n)
{
	return parser_memory ? arena_alloc(parser_memory, n) : malloc(n);
}

static void parser_free(void *p)
{
	if (parser_memory || !p)
		return;
	explicit_bzero(p, malloc_usable_size(p)); /* it may have been a password */
	free(p);
}

static void parser_init(void)
{
	json_set_alloc_funcs(parser_alloc, parser_free);
}

/* Between these two the parser takes from the arena. A value read there is not freed: it goes with the arena, and a walk
 * through it only to free nothing would take as long as reading it. */
static struct arena *parser_enter(struct arena *mem)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, parser_init);
	struct arena *before = parser_memory;
	parser_memory = mem;
	return before;
}

static void parser_leave(struct arena *before)
{
	parser_memory = before;
}

/* Errors that belong to one value. The parser names a byte; the client is told the field. */
static const char *value_error(const json_error_t *error)
{
	static const struct {
		enum json_error_code code;
		const char *why;
	} table[] = {
		{ json_error_duplicate_key, "is given twice" },
		{ json_error_numeric_overflow, "is a number that does not fit" },
		{ json_error_invalid_utf8, "must be valid UTF-8" },
		{ json_error_null_character, "must not hold NUL characters" },
		{ json_error_null_byte_in_key, "must not hold NUL characters" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].code == json_error_code(error))
			return table[i].why;
	return NULL;
}

static bool note_value_error(struct input *in, const char *text, size_t n, const json_error_t *error)
{
	const char *why = value_error(error);
	struct buf path = { .mem = in->cx->mem };
	size_t at = error->position > 0 ? (size_t)error->position : 0;
	if (!why || !json_path(&path, text, at < n ? at : n))
		return false;
	in->broken = true;
	if (bind_enough(in))
		return true;
	in->errors++;
	(void)cx_field_code(in->cx, buf_cstr(&path), "invalid", "%s", why);
	return true;
}

static err_t malformed(struct input *in, const char *message)
{
	in->broken = true;
	in->cx->fail.message = message;
	return FAIL(in->cx, ERR_MALFORMED, "%s", message);
}

static void bind_value(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at);

static void bind_members(
	struct input *in, const struct type *t, void *object, uint64_t *seen, json_t *v, const struct place *up)
{
	const char *name;
	json_t *member;
	json_object_foreach(v, name, member)
	{
		if (bind_enough(in))
			return;
		struct place at = { .up = up, .name = name };
		const struct field *f = bind_field(in, t, seen, &at);
		if (f)
			bind_value(in, f, object, member, &at);
	}
}

static void bind_object(struct input *in, const struct type *t, void *object, json_t *v, const struct place *at)
{
	uint64_t seen[INPUT_FIELDS / 64] = { 0 };
	if (!json_is_object(v)) {
		bind_wrong(in, at, "invalid", "must be an object");
		return;
	}
	bind_members(in, t, object, seen, v, at);
	bind_finish(in, t, object, seen, at);
}

static void bind_list(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at)
{
	size_t n = json_array_size(v), i;
	if (!bind_count(in, f, n, at))
		return;
	size_t size = f->type ? f->type->size : sizeof(const char *);
	struct list list = { .items = arena_alloc_array(in->cx->mem, n, size), .n = n };
	json_t *item;
	json_array_foreach(v, i, item)
	{
		struct place place = { .up = at, .index = i };
		if (bind_enough(in))
			return;
		if (f->type)
			bind_object(in, f->type, (char *)list.items + i * size, item, &place);
		else if (json_is_string(item))
			((const char **)list.items)[i] =
				bind_copy(in, f, json_string_value(item), json_string_length(item), &place);
		else
			bind_wrong(in, &place, "invalid", "must be a text");
	}
	*(struct list *)field_at(f, object) = list;
}

static const char *name_error(struct input *in, const char *name)
{
	static const struct field plain = { .kind = KIND_TEXT, .min = 1, .max = NAME_MAX_LENGTH };
	return check_text(in->cx->mem, &plain, name);
}

static void bind_pair(struct input *in, const struct field *f, struct textmap *map, json_t *v, const struct place *at)
{
	const char *wrong = name_error(in, at->name);
	if (wrong) {
		bind_wrong(in, at, "invalid", "has a name that %s", wrong);
		return;
	}
	if (!json_is_string(v)) {
		bind_wrong(in, at, "invalid", "must be a text");
		return;
	}
	const char *value = bind_copy(in, f, json_string_value(v), json_string_length(v), at);
	if (value)
		map->items[map->n++] = (struct pair){ arena_strdup(in->cx->mem, at->name), value };
}

static void bind_map(struct input *in, const struct field *f, void *object, json_t *v, const struct place *up)
{
	size_t n = json_object_size(v);
	if (!bind_count(in, f, n, up))
		return;
	struct textmap *map = field_at(f, object);
	*map = (struct textmap){ .items = arena_array_of(in->cx->mem, struct pair, n) };
	const char *name;
	json_t *value;
	json_object_foreach(v, name, value)
	{
		struct place at = { .up = up, .name = name };
		if (bind_enough(in))
			return;
		bind_pair(in, f, map, value, &at);
	}
}

static void write_any(struct buf *b, json_t *v);

static void write_any_object(struct buf *b, json_t *v)
{
	const char *name;
	json_t *member;
	char before = '{';
	json_object_foreach(v, name, member)
	{
		buf_char(b, before);
		json_write_text(b, name);
		buf_char(b, ':');
		write_any(b, member);
		before = ',';
	}
	buf_str(b, before == '{' ? "{}" : "}");
}

static void write_any_list(struct buf *b, json_t *v)
{
	size_t i;
	json_t *item;
	buf_char(b, '[');
	json_array_foreach(v, i, item)
	{
		if (i)
			buf_char(b, ',');
		write_any(b, item);
	}
	buf_char(b, ']');
}

/* A value as compact text; the parser's own printer would make 0.10000000000000001 of 0.1. The depth was checked. */
static void write_any(struct buf *b, json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_any_object(b, v);
		return;
	case JSON_ARRAY:
		write_any_list(b, v);
		return;
	case JSON_STRING:
		json_write_text(b, json_string_value(v));
		return;
	case JSON_INTEGER:
		buf_int(b, json_integer_value(v));
		return;
	case JSON_REAL:
		json_write_double(b, json_real_value(v));
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_str(b, json_is_true(v) ? "true" : "false");
		return;
	case JSON_NULL:
		buf_str(b, "null");
		return;
	}
}

/* n bytes of compact JSON, and a NUL. */
static void bind_compact(
	struct input *in, const struct field *f, void *object, const char *text, size_t n, const struct place *at)
{
	const char *why = f->check ? f->check(text) : NULL;
	if (f->max && (int64_t)n > f->max)
		bind_wrong(in, at, "invalid", "must be at most %lld bytes of JSON", (long long)f->max);
	else if (why)
		bind_wrong(in, at, "invalid", "%s", why);
	else
		*(struct json *)field_at(f, object) = (struct json){ text };
}

static void bind_any(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at)
{
	struct buf b = { .mem = in->cx->mem };
	write_any(&b, v);
	bind_compact(in, f, object, buf_cstr(&b), b.n, at);
}

/* What a value of the field's kind must be, for a client that sent another. */
static const char *kind_wanted(const struct field *f)
{
	switch (f->kind) {
	case KIND_BOOL:
		return "must be true or false";
	case KIND_INT:
		return f->flags & TIME ? "must be a time, as a text" : "must be a whole number";
	case KIND_DOUBLE:
		return "must be a number";
	case KIND_TEXT:
	case KIND_ENUM:
	case KIND_SECRET:
		return "must be a text";
	case KIND_LIST:
		return "must be a list";
	case KIND_JSON:
	case KIND_OBJECT:
	case KIND_MAP:
		break;
	}
	return "must be an object";
}

/* The kinds that are texts in JSON. */
static bool is_text(const struct field *f)
{
	return f->kind == KIND_TEXT || f->kind == KIND_ENUM || f->kind == KIND_SECRET ||
	       (f->kind == KIND_INT && (f->flags & TIME));
}

/* Binds a value of the right JSON type; false when it has another. */
static bool bind_scalar(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at)
{
	bool text = is_text(f);
	if (text && json_is_string(v))
		bind_string(in, f, object, json_string_value(v), json_string_length(v), at);
	else if (f->kind == KIND_BOOL && json_is_boolean(v))
		bind_bool(in, f, object, json_is_true(v));
	else if (f->kind == KIND_INT && !text && json_is_integer(v))
		bind_int(in, f, object, json_integer_value(v), at);
	else if (f->kind == KIND_DOUBLE && json_is_number(v))
		bind_double(in, f, object, json_number_value(v), at);
	else
		return false;
	return true;
}

static void bind_inner(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at)
{
	void *inner = field_at(f, object);
	if (!(f->flags & EMBEDDED)) {
		inner = arena_alloc(in->cx->mem, f->type->size);
		*(void **)field_at(f, object) = inner;
	}
	bind_object(in, f->type, inner, v, at);
}

static void bind_value(struct input *in, const struct field *f, void *object, json_t *v, const struct place *at)
{
	if (json_is_null(v)) {
		bind_null(in, f, object, at);
	} else if (f->kind == KIND_JSON) {
		bind_any(in, f, object, v, at);
	} else if (f->kind == KIND_OBJECT) {
		bind_inner(in, f, object, v, at);
	} else if (f->kind == KIND_LIST && json_is_array(v)) {
		bind_list(in, f, object, v, at);
	} else if (f->kind == KIND_MAP && json_is_object(v)) {
		bind_map(in, f, object, v, at);
	} else if (!bind_scalar(in, f, object, v, at)) {
		bind_wrong(in, at, "invalid", "%s", kind_wanted(f));
	}
}

json_t *json_on_heap(const char *text, size_t n)
{
	return json_cost(text, n) ? NULL : json_loadb(text, n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

json_t *json_in_arena(struct arena *mem, const char *text, size_t n)
{
	struct arena *before = parser_enter(mem);
	json_t *v = json_on_heap(text, n);
	parser_leave(before);
	return v;
}

void bind_json(struct input *in, const struct field *f, void *object, const char *text, const struct place *at)
{
	json_t *v = json_in_arena(in->cx->mem, text, strlen(text));
	if (v)
		bind_value(in, f, object, v, at);
	else
		bind_wrong(in, at, "invalid", "must be JSON");
}

/* The parser's own words would repeat a piece of the body, which may be a password: place and kind must do. */
static err_t refuse(struct input *in, const char *text, size_t n, const json_error_t *error)
{
	if (note_value_error(in, text, n, error))
		return ERR_OK; /* one field is wrong: input_end() answers it */
	return malformed(in, arena_printf(in->cx->mem, "The body is not valid JSON: look at line %d, column %d.",
				     error->line, error->column));
}

/* --- the short way ------------------------------------------------------------------------------------------------ */

/* Whether the member goes into its field without a question; one that does not is told by the long way. */
static bool flat_fits(const struct type *t, const struct flat_member *m)
{
	const struct field *f = type_field(t, m->name, m->name_n);
	if (!f || m->kind == FLAT_NULL)
		return true;
	switch (m->kind) {
	case FLAT_TEXT:
		return is_text(f);
	case FLAT_INT:
		return f->kind == KIND_INT && !is_text(f);
	case FLAT_OBJECT:
		return f->kind == KIND_JSON;
	default:
		return f->kind == KIND_BOOL;
	}
}

static void bind_flat_text(struct input *in, const struct field *f, const struct flat_member *m, const struct place *at)
{
	size_t n = m->text_n;
	const char *text = m->escaped ? flat_text(in->cx->mem, m, &n) : m->text;
	bind_string(in, f, in->out, text, n, at);
}

static void bind_flat_member(struct input *in, const struct flat_member *m)
{
	struct place at = { .name = arena_memdup0(in->cx->mem, m->name, m->name_n) };
	const struct field *f = bind_field(in, in->type, in->seen, &at);
	if (!f)
		return;
	if (m->kind == FLAT_NULL)
		bind_null(in, f, in->out, &at);
	else if (m->kind == FLAT_TEXT)
		bind_flat_text(in, f, m, &at);
	else if (m->kind == FLAT_OBJECT)
		bind_compact(in, f, in->out, arena_memdup0(in->cx->mem, m->text, m->text_n), m->text_n, &at);
	else if (m->kind == FLAT_INT)
		bind_int(in, f, in->out, m->number, &at);
	else
		bind_bool(in, f, in->out, m->kind == FLAT_TRUE);
}

static bool bind_flat(struct input *in, const char *text, size_t n)
{
	struct flat flat;
	if (!json_flat(text, n, &flat))
		return false;
	for (size_t i = 0; i < flat.n; i++)
		if (!flat_fits(in->type, &flat.member[i]))
			return false;
	for (size_t i = 0; i < flat.n && !bind_enough(in); i++)
		bind_flat_member(in, &flat.member[i]);
	return true;
}

/* --- all --------------------------------------------------------------------------------------------------------- */

err_t input_json(struct input *in, const char *text, size_t n)
{
	if (bind_flat(in, text, n))
		return ERR_OK;
	const char *costly = json_cost(text, n);
	if (costly)
		return malformed(in, arena_printf(in->cx->mem, "The body cannot be read: %s.", costly));
	json_error_t error;
	err_t e = ERR_OK;
	struct arena *before = parser_enter(in->cx->mem);
	json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (!v)
		e = refuse(in, text, n, &error);
	else if (json_is_object(v))
		bind_members(in, in->type, in->out, in->seen, v, NULL);
	else
		e = malformed(in, "The body must be a JSON object.");
	parser_leave(before);
	return e;
}

err_t json_read_object(struct cx *cx, const struct type *t, void *out, json_t *object)
{
	struct input in;
	const char *costly = json_made_cost(object);
	if (costly) {
		cx->fail.message = arena_printf(cx->mem, "The input cannot be taken: %s.", costly);
		return FAIL(cx, ERR_TOO_LARGE, "%s", costly);
	}
	input_begin(&in, cx, t, out, false);
	bind_members(&in, t, out, in.seen, object, NULL);
	return input_end(&in);
}

err_t json_read(struct cx *cx, const struct type *t, void *out, const char *text, size_t n, bool lax)
{
	struct input in;
	input_begin(&in, cx, t, out, lax);
	TRY(input_json(&in, text, n));
	return input_end(&in);
}
