/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "base/str.h"
#include "base/time.h"
#include "features/features.h"
#include "features/push/push.h"
#include "features/role/role.h"
#include "features/user/user.h"
#include "features/user/user_name.h"
#include "features/user/user_profile.h"
#include "features/user/user_store.h"
#include "features/user/user_tied_store.h"

#include <string.h>

const char *const user_status_names[] = { "active", "inactive", "suspended", "banned", "pending", "deleted", NULL };
const char *const user_visibility_names[] = { "public", "followers", "private", NULL };
const char *const user_gender_names[] = { "male", "female", "other", "prefer_not_to_say", NULL };
static const char *const sort_names[] = { "-created_at", "created_at", "username", "-username", NULL };

static const char *gender_check(const char *s)
{
	return names_index(user_gender_names, s, strlen(s)) >= 0 ? NULL : "must be male, female, other or prefer_not_to_say";
}

/* A day that has come, and on which somebody now alive may have been born. */
static const char *born_check(const char *s)
{
	enum { OLDEST = 150, DAY = 10 };
	char today[TIME_TEXT];
	int64_t year, born;
	time_format(today, time_now());
	const char *wrong = "must be a day in the past, at most 150 years ago";
	if (strlen(s) != DAY || strncmp(s, today, DAY) > 0)
		return wrong;
	today[4] = 0;
	char then[] = { s[0], s[1], s[2], s[3], 0 };
	return str_int(today, &year) && str_int(then, &born) && year - born <= OLDEST ? NULL : wrong;
}

/* Elsewhere on the web, or a picture that this server keeps: user.c takes only the one that the profile shows already. */
static const char *picture_check(const char *s)
{
	return str_starts(s, "/uploads/") || url_valid(s) ? NULL : "must be a web address that begins with http:// or https://";
}

static const char *search_sort_check(const char *s)
{
	return strcmp(s, "name") == 0 || strcmp(s, "rank") == 0 ? NULL : "must be name or rank";
}

static const char *sort_check(const char *s)
{
	return names_index(sort_names, s, strlen(s)) >= 0 ? NULL : "must be created_at, -created_at, username or -username";
}

TYPE(user_channels,
	FIELD(user_channels, email, 0, "Wants notifications by e-mail"),
	FIELD(user_channels, push, 0, "Wants push notifications"));
TYPE(user_channels_change,
	FIELD(user_channels_change, email, 0, "Wants notifications by e-mail", .alias = "email_notifications"),
	FIELD(user_channels_change, push, 0, "Wants push notifications", .alias = "push_notifications"));

