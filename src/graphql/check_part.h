/* What the files that judge a document share. Included by check*.c only. */
#ifndef GRAPHQL_CHECK_PART_H
#define GRAPHQL_CHECK_PART_H

#include "graphql/check.h"

/* A variable where it is used. */
struct usage {
	const struct gql_value *variable;
	const struct gql_type *wanted; /* NULL: what is wanted is not known */
	bool has_default; /* the place has a value when it is given none */
	struct usage *next;
};
struct spread {
	const struct gql_selection *selection;
	struct fragment *fragment; /* NULL: there is none */
	struct spread *next;
};
/* What stands in an operation or a fragment, but not in those that it spreads. */
struct body {
	struct usage *usages;
	struct spread *spreads;
};
struct fragment {
	const struct gql_fragment *definition;
	const struct gql_type *on; /* NULL: no type that has selections */
	struct body body;
	uint32_t index; /* bit in sets of fragments */
	uint32_t depth; /* of its selections, those of its spreads counted in */
	enum { UNSEEN, OPEN, DONE } walk;
};
enum { FRAGMENTS_MAX = 64, MERGED_SLOTS = 512, MERGED_TRIES = 8 };

struct checker {
	struct arena *mem;
	const struct gql_schema *schema;
	const struct gql_document *document;
	const struct gql_check_limits *limits;
	struct gql_faults *faults;
	struct fragment *fragments[FRAGMENTS_MAX]; /* sorted by name */
	size_t n_fragments;
	struct body *body; /* of the definition that is walked */
	const struct gql_selection *merged[MERGED_SLOTS]; /* whose selections were held against each other */
	uint32_t work;
	bool stop; /* enough faults, or too much work */
};

/* Notes a fault at a byte of the source. */
void check_fault(struct checker *c, uint32_t at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for what may be right, but is too much. */
void check_refuse(struct checker *c, uint32_t at, const char *message);
/* Counts steps; false, and the document is refused, when there are too many. */
bool check_spend(struct checker *c, uint32_t steps);
struct fragment *check_fragment(const struct checker *c, const struct gql_name *name);
#define NAME(what) (int)(what).n, (what).s

/* check_value.c */
void check_value(struct checker *c, const struct gql_value *v, const struct gql_type *type, bool has_default);
void check_arguments(struct checker *c, const struct gql_inputs *takes, const struct gql_argument *given, uint32_t at,
	const char *of);
/* Variables in values of which no more is known. */
void check_use(struct checker *c, const struct gql_value *v);
void check_use_all(struct checker *c, const struct gql_argument *given);
/* check_variable.c: of an operation whose body was walked */
void check_variable_definitions(struct checker *c, const struct gql_operation *op);
void check_variable_uses(struct checker *c, const struct gql_operation *op, const struct body *body);
/* check_fragment.c */
void check_fragments(struct checker *c, const struct body *operations, size_t n);
/* check_merge.c */
void check_merge(struct checker *c, const struct gql_type *parent, const struct gql_selection *selections);

#endif
