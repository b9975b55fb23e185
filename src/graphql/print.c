#include "graphql/print.h"
#include "base/json.h"

static bool is_built_in(const struct gql_schema *s, const struct gql_type *t)
{
	return t == s->int_ || t == s->float_ || t == s->string || t == s->boolean || t == s->id ||
	       strncmp(t->name, "__", 2) == 0;
}

/* A JSON string is a GraphQL string too, for what descriptions hold. */
static void print_doc(struct buf *b, const char *indent, const char *doc)
{
	if (!doc || !*doc)
		return;
	buf_str(b, indent);
	json_write_text(b, doc);
	buf_char(b, '\n');
}

static void print_type(struct buf *b, const struct gql_type *t)
{
	buf_str(b, t->kind == GQL_LIST_OF ? "[" : "");
	if (t->of)
		print_type(b, t->of);
	else
		buf_str(b, t->name);
	buf_str(b, t->kind == GQL_LIST_OF ? "]" : t->kind == GQL_NON_NULL ? "!" : "");
}

static void print_input(struct buf *b, const struct gql_input_def *in)
{
	buf_printf(b, "%s: ", in->name);
	print_type(b, in->type);
	if (in->dflt_text)
		buf_printf(b, " = %s", in->dflt_text);
}

static void print_described(struct buf *b, const char *indent, const struct gql_inputs *in)
{
	for (size_t i = 0; i < in->n; i++) {
		print_doc(b, indent, in->list[i].doc);
		buf_str(b, indent);
		print_input(b, &in->list[i]);
		buf_char(b, '\n');
	}
}

/* On one line, unless there is something to say of them. */
static void print_arguments(struct buf *b, const struct gql_inputs *in)
{
	bool described = false;
	for (size_t i = 0; i < in->n; i++)
		described |= in->list[i].doc && *in->list[i].doc;
	if (described) {
		buf_str(b, "(\n");
		print_described(b, "    ", in);
		buf_str(b, "  )");
		return;
	}
	for (size_t i = 0; i < in->n; i++) {
		buf_str(b, i ? ", " : "(");
		print_input(b, &in->list[i]);
	}
	buf_str(b, in->n ? ")" : "");
}

static void print_fields(struct buf *b, const struct gql_type *t)
{
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct gql_field_def *f = t->fields[i];
		print_doc(b, "  ", f->doc);
		buf_printf(b, "  %s", f->name);
		print_arguments(b, &f->takes);
		buf_str(b, ": ");
		print_type(b, f->type);
		if (f->deprecated) {
			buf_str(b, " @deprecated(reason: ");
			json_write_text(b, f->deprecated);
			buf_char(b, ')');
		}
		buf_char(b, '\n');
	}
}

static void print_names(
	struct buf *b, const char *first, const char *between, const struct gql_type *const *types, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_str(b, i ? between : first);
		buf_str(b, types[i]->name);
	}
}

static void print_object(struct buf *b, const struct gql_type *t)
{
	buf_printf(b, "%s %s", t->kind == GQL_INTERFACE ? "interface" : "type", t->name);
	print_names(b, " implements ", " & ", t->interfaces, t->n_interfaces);
	buf_str(b, " {\n");
	print_fields(b, t);
	buf_str(b, "}\n");
}

static void print_enum(struct buf *b, const struct gql_type *t)
{
	buf_printf(b, "enum %s {\n", t->name);
	for (size_t i = 0; i < t->n_values; i++) {
		print_doc(b, "  ", t->values[i].doc);
		buf_printf(b, "  %s\n", t->values[i].name);
	}
	buf_str(b, "}\n");
}

static void print_input_object(struct buf *b, const struct gql_type *t)
{
	buf_printf(b, "input %s {\n", t->name);
	print_described(b, "  ", &t->inputs);
	buf_str(b, "}\n");
}

static void print_scalar(struct buf *b, const struct gql_type *t)
{
	buf_printf(b, "scalar %s", t->name);
	if (t->specified_by) {
		buf_str(b, " @specifiedBy(url: ");
		json_write_text(b, t->specified_by);
		buf_char(b, ')');
	}
	buf_char(b, '\n');
}

static void print_one(struct buf *b, const struct gql_type *t)
{
	print_doc(b, "", t->doc);
	switch (t->kind) {
	case GQL_SCALAR:
		print_scalar(b, t);
		break;
	case GQL_OBJECT_TYPE:
	case GQL_INTERFACE:
		print_object(b, t);
		break;
	case GQL_UNION:
		buf_printf(b, "union %s", t->name);
		print_names(b, " = ", " | ", t->possible, t->n_possible);
		buf_char(b, '\n');
		break;
	case GQL_ENUM_TYPE:
		print_enum(b, t);
		break;
	case GQL_INPUT:
		print_input_object(b, t);
		break;
	case GQL_LIST_OF:
	case GQL_NON_NULL:
		break;
	}
}

void gql_print(struct buf *out, const struct gql_schema *s)
{
	buf_printf(out, "schema {\n  query: %s\n", s->query->name);
	if (s->mutation)
		buf_printf(out, "  mutation: %s\n", s->mutation->name);
	if (s->subscription)
		buf_printf(out, "  subscription: %s\n", s->subscription->name);
	buf_str(out, "}\n");
	for (size_t i = 0; i < s->n_types; i++)
		if (!is_built_in(s, s->types[i])) {
			buf_char(out, '\n');
			print_one(out, s->types[i]);
		}
}
