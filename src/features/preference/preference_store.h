/* SQL of the preference feature. Included by preference*.c only. */
#ifndef FEATURES_PREFERENCE_STORE_H
#define FEATURES_PREFERENCE_STORE_H

#include "features/preference/preference.h"

/* The row beside the user's own. */
struct preference_row {
	const char *user_id, *theme, *language /* "": not chosen */, *timezone, *date_format, *time_format, *custom;
	bool sms_notifications, marketing_emails, allow_data_collection;
	unsigned activity_visibility;
	int64_t updated_at; /* 0: there is no row */
};
extern const struct type preference_row_type;

/* ERR_NOT_FOUND when there is none. */
err_t preference_store_get(struct cx *cx, const char *user_id, struct preference_row *out) CHECKED;
err_t preference_store_put(struct cx *cx, const struct preference_row *row) CHECKED;

err_t preference_store_erase(struct cx *cx, const char *user_id) CHECKED;

/* The same through memory (preference_cache.c); the row of defaults when there is none. ERR_NOT_HERE on a loop when memory
 * cannot tell. */
err_t preference_cached(struct cx *cx, const char *user_id, struct preference_row *out) CHECKED;
extern const struct preference_row preference_row_default;

#endif
