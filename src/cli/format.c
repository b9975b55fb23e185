#include "cli/format.h"
#include "api/table.h"
#include "base/csv.h"
#include "base/str.h"

#include <string.h>

/* --- values as text ------------------------------------------------------------------------------------------------ */

/* A value in one piece: what has parts is compact JSON. */
static const char *text_of(struct arena *a, const json_t *v)
{
	if (!v || json_is_null(v))
		return "";
	if (json_is_string(v))
		return json_string_value(v);
	size_t n = json_dumpb(v, NULL, 0, JSON_ENCODE_ANY | JSON_COMPACT);
	char *text = arena_alloc(a, n + 1);
	json_dumpb(v, text, n, JSON_ENCODE_ANY | JSON_COMPACT);
	return text;
}

typedef void leaf_fn(void *arg, const char *name, const json_t *v);

/* Objects inside an object become fields of it: "user.email". */
static void each_leaf(struct arena *a, const char *prefix, const json_t *object, leaf_fn *leaf, void *arg)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)object, name, v)
	{
		const char *full = arena_printf(a, "%s%s", prefix, name);
		if (json_is_object(v) && json_object_size(v))
			each_leaf(a, arena_printf(a, "%s.", full), v, leaf, arg);
		else
			leaf(arg, full, v);
	}
}

/* --- table, json --------------------------------------------------------------------------------------------------- */

static bool write_table(struct cli *c, const struct shown *s)
{
	return table_write(&c->out, s->envelope, s->n, c->width) == ERR_OK;
}

static bool write_json(struct cli *c, const struct shown *s)
{
	char *text = json_dumps(s->data, JSON_INDENT(2) | JSON_ENCODE_ANY);
	if (!text)
		return false;
	buf_printf(&c->out, "%s\n", text);
	free(text);
	return true;
}

/* --- csv, plain: rows of cells ------------------------------------------------------------------------------------- */

struct sheet {
	struct arena *mem;
	json_t *names; /* of the columns, as keys, in the order in which they first came */
	json_t *row; /* the leaves of one row */
};

static void note_name(void *arg, const char *name, const json_t *v)
{
	struct sheet *s = arg;
	(void)v;
	json_object_set_new(s->names, name, json_null());
}

static void note_value(void *arg, const char *name, const json_t *v)
{
	struct sheet *s = arg;
	json_object_set(s->row, name, (json_t *)v);
}

typedef void row_fn(struct cli *c, struct sheet *s, bool head);

/* Columns of the type stand first, whether a row fills them or not: scripts count on them. */
static void type_names(struct sheet *s, const char *prefix, const struct type *t)
{
	for (const struct field *f = t->fields; f->name; f++) {
		const char *full = arena_printf(s->mem, "%s%s", prefix, f->name);
		if (f->flags & HIDDEN || f->kind == KIND_SECRET)
			continue;
		if (f->kind == KIND_OBJECT)
			type_names(s, arena_printf(s->mem, "%s.", full), f->type);
		else
			note_name(s, full, NULL);
	}
}

static void write_sheet(struct cli *c, const struct type *t, const json_t *rows, row_fn *write)
{
	struct sheet s = { .mem = c->mem, .names = json_object(), .row = json_object() };
	size_t i;
	json_t *row;
	if (t)
		type_names(&s, "", t);
	json_array_foreach((json_t *)rows, i, row) each_leaf(c->mem, "", row, note_name, &s);
	if (json_object_size(s.names))
		write(c, &s, true);
	json_array_foreach((json_t *)rows, i, row)
	{
		json_object_clear(s.row);
		each_leaf(c->mem, "", row, note_value, &s);
		write(c, &s, false);
	}
	json_decref(s.names);
	json_decref(s.row);
}

/* Rows that are no objects have one column, without a name of its own. */
static json_t *as_rows(const json_t *data)
{
	json_t *rows = json_array();
	if (json_is_null(data) || (json_is_object(data) && !json_object_size(data)))
		return rows;
	if (!json_is_array(data)) {
		json_array_append_new(
			rows, json_is_object(data) ? json_incref((json_t *)data) : json_pack("{sO}", "value", data));
		return rows;
	}
	size_t i;
	json_t *item;
	json_array_foreach((json_t *)data, i, item) json_array_append_new(
		rows, json_is_object(item) ? json_incref(item) : json_pack("{sO}", "value", item));
	return rows;
}

static void csv_row(struct cli *c, struct sheet *s, bool head)
{
	const char *name, *between = "";
	json_t *unused;
	json_object_foreach(s->names, name, unused)
	{
		buf_str(&c->out, between);
		csv_cell(&c->out, head ? name : text_of(c->mem, json_object_get(s->row, name)));
		between = ",";
	}
	buf_str(&c->out, "\r\n");
}

static bool write_csv(struct cli *c, const struct shown *s)
{
	json_t *rows = as_rows(s->data);
	write_sheet(c, s->type, rows, csv_row);
	json_decref(rows);
	return true;
}

