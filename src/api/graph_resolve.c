#include "api/graph_resolve.h"
#include "api/answer.h"
#include "api/gate.h"
#include "api/graph_schema.h"
#include "base/json.h"
#include "base/record.h"
#include "base/str.h"
#include "base/time.h"

#include <assert.h>
#include <stdlib.h>

/* --- values of a struct ------------------------------------------------------------------------------------------- */

static bool is_hidden(const struct graph_how *how, const void *object)
{
	return record_hides(how->of, &how->field, object);
}

static void write_leaf(struct buf *out, const void *how, const void *object)
{
	json_write_value(out, &((const struct graph_how *)how)->field, object, JSON_ANSWER, true);
}

static struct gql_result list_of(struct gql_run *run, const struct graph_how *how, const struct list *list)
{
	struct gql_result r = { .kind = GQL_R_LIST, .n = (int64_t)list->n };
	r.items = arena_array_of(run->mem, struct gql_result, list->n);
	for (size_t i = 0; i < list->n; i++) {
		if (how->gives)
			r.items[i] = (struct gql_result){ .kind = GQL_R_OBJECT,
				.object = (const char *)list->items + i * how->field.type->size,
				.type = how->gives };
		else
			r.items[i] = (struct gql_result){ .kind = GQL_R_TEXT,
				.text = ((const char *const *)list->items)[i] };
	}
	return r;
}

/* GraphQL's Int has 32 bits. */
static bool too_wide(const struct field *f, const void *object)
{
	if (f->kind != KIND_INT || (f->flags & TIME))
		return false;
	int64_t n = *(const int64_t *)field_value(f, object);
	return n < INT32_MIN || n > INT32_MAX;
}

static struct gql_result value_of(struct gql_run *run, const struct graph_how *how, const void *object)
{
	const struct field *f = &how->field;
	if (is_hidden(how, object) || field_has(f, object) != IS_SET)
		return (struct gql_result){ .kind = GQL_R_NULL };
	if (how->kind == GRAPH_LIST)
		return list_of(run, how, field_value(f, object));
	if (how->kind == GRAPH_OBJECT)
		return (struct gql_result){
			.kind = GQL_R_OBJECT, .object = field_object(f, object), .type = how->gives
		};
	if (too_wide(f, object))
		return (struct gql_result){ .kind = GQL_R_ERROR, .text = "The number is larger than an Int can be." };
	return (struct gql_result){ .kind = GQL_R_WRITTEN, .write = write_leaf, .a = how, .b = object };
}

/* --- arguments ---------------------------------------------------------------------------------------------------- */

/* sortBy and sortOrder become what the operations take: "-created_at". */
static void set_sort(struct arena *mem, json_t *flat)
{
	const char *by = json_string_value(json_object_get(flat, "sortBy"));
	const char *order = json_string_value(json_object_get(flat, "sortOrder"));
	struct buf sort = { .mem = mem };
	if (order && (strcmp(order, "DESC") == 0 || strcmp(order, "desc") == 0))
		buf_char(&sort, '-');
	buf_str(&sort, str_snake(mem, by ? by : ""));
	if (by && *by)
		json_object_set_new(flat, "sort", json_string(buf_cstr(&sort)));
	json_object_del(flat, "sortBy");
	json_object_del(flat, "sortOrder");
}

static bool is_flat(const struct gql_inputs *takes, const struct graph_how *how)
{
	for (size_t i = 0; i < takes->n; i++)
		if (graph_is_group(&takes->list[i], how))
			return false;
	return !how->paged;
}

/* What stands in an argument that holds others stands beside them. */
static json_t *flatten(
	struct arena *mem, const struct gql_inputs *takes, const struct graph_how *how, json_t *arguments)
{
	if (is_flat(takes, how))
		return arguments;
	json_t *flat = gql_keep(mem, json_object());
	for (size_t i = 0; i < takes->n; i++) {
		json_t *v = json_object_get(arguments, takes->list[i].name);
		if (!v)
			continue;
		if (!graph_is_group(&takes->list[i], how))
			json_object_set(flat, takes->list[i].name, v);
		else if (!json_is_null(v))
			json_object_update(flat, v);
	}
	if (!how->paged)
		return flat;
	set_sort(mem, flat);
	if (!json_object_get(flat, "page") && !json_object_get(flat, "cursor"))
		json_object_set_new(flat, "page", json_integer(1)); /* its clients ask for totals */
	return flat;
}

