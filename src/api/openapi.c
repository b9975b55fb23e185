#include "api/openapi.h"
#include "api/openapi_op.h"
#include "api/openapi_row.h"
#include "api/schema.h"
#include "base/page.h"
#include "base/str.h"

#include <string.h>

static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };

/* A type of which the document holds a schema. */
struct schema {
	const struct type *type;
	bool input;
};

/* A group of operations. */
struct tag {
	const char *name, *doc;
};

/* What the document is made of, gathered before it is written. */
struct document {
	struct arena *mem;
	struct api_route *routes;
	size_t routes_n, routes_cap;
	struct schema *schemas;
	size_t schemas_n, schemas_cap;
	struct tag *tags;
	size_t tags_n, tags_cap;
	const struct feature *const *features;
	const char *examples;
	bool rows; /* some route is an older shape's */
};

/* Room for one more item in a list that grows in the arena. */
static void *grown(struct arena *mem, void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 64;
	void *more = arena_alloc_array(mem, *cap, size);
	if (n)
		memcpy(more, items, n * size);
	return more;
}

/* --- gathering ---------------------------------------------------------------------------------------------------- */

static void add_type(struct document *d, const struct type *t, bool input)
{
	if (t == &none_type)
		return;
	for (size_t i = 0; i < d->schemas_n; i++)
		if (d->schemas[i].input == input && strcmp(d->schemas[i].type->name, t->name) == 0)
			return;
	d->schemas = grown(d->mem, d->schemas, d->schemas_n, &d->schemas_cap, sizeof *d->schemas);
	d->schemas[d->schemas_n++] = (struct schema){ t, input };
	for (const struct field *f = t->fields; f->name; f++)
		if (f->type && schema_has(f, input))
			add_type(d, f->type, input);
}

static void add_types(struct document *d, const struct api_route *route)
{
	const struct op *op = route->op;
	if (openapi_has_body(route) && !op->file_body)
		add_type(d, op->call->in, true);
	if (!op_is_list(op)) {
		add_type(d, op->call->out, false);
		return;
	}
	add_type(d, op->call->out->fields[0].type, false);
	add_type(d, op->call->out->fields[1].type, false);
}

/* The group has the sentence of the feature of its name. */
static const char *tag_doc(const struct document *d, const char *name)
{
	for (const struct feature *const *f = d->features; *f; f++)
		if (strcmp((*f)->name, name) == 0)
			return (*f)->doc;
	return NULL;
}

static void add_tag(struct document *d, const char *name, const char *doc)
{
	for (size_t i = 0; i < d->tags_n; i++)
		if (strcmp(d->tags[i].name, name) == 0)
			return;
	d->tags = grown(d->mem, d->tags, d->tags_n, &d->tags_cap, sizeof *d->tags);
	d->tags[d->tags_n++] = (struct tag){ name, doc };
}

static void add_route(struct document *d, struct api_route route, const char *text, size_t n, const char *prefix)
{
	size_t method = strcspn(text, " ");
	int i = method < n ? names_index(methods, text, method) : -1;
	if (i < 0)
		return;
	char *lower = arena_strdup(d->mem, methods[i]);
	str_lower_ascii(lower);
	route.method = lower;
	route.path = arena_printf(d->mem, "%s%.*s", prefix, (int)(n - method - 1), text + method + 1);
	route.example = example_find(d->mem, d->examples, arena_printf(d->mem, "%s %s", methods[i], route.path));
	d->routes = grown(d->mem, d->routes, d->routes_n, &d->routes_cap, sizeof *d->routes);
	d->routes[d->routes_n++] = route;
	if (route.op)
		add_types(d, &route);
}

/* "GET /users/me, GET /auth/me" */
static void add_routes(struct document *d, struct api_route *route, const char *list, const char *prefix)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");
		route->nth++;
		add_route(d, *route, list, n, prefix);
		list += n;
		list += strspn(list, ", ");
	}
}

static void add_op(struct document *d, const struct feature *feature, const struct op *op)
{
	if ((op->flags & (OP_HIDDEN | OP_LOCAL)) || (!op->rest && !op->root))
		return;
	struct api_route route = { .feature = feature, .op = op };
	const char *tag = op->tag ? op->tag : feature->name;
	add_tag(d, tag, tag_doc(d, tag));
	add_routes(d, &route, op->rest, "/api/v1");
	add_routes(d, &route, op->root, "");
}

static const struct op *op_named(const struct document *d, const char *name)
{
	for (const struct feature *const *f = d->features; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			if (strcmp(op->call->name, name) == 0)
				return op;
	return NULL;
}

static void add_row(struct document *d, const struct feature *feature, const struct shape_row *row)
{
	const struct op *op = op_named(d, row->op);
	if (!op)
		return;
	struct api_route route = { .feature = feature, .row = row, .view = view_new(d->mem, row, op) };
	d->rows = true;
	add_tag(d, "compatibility", "Older clients: the same operations at the addresses and in the forms they know");
	add_routes(d, &route, row->route, "");
}

static void gather(struct document *d)
{
	for (const struct feature *const *f = d->features; *f; f++) {
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			add_op(d, *f, op);
		for (const struct shape_row *row = (*f)->shapes; row && row->route; row++)
			add_row(d, *f, row);
	}
}

/* --- order: by path and method, so that a diff shows what changed and nothing else -------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct api_route *x = a, *y = b;
	int c = strcmp(x->path, y->path);
	if (c)
		return c;
	c = strcmp(x->method, y->method);
	return c ? c : (x->op == NULL) - (y->op == NULL);
}

static int by_name(const void *a, const void *b)
{
	const struct schema *x = a, *y = b;
	int c = strcmp(x->type->name, y->type->name);
	return c ? c : x->input - y->input;
}

static int by_tag(const void *a, const void *b)
{
	const struct tag *x = a, *y = b;
	return strcmp(x->name, y->name);
}

/* An older shape under an address of our own is left out: ours is described. */
static void drop_doubles(struct document *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->routes_n; i++) {
		const struct api_route *last = n ? &d->routes[n - 1] : NULL;
		const struct api_route *r = &d->routes[i];
		if (!last || strcmp(last->path, r->path) != 0 || strcmp(last->method, r->method) != 0)
			d->routes[n++] = *r;
	}
	d->routes_n = n;
}

