/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "base/json.h"
#include "base/str.h"
#include "features/features.h"
#include "features/preference/preference.h"
#include "features/preference/preference_store.h"

#include <string.h>

static const char *const theme_names[] = { "light", "dark", "auto", NULL };
static const char *const time_format_names[] = { "12h", "24h", NULL };

/* The form of a language tag (RFC 5646 section 2.1): a language of two to eight letters, then parts of one to eight letters
 * and digits; a part of one announces another. Older clients write "_" between them. */
static const char *language_check(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char wrong[] = "must be a language tag such as en or pt-BR";
	enum { DIGITS = 10, PART_MAX = 8 };
	size_t n = strspn(s, letters);
	if (n < 2 || n > PART_MAX || strcspn(s, letters + sizeof letters - 1 - DIGITS) < n)
		return wrong;
	for (s += n; *s; s += n) {
		if (*s != '-' && *s != '_')
			return wrong;
		n = strspn(++s, letters);
		if (!n || n > PART_MAX || (n == 1 && !s[n]))
			return wrong;
	}
	return NULL;
}

static const char *zone_check(const char *s)
{
	return zone_known(s) ? NULL : "must be the name of a time zone such as Europe/Berlin";
}

TYPE(preference,
	FIELD_AS(preference, email_notifications, "email", REQUIRED, "The same as email_notifications"),
	FIELD_AS(preference, push_notifications, "push", REQUIRED, "The same as push_notifications"),
	FIELD(preference, theme, REQUIRED, "light, dark or auto"),
	FIELD(preference, language, REQUIRED, "Language tag (BCP 47)"),
	FIELD(preference, timezone, REQUIRED, "Time zone (IANA)"),
	FIELD(preference, date_format, REQUIRED, "How a day is written"),
	FIELD(preference, time_format, REQUIRED, "12h or 24h"),
	FIELD(preference, email_notifications, REQUIRED, "Wants notifications by e-mail"),
	FIELD(preference, push_notifications, REQUIRED, "Wants push notifications"),
	FIELD(preference, sms_notifications, REQUIRED, "Wants notifications by text message"),
	FIELD(preference, marketing_emails, REQUIRED, "Wants news and offers by e-mail"),
	FIELD_ENUM(preference, profile_visibility, user_visibility_names, REQUIRED, "Who sees the profile: its visibility"),
	FIELD_ENUM(preference, activity_visibility, user_visibility_names, REQUIRED, "Who sees what the person does"),
	FIELD(preference, show_email, REQUIRED, "Whether others see the address"),
	FIELD(preference, show_location, REQUIRED, "Whether others see the place"),
	FIELD(preference, allow_data_collection, REQUIRED, "Whether use may be measured"),
	FIELD(preference, show_online_status, REQUIRED, "Whether others see when the account was last used"),
	FIELD(preference, allow_messages, REQUIRED, "Whether strangers may write"),
	FIELD(preference, allow_tagging, REQUIRED, "Whether others may tag the person"),
	FIELD(preference, custom, SENSITIVE | REQUIRED, "The application's own: an object"));
TYPE(preference_change,
	FIELD(preference_change, email, 0, "The same as email_notifications"),
	FIELD(preference_change, push, 0, "The same as push_notifications"),
	FIELD(preference_change, theme, 0, "How the application looks", .names = theme_names),
	FIELD(preference_change, language, TRIM, "Language tag (BCP 47)", .min = 2, .max = 35, .check = language_check),
	FIELD(preference_change, timezone, TRIM, "Time zone (IANA)", .min = 1, .max = 50, .check = zone_check),
	FIELD(preference_change, date_format, TRIM, "How a day is written, such as DD.MM.YYYY", .min = 1, .max = 20),
	FIELD(preference_change, time_format, 0, "How a time is written", .names = time_format_names),
	FIELD(preference_change, email_notifications, 0, "Wants notifications by e-mail"),
	FIELD(preference_change, push_notifications, 0, "Wants push notifications"),
	FIELD(preference_change, sms_notifications, 0, "Wants notifications by text message"),
	FIELD(preference_change, marketing_emails, 0, "Wants news and offers by e-mail"),
	FIELD_ENUM(preference_change, profile_visibility, user_visibility_names, 0, "Who sees the profile: its visibility"),
	FIELD_ENUM(preference_change, activity_visibility, user_visibility_names, 0, "Who sees what the person does"),
	FIELD(preference_change, show_email, 0, "Whether others see the address"),
	FIELD(preference_change, show_location, 0, "Whether others see the place"),
	FIELD(preference_change, allow_data_collection, 0, "Whether use may be measured"),
	FIELD(preference_change, show_online_status, 0, "Whether others see when the account was last used"),
	FIELD(preference_change, allow_messages, 0, "Whether strangers may write"),
	FIELD(preference_change, allow_tagging, 0, "Whether others may tag the person"),
	FIELD(preference_change, custom, SENSITIVE | NULL_CLEARS, "The application's own: an object of at most 16 KiB",
		.max = PREFERENCE_CUSTOM_MAX, .check = json_object_check));