static err_t read_arguments(struct cx *cx, const struct gql_ask *ask, const struct graph_how *how, void *in)
{
	if (!how->in)
		return ERR_OK;
	return json_read_object(cx, how->in, in, flatten(cx->mem, &ask->field->takes, how, ask->arguments));
}

/* --- operations --------------------------------------------------------------------------------------------------- */

struct bound {
	const struct gql_ask *ask;
	const struct graph_how *how;
};

static err_t bind(struct call *c)
{
	const struct bound *b = c->door;
	return read_arguments(&c->cx, b->ask, b->how, c->in);
}

static struct gql_result failure(struct gql_run *run, const struct call *c)
{
	const char *text = c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text;
	return (struct gql_result){ .kind = GQL_R_ERROR, .text = text, .extensions = answer_extensions(run->mem, c) };
}

static void write_whole(struct buf *out, const void *type, const void *object)
{
	json_write(out, type, object, JSON_ANSWER);
}

static struct gql_result answer_of(const struct graph_how *how, const struct call *c)
{
	if (how->whole)
		return (struct gql_result){ .kind = GQL_R_WRITTEN, .write = write_whole, .a = how->whole, .b = c->out };
	if (how->gives)
		return (struct gql_result){ .kind = GQL_R_OBJECT, .object = c->out, .type = how->gives };
	return (struct gql_result){ .kind = GQL_R_BOOL, .n = 1 };
}

/* A key that came with the request holds for each change in it by itself. */
static void give_key(struct call *c, const struct call *outer, const struct gql_name *name)
{
	c->keys = outer->keys;
	if (c->keys.path)
		c->keys.path = arena_printf(c->cx.mem, "%s#%.*s", c->keys.path, (int)name->n, name->s);
}

static struct gql_result call_operation(struct gql_ask *ask, const struct graph_how *how, struct graph_context *at)
{
	struct bound bound = { ask, how };
	struct call *c = call_new(ask->run->mem, how->op);
	c->bind = bind;
	c->door = &bound;
	give_key(c, at->outer, ask->name);
	err_t e = call_within(c, at->outer);
	at->not_here |= e == ERR_NOT_HERE;
	at->secret |= (how->op->flags & OP_NO_STORE) != 0;
	return e ? failure(ask->run, c) : answer_of(how, c);
}

/* --- edges -------------------------------------------------------------------------------------------------------- */

