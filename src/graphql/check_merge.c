/* Fields that share a name in the answer must be the same thing there (section 5.3.2). All that share one are judged
 * together, level by level, instead of each with each: first whether their answers have one shape, whatever their parents; then,
 * among those whose parents may be the same object, whether they are the same field with the same arguments. */
#include "graphql/check_part.h"

#include <stdlib.h>

struct member {
	const struct gql_selection *selection;
	const struct gql_type *parent;
	const struct gql_field_def *def;
};
struct set {
	struct member *list;
	size_t n;
	uint64_t fragments; /* that are in it */
};

static void add(struct checker *c, struct set *to, const struct member *m)
{
	ARENA_ROOM(c->mem, to->list, to->n);
	to->list[to->n++] = *m;
}

static void collect(struct checker *c, const struct gql_type *parent, const struct gql_selection *s, struct set *to)
{
	for (; s && check_spend(c, 1); s = s->next) {
		const struct fragment *f = s->kind == GQL_SPREAD ? check_fragment(c, &s->name) : NULL;
		if (s->kind == GQL_FIELD) {
			const struct gql_field_def *def = gql_field_of(c->schema, parent, s);
			add(c, to, &(struct member){ s, parent, def });
		} else if (s->kind == GQL_INLINE) {
			collect(c, s->name.s ? gql_type_find(c->schema, &s->name) : parent, s->selections, to);
		} else if (f && !(to->fragments >> f->index & 1)) {
			to->fragments |= UINT64_C(1) << f->index;
			collect(c, f->on, f->definition->selections, to);
		}
	}
}

static int by_response_name(const void *a, const void *b)
{
	const struct gql_name *x = gql_response_name(((const struct member *)a)->selection),
			      *y = gql_response_name(((const struct member *)b)->selection);
	int order = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
	if (!order)
		order = x->n < y->n ? -1 : x->n > y->n;
	return order ? order : x->at < y->at ? -1 : x->at > y->at;
}

/* Those of a sorted set that share the name of its first. */
static size_t group(const struct member *m, size_t n)
{
	size_t same = 1;
	while (same < n && gql_same_name(gql_response_name(m[0].selection), gql_response_name(m[same].selection)))
		same++;
	return same;
}

/* Few are sorted where they are: qsort() would take memory for each of very many small sets. */
static void sort(struct checker *c, struct set *s)
{
	enum { FEW = 16 };
	uint32_t steps = (uint32_t)s->n;
	for (size_t n = s->n; n > FEW; n /= 2)
		steps += (uint32_t)s->n / 2; /* a comparison costs half of what a step does */
	if (s->n < 2 || !check_spend(c, steps))
		return;
	if (s->n > FEW) {
		qsort(s->list, s->n, sizeof(*s->list), by_response_name);
		return;
	}
	for (size_t i = 1; i < s->n; i++) {
		const struct member m = s->list[i];
		size_t k = i;
		for (; k && by_response_name(&s->list[k - 1], &m) > 0; k--)
			s->list[k] = s->list[k - 1];
		s->list[k] = m;
	}
}

/* What is below a field that shares its name with none is held against itself alone, the same wherever its fragment stands: once.
 * False: it was. */
static bool first_time(struct checker *c, const struct gql_selection *s)
{
	size_t at = ((uintptr_t)s / sizeof(void *)) % MERGED_SLOTS;
	for (size_t tries = 0; tries < MERGED_TRIES; tries++, at = (at + 1) % MERGED_SLOTS) {
		if (c->merged[at] == s)
			return false;
		if (!c->merged[at]) {
			c->merged[at] = s;
			return true;
		}
	}
	return true;
}

static void collect_below(struct checker *c, const struct member *m, struct set *to)
{
	if (m->selection->selections)
		collect(c, gql_bare(m->def->type), m->selection->selections, to);
}

/* --- one shape ---------------------------------------------------------------------------------------------------- */

static bool same_shape(const struct gql_type *a, const struct gql_type *b)
{
	for (; a->of && a->kind == b->kind; a = a->of)
		b = b->of;
	if (a->of || b->of)
		return false;
	return gql_is_composite(a) && gql_is_composite(b) ? true : a == b;
}

