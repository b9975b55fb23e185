/* Variables (section 5.8). */
#include "graphql/check_part.h"

/* --- as they are defined ------------------------------------------------------------------------------------------ */

static const struct gql_type *bare_type(struct checker *c, const struct gql_written_type *w)
{
	while (w->of)
		w = w->of;
	const struct gql_type *t = gql_type_find(c->schema, &w->name);
	if (!t)
		check_fault(c, w->at, "There is no type %.*s.", NAME(w->name));
	else if (!gql_is_input(t))
		check_fault(c, w->at, "A variable cannot be %s: it is given out, not taken.", t->name);
	return t && gql_is_input(t) ? t : NULL;
}

static void check_default(
	struct checker *c, const struct gql_value *v, const struct gql_written_type *w, const struct gql_type *bare)
{
	if (v->kind == GQL_NULL) {
		if (w->non_null)
			check_fault(c, v->at, "null cannot stand for a type with !.");
		return;
	}
	if (!w->of) {
		check_value(c, v, bare, false);
		return;
	}
	if (v->kind != GQL_LIST) {
		check_default(c, v, w->of, bare);
		return;
	}
	for (const struct gql_value *i = v->items; i && check_spend(c, 1); i = i->next)
		check_default(c, i, w->of, bare);
}

void check_variable_definitions(struct checker *c, const struct gql_operation *op)
{
	uint32_t n = 0;
	for (const struct gql_variable *v = op->variables; v && !c->stop; v = v->next) {
		if (++n > c->limits->variables) {
			check_refuse(c, v->name.at, "The operation has more variables than this server reads.");
			return;
		}
		for (const struct gql_variable *other = op->variables; other != v && check_spend(c, 1);
			other = other->next)
			if (gql_same_name(&other->name, &v->name))
				check_fault(c, v->name.at, "$%.*s is defined twice.", NAME(v->name));
		const struct gql_type *bare = bare_type(c, v->type);
		if (bare && v->dflt)
			check_default(c, v->dflt, v->type, bare);
	}
}

/* --- as they are used --------------------------------------------------------------------------------------------- */

static bool fits(const struct gql_written_type *w, bool non_null, const struct gql_type *wanted)
{
	if (wanted->kind == GQL_NON_NULL)
		return non_null && fits(w, true, wanted->of);
	if (wanted->kind == GQL_LIST_OF)
		return w->of && fits(w->of, w->of->non_null, wanted->of);
	return !w->of && gql_name_is(&w->name, wanted->name, strlen(wanted->name));
}

/* A default, of the variable or of the place, makes up for a missing ! (section 5.8.5). */
static bool allowed(const struct gql_variable *v, const struct usage *u)
{
	bool given = u->has_default || (v->dflt && v->dflt->kind != GQL_NULL);
	return fits(v->type, v->type->non_null || given, u->wanted);
}

struct uses {
	struct checker *c;
	const struct gql_operation *op;
	uint64_t fragments; /* that were looked into */
	bool *used; /* one each variable */
};

static void check_usage(const struct uses *x, const struct usage *u)
{
	const struct gql_name *name = &u->variable->text;
	size_t i = 0;
	const struct gql_variable *v = x->op->variables;
	for (; v && !gql_same_name(&v->name, name); v = v->next)
		i++;
	if (!check_spend(x->c, 1 + (uint32_t)i))
		return;
	if (!v) {
		check_fault(x->c, u->variable->at, "$%.*s is not defined.", NAME(*name));
		return;
	}
	x->used[i] = true;
	if (u->wanted && !allowed(v, u))
		check_fault(x->c, u->variable->at, "$%.*s cannot stand for %s.", NAME(*name),
			gql_type_text(x->c->mem, u->wanted));
}

static void check_body(struct uses *x, const struct body *body)
{
	for (const struct usage *u = body->usages; u && !x->c->stop; u = u->next)
		check_usage(x, u);
	for (const struct spread *s = body->spreads; s && check_spend(x->c, 1); s = s->next) {
		uint64_t bit = s->fragment ? UINT64_C(1) << s->fragment->index : 0;
		if (!bit || (x->fragments & bit))
			continue;
		x->fragments |= bit;
		check_body(x, &s->fragment->body);
	}
}

void check_variable_uses(struct checker *c, const struct gql_operation *op, const struct body *body)
{
	struct uses x = { .c = c, .op = op, .used = arena_alloc(c->mem, c->limits->variables + 1) };
	size_t i = 0;
	check_body(&x, body);
	for (const struct gql_variable *v = op->variables; v && !c->stop; v = v->next)
		if (!x.used[i++])
			check_fault(c, v->name.at, "$%.*s is not used.", NAME(v->name));
}
