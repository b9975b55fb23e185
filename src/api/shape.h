/* Shapes: how an answer looks to clients of one kind. The canonical shape is this program's own; the older ones are rows
 * of data. A row is compiled once, at start, into type tables derived from the operation's own: the same structs under
 * other names and in another nesting. So no handler and no encoder is written twice. */
#ifndef API_SHAPE_H
#define API_SHAPE_H

#include "api/op.h"

enum error_form {
	ERRORS_ENVELOPE, /* {"success":false,"message","error","details","correlation_id"} */
	ERRORS_MESSAGE, /* {"error":"Sentence","message":"...","details":[{type,msg,path,location}]} */
	ERRORS_DETAIL, /* {"detail":"Sentence"}; fields: {"detail":[{loc,msg,type}]} */
	ERRORS_OAUTH, /* {"error","error_description"} (RFC 6749 section 5.2) */
	ERRORS_GRAPHQL, /* {"errors":[{"message","extensions":{"code", ...}}]} (October 2021, section 7.1) */
};

struct shape {
	const char *name;
	const char *prefix; /* of its paths, for addresses that no row has */
	bool camel; /* names of fields in camelCase */
	bool upper; /* names of enums in upper case */
	enum error_form errors;
	const char *limits; /* how the names of further headers with the limits begin, NULL: none */
	const char *map; /* errors that differ: "invalid=400:Validation failed, ..." */
	/* Names of enums that differ, in threes: the enum's first name, ours, theirs: "active", "pending", "PENDING_VERIFICATION",
	 * ..., NULL. */
	const char *const *renamed;
};
extern const struct shape shape_camel, shape_bare, shape_graphql;

struct shape_error {
	const char *code;
	int status;
	const char *text; /* NULL: the error's own sentence */
};

/* A compiled row. */
struct view {
	const struct shape_row *row;
	const struct op *op;
	const struct type *in, *out;
	bool root; /* the answer is the value of out's one field, not an object around it */
	struct shape_error *errors;
	size_t errors_n;
};

/* Compiles a row; what is wrong with it (a field that the type lacks) is a mistake of ours and aborts with a message. The
 * result lives as long as the arena. */
const struct view *view_new(struct arena *a, const struct shape_row *row, const struct op *op);
/* The parts of a row: what the operation takes, as clients of the shape say it, and one field of an answer, without what is
 * below it. */
const struct type *view_input(struct arena *a, const struct shape_row *row, const struct type *t);
struct field view_field(struct arena *a, const struct shape *shape, const struct type *t, const struct field *f);
/* NULL when the view answers that error as the canonical shape would. */
const struct shape_error *view_error(const struct view *v, const char *code);

#endif
