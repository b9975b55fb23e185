/* What a schema says of itself (section 4): types whose names begin with two underscores. */
#include "graphql/schema.h"

struct meta {
	struct gql_schema *s;
	struct gql_type *schema, *type, *field, *input, *value, *directive;
	const struct gql_type *type_kind, *location;
};

static const struct gql_type *some(const struct meta *m, const struct gql_type *of)
{
	return gql_non_null(m->s, of);
}

static const struct gql_type *many(const struct meta *m, const struct gql_type *of)
{
	return gql_list_of(m->s, gql_non_null(m->s, of));
}

static const struct gql_type *names(struct gql_schema *s, const char *name, const char *const *list, const char *doc)
{
	struct gql_type *t = gql_type_named(s, GQL_ENUM_TYPE, name, doc);
	for (; *list; list++)
		gql_enum_add(s, t, *list, NULL);
	return t;
}

static struct gql_field_def *add(
	const struct meta *m, struct gql_type *to, const char *name, const struct gql_type *type, const char *doc)
{
	return gql_field_add(m->s, to, name, type, doc);
}

static void add_deprecated_too(const struct meta *m, struct gql_field_def *f)
{
	gql_input_add(
		m->s, &f->takes, "includeDeprecated", m->s->boolean, "false", "Those that serve older clients as well");
}

static void add_named(const struct meta *m, struct gql_type *t)
{
	add(m, t, "name", some(m, m->s->string), "What it is called");
	add(m, t, "description", m->s->string, "What it is for");
}

static void add_deprecation(const struct meta *m, struct gql_type *t)
{
	add(m, t, "isDeprecated", some(m, m->s->boolean), "Whether it serves older clients alone");
	add(m, t, "deprecationReason", m->s->string, "Why, and what to take");
}

static void add_type(const struct meta *m)
{
	struct gql_type *t = m->type;
	add(m, t, "kind", some(m, m->type_kind), "What it is");
	add(m, t, "name", m->s->string, "What it is called, when it is no list and not another one with !");
	add(m, t, "description", m->s->string, "What it is for");
	add(m, t, "specifiedByURL", m->s->string, "Where a scalar's form is described");
	add_deprecated_too(m, add(m, t, "fields", many(m, m->field), "Of an object or an interface"));
	add(m, t, "interfaces", many(m, m->type), "That an object or an interface is");
	add(m, t, "possibleTypes", many(m, m->type), "That an interface or a union may be");
	add_deprecated_too(m, add(m, t, "enumValues", many(m, m->value), "Of an enum"));
	add_deprecated_too(m, add(m, t, "inputFields", many(m, m->input), "Of an input object"));
	add(m, t, "ofType", t, "What is in the list, or may not be null");
}

static void add_others(const struct meta *m)
{
	add(m, m->schema, "description", m->s->string, "What it is for");
	add(m, m->schema, "types", some(m, many(m, m->type)), "All types");
	add(m, m->schema, "queryType", some(m, m->type), "Where queries begin");
	add(m, m->schema, "mutationType", m->type, "Where mutations begin");
	add(m, m->schema, "subscriptionType", m->type, "Where subscriptions begin");
	add(m, m->schema, "directives", some(m, many(m, m->directive)), "All directives");
	add_named(m, m->field);
	add_deprecated_too(m, add(m, m->field, "args", some(m, many(m, m->input)), "What it takes"));
	add(m, m->field, "type", some(m, m->type), "What it gives");
	add_deprecation(m, m->field);
	add_named(m, m->input);
	add(m, m->input, "type", some(m, m->type), "What it may be");
	add(m, m->input, "defaultValue", m->s->string, "What it is when it is not given, as it would be written");
	add_deprecation(m, m->input);
	add_named(m, m->value);
	add_deprecation(m, m->value);
	add_named(m, m->directive);
	add(m, m->directive, "isRepeatable", some(m, m->s->boolean), "Whether it may stand twice at one place");
	add(m, m->directive, "locations", some(m, many(m, m->location)), "Where it may stand");
	add_deprecated_too(m, add(m, m->directive, "args", some(m, many(m, m->input)), "What it takes"));
}

static struct gql_type *object(struct gql_schema *s, const char *name, const char *doc)
{
	return gql_type_named(s, GQL_OBJECT_TYPE, name, doc);
}

void gql_introspection_add(struct gql_schema *s)
{
	static const char *const kinds[] = { "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST",
		"NON_NULL", NULL };
	const struct meta m = { .s = s,
		.schema = object(s, "__Schema", "All that can be asked for"),
		.type = object(s, "__Type", "A type"),
		.field = object(s, "__Field", "A field of an object or an interface"),
		.input = object(s, "__InputValue", "What a field or a directive takes, or an input object holds"),
		.value = object(s, "__EnumValue", "One of the values of an enum"),
		.directive = object(s, "__Directive", "What may stand behind an @"),
		.type_kind = names(s, "__TypeKind", kinds, "What a type is"),
		.location = names(s, "__DirectiveLocation", gql_location_names, "Where a directive may stand") };
	add_type(&m);
	add_others(&m);
	s->of_all = (struct gql_field_def){
		.name = "__typename", .type = gql_non_null(s, s->string), .doc = "Which type it is"
	};
	s->of_query[0] = (struct gql_field_def){
		.name = "__schema", .type = gql_non_null(s, m.schema), .doc = "What this schema says of itself"
	};
	s->of_query[1] = (struct gql_field_def){ .name = "__type", .type = m.type, .doc = "What it says of one type" };
	gql_input_add(s, &s->of_query[1].takes, "name", gql_non_null(s, s->string), NULL, "Which");
}
