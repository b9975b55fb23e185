/* JSON bodies: any bytes are read, refused with an error that can be told, or malformed; what was read is written as JSON
 * that reads back the same. */
#include "base/sample_test.c" /* a type of every kind, which the library itself does not hold */
#include "base/json.h"
#include "base/json_flat.h"
#include "api/table.h"
#include "base/str.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *write_sample(struct cx *cx, const struct sample *s)
{
	struct buf b = { .mem = cx->mem };
	json_write(&b, &sample_type, s, JSON_ANSWER);
	return buf_cstr(&b);
}

static void check_written(struct cx *cx, const struct sample *s)
{
	const char *text = write_sample(cx, s);
	json_t *v = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!v)
		abort();
	json_object_del(v, "made_by"); /* shown, but not taken */
	json_object_del(v, "fixed");
	if (!s->work.street)
		json_object_del(v, "work"); /* was not in the input: a member that it must have is null */
	char *input = json_dumps(v, JSON_COMPACT);
	struct sample back = { 0 };
	cx_forgive(cx);
	if (json_read(cx, &sample_type, &back, input, strlen(input), false) ||
		strcmp(write_sample(cx, &back), text) != 0)
		abort();
	free(input);
	json_decref(v);
}

static void check_errors(const struct cx *cx)
{
	unsigned n = 0;
	for (const struct field_error *f = cx->fail.fields; f; f = f->next, n++)
		if (!utf8_valid(f->path, strlen(f->path)) || !utf8_valid(f->why, strlen(f->why)))
			abort();
	if (!n || n > INPUT_ERRORS)
		abort();
}

/* Compact, and with its members in their order. */
static bool same_object(const struct flat_member *m, const json_t *v)
{
	char *text = json_dumps(v, JSON_COMPACT);
	bool same = text && strlen(text) == m->text_n && memcmp(text, m->text, m->text_n) == 0;
	free(text);
	return same;
}

static bool same_value(struct arena *mem, const struct flat_member *m, const json_t *v)
{
	size_t n;
	const char *text;
	switch (m->kind) {
	case FLAT_TEXT:
		text = flat_text(mem, m, &n);
		return json_is_string(v) && json_string_length(v) == n && memcmp(json_string_value(v), text, n) == 0;
	case FLAT_OBJECT:
		return same_object(m, v);
	case FLAT_INT:
		return json_is_integer(v) && json_integer_value(v) == m->number;
	case FLAT_TRUE:
		return json_is_true(v);
	case FLAT_FALSE:
		return json_is_false(v);
	default:
		return json_is_null(v);
	}
}

/* The short way accepts nothing that the parser refuses, and reads the same. */
static void check_flat(struct cx *cx, const char *text, size_t n)
{
	struct flat flat;
	if (!json_flat(text, n, &flat))
		return;
	json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(v) || json_object_size(v) != flat.n)
		abort();
	for (size_t i = 0; i < flat.n; i++) {
		const struct flat_member *m = &flat.member[i];
		if (!same_value(cx->mem, m, json_object_get(v, arena_memdup0(cx->mem, m->name, m->name_n))))
			abort();
	}
	json_decref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	struct buf table = { .mem = cx->mem };
	const char *text = arena_memdup0(cx->mem, data, n);
	check_flat(cx, text, n);
	err_t e = json_read(cx, &sample_type, &s, text, n, false);
	if (e == ERR_INVALID)
		check_errors(cx);
	else if (e == ERR_OK)
		check_written(cx, &s);
	else if (e != ERR_MALFORMED || !cx->fail.message || !utf8_valid(cx->fail.message, strlen(cx->fail.message)))
		abort();
	if (table_write(&table, text, n, 80) == ERR_OK && memchr(table.p ? table.p : "", 0x1b, table.n))
		abort();
	sample_cx_end(cx);
	return 0;
}
