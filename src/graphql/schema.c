#include "graphql/schema.h"

#include <assert.h>
#include <stdlib.h>

const char *const gql_location_names[] = { "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION",
	"FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION", "SCALAR", "FIELD_DEFINITION",
	"ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE", NULL };

/* --- making ------------------------------------------------------------------------------------------------------- */

static struct gql_type *find_mutable(const struct gql_schema *s, const char *name)
{
	for (size_t i = 0; i < s->n_types; i++)
		if (strcmp(s->types[i]->name, name) == 0)
			return s->types[i];
	return NULL;
}

struct gql_type *gql_type_named(struct gql_schema *s, enum gql_type_kind kind, const char *name, const char *doc)
{
	struct gql_type *t = find_mutable(s, name);
	if (t) {
		assert(t->kind == kind);
		return t;
	}
	ARENA_ROOM(s->mem, s->types, s->n_types);
	t = s->types[s->n_types++] = arena_new_of(s->mem, struct gql_type);
	*t = (struct gql_type){ .kind = kind, .name = name, .doc = doc };
	return t;
}

static const struct gql_type *wrapped(
	struct gql_schema *s, struct gql_type **at, enum gql_type_kind kind, const struct gql_type *of)
{
	if (!*at) {
		*at = arena_new_of(s->mem, struct gql_type);
		**at = (struct gql_type){ .kind = kind, .of = of };
	}
	return *at;
}

/* The wrapped one is remembered in the type itself, whose maker is this file. */
static struct gql_type *own(const struct gql_type *t)
{
	return (struct gql_type *)(uintptr_t)t;
}

const struct gql_type *gql_list_of(struct gql_schema *s, const struct gql_type *t)
{
	return wrapped(s, &own(t)->list, GQL_LIST_OF, t);
}

const struct gql_type *gql_non_null(struct gql_schema *s, const struct gql_type *t)
{
	assert(t->kind != GQL_NON_NULL);
	return wrapped(s, &own(t)->non_null, GQL_NON_NULL, t);
}

struct gql_field_def *gql_field_add(
	struct gql_schema *s, struct gql_type *t, const char *name, const struct gql_type *type, const char *doc)
{
	ARENA_ROOM(s->mem, t->fields, t->n_fields);
	struct gql_field_def *f = t->fields[t->n_fields++] = arena_new_of(s->mem, struct gql_field_def);
	*f = (struct gql_field_def){ .name = name, .type = type, .doc = doc };
	return f;
}

/* A literal is read as the argument that it would be. */
static const struct gql_value *literal(struct arena *a, const char *text)
{
	static const struct gql_limits limits = {
		.bytes = 10000, .tokens = 1000, .depth = 20, .aliases = 0, .directives = 0, .fragments = 0
	};
	struct gql_fault fault;
	const char *source = arena_printf(a, "{f(x:%s)}", text);
	const struct gql_document *d = gql_parse(a, source, strlen(source), &limits, &fault);
	assert(d);
	return &d->operations->selections->arguments->value;
}

void gql_input_add(struct gql_schema *s, struct gql_inputs *to, const char *name, const struct gql_type *type,
	const char *dflt, const char *doc)
{
	ARENA_ROOM(s->mem, to->list, to->n);
	to->list[to->n++] = (struct gql_input_def){
		.name = name, .type = type, .doc = doc, .dflt = dflt ? literal(s->mem, dflt) : NULL, .dflt_text = dflt
	};
}

void gql_enum_add(struct gql_schema *s, struct gql_type *t, const char *name, const char *doc)
{
	ARENA_ROOM(s->mem, t->values, t->n_values);
	t->values[t->n_values++] = (struct gql_enum_def){ name, doc };
}

void gql_possible_add(struct gql_schema *s, struct gql_type *abstract, struct gql_type *object)
{
	assert(object->kind == GQL_OBJECT_TYPE);
	ARENA_ROOM(s->mem, abstract->possible, abstract->n_possible);
	abstract->possible[abstract->n_possible++] = object;
	if (abstract->kind != GQL_INTERFACE)
		return;
	ARENA_ROOM(s->mem, object->interfaces, object->n_interfaces);
	object->interfaces[object->n_interfaces++] = abstract;
}

