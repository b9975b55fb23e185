#include "api/route.h"
#include "base/log.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct node {
	const char *segment; /* NULL: a parameter */
	size_t length;
	struct node *next, *child;
	struct endpoint methods[ROUTE_METHODS];
	bool answers; /* some method does */
};

static struct node root;
static struct arena *memory; /* lives as long as the program */

static struct node *child_of(struct node *parent, const char *segment, size_t n)
{
	bool param = *segment == '{';
	for (struct node *c = parent->child; c; c = c->next)
		if (param ? !c->segment : c->segment && c->length == n && memcmp(c->segment, segment, n) == 0)
			return c;
	struct node *c = arena_new_of(memory, struct node);
	c->segment = param ? NULL : arena_memdup0(memory, segment, n);
	c->length = n;
	struct node **last = &parent->child; /* literals before the parameter: "/users/me" wins over "/users/{id}" */
	while (*last && (param || (*last)->segment))
		last = &(*last)->next;
	c->next = *last;
	*last = c;
	return c;
}

static _Noreturn void bad_route(const char *route, const char *why)
{
	log_error("a route is wrong", LT("route", route), LT("why", why));
	log_flush();
	abort();
}

static void add_one(const char *prefix, const char *route, const struct op *op, const struct view *view)
{
	const char *blank = strchr(route, ' ');
	if (!blank || blank[1] != '/')
		bad_route(route, "METHOD /path was expected");
	enum http_method method = http_method_parse(route, (size_t)(blank - route));
	if (method == HTTP_OTHER)
		bad_route(route, "unknown method");
	const char *path = arena_printf(memory, "%s%s", prefix, blank + 1);
	struct endpoint e = { .op = op, .view = view };
	e.route = arena_printf(memory, "%s %s", http_method_name(method), path);
	struct node *at = &root;
	size_t params = 0;
	for (const char *s = path; *s == '/';) {
		size_t n = strcspn(++s, "/");
		if (!n)
			break;
		if (*s == '{' && params < ROUTE_PARAMS)
			e.params[params++] = arena_memdup0(memory, s + 1, n - 2);
		at = child_of(at, s, n);
		s += n;
	}
	if (at->methods[method].op)
		bad_route(e.route, "two operations claim it");
	at->methods[method] = e;
	at->answers = true;
}

/* "GET /a, PUT /b" */
static void add(const char *prefix, const char *routes, const struct op *op, const struct view *view)
{
	while (routes && *routes) {
		size_t n = strcspn(routes, ",");
		add_one(prefix, arena_memdup0(memory, routes, n), op, view);
		routes += n;
		routes += strspn(routes, ", ");
	}
}

void routes_init(void)
{
	if (memory)
		return;
	memory = arena_new(0);
	for (const struct feature *const *f = features_all; *f; f++) {
		for (const struct op *op = (*f)->ops; op && op->call; op++) {
			add("/api/v1", op->rest, op, NULL);
			add("", op->root, op, NULL);
		}
		for (const struct shape_row *row = (*f)->shapes; row && row->route; row++) {
			const struct op *op = op_find(row->op, NULL);
			if (!op)
				bad_route(row->route, "no such operation");
			add("", row->route, op, view_new(memory, row, op));
		}
	}
}

/* A literal that leads nowhere gives way to the parameter beside it: "/users/me/contact" is {id}/contact for "me". The
 * depth is bounded by the tree's own. */
static struct node *walk(struct node *at, const char *path, struct arena *a, struct route_match *m, size_t params)
{
	path += *path == '/';
	if (!*path)
		return at->answers ? at : NULL;
	size_t n = strcspn(path, "/");
	if (!n)
		return NULL; /* two slashes: no address of ours */
	for (struct node *c = at->child; c; c = c->next) {
		if (c->segment && (c->length != n || memcmp(c->segment, path, n) != 0))
			continue;
		if (!c->segment && params < ROUTE_PARAMS)
			m->values[params] = arena_memdup0(a, path, n);
		struct node *found = walk(c, path + n, a, m, params + !c->segment);
		if (found)
			return found;
	}
	return NULL;
}

struct route_match route_find(struct arena *a, enum http_method method, const char *path)
{
	struct route_match m = { 0 };
	const struct node *n = walk(&root, path, a, &m, 0);
	if (!n)
		return m;
	m.methods = n->methods;
	if (method == HTTP_HEAD)
		method = HTTP_GET;
	if ((int)method < ROUTE_METHODS && n->methods[method].op)
		m.endpoint = &n->methods[method];
	return m;
}

const char *route_allow(struct arena *a, const struct endpoint *methods)
{
	const char *s = "OPTIONS";
	for (int i = 0; i < ROUTE_METHODS; i++)
		if (methods[i].op)
			s = arena_printf(
				a, "%s, %s%s", s, http_method_name((enum http_method)i), i == HTTP_GET ? ", HEAD" : "");
	return s;
}