static void sort(struct document *d)
{
	if (d->routes_n)
		qsort(d->routes, d->routes_n, sizeof *d->routes, by_path);
	if (d->schemas_n)
		qsort(d->schemas, d->schemas_n, sizeof *d->schemas, by_name);
	if (d->tags_n)
		qsort(d->tags, d->tags_n, sizeof *d->tags, by_tag);
	drop_doubles(d);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void write_paths(struct buf *b, const struct document *d)
{
	const struct api_route *last = NULL;
	buf_str(b, "\"paths\":{");
	for (size_t i = 0; i < d->routes_n; i++) {
		const struct api_route *r = &d->routes[i];
		bool same = last && strcmp(last->path, r->path) == 0;
		if (last)
			buf_str(b, same ? "," : "},");
		if (!same) {
			json_write_text(b, r->path);
			buf_str(b, ":{");
		}
		buf_printf(b, "\"%s\":", r->method);
		if (r->op)
			openapi_operation(b, r);
		else
			openapi_row(b, r);
		last = r;
	}
	buf_str(b, last ? "}}" : "}");
}

static void write_components(struct buf *b, const struct document *d)
{
	buf_str(b,
		"\"components\":{\"securitySchemes\":{\"bearerAuth\":{\"type\":\"http\",\"scheme\":\"bearer\","
		"\"bearerFormat\":\"JWT\"},\"cookieAuth\":{\"type\":\"apiKey\",\"in\":\"cookie\","
		"\"name\":\"__Host-roster_access\",\"description\":\"Of a log-in with the header X-Auth-Mode: cookie. "
		"What writes needs the header X-CSRF-Token too; over plain http the name is roster_access.\"}},"
		"\"responses\":{");
	openapi_error_responses(b);
	openapi_row_responses(b, d->rows);
	buf_str(b, "},\"schemas\":{");
	openapi_error_schemas(b);
	openapi_row_schemas(b, d->rows);
	for (size_t i = 0; i < d->routes_n; i++)
		if (d->routes[i].view)
			openapi_row_input(b, &d->routes[i]);
	for (size_t i = 0; i < d->schemas_n; i++) {
		const struct schema *s = &d->schemas[i];
		buf_str(b, ",\"");
		schema_name(b, s->type, s->input);
		buf_str(b, "\":");
		schema_body(b, s->type, s->input ? IN_PATH | IN_QUERY : 0, s->input);
	}
	buf_str(b, "}}");
}

static void write_tags(struct buf *b, const struct document *d)
{
	buf_str(b, "\"tags\":[");
	for (size_t i = 0; i < d->tags_n; i++) {
		buf_str(b, i ? ",{\"name\":" : "{\"name\":");
		json_write_text(b, d->tags[i].name);
		if (d->tags[i].doc) {
			buf_str(b, ",\"description\":");
			json_write_text(b, d->tags[i].doc);
		}
		buf_char(b, '}');
	}
	buf_str(b, "]");
}

static void pair(struct buf *b, const char *before, const char *value)
{
	buf_str(b, before);
	json_write_text(b, value);
}

static void write_info(struct buf *b, const struct openapi_info *info)
{
	buf_str(b,
		"{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Roster\",\"description\":\"The people of an application: accounts, log-in and sessions, profiles, follows and blocks, notifications.\"");
	pair(b, ",\"contact\":{\"name\":", info->contact_name);
	pair(b, ",\"url\":", info->contact_url);
	pair(b, ",\"email\":", info->contact_email);
	buf_str(b, "},\"license\":{\"name\":\"Apache-2.0\",\"url\":\"https://www.apache.org/licenses/LICENSE-2.0\"}");
	pair(b, ",\"version\":", info->version);
	pair(b, "},\"servers\":[{\"url\":", info->server_url);
	buf_str(b, "}],");
}

static void write_document(struct buf *b, const struct document *d, const struct openapi_info *info)
{
	write_info(b, info);
	write_tags(b, d);
	buf_char(b, ',');
	write_paths(b, d);
	buf_char(b, ',');
	write_components(b, d);
	buf_char(b, '}');
}

void openapi_write(struct buf *b, const struct feature *const *features, const struct openapi_info *info)
{
	struct document d = { .mem = arena_new(0), .features = features, .examples = info->examples };
	gather(&d);
	sort(&d);
	struct buf compact = { .mem = d.mem };
	buf_grow(&compact, 400000); /* an arena keeps what a buffer grows out of */
	write_document(&compact, &d, info);
	buf_grow(b, compact.n + compact.n / 2);
	json_indent(b, compact.p, compact.n);
	arena_free(d.mem);
}
