/* Preference rows in memory between changes, as users are (user_cache.c). That there is no row is kept as the defaults. */
#include "base/cache.h"
#include "base/pack.h"
#include "features/preference/preference.h"
#include "features/preference/preference_store.h"

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

static struct cache *rows;
static bool (*memory_trusted)(void);

void preference_init(bool (*trusted)(void), size_t entries)
{
	memory_trusted = trusted;
	(void)zone_known("UTC"); /* the table is read now: later a loop asks */
	if (!rows)
		rows = cache_new(entries);
}

void preference_changed(const char *user_id)
{
	cache_drop(rows, user_id, strlen(user_id));
}

void preference_forget_all(void)
{
	cache_drop_all(rows);
}

static err_t read_row(struct cx *cx, const char *user_id, struct preference_row *out)
{
	err_t e = preference_store_get(cx, user_id, out);
	if (e != ERR_NOT_FOUND)
		return e;
	*out = preference_row_default;
	out->user_id = user_id;
	return ERR_OK;
}

err_t preference_cached(struct cx *cx, const char *user_id, struct preference_row *out)
{
	if (cx->in_tx) /* memory learns of a change when it is committed */
		return read_row(cx, user_id, out);
	size_t n = strlen(user_id);
	void *packed = !memory_trusted || memory_trusted() ? cache_get(rows, user_id, n, cx->mem, NULL) : NULL;
	if (packed) {
		memcpy(out, unpack(&preference_row_type, packed), sizeof *out);
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(rows, user_id, n);
	TRY(read_row(cx, user_id, out));
	if (strlen(out->custom) > KEPT_MAX)
		return ERR_OK;
	size_t packed_n;
	void *bytes = pack(cx->mem, &preference_row_type, out, &packed_n);
	cache_put(rows, user_id, n, bytes, packed_n, ticket);
	return ERR_OK;
}
