/* clang-format off */
#include "api/op.h"
#include "base/str.h"
#include "features/features.h"
#include "features/importer/importer_http.h"
#include "features/importer/importer_store.h"
#include "features/role/role.h"
#include "features/user/user_name.h"

const char *const importer_format_names[] = { "json", "csv", "ndjson", NULL };
const char *const importer_existing_names[] = { "skip", "overwrite", "fail", NULL };

static const char *gender_check(const char *s)
{
	return !*s || names_index(user_gender_names, s, strlen(s)) >= 0 ? NULL
		: "must be male, female, other or prefer_not_to_say";
}

/* A photo lies here or on the web: nothing else may stand where pages put an address. */
static const char *photo_check(const char *s)
{
	bool here = *s == '/' && s[1] != '/' && !strchr(s, '\\');
	return here || str_starts(s, "https://") || str_starts(s, "http://") ? NULL
		: "must be a web address that begins with http:// or https://, or a path";
}

#define COUNT_MAX INT64_C(1000000000000)
#define RECORD_FIELDS(S) \
	FIELD(S, id, UUID, "Identifier; made when absent", .alias = "user_id"), \
	FIELD(S, username, TRIM, "Unique name; made from the address when absent", .min = 3, .max = 50, .check = username_check), \
	FIELD(S, email, TRIM, "E-mail address", .max = 254, .check = email_check), \
	FIELD(S, email_verified, 0, "True once the address was proved", .alias = "is_email_verified"), \
	FIELD(S, name, 0, "Full name", .max = 255, .alias = "full_name"), \
	FIELD(S, first_name, 0, "Given name", .max = 50), \
	FIELD(S, last_name, 0, "Family name", .max = 50), \
	FIELD(S, display_name, 0, "Name to show", .max = 100), \
	FIELD(S, bio, MULTILINE, "About the person", .max = 500), \
	FIELD(S, website, URL, "Web site", .max = 2048), \
	FIELD(S, location, 0, "Where the person is", .max = 100), \
	FIELD(S, gender, 0, "male, female, other or prefer_not_to_say", .check = gender_check), \
	FIELD(S, date_of_birth, DATE, "Day of birth"), \
	FIELD(S, avatar_url, 0, "Address of the photo", .max = 2048, .check = photo_check, .alias = "photo_url"), \
	FIELD(S, cover_url, 0, "Address of the cover picture", .max = 2048, .check = photo_check), \
	FIELD(S, role, 0, "Role; needs the permission role.grant", .check = role_check), \
	FIELD_ENUM(S, status, user_status_names, 0, "Whether the account may be used"), \
	FIELD(S, status_reason, 0, "Why it may not", .max = 500), \
	FIELD(S, status_until, 0, "Until when it may not", .max = 40), \
	FIELD_ENUM(S, visibility, user_visibility_names, 0, "Who sees the profile"), \
	FIELD(S, is_private, 0, "Whether following needs consent"), \
	FIELD(S, followers_count, 0, "How many follow", .min = 0, .max = COUNT_MAX), \
	FIELD(S, following_count, 0, "How many are followed", .min = 0, .max = COUNT_MAX), \
	FIELD(S, posts_count, 0, "How many posts there are", .min = 0, .max = COUNT_MAX), \
	FIELD(S, push_token, SENSITIVE, "Default token for push notifications", .max = 512), \
	FIELD(S, created_at, 0, "When the account was made", .max = 40), \
	FIELD(S, updated_at, 0, "When the profile was last changed", .max = 40), \
	FIELD(S, last_login_at, 0, "When somebody last logged in", .max = 40), \
	FIELD(S, last_active_at, 0, "When the account was last used", .max = 40), \
	FIELD(S, password_hash, 0, "Hash of the password, of any kind that a log-in can check", .max = 1024), \
	FIELD(S, password, 0, "The password itself, of a few accounts; hashed at once", .max = 256)

TYPE(import_record,
	RECORD_FIELDS(import_record),
	FIELD_OBJECT(import_record, preferences, user_channels_change, 0, "Wanted notifications"));
