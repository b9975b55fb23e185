/* GraphQL requests as written: an executable document (October 2021, sections 2 and 6) as a tree. Names are slices of the
 * source, which must live as long as the tree; `at` is the byte in it where something begins. Lists go by `next`. */
#ifndef GRAPHQL_QUERY_H
#define GRAPHQL_QUERY_H

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

struct gql_type;
struct gql_field_def;
struct gql_name {
	const char *s; /* NULL: there is none */
	uint32_t n, at;
};

enum gql_value_kind {
	GQL_VARIABLE,
	GQL_INT,
	GQL_FLOAT,
	GQL_STRING,
	GQL_BOOLEAN,
	GQL_NULL,
	GQL_ENUM,
	GQL_LIST,
	GQL_OBJECT
};
struct gql_argument;
struct gql_value {
	enum gql_value_kind kind;
	uint32_t at;
	bool is_true; /* GQL_BOOLEAN */
	/* GQL_VARIABLE, GQL_ENUM: the name. GQL_INT, GQL_FLOAT: the number as written. GQL_STRING: what it means, as UTF-8
	 * without NUL (`s` then is no slice of the source). */
	struct gql_name text;
	struct gql_value *items, *next; /* GQL_LIST: the first of them; and the one behind this in such a list */
	struct gql_argument *fields; /* GQL_OBJECT */
};

/* Of a field, a directive, or a field of an object. */
struct gql_argument {
	struct gql_name name;
	struct gql_value value;
	struct gql_argument *next;
};
struct gql_directive {
	struct gql_name name;
	struct gql_argument *arguments;
	struct gql_directive *next;
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };
/* What a field was found to be, of which type (schema.h): looked for once, though a document is walked several times. */
struct gql_meaning {
	const struct gql_type *of;
	const struct gql_field_def *def;
};
struct gql_selection {
	enum gql_selection_kind kind;
	uint32_t at;
	struct gql_name alias; /* GQL_FIELD; none when it is called as it is */
	struct gql_name name; /* GQL_FIELD: the field; GQL_SPREAD: the fragment; GQL_INLINE: the type, or none */
	struct gql_argument *arguments;
	struct gql_directive *directives;
	struct gql_selection *selections, *next; /* selections: the first below it */
	struct gql_meaning *meaning; /* GQL_FIELD: empty as it is read */
};

/* A type as it is written: [Name!]! */
struct gql_written_type {
	struct gql_name name; /* none: a list */
	struct gql_written_type *of; /* of a list */
	bool non_null;
	uint32_t at;
};
struct gql_variable {
	struct gql_name name;
	struct gql_written_type *type;
	struct gql_value *dflt; /* NULL: none */
	struct gql_directive *directives;
	struct gql_variable *next;
};

enum gql_operation_kind { GQL_QUERY, GQL_MUTATION, GQL_SUBSCRIPTION };
struct gql_operation {
	enum gql_operation_kind kind;
	uint32_t at;
	struct gql_name name; /* none: anonymous */
	struct gql_variable *variables;
	struct gql_directive *directives;
	struct gql_selection *selections;
	struct gql_operation *next;
};
struct gql_fragment {
	uint32_t at;
	struct gql_name name, on;
	struct gql_directive *directives;
	struct gql_selection *selections;
	struct gql_fragment *next;
};

struct gql_document {
	const char *source;
	struct gql_operation *operations;
	struct gql_fragment *fragments;
	const struct gql_fragment **by_name; /* the same, sorted */
	size_t n_fragments;
};
/* NULL when there is none of that name. */
const struct gql_fragment *gql_fragment_find(const struct gql_document *d, const struct gql_name *name);

/* What a document may cost before it is refused, while it is read. */
struct gql_limits {
	uint32_t bytes, tokens, depth; /* depth: of selections in selections, of values in values, of lists in types */
	uint32_t aliases, directives, fragments; /* fragments: definitions */
};

/* Why a document is refused; `message` is NULL when it is not. */
struct gql_fault {
	const char *message;
	uint32_t at;
	bool limit; /* it may be right, but it is too much */
};

/* Reads n bytes of valid UTF-8 with a NUL behind them; they must live as long as the document. NULL when it is none, or too much: see `fault`. */
struct gql_document *gql_parse(
	struct arena *a, const char *source, size_t n, const struct gql_limits *limits, struct gql_fault *fault);

/* Line and column of a byte, both from 1; the column counts characters. */
struct gql_place {
	uint32_t line, column;
};
struct gql_place gql_place_of(const char *source, uint32_t at);

static inline bool gql_name_is(const struct gql_name *a, const char *s, size_t n)
{
	return a->n == n && memcmp(a->s, s, n) == 0;
}
static inline bool gql_same_name(const struct gql_name *a, const struct gql_name *b)
{
	return gql_name_is(a, b->s, b->n);
}
/* What a field is called in the answer. */
static inline const struct gql_name *gql_response_name(const struct gql_selection *s)
{
	return s->alias.s ? &s->alias : &s->name;
}

#endif
