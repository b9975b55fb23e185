#include "graphql/execute.h"
#include "base/json.h"
#include "base/str.h"

#include <assert.h>

/* Fields that share a name in the answer, of objects of one type. */
struct planned {
	const struct gql_name *name;
	const struct gql_field_def *def;
	const struct gql_selection *first;
	const struct gql_selection **below; /* selections below any of them */
	size_t n_below;
};
struct plan {
	const struct gql_type *type;
	struct planned *fields;
	size_t n;
	uint32_t *slots; /* 1 + index, by hash of the name */
	size_t n_slots;
};

/* A value of the answer. */
struct gql_node {
	enum { NODE_NULL, NODE_LEAF, NODE_LIST, NODE_OBJECT } kind;
	bool failed; /* an error says why it is null */
	const struct gql_node *parent;
	size_t place; /* in the parent's values */
	struct gql_result leaf;
	struct gql_node *values; /* NODE_LIST, NODE_OBJECT: in the order of the plan */
	size_t n;
	const struct plan *plan;
	const void *object;
};

/* What errors of the engine's own say in `extensions`. */
static const char too_large[] = "\"code\":\"too_large\",\"status\":413",
		  invalid[] = "\"code\":\"invalid\",\"status\":422";

/* --- errors ------------------------------------------------------------------------------------------------------- */

static void note(struct gql_run *run, struct gql_node *node, uint32_t at, const char *message, const char *extensions)
{
	node->kind = NODE_NULL;
	node->failed = true;
	if (!run->errors)
		run->errors = arena_array_of(run->mem, struct gql_error, GQL_ERRORS_MAX);
	if (run->n_errors < GQL_ERRORS_MAX)
		run->errors[run->n_errors++] = (struct gql_error){ message, extensions, node, at, true };
}

/* --- collecting fields (section 6.3.2) ---------------------------------------------------------------------------- */

struct collecting {
	struct gql_run *run;
	struct plan *plan;
	const struct gql_fragment **visited;
	size_t n_visited, room;
};

static size_t hash_of(const struct gql_name *name)
{
	return str_hash(name->s, name->n);
}

static void grow_plan(struct arena *a, struct plan *p)
{
	size_t room = p->n_slots; /* half as many fields as slots */
	struct planned *more = arena_array_of(a, struct planned, room ? room : 8);
	if (p->n)
		memcpy(more, p->fields, p->n * sizeof *more);
	p->fields = more;
	p->n_slots = room ? 2 * room : 16;
	p->slots = arena_array_of(a, uint32_t, p->n_slots);
	for (size_t i = 0; i < p->n; i++) {
		size_t at = hash_of(p->fields[i].name) & (p->n_slots - 1);
		while (p->slots[at])
			at = (at + 1) & (p->n_slots - 1);
		p->slots[at] = (uint32_t)i + 1;
	}
}

static struct planned *planned_of(struct arena *a, struct plan *p, const struct gql_name *name)
{
	if (2 * p->n >= p->n_slots)
		grow_plan(a, p);
	size_t at = hash_of(name) & (p->n_slots - 1);
	for (; p->slots[at]; at = (at + 1) & (p->n_slots - 1))
		if (gql_same_name(p->fields[p->slots[at] - 1].name, name))
			return &p->fields[p->slots[at] - 1];
	p->slots[at] = (uint32_t)++p->n;
	struct planned *f = &p->fields[p->n - 1];
	*f = (struct planned){ .name = name };
	return f;
}

static void add_below(struct arena *a, struct planned *f, const struct gql_selection *below)
{
	if (!below)
		return;
	ARENA_ROOM(a, f->below, f->n_below);
	f->below[f->n_below++] = below;
}

static bool applies(const struct gql_type *object, const struct gql_type *condition)
{
	return gql_overlap(condition, object); /* an object is what it is, or may stand for */
}

static bool visit(struct collecting *c, const struct gql_fragment *f)
{
	for (size_t i = 0; i < c->n_visited; i++)
		if (c->visited[i] == f)
			return false;
	if (c->n_visited < c->room)
		c->visited[c->n_visited++] = f;
	return true;
}

static void collect(struct collecting *c, const struct gql_selection *s);

static void collect_fragment(struct collecting *c, const struct gql_name *on, const struct gql_selection *below)
{
	if (!on->s || applies(c->plan->type, gql_type_find(c->run->schema, on)))
		collect(c, below);
}

static void collect_spread(struct collecting *c, const struct gql_name *name)
{
	const struct gql_fragment *f = gql_fragment_find(c->run->document, name);
	if (f && visit(c, f))
		collect_fragment(c, &f->on, f->selections);
}

