/* Types and fields come from the operations' own tables; the rows of graph.h come before what is made by itself, and win. */
#include "api/graph_schema.h"
#include "api/graphql.h"
#include "api/schema.h"
#include "api/shape.h"
#include "base/log.h"
#include "base/str.h"
#include "graphql/print.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct known {
	const struct type *type;
	const char *const *names; /* of an enum */
	bool input;
	struct gql_type *made; /* NULL: it has no field */
};
struct maker {
	struct arena *mem;
	struct gql_schema *s;
	struct known *known;
	size_t n_known;
	struct gql_type *query, *mutation, *subscription, *pagination;
	const struct gql_type *date_time, *json, *word;
	const char *row; /* that is being read: for complaints */
};

static _Noreturn void bad_row(const struct maker *m, const char *why, const char *what)
{
	log_error("a row for GraphQL is wrong", LT("row", m->row), LT("why", why), LT("at", what));
	log_flush();
	abort();
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static const char *pascal(struct maker *m, const char *snake)
{
	char *s = str_camel(m->mem, snake);
	if (*s >= 'a' && *s <= 'z')
		*s = (char)(*s - 32);
	return s;
}

static const struct graph_type *row_of(const struct type *t)
{
	static const struct graph_type page = { &page_type, "Pagination", "pages=total_pages" };
	if (t == &page_type)
		return &page;
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct graph_type *row = (*f)->graph_types; row && row->type; row++)
			if (row->type == t)
				return row;
	return NULL;
}

/* "theirs=ours, theirs=ours": theirs, or NULL. */
static const char *renamed(struct maker *m, const char *pairs, const char *ours)
{
	size_t n = strlen(ours);
	for (const char *p = pairs; p && *p; p += strspn(p, ", ")) {
		size_t name = strcspn(p, "="), whole = strcspn(p, ",");
		if (whole == name + 1 + n && memcmp(p + name + 1, ours, n) == 0)
			return arena_memdup0(m->mem, p, name);
		p += whole;
	}
	return NULL;
}

/* The same for every list, whatever its type: {data, pagination}. */
static const char *name_in_list(const struct type *t, const struct field *f)
{
	if (t->n != 2 || t->fields[1].type != &page_type || t->fields[0].kind != KIND_LIST)
		return NULL;
	return f == t->fields ? "data" : "pagination";
}

static const char *name_of(struct maker *m, const struct type *t, const struct field *f)
{
	const struct graph_type *row = row_of(t);
	const char *name = renamed(m, row ? row->renamed : NULL, f->name);
	name = name ? name : name_in_list(t, f);
	return name ? name : str_camel(m->mem, f->name);
}

/* --- types -------------------------------------------------------------------------------------------------------- */

static struct known *find_known(const struct maker *m, const void *what, bool input)
{
	for (size_t i = 0; i < m->n_known; i++)
		if ((m->known[i].type == what || (const void *)m->known[i].names == what) && m->known[i].input == input)
			return &m->known[i];
	return NULL;
}

static void note(struct maker *m, const struct known *k)
{
	ARENA_ROOM(m->mem, m->known, m->n_known);
	m->known[m->n_known++] = *k;
}

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	return *s && !s[n] && (*s < '0' || *s > '9');
}

static bool all_names(const char *const *names)
{
	while (*names && is_name(*names))
		names++;
	return !*names;
}

/* An enum is one type wherever its names are used; it is called after the first field that has them. */
static const struct gql_type *enum_of(struct maker *m, const struct type *t, const struct field *f)
{
	const struct known *k = find_known(m, f->names, false);
	if (k)
		return k->made;
	const struct field upper = view_field(m->mem, &shape_graphql, t, f);
	if (!all_names(upper.names))
		return m->s->string;
	const char *name = arena_printf(m->mem, "%s%s", pascal(m, t->name), pascal(m, f->name));
	struct gql_type *made = gql_type_named(m->s, GQL_ENUM_TYPE, name, f->doc);
	for (const char *const *n = upper.names; *n; n++)
		gql_enum_add(m->s, made, *n, NULL);
	note(m, &(struct known){ .names = f->names, .made = made });
	return made;
}

