#include "base/json_scan.h"
#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <string.h>

enum { CONTAINERS_MAX = 10000, VALUES_MAX = 100000, TEXTS_MAX = 1 << 20, NAME_SHOWN = 64 };
static const char too_deep[] = "it is nested deeper than 32 levels", too_many[] = "it holds too many values",
		  too_long[] = "its texts are longer than 1 MiB together";

/* The position behind the string that begins at text[i] with its quote; n when it has no end. */
static size_t skip_string(const char *text, size_t n, size_t i)
{
	for (i++; i < n && text[i] != '"'; i++)
		i += text[i] == '\\';
	return i < n ? i + 1 : n;
}

const char *json_cost(const char *text, size_t n)
{
	int depth = 0, containers = 0, values = 0;
	for (size_t i = 0; i < n;) {
		char c = text[i];
		if (c == '"') {
			i = skip_string(text, n, i);
			continue;
		}
		if (c == '{' || c == '[') {
			containers++;
			depth++;
		}
		depth -= c == '}' || c == ']';
		values += c == ',';
		if (depth > JSON_DEPTH)
			return too_deep;
		if (containers > CONTAINERS_MAX || values > VALUES_MAX)
			return too_many;
		i++;
	}
	return NULL;
}

struct cost {
	size_t values, bytes;
};

static const char *spend(struct cost *c, json_t *v, int depth);

static const char *spend_members(struct cost *c, json_t *v, int depth)
{
	const char *name, *why = NULL;
	json_t *member;
	json_object_foreach(v, name, member)
	{
		c->bytes += strlen(name);
		if ((why = spend(c, member, depth)))
			break;
	}
	return why;
}

static const char *spend_items(struct cost *c, json_t *v, int depth)
{
	const char *why = NULL;
	for (size_t i = 0; i < json_array_size(v) && !why; i++)
		why = spend(c, json_array_get(v, i), depth);
	return why;
}

/* Ends where it is too much: what has a thousand times a thousand values is not walked through. */
static const char *spend(struct cost *c, json_t *v, int depth)
{
	bool object = json_is_object(v), list = json_is_array(v);
	depth += object || list;
	c->values++;
	c->bytes += json_string_length(v);
	if (depth > JSON_DEPTH)
		return too_deep;
	if (c->values > VALUES_MAX)
		return too_many;
	if (c->bytes > TEXTS_MAX)
		return too_long;
	if (object)
		return spend_members(c, v, depth);
	return list ? spend_items(c, v, depth) : NULL;
}

const char *json_made_cost(json_t *v)
{
	return spend(&(struct cost){ 0 }, v, 0);
}

size_t json_value_size(const char *p, size_t n)
{
	size_t depth = 0;
	for (size_t i = 0; i < n;) {
		char c = p[i];
		if (c == '"') {
			i = skip_string(p, n, i);
			if (!depth && i < n)
				return i;
			continue;
		}
		if (!depth && (c == ',' || c == ']' || c == '}'))
			return i;
		depth += c == '{' || c == '[';
		if ((c == '}' || c == ']') && --depth == 0)
			return i + 1;
		i++;
	}
	return 0;
}

/* One level on the way to a byte: an object and the name last seen in it, or a list and the number of the item. */
struct level {
	bool list;
	size_t index;
	size_t name, name_n; /* where the name stands, without quotes */
	bool named; /* its colon was seen: a string now is a value */
};

static void add_level(struct buf *path, const char *text, const struct level *l)
{
	if (l->list) {
		buf_printf(path, "[%zu]", l->index);
		return;
	}
	size_t n = l->name_n;
	if (!n)
		return;
	if (path->n)
		buf_char(path, '.');
	if (n <= NAME_SHOWN && utf8_valid(text + l->name, n))
		buf_add(path, text + l->name, n);
	else
		buf_char(path, '?');
}

static size_t string_at(struct level *l, const char *text, size_t n, size_t i)
{
	size_t end = skip_string(text, n, i);
	if (!l->list && !l->named) {
		bool whole = end > i + 1 && text[end - 1] == '"';
		l->name = i + 1;
		l->name_n = end - i - 1 - whole;
	}
	return end;
}

bool json_path(struct buf *path, const char *text, size_t n)
{
	struct level levels[JSON_DEPTH + 1] = { { 0 } }, *l = NULL;
	for (size_t i = 0; i < n;) {
		char c = text[i];
		if (c == '{' || c == '[') {
			l = l ? l + 1 : levels;
			if (l == levels + JSON_DEPTH)
				return false;
			*l = (struct level){ .list = c == '[' };
		} else if (!l) {
			i++;
			continue;
		} else if (c == '}' || c == ']') {
			l = l > levels ? l - 1 : NULL;
		} else if (c == ',') {
			l->index++;
			l->named = false;
		} else if (c == ':') {
			l->named = true;
		} else if (c == '"') {
			i = string_at(l, text, n, i);
			continue;
		}
		i++;
	}
	for (const struct level *step = levels; l && step <= l; step++)
		add_level(path, text, step);
	return path->n > 0;
}
