#include "base/conf.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 64, ALIGN = _Alignof(max_align_t) };

/* The groups' structs follow the head, each at its group's offset; texts are in the snapshot's own arena, which wipes
 * the secrets among them when it is freed. */
struct conf {
	struct arena *mem;
	struct conf *older; /* published before this one */
	const char **where; /* of each row, in the order of the groups; NULL: the default */
};

static const struct conf_group *const *groups;
static size_t first_row[GROUPS_MAX]; /* of each group, among all rows */
static size_t rows_total, size_total;
static struct conf *_Atomic current;

static size_t aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

void conf_register(const struct conf_group *const *all)
{
	groups = all;
	rows_total = 0;
	size_total = aligned(sizeof(struct conf));
	for (size_t i = 0; all[i]; i++) {
		assert(i < GROUPS_MAX);
		*all[i]->off = size_total;
		size_total += aligned(all[i]->size);
		first_row[i] = rows_total;
		for (const struct conf_row *r = all[i]->rows; r->name; r++)
			rows_total++;
	}
}

const struct conf_group *const *conf_groups(void)
{
	static const struct conf_group *const none[] = { NULL };
	return groups ? groups : none;
}

const void *conf_get(const struct conf *c, const struct conf_group *g)
{
	assert(c && *g->off);
	return (const char *)c + *g->off;
}

static size_t row_number(const struct conf_group *g, const struct conf_row *row)
{
	size_t i = 0;
	while (groups[i] && groups[i] != g)
		i++;
	assert(groups[i]);
	return first_row[i] + (size_t)(row - g->rows);
}

static void *value_of(struct conf *c, const struct conf_group *g, const struct conf_row *row)
{
	return (char *)c + *g->off + row->off;
}

static const void *value_in(const struct conf *c, const struct conf_group *g, const struct conf_row *row)
{
	return (const char *)conf_get(c, g) + row->off;
}

static struct conf *conf_blank(void)
{
	struct arena *mem = arena_new(0);
	struct conf *c = arena_alloc(mem, size_total);
	c->mem = mem;
	c->where = arena_array_of(mem, const char *, rows_total + 1);
	return c;
}

struct conf *conf_new(void)
{
	assert(groups);
	struct conf *c = conf_blank();
	struct arena *a = arena_new(0);
	for (size_t i = 0; groups[i]; i++)
		for (const struct conf_row *r = groups[i]->rows; r->name; r++) {
			const char *why = NULL;
			if (conf_set(c, a, groups[i], r, r->dflt ? r->dflt : "", NULL, &why)) {
				fprintf(stderr, "the default of %s.%s %s\n", groups[i]->name, r->name, why);
				abort();
			}
		}
	arena_free(a);
	return c;
}

struct conf *conf_copy(const struct conf *from)
{
	struct conf *c = conf_blank();
	for (size_t i = 0; groups[i]; i++)
		for (const struct conf_row *r = groups[i]->rows; r->name; r++)
			conf_take(c, from, groups[i], r);
	return c;
}

