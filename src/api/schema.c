#include "api/schema.h"
#include "base/str.h"

#include <string.h>

void schema_name(struct buf *b, const struct type *t, bool input)
{
	bool up = true;
	for (const char *s = t->name; *s; s++) {
		if (*s != '_')
			buf_char(b, up && *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
		up = *s == '_';
	}
	buf_str(b, input ? "Input" : "");
}

void schema_ref(struct buf *b, const struct type *t, bool input)
{
	buf_str(b, "{\"$ref\":\"#/components/schemas/");
	schema_name(b, t, input);
	buf_str(b, "\"}");
}

bool schema_has(const struct field *f, bool input)
{
	if (f->flags & HIDDEN)
		return false;
	return input ? !(f->flags & (READ_ONLY | CONSTANT)) : f->kind != KIND_SECRET;
}

static void pair(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ",\"%s\":", name);
	json_write_text(b, value);
}

/* "type":"string", or with null where a null may stand. */
static void write_kind(struct buf *b, const char *name, bool nullable)
{
	buf_printf(b, nullable ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", name);
}

/* A bound that is given: .min without .max leaves the upper end open. */
static void write_bounds(struct buf *b, const struct field *f, const char *least, const char *most)
{
	if (f->min || (f->max && f->kind != KIND_TEXT && f->kind != KIND_SECRET))
		buf_printf(b, ",\"%s\":%lld", least, (long long)f->min);
	if (f->max || f->min < 0)
		buf_printf(b, ",\"%s\":%lld", most, (long long)f->max);
}

static void write_names(struct buf *b, const char *const *names, bool nullable)
{
	buf_str(b, ",\"enum\":[");
	for (size_t i = 0; names[i]; i++) {
		if (i)
			buf_char(b, ',');
		json_write_text(b, names[i]);
	}
	buf_str(b, nullable ? ",null]" : "]");
}

static void write_format(struct buf *b, const struct field *f)
{
	static const struct {
		unsigned flag;
		const char *format;
	} formats[] = { { EMAIL, "idn-email" }, { UUID, "uuid" }, { URL, "iri" }, { DATE, "date" },
		{ TIME, "date-time" } };
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (f->flags & formats[i].flag)
			pair(b, "format", formats[i].format);
}

/* What binds the input alone: rows written under older rules are still answered. A text that an empty one clears has no
 * least length and no format, or the empty one would be refused. */
static void write_rules(struct buf *b, const struct field *f)
{
	if (f->flags & NULL_CLEARS) {
		if (f->max)
			buf_printf(b, ",\"maxLength\":%lld", (long long)f->max);
		return;
	}
	if (f->pattern)
		pair(b, "pattern", f->pattern);
	if (f->kind == KIND_TEXT || f->kind == KIND_SECRET)
		write_bounds(b, f, "minLength", "maxLength");
}

static void write_text(struct buf *b, const struct field *f, bool input, bool nullable)
{
	if (f->flags & CONSTANT) {
		buf_str(b, "\"const\":");
		json_write_text(b, f->dflt);
		return;
	}
	write_kind(b, "string", nullable);
	if (!input || !(f->flags & NULL_CLEARS))
		write_format(b, f);
	if (input)
		write_rules(b, f);
	if (f->kind == KIND_SECRET)
		buf_str(b, ",\"format\":\"password\",\"writeOnly\":true");
	if (f->names)
		write_names(b, f->names, nullable);
}

static void write_items(struct buf *b, const struct field *f, unsigned how)
{
	buf_str(b, "\"type\":\"array\"");
	if (how & SCHEMA_INPUT)
		write_bounds(b, f, "minItems", "maxItems");
	buf_str(b, ",\"items\":");
	if (f->type && (how & SCHEMA_WHOLE)) {
		schema_body(b, f->type, 0, how & ~(unsigned)SCHEMA_FILE);
		return;
	}
	if (f->type) {
		schema_ref(b, f->type, how & SCHEMA_INPUT);
		return;
	}
	buf_str(b, "{\"type\":\"string\"");
	write_format(b, f);
	if (f->names)
		write_names(b, f->names, false);
	buf_char(b, '}');
}

static void write_members(struct buf *b, const struct type *t, unsigned without, unsigned how);

static void write_object(struct buf *b, const struct field *f, unsigned how, bool nullable)
{
	if (nullable)
		buf_str(b, "\"anyOf\":[{");
	if (how & SCHEMA_WHOLE) {
		write_members(b, f->type, 0, how & ~(unsigned)SCHEMA_FILE);
	} else {
		buf_str(b, "\"$ref\":\"#/components/schemas/");
		schema_name(b, f->type, how & SCHEMA_INPUT);
		buf_char(b, '"');
	}
	if (nullable)
		buf_str(b, "},{\"type\":\"null\"}]");
}

static bool is_nullable(const struct field *f, bool input)
{
	if (f->flags & (EMBEDDED | CONSTANT))
		return false;
	if (f->opt)
		return input || !(f->flags & OMIT_NULL);
	bool pointer = f->kind == KIND_TEXT || f->kind == KIND_SECRET || f->kind == KIND_OBJECT ||
	               (f->kind == KIND_INT && (f->flags & TIME));
	return pointer && !(f->flags & REQUIRED) && (input || !(f->flags & OMIT_NULL));
}

static void write_kind_of(struct buf *b, const struct field *f, unsigned how)
{
	bool input = how & SCHEMA_INPUT;
	bool nullable = is_nullable(f, input);
	switch (f->kind) {
	case KIND_BOOL:
		write_kind(b, "boolean", nullable);
		return;
	case KIND_INT:
		if (f->flags & TIME) {
			write_text(b, f, input, nullable);
			return;
		}
		write_kind(b, "integer", nullable);
		buf_str(b, ",\"format\":\"int64\"");
		if (input)
			write_bounds(b, f, "minimum", "maximum");
		return;
	case KIND_DOUBLE:
		write_kind(b, "number", nullable);
		if (input)
			write_bounds(b, f, "minimum", "maximum");
		return;
	case KIND_TEXT:
	case KIND_ENUM:
	case KIND_SECRET:
		write_text(b, f, input, nullable);
		return;
	case KIND_LIST:
		write_items(b, f, how);
		return;
	case KIND_OBJECT:
		write_object(b, f, how, nullable);
		return;
	case KIND_MAP:
		buf_str(b, "\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}");
		if (input)
			write_bounds(b, f, "minProperties", "maxProperties");
		return;
	case KIND_JSON:
		buf_str(b, "\"description\":"); /* any value: no type; its description comes first */
		json_write_text(b, f->doc);
		return;
	}
}

static void write_default(struct buf *b, const struct field *f)
{
	bool bare = f->kind == KIND_BOOL || f->kind == KIND_DOUBLE || (f->kind == KIND_INT && !(f->flags & TIME));
	bool text = f->kind == KIND_TEXT || f->kind == KIND_ENUM;
	if (bare)
		buf_printf(b, ",\"default\":%s", f->dflt);
	else if (text)
		pair(b, "default", f->dflt);
}

void schema_field(struct buf *b, const struct field *f, unsigned how)
{
	bool input = how & SCHEMA_INPUT;
	buf_char(b, '{');
	write_kind_of(b, f, how);
	if (f->kind != KIND_JSON && *f->doc) /* a row of an older shape makes members that have none */
		pair(b, "description", f->doc);
	if (input && f->dflt)
		write_default(b, f);
	if (!input && (f->flags & READ_ONLY))
		buf_str(b, ",\"readOnly\":true");
	buf_char(b, '}');
}

static void write_properties(struct buf *b, const struct type *t, unsigned without, unsigned how)
{
	bool first = true;
	for (const struct field *f = t->fields; f->name; f++) {
		if (!schema_has(f, how & SCHEMA_INPUT) || (f->flags & without))
			continue;
		if (!first)
			buf_char(b, ',');
		first = false;
		json_write_text(b, f->name);
		buf_char(b, ':');
		schema_field(b, f, how);
	}
}

static void write_required(struct buf *b, const struct type *t, unsigned without, bool input)
{
	const char *before = ",\"required\":[";
	for (const struct field *f = t->fields; f->name; f++) {
		/* What may be hidden from a viewer is never promised. */
		if (!schema_has(f, input) || !(f->flags & REQUIRED) || (f->flags & without) || (!input && t->hide))
			continue;
		if (input && f->cookie)
			continue;
		buf_str(b, before);
		json_write_text(b, f->name);
		before = ",";
	}
	if (*before == ',' && !before[1])
		buf_char(b, ']');
}

static void write_members(struct buf *b, const struct type *t, unsigned without, unsigned how)
{
	bool input = how & SCHEMA_INPUT;
	buf_str(b, "\"type\":\"object\",\"properties\":{");
	write_properties(b, t, without, how);
	buf_char(b, '}');
	write_required(b, t, without, input);
	/* Answers grow; input that nobody reads is refused. */
	if (input && !(how & (SCHEMA_LAX | SCHEMA_FILE)))
		buf_str(b, ",\"additionalProperties\":false");
}

void schema_body(struct buf *b, const struct type *t, unsigned without, unsigned how)
{
	buf_char(b, '{');
	write_members(b, t, without, how);
	buf_char(b, '}');
}

void json_schema(struct buf *b, const struct type *t, bool input)
{
	schema_body(b, t, 0, input ? SCHEMA_INPUT : 0);
}
