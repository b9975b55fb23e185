#include "features/relation/relation.h"
#include "base/json.h"
#include "features/relation/relation_store.h"

#include <string.h>

err_t relation_ties(struct cx *cx, const char *id, size_t n, const char *const *others, unsigned *ties)
{
	struct list rows;
	memset(ties, 0, n * sizeof *ties);
	TRY(relation_store_ties(cx, id, json_texts(cx->mem, n, others), n * 2 * RELATION_KINDS, &rows));
	const struct relation_tie *row = rows.items;
	for (size_t i = 0; i < rows.n; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(row[i].other, others[k]) == 0)
				ties[k] |= row[i].back ? tie_from(row[i].kind) : tie_to(row[i].kind);
	return ERR_OK;
}

err_t relation_hearers(struct cx *cx, const char *id, size_t n, const char *const *among, size_t most, struct list *out)
{
	struct list rows;
	const char *ids = among ? json_texts(cx->mem, n, among) : NULL;
	TRY(relation_store_hearers(cx, id, ids, among ? n : most, &rows));
	const struct relation_tie *row = rows.items;
	const char **texts = arena_array_of(cx->mem, const char *, rows.n);
	for (size_t i = 0; i < rows.n; i++)
		texts[i] = row[i].other;
	*out = (struct list){ .items = texts, .n = rows.n };
	return ERR_OK;
}

err_t relation_lock(struct cx *cx, const char *a, const char *b)
{
	bool swap = strcmp(a, b) > 0;
	return relation_store_lock(cx, arena_printf(cx->mem, "relation %s %s", swap ? b : a, swap ? a : b));
}

err_t relation_add(struct cx *cx, struct relation *r)
{
	if (!r->id)
		r->id = id_new(cx);
	if (!r->at)
		r->at = cx->now;
	return relation_store_add(cx, r);
}

err_t relation_get(struct cx *cx, const char *from, const char *to, enum relation_kind kind, struct relation *out)
{
	return relation_store_get(cx, from, to, relation_kind_names[kind], out);
}

err_t relation_remove(struct cx *cx, const char *from, const char *to, enum relation_kind kind, bool *removed)
{
	int64_t n;
	TRY(relation_store_remove(cx, from, to, relation_kind_names[kind], &n));
	*removed = n;
	return ERR_OK;
}

err_t relation_grant(struct cx *cx, const char *from, const char *to, bool *turned)
{
	int64_t n;
	TRY(relation_store_turn(
		cx, from, to, relation_kind_names[RELATION_ASK], relation_kind_names[RELATION_FOLLOW], &n));
	*turned = n;
	return ERR_OK;
}

err_t relation_erase(struct cx *cx, const char *user_id)
{
	return relation_store_erase(cx, user_id);
}

/* A place is "FROM TO KIND", as the row has them. */
static bool read_place(struct cx *cx, const char *text, struct relation *out)
{
	char *copy = arena_strdup(cx->mem, text), *rest = copy;
	const char *part[3];
	for (size_t i = 0; i < 3; i++)
		part[i] = strsep(&rest, " ");
	int kind = part[2] ? names_index(relation_kind_names, part[2], strlen(part[2])) : -1;
	*out = (struct relation){ .from_id = part[0], .to_id = part[1], .kind = (unsigned)kind };
	return kind >= 0 && !rest;
}

err_t relation_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	enum { BATCH = 500 };
	struct relation place = { .from_id = "", .to_id = "", .kind = RELATION_FOLLOW };
	if (after && !read_place(cx, after, &place))
		return FAIL(cx, ERR_INTERNAL, "%s is no place among relations", after);
	TRY(relation_store_part(cx, user_id, &place, BATCH, out));
	const struct relation *last = (const struct relation *)out->items + out->n - 1;
	*next = out->n == BATCH
	                ? arena_printf(cx->mem, "%s %s %s", last->from_id, last->to_id, relation_kind_names[last->kind])
	                : NULL;
	return ERR_OK;
}