static void collect_field(struct collecting *c, const struct gql_selection *s)
{
	struct planned *f = planned_of(c->run->mem, c->plan, gql_response_name(s));
	if (!f->def) {
		f->first = s;
		f->def = gql_field_of(c->run->schema, c->plan->type, s);
	}
	add_below(c->run->mem, f, s->selections);
}

static void collect(struct collecting *c, const struct gql_selection *s)
{
	for (; s; s = s->next) {
		if (!gql_included(s, &c->run->variables))
			continue;
		switch (s->kind) {
		case GQL_FIELD:
			collect_field(c, s);
			break;
		case GQL_SPREAD:
			collect_spread(c, &s->name);
			break;
		case GQL_INLINE:
			collect_fragment(c, &s->name, s->selections);
			break;
		}
	}
}

static const struct plan *make_plan(
	struct gql_run *run, const struct gql_type *type, const struct gql_selection *const *selections, size_t n)
{
	enum { FRAGMENTS = 64 };
	const struct gql_fragment *visited[FRAGMENTS];
	struct plan *p = arena_new_of(run->mem, struct plan);
	struct collecting c = { .run = run, .plan = p, .visited = visited, .room = FRAGMENTS };
	p->type = type;
	for (size_t i = 0; i < n; i++)
		collect(&c, selections[i]);
	return p;
}

/* --- completing values (section 6.4.3) ---------------------------------------------------------------------------- */

/* Objects that a field gave, by their type, to be asked all at once. */
struct alike {
	const struct gql_type *type;
	struct gql_node **nodes;
	size_t n;
};
struct level {
	struct alike *of;
	size_t n;
};

static void add_object(struct gql_run *run, struct level *l, const struct gql_type *type, struct gql_node *node)
{
	size_t i = 0;
	while (i < l->n && l->of[i].type != type)
		i++;
	if (i == l->n) {
		ARENA_ROOM(run->mem, l->of, l->n);
		l->of[l->n++].type = type;
	}
	struct alike *alike = &l->of[i];
	ARENA_ROOM(run->mem, alike->nodes, alike->n);
	alike->nodes[alike->n++] = node;
}

static bool spend(struct gql_run *run, size_t n)
{
	if (n > run->fields_max - run->fields) {
		run->fields = run->fields_max;
		return false;
	}
	run->fields += (uint32_t)n;
	return true;
}

static void complete(struct gql_run *run, const struct gql_type *type, const struct gql_result *r,
	struct gql_node *node, const struct planned *f, struct level *next);

static void complete_list(struct gql_run *run, const struct gql_type *type, const struct gql_result *r,
	struct gql_node *node, const struct planned *f, struct level *next)
{
	size_t n = (size_t)r->n;
	if (!spend(run, n)) {
		note(run, node, f->first->at, "The answer would be larger than this server gives.", too_large);
		return;
	}
	node->kind = NODE_LIST;
	node->n = n;
	node->values = arena_array_of(run->mem, struct gql_node, n);
	for (size_t i = 0; i < n; i++) {
		node->values[i].parent = node;
		node->values[i].place = i;
		complete(run, type->of, &r->items[i], &node->values[i], f, next);
	}
}

static void complete(struct gql_run *run, const struct gql_type *type, const struct gql_result *r,
	struct gql_node *node, const struct planned *f, struct level *next)
{
	if (type->kind == GQL_NON_NULL)
		type = type->of;
	switch (r->kind) {
	case GQL_R_NULL:
		break;
	case GQL_R_ERROR:
		note(run, node, f->first->at, r->text, r->extensions);
		break;
	case GQL_R_LIST:
		assert(type->kind == GQL_LIST_OF);
		complete_list(run, type, r, node, f, next);
		break;
	case GQL_R_OBJECT:
		assert(gql_overlap(type, r->type));
		node->kind = NODE_OBJECT;
		node->object = r->object;
		add_object(run, next, r->type, node);
		break;
	case GQL_R_TEXT:
	case GQL_R_BOOL:
	case GQL_R_INT:
	case GQL_R_WRITTEN:
		node->kind = NODE_LEAF;
		node->leaf = *r;
		break;
	}
}

/* --- resolving ---------------------------------------------------------------------------------------------------- */

static void run_level(struct gql_run *run, const struct planned *f, const struct level *l);

/* Names that begin so are introspection's own. */
static bool is_of_introspection(const char *name)
{
	return name[0] == '_' && name[1] == '_';
}