static const struct gql_type *text_type(const struct maker *m, const struct field *f)
{
	if (f->flags & WORD)
		return m->word;
	return (f->flags & UUID) || strcmp(f->name, "id") == 0 ? m->s->id : m->s->string;
}

static const struct gql_type *object_of(struct maker *m, const struct type *t);
static const struct gql_type *input_of(struct maker *m, const struct type *t);

/* Of the values of a list, or the one there is; times come in as any text that is one. */
static const struct gql_type *bare_type(struct maker *m, const struct type *t, const struct field *f, bool input)
{
	switch (f->kind) {
	case KIND_BOOL:
		return m->s->boolean;
	case KIND_INT:
		return !(f->flags & TIME) ? m->s->int_ : input ? m->s->string : m->date_time;
	case KIND_DOUBLE:
		return m->s->float_;
	case KIND_TEXT:
		return text_type(m, f);
	case KIND_ENUM:
		return enum_of(m, t, f);
	case KIND_SECRET:
		return m->s->string;
	case KIND_JSON:
	case KIND_MAP:
		return m->json;
	case KIND_LIST:
	case KIND_OBJECT:
		if (!f->type)
			return m->s->string;
		return input ? input_of(m, f->type) : object_of(m, f->type);
	}
	return NULL;
}

static const struct gql_type *type_of(struct maker *m, const struct type *t, const struct field *f, bool input)
{
	const struct gql_type *type = bare_type(m, t, f, input);
	return type && f->kind == KIND_LIST ? gql_list_of(m->s, gql_non_null(m->s, type)) : type;
}

/* --- what is given ------------------------------------------------------------------------------------------------ */

static struct graph_how *how_new(struct maker *m, enum graph_how_kind kind)
{
	struct graph_how *how = arena_new_of(m->mem, struct graph_how);
	how->kind = kind;
	return how;
}

static void add_field(struct maker *m, struct gql_type *to, const struct type *t, const struct field *f)
{
	const struct gql_type *type = type_of(m, t, f, false);
	if (!type)
		return;
	struct graph_how *how = how_new(m, f->kind == KIND_LIST     ? GRAPH_LIST
					   : f->kind == KIND_OBJECT ? GRAPH_OBJECT
								    : GRAPH_LEAF);
	how->of = t;
	how->field = view_field(m->mem, &shape_graphql, t, f);
	how->gives = f->type ? gql_bare(type) : NULL;
	/* A list is never null by itself. */
	bool shown = !t->hide || strcmp(f->name, "id") == 0; /* what privacy may hide may be null */
	bool must = shown && ((f->flags & REQUIRED) || f->kind == KIND_LIST);
	gql_field_add(m->s, to, name_of(m, t, f), must ? gql_non_null(m->s, type) : type, f->doc)->how = how;
}

/* NULL when it has no field. */
static const struct gql_type *object_of(struct maker *m, const struct type *t)
{
	const struct known *k = find_known(m, t, false);
	if (k)
		return k->made;
	bool any = false;
	for (const struct field *f = t->fields; f->name; f++)
		any |= schema_has(f, false);
	const struct graph_type *row = row_of(t);
	const char *name = row && row->name ? row->name : pascal(m, t->name);
	struct gql_type *made = any ? gql_type_named(m->s, GQL_OBJECT_TYPE, name, NULL) : NULL;
	note(m, &(struct known){ .type = t, .made = made });
	for (const struct field *f = t->fields; f->name; f++)
		if (schema_has(f, false))
			add_field(m, made, t, f);
	return made;
}

/* --- what is taken ------------------------------------------------------------------------------------------------ */

/* The field as it is taken, under the name and with the flags of `as`. */
static void add_input(
	struct maker *m, struct gql_inputs *to, const struct type *t, const struct field *f, const struct field *as)
{
	bool plain = (f->kind == KIND_INT && !(f->flags & TIME)) || f->kind == KIND_BOOL;
	const char *dflt = plain ? as->dflt : NULL;
	const struct gql_type *type = type_of(m, t, f, true);
	bool must = (as->flags & REQUIRED) && !as->dflt;
	gql_input_add(m->s, to, as->name, must ? gql_non_null(m->s, type) : type, dflt, f->doc);
}