/* A tab or a line's end inside a value would look like one between values; other control characters steer a terminal. */
static void plain_cell(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char ch = (unsigned char)*text;
		if (ch == '\\')
			buf_str(b, "\\\\");
		else if (ch == '\n')
			buf_str(b, "\\n");
		else if (ch == '\t')
			buf_str(b, "\\t");
		else if (ch < 0x20 || ch == 0x7f)
			buf_printf(b, "\\x%02x", ch);
		else
			buf_char(b, *text);
	}
}

static void plain_row(struct cli *c, struct sheet *s, bool head)
{
	const char *name, *between = "";
	json_t *unused;
	if (head)
		return;
	json_object_foreach(s->names, name, unused)
	{
		buf_str(&c->out, between);
		plain_cell(&c->out, text_of(c->mem, json_object_get(s->row, name)));
		between = "\t";
	}
	buf_char(&c->out, '\n');
}

static void plain_line(void *arg, const char *name, const json_t *v)
{
	struct cli *c = arg;
	buf_printf(&c->out, "%s\t", name);
	plain_cell(&c->out, text_of(c->mem, v));
	buf_char(&c->out, '\n');
}

static bool write_plain(struct cli *c, const struct shown *s)
{
	if (json_is_object(s->data)) {
		each_leaf(c->mem, "", s->data, plain_line, c);
		return true;
	}
	json_t *rows = as_rows(s->data);
	write_sheet(c, s->type, rows, plain_row);
	json_decref(rows);
	return true;
}

/* --- yaml ---------------------------------------------------------------------------------------------------------- */

/* What every version of YAML reads as this very text. */
static bool bare(const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y", "n", NULL };
	for (size_t i = 0; words[i]; i++)
		if (str_same_ascii(s, words[i]))
			return false;
	if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
		return false;
	return !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@+-")];
}

/* In quotes a JSON text is a YAML text. */
static void yaml_scalar(struct cli *c, const json_t *v)
{
	const char *s = json_string_value(v);
	if (s && bare(s)) {
		buf_str(&c->out, s);
		return;
	}
	size_t n = json_dumpb(v, NULL, 0, JSON_ENCODE_ANY | JSON_COMPACT);
	char *text = arena_alloc(c->mem, n + 1);
	json_dumpb(v, text, n, JSON_ENCODE_ANY | JSON_COMPACT);
	buf_str(&c->out, text);
}

static bool has_parts(const json_t *v)
{
	return (json_is_object(v) && json_object_size(v)) || (json_is_array(v) && json_array_size(v));
}

static void yaml_value(struct cli *c, const json_t *v, size_t depth);

static void yaml_line(struct cli *c, size_t depth, bool *first)
{
	if (!*first)
		for (size_t i = 0; i < depth; i++)
			buf_str(&c->out, "  ");
	*first = false;
}

static void yaml_object(struct cli *c, const json_t *object, size_t depth, bool first)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)object, name, v)
	{
		json_t *key = json_string(name);
		yaml_line(c, depth, &first);
		yaml_scalar(c, key);
		json_decref(key);
		if (has_parts(v)) {
			buf_str(&c->out, ":\n");
			yaml_value(c, v, depth + 1);
			continue;
		}
		buf_str(&c->out, ": ");
		yaml_scalar(c, v);
		buf_char(&c->out, '\n');
	}
}

static void yaml_array(struct cli *c, const json_t *array, size_t depth)
{
	size_t i;
	json_t *v;
	json_array_foreach((json_t *)array, i, v)
	{
		bool first = false;
		yaml_line(c, depth, &first);
		buf_str(&c->out, json_is_array(v) && has_parts(v) ? "-\n" : "- ");
		if (json_is_object(v) && has_parts(v))
			yaml_object(c, v, depth + 1, true);
		else
			yaml_value(c, v, depth + 1);
	}
}

static void yaml_value(struct cli *c, const json_t *v, size_t depth)
{
	if (json_is_object(v) && has_parts(v)) {
		yaml_object(c, v, depth, false);
	} else if (has_parts(v)) {
		yaml_array(c, v, depth);
	} else {
		yaml_scalar(c, v);
		buf_char(&c->out, '\n');
	}
}

static bool write_yaml(struct cli *c, const struct shown *s)
{
	yaml_value(c, s->data, 0);
	return true;
}

/* --- the list ------------------------------------------------------------------------------------------------------ */

const struct format formats[] = {
	{ "table", write_table },
	{ "json", write_json },
	{ "yaml", write_yaml },
	{ "csv", write_csv },
	{ "plain", write_plain },
	{ NULL, NULL },
};

const struct format *format_find(const char *name)
{
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const char *format_names(struct arena *a, const char *between)
{
	struct buf b = { .mem = a };
	for (const struct format *f = formats; f->name; f++)
		buf_printf(&b, "%s%s", f == formats ? "" : between, f->name);
	return buf_cstr(&b);
}