TYPE_AS(import_columns, import_record,
	RECORD_FIELDS(import_record),
	FIELD_AS(import_record, email_notifications, "preferences.email", 0, "Wants notifications by e-mail",
		.alias = "email_notifications"),
	FIELD_AS(import_record, push_notifications, "preferences.push", 0, "Wants push notifications",
		.alias = "push_notifications"));

#define OUT(member, flags) FIELD_AS(export_record, user.member, #member, flags, "As of the account")
#define OUT_ENUM(member, names_) FIELD_AS(export_record, user.member, #member, 0, "As of the account", .names = names_)
#define EXPORT_FIELDS \
	OUT(id, UUID), OUT(username, 0), OUT(email, 0), OUT(email_verified, 0), OUT(name, 0), OUT(first_name, 0), \
	OUT(last_name, 0), OUT(display_name, 0), OUT(bio, MULTILINE), OUT(website, 0), OUT(location, 0), OUT(gender, 0), \
	OUT(date_of_birth, 0), OUT(avatar_url, 0), OUT(cover_url, 0), OUT(role, 0), OUT_ENUM(status, user_status_names), \
	OUT(status_reason, 0), OUT(status_until, TIME), OUT_ENUM(visibility, user_visibility_names), OUT(is_private, 0), \
	OUT(followers_count, 0), OUT(following_count, 0), OUT(posts_count, 0), OUT(push_token, SENSITIVE), \
	OUT(created_at, TIME), OUT(updated_at, TIME), OUT(last_login_at, TIME), OUT(last_active_at, TIME), \
	FIELD(export_record, password_hash, SENSITIVE | OMIT_NULL, "Hash of the password")

TYPE(export_record,
	EXPORT_FIELDS,
	{ .name = "preferences", .off = offsetof(struct export_record, user.preferences), .kind = KIND_OBJECT,
	  .flags = EMBEDDED, .doc = "Wanted notifications", .type = &user_channels_type });
TYPE_AS(export_columns, export_record,
	EXPORT_FIELDS,
	FIELD_AS(export_record, user.preferences.email, "preferences.email", 0, "Wants notifications by e-mail"),
	FIELD_AS(export_record, user.preferences.push, "preferences.push", 0, "Wants push notifications"));

TYPE(import_hash,
	FIELD(import_hash, user_id, 0, "Whose"),
	FIELD(import_hash, hash, SENSITIVE, "Hash"));
TYPE(import_in,
	FIELD_ENUM(import_in, format, importer_format_names, IN_QUERY,
		"Form of the file; when absent, as its content type or name says"),
	FIELD_ENUM(import_in, existing, importer_existing_names, IN_QUERY,
		"What becomes of a record whose identifier, address or name an account has already", .dflt = "skip"),
	FIELD(import_in, dry_run, IN_QUERY, "Check everything and keep nothing"));
TYPE(import_batch_in,
	FIELD_AS(import_batch_in, options.format, "format", 0, "Form of the text", .names = importer_format_names),
	FIELD_AS(import_batch_in, options.existing, "existing", 0, "What becomes of existing accounts", .names = importer_existing_names),
	FIELD_AS(import_batch_in, options.dry_run, "dry_run", 0, "Check everything and keep nothing"),
	FIELD(import_batch_in, first, 0, "Number of the first record", .min = 1, .max = INT64_MAX),
	FIELD(import_batch_in, text, REQUIRED, "The records", .max = 4 << 20));
TYPE(import_error,
	FIELD(import_error, row, REQUIRED, "Number of the record, from 1"),
	FIELD(import_error, field, REQUIRED, "Which field; empty when it is the record as a whole"),
	FIELD(import_error, why, REQUIRED, "What is wrong"));