static const struct gql_type *input_of(struct maker *m, const struct type *t)
{
	const struct known *k = find_known(m, t, true);
	if (k)
		return k->made;
	struct gql_type *made =
		gql_type_named(m->s, GQL_INPUT, arena_printf(m->mem, "%sInput", pascal(m, t->name)), NULL);
	note(m, &(struct known){ .type = t, .input = true, .made = made });
	for (const struct field *f = t->fields; f->name; f++) {
		struct field as = *f;
		as.name = str_camel(m->mem, f->name);
		if (schema_has(f, true))
			add_input(m, &made->inputs, t, f, &as);
	}
	return made;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

/* What another site may have a browser send is a query; what REST takes by POST alone is none, though it may write nothing
 * itself. */
static bool is_query(const struct op *op)
{
	return !(op->flags & OP_WRITE) && op->rest && strstr(op->rest, "GET ");
}

static struct gql_type *root_of(const struct maker *m, const struct graph_how *how)
{
	if (how->news)
		return m->subscription;
	return is_query(how->op) ? m->query : m->mutation;
}

static struct gql_field_def *add_root(struct maker *m, struct graph_how *how, const char *name, const char *doc)
{
	struct gql_type *root = root_of(m, how);
	for (size_t i = 0; i < root->n_fields; i++)
		if (strcmp(root->fields[i]->name, name) == 0)
			return NULL;
	how->gives = object_of(m, how->op->call->out);
	const struct gql_type *type = how->gives ? how->gives : m->s->boolean;
	struct gql_field_def *f = gql_field_add(m->s, root, name, type, doc ? doc : how->op->doc);
	f->how = how;
	return f;
}

/* Arguments for all fields that are not among `used`. */
static void add_rest(struct maker *m, struct gql_inputs *to, const struct graph_how *how, const bool *used)
{
	const struct type *in = how->op->call->in;
	for (size_t i = 0; i < in->n; i++)
		if (schema_has(&in->fields[i], true) && !(used && used[i]))
			add_input(m, to, in, &in->fields[i], &how->in->fields[i]);
}

static void add_operation(struct maker *m, const struct op *op)
{
	const struct shape_row row = { .shape = &shape_graphql, .route = op->call->name };
	struct graph_how *how = how_new(m, GRAPH_CALL);
	how->op = op;
	struct gql_field_def *f = add_root(m, how, str_camel(m->mem, op->call->name), NULL);
	if (!f)
		return;
	how->in = view_input(m->mem, &row, op->call->in);
	add_rest(m, &f->takes, how, NULL);
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

struct reader {
	struct maker *m;
	const char *at;
	struct graph_how *how;
	bool used[INPUT_FIELDS]; /* fields of the operation's input that an argument stands for */
};

static void skip(struct reader *r)
{
	r->at += strspn(r->at, " \n\t,");
}

static bool take(struct reader *r, char c)
{
	skip(r);
	bool there = *r->at == c;
	r->at += there;
	return there;
}

static void want(struct reader *r, char c)
{
	if (!take(r, c))
		bad_row(r->m, arena_printf(r->m->mem, "%c was expected", c), r->at);
}

static const char *word(struct reader *r)
{
	skip(r);
	size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (!n)
		bad_row(r->m, "a name was expected", r->at);
	const char *w = arena_memdup0(r->m->mem, r->at, n);
	r->at += n;
	return w;
}

static void take_field(struct reader *r, struct gql_inputs *to, const char *name)
{
	const struct field *as = type_field(r->how->in, name, strlen(name));
	if (!as || strcmp(as->name, name) != 0)
		bad_row(r->m, "the operation takes no such field", name);
	size_t i = (size_t)(as - r->how->in->fields);
	r->used[i] = true;
	add_input(r->m, to, r->how->op->call->in, &r->how->op->call->in->fields[i], as);
}

/* "{role, status}" or "{*}" */
static void take_group(struct reader *r, struct gql_type *group)
{
	if (take(r, '*')) {
		add_rest(r->m, &group->inputs, r->how, r->used);
		want(r, '}');
		return;
	}
	while (!take(r, '}'))
		take_field(r, &group->inputs, word(r));
}

static void take_argument(struct reader *r, struct gql_inputs *to)
{
	const char *name = word(r);
	want(r, ':');
	const char *type_name = word(r);
	bool must = take(r, '!');
	const struct gql_name key = { .s = type_name, .n = (uint32_t)strlen(type_name) };
	const struct gql_type *type = NULL;
	const char *doc = NULL;
	for (size_t i = 0; i < r->m->s->n_types && !type; i++)
		if (gql_name_is(&key, r->m->s->types[i]->name, strlen(r->m->s->types[i]->name)))
			type = r->m->s->types[i];
	if (take(r, '{')) {
		struct gql_type *group = gql_type_named(r->m->s, GQL_INPUT, type_name, NULL);
		take_group(r, group);
		type = group;
	} else if (!type) {
		bad_row(r->m, "there is no such type", type_name);
	} else if (type->kind != GQL_INPUT) {
		struct gql_inputs alone = { 0 };
		take_field(r, &alone, name); /* it must be there */
		doc = alone.list->doc;
	}
	r->how->paged |= type == r->m->pagination;
	gql_input_add(r->m->s, to, name, must ? gql_non_null(r->m->s, type) : type, NULL, doc);
}

static void take_type(struct reader *r, const struct shape_row *row, struct gql_field_def *f)
{
	struct maker *m = r->m;
	const char *name = word(r);
	if (strcmp(name, m->json->name) == 0) {
		r->how->whole = view_new(m->mem, row, r->how->op)->out;
		f->type = m->json;
	} else if (strcmp(name, "Boolean") == 0) {
		f->type = m->s->boolean;
	} else if (!r->how->gives || strcmp(name, r->how->gives->name) != 0) {
		bad_row(m, "the operation gives another type", r->how->gives ? r->how->gives->name : "Boolean");
	}
	if (gql_bare(f->type)->kind != GQL_OBJECT_TYPE)
		r->how->gives = NULL;
	if (take(r, '!'))
		f->type = gql_non_null(m->s, f->type);
}

/* Arguments are texts; what is told is the event. */
static void add_news(struct maker *m, const struct graph_field *row)
{
	struct reader r = { .m = m, .at = row->field, .how = how_new(m, GRAPH_NEWS) };
	r.how->news = row;
	if (strcmp(word(&r), "subscription") != 0)
		bad_row(m, "events are for subscriptions", row->field);
	struct gql_field_def *f = gql_field_add(m->s, m->subscription, word(&r), gql_non_null(m->s, m->json), row->doc);
	f->how = r.how;
	if (take(&r, '('))
		while (!take(&r, ')')) {
			const char *name = word(&r);
			want(&r, ':');
			(void)word(&r);
			want(&r, '!');
			gql_input_add(m->s, &f->takes, name, gql_non_null(m->s, m->s->string), NULL, NULL);
		}
}

static void add_row(struct maker *m, const struct graph_field *row)
{
	const struct shape_row shape = { .shape = &shape_graphql, .route = row->field, .in = row->in };
	struct reader r = { .m = m, .at = row->field, .how = how_new(m, GRAPH_CALL) };
	m->row = row->field;
	if (row->events && !row->op) {
		add_news(m, row);
		return;
	}
	r.how->news = row->events ? row : NULL;
	r.how->op = op_find(row->op, NULL);
	if (!r.how->op)
		bad_row(m, "there is no such operation", row->op);
	r.how->in = view_input(m->mem, &shape, r.how->op->call->in);
	const char *root = word(&r);
	if (strcmp(root, row->events ? "subscription" : is_query(r.how->op) ? "query" : "mutation") != 0)
		bad_row(m, "the operation is of the other kind", root);
	struct gql_field_def *f = add_root(m, r.how, word(&r), row->doc);
	if (!f)
		bad_row(m, "there is such a field already", row->field);
	if (take(&r, '('))
		while (!take(&r, ')'))
			take_argument(&r, &f->takes);
	want(&r, ':');
	take_type(&r, &shape, f);
}

static void add_edge(struct maker *m, const struct graph_edge *e)
{
	const struct shape_row shape = { .shape = &shape_graphql, .route = e->name };
	struct graph_how *how = how_new(m, GRAPH_EDGE);
	m->row = e->name;
	if (!type_field(e->from, e->key, strlen(e->key)))
		bad_row(m, "the type has no such key", e->key);
	how->edge = e;
	how->of = e->from;
	how->field = *type_field(e->from, e->key, strlen(e->key));
	how->gives = object_of(m, e->to);
	object_of(m, e->from);
	struct gql_field_def *f = gql_field_add(m->s, find_known(m, e->from, false)->made, e->name, how->gives, e->doc);
	f->how = how;
	how->in = e->in ? view_input(m->mem, &shape, e->in) : NULL;
	for (size_t i = 0; e->in && i < e->in->n; i++)
		if (schema_has(&e->in->fields[i], true))
			add_input(m, &f->takes, e->in, &e->in->fields[i], &how->in->fields[i]);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* A name from a set, with quotes or without: which there are is said by the server's roles and the like, not by a schema. */
static bool is_word(const struct gql_value *v)
{
	return v->kind == GQL_STRING || v->kind == GQL_ENUM;
}

static void add_scalars(struct maker *m)
{
	struct gql_type *date_time =
		gql_type_named(m->s, GQL_SCALAR, "DateTime", "A moment as RFC 3339 writes it, in UTC");
	date_time->specified_by = "https://www.rfc-editor.org/rfc/rfc3339";
	m->date_time = date_time;
	m->json = gql_type_named(m->s, GQL_SCALAR, "JSONObject", "A JSON value whose members no type tells");
	struct gql_type *word_type = gql_type_named(m->s, GQL_SCALAR, "Word",
		"One of a set of names, in capitals: a role, a gender; quotes may be left out");
	word_type->takes = is_word;
	m->word = word_type;
}

static void add_pagination(struct maker *m)
{
	m->pagination = gql_type_named(m->s, GQL_INPUT, "PaginationInput", "Which part of a list, and in what order");
	struct gql_inputs *in = &m->pagination->inputs;
	gql_input_add(m->s, in, "page", m->s->int_, NULL, "Number of the page, from 1; the first when it is left out");
	gql_input_add(m->s, in, "limit", m->s->int_, NULL, "How many a page holds");
	gql_input_add(m->s, in, "cursor", m->s->string, NULL, "In place of a number: nextCursor of the page before");
	gql_input_add(
		m->s, in, "sortBy", m->s->string, NULL, "createdAt, username ...: what the list can be sorted by");
	gql_input_add(m->s, in, "sortOrder", m->word, NULL, "ASC or DESC");
}

static struct gql_schema *make(void)
{
	struct arena *mem = arena_new(0);
	struct maker m = { .mem = mem, .s = gql_schema_new(mem), .row = "" };
	m.query = gql_type_named(m.s, GQL_OBJECT_TYPE, "Query", "What can be read");
	m.mutation = gql_type_named(m.s, GQL_OBJECT_TYPE, "Mutation", "What can be changed");
	m.s->query = m.query;
	m.s->mutation = m.mutation;
	m.subscription = gql_type_named(m.s, GQL_OBJECT_TYPE, "Subscription", "What can be heard as it happens");
	m.s->subscription = m.subscription;
	add_scalars(&m);
	add_pagination(&m);
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct graph_field *row = (*f)->graph; row && row->field; row++)
			add_row(&m, row);
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			if (op_speaks_json(op))
				add_operation(&m, op);
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct graph_edge *e = (*f)->graph_edges; e && e->from; e++)
			add_edge(&m, e);
	gql_schema_finish(m.s);
	return m.s;
}

static const struct gql_schema *schema;

static void make_once(void)
{
	schema = make();
}

const struct gql_schema *graph_schema(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_once);
	return schema;
}

void graph_schema_print(struct buf *out)
{
	gql_print(out, graph_schema());
}

bool graph_is_group(const struct gql_input_def *arg, const struct graph_how *how)
{
	return gql_bare(arg->type)->kind == GQL_INPUT && !type_field(how->in, arg->name, strlen(arg->name));
}