TYPE_HIDING(user, hidden,
	FIELD(user, id, UUID | REQUIRED, "Identifier"),
	FIELD_AS(user, id, "user_id", UUID, "The same identifier, for the account's own eyes"),
	FIELD(user, number, 0, "A number, for clients that want one"),
	FIELD(user, username, REQUIRED, "Unique name, 3 to 50 characters"),
	FIELD(user, email, EMAIL, "E-mail address"),
	FIELD(user, email_verified, 0, "True once the address was proved"),
	FIELD(user, name, 0, "Full name"),
	FIELD(user, first_name, 0, "Given name"),
	FIELD(user, last_name, 0, "Family name"),
	FIELD(user, display_name, 0, "Name to show"),
	FIELD(user, bio, MULTILINE, "About the person"),
	FIELD(user, website, URL, "Web site"),
	FIELD(user, location, 0, "Where the person is"),
	FIELD(user, gender, WORD, "male, female, other or prefer_not_to_say"),
	FIELD(user, date_of_birth, DATE, "Day of birth"),
	FIELD(user, avatar_url, 0, "Address of the photo"),
	FIELD(user, cover_url, 0, "Address of the cover picture"),
	FIELD(user, role, WORD | REQUIRED, "Role: user, moderator, admin, or one of this server's own"),
	FIELD_ENUM(user, status, user_status_names, REQUIRED, "Whether the account may be used"),
	FIELD(user, status_reason, OMIT_NULL, "Why it may not"),
	FIELD(user, status_until, TIME | OMIT_NULL, "Until when it may not"),
	FIELD(user, erase_at, TIME | OMIT_NULL, "When the deleted account is erased for good, unless its owner comes back"),
	FIELD(user, status_own, HIDDEN, "Whether its owner ended it, and may undo that"),
	FIELD_ENUM(user, visibility, user_visibility_names, REQUIRED, "Who sees the profile"),
	FIELD(user, is_private, REQUIRED, "Whether following needs consent"),
	FIELD(user, is_active, REQUIRED, "Whether the status is active"),
	FIELD(user, followers_count, REQUIRED, "How many follow"),
	FIELD(user, following_count, REQUIRED, "How many are followed"),
	FIELD(user, posts_count, REQUIRED, "How many posts there are"),
	FIELD(user, push_token, SENSITIVE, "Default token for push notifications"),
	FIELD_EMBEDDED(user, preferences, user_channels, 0, "Wanted notifications"),
	FIELD(user, created_at, TIME | REQUIRED, "When the account was made"),
	FIELD(user, updated_at, TIME | REQUIRED, "When the profile was last changed"),
	FIELD(user, last_login_at, TIME | VOLATILE, "When somebody last logged in"),
	FIELD(user, last_active_at, TIME | VOLATILE, "When the account was last used"),
	FIELD(user, credential_version, HIDDEN, "Counts changes that end sessions"),
	FIELD(user, show_email, HIDDEN, "Whether others see the address"),
	FIELD(user, show_location, HIDDEN, "Whether others see the place"),
	FIELD(user, show_online_status, HIDDEN, "Whether others see when the account was last used"),
	FIELD(user, allow_messages, HIDDEN, "Whether strangers may write"),
	FIELD(user, allow_tagging, HIDDEN, "Whether others may tag the person"),
	FIELD_AS(user, preferences.email, "email_notifications", HIDDEN, "Column of preferences.email"),
	FIELD_AS(user, preferences.push, "push_notifications", HIDDEN, "Column of preferences.push"));

#define KEPT(member) FIELD(user, member, HIDDEN, "As in a profile")
TYPE_AS(user_profile, user,
	KEPT(id), KEPT(username), KEPT(email), KEPT(name), KEPT(first_name), KEPT(last_name), KEPT(display_name), KEPT(bio),
	KEPT(website), KEPT(location), KEPT(avatar_url), KEPT(cover_url), KEPT(role),
	FIELD_ENUM(user, status, user_status_names, HIDDEN, "As in a profile"),
	FIELD_ENUM(user, visibility, user_visibility_names, HIDDEN, "As in a profile"),
	KEPT(is_private), KEPT(is_active), KEPT(followers_count), KEPT(following_count), KEPT(posts_count), KEPT(created_at),
	KEPT(updated_at), KEPT(last_active_at), KEPT(show_email), KEPT(show_location), KEPT(show_online_status),
	KEPT(allow_messages), KEPT(allow_tagging));