static void check_shapes(struct checker *c, struct set *s)
{
	sort(c, s);
	for (size_t i = 0, n; i < s->n && !c->stop; i += n) {
		const struct member *m = &s->list[i];
		struct set below = { 0 };
		n = group(m, s->n - i);
		for (size_t k = 0; k < n && n > 1; k++) {
			if (!same_shape(m->def->type, m[k].def->type))
				check_fault(c, m[k].selection->at,
					"%.*s would be two things of different types in the answer: give one of them another name.",
					NAME(*gql_response_name(m->selection)));
			collect_below(c, &m[k], &below);
		}
		if (below.n)
			check_shapes(c, &below);
	}
}

/* --- one thing ---------------------------------------------------------------------------------------------------- */

static bool same_arguments(struct checker *c, const struct gql_argument *a, const struct gql_argument *b);

static bool same_items(struct checker *c, const struct gql_value *a, const struct gql_value *b);

static bool same_value(struct checker *c, const struct gql_value *a, const struct gql_value *b)
{
	if (a->kind != b->kind || !check_spend(c, 1))
		return false;
	switch (a->kind) {
	case GQL_LIST:
		return same_items(c, a->items, b->items);
	case GQL_OBJECT:
		return same_arguments(c, a->fields, b->fields);
	case GQL_VARIABLE:
	case GQL_INT:
	case GQL_FLOAT:
	case GQL_STRING:
	case GQL_BOOLEAN:
	case GQL_NULL:
	case GQL_ENUM:
		break;
	}
	return gql_same_name(&a->text, &b->text);
}

static bool same_items(struct checker *c, const struct gql_value *a, const struct gql_value *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!same_value(c, a, b))
			return false;
	return !a && !b;
}

/* In whatever order. */
static bool same_arguments(struct checker *c, const struct gql_argument *a, const struct gql_argument *b)
{
	size_t left = 0;
	for (const struct gql_argument *i = b; i; i = i->next)
		left++;
	for (; a; a = a->next, left--) {
		const struct gql_argument *i = b;
		while (i && !gql_same_name(&i->name, &a->name) && check_spend(c, 1))
			i = i->next;
		if (!i || !same_value(c, &a->value, &i->value))
			return false;
	}
	return !left;
}

static bool same_thing(struct checker *c, const struct member *a, const struct member *b)
{
	return gql_same_name(&a->selection->name, &b->selection->name) &&
	       same_arguments(c, a->selection->arguments, b->selection->arguments);
}

static void check_things(struct checker *c, struct set *s);

/* Of n that share a name, those whose parent is `object`, or may be it; NULL: all. */
static void check_together(struct checker *c, const struct member *m, size_t n, const struct gql_type *object)
{
	const struct member *first = NULL;
	struct set below = { 0 };
	for (size_t i = 0; i < n && check_spend(c, 1); i++) {
		if (object && m[i].parent->kind == GQL_OBJECT_TYPE && m[i].parent != object)
			continue;
		first = first ? first : &m[i];
		if (!same_thing(c, first, &m[i]))
			check_fault(c, m[i].selection->at,
				"%.*s would be two different things in the answer: give one of them another name.",
				NAME(*gql_response_name(m->selection)));
		collect_below(c, &m[i], &below);
	}
	if (below.n && !c->stop)
		check_things(c, &below);
}

static void check_group(struct checker *c, const struct member *m, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n && !c->stop; i++) {
		bool seen = m[i].parent->kind != GQL_OBJECT_TYPE;
		for (size_t k = 0; k < i && !seen && check_spend(c, 1); k++)
			seen = m[k].parent == m[i].parent;
		if (!seen)
			check_together(c, m, n, m[i].parent);
		any = any || !seen;
	}
	if (!any)
		check_together(c, m, n, NULL);
}

static void check_things(struct checker *c, struct set *s)
{
	sort(c, s);
	for (size_t i = 0, n; i < s->n && !c->stop; i += n) {
		const struct member *m = &s->list[i];
		n = group(m, s->n - i);
		if (n > 1)
			check_group(c, m, n);
		else if (m->selection->selections && first_time(c, m->selection))
			check_merge(c, gql_bare(m->def->type), m->selection->selections);
	}
}

/* Only for documents in which all names mean something. */
void check_merge(struct checker *c, const struct gql_type *parent, const struct gql_selection *selections)
{
	struct set s = { 0 };
	collect(c, parent, selections, &s);
	check_shapes(c, &s);
	if (!c->stop)
		check_things(c, &s);
}
