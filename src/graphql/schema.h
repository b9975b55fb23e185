/* A GraphQL schema (October 2021, section 3) as tables that are made at start: types by name, their fields, what these take.
 * Made in one arena, then finished, then only read. */
#ifndef GRAPHQL_SCHEMA_H
#define GRAPHQL_SCHEMA_H

#include "graphql/query.h"

enum gql_type_kind {
	GQL_SCALAR,
	GQL_OBJECT_TYPE,
	GQL_INTERFACE,
	GQL_UNION,
	GQL_ENUM_TYPE,
	GQL_INPUT,
	GQL_LIST_OF,
	GQL_NON_NULL
};

struct gql_type;
/* What a field takes, what an input object holds. */
struct gql_input_def {
	const char *name, *doc;
	const struct gql_type *type;
	const struct gql_value *dflt; /* NULL: none */
	const char *dflt_text; /* the same as it is written */
};
struct gql_inputs {
	struct gql_input_def *list;
	size_t n;
};
struct gql_field_def {
	const char *name, *doc, *deprecated; /* deprecated: why, NULL when it is not */
	const struct gql_type *type;
	struct gql_inputs takes;
	const void *how; /* the maker's own: how it is resolved */
};
struct gql_enum_def {
	const char *name, *doc;
};

struct gql_type {
	const char *name, *doc; /* name, first: NULL of GQL_LIST_OF, GQL_NON_NULL */
	enum gql_type_kind kind;
	const char *specified_by; /* GQL_SCALAR: a URL, or NULL */
	/* GQL_SCALAR: whether a literal may stand for it; NULL: any may. */
	bool (*takes)(const struct gql_value *v);
	const struct gql_type *of; /* GQL_LIST_OF, GQL_NON_NULL */
	struct gql_field_def **fields; /* GQL_OBJECT_TYPE, GQL_INTERFACE: as added; by_name: sorted */
	struct gql_field_def **by_name;
	size_t n_fields;
	struct gql_inputs inputs; /* GQL_INPUT */
	struct gql_enum_def *values; /* GQL_ENUM_TYPE */
	size_t n_values;
	/* GQL_UNION, GQL_INTERFACE: the objects that it may be. GQL_OBJECT_TYPE, GQL_INTERFACE: those that it is. */
	const struct gql_type **possible, **interfaces;
	size_t n_possible, n_interfaces;
	struct gql_type *list, *non_null; /* the same, wrapped: made when first asked for */
};

enum gql_location {
	GQL_ON_QUERY,
	GQL_ON_MUTATION,
	GQL_ON_SUBSCRIPTION,
	GQL_ON_FIELD,
	GQL_ON_FRAGMENT,
	GQL_ON_SPREAD,
	GQL_ON_INLINE,
	GQL_ON_VARIABLE,
	GQL_ON_SCHEMA_SCALAR,
	GQL_ON_SCHEMA_FIELD,
	GQL_ON_SCHEMA_ARGUMENT,
	GQL_ON_SCHEMA_INPUT_FIELD,
	GQL_ON_SCHEMA_ENUM_VALUE,
};
extern const char *const gql_location_names[]; /* "QUERY", "FIELD", "FRAGMENT_DEFINITION" ... */
struct gql_directive_def {
	const char *name, *doc;
	unsigned locations; /* bits of enum gql_location */
	struct gql_inputs takes;
};

struct gql_schema {
	struct arena *mem;
	struct gql_type **types; /* finished: sorted by name */
	size_t n_types, room;
	const struct gql_type *query, *mutation, *subscription; /* the latter two may be NULL */
	const struct gql_type *int_, *float_, *string, *boolean, *id;
	struct gql_field_def of_all, of_query[2]; /* __typename; __schema and __type */
	struct gql_directive_def *directives; /* skip, include, deprecated, specifiedBy */
	size_t n_directives;
};

/* With the five built-in scalars, the four directives and the types of introspection. */
struct gql_schema *gql_schema_new(struct arena *mem);
/* A type of that name; made when it is not there, of that kind. */
struct gql_type *gql_type_named(struct gql_schema *s, enum gql_type_kind kind, const char *name, const char *doc);
const struct gql_type *gql_list_of(struct gql_schema *s, const struct gql_type *t);
const struct gql_type *gql_non_null(struct gql_schema *s, const struct gql_type *t);
struct gql_field_def *gql_field_add(
	struct gql_schema *s, struct gql_type *t, const char *name, const struct gql_type *type, const char *doc);
/* `dflt`: a literal, NULL for none. */
void gql_input_add(struct gql_schema *s, struct gql_inputs *to, const char *name, const struct gql_type *type,
	const char *dflt, const char *doc);
void gql_enum_add(struct gql_schema *s, struct gql_type *t, const char *name, const char *doc);
/* `object` may stand where `abstract` (an interface or a union) is asked for. */
void gql_possible_add(struct gql_schema *s, struct gql_type *abstract, struct gql_type *object);
/* Sorts; asserts that all is there: roots, fields of objects, names once. */
void gql_schema_finish(struct gql_schema *s);

/* Adds the types of introspection (section 4), and the fields that lead to them: gql_schema_new() calls it. */
void gql_introspection_add(struct gql_schema *s);

/* NULL when there is none. */
const struct gql_type *gql_type_find(const struct gql_schema *s, const struct gql_name *name);
const struct gql_field_def *gql_field_find(const struct gql_type *t, const struct gql_name *name);
const struct gql_input_def *gql_input_find(const struct gql_inputs *in, const struct gql_name *name);
const struct gql_directive_def *gql_directive_find(const struct gql_schema *s, const struct gql_name *name);
/* What a selection of the kind GQL_FIELD is, where the parent is of that type; also __typename, and at the root of queries
 * __schema and __type. */
const struct gql_field_def *gql_field_of(
	const struct gql_schema *s, const struct gql_type *parent, const struct gql_selection *selection);
/* Past lists and ! */
const struct gql_type *gql_bare(const struct gql_type *t);
static inline bool gql_is_composite(const struct gql_type *t)
{
	return t->kind == GQL_OBJECT_TYPE || t->kind == GQL_INTERFACE || t->kind == GQL_UNION;
}
static inline bool gql_is_input(const struct gql_type *bare)
{
	return bare->kind == GQL_SCALAR || bare->kind == GQL_ENUM_TYPE || bare->kind == GQL_INPUT;
}
/* Whether some object may be both. */
bool gql_overlap(const struct gql_type *a, const struct gql_type *b);
/* [Name!]! as it is written. */
const char *gql_type_text(struct arena *a, const struct gql_type *t);

#endif