#define PROFILE_FIELDS(S) \
	FIELD(S, username, TRIM, "New user name", .min = 3, .max = 50, .check = username_check), \
	FIELD(S, name, TRIM | NULL_CLEARS, "Full name", .max = 255, .alias = "full_name"), \
	FIELD(S, first_name, TRIM | NULL_CLEARS, "Given name", .max = 50), \
	FIELD(S, last_name, TRIM | NULL_CLEARS, "Family name", .max = 50), \
	FIELD(S, display_name, TRIM | NULL_CLEARS, "Name to show", .max = 100), \
	FIELD(S, bio, MULTILINE | NULL_CLEARS, "About the person", .max = 500), \
	FIELD(S, website, URL | NULL_CLEARS, "Web site", .max = 2048), \
	FIELD(S, location, TRIM | NULL_CLEARS, "Where the person is", .max = 100), \
	FIELD(S, gender, WORD | NULL_CLEARS, "male, female, other or prefer_not_to_say", .check = gender_check), \
	FIELD(S, date_of_birth, DATE | NULL_CLEARS, "Day of birth", .check = born_check), \
	FIELD(S, avatar_url, NULL_CLEARS, "Address of a photo elsewhere", .max = 2048, .check = picture_check), \
	FIELD(S, cover_url, NULL_CLEARS, "Address of a cover picture elsewhere", .max = 2048, .check = picture_check), \
	FIELD(S, push_token, SENSITIVE | NULL_CLEARS, "Default token for push notifications", .max = PUSH_TOKEN_MAX), \
	FIELD_ENUM(S, visibility, user_visibility_names, 0, "Who sees the profile"), \
	FIELD(S, is_private, 0, "Whether following needs consent"), \
	FIELD(S, show_email, 0, "Whether others see the address"), \
	FIELD(S, show_location, 0, "Whether others see the place"), \
	FIELD(S, show_online_status, 0, "Whether others see when the account was last used"), \
	FIELD(S, allow_messages, 0, "Whether strangers may write"), \
	FIELD(S, allow_tagging, 0, "Whether others may tag the person"), \
	FIELD_OBJECT(S, preferences, user_channels_change, 0, "Wanted notifications")

TYPE(user_change,
	FIELD(user_change, id, UUID | REQUIRED | IN_PATH, "Whose profile"),
	PROFILE_FIELDS(user_change),
	FIELD(user_change, role, WORD, "New role; needs the permission role.grant", .check = role_check));

/* The same struct without what only an administrator may say: nobody can grant himself a role by guessing a field. */
TYPE_AS(user_own_change, user_change,
	PROFILE_FIELDS(user_change));

TYPE(user_ref,
	FIELD(user_ref, id, REQUIRED | IN_PATH, "Identifier or user name", .max = 64));
TYPE(user_removal,
	FIELD(user_removal, id, UUID | REQUIRED | IN_PATH, "Identifier"));
TYPE(user_leaving,
	FIELD(user_leaving, purge, IN_QUERY, "Erase the account for good after a time to think it over"));
TYPE(user_left,
	FIELD(user_left, erase_at, TIME | OMIT_NULL, "When it is erased for good, unless its owner comes back"));
TYPE(user_status_change,
	FIELD(user_status_change, id, UUID | REQUIRED | IN_PATH, "Identifier"),
	FIELD_ENUM(user_status_change, status, user_status_names, REQUIRED, "New status"),
	FIELD(user_status_change, reason, TRIM, "Why, for the person and the audit", .max = 500),
	FIELD(user_status_change, until, TIME, "Until when a suspension holds; without it, until somebody ends it"));

TYPE(user_query,
	PAGE_FIELDS(user_query),
	FIELD(user_query, role, WORD, "Only this role", .check = role_check),
	FIELD_ENUM(user_query, status, user_status_names, 0, "Only this status"),
	FIELD(user_query, verified, 0, "Only accounts whose address was proved, or was not"),
	FIELD_ENUM(user_query, visibility, user_visibility_names, 0, "Only profiles that are seen so"),
	FIELD(user_query, is_private, 0, "Only accounts that are asked before they are followed, or are not"),
	FIELD(user_query, gender, WORD, "Only this gender", .check = gender_check),
	FIELD(user_query, created_from, TIME, "Only accounts made at this moment or later"),
	FIELD(user_query, created_to, TIME, "Only accounts made before this moment"),
	FIELD(user_query, q, TRIM, "Only names or addresses that hold this", .max = 100, .alias = "search"),
	FIELD(user_query, sort, 0, "created_at or username, with - in front for the other way", .dflt = "-created_at",
		.check = sort_check));

TYPE_AS(user_search_query, user_query,
	PAGE_FIELDS(user_query),
	FIELD(user_query, q, REQUIRED | TRIM, "What the name begins with or holds", .min = 1, .max = 100, .alias = "query"),
	FIELD(user_query, sort, 0, "name, or rank: of the first hundred the likeliest first", .dflt = "name", .check = search_sort_check));

TYPE(user_tally,
	FIELD(user_tally, role, 0, ""), FIELD_ENUM(user_tally, status, user_status_names, 0, ""), FIELD(user_tally, n, 0, ""));
