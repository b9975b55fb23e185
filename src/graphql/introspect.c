/* Introspection (section 4): answers from the schema's own tables. */
#include "graphql/execute.h"

#include <assert.h>
#include <stddef.h>

/* --- results ------------------------------------------------------------------------------------------------------ */

static struct gql_result text(const char *s)
{
	return (struct gql_result){ .kind = s && *s ? GQL_R_TEXT : GQL_R_NULL, .text = s };
}

static struct gql_result boolean(bool b)
{
	return (struct gql_result){ .kind = GQL_R_BOOL, .n = b };
}

/* Which of the types of introspection an object is of is known by name. */
static struct gql_result object(const struct gql_ask *ask, const char *type, const void *at)
{
	const struct gql_name name = { .s = type, .n = (uint32_t)strlen(type) };
	return (struct gql_result){
		.kind = at ? GQL_R_OBJECT : GQL_R_NULL, .object = at, .type = gql_type_find(ask->run->schema, &name)
	};
}

static struct gql_result list(const struct gql_ask *ask, size_t n)
{
	return (struct gql_result){
		.kind = GQL_R_LIST, .n = (int64_t)n, .items = arena_array_of(ask->run->mem, struct gql_result, n)
	};
}

static struct gql_result types(const struct gql_ask *ask, const struct gql_type *const *all, size_t n)
{
	struct gql_result r = list(ask, n);
	for (size_t i = 0; i < n; i++)
		r.items[i] = object(ask, "__Type", all[i]);
	return r;
}

static struct gql_result inputs(const struct gql_ask *ask, const struct gql_inputs *in)
{
	struct gql_result r = list(ask, in->n);
	for (size_t i = 0; i < in->n; i++)
		r.items[i] = object(ask, "__InputValue", &in->list[i]);
	return r;
}

static bool with_deprecated(const struct gql_ask *ask)
{
	return json_is_true(json_object_get(ask->arguments, "includeDeprecated"));
}

/* --- what stands in the tables as it is: `off` is where ------------------------------------------------------------ */

static const void *behind(const void *at, size_t off)
{
	return (const char *)at + off;
}

static struct gql_result text_at(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)ask;
	return text(*(const char *const *)behind(at, off));
}

static struct gql_result is_there(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)ask;
	return boolean(*(const char *const *)behind(at, off));
}

static struct gql_result type_at(const struct gql_ask *ask, const void *at, size_t off)
{
	return object(ask, "__Type", *(const struct gql_type *const *)behind(at, off));
}

static struct gql_result inputs_at(const struct gql_ask *ask, const void *at, size_t off)
{
	return inputs(ask, behind(at, off));
}

/* --- and what is made of it --------------------------------------------------------------------------------------- */

static struct gql_result schema_types(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_schema *s = at;
	return types(ask, (const struct gql_type *const *)s->types, s->n_types);
}

static struct gql_result schema_directives(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_schema *s = at;
	struct gql_result r = list(ask, s->n_directives);
	for (size_t i = 0; i < s->n_directives; i++)
		r.items[i] = object(ask, "__Directive", &s->directives[i]);
	return r;
}

static struct gql_result type_kind(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	static const char *const kinds[] = { [GQL_SCALAR] = "SCALAR",
		[GQL_OBJECT_TYPE] = "OBJECT",
		[GQL_INTERFACE] = "INTERFACE",
		[GQL_UNION] = "UNION",
		[GQL_ENUM_TYPE] = "ENUM",
		[GQL_INPUT] = "INPUT_OBJECT",
		[GQL_LIST_OF] = "LIST",
		[GQL_NON_NULL] = "NON_NULL" };
	(void)ask;
	return text(kinds[((const struct gql_type *)at)->kind]);
}

static struct gql_result type_fields(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_type *t = at;
	if (t->kind != GQL_OBJECT_TYPE && t->kind != GQL_INTERFACE)
		return text(NULL);
	struct gql_result r = list(ask, t->n_fields);
	r.n = 0;
	for (size_t i = 0; i < t->n_fields; i++)
		if (!t->fields[i]->deprecated || with_deprecated(ask))
			r.items[r.n++] = object(ask, "__Field", t->fields[i]);
	return r;
}

static struct gql_result type_interfaces(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_type *t = at;
	bool some = t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE;
	return some ? types(ask, t->interfaces, t->n_interfaces) : text(NULL);
}

static struct gql_result type_possible(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_type *t = at;
	bool some = t->kind == GQL_UNION || t->kind == GQL_INTERFACE;
	return some ? types(ask, t->possible, t->n_possible) : text(NULL);
}

static struct gql_result type_values(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_type *t = at;
	if (t->kind != GQL_ENUM_TYPE)
		return text(NULL);
	struct gql_result r = list(ask, t->n_values);
	for (size_t i = 0; i < t->n_values; i++)
		r.items[i] = object(ask, "__EnumValue", &t->values[i]);
	return r;
}

