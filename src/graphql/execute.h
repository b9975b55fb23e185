/* Runs an operation (October 2021, section 6). Fields are resolved level by level: what is asked of all objects of a level is
 * asked at once, so that a list of people with their followers costs one look-up more and not one a person. */
#ifndef GRAPHQL_EXECUTE_H
#define GRAPHQL_EXECUTE_H

#include "graphql/coerce.h"

/* What a field gave for one object. */
enum gql_result_kind {
	GQL_R_NULL,
	GQL_R_ERROR, /* text: the sentence; extensions: the members of that object as JSON, or NULL */
	GQL_R_TEXT, /* text */
	GQL_R_BOOL, /* n */
	GQL_R_INT, /* n */
	GQL_R_WRITTEN, /* write(out, a, b) writes it as JSON, when the answer is written */
	GQL_R_OBJECT, /* object, of `type`, which is one that the field may give */
	GQL_R_LIST, /* n items */
};
struct gql_result {
	enum gql_result_kind kind;
	const char *text, *extensions;
	int64_t n;
	void (*write)(struct buf *out, const void *a, const void *b);
	const void *a, *b, *object;
	const struct gql_type *type;
	struct gql_result *items;
};

/* One field, asked of n objects of one type. resolve() fills out[0..n-1], which is all GQL_R_NULL. */
struct gql_run;
struct gql_ask {
	struct gql_run *run;
	const struct gql_type *parent;
	const struct gql_field_def *field;
	const struct gql_name *name; /* that the answer calls it by */
	json_t *arguments; /* NULL: the field takes none */
	size_t n;
	const void *const *objects;
	struct gql_result *out;
};

struct gql_error {
	const char *message, *extensions; /* extensions may be NULL */
	const struct gql_node *node; /* where in the answer; NULL: nowhere */
	uint32_t at;
	bool placed; /* `at` is a place in the source */
};
enum { GQL_ERRORS_MAX = 50 };

/* Filled by the caller up to `bytes_max`, the rest zero. */
struct gql_run {
	struct arena *mem;
	const struct gql_schema *schema;
	const struct gql_document *document;
	const struct gql_operation *operation;
	struct gql_variables variables;
	void (*resolve)(struct gql_ask *ask);
	void *context; /* resolve()'s own */
	uint32_t fields_max; /* values in the answer, all in all */
	size_t bytes_max; /* of its data */

	uint32_t fields;
	struct gql_error *errors; /* room for GQL_ERRORS_MAX, made when the first is noted */
	size_t n_errors;
};

/* Runs it with the object at its root (may be NULL) and writes {"data":...,"errors":[...]}; false when the data is longer than it
 * may be: what was written is nothing then. */
bool gql_execute(struct gql_run *run, const void *root, struct buf *out);
/* The operation of that name, or the only one when the name is NULL or empty; NULL: there is none, *why says it. */
const struct gql_operation *gql_operation_of(const struct gql_document *d, const char *name, const char **why);

/* {"errors":[...]} for a document that is not run. */
void gql_write_faults(struct buf *out, const char *source, const struct gql_fault *faults, size_t n);

/* Answers for the fields of __Schema and its kin, __schema and __type. */
void gql_introspection_resolve(struct gql_ask *ask);

#endif