TYPE(user_tie,
	FIELD(user_tie, user_id, 0, ""), FIELD(user_tie, at, 0, ""), FIELD(user_tie, owner_id, 0, ""));
TYPE(user_stats,
	FIELD(user_stats, total, REQUIRED, "Accounts that are not deleted"),
	FIELD(user_stats, active, REQUIRED, "Accounts whose status is active"),
	FIELD(user_stats, verified, REQUIRED, "Accounts whose address was proved"),
	FIELD(user_stats, by_role, REQUIRED, "How many have each role"),
	FIELD(user_stats, by_status, REQUIRED, "How many have each status; deleted: they wait to be erased"),
	FIELD(user_stats, new_today, REQUIRED, "Made since midnight, UTC"),
	FIELD(user_stats, new_7d, REQUIRED, "Made within 7 days"),
	FIELD(user_stats, new_30d, REQUIRED, "Made within 30 days"),
	FIELD(user_stats, as_of, TIME | REQUIRED | VOLATILE, "When it was counted"));
TYPE(user_stats_query,
	FIELD(user_stats_query, created_from, TIME, "Only accounts made at this moment or later"),
	FIELD(user_stats_query, created_to, TIME, "Only accounts made before this moment"));
TYPE(user_list,
	FIELD_LIST(user_list, items, user, REQUIRED, "Users"),
	FIELD_OBJECT(user_list, page, page, REQUIRED, "Place in the list"));

TYPE(user_preferred,
	FIELD(user_preferred, email_notifications, 0, "Wants notifications by e-mail"),
	FIELD(user_preferred, push_notifications, 0, "Wants push notifications"),
	FIELD_ENUM(user_preferred, profile_visibility, user_visibility_names, 0, "Who sees the profile"),
	FIELD(user_preferred, show_email, 0, "Whether others see the address"),
	FIELD(user_preferred, show_location, 0, "Whether others see the place"),
	FIELD(user_preferred, show_online_status, 0, "Whether others see when the account was last used"),
	FIELD(user_preferred, allow_messages, 0, "Whether strangers may write"),
	FIELD(user_preferred, allow_tagging, 0, "Whether others may tag the person"));
TYPE(user_preference_note,
	FIELD(user_preference_note, user_id, UUID | REQUIRED, "Whose preferences"),
	FIELD_OBJECT(user_preference_note, changed, user_preferred, REQUIRED, "Those that are others now"));

const struct event user_preference_updated = EVENT("preference.updated", "preference", &user_preference_note_type,
	"Somebody prefers something else now");
const struct event user_created = EVENT("user.created", "user", &user_type, "An account was made", .harmless = true);
const struct event user_updated = EVENT("user.updated", "user", &user_type, "A profile was changed");
const struct event user_status_changed = EVENT("user.status_changed", "user", &user_type, "An account was suspended, banned, reactivated ...");
const struct event user_email_verified = EVENT("user.email_verified", "user", &user_type, "A person proved to read the mail of an address");
TYPE(user_counted,
	FIELD(user_counted, user_id, UUID | REQUIRED, "Whose"));
const struct event user_counted = { .name = "user.counted", .subject_type = "user", .payload = &user_counted_type,
	.doc = "The numbers of posts or followers that a profile shows are others now", .ids_alone = true,
	.harmless = true };
const struct event user_recounted = { .name = "user.recounted", .subject_type = "user", .payload = &user_counted_type,
	.doc = "The same of many at once: of all who followed an account that was erased, or were followed by it", .ids_alone = true,
	.harmless = true };
const struct event user_deleted = EVENT("user.deleted", "user", &user_type, "An account was erased");

