/* Preferences: what a person wants the application to do and to show. What others' requests ask about him stands in his own
 * row (struct user); the rest in a row of its own, which is not there as long as all is as by default. */
#ifndef FEATURES_PREFERENCE_H
#define FEATURES_PREFERENCE_H

#include "features/user/user.h"

enum { PREFERENCE_CUSTOM_MAX = 16384 };

struct preference {
	const char *theme, *language, *timezone, *date_format, *time_format;
	bool language_chosen; /* not shown: by the person, and not the default */
	bool email_notifications, push_notifications, sms_notifications, marketing_emails;
	bool show_email, show_location, show_online_status, allow_messages, allow_tagging, allow_data_collection;
	unsigned profile_visibility, activity_visibility; /* enum user_visibility */
	struct json custom; /* the application's own: an object */
};
/* Absent: stays (or, in a whole replacement, becomes the default); null: the default. */
struct preference_change {
	struct opt_text theme, language, timezone, date_format, time_format;
	struct opt_bool email, push; /* other names of the two that follow */
	struct opt_bool email_notifications, push_notifications, sms_notifications, marketing_emails;
	struct opt_bool show_email, show_location, show_online_status, allow_messages, allow_tagging,
		allow_data_collection;
	struct opt_enum profile_visibility, activity_visibility;
	struct json custom;
};
struct preference_note {
	const char *user_id;
	struct preference_change *changed;
	bool custom_changed; /* what it holds is the application's business */
};
extern const struct type preference_type, preference_change_type, preference_note_type;
extern const struct event preference_updated;

/* Whether a time zone of that name exists, as far as this system knows: without its table, whether it looks like one. */
bool zone_known(const char *name);

/* The preferences of a user that was read. ERR_NOT_HERE on a loop when memory cannot tell. */
err_t preference_of(struct cx *cx, const struct user *u, struct preference *out) CHECKED;

/* The language that the person chose; NULL when he chose none, or there is no such person. */
err_t preference_language(struct cx *cx, const char *user_id, const char **out) CHECKED;

/* What is kept in memory: rows between changes, or that there is none. */
void preference_init(bool (*memory_trusted)(void), size_t entries);
struct second_cache;
/* A cache that nodes share, behind it. Before the first request. */
void preference_second(const struct second_cache *c);
void preference_changed(const char *user_id);
void preference_forget_all(void);
/* For /metrics: rows found in memory, not found there, read from the database. */
int64_t preference_cache_hits(void);
int64_t preference_cache_misses(void);
int64_t preference_rows_read(void);

/* For an erasure. */
err_t preference_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: preferences.json, one row. */
err_t preference_part(
	struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* The caller's own. */
err_t preference_get(struct cx *cx, const struct none *in, struct preference *out) CHECKED;
/* Those of the person with that id. ERR_NOT_FOUND. */
err_t preference_show(struct cx *cx, const struct user_removal *in, struct preference *out) CHECKED;
/* Changes what is given. Emits preference.updated when something differs. */
err_t preference_update(struct cx *cx, const struct preference_change *in, struct preference *out) CHECKED;
/* The same, and what is not given becomes the default; but for profile_visibility, which is the profile's own: a client that
 * knows nothing of it shall not open a private profile. */
err_t preference_replace(struct cx *cx, const struct preference_change *in, struct preference *out) CHECKED;

#endif