static void resolve(struct gql_run *run, struct gql_ask *ask)
{
	if (ask->field == &run->schema->of_all) {
		for (size_t i = 0; i < ask->n; i++)
			ask->out[i] = (struct gql_result){ .kind = GQL_R_TEXT, .text = ask->parent->name };
	} else if (is_of_introspection(ask->parent->name) || is_of_introspection(ask->field->name)) {
		gql_introspection_resolve(ask);
	} else {
		run->resolve(ask);
	}
}

static void fail_all(struct gql_run *run, const struct planned *f, struct gql_node *const *nodes, size_t n,
	size_t place, const char *why, const char *extensions)
{
	for (size_t i = 0; i < n; i++)
		note(run, &nodes[i]->values[place], f->first->at, why, extensions);
}

/* One field of n objects, and all that is below it. */
static void run_field(struct gql_run *run, const struct plan *p, size_t place, struct gql_node *const *nodes, size_t n)
{
	const struct planned *f = &p->fields[place];
	const char *why = "";
	struct level next = { 0 };
	json_t *arguments = NULL;
	bool takes = f->def->takes.n;
	if (takes)
		arguments = gql_arguments(run->mem, &f->def->takes, f->first->arguments, &run->variables, &why);
	if (takes && !arguments) {
		fail_all(run, f, nodes, n, place, why, invalid);
		return;
	}
	if (!spend(run, n)) {
		fail_all(run, f, nodes, n, place, "The answer would be larger than this server gives.", too_large);
		return;
	}
	const void **objects = arena_array_of(run->mem, const void *, n);
	struct gql_result *out = arena_array_of(run->mem, struct gql_result, n);
	for (size_t i = 0; i < n; i++)
		objects[i] = nodes[i]->object;
	struct gql_ask ask = { run, p->type, f->def, f->name, arguments, n, objects, out };
	resolve(run, &ask);
	for (size_t i = 0; i < n; i++)
		complete(run, f->def->type, &out[i], &nodes[i]->values[place], f, &next);
	run_level(run, f, &next);
}

static void run_objects(struct gql_run *run, const struct gql_type *type, const struct gql_selection *const *selections,
	size_t n_selections, struct gql_node *const *nodes, size_t n)
{
	const struct plan *p = make_plan(run, type, selections, n_selections);
	for (size_t i = 0; i < n; i++) {
		nodes[i]->plan = p;
		nodes[i]->n = p->n;
		nodes[i]->values = arena_array_of(run->mem, struct gql_node, p->n);
		for (size_t k = 0; k < p->n; k++) {
			nodes[i]->values[k].parent = nodes[i];
			nodes[i]->values[k].place = k;
		}
	}
	for (size_t k = 0; k < p->n; k++)
		run_field(run, p, k, nodes, n);
}

static void run_level(struct gql_run *run, const struct planned *f, const struct level *l)
{
	for (size_t i = 0; i < l->n; i++)
		run_objects(run, l->of[i].type, f->below, f->n_below, l->of[i].nodes, l->of[i].n);
}

/* --- null, and what it takes along (section 6.4.4) ---------------------------------------------------------------- */

/* False: the value is null where it may not be, and takes its parent along. */
static bool settle(struct gql_run *run, const struct gql_type *type, struct gql_node *node, const struct planned *f);

static void become_null(struct gql_node *node)
{
	node->kind = NODE_NULL;
	node->failed = true;
}

static void settle_object(struct gql_run *run, struct gql_node *node)
{
	for (size_t i = 0; i < node->n; i++) {
		const struct planned *f = &node->plan->fields[i];
		if (!settle(run, f->def->type, &node->values[i], f)) {
			become_null(node);
			return;
		}
	}
}

static void settle_list(
	struct gql_run *run, const struct gql_type *type, struct gql_node *node, const struct planned *f)
{
	for (size_t i = 0; i < node->n; i++)
		if (!settle(run, type->of, &node->values[i], f)) {
			become_null(node);
			return;
		}
}

