/* Values and arguments (sections 5.4, 5.6). */
#include "graphql/check_part.h"

/* --- variables in them -------------------------------------------------------------------------------------------- */

static void note_usage(
	struct checker *c, const struct gql_value *variable, const struct gql_type *wanted, bool has_default)
{
	struct usage *u = arena_new_of(c->mem, struct usage);
	*u = (struct usage){ variable, wanted, has_default, c->body->usages };
	c->body->usages = u;
}

/* An object of which nothing is known has each field once all the same (section 5.6.3). */
static void check_once(struct checker *c, const struct gql_argument *fields)
{
	for (const struct gql_argument *f = fields; f; f = f->next)
		for (const struct gql_argument *other = fields; other != f && check_spend(c, 1); other = other->next)
			if (gql_same_name(&other->name, &f->name))
				check_fault(c, f->name.at, "%.*s is given twice.", NAME(f->name));
}

void check_use(struct checker *c, const struct gql_value *v)
{
	if (!check_spend(c, 1))
		return;
	if (v->kind == GQL_VARIABLE)
		note_usage(c, v, NULL, false);
	for (const struct gql_value *i = v->kind == GQL_LIST ? v->items : NULL; i; i = i->next)
		check_use(c, i);
	if (v->kind != GQL_OBJECT)
		return;
	check_once(c, v->fields);
	check_use_all(c, v->fields);
}

void check_use_all(struct checker *c, const struct gql_argument *given)
{
	for (; given; given = given->next)
		check_use(c, &given->value);
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static void wrong(struct checker *c, const struct gql_value *v, const struct gql_type *type)
{
	check_fault(c, v->at, "This is no %s.", gql_type_text(c->mem, type));
}

static void check_enum(struct checker *c, const struct gql_value *v, const struct gql_type *type)
{
	for (size_t i = 0; v->kind == GQL_ENUM && i < type->n_values; i++)
		if (gql_name_is(&v->text, type->values[i].name, strlen(type->values[i].name)))
			return;
	wrong(c, v, type);
}

static void check_scalar(struct checker *c, const struct gql_value *v, const struct gql_type *type)
{
	if (type->takes && !type->takes(v))
		wrong(c, v, type);
	else
		check_use(c, v);
}

/* --- what is given by name ---------------------------------------------------------------------------------------- */

struct given {
	const struct gql_inputs *takes;
	const char *of;
	bool *seen; /* one each that it takes */
};

static void check_one(struct checker *c, const struct given *g, const struct gql_argument *a)
{
	const struct gql_input_def *def = gql_input_find(g->takes, &a->name);
	if (!check_spend(c, 1 + (uint32_t)g->takes->n))
		return;
	if (!def) {
		check_fault(c, a->name.at, "%s takes no %.*s.", g->of, NAME(a->name));
		check_use(c, &a->value);
		return;
	}
	if (g->seen[def - g->takes->list])
		check_fault(c, a->name.at, "%.*s is given twice.", NAME(a->name));
	g->seen[def - g->takes->list] = true;
	check_value(c, &a->value, def->type, def->dflt);
}

void check_arguments(struct checker *c, const struct gql_inputs *takes, const struct gql_argument *given, uint32_t at,
	const char *of)
{
	const struct given g = { takes, of, arena_alloc(c->mem, takes->n + 1) };
	for (; given && !c->stop; given = given->next)
		check_one(c, &g, given);
	for (size_t i = 0; i < takes->n; i++)
		if (!g.seen[i] && takes->list[i].type->kind == GQL_NON_NULL && !takes->list[i].dflt)
			check_fault(c, at, "%s needs %s.", of, takes->list[i].name);
}

/* --- all kinds ---------------------------------------------------------------------------------------------------- */

static void check_bare(struct checker *c, const struct gql_value *v, const struct gql_type *type)
{
	if (type->kind == GQL_ENUM_TYPE)
		check_enum(c, v, type);
	else if (type->kind == GQL_SCALAR)
		check_scalar(c, v, type);
	else if (v->kind == GQL_OBJECT)
		check_arguments(c, &type->inputs, v->fields, v->at, type->name);
	else
		wrong(c, v, type);
}

/* One value may stand for a list of one (section 3.11). */
static void check_list(struct checker *c, const struct gql_value *v, const struct gql_type *type)
{
	if (v->kind != GQL_LIST) {
		check_value(c, v, type->of, false);
		return;
	}
	for (const struct gql_value *i = v->items; i && !c->stop; i = i->next)
		check_value(c, i, type->of, false);
}

void check_value(struct checker *c, const struct gql_value *v, const struct gql_type *type, bool has_default)
{
	if (!check_spend(c, 1))
		return;
	if (v->kind == GQL_VARIABLE) {
		note_usage(c, v, type, has_default);
		return;
	}
	if (v->kind == GQL_NULL) {
		if (type->kind == GQL_NON_NULL)
			check_fault(c, v->at, "null cannot stand for %s.", gql_type_text(c->mem, type));
		return;
	}
	if (type->kind == GQL_NON_NULL)
		type = type->of;
	if (type->kind == GQL_LIST_OF)
		check_list(c, v, type);
	else
		check_bare(c, v, type);
}