static struct gql_result type_inputs(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_type *t = at;
	return t->kind == GQL_INPUT ? inputs(ask, &t->inputs) : text(NULL);
}

static struct gql_result directive_places(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	const struct gql_directive_def *d = at;
	size_t n = 0;
	while (gql_location_names[n])
		n++;
	struct gql_result r = list(ask, n);
	r.n = 0;
	for (size_t i = 0; i < n; i++)
		if (d->locations >> i & 1)
			r.items[r.n++] = text(gql_location_names[i]);
	return r;
}

static struct gql_result never(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	(void)ask;
	(void)at;
	return boolean(false);
}

static struct gql_result nothing(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	(void)ask;
	(void)at;
	return text(NULL);
}

static struct gql_result the_schema(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	(void)at;
	return object(ask, "__Schema", ask->run->schema);
}

static struct gql_result the_type(const struct gql_ask *ask, const void *at, size_t off)
{
	(void)off;
	(void)at;
	const char *s = json_string_value(json_object_get(ask->arguments, "name"));
	const struct gql_name name = { .s = s, .n = (uint32_t)strlen(s) };
	return object(ask, "__Type", gql_type_find(ask->run->schema, &name));
}

static const struct {
	const char *type, *field; /* type: NULL at the root */
	struct gql_result (*answer)(const struct gql_ask *ask, const void *at, size_t off);
	size_t off;
} answers[] = {
	{ NULL, "__schema", the_schema, 0 },
	{ NULL, "__type", the_type, 0 },
	{ "__Schema", "description", nothing, 0 },
	{ "__Schema", "types", schema_types, 0 },
	{ "__Schema", "queryType", type_at, offsetof(struct gql_schema, query) },
	{ "__Schema", "mutationType", type_at, offsetof(struct gql_schema, mutation) },
	{ "__Schema", "subscriptionType", type_at, offsetof(struct gql_schema, subscription) },
	{ "__Schema", "directives", schema_directives, 0 },
	{ "__Type", "kind", type_kind, 0 },
	{ "__Type", "name", text_at, offsetof(struct gql_type, name) },
	{ "__Type", "description", text_at, offsetof(struct gql_type, doc) },
	{ "__Type", "specifiedByURL", text_at, offsetof(struct gql_type, specified_by) },
	{ "__Type", "fields", type_fields, 0 },
	{ "__Type", "interfaces", type_interfaces, 0 },
	{ "__Type", "possibleTypes", type_possible, 0 },
	{ "__Type", "enumValues", type_values, 0 },
	{ "__Type", "inputFields", type_inputs, 0 },
	{ "__Type", "ofType", type_at, offsetof(struct gql_type, of) },
	{ "__Field", "name", text_at, offsetof(struct gql_field_def, name) },
	{ "__Field", "description", text_at, offsetof(struct gql_field_def, doc) },
	{ "__Field", "args", inputs_at, offsetof(struct gql_field_def, takes) },
	{ "__Field", "type", type_at, offsetof(struct gql_field_def, type) },
	{ "__Field", "isDeprecated", is_there, offsetof(struct gql_field_def, deprecated) },
	{ "__Field", "deprecationReason", text_at, offsetof(struct gql_field_def, deprecated) },
	{ "__InputValue", "name", text_at, offsetof(struct gql_input_def, name) },
	{ "__InputValue", "description", text_at, offsetof(struct gql_input_def, doc) },
	{ "__InputValue", "type", type_at, offsetof(struct gql_input_def, type) },
	{ "__InputValue", "defaultValue", text_at, offsetof(struct gql_input_def, dflt_text) },
	{ "__InputValue", "isDeprecated", never, 0 },
	{ "__InputValue", "deprecationReason", nothing, 0 },
	{ "__EnumValue", "name", text_at, offsetof(struct gql_enum_def, name) },
	{ "__EnumValue", "description", text_at, offsetof(struct gql_enum_def, doc) },
	{ "__EnumValue", "isDeprecated", never, 0 },
	{ "__EnumValue", "deprecationReason", nothing, 0 },
	{ "__Directive", "name", text_at, offsetof(struct gql_directive_def, name) },
	{ "__Directive", "description", text_at, offsetof(struct gql_directive_def, doc) },
	{ "__Directive", "isRepeatable", never, 0 },
	{ "__Directive", "locations", directive_places, 0 },
	{ "__Directive", "args", inputs_at, offsetof(struct gql_directive_def, takes) },
};

void gql_introspection_resolve(struct gql_ask *ask)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		bool here = answers[i].type ? strcmp(ask->parent->name, answers[i].type) == 0
		                            : ask->parent == ask->run->schema->query;
		if (!here || strcmp(ask->field->name, answers[i].field) != 0)
			continue;
		for (size_t k = 0; k < ask->n; k++)
			ask->out[k] = answers[i].answer(ask, ask->objects[k], answers[i].off);
		return;
	}
	assert(false); /* a field of introspection without an answer: every_field_of_introspection_has_an_answer would say so */
}