static bool settle(struct gql_run *run, const struct gql_type *type, struct gql_node *node, const struct planned *f)
{
	const struct gql_type *inner = type->kind == GQL_NON_NULL ? type->of : type;
	if (node->kind == NODE_LIST)
		settle_list(run, inner, node, f);
	else if (node->kind == NODE_OBJECT)
		settle_object(run, node);
	if (type->kind != GQL_NON_NULL || node->kind != NODE_NULL)
		return true;
	if (!node->failed)
		note(run, node, f->first->at, arena_printf(run->mem, "%s cannot be null, and is.", f->def->name),
			"\"code\":\"internal\",\"status\":500");
	return false;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void write_name(struct buf *b, const struct gql_name *name)
{
	buf_char(b, '"'); /* letters, digits and _ alone */
	buf_add(b, name->s, name->n);
	buf_str(b, "\":");
}

static void write_leaf(struct buf *b, const struct gql_result *r)
{
	if (r->kind == GQL_R_WRITTEN)
		r->write(b, r->a, r->b);
	else if (r->kind == GQL_R_TEXT)
		json_write_text(b, r->text);
	else if (r->kind == GQL_R_BOOL)
		buf_str(b, r->n ? "true" : "false");
	else
		buf_int(b, r->n);
}

/* Until it is too long: one long value may stand in thousands of places. */
static void write_node(struct buf *b, const struct gql_node *node, size_t most)
{
	if (b->n > most)
		return;
	if (node->kind == NODE_NULL) {
		buf_str(b, "null");
		return;
	}
	if (node->kind == NODE_LEAF) {
		write_leaf(b, &node->leaf);
		return;
	}
	bool object = node->kind == NODE_OBJECT;
	buf_char(b, object ? '{' : '[');
	for (size_t i = 0; i < node->n; i++) {
		if (i)
			buf_char(b, ',');
		if (object)
			write_name(b, node->plan->fields[i].name);
		write_node(b, &node->values[i], most);
	}
	buf_char(b, object ? '}' : ']');
}

/* From the root down; true when something was written. */
static bool write_path(struct buf *b, const struct gql_node *node)
{
	if (!node->parent)
		return false;
	if (write_path(b, node->parent))
		buf_char(b, ',');
	if (node->parent->plan) {
		const struct gql_name *name = node->parent->plan->fields[node->place].name;
		buf_char(b, '"');
		buf_add(b, name->s, name->n);
		buf_char(b, '"');
	} else {
		buf_int(b, (int64_t)node->place);
	}
	return true;
}

static void write_place(struct buf *b, const char *source, uint32_t at)
{
	struct gql_place p = gql_place_of(source, at);
	buf_printf(b, ",\"locations\":[{\"line\":%u,\"column\":%u}]", p.line, p.column);
}

static void write_error(struct buf *b, const char *source, const struct gql_error *e)
{
	buf_str(b, "{\"message\":");
	json_write_text(b, e->message);
	if (e->placed)
		write_place(b, source, e->at);
	if (e->node) {
		buf_str(b, ",\"path\":[");
		(void)write_path(b, e->node);
		buf_char(b, ']');
	}
	if (e->extensions) {
		buf_str(b, ",\"extensions\":{");
		buf_str(b, e->extensions);
		buf_char(b, '}');
	}
	buf_char(b, '}');
}

void gql_write_faults(struct buf *out, const char *source, const struct gql_fault *faults, size_t n)
{
	buf_str(out, "{\"errors\":[");
	for (size_t i = 0; i < n; i++) {
		const struct gql_error e = { .message = faults[i].message,
			.extensions = faults[i].limit ? too_large : invalid,
			.at = faults[i].at,
			.placed = true };
		if (i)
			buf_char(out, ',');
		write_error(out, source, &e);
	}
	buf_str(out, "]}");
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

const struct gql_operation *gql_operation_of(const struct gql_document *d, const char *name, const char **why)
{
	const struct gql_operation *op = d->operations;
	bool named = name && *name;
	if (!named) {
		*why = op ? "The document has several operations: operationName must say which."
		          : "The document has no operation.";
		return op && !op->next ? op : NULL;
	}
	while (op && !(op->name.s && gql_name_is(&op->name, name, strlen(name))))
		op = op->next;
	*why = "The document has no operation of that name.";
	return op;
}

static const struct gql_type *root_of(const struct gql_run *run)
{
	switch (run->operation->kind) {
	case GQL_QUERY:
		return run->schema->query;
	case GQL_MUTATION:
		return run->schema->mutation;
	case GQL_SUBSCRIPTION:
		return run->schema->subscription;
	}
	return NULL;
}

/* Fields of the root are run one after another with all that is below them: so mutations are in order. */
bool gql_execute(struct gql_run *run, const void *root, struct buf *out)
{
	struct gql_node *node = arena_new_of(run->mem, struct gql_node);
	const struct gql_selection *const selections[] = { run->operation->selections };
	node->kind = NODE_OBJECT;
	node->object = root;
	run_objects(run, root_of(run), selections, 1, &node, 1);
	settle_object(run, node);
	buf_str(out, "{\"data\":");
	write_node(out, node, run->bytes_max);
	if (out->n > run->bytes_max)
		return false;
	for (size_t i = 0; i < run->n_errors; i++) {
		buf_str(out, i ? "," : ",\"errors\":[");
		write_error(out, run->document->source, &run->errors[i]);
	}
	buf_str(out, run->n_errors ? "]}" : "}");
	return true;
}
