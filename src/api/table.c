#include "api/table.h"
#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <string.h>
#include <utf8proc.h>

enum { CELL_MAX = 40, GAP = 2, VALUE_MAX = 10000 };

/* C0, C1, line separators, and the marks that turn the direction of writing round. */
static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	       c == 0x200e || c == 0x200f || c == 0xfeff;
}

static size_t columns_of(uint32_t c)
{
	int n = utf8proc_charwidth((utf8proc_int32_t)c);
	return n > 0 ? (size_t)n : 0;
}

static size_t text_width(const char *s)
{
	size_t n = 0;
	for (uint32_t c; (c = utf8_next(&s));)
		n += steers(c) ? 1 : columns_of(c);
	return n;
}

/* Adds what fits into `most` columns, with an ellipsis where it was cut; returns the columns taken. */
static size_t add_cut(struct buf *b, const char *s, size_t most)
{
	bool cut = text_width(s) > most;
	size_t room = cut ? most - 1 : most, used = 0;
	for (const char *next = s; *s; s = next) {
		uint32_t c = utf8_next(&next);
		size_t n = steers(c) ? 1 : columns_of(c);
		if (used + n > room)
			break;
		if (steers(c))
			buf_char(b, c == '\n' || c == '\t' ? ' ' : '?');
		else
			buf_add(b, s, (size_t)(next - s));
		used += n;
	}
	if (cut)
		buf_str(b, "…");
	return used + cut;
}

static void add_blanks(struct buf *b, size_t n)
{
	while (n--)
		buf_char(b, ' ');
}

static bool is_empty(const json_t *v)
{
	return !v || json_is_null(v) || (json_is_string(v) && !json_string_length(v)) ||
	       (json_is_array(v) && !json_array_size(v));
}

/* A list of texts reads "a, b". */
static bool join_texts(struct buf *b, const json_t *v)
{
	size_t i;
	json_t *item;
	json_array_foreach(v, i, item) if (!json_is_string(item)) return false;
	json_array_foreach(v, i, item)
	{
		buf_str(b, i ? ", " : "");
		buf_str(b, json_string_value(item));
	}
	return true;
}

/* A value on one line, in the arena. */
static const char *cell(struct arena *mem, const json_t *v)
{
	struct buf b = { .mem = mem };
	if (is_empty(v))
		return "";
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "yes" : "no";
	if (json_is_array(v) && join_texts(&b, v))
		return buf_cstr(&b);
	size_t n = json_dumpb(v, NULL, 0, JSON_ENCODE_ANY | JSON_COMPACT);
	char *text = arena_alloc(mem, n + 1);
	json_dumpb(v, text, n, JSON_ENCODE_ANY | JSON_COMPACT);
	return text;
}

/* --- an object: a field a line ------------------------------------------------------------------------------------ */

/* Objects inside an object become fields of it: "user.email". */
static void flatten(struct arena *mem, json_t *into, const char *prefix, json_t *object)
{
	const char *name;
	json_t *v;
	json_object_foreach(object, name, v)
	{
		const char *full = arena_printf(mem, "%s%s", prefix, name);
		if (json_is_object(v) && json_object_size(v))
			flatten(mem, into, arena_printf(mem, "%s.", full), v);
		else
			json_object_set(into, full, v);
	}
}

/* A text of several lines stands below its name, whole. */
static bool write_lines(struct buf *b, const char *name, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";
	if (!strchr(s, '\n'))
		return false;
	add_cut(b, name, CELL_MAX);
	buf_str(b, ":\n");
	while (*s) {
		size_t n = strcspn(s, "\n");
		struct buf line = { 0 };
		buf_add(&line, s, n);
		if (n)
			add_blanks(b, GAP);
		add_cut(b, buf_cstr(&line), SIZE_MAX);
		buf_free(&line);
		buf_char(b, '\n');
		s += n + (s[n] == '\n');
	}
	return true;
}

static bool is_table(const json_t *v)
{
	return json_array_size(v) > 0 && json_is_object(json_array_get(v, 0));
}

static void write_table(struct buf *b, struct arena *mem, json_t *rows, size_t width);

/* The lists in it stand below, as tables. */
static void write_tables(struct buf *b, struct arena *mem, json_t *object, size_t width)
{
	const char *name;
	json_t *v;
	json_object_foreach(object, name, v)
	{
		if (!is_table(v))
			continue;
		buf_char(b, '\n');
		add_cut(b, name, CELL_MAX);
		buf_str(b, ":\n");
		write_table(b, mem, v, width);
	}
}

