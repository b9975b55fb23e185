/* Type tables: a struct described once. JSON in and out, SQL rows, forms, the command line, OpenAPI, GraphQL, CSV and
 * broker messages all read the same table, so nobody writes a mapping twice. The C type of a member picks its kind; a
 * member of a type that no kind fits does not compile.
 *
 *	struct invite { const char *id, *email; int64_t created_at; bool used; };
 *	TYPE(invite,
 *		FIELD(invite, id, UUID, "Identifier"),
 *		FIELD(invite, email, EMAIL, "Who is invited", .max = 254),
 *		FIELD(invite, created_at, TIME, "When it was made"),
 *		FIELD(invite, used, 0, "True once the account was made"));
 */
#ifndef BASE_TYPE_H
#define BASE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	KIND_BOOL,
	KIND_INT, /* int64_t; with TIME: ms since 1970, RFC 3339 on the wire, 0 is null */
	KIND_DOUBLE,
	KIND_TEXT, /* const char *, UTF-8 without NUL; NULL is null */
	KIND_ENUM, /* unsigned: an index into .names; text on the wire and in SQL */
	KIND_SECRET, /* struct secret: taken in, never given out by any printer */
	KIND_JSON, /* struct json: any JSON value, kept as its text */
	KIND_LIST, /* struct list of .type objects, or of texts when .type is NULL */
	KIND_OBJECT, /* pointer to a struct of .type; NULL is null */
	KIND_MAP, /* struct textmap: names to texts */
};

/* What may be said of a field. */
enum {
	REQUIRED = 1u << 0, /* must be in the input; in OpenAPI also: always in the output */
	TIME = 1u << 1, /* an int64_t that is a moment */
	EMAIL = 1u << 2, /* text formats, checked on input */
	UUID = 1u << 3,
	URL = 1u << 4, /* http or https */
	DATE = 1u << 5, /* YYYY-MM-DD */
	SENSITIVE = 1u << 6, /* text for its owner alone: answered, but masked in logs, events and the audit */
	READ_ONLY = 1u << 7, /* shown, refused on input */
	IN_PATH = 1u << 8, /* bound from the {name} in the path */
	IN_QUERY = 1u << 9, /* bound from the query string, also on writes */
	OMIT_NULL = 1u << 10, /* left out of the output instead of null */
	MULTILINE = 1u << 11, /* text that may hold line breaks and tabs; without it control characters are refused */
	NULL_CLEARS =
		1u << 12, /* an optional text that null sets to nothing (PATCH); a KIND_JSON then keeps it as "null" */
	TRIM = 1u << 13, /* blanks at both ends are dropped on input */
	HIDDEN = 1u << 14, /* no door shows or takes it: for SQL rows only */
	EMBEDDED = 1u << 15, /* KIND_OBJECT that stands in the struct itself, not behind a pointer */
	WORD = 1u << 17, /* text that is one of a known set of names: some older shapes show it in upper case */
	UPPER = 1u << 18, /* text that is shown in upper case, and taken in any */
	VOLATILE =
		1u
		<< 19, /* changes without being a change (last use): stands last in its type, and no ETag counts it */
	CONSTANT = 1u << 16, /* text that is always .dflt: for the answers of older shapes */
};

/* Optional values tell absent, null and set apart: what PATCH needs. */
enum has { ABSENT = 0, IS_NULL, IS_SET };
struct opt_bool {
	enum has has;
	bool v;
};
struct opt_int {
	enum has has;
	int64_t v;
};
struct opt_double {
	enum has has;
	double v;
};
struct opt_text {
	enum has has;
	const char *v;
};
struct opt_enum {
	enum has has;
	unsigned v;
};

struct secret {
	const char *s; /* NUL behind it; NULL when absent */
	size_t n;
};
struct json {
	const char *text; /* compact JSON; NULL when absent */
};
struct list {
	void *items; /* structs of the field's .type in a row, or const char * */
	size_t n;
};
struct pair {
	const char *name, *value;
};
struct textmap {
	struct pair *items;
	size_t n;
};

struct type;

