/* What comes in: variables as JSON, literals in the document, both made into JSON values of the types that are asked for
 * (October 2021, sections 3.x "input coercion", 6.1.2, 6.4.1). */
#ifndef GRAPHQL_COERCE_H
#define GRAPHQL_COERCE_H

#include "base/buf.h"
#include "graphql/schema.h"

#include <jansson.h>

/* The variables of one operation, as they are for this request. */
struct gql_variables {
	const struct gql_operation *operation;
	json_t **values; /* one each, in the order of their definitions; NULL: it was not given and has no default */
};

/* A value that lives as long as the arena; NULL stays NULL. Takes the reference. */
json_t *gql_keep(struct arena *a, json_t *v);

/* Fills `out` from what the request gave (an object, or NULL). *why says what is wrong, *at which variable. The operation is one
 * that gql_check() took. */
bool gql_variables(struct arena *a, const struct gql_schema *s, const struct gql_operation *op, json_t *given,
	struct gql_variables *out, const char **why, uint32_t *at);

/* What a field is given, as an object with every argument that has a value; NULL, and *why, when a variable that was given
 * cannot stand where it does. The document is one that gql_check() took. */
json_t *gql_arguments(struct arena *a, const struct gql_inputs *takes, const struct gql_argument *given,
	const struct gql_variables *variables, const char **why);

/* The value of a variable, borrowed; NULL: it has none. And an argument by its name; NULL: it was not given. */
json_t *gql_variable_value(const struct gql_variables *variables, const struct gql_name *name);
const struct gql_argument *gql_argument_find(const struct gql_argument *given, const char *name);

/* Whether @skip and @include leave a selection in. */
bool gql_included(const struct gql_selection *s, const struct gql_variables *variables);

#endif
