/* A value of the answer costs one, and a list as often as it may have items. So the number of steps taken here is never more
 * than the cost that they find, and a bound of the one is a bound of the other, however fragments multiply. */
#include "api/graph_cost.h"
#include "api/graph_schema.h"

enum {
	LIST_GUESS = 20,
	READ_COST = 10,
	WRITE_COST = 50,
	HASH_COST = 500,
	INTROSPECTION_LISTS = 2,
	DIRECTIVE_COST = 10
};

struct walk {
	const struct gql_schema *s;
	const struct gql_document *d;
	const struct gql_variables *variables;
	uint64_t most;
	struct graph_cost *out;
};
/* Where a selection stands. */
struct spot {
	const struct gql_type *type;
	uint64_t times; /* how often what stands here may be in the answer */
	uint64_t limit; /* items that the list below it may have */
	unsigned lists; /* of introspection, one in the other */
};

static void walk(struct walk *w, const struct gql_selection *s, const struct spot *spot);

static void add(struct walk *w, uint64_t n, uint64_t times)
{
	uint64_t left = w->most - w->out->total;
	w->out->total += n && times > left / n ? left + 1 : n * times;
}

static bool over(const struct walk *w)
{
	return w->out->total > w->most || w->out->deep;
}

/* --- how many items ----------------------------------------------------------------------------------------------- */

static uint64_t counted(json_int_t n)
{
	return n < 1 ? 1 : n > PAGE_LIMIT_MAX ? PAGE_LIMIT_MAX : (uint64_t)n; /* more is refused later */
}

/* `limit`, or what holds one. */
static uint64_t limit_in(const struct walk *w, const struct gql_argument *given)
{
	const struct gql_argument *a = gql_argument_find(given, "limit");
	if (a && a->value.kind == GQL_INT) {
		json_int_t n = 0;
		for (uint32_t i = 0; i < a->value.text.n && n < PAGE_LIMIT_MAX; i++)
			if (a->value.text.s[i] != '-')
				n = 10 * n + (a->value.text.s[i] - '0');
		return counted(n);
	}
	if (a && a->value.kind == GQL_VARIABLE) {
		json_t *v = gql_variable_value(w->variables, &a->value.text);
		return json_is_integer(v) ? counted(json_integer_value(v)) : LIST_GUESS; /* the default is taken */
	}
	a = gql_argument_find(given, "pagination");
	if (a && a->value.kind == GQL_OBJECT)
		return limit_in(w, a->value.fields);
	json_t *v = a && a->value.kind == GQL_VARIABLE ? gql_variable_value(w->variables, &a->value.text) : NULL;
	json_t *limit = json_object_get(v, "limit");
	return limit ? counted(json_integer_value(limit)) : LIST_GUESS;
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

static uint64_t cost_of_call(struct walk *w, const struct op *op)
{
	w->out->fast &= (op->flags & OP_FAST) != 0;
	w->out->hash |= (op->flags & OP_HASH) != 0;
	return op->flags & OP_HASH ? HASH_COST : op->flags & OP_WRITE ? WRITE_COST : READ_COST;
}

/* Introspection is bounded by what it gives; only what goes from list to list is refused at once. */
static void walk_introspection(
	struct walk *w, const struct gql_field_def *f, const struct gql_selection *s, const struct spot *spot)
{
	struct spot below = *spot;
	below.type = gql_bare(f->type);
	below.times = 0;
	w->out->fast = false;
	w->out->introspects = true;
	bool list = strcmp(f->name, "fields") == 0 || strcmp(f->name, "inputFields") == 0 ||
	            strcmp(f->name, "possibleTypes") == 0 || strcmp(f->name, "interfaces") == 0;
	below.lists += list;
	w->out->deep |= below.lists > INTROSPECTION_LISTS;
	add(w, 1, 1);
	walk(w, s->selections, &below);
}

static void walk_field(struct walk *w, const struct gql_selection *s, const struct spot *spot)
{
	const struct gql_field_def *f = gql_field_of(w->s, spot->type, s);
	const struct graph_how *how = f->how;
	struct spot below = { .type = gql_bare(f->type), .times = spot->times, .limit = LIST_GUESS };
	if (!how) {
		if (f == &w->s->of_all)
			add(w, 1, spot->times);
		else
			walk_introspection(w, f, s, spot);
		return;
	}
	uint64_t own = 1;
	if (how->kind == GRAPH_CALL)
		own = cost_of_call(w, how->op);
	if (how->kind == GRAPH_EDGE)
		w->out->fast = false;
	if (how->kind == GRAPH_CALL || how->kind == GRAPH_EDGE)
		below.limit = limit_in(w, s->arguments);
	if (how->kind == GRAPH_LIST)
		below.times *= spot->limit;
	add(w, own, spot->times);
	walk(w, s->selections, &below);
}

static void walk_fragment(
	struct walk *w, const struct gql_name *on, const struct gql_selection *s, const struct spot *spot)
{
	struct spot there = *spot;
	if (on->s)
		there.type = gql_type_find(w->s, on);
	add(w, 1, 1);
	walk(w, s, &there);
}

static void walk(struct walk *w, const struct gql_selection *s, const struct spot *spot)
{
	for (; s && !over(w); s = s->next) {
		bool included = !s->directives || gql_included(s, w->variables);
		if (s->directives)
			add(w, DIRECTIVE_COST, 1); /* what is left out takes its steps as well */
		if (!included)
			continue;
		const struct gql_fragment *f;
		switch (s->kind) {
		case GQL_FIELD:
			walk_field(w, s, spot);
			break;
		case GQL_SPREAD:
			f = gql_fragment_find(w->d, &s->name);
			walk_fragment(w, &f->on, f->selections, spot);
			break;
		case GQL_INLINE:
			walk_fragment(w, &s->name, s->selections, spot);
			break;
		}
	}
}

struct graph_cost graph_cost(const struct gql_schema *s, const struct gql_document *d, const struct gql_operation *op,
	const struct gql_variables *variables, uint64_t most)
{
	struct graph_cost out = { .fast = true };
	struct walk w = { s, d, variables, most, &out };
	const struct gql_type *const roots[] = { s->query, s->mutation, s->subscription };
	struct spot root = { .type = roots[op->kind], .times = 1, .limit = LIST_GUESS };
	walk(&w, op->selections, &root);
	return out;
}
