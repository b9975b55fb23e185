/* Preference rows in memory between changes, as users are (user_cache.c), and behind that in the cache of all nodes. That there
 * is no row is kept as the defaults. */
#include "base/cache.h"
#include "base/pack.h"
#include "base/second_cache.h"
#include "features/preference/preference.h"
#include "features/preference/preference_store.h"

#include <stdatomic.h>
#include <string.h>

enum { KEPT_MAX = 1024 }; /* bytes: an application's own that are longer are read each time, lest they fill memory */

const struct preference_row preference_row_default = { .theme = "light",
	.language = "",
	.timezone = "UTC",
	.date_format = "MM/DD/YYYY",
	.time_format = "12h",
	.custom = "{}",
	.allow_data_collection = true,
	.activity_visibility = USER_FOLLOWERS };

static const char kind[] = "preference";
static struct cache *rows;
static const struct second_cache *second; /* NULL: none */
static bool (*memory_trusted)(void);
static _Atomic int64_t reads; /* of the database */

void preference_init(bool (*trusted)(void), size_t entries)
{
	memory_trusted = trusted;
	(void)zone_known("UTC"); /* the table is read now: later a loop asks */
	if (!rows)
		rows = cache_new(entries);
}

void preference_second(const struct second_cache *c)
{
	second = c;
}

void preference_changed(const char *user_id)
{
	second_drop(second, kind, user_id); /* first: who finds nothing in memory would ask it */
	cache_drop(rows, user_id, strlen(user_id));
}

void preference_forget_all(void)
{
	second_drop_all(second);
	cache_drop_all(rows);
}

int64_t preference_cache_hits(void)
{
	struct cache_stats s;
	cache_stats(rows, &s);
	return s.hits;
}

int64_t preference_cache_misses(void)
{
	struct cache_stats s;
	cache_stats(rows, &s);
	return s.misses;
}

int64_t preference_rows_read(void)
{
	return atomic_load_explicit(&reads, memory_order_relaxed);
}

static err_t read_row(struct cx *cx, const char *user_id, struct preference_row *out)
{
	atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
	err_t e = preference_store_get(cx, user_id, out);
	if (e != ERR_NOT_FOUND)
		return e;
	*out = preference_row_default;
	out->user_id = user_id;
	return ERR_OK;
}

/* Of the cache of all nodes, or of the database. */
static err_t read_shared(struct cx *cx, const char *user_id, bool trusted, struct preference_row *out)
{
	struct second_claim claim;
	const struct second_cache *shared = trusted ? second : NULL; /* it is as true as this node's feed */
	if (second_get(shared, cx->mem, kind, user_id, &preference_row_type, out, &claim))
		return ERR_OK;
	TRY(read_row(cx, user_id, out));
	second_put(shared, cx->mem, &claim, out->updated_at, &preference_row_type, out);
	return ERR_OK;
}

err_t preference_cached(struct cx *cx, const char *user_id, struct preference_row *out)
{
	if (cx->in_tx) /* memory learns of a change when it is committed */
		return read_row(cx, user_id, out);
	size_t n = strlen(user_id);
	bool trusted = !memory_trusted || memory_trusted();
	void *packed = trusted ? cache_get(rows, user_id, n, cx->mem, NULL) : NULL;
	if (packed) {
		memcpy(out, unpack(&preference_row_type, packed), sizeof *out);
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(rows, user_id, n);
	TRY(read_shared(cx, user_id, trusted, out));
	if (strlen(out->custom) > KEPT_MAX)
		return ERR_OK;
	size_t packed_n;
	void *bytes = pack(cx->mem, &preference_row_type, out, &packed_n);
	if (!cx->aside)
		cache_put(rows, user_id, n, bytes, packed_n, ticket);
	return ERR_OK;
}