struct field {
	const char *name, *doc;
	size_t off;
	enum kind kind;
	bool opt;
	unsigned flags;
	int64_t min, max; /* characters of a text, value of a number, items of a list; both 0: no bound */
	const char *const *names; /* KIND_ENUM: NULL-terminated */
	const struct type *type; /* KIND_OBJECT, KIND_LIST of objects */
	const char *alias; /* other names accepted on input, "email|username" */
	const char *dflt; /* value when the input has none, as it would stand in a query string */
	/* A further check of a text, or of the text of a KIND_JSON: NULL when it is right, else what is wrong ("must begin with a letter"). */
	const char *(*check)(const char *s);
	const char *cookie; /* the cookie that stands for it, when the caller has its tokens as cookies; NULL: none */
	const char *pattern; /* the same as a regular expression, for OpenAPI readers */
	unsigned place; /* 1 + the bit of type.hide that leaves it out; 0: the bit of its own place */
};

struct type {
	const char *name;
	size_t size;
	const struct field *fields; /* ends with .name == NULL */
	size_t n;
	size_t hide; /* 1 + offset of a uint64_t whose bit i leaves out field i; 0: none */
};

/* clang-format off: it does not know _Generic */
#define KIND_OF(x) \
	_Generic((x), \
		bool: KIND_BOOL, struct opt_bool: KIND_BOOL, \
		int64_t: KIND_INT, struct opt_int: KIND_INT, \
		double: KIND_DOUBLE, struct opt_double: KIND_DOUBLE, \
		const char *: KIND_TEXT, struct opt_text: KIND_TEXT, \
		unsigned: KIND_ENUM, struct opt_enum: KIND_ENUM, \
		struct secret: KIND_SECRET, struct json: KIND_JSON, struct textmap: KIND_MAP)
#define OPT_OF(x) \
	_Generic((x), struct opt_bool \
		 : true, struct opt_int \
		 : true, struct opt_double \
		 : true, struct opt_text \
		 : true, struct opt_enum \
		 : true, default \
		 : false)

#define FIELD_(S, member, kind_, flags_, ...) \
	{ \
		.name = #member, .off = offsetof(struct S, member), .kind = (kind_), \
		.opt = OPT_OF(((struct S *)0)->member), .flags = (flags_), .doc = __VA_ARGS__ \
	}
/* FIELD(struct, member, flags, "doc", .min = 3, .max = 50) */
#define FIELD(S, member, flags, ...) FIELD_(S, member, KIND_OF(((struct S *)0)->member), flags, __VA_ARGS__)
/* The same under another name: FIELD_AS(user, id, "user_id", UUID, "doc") */
#define FIELD_AS(S, member, name_, flags_, ...) \
	{ \
		.name = name_, .off = offsetof(struct S, member), .kind = KIND_OF(((struct S *)0)->member), \
		.opt = OPT_OF(((struct S *)0)->member), .flags = (flags_), .doc = __VA_ARGS__ \
	}
