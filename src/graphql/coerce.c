#include "graphql/coerce.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static void drop(void *v)
{
	json_decref(v);
}

json_t *gql_keep(struct arena *a, json_t *v)
{
	if (v)
		arena_defer(a, drop, v);
	return v;
}

/* --- JSON, held against a type ------------------------------------------------------------------------------------ */

/* What is looked at: it is told as "$in.list[2]" when something is wrong with it. */
struct from {
	struct arena *mem;
	const char **why;
	const struct from *up; /* NULL: a variable */
	const char *name; /* NULL: item `index` of a list */
	size_t index;
};

/* A new reference, or NULL and the reason. */
static json_t *from_json(const struct from *f, json_t *v, const struct gql_type *type);

static void add_path(struct buf *b, const struct from *f)
{
	if (f->up)
		add_path(b, f->up);
	if (!f->name) {
		buf_printf(b, "[%zu]", f->index);
		return;
	}
	buf_char(b, f->up ? '.' : '$');
	buf_str(b, f->name);
}

static const char *path_of(const struct from *f)
{
	struct buf b = { .mem = f->mem };
	add_path(&b, f);
	return buf_cstr(&b);
}

static json_t *no(const struct from *f, const struct gql_type *type)
{
	*f->why = arena_printf(f->mem, "%s is no %s.", path_of(f), gql_type_text(f->mem, type));
	return NULL;
}

static json_t *from_number(const struct from *f, json_t *v, const struct gql_type *type)
{
	double d = json_number_value(v);
	if (!json_is_number(v) || d != floor(d) || d < INT32_MIN || d > INT32_MAX)
		return no(f, type);
	return json_integer((json_int_t)d);
}

static json_t *from_id(const struct from *f, json_t *v, const struct gql_type *type)
{
	if (json_is_integer(v))
		return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return json_is_string(v) ? json_incref(v) : no(f, type);
}

static json_t *from_scalar(const struct from *f, json_t *v, const struct gql_type *type)
{
	static const struct {
		const char *name;
		json_t *(*make)(const struct from *f, json_t *v, const struct gql_type *type);
	} made[] = { { "Int", from_number }, { "ID", from_id } };
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		if (strcmp(type->name, made[i].name) == 0)
			return made[i].make(f, v, type);
	bool wrong = (strcmp(type->name, "String") == 0 && !json_is_string(v)) ||
	             (strcmp(type->name, "Float") == 0 && !json_is_number(v)) ||
	             (strcmp(type->name, "Boolean") == 0 && !json_is_boolean(v));
	return wrong ? no(f, type) : json_incref(v);
}

static json_t *from_enum(const struct from *f, json_t *v, const struct gql_type *type)
{
	for (size_t i = 0; json_is_string(v) && i < type->n_values; i++)
		if (strcmp(type->values[i].name, json_string_value(v)) == 0)
			return json_incref(v);
	return no(f, type);
}

static json_t *from_list(const struct from *f, json_t *v, const struct gql_type *type)
{
	json_t *list = json_array();
	if (!json_is_array(v)) { /* one stands for a list of one */
		json_array_append_new(list, from_json(f, v, type->of));
		return json_array_size(list) ? list : (json_decref(list), NULL);
	}
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct from item = { f->mem, f->why, f, NULL, i };
		json_t *made = from_json(&item, json_array_get(v, i), type->of);
		if (!made) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, made);
	}
	return list;
}

struct literal {
	struct arena *mem;
	const struct gql_variables *variables; /* NULL: a constant */
	const char **why; /* NULL until something cannot stand where it does */
};
/* What a literal means as that type; NULL: a variable that has no value. Borrowed: it lives as long as the arena. */
static json_t *of_literal(const struct literal *l, const struct gql_value *v, const struct gql_type *type);

/* A default was held against its type when it was written. */
static json_t *of_default(struct arena *a, const struct gql_value *v, const struct gql_type *type)
{
	const char *why;
	return of_literal(&(struct literal){ a, NULL, &why }, v, type);
}

/* One field of an object; false: it is wrong, or missing. */
static bool from_field(const struct from *f, json_t *given, const struct gql_input_def *def, json_t *into)
{
	const struct from field = { f->mem, f->why, f, def->name, 0 };
	json_t *v = json_object_get(given, def->name);
	if (!v && def->dflt)
		return !json_object_set(into, def->name, of_default(f->mem, def->dflt, def->type));
	if (!v && def->type->kind != GQL_NON_NULL)
		return true;
	json_t *made = from_json(&field, v ? v : json_null(), def->type);
	return made && !json_object_set_new(into, def->name, made);
}