static struct gql_directive_def *directive(struct gql_schema *s, const char *name, unsigned locations, const char *doc)
{
	ARENA_ROOM(s->mem, s->directives, s->n_directives);
	struct gql_directive_def *d = &s->directives[s->n_directives++];
	*d = (struct gql_directive_def){ .name = name, .locations = locations, .doc = doc };
	return d;
}

#define ON(place) (1u << GQL_ON_##place)

static void add_directives(struct gql_schema *s)
{
	const unsigned chosen = ON(FIELD) | ON(SPREAD) | ON(INLINE);
	struct gql_directive_def *d = directive(s, "include", chosen, "Only when it is true");
	gql_input_add(s, &d->takes, "if", gql_non_null(s, s->boolean), NULL, "Whether it is included");
	d = directive(s, "skip", chosen, "Not when it is true");
	gql_input_add(s, &d->takes, "if", gql_non_null(s, s->boolean), NULL, "Whether it is left out");
	d = directive(s, "deprecated",
		ON(SCHEMA_FIELD) | ON(SCHEMA_ARGUMENT) | ON(SCHEMA_INPUT_FIELD) | ON(SCHEMA_ENUM_VALUE),
		"Serves older clients; others take something else");
	gql_input_add(s, &d->takes, "reason", s->string, "\"No longer supported\"", "Why, and what to take");
	d = directive(s, "specifiedBy", ON(SCHEMA_SCALAR), "Where the form of a scalar is described");
	gql_input_add(s, &d->takes, "url", gql_non_null(s, s->string), NULL, "The address of that description");
}

static bool is_int(const struct gql_value *v)
{
	enum { LONGEST = 11 };
	char text[LONGEST + 1] = { 0 };
	if (v->kind != GQL_INT || v->text.n > LONGEST)
		return false;
	memcpy(text, v->text.s, v->text.n);
	long long n = strtoll(text, NULL, 10);
	return n >= INT32_MIN && n <= INT32_MAX;
}

static bool is_float(const struct gql_value *v)
{
	return v->kind == GQL_INT || v->kind == GQL_FLOAT;
}

static bool is_string(const struct gql_value *v)
{
	return v->kind == GQL_STRING;
}

static bool is_boolean(const struct gql_value *v)
{
	return v->kind == GQL_BOOLEAN;
}

static bool is_id(const struct gql_value *v)
{
	return v->kind == GQL_STRING || v->kind == GQL_INT;
}

static const struct gql_type *scalar(
	struct gql_schema *s, const char *name, bool (*takes)(const struct gql_value *v), const char *doc)
{
	struct gql_type *t = gql_type_named(s, GQL_SCALAR, name, doc);
	t->takes = takes;
	return t;
}

struct gql_schema *gql_schema_new(struct arena *mem)
{
	struct gql_schema *s = arena_new_of(mem, struct gql_schema);
	s->mem = mem;
	s->int_ = scalar(s, "Int", is_int, "A whole number of 32 bits");
	s->float_ = scalar(s, "Float", is_float, "A number, as IEEE 754 has it in 64 bits");
	s->string = scalar(s, "String", is_string, "A text");
	s->boolean = scalar(s, "Boolean", is_boolean, "true or false");
	s->id = scalar(s, "ID", is_id, "An identifier: a text that means nothing to its reader");
	add_directives(s);
	gql_introspection_add(s);
	return s;
}

/* --- finding ------------------------------------------------------------------------------------------------------ */

static int compare(const char *s, const struct gql_name *name)
{
	int c = (unsigned char)*s - (unsigned char)*name->s; /* mostly tells */
	c = c ? c : strncmp(s, name->s, name->n);
	return c ? c : s[name->n] != 0;
}

/* Types and fields begin with their name. */
static const char *name_of(const void *entry)
{
	return *(const char *const *)entry;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(name_of(*(const void *const *)a), name_of(*(const void *const *)b));
}