static void write_object(struct buf *b, struct arena *mem, json_t *object, size_t width)
{
	size_t names = 0;
	const char *name;
	json_t *v;
	json_object_foreach(object, name, v) if (!is_empty(v) && !is_table(v) && text_width(name) > names) names =
		text_width(name);
	names = names < CELL_MAX ? names : CELL_MAX;
	size_t room = width > names + GAP + CELL_MAX ? width - names - GAP : width ? CELL_MAX : VALUE_MAX;
	json_object_foreach(object, name, v)
	{
		if (is_empty(v) || is_table(v) || write_lines(b, name, v))
			continue;
		size_t used = add_cut(b, name, names);
		add_blanks(b, names - used + GAP);
		add_cut(b, cell(mem, v), room);
		buf_char(b, '\n');
	}
	write_tables(b, mem, object, width);
}

/* --- a list: a row a line ----------------------------------------------------------------------------------------- */

struct column {
	const char *name;
	size_t width;
};

static struct column *column_of(struct column *columns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

/* The columns that any row fills, in the order in which they first come. */
static size_t find_columns(struct arena *mem, json_t *rows, struct column *columns, size_t most)
{
	size_t n = 0, i;
	json_t *row, *v;
	const char *name;
	json_array_foreach(rows, i, row)
	{
		json_object_foreach(row, name, v)
		{
			struct column *c = column_of(columns, n, name);
			if (is_empty(v) || (!c && n == most))
				continue;
			if (!c) {
				c = &columns[n++];
				*c = (struct column){ name, text_width(name) };
			}
			size_t width = text_width(cell(mem, v));
			c->width = width > c->width ? width : c->width;
			c->width = c->width < CELL_MAX ? c->width : CELL_MAX;
		}
	}
	return n;
}

static size_t how_many_fit(const struct column *columns, size_t n, size_t width)
{
	size_t used = 0, i = 0;
	for (; i < n; i++) {
		used += columns[i].width + (i ? GAP : 0);
		if (i && width && used > width)
			break;
	}
	return i;
}

static void write_row(struct buf *b, struct arena *mem, const struct column *columns, size_t n, json_t *row)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = row ? cell(mem, json_object_get(row, columns[i].name)) : columns[i].name;
		size_t used = add_cut(b, text, columns[i].width);
		if (i + 1 < n)
			add_blanks(b, columns[i].width - used + GAP);
	}
	while (b->n && b->p[b->n - 1] == ' ')
		b->n--;
	buf_char(b, '\n');
}

static void write_table(struct buf *b, struct arena *mem, json_t *rows, size_t width)
{
	struct column columns[64];
	size_t n = find_columns(mem, rows, columns, sizeof columns / sizeof *columns);
	size_t shown = how_many_fit(columns, n, width), i;
	json_t *row;
	if (n)
		write_row(b, mem, columns, shown, NULL);
	json_array_foreach(rows, i, row) write_row(b, mem, columns, shown, row);
	if (shown < n)
		buf_printf(b,
			n - shown == 1 ? "(%zu more column does not fit; --format json shows it)\n"
				       : "(%zu more columns do not fit; --format json shows them)\n",
			n - shown);
}

static void write_value(struct buf *b, struct arena *mem, json_t *v, size_t width)
{
	if (json_is_array(v) && !json_array_size(v)) {
		buf_str(b, "(none)\n");
	} else if (is_table(v)) {
		write_table(b, mem, v, width);
	} else if (json_is_object(v)) {
		json_t *flat = json_object();
		flatten(mem, flat, "", v);
		write_object(b, mem, flat, width);
		json_decref(flat);
	} else if (!json_is_null(v)) {
		add_cut(b, cell(mem, v), VALUE_MAX);
		buf_char(b, '\n');
	}
}

/* What the envelope tells of a list beside its rows. */
static void write_meta(struct buf *b, const json_t *meta)
{
	const json_t *total = json_object_get(meta, "total"), *cursor = json_object_get(meta, "next_cursor");
	if (json_is_integer(total))
		buf_printf(b, "(%lld in all)\n", (long long)json_integer_value(total));
	if (json_is_string(cursor)) {
		buf_str(b, "(more follow: --cursor ");
		add_cut(b, json_string_value(cursor), VALUE_MAX);
		buf_str(b, ")\n");
	}
}

static void write_answer(struct buf *b, struct arena *mem, json_t *v, size_t width)
{
	json_t *data = json_object_get(v, "data");
	if (!data) {
		write_value(b, mem, v, width);
		return;
	}
	if (is_empty(data) && !json_is_array(data))
		write_value(b, mem, json_object_get(v, "message"), width);
	else
		write_value(b, mem, data, width);
	write_meta(b, json_object_get(v, "meta"));
}

err_t table_write(struct buf *b, const char *json, size_t n, size_t width)
{
	json_t *v = json_loadb(json, n, JSON_DECODE_ANY, NULL);
	if (!v)
		return ERR_MALFORMED;
	struct arena *mem = arena_new(0);
	write_answer(b, mem, v, width);
	arena_free(mem);
	json_decref(v);
	return ERR_OK;
}