static bool knows(const struct gql_inputs *in, const char *name)
{
	return gql_input_find(in, &(struct gql_name){ .s = name, .n = (uint32_t)strlen(name) });
}

static json_t *from_object(const struct from *f, json_t *v, const struct gql_type *type)
{
	const char *name;
	json_t *value, *out = json_object();
	if (!json_is_object(v)) {
		json_decref(out);
		return no(f, type);
	}
	json_object_foreach(v, name, value) if (!knows(&type->inputs, name))
	{
		*f->why = arena_printf(f->mem, "%s takes no %.60s.", path_of(f), name);
		json_decref(out);
		return NULL;
	}
	for (size_t i = 0; i < type->inputs.n; i++)
		if (!from_field(f, v, &type->inputs.list[i], out)) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static json_t *from_json(const struct from *f, json_t *v, const struct gql_type *type)
{
	if (type->kind == GQL_NON_NULL)
		return json_is_null(v) ? no(f, type) : from_json(f, v, type->of);
	if (json_is_null(v))
		return json_null();
	if (type->kind == GQL_LIST_OF)
		return from_list(f, v, type);
	if (type->kind == GQL_ENUM_TYPE)
		return from_enum(f, v, type);
	return type->kind == GQL_INPUT ? from_object(f, v, type) : from_scalar(f, v, type);
}

/* --- variables ---------------------------------------------------------------------------------------------------- */

/* The type of a variable, as it is written. The schema's own wrapped types are shared by all requests, so it is made anew. */
static const struct gql_type *type_of(struct arena *a, const struct gql_schema *s, const struct gql_written_type *w)
{
	const struct gql_type *inner = w->of ? type_of(a, s, w->of) : gql_type_find(s, &w->name);
	struct gql_type *list = NULL, *all = NULL;
	if (w->of) {
		list = arena_new_of(a, struct gql_type);
		*list = (struct gql_type){ .kind = GQL_LIST_OF, .of = inner };
		inner = list;
	}
	if (!w->non_null)
		return inner;
	all = arena_new_of(a, struct gql_type);
	*all = (struct gql_type){ .kind = GQL_NON_NULL, .of = inner };
	return all;
}

static bool take_variable(struct arena *a, const struct gql_schema *s, const struct gql_variable *v, json_t *given,
	json_t **out, const char **why)
{
	const struct gql_type *type = type_of(a, s, v->type);
	const char *name = arena_memdup0(a, v->name.s, v->name.n);
	json_t *value = json_object_get(given, name);
	const struct from f = { a, why, NULL, name, 0 };
	*out = NULL;
	if (!value && v->dflt) {
		*out = of_default(a, v->dflt, type);
		return true;
	}
	if (!value && type->kind != GQL_NON_NULL)
		return true;
	if (!value) {
		*why = arena_printf(a, "%s is needed.", path_of(&f));
		return false;
	}
	*out = gql_keep(a, from_json(&f, value, type));
	return *out;
}

bool gql_variables(struct arena *a, const struct gql_schema *s, const struct gql_operation *op, json_t *given,
	struct gql_variables *out, const char **why, uint32_t *at)
{
	size_t n = 0;
	for (const struct gql_variable *v = op->variables; v; v = v->next)
		n++;
	*out = (struct gql_variables){ op, arena_array_of(a, json_t *, n + 1) };
	n = 0;
	for (const struct gql_variable *v = op->variables; v; v = v->next) {
		*at = v->name.at;
		if (!take_variable(a, s, v, given, &out->values[n++], why))
			return false;
	}
	return true;
}

json_t *gql_variable_value(const struct gql_variables *variables, const struct gql_name *name)
{
	size_t i = 0;
	for (const struct gql_variable *v = variables ? variables->operation->variables : NULL; v; v = v->next, i++)
		if (gql_same_name(&v->name, name))
			return variables->values[i];
	return NULL;
}

/* --- literals ----------------------------------------------------------------------------------------------------- */

static json_t *text(const struct gql_value *v)
{
	return json_stringn_nocheck(v->text.s, v->text.n);
}

static json_t *number(struct arena *a, const struct gql_value *v)
{
	const char *digits = arena_memdup0(a, v->text.s, v->text.n);
	errno = 0;
	long long n = strtoll(digits, NULL, 10);
	return v->kind == GQL_INT && !errno ? json_integer(n) : json_real(strtod(digits, NULL));
}

/* What no type tells about, as a scalar of the server's own takes it. A new reference. */
static json_t *free_literal(const struct literal *l, const struct gql_value *v)
{
	json_t *made;
	switch (v->kind) {
	case GQL_VARIABLE:
		made = gql_variable_value(l->variables, &v->text);
		return made ? json_incref(made) : json_null();
	case GQL_INT:
	case GQL_FLOAT:
		return number(l->mem, v);
	case GQL_STRING:
	case GQL_ENUM:
		return text(v);
	case GQL_BOOLEAN:
		return json_boolean(v->is_true);
	case GQL_NULL:
		return json_null();
	case GQL_LIST:
		made = json_array();
		for (const struct gql_value *i = v->items; i; i = i->next)
			json_array_append_new(made, free_literal(l, i));
		return made;
	case GQL_OBJECT:
		made = json_object();
		for (const struct gql_argument *f = v->fields; f; f = f->next)
			json_object_set_new_nocheck(
				made, arena_memdup0(l->mem, f->name.s, f->name.n), free_literal(l, &f->value));
		return made;
	}
	return json_null();
}

/* A variable may bring null, or nothing, to where that cannot stand, when a default had it let in (section 5.8.5). */
static bool may_stand(const struct literal *l, const json_t *v, const struct gql_type *type, const char *what)
{
	if (type->kind != GQL_NON_NULL || (v && !json_is_null(v)))
		return true;
	*l->why = arena_printf(l->mem, "%s cannot be null.", what);
	return false;
}

static json_t *list_literal(const struct literal *l, const struct gql_value *v, const struct gql_type *type)
{
	json_t *list = json_array();
	const struct gql_value *i = v->kind == GQL_LIST ? v->items : v; /* one stands for a list of one */
	for (; i; i = v->kind == GQL_LIST ? i->next : NULL) {
		json_t *item = of_literal(l, i, type->of);
		(void)may_stand(l, item, type->of, "What stands in the list");
		json_array_append(list, item ? item : json_null());
	}
	return list;
}

static json_t *object_literal(
	const struct literal *l, const struct gql_inputs *takes, const struct gql_argument *given);

static json_t *of_literal(const struct literal *l, const struct gql_value *v, const struct gql_type *type)
{
	if (v->kind == GQL_VARIABLE)
		return gql_variable_value(l->variables, &v->text);
	if (type->kind == GQL_NON_NULL)
		type = type->of;
	if (v->kind == GQL_NULL)
		return json_null();
	if (type->kind == GQL_LIST_OF)
		return gql_keep(l->mem, list_literal(l, v, type));
	if (type->kind == GQL_INPUT)
		return gql_keep(l->mem, object_literal(l, &type->inputs, v->fields));
	bool id = type->kind == GQL_SCALAR && strcmp(type->name, "ID") == 0;
	return gql_keep(l->mem, id ? text(v) : free_literal(l, v));
}

const struct gql_argument *gql_argument_find(const struct gql_argument *given, const char *name)
{
	size_t n = strlen(name);
	while (given && !gql_name_is(&given->name, name, n))
		given = given->next;
	return given;
}

/* A new reference. */
static json_t *object_literal(const struct literal *l, const struct gql_inputs *takes, const struct gql_argument *given)
{
	json_t *out = json_object();
	for (size_t i = 0; i < takes->n; i++) {
		const struct gql_input_def *def = &takes->list[i];
		const struct gql_argument *g = gql_argument_find(given, def->name);
		json_t *v = g ? of_literal(l, &g->value, def->type) : NULL;
		if (!v && def->dflt)
			v = of_literal(l, def->dflt, def->type);
		if (may_stand(l, v, def->type, def->name) && v)
			json_object_set(out, def->name, v);
	}
	return out;
}

json_t *gql_arguments(struct arena *a, const struct gql_inputs *takes, const struct gql_argument *given,
	const struct gql_variables *variables, const char **why)
{
	*why = NULL;
	json_t *out = gql_keep(a, object_literal(&(struct literal){ a, variables, why }, takes, given));
	return *why ? NULL : out;
}

/* --- what is left out --------------------------------------------------------------------------------------------- */

static bool condition(const struct gql_directive *d, const struct gql_variables *variables)
{
	const struct gql_value *v = &d->arguments->value;
	return v->kind == GQL_VARIABLE ? json_is_true(gql_variable_value(variables, &v->text)) : v->is_true;
}

bool gql_included(const struct gql_selection *s, const struct gql_variables *variables)
{
	for (const struct gql_directive *d = s->directives; d; d = d->next) {
		bool skip = gql_name_is(&d->name, "skip", 4), include = gql_name_is(&d->name, "include", 7);
		if ((skip || include) && condition(d, variables) == skip)
			return false;
	}
	return true;
}