struct keyed {
	const char *key;
	size_t at; /* in the ask */
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static size_t keys_of(const struct gql_ask *ask, const struct graph_how *how, struct keyed *out)
{
	size_t n = 0;
	for (size_t i = 0; i < ask->n; i++) {
		const char *key = *(const char *const *)field_value(&how->field, ask->objects[i]);
		if (key && *key)
			out[n++] = (struct keyed){ key, i };
	}
	qsort(out, n, sizeof *out, by_key);
	return n;
}

/* Of those from `from` on one for each key, at most GRAPH_OBJECTS; returns where the next ones begin. */
static size_t some_of(const struct gql_ask *ask, const struct keyed *all, size_t from, size_t n, const void **objects,
	size_t *n_objects)
{
	for (*n_objects = 0; from < n; from++) {
		if (*n_objects && strcmp(all[from].key, all[from - 1].key) == 0)
			continue;
		if (*n_objects == GRAPH_OBJECTS)
			break;
		objects[(*n_objects)++] = ask->objects[all[from].at];
	}
	return from;
}

static err_t load_some(const struct graph_how *how, struct cx *cx, size_t n, const void *const *objects, const void *in,
	const void **found)
{
	if (!how->edge->load_keys)
		return how->edge->load(cx, n, objects, in, found);
	const char **keys = arena_array_of(cx->mem, const char *, n);
	for (size_t i = 0; i < n; i++)
		keys[i] = *(const char *const *)field_value(&how->field, objects[i]);
	return how->edge->load_keys(cx, n, keys, found);
}

static err_t load(struct gql_ask *ask, const struct graph_how *how, struct cx *cx, const void *in)
{
	struct keyed *all = arena_array_of(cx->mem, struct keyed, ask->n);
	const void **objects = arena_array_of(cx->mem, const void *, GRAPH_OBJECTS);
	size_t n = keys_of(ask, how, all), n_objects;
	for (size_t from = 0, to; from < n; from = to) {
		const void **found = arena_array_of(cx->mem, const void *, GRAPH_OBJECTS);
		to = some_of(ask, all, from, n, objects, &n_objects);
		TRY(load_some(how, cx, n_objects, objects, in, found));
		for (size_t i = from, k = 0; i < to; i++) {
			k += i > from && strcmp(all[i].key, all[i - 1].key) != 0;
			if (found[k])
				ask->out[all[i].at] = (struct gql_result){
					.kind = GQL_R_OBJECT, .object = found[k], .type = how->gives
				};
		}
	}
	return ERR_OK;
}

static void answer_all(struct gql_ask *ask, const struct gql_result *r)
{
	for (size_t i = 0; i < ask->n; i++)
		ask->out[i] = *r;
}

static void follow_edge(struct gql_ask *ask, const struct graph_how *how, struct call *outer)
{
	struct cx *cx = &outer->cx;
	void *in = how->in ? arena_alloc(cx->mem, how->in->size) : NULL;
	err_t e = read_arguments(cx, ask, how, in);
	e = e ? e : call_take_reader(outer);
	e = e ? e : load(ask, how, cx, in);
	if (!e)
		return;
	outer->result = e;
	struct gql_result failed = failure(ask->run, outer);
	outer->result = ERR_OK;
	cx_forgive(cx);
	answer_all(ask, &failed);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* Why no more work is begun in this request; NULL: it is. */
static const struct gql_result *exhausted(const struct gql_run *run)
{
	static const struct gql_result late = { .kind = GQL_R_ERROR,
		.text = "The request took too long; this part of it was not begun.",
		.extensions = "\"code\":\"timeout\",\"status\":408" };
	static const struct gql_result large = { .kind = GQL_R_ERROR,
		.text = "The request needs more memory than one may use; this part of it was not begun.",
		.extensions = "\"code\":\"too_large\",\"status\":413" };
	const struct graph_context *at = run->context;
	if (arena_over(run->mem))
		return &large;
	return time_nanos() > at->until_ns ? &late : NULL;
}

static void write_news(struct buf *out, const void *json, const void *none)
{
	(void)none;
	buf_str(out, json);
}

void graph_resolve(struct gql_ask *ask)
{
	const struct graph_how *how = ask->field->how;
	struct graph_context *at = ask->run->context;
	if (how->news && !at->news) {
		at->wants = how->news;
		at->arguments = ask->arguments;
		return;
	}
	bool works = how->kind == GRAPH_CALL || how->kind == GRAPH_EDGE;
	if (at->not_here)
		return;
	const struct gql_result *no_more = works ? exhausted(ask->run) : NULL;
	if (no_more) {
		answer_all(ask, no_more);
	} else if (how->kind == GRAPH_CALL) {
		assert(ask->n == 1);
		ask->out[0] = call_operation(ask, how, at);
	} else if (how->kind == GRAPH_NEWS) {
		ask->out[0] = (struct gql_result){ .kind = GQL_R_WRITTEN, .write = write_news, .a = at->news };
	} else if (how->kind == GRAPH_EDGE) {
		follow_edge(ask, how, at->outer);
	} else {
		for (size_t i = 0; i < ask->n; i++)
			ask->out[i] = value_of(ask->run, how, ask->objects[i]);
	}
}
