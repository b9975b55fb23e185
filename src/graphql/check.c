#include "graphql/check_part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct gql_type *root_of(const struct gql_schema *s, enum gql_operation_kind kind)
{
	switch (kind) {
	case GQL_QUERY:
		return s->query;
	case GQL_MUTATION:
		return s->mutation;
	case GQL_SUBSCRIPTION:
		return s->subscription;
	}
	return NULL;
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

void check_fault(struct checker *c, uint32_t at, const char *fmt, ...)
{
	enum { LONGEST = 300, FAR = 16384 };
	char text[LONGEST];
	va_list args;
	if (c->stop)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	c->faults->list[c->faults->n++] = (struct gql_fault){ .message = arena_strdup(c->mem, text), .at = at };
	/* To tell its line all of the source before it is walked through: of faults far behind, one is enough. */
	c->stop = c->faults->n == GQL_FAULTS_MAX || at > FAR;
}

void check_refuse(struct checker *c, uint32_t at, const char *message)
{
	if (c->stop)
		return;
	c->faults->list[c->faults->n++] = (struct gql_fault){ .message = message, .at = at, .limit = true };
	c->stop = true;
}

bool check_spend(struct checker *c, uint32_t steps)
{
	c->work += steps;
	if (c->work > c->limits->work)
		check_refuse(c, 0, "The document is too complicated to be judged.");
	return !c->stop;
}

/* --- directives --------------------------------------------------------------------------------------------------- */

static void check_directives(struct checker *c, const struct gql_directive *d, enum gql_location where)
{
	for (uint64_t seen = 0; d && !c->stop; d = d->next) {
		const struct gql_directive_def *def = gql_directive_find(c->schema, &d->name);
		if (!def) {
			check_fault(c, d->name.at, "There is no directive @%.*s.", NAME(d->name));
			check_use_all(c, d->arguments);
			continue;
		}
		uint64_t bit = UINT64_C(1) << (def - c->schema->directives);
		if (!(def->locations >> where & 1))
			check_fault(c, d->name.at, "@%s cannot stand here.", def->name);
		if (seen & bit)
			check_fault(c, d->name.at, "@%s can stand here once.", def->name);
		seen |= bit;
		check_arguments(c, &def->takes, d->arguments, d->name.at, def->name);
	}
}

/* --- selections --------------------------------------------------------------------------------------------------- */

static void walk(struct checker *c, const struct gql_type *parent, const struct gql_selection *s);

static void walk_field(struct checker *c, const struct gql_type *parent, const struct gql_selection *s)
{
	const struct gql_field_def *def = parent ? gql_field_of(c->schema, parent, s) : NULL;
	if (parent && !def)
		check_fault(c, s->name.at, "%s has no field %.*s.", parent->name, NAME(s->name));
	if (!def) {
		check_use_all(c, s->arguments);
		check_directives(c, s->directives, GQL_ON_FIELD);
		walk(c, NULL, s->selections);
		return;
	}
	const struct gql_type *bare = gql_bare(def->type);
	bool composite = gql_is_composite(bare);
	check_arguments(c, &def->takes, s->arguments, s->name.at, def->name);
	check_directives(c, s->directives, GQL_ON_FIELD);
	if (composite && !s->selections)
		check_fault(c, s->name.at, "%s is of type %s: say which of its fields, in { }.", def->name, bare->name);
	if (!composite && s->selections)
		check_fault(c, s->name.at, "%s is of type %s, which has no fields.", def->name, bare->name);
	walk(c, composite ? bare : NULL, s->selections);
}

static void check_possible(struct checker *c, const struct gql_type *parent, const struct gql_type *on, uint32_t at)
{
	if (parent && on && !gql_overlap(parent, on))
		check_fault(c, at, "%s can never be %s.", parent->name, on->name);
}

static void walk_spread(struct checker *c, const struct gql_type *parent, const struct gql_selection *s)
{
	struct spread *spread = arena_new_of(c->mem, struct spread);
	*spread = (struct spread){ s, check_fragment(c, &s->name), c->body->spreads };
	c->body->spreads = spread;
	check_directives(c, s->directives, GQL_ON_SPREAD);
	if (!spread->fragment)
		check_fault(c, s->name.at, "There is no fragment %.*s.", NAME(s->name));
	else
		check_possible(c, parent, spread->fragment->on, s->at);
}

/* The type of a condition; NULL, with the fault noted, when it is none that has fields. */
static const struct gql_type *condition(struct checker *c, const struct gql_name *name)
{
	const struct gql_type *on = gql_type_find(c->schema, name);
	if (!on)
		check_fault(c, name->at, "There is no type %.*s.", NAME(*name));
	else if (!gql_is_composite(on))
		check_fault(c, name->at, "%s has no fields: no fragment can be on it.", on->name);
	return on && gql_is_composite(on) ? on : NULL;
}

static void walk_inline(struct checker *c, const struct gql_type *parent, const struct gql_selection *s)
{
	const struct gql_type *on = s->name.s ? condition(c, &s->name) : parent;
	check_possible(c, parent, on, s->at);
	check_directives(c, s->directives, GQL_ON_INLINE);
	walk(c, on, s->selections);
}

/* `parent`: NULL when it is not known any more. */
static void walk(struct checker *c, const struct gql_type *parent, const struct gql_selection *s)
{
	for (; s && check_spend(c, 1); s = s->next)
		switch (s->kind) {
		case GQL_FIELD:
			walk_field(c, parent, s);
			break;
		case GQL_SPREAD:
			walk_spread(c, parent, s);
			break;
		case GQL_INLINE:
			walk_inline(c, parent, s);
			break;
		}
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static void check_names(struct checker *c)
{
	const struct gql_operation *first = c->document->operations;
	uint32_t n = 0;
	for (const struct gql_operation *op = first; op; op = op->next)
		n++;
	if (n > c->limits->operations) {
		check_refuse(c, 0, "The document has more operations than this server reads.");
		return;
	}
	for (const struct gql_operation *op = first; op; op = op->next) {
		if (!op->name.s && n > 1)
			check_fault(c, op->at, "An operation without a name must be the only one.");
		for (const struct gql_operation *other = first; op->name.s && other != op; other = other->next)
			if (other->name.s && gql_same_name(&other->name, &op->name))
				check_fault(c, op->name.at, "There are two operations %.*s.", NAME(op->name));
	}
}

/* The names that stand at the root of a subscription, its fragments' too: there may be one (section 5.2.3.1). */
static void root_names(
	struct checker *c, const struct gql_selection *s, uint64_t *seen, const struct gql_selection **first)
{
	for (; s && check_spend(c, 1); s = s->next) {
		const struct fragment *f = s->kind == GQL_SPREAD ? check_fragment(c, &s->name) : NULL;
		if (s->kind == GQL_INLINE)
			root_names(c, s->selections, seen, first);
		if (f && !(*seen >> f->index & 1)) {
			*seen |= UINT64_C(1) << f->index;
			root_names(c, f->definition->selections, seen, first);
		}
		if (s->kind != GQL_FIELD)
			continue;
		if (s->name.n > 1 && memcmp(s->name.s, "__", 2) == 0)
			check_fault(
				c, s->at, "A subscription is to something that happens, not to %.*s.", NAME(s->name));
		if (*first && !gql_same_name(gql_response_name(*first), gql_response_name(s)))
			check_fault(c, s->at, "A subscription is to one field alone.");
		*first = *first ? *first : s;
	}
}

static void check_operation(struct checker *c, const struct gql_operation *op, struct body *body)
{
	static const enum gql_location places[] = { GQL_ON_QUERY, GQL_ON_MUTATION, GQL_ON_SUBSCRIPTION };
	static const char *const words[] = { "queries", "mutations", "subscriptions" };
	const struct gql_type *root = root_of(c->schema, op->kind);
	if (!root)
		check_fault(c, op->at, "This server has no %s.", words[op->kind]);
	c->body = body;
	check_variable_definitions(c, op);
	for (const struct gql_variable *v = op->variables; v; v = v->next)
		check_directives(c, v->directives, GQL_ON_VARIABLE);
	check_directives(c, op->directives, places[op->kind]);
	walk(c, root, op->selections);
	if (op->kind == GQL_SUBSCRIPTION) {
		const struct gql_selection *first = NULL;
		uint64_t seen = 0;
		root_names(c, op->selections, &seen, &first);
	}
}

/* --- fragments ---------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct gql_name *x = &(*(struct fragment *const *)a)->definition->name,
			      *y = &(*(struct fragment *const *)b)->definition->name;
	int order = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
	return order ? order : x->n < y->n ? -1 : x->n > y->n;
}

struct fragment *check_fragment(const struct checker *c, const struct gql_name *name)
{
	const struct gql_fragment wanted = { .name = *name };
	struct fragment key = { .definition = &wanted }, *keyed = &key;
	struct fragment *const *found =
		c->n_fragments ? bsearch(&keyed, c->fragments, c->n_fragments, sizeof(*c->fragments), by_name) : NULL;
	return found ? *found : NULL;
}

static void list_fragments(struct checker *c)
{
	for (const struct gql_fragment *f = c->document->fragments; f; f = f->next) {
		if (c->n_fragments == FRAGMENTS_MAX) {
			check_refuse(c, f->at, "The document has more fragments than this server reads.");
			return;
		}
		struct fragment *info = c->fragments[c->n_fragments++] = arena_new_of(c->mem, struct fragment);
		*info = (struct fragment){ .definition = f, .on = condition(c, &f->on) };
	}
	if (c->n_fragments)
		qsort(c->fragments, c->n_fragments, sizeof(*c->fragments), by_name);
	for (size_t i = 0; i < c->n_fragments; i++) {
		c->fragments[i]->index = (uint32_t)i;
		if (i && by_name(&c->fragments[i - 1], &c->fragments[i]) == 0)
			check_fault(c, c->fragments[i]->definition->name.at, "There are two fragments %.*s.",
				NAME(c->fragments[i]->definition->name));
	}
}

static void walk_fragments(struct checker *c)
{
	for (size_t i = 0; i < c->n_fragments && !c->stop; i++) {
		struct fragment *f = c->fragments[i];
		c->body = &f->body;
		check_directives(c, f->definition->directives, GQL_ON_FRAGMENT);
		walk(c, f->on, f->definition->selections);
	}
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static uint32_t depth_of(struct checker *c, const struct gql_selection *s);

/* Only where no fragment is in itself. */
static uint32_t depth_of_fragment(struct checker *c, struct fragment *f)
{
	if (!f->depth)
		f->depth = depth_of(c, f->definition->selections);
	return f->depth;
}

static uint32_t depth_of(struct checker *c, const struct gql_selection *s)
{
	uint32_t deepest = 1;
	for (; s && check_spend(c, 1); s = s->next) {
		struct fragment *f = s->kind == GQL_SPREAD ? check_fragment(c, &s->name) : NULL;
		uint32_t depth = f ? depth_of_fragment(c, f) : s->selections ? depth_of(c, s->selections) : 0;
		depth += s->kind == GQL_FIELD;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
}

/* What is asked of documents in which all names mean something. */
static void check_whole(struct checker *c)
{
	for (const struct gql_operation *op = c->document->operations; op && !c->stop; op = op->next) {
		if (depth_of(c, op->selections) > c->limits->depth)
			check_refuse(c, op->at, "The operation is nested more deeply than this server answers.");
		check_merge(c, root_of(c->schema, op->kind), op->selections);
	}
	for (size_t i = 0; i < c->n_fragments && !c->stop; i++)
		check_merge(c, c->fragments[i]->on, c->fragments[i]->definition->selections);
}

bool gql_check(struct arena *a, const struct gql_schema *s, const struct gql_document *d,
	const struct gql_check_limits *limits, struct gql_faults *out)
{
	struct checker c = { .mem = a, .schema = s, .document = d, .limits = limits, .faults = out };
	*out = (struct gql_faults){ 0 };
	check_names(&c);
	list_fragments(&c);
	struct body *bodies = arena_array_of(a, struct body, limits->operations + 1);
	size_t n = 0;
	for (const struct gql_operation *op = d->operations; op && !c.stop; op = op->next)
		check_operation(&c, op, &bodies[n++]);
	walk_fragments(&c);
	check_fragments(&c, bodies, n);
	n = 0;
	for (const struct gql_operation *op = d->operations; op && !c.stop; op = op->next)
		check_variable_uses(&c, op, &bodies[n++]);
	if (!out->n)
		check_whole(&c);
	return !out->n;
}
