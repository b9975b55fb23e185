/* GraphQL documents: whatever stands in them, they are read within their limits and judged within their steps; names lie inside the
 * source, and what was read is read again the same. */
#include "base/buf.h"
#include "graphql/check.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct gql_limits limits = {
	.bytes = 100000, .tokens = 2000, .depth = 15, .aliases = 30, .directives = 30, .fragments = 30
};
static const struct gql_check_limits bounds = { .depth = 15, .operations = 20, .variables = 30, .work = 100000 };

static struct gql_type *object(struct gql_schema *s, const char *name)
{
	return gql_type_named(s, GQL_OBJECT_TYPE, name, "");
}

/* Short names: they are soon found. */
static const struct gql_schema *schema(void)
{
	static struct gql_schema *s;
	if (s)
		return s;
	s = gql_schema_new(arena_new(0));
	struct gql_type *q = object(s, "Q"), *t = object(s, "T"), *i = gql_type_named(s, GQL_INTERFACE, "I", ""),
			*u = gql_type_named(s, GQL_UNION, "U", ""), *e = gql_type_named(s, GQL_ENUM_TYPE, "E", ""),
			*in = gql_type_named(s, GQL_INPUT, "N", "");
	struct gql_field_def *f = gql_field_add(s, q, "a", s->int_, "");
	gql_input_add(s, &f->takes, "x", s->int_, "1", "");
	gql_input_add(s, &f->takes, "y", gql_list_of(s, gql_non_null(s, s->string)), NULL, "");
	gql_input_add(s, &f->takes, "z", in, NULL, "");
	gql_input_add(s, &in->inputs, "e", e, NULL, "");
	gql_input_add(s, &in->inputs, "n", gql_list_of(s, in), NULL, "");
	gql_enum_add(s, e, "A", "");
	gql_field_add(s, q, "t", t, "");
	gql_field_add(s, q, "i", gql_list_of(s, i), "");
	gql_field_add(s, q, "u", u, "");
	gql_field_add(s, q, "q", q, "");
	gql_field_add(s, t, "a", s->id, "");
	gql_field_add(s, t, "q", gql_non_null(s, q), "");
	gql_field_add(s, i, "a", s->id, "");
	gql_possible_add(s, i, t);
	gql_possible_add(s, u, t);
	gql_possible_add(s, u, q);
	s->query = s->mutation = s->subscription = q;
	gql_schema_finish(s);
	return s;
}

static const char *source;
static size_t length;

static void inside(const struct gql_name *name)
{
	if (name->s && (name->s < source || name->s + name->n > source + length || !name->n))
		abort();
}

static size_t walk(const struct gql_selection *s)
{
	size_t found = 0;
	for (; s; s = s->next) {
		inside(&s->alias);
		inside(&s->name);
		if (s->at >= length)
			abort();
		found += 1 + walk(s->selections);
	}
	return found;
}

static size_t count(const struct gql_document *d)
{
	size_t found = 0;
	for (const struct gql_operation *op = d->operations; op; op = op->next)
		found += 1 + walk(op->selections);
	for (const struct gql_fragment *f = d->fragments; f; f = f->next)
		found += 1 + walk(f->selections);
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct gql_fault fault;
	struct gql_faults faults;
	source = arena_memdup0(a, data, n);
	length = n;
	const struct gql_document *d = gql_parse(a, source, n, &limits, &fault), *again;
	if (!d != !!fault.message || fault.at > n)
		abort();
	if (d && (!(again = gql_parse(a, source, n, &limits, &fault)) || count(d) != count(again)))
		abort();
	if (d && gql_check(a, schema(), d, &bounds, &faults) != !faults.n)
		abort();
	for (size_t i = 0; d && i < faults.n; i++)
		(void)gql_place_of(source, faults.list[i].at);
	arena_free(a);
	return 0;
}
