/* Introspection (section 4): answers from the schema's own tables. */
#include "graphql/execute.h"

#include <assert.h>

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

/* --- one function for each field ---------------------------------------------------------------------------------- */

static struct gql_result schema_types(const struct gql_ask *ask, const void *at)
{
	const struct gql_schema *s = at;
	return types(ask, (const struct gql_type *const *)s->types, s->n_types);
}

static struct gql_result schema_query(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_schema *)at)->query);
}

static struct gql_result schema_mutation(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_schema *)at)->mutation);
}

static struct gql_result schema_subscription(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_schema *)at)->subscription);
}

static struct gql_result schema_directives(const struct gql_ask *ask, const void *at)
{
	const struct gql_schema *s = at;
	struct gql_result r = list(ask, s->n_directives);
	for (size_t i = 0; i < s->n_directives; i++)
		r.items[i] = object(ask, "__Directive", &s->directives[i]);
	return r;
}

static struct gql_result type_kind(const struct gql_ask *ask, const void *at)
{
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

static struct gql_result type_name(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_type *)at)->name);
}

static struct gql_result type_doc(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_type *)at)->doc);
}

static struct gql_result type_specified(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_type *)at)->specified_by);
}

static struct gql_result type_fields(const struct gql_ask *ask, const void *at)
{
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

static struct gql_result type_interfaces(const struct gql_ask *ask, const void *at)
{
	const struct gql_type *t = at;
	bool some = t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE;
	return some ? types(ask, t->interfaces, t->n_interfaces) : text(NULL);
}

static struct gql_result type_possible(const struct gql_ask *ask, const void *at)
{
	const struct gql_type *t = at;
	bool some = t->kind == GQL_UNION || t->kind == GQL_INTERFACE;
	return some ? types(ask, t->possible, t->n_possible) : text(NULL);
}

static struct gql_result type_values(const struct gql_ask *ask, const void *at)
{
	const struct gql_type *t = at;
	if (t->kind != GQL_ENUM_TYPE)
		return text(NULL);
	struct gql_result r = list(ask, t->n_values);
	for (size_t i = 0; i < t->n_values; i++)
		r.items[i] = object(ask, "__EnumValue", &t->values[i]);
	return r;
}

static struct gql_result type_inputs(const struct gql_ask *ask, const void *at)
{
	const struct gql_type *t = at;
	return t->kind == GQL_INPUT ? inputs(ask, &t->inputs) : text(NULL);
}

static struct gql_result type_of(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_type *)at)->of);
}

static struct gql_result field_name(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_field_def *)at)->name);
}

static struct gql_result field_doc(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_field_def *)at)->doc);
}

static struct gql_result field_args(const struct gql_ask *ask, const void *at)
{
	return inputs(ask, &((const struct gql_field_def *)at)->takes);
}

static struct gql_result field_type(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_field_def *)at)->type);
}

static struct gql_result field_deprecated(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return boolean(((const struct gql_field_def *)at)->deprecated);
}

static struct gql_result field_reason(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_field_def *)at)->deprecated);
}

static struct gql_result input_name(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_input_def *)at)->name);
}

static struct gql_result input_doc(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_input_def *)at)->doc);
}

static struct gql_result input_type(const struct gql_ask *ask, const void *at)
{
	return object(ask, "__Type", ((const struct gql_input_def *)at)->type);
}

static struct gql_result input_default(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_input_def *)at)->dflt_text);
}

static struct gql_result value_name(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_enum_def *)at)->name);
}

static struct gql_result value_doc(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_enum_def *)at)->doc);
}

static struct gql_result directive_name(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_directive_def *)at)->name);
}

static struct gql_result directive_doc(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	return text(((const struct gql_directive_def *)at)->doc);
}

static struct gql_result directive_places(const struct gql_ask *ask, const void *at)
{
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

static struct gql_result directive_args(const struct gql_ask *ask, const void *at)
{
	return inputs(ask, &((const struct gql_directive_def *)at)->takes);
}

static struct gql_result never(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	(void)at;
	return boolean(false);
}

static struct gql_result nothing(const struct gql_ask *ask, const void *at)
{
	(void)ask;
	(void)at;
	return text(NULL);
}

static struct gql_result the_schema(const struct gql_ask *ask, const void *at)
{
	(void)at;
	return object(ask, "__Schema", ask->run->schema);
}

static struct gql_result the_type(const struct gql_ask *ask, const void *at)
{
	(void)at;
	const char *s = json_string_value(json_object_get(ask->arguments, "name"));
	const struct gql_name name = { .s = s, .n = (uint32_t)strlen(s) };
	return object(ask, "__Type", gql_type_find(ask->run->schema, &name));
}

static const struct {
	const char *type, *field; /* type: NULL at the root */
	struct gql_result (*answer)(const struct gql_ask *ask, const void *at);
} answers[] = {
	{ NULL, "__schema", the_schema },
	{ NULL, "__type", the_type },
	{ "__Schema", "description", nothing },
	{ "__Schema", "types", schema_types },
	{ "__Schema", "queryType", schema_query },
	{ "__Schema", "mutationType", schema_mutation },
	{ "__Schema", "subscriptionType", schema_subscription },
	{ "__Schema", "directives", schema_directives },
	{ "__Type", "kind", type_kind },
	{ "__Type", "name", type_name },
	{ "__Type", "description", type_doc },
	{ "__Type", "specifiedByURL", type_specified },
	{ "__Type", "fields", type_fields },
	{ "__Type", "interfaces", type_interfaces },
	{ "__Type", "possibleTypes", type_possible },
	{ "__Type", "enumValues", type_values },
	{ "__Type", "inputFields", type_inputs },
	{ "__Type", "ofType", type_of },
	{ "__Field", "name", field_name },
	{ "__Field", "description", field_doc },
	{ "__Field", "args", field_args },
	{ "__Field", "type", field_type },
	{ "__Field", "isDeprecated", field_deprecated },
	{ "__Field", "deprecationReason", field_reason },
	{ "__InputValue", "name", input_name },
	{ "__InputValue", "description", input_doc },
	{ "__InputValue", "type", input_type },
	{ "__InputValue", "defaultValue", input_default },
	{ "__InputValue", "isDeprecated", never },
	{ "__InputValue", "deprecationReason", nothing },
	{ "__EnumValue", "name", value_name },
	{ "__EnumValue", "description", value_doc },
	{ "__EnumValue", "isDeprecated", never },
	{ "__EnumValue", "deprecationReason", nothing },
	{ "__Directive", "name", directive_name },
	{ "__Directive", "description", directive_doc },
	{ "__Directive", "isRepeatable", never },
	{ "__Directive", "locations", directive_places },
	{ "__Directive", "args", directive_args },
};

void gql_meta_resolve(struct gql_ask *ask)
{
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		bool here = answers[i].type ? strcmp(ask->parent->name, answers[i].type) == 0
		                            : ask->parent == ask->run->schema->query;
		if (!here || strcmp(ask->field->name, answers[i].field) != 0)
			continue;
		for (size_t k = 0; k < ask->n; k++)
			ask->out[k] = answers[i].answer(ask, ask->objects[k]);
		return;
	}
	assert(false); /* a field of introspection without an answer: every_field_of_introspection_has_an_answer would say so */
}