static const void *find(const void *const *sorted, size_t n, const struct gql_name *name)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = compare(name_of(sorted[middle]), name);
		if (!c)
			return sorted[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void sort_fields(struct gql_schema *s, struct gql_type *t)
{
	t->by_name = arena_array_of(s->mem, struct gql_field_def *, t->n_fields);
	memcpy(t->by_name, t->fields, t->n_fields * sizeof(*t->fields));
	qsort(t->by_name, t->n_fields, sizeof(*t->by_name), by_name);
	for (size_t i = 1; i < t->n_fields; i++)
		assert(strcmp(t->by_name[i - 1]->name, t->by_name[i]->name) != 0);
}

void gql_schema_finish(struct gql_schema *s)
{
	assert(s->query);
	qsort(s->types, s->n_types, sizeof(*s->types), by_name);
	for (size_t i = 0; i < s->n_types; i++) {
		struct gql_type *t = s->types[i];
		bool of_fields = t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE;
		assert(i == 0 || strcmp(s->types[i - 1]->name, t->name) != 0);
		assert(!of_fields || t->n_fields);
		if (of_fields)
			sort_fields(s, t);
	}
}

const struct gql_type *gql_type_find(const struct gql_schema *s, const struct gql_name *name)
{
	return find((const void *const *)s->types, s->n_types, name);
}

const struct gql_field_def *gql_field_find(const struct gql_type *t, const struct gql_name *name)
{
	return find((const void *const *)t->by_name, t->n_fields, name);
}

static const struct gql_field_def *look_for(
	const struct gql_schema *s, const struct gql_type *parent, const struct gql_name *name)
{
	if (name->n < 2 || name->s[0] != '_' || name->s[1] != '_')
		return parent->kind == GQL_UNION ? NULL : gql_field_find(parent, name);
	if (!compare(s->of_all.name, name))
		return &s->of_all;
	for (size_t i = 0; parent == s->query && i < sizeof s->of_query / sizeof *s->of_query; i++)
		if (!compare(s->of_query[i].name, name))
			return &s->of_query[i];
	return NULL;
}

const struct gql_field_def *gql_field_of(
	const struct gql_schema *s, const struct gql_type *parent, const struct gql_selection *selection)
{
	struct gql_meaning *m = selection->meaning;
	if (m->of != parent)
		*m = (struct gql_meaning){ parent, look_for(s, parent, &selection->name) };
	return m->def;
}

const struct gql_input_def *gql_input_find(const struct gql_inputs *in, const struct gql_name *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (!compare(in->list[i].name, name))
			return &in->list[i];
	return NULL;
}

const struct gql_directive_def *gql_directive_find(const struct gql_schema *s, const struct gql_name *name)
{
	for (size_t i = 0; i < s->n_directives; i++)
		if (!compare(s->directives[i].name, name))
			return &s->directives[i];
	return NULL;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

const struct gql_type *gql_bare(const struct gql_type *t)
{
	while (t->of)
		t = t->of;
	return t;
}

static bool may_be(const struct gql_type *abstract, const struct gql_type *object)
{
	for (size_t i = 0; i < abstract->n_possible; i++)
		if (abstract->possible[i] == object)
			return true;
	return false;
}

bool gql_overlap(const struct gql_type *a, const struct gql_type *b)
{
	if (a == b)
		return true;
	if (a->kind == GQL_OBJECT_TYPE)
		return b->kind != GQL_OBJECT_TYPE && may_be(b, a);
	if (b->kind == GQL_OBJECT_TYPE)
		return may_be(a, b);
	for (size_t i = 0; i < a->n_possible; i++)
		if (may_be(b, a->possible[i]))
			return true;
	return false;
}

const char *gql_type_text(struct arena *a, const struct gql_type *t)
{
	if (t->kind == GQL_NON_NULL)
		return arena_printf(a, "%s!", gql_type_text(a, t->of));
	return t->kind == GQL_LIST_OF ? arena_printf(a, "[%s]", gql_type_text(a, t->of)) : t->name;
}