TYPE(import_result,
	FIELD(import_result, total, REQUIRED, "Records in the file"),
	FIELD(import_result, created, REQUIRED, "Accounts made"),
	FIELD(import_result, updated, REQUIRED, "Accounts overwritten"),
	FIELD(import_result, skipped, REQUIRED, "Records passed over, because the account was there"),
	FIELD(import_result, failed, REQUIRED, "Records refused"),
	FIELD(import_result, complete, REQUIRED, "Whether the file was read to its end"),
	FIELD(import_result, dry_run, REQUIRED, "Whether nothing was kept"),
	FIELD_LIST(import_result, errors, import_error, REQUIRED, "What was wrong, the first 1,000"),
	FIELD_TEXTS(import_result, ignored, REQUIRED, "Names in the file that mean nothing here"));
TYPE(export_in,
	FIELD_ENUM(export_in, format, importer_format_names, 0, "Form of the file", .dflt = "json"));
TYPE(export_begin_in,
	FIELD(export_begin_in, with_hashes, 0, "Whether password hashes are taken too"));
TYPE(export_begun,
	FIELD(export_begun, total, REQUIRED, "How many accounts there are"));
TYPE(export_part_in,
	FIELD_ENUM(export_part_in, format, importer_format_names, 0, "Form"),
	FIELD(export_part_in, with_hashes, 0, "With password hashes"),
	FIELD(export_part_in, after, 0, "Number of the account before", .min = 0, .max = INT64_MAX));
TYPE(export_part,
	FIELD(export_part, text, REQUIRED, "Records"),
	FIELD(export_part, count, REQUIRED, "How many"),
	FIELD(export_part, last, REQUIRED, "Number of the last"));

OP_BIND(user_import, import_in, import_result);
OP_BIND_WORK(user_import_batch, import_batch_in, import_batch_work, import_result);
OP_BIND_RAW(user_export, export_in, none);
OP_BIND(user_export_begin, export_begin_in, export_begun);
OP_BIND(user_export_part, export_part_in, export_part);

CONF_GROUP(importer, "import",
	CONF(importer, max, CONF_SIZE | CONF_RELOAD, "1GiB", "Largest file of an import over HTTP", .min = 1024,
		.max = INT64_C(64) << 30));

static int64_t file_max(void)
{
	return ((const struct importer_conf *)conf_get(conf_current(), &importer_conf_group))->max;
}

const struct feature importer_feature = {
	.name = "importer",
	.doc = "Accounts in bulk: import and export",
	.ops = (const struct op[]){
		{ OP(user_import), .rest = "POST /users/import", .need = PERM_USER_IMPORT, .flags = OP_SERVICE | OP_NO_CLI | OP_NO_STORE,
		  .rate = RATE_WRITE, .tag = "user", .body_max = file_max,
		  .types = "application/json, application/x-ndjson, text/csv, multipart/form-data",
		  .doc = "Bring accounts in from a file: the body, or the file of a form; a JSON list, JSON lines or CSV",
		  .message = "The file was read" },
		{ OP(user_export), .rest = "GET /users/export", .need = PERM_USER_EXPORT, .flags = OP_SERVICE | OP_AUDIT_READ,
		  .tag = "user", .raw = user_export_http, .types = "application/json, application/x-ndjson, text/csv", .doc = "Take all accounts out as a file, without password hashes" },
		{ OP(user_import_batch), .need = PERM_USER_IMPORT,
		  .flags = OP_WRITE | OP_HASH | OP_SERVICE | OP_HIDDEN | OP_NO_STORE, .rate = RATE_NONE,
		  .doc = "Bring some accounts in" },
		{ OP(user_export_begin), .need = PERM_USER_EXPORT, .flags = OP_LOCAL | OP_AUDIT_READ | OP_HIDDEN, .rate = RATE_NONE,
		  .doc = "Begin to take all accounts out" },
		{ OP(user_export_part), .need = PERM_USER_EXPORT, .flags = OP_LOCAL | OP_HIDDEN | OP_NO_STORE, .rate = RATE_NONE,
		  .doc = "Take some accounts out" },
		{ 0 },
	},
	.conf = &importer_conf_group,
};
