#include "features/preference/preference_store.h"
#include "db/db.h"

#define COLUMNS \
	"user_id, theme, language, timezone, date_format, time_format, sms_notifications, marketing_emails," \
	" activity_visibility, allow_data_collection, custom"

err_t preference_store_get(struct cx *cx, const char *user_id, struct preference_row *out)
{
	return db_get(cx, &preference_row_type, out,
		"SELECT " COLUMNS ", updated_at FROM preference WHERE user_id = $1", BIND(V(user_id)));
}

err_t preference_store_put(struct cx *cx, const struct preference_row *r)
{
	return db_exec(cx,
		"INSERT INTO preference (" COLUMNS
		", updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
		" ON CONFLICT (user_id) DO UPDATE SET theme = $2, language = $3, timezone = $4, date_format = $5,"
		" time_format = $6, sms_notifications = $7, marketing_emails = $8, activity_visibility = $9,"
		" allow_data_collection = $10, custom = $11, updated_at = $12",
		BIND(V(r->user_id), V(r->theme), V(r->language), V(r->timezone), V(r->date_format), V(r->time_format),
			V(r->sms_notifications), V(r->marketing_emails),
			V(user_visibility_names[r->activity_visibility]), V(r->allow_data_collection), V(r->custom),
			V(cx->now)));
}

err_t preference_store_erase(struct cx *cx, const char *user_id)
{
	return db_exec(cx, "DELETE FROM preference WHERE user_id = $1", BIND(V(user_id)));
}