OP_BIND(user_me, none, user);
OP_BIND(user_get, user_ref, user);
OP_BIND(user_update, user_change, user);
OP_BIND(user_deactivate, user_removal, none);
OP_BIND(user_deactivate_me, user_leaving, user_left);
OP_BIND(user_delete, user_removal, none);
OP_BIND(user_set_status, user_status_change, user);
OP_BIND(user_list, user_query, user_list);
OP_BIND_WORK(user_export_me, none, export_work, none);
OP_BIND_WORK(user_export_person, user_removal, export_work, none);
OP_BIND(stats_users, user_stats_query, user_stats);
OP_BIND_AS(user_update_me, user_change, user_own_change_type, user);
OP_BIND_AS(user_search, user_query, user_search_query_type, user_list);

CONF_GROUP(user, "user",
	CONF(user, purge_after, CONF_DURATION | CONF_RELOAD, "30d",
		"A person who deletes his account can come back for so long; then it is erased for good"),
	CONF(user, profiles, CONF_PLAIN, "20000", "How many profiles, as strangers see them, are kept in memory; 0: none", .min = 0,
		.max = 10000000));

#define CAMEL_USER \
	"id, email, username, name, displayName, firstName, lastName, bio, website, location, gender, dateOfBirth, avatarUrl," \
	" coverImageUrl=cover_url, role, status, visibility, isPrivate, isEmailVerified=email_verified, followersCount," \
	" followingCount, postsCount, createdAt, updatedAt, lastLoginAt, lastActiveAt"
#define CAMEL_PAGE "pagination=page{page, limit, total, pages=total_pages}"