TYPE(preference_note,
	FIELD(preference_note, user_id, UUID | REQUIRED, "Whose preferences"),
	FIELD_OBJECT(preference_note, changed, preference_change, REQUIRED, "Those that are others now"),
	FIELD(preference_note, custom_changed, REQUIRED, "Whether the application's own are others too"));
TYPE(preference_row,
	FIELD(preference_row, user_id, HIDDEN, "Whose"),
	FIELD(preference_row, theme, HIDDEN, "A column"),
	FIELD(preference_row, language, HIDDEN, "A column"),
	FIELD(preference_row, timezone, HIDDEN, "A column"),
	FIELD(preference_row, date_format, HIDDEN, "A column"),
	FIELD(preference_row, time_format, HIDDEN, "A column"),
	FIELD(preference_row, sms_notifications, HIDDEN, "A column"),
	FIELD(preference_row, marketing_emails, HIDDEN, "A column"),
	FIELD_ENUM(preference_row, activity_visibility, user_visibility_names, HIDDEN, "A column"),
	FIELD(preference_row, allow_data_collection, HIDDEN, "A column"),
	FIELD(preference_row, custom, HIDDEN, "A column"),
	FIELD(preference_row, updated_at, HIDDEN | TIME, "A column"));

const struct event preference_updated = EVENT("preference.updated", "preference", &preference_note_type,
	"Somebody prefers something else now");

OP_BIND(preference_get, none, preference);
OP_BIND(preference_show, user_removal, preference);
OP_BIND(preference_update, preference_change, preference);
OP_BIND(preference_replace, preference_change, preference);

#define CAMEL \
	"theme, language, timezone, dateFormat, timeFormat, emailNotifications, pushNotifications, smsNotifications," \
	" marketingEmails, profileVisibility, activityVisibility, showEmail, showLocation, allowDataCollection," \
	" showOnlineStatus, allowMessages, allowTagging, custom"

const struct feature preference_feature = {
	.name = "preference",
	.doc = "What a person prefers",
	.ops = (const struct op[]){
		{ OP(preference_get), .rest = "GET /users/me/preferences, GET /users/preferences", .flags = OP_FAST,
		  .doc = "Read your preferences", .message = "Preferences retrieved successfully" },
		{ OP(preference_show), .rest = "GET /preferences/{id}", .need = PERM_USER_READ, .own = "id", .flags = OP_SERVICE,
		  .doc = "Read a person's preferences", .message = "Preferences retrieved successfully" },
		{ OP(preference_update), .rest = "PATCH /users/me/preferences, PATCH /users/preferences", .flags = OP_WRITE,
		  .rate = RATE_WRITE, .reads = "preference_get", .doc = "Change some of your preferences; null gives the default back",
		  .message = "Preferences updated successfully" },
		{ OP(preference_replace), .rest = "PUT /users/me/preferences, PUT /users/preferences", .flags = OP_WRITE,
		  .rate = RATE_WRITE, .reads = "preference_get", .doc = "Replace your preferences: what is absent becomes the default",
		  .message = "Preferences updated successfully" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "GET /api/users/preferences", .op = "preference_get", .out = CAMEL },
		/* Its clients send what they change, and nothing else. */
		{ .shape = &shape_camel, .route = "PUT /api/users/preferences", .op = "preference_update", .out = CAMEL },
		{ 0 },
	},
	.graph_types = (const struct graph_type[]){ { &preference_type, "UserPreference", NULL }, { 0 } },
	.graph = (const struct graph_field[]){
		{ .field = "query userPreferences(userId: String!): UserPreference", .op = "preference_show", .in = "userId=id" },
		{ .field = "mutation updateUserPreferences(input: UpdateUserPreferencesInput!{*}): UserPreference!", .op = "preference_update" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &preference_updated, NULL },
	.erase = preference_erase,
	.metrics = (const struct metric[]){
		{ "roster_preference_cache_hits_total", "Preferences that memory knew", true, preference_cache_hits },
		{ "roster_preference_cache_misses_total", "Preferences that it did not", true, preference_cache_misses },
		{ "roster_preferences_read_total", "Preferences that the database was asked for", true, preference_rows_read },
		{ 0 } },
	.parts = (const struct personal_part[]){
		{ "preferences.json", "What you prefer", &preference_type, preference_part }, { 0 } },
};