/* FIELD_EMBEDDED(struct, member, type, flags, "doc"): `struct type member` in place */
#define FIELD_EMBEDDED(S, member, T, flags, ...) \
	FIELD_(S, member, \
		_Generic(((struct S *)0)->member, struct T \
			 : KIND_OBJECT), \
		(flags) | EMBEDDED, __VA_ARGS__, .type = &T##_type)
/* FIELD_ENUM(struct, member, names, flags, "doc"): `unsigned member` or `struct opt_enum member` */
#define FIELD_ENUM(S, member, names_, flags, ...) \
	FIELD_(S, member, KIND_OF(((struct S *)0)->member), flags, __VA_ARGS__, .names = names_)
/* FIELD_OBJECT(struct, member, type, flags, "doc"): `struct type *member` (or const) */
#define FIELD_OBJECT(S, member, T, flags, ...) \
	FIELD_(S, member, \
		_Generic(((struct S *)0)->member, struct T *: KIND_OBJECT, const struct T *: KIND_OBJECT), \
		flags, __VA_ARGS__, .type = &T##_type)
/* FIELD_LIST(struct, member, type, flags, "doc"): `struct list member` of `struct type` */
#define FIELD_LIST(S, member, T, flags, ...) \
	FIELD_(S, member, \
		_Generic(((struct S *)0)->member, struct list \
			 : KIND_LIST), \
		flags, __VA_ARGS__, .type = &T##_type)
/* FIELD_TEXTS(struct, member, flags, "doc"): `struct list member` of const char * */
#define FIELD_TEXTS(S, member, flags, ...) \
	FIELD_(S, member, _Generic(((struct S *)0)->member, struct list : KIND_LIST), flags, __VA_ARGS__)
/* clang-format on */

#define TYPE_(name_, S, hide_, ...) \
	static const struct field name_##_fields_[] = { __VA_ARGS__, { 0 } }; \
	const struct type name_##_type = { #name_, sizeof(struct S), name_##_fields_, \
		sizeof name_##_fields_ / sizeof(struct field) - 1, hide_ }
#define TYPE(S, ...) TYPE_(S, S, 0, __VA_ARGS__)
/* TYPE_AS(name, struct, FIELD...): another table of a struct that has one, with fewer fields or other names of them. */
#define TYPE_AS(name_, S, ...) TYPE_(name_, S, 0, __VA_ARGS__)
/* TYPE_HIDING(struct, uint64_t member, FIELD...): the member's bits leave out fields of one value (privacy). */
#define TYPE_HIDING(S, member, ...) \
	_Static_assert(sizeof(((struct S *)0)->member) == 8, "the mask is a uint64_t"); \
	TYPE_(S, S, 1 + offsetof(struct S, member), __VA_ARGS__)
/* A type with no field: for operations that take or give nothing. */
#define TYPE_EMPTY(S) \
	static const struct field S##_fields_[] = { { 0 } }; \
	const struct type S##_type = { #S, sizeof(struct S), S##_fields_, 0, 0 }

/* NULL when the type has no such field; `name` is n bytes, aliases count. */
const struct field *type_field(const struct type *t, const char *name, size_t n);
/* The place of a field's value in a struct, past the presence mark of an optional. */
void *field_at(const struct field *f, void *object);
const void *field_value(const struct field *f, const void *object);
/* The struct of a KIND_OBJECT field; NULL when there is none. */
const void *field_object(const struct field *f, const void *object);
/* Presence of a value: ABSENT only for optionals; IS_NULL for NULL texts, objects, secrets and times of 0. */
enum has field_has(const struct field *f, const void *object);
/* Marks an optional; no effect on other fields. */
void field_mark(const struct field *f, void *object, enum has has);
/* Index of `name` (n bytes) in a NULL-terminated list, or -1. */
int names_index(const char *const *names, const char *name, size_t n);

/* A value for SQL: $1, $2 ... of a statement. */
struct val {
	enum { VAL_END, VAL_NULL, VAL_BOOL, VAL_INT, VAL_DOUBLE, VAL_TEXT } tag;
	int64_t i;
	double d;
	const char *s;
};
static inline struct val val_bool(bool v)
{
	return (struct val){ .tag = VAL_BOOL, .i = v };
}
static inline struct val val_int(int64_t v)
{
	return (struct val){ .tag = VAL_INT, .i = v };
}
static inline struct val val_double(double v)
{
	return (struct val){ .tag = VAL_DOUBLE, .d = v };
}
static inline struct val val_text(const char *v)
{
	return v ? (struct val){ .tag = VAL_TEXT, .s = v } : (struct val){ .tag = VAL_NULL };
}
#define V(x) \
	_Generic((x), bool: val_bool, int64_t: val_int, double: val_double, const char *: val_text, char *: val_text)(x)
/* A time of 0 is NULL in SQL. */
static inline struct val val_time(int64_t ms)
{
	return ms ? val_int(ms) : (struct val){ .tag = VAL_NULL };
}
#define BIND(...) \
	(const struct val[]) \
	{ \
		__VA_ARGS__, \
		{ \
			.tag = VAL_END \
		} \
	}

/* The rows of 1 to BIND_SOME keys by one statement: "... WHERE id IN (" BIND_SOME_SQL ")", with the arguments that bind_some() makes. */
#define BIND_SOME_SQL "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16"
/* And a second list of them: bind_some(args + BIND_SOME, ...). */
#define BIND_MORE_SQL "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32"
enum { BIND_SOME = 16 };
void bind_some(struct val args[static BIND_SOME + 1], size_t n, const char *const *keys);

#endif