const struct feature user_feature = {
	.name = "user",
	.doc = "Profiles: read, change, find, administer",
	.ops = (const struct op[]){
		{ OP(user_me), .rest = "GET /users/me, GET /users/profile, GET /auth/me", .flags = OP_FAST,
		  .doc = "Read your own account", .message = "Profile retrieved successfully" },
		{ OP(user_update_me), .rest = "PATCH /users/me, PATCH /users/profile, PUT /users/me, PUT /users/profile",
		  .flags = OP_WRITE, .rate = RATE_WRITE, .reads = "user_me",
		  .doc = "Change your own profile", .message = "Profile updated successfully" },
		{ OP(user_deactivate_me), .rest = "DELETE /users/me, DELETE /users/profile", .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Deactivate your own account, or delete it for good", .message = "Account deactivated successfully" },
		{ OP(user_search), .rest = "GET /users/search", .flags = OP_REPLICA | OP_ANYONE | OP_SERVICE,
		  .doc = "Find people by the beginning or the middle of a name" },
		{ OP(user_list), .rest = "GET /users", .need = PERM_USER_READ, .flags = OP_REPLICA | OP_SERVICE,
		  .doc = "List all accounts, by filters" },
		{ OP(user_export_me), .rest = "GET /users/me/export", .flags = OP_WRITE | OP_NO_CLI, .rate = RATE_AUTH,
		  .answer_file = "application/zip", .doc = "Get all that is kept of you, as a ZIP of JSON files; once an hour" },
		{ OP(user_export_person), .rest = "GET /users/{id}/export", .need = PERM_USER_WRITE, .flags = OP_WRITE | OP_NO_CLI,
		  .rate = RATE_AUTH, .answer_file = "application/zip", .doc = "Get all that is kept of a person, as a ZIP of JSON files" },
		{ OP(stats_users), .rest = "GET /stats/users", .need = PERM_USER_READ, .flags = OP_REPLICA | OP_SERVICE,
		  .doc = "Count the accounts, by role, status and age" },
		{ OP(user_get), .rest = "GET /users/{id}", .flags = OP_FAST | OP_ANYONE | OP_SERVICE,
		  .doc = "Read a person's profile by id or user name, as far as you may see it" },
		{ OP(user_update), .rest = "PATCH /users/{id}, PUT /users/{id}", .need = PERM_USER_WRITE, .own = "id",
		  .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .reads = "user_get", .doc = "Change an account" },
		{ OP(user_deactivate), .rest = "POST /users/{id}/deactivate", .need = PERM_USER_STATUS, .own = "id",
		  .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .doc = "Deactivate an account" },
		{ OP(user_delete), .rest = "DELETE /users/{id}", .need = PERM_USER_WRITE, .flags = OP_WRITE | OP_SERVICE,
		  .rate = RATE_WRITE, .doc = "Erase an account for good" },
		{ OP(user_set_status), .rest = "POST /users/{id}/status", .need = PERM_USER_STATUS,
		  .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .doc = "Suspend, ban or reactivate an account" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "GET /api/users/me", .op = "user_me", .out = CAMEL_USER },
		{ .shape = &shape_camel, .route = "GET /api/users/search", .op = "user_search", .fixed = "page=1",
		  .out = "data=items{id, username, displayName, avatarUrl, bio, followersCount, followingCount, postsCount}, "
			 CAMEL_PAGE },
		{ .shape = &shape_camel, .route = "GET /api/users/{id}", .op = "user_get", .out = CAMEL_USER },
		{ .shape = &shape_camel, .route = "PUT /api/users/{id}", .op = "user_update", .in = "coverImageUrl=cover_url",
		  .out = CAMEL_USER, .errors = "denied=403:Not authorized to update this user" },
		/* Document 003's neighbours show the token of a person whom they serve. */
		{ .shape = &shape_camel, .route = "GET /api/users/validate", .op = "user_me",
		  .out = "id, email, name, preferences{email, push, email_enabled=email, push_enabled=push}" },
		{ .shape = &shape_camel, .route = "GET /api/users", .op = "user_list", .fixed = "page=1",
		  .out = "data=items{" CAMEL_USER "}, " CAMEL_PAGE },
		{ .shape = &shape_bare, .route = "GET /auth/me", .op = "user_me",
		  .out = "id, username, email, photo_url=avatar_url, full_name=name, is_active, number, created_at, updated_at" },
		{ 0 },
	},
	.graph_types = (const struct graph_type[]){
		{ &user_type, "User", "coverImageUrl=cover_url, isEmailVerified=email_verified" },
		{ &user_list_type, "UserSearchResult", NULL },
		{ 0 },
	},
	.graph = (const struct graph_field[]){
		{ .field = "query me: User!", .op = "user_me" },
		{ .field = "query user(id: ID!): User", .op = "user_get" },
		{ .field = "query userByUsername(username: String!): User", .op = "user_get", .in = "username=id" },
		{ .field = "query searchUsers(query: String!, pagination: PaginationInput): UserSearchResult!", .op = "user_search", .in = "query=q" },
		{ .field = "query users(filters: UserFilters{role, status, visibility, isPrivate, isEmailVerified, gender, dateFrom, dateTo, search},"
		  " pagination: PaginationInput): UserSearchResult!", .op = "user_list",
		  .in = "isEmailVerified=verified, dateFrom=created_from, dateTo=created_to, search=q" },
		{ .field = "query userStats(dateFrom: String, dateTo: String): UserStats!", .op = "stats_users",
		  .in = "dateFrom=created_from, dateTo=created_to" },
		{ .field = "mutation adminUpdateUser(userId: String!, input: UpdateUserInput!{*}): User!", .op = "user_update",
		  .in = "userId=id, coverImageUrl=cover_url" },
		{ .field = "mutation updateProfile(input: UpdateUserInput!): User!", .op = "user_update_me", .in = "coverImageUrl=cover_url" },
		{ .field = "mutation adminDeleteUser(userId: String!): Boolean!", .op = "user_delete", .in = "userId=id" },
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "user_end_suspensions", 5000, user_end_suspensions, JOB_WRITE },
		{ "user_erase_due", 5000, user_erase_due, JOB_WRITE }, { 0 } },
	.conf = &user_conf_group,
	.metrics = (const struct metric[]){
		{ "roster_profiles_read_total", "Profiles that strangers asked for by id and the database was asked for", true,
		  user_profiles_read },
		{ 0 } },
	.erase = user_erase,
	.parts = (const struct personal_part[]){ { "profile.json", "Your account and profile", &user_type, user_part }, { 0 } },
	.events = (const struct event *const[]){ &user_created, &user_updated, &user_status_changed, &user_deleted, &user_counted, &user_recounted, &user_email_verified, NULL },
};