void conf_free(struct conf *c)
{
	if (c)
		arena_free(c->mem);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

bool conf_bool(const char *text, bool *out)
{
	static const char *const words[] = { "off", "on", "false", "true", "no", "yes", "0", "1", NULL };
	for (int i = 0; words[i]; i++)
		if (str_same_ascii(text, words[i])) {
			*out = i % 2;
			return true;
		}
	return false;
}

static bool is_bounded(const struct conf_row *row)
{
	return row->min || row->max;
}

static void add_unit(struct buf *b, const struct conf_row *row, int64_t v);

static const char *number_text(struct arena *a, const struct conf_row *row, int64_t v)
{
	struct buf b = { .mem = a };
	add_unit(&b, row, v);
	return buf_cstr(&b);
}

static const char *read_number(struct arena *a, const struct conf_row *row, const char *text, int64_t *out)
{
	if (row->flags & CONF_DURATION) {
		if (!duration_parse(text, out))
			return "must be a duration such as 250ms, 15s, 15m, 12h or 7d";
	} else if (row->flags & CONF_SIZE) {
		if (!size_parse(text, out))
			return "must be a size such as 4096, 512KiB, 64MiB or 10GB";
	} else if (!str_int(text, out)) {
		return "must be a whole number";
	}
	if (is_bounded(row) && (*out < row->min || *out > row->max))
		return arena_printf(
			a, "must be from %s to %s", number_text(a, row, row->min), number_text(a, row, row->max));
	return NULL;
}

static const char *names_text(struct arena *a, const char *const *names)
{
	struct buf b = { .mem = a };
	for (size_t i = 0; names[i]; i++)
		buf_printf(&b, "%s%s", i == 0 ? "must be " : names[i + 1] ? ", " : " or ", names[i]);
	return buf_cstr(&b);
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static const char *check_text(struct arena *a, const struct conf_row *row, const char *text)
{
	if (!utf8_valid(text, strlen(text)))
		return "must be UTF-8";
	if (has_control(text))
		return "must not hold control characters";
	if (row->names && names_index(row->names, text, strlen(text)) < 0)
		return names_text(a, row->names);
	int64_t n = (int64_t)utf8_length(text);
	if (is_bounded(row) && (n < row->min || n > row->max))
		return arena_printf(a, "must have %lld to %lld characters", (long long)row->min, (long long)row->max);
	return NULL;
}

/* What is wrong with the text, or NULL and the value is set. */
static const char *read_value(
	struct conf *c, struct arena *a, const struct conf_group *g, const struct conf_row *row, const char *text)
{
	void *p = value_of(c, g, row);
	const char *why = NULL;
	int64_t number;
	bool on;
	if (row->kind == KIND_BOOL) {
		if (!conf_bool(text, &on))
			return "must be on or off";
		*(bool *)p = on;
		return NULL;
	}
	if (row->kind == KIND_INT)
		why = read_number(a, row, text, &number);
	else
		why = check_text(a, row, text);
	if (!why && row->check)
		why = row->check(text);
	if (why)
		return why;
	if (row->kind == KIND_INT)
		*(int64_t *)p = number;
	else
		*(const char **)p = arena_strdup(c->mem, text);
	return NULL;
}

err_t conf_set(struct conf *c, struct arena *a, const struct conf_group *g, const struct conf_row *row,
	const char *text, const char *where, const char **why)
{
	assert(row->kind == KIND_BOOL || row->kind == KIND_INT || row->kind == KIND_TEXT);
	*why = read_value(c, a, g, row, text);
	if (*why)
		return ERR_INVALID;
	c->where[row_number(g, row)] = arena_strdup(c->mem, where);
	return ERR_OK;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

struct unit {
	const char *name;
	int64_t factor;
};
static const struct unit time_units[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 },
	{ "ms", 1 }, { NULL, 0 } };
static const struct unit size_units[] = { { "TiB", INT64_C(1) << 40 }, { "TB", 1000000000000 }, { "GiB", 1 << 30 },
	{ "GB", 1000000000 }, { "MiB", 1 << 20 }, { "MB", 1000000 }, { "KiB", 1024 }, { "KB", 1000 }, { "", 1 },
	{ NULL, 0 } };

/* The largest unit that divides the value, so that nothing is lost. */
static void add_unit(struct buf *b, const struct conf_row *row, int64_t v)
{
	const struct unit *u = row->flags & CONF_DURATION ? time_units : row->flags & CONF_SIZE ? size_units : NULL;
	while (u && u[1].name && (v == 0 || v % u->factor))
		u++;
	buf_int(b, u ? v / u->factor : v);
	buf_str(b, u ? u->name : "");
}

const char *conf_text(const struct conf *c, struct arena *a, const struct conf_group *g, const struct conf_row *row)
{
	const void *p = value_in(c, g, row);
	if (row->kind == KIND_BOOL)
		return *(const bool *)p ? "on" : "off";
	if (row->kind == KIND_INT)
		return number_text(a, row, *(const int64_t *)p);
	const char *s = *(const char *const *)p;
	return (row->flags & CONF_SECRET) && *s ? "(set)" : s;
}

const char *conf_where(const struct conf *c, const struct conf_group *g, const struct conf_row *row)
{
	const char *where = c->where[row_number(g, row)];
	return where ? where : "default";
}

/* --- snapshots -------------------------------------------------------------------------------------------------- */

bool conf_same(const struct conf *x, const struct conf *y, const struct conf_group *g, const struct conf_row *row)
{
	const void *p = value_in(x, g, row), *q = value_in(y, g, row);
	if (row->kind == KIND_BOOL)
		return *(const bool *)p == *(const bool *)q;
	if (row->kind == KIND_INT)
		return *(const int64_t *)p == *(const int64_t *)q;
	return strcmp(*(const char *const *)p, *(const char *const *)q) == 0;
}

void conf_take(struct conf *c, const struct conf *from, const struct conf_group *g, const struct conf_row *row)
{
	void *p = value_of(c, g, row);
	const void *q = value_in(from, g, row);
	size_t i = row_number(g, row);
	if (row->kind == KIND_BOOL)
		*(bool *)p = *(const bool *)q;
	else if (row->kind == KIND_INT)
		*(int64_t *)p = *(const int64_t *)q;
	else
		*(const char **)p = arena_strdup(c->mem, *(const char *const *)q);
	c->where[i] = arena_strdup(c->mem, from->where[i]);
}

const struct conf *conf_current(void)
{
	return atomic_load_explicit(&current, memory_order_acquire);
}

void conf_publish(struct conf *c)
{
	c->older = atomic_load_explicit(&current, memory_order_relaxed);
	atomic_store_explicit(&current, c, memory_order_release);
}

void conf_check(const struct conf *c, struct arena *a, struct buf *problems)
{
	for (size_t i = 0; groups[i]; i++)
		if (groups[i]->check)
			groups[i]->check(a, conf_get(c, groups[i]), problems);
}
