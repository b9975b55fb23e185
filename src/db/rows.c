/* Rows to structs: a column fills the field of its name. The type's table says what a value must be; one that the column
 * does not hold is ERR_INTERNAL, for a file can be edited by other hands. */
#include "db/driver.h"
#include "base/str.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool rows_mapped(const struct rows *r, const struct stmt *st, int n)
{
	return !r->type || (st->type == r->type && st->columns == n);
}

void rows_map(const struct rows *r, struct stmt *st, const char *const *names, int n)
{
	const struct field **map = realloc(st->map, (size_t)n * sizeof *map);
	if (!map)
		abort();
	for (int i = 0; i < n; i++) {
		map[i] = type_field(r->type, names[i], strlen(names[i]));
		assert(map[i] && "a column that the type lacks");
	}
	st->map = map;
	st->columns = n;
	st->type = r->type;
}

err_t cell_int(const struct cell *c, int64_t *out)
{
	bool ok = true;
	switch (c->tag) {
	case CELL_NULL:
		*out = 0;
		break;
	case CELL_INT:
		*out = c->i;
		break;
	case CELL_DOUBLE:
		ok = false;
		break;
	case CELL_TEXT: /* PostgreSQL writes truth as t and f */
		if (c->n == 1 && (*c->s == 't' || *c->s == 'f'))
			*out = *c->s == 't';
		else
			ok = str_int(c->s, out);
		break;
	}
	return ok ? ERR_OK : ERR_INTERNAL;
}

static bool cell_bool(const struct cell *c, bool *out)
{
	int64_t i;
	if (cell_int(c, &i) || (i != 0 && i != 1))
		return false;
	*out = i == 1;
	return true;
}

static bool cell_double(const struct cell *c, double *out)
{
	if (c->tag == CELL_INT)
		*out = (double)c->i;
	else if (c->tag == CELL_DOUBLE)
		*out = c->d;
	else {
		char *end;
		*out = strtod(c->s, &end);
		return end != c->s && !*end;
	}
	return true;
}

static bool cell_text(struct arena *mem, const struct cell *c, const char **out)
{
	if (c->tag != CELL_TEXT)
		return false;
	*out = arena_memdup0(mem, c->s, c->n);
	return true;
}

static bool cell_name(const struct field *f, const struct cell *c, unsigned *out)
{
	int i = c->tag == CELL_TEXT ? names_index(f->names, c->s, c->n) : -1;
	if (i < 0)
		return false;
	*out = (unsigned)i;
	return true;
}

/* The struct is zeroed: NULL leaves the field as it is, but for the mark of an optional. */
static bool put(struct arena *mem, const struct field *f, void *object, const struct cell *c)
{
	field_mark(f, object, c->tag == CELL_NULL ? IS_NULL : IS_SET);
	if (c->tag == CELL_NULL)
		return true;
	void *p = field_at(f, object);
	switch (f->kind) {
	case KIND_BOOL:
		return cell_bool(c, p);
	case KIND_INT:
		return cell_int(c, p) == ERR_OK;
	case KIND_DOUBLE:
		return cell_double(c, p);
	case KIND_TEXT:
		return cell_text(mem, c, p);
	case KIND_ENUM:
		return cell_name(f, c, p);
	case KIND_SECRET:
		((struct secret *)p)->n = c->n;
		return cell_text(mem, c, &((struct secret *)p)->s);
	case KIND_JSON:
		return cell_text(mem, c, &((struct json *)p)->text);
	case KIND_LIST:
	case KIND_OBJECT:
	case KIND_MAP:
		assert(false && "a column cannot be a list, an object or a map");
	}
	return false;
}

static void grow(struct rows *r)
{
	size_t cap = r->cap > r->most / 2 ? r->most : r->cap * 2;
	char *items = arena_alloc_array(r->mem, cap, r->type->size);
	memcpy(items, r->items, r->n * r->type->size);
	r->items = items;
	r->cap = cap;
}

static err_t take_struct(struct rows *r, const struct stmt *st, const struct cell *cells, const char **why)
{
	if (r->n == r->cap)
		grow(r);
	void *object = r->items + r->n * r->type->size;
	memset(object, 0, r->type->size);
	for (int i = 0; i < st->columns; i++) {
		if (!put(r->mem, st->map[i], object, &cells[i])) {
			*why = db_why("column %s does not hold what its type says", st->map[i]->name);
			return ERR_INTERNAL;
		}
	}
	return ERR_OK;
}

err_t rows_take(struct rows *r, const struct stmt *st, const struct cell *cells, bool *full, const char **why)
{
	*full = r->n >= r->most;
	if (*full)
		return ERR_OK;
	if (r->type)
		TRY(take_struct(r, st, cells, why));
	else {
		r->first = cells[0];
		r->first.s = cells[0].tag == CELL_TEXT ? arena_memdup0(r->mem, cells[0].s, cells[0].n) : NULL;
	}
	r->n++;
	*full = r->n == r->most;
	return ERR_OK;
}
