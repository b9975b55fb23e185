/* Accounts brought in from elsewhere, and given out whole. An export imports again to the same accounts. A file is JSON (a
 * list, or an object a line) or CSV; it is read in small documents of the same form, each its own transaction, so that a
 * file of any size takes little memory and nobody waits long for the writer. */
#ifndef FEATURES_IMPORTER_H
#define FEATURES_IMPORTER_H

#include "base/page.h"
#include "features/password/password.h"
#include "features/user/user.h"

enum importer_format { IMPORT_JSON, IMPORT_CSV, IMPORT_LINES }; /* JSON may turn out to be lines */
enum importer_existing { EXISTING_SKIP, EXISTING_OVERWRITE, EXISTING_FAIL };
extern const char *const importer_format_names[], *const importer_existing_names[];

struct importer_conf {
	int64_t max; /* bytes of a file */
};
extern const struct conf_group importer_conf_group;

enum {
	IMPORT_RECORD_MAX = 1 << 20, /* bytes of one record */
	IMPORT_BATCH_ROWS = 200, /* of one transaction */
	IMPORT_BATCH_BYTES = 512 << 10,
	IMPORT_ERRORS_MAX = 1000, /* told of one import */
	IMPORT_PASSWORDS_MAX = 100, /* plain ones in a batch: each costs a hash */
	EXPORT_BATCH = 500,
};

/* --- one record --------------------------------------------------------------------------------------------------- */

/* What a record may say; what is absent is left as it is, or as for a new account. */
struct import_record {
	const char *id;
	struct opt_text username, email, name, first_name, last_name, display_name, bio, website, location, gender,
		date_of_birth, avatar_url, cover_url, role, status_reason, push_token, status_until, created_at,
		updated_at, last_login_at, last_active_at;
	struct opt_enum status, visibility;
	struct opt_bool email_verified, is_private, email_notifications, push_notifications;
	struct opt_int followers_count, following_count, posts_count;
	const struct user_channels_change *preferences;
	struct secret password_hash, password;
};
/* As JSON has it, and flat as the columns of a CSV file. */
extern const struct type import_record_type, import_columns_type;

/* A user with its hash, as it is given out: the same two forms. */
struct export_record {
	struct user user;
	const char *password_hash; /* NULL: none, or not asked for */
};
extern const struct type export_record_type, export_columns_type;

/* --- a batch ------------------------------------------------------------------------------------------------------ */

struct import_options {
	unsigned format, existing; /* enum importer_format, enum importer_existing */
	bool dry_run; /* everything is checked, nothing is kept */
};
struct import_batch_in {
	struct import_options options;
	int64_t first; /* number of its first record in the file, from 1 */
	struct secret text; /* a small document of that form; holds hashes, so it is wiped and never logged */
};
struct import_error {
	int64_t row; /* number of the record, from 1; a CSV file's header is not counted */
	const char *field, *why;
};
struct import_result {
	int64_t total, created, updated, skipped, failed;
	bool complete; /* the file was read to its end */
	bool dry_run;
	struct list errors; /* struct import_error, the first 1,000 */
	struct list ignored; /* const char *: names that mean nothing here */
};
struct import_batch_work {
	struct import_work *own;
};
extern const struct type import_batch_in_type, import_error_type, import_result_type;

/* Imports a small document. A record that fails changes nothing and does not stop the others. */
err_t user_import_batch_prepare(
	struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work) CHECKED;
err_t user_import_batch(struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work,
	struct import_result *out) CHECKED;
err_t user_import_batch_finish(struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work,
	struct import_result *out) CHECKED;

/* Adds what one batch did to what the others did before; texts are copied into the arena. */
void import_result_add(struct arena *a, struct import_result *sum, const struct import_result *more);
void import_result_error(struct arena *a, struct import_result *sum, int64_t row, const char *field, const char *why);

/* --- giving out --------------------------------------------------------------------------------------------------- */

struct export_in {
	unsigned format;
};
struct export_begin_in {
	bool with_hashes;
};
struct export_begun {
	int64_t total;
};
struct export_part_in {
	unsigned format;
	bool with_hashes;
	int64_t after; /* number of the user before; 0 at the start */
};
struct export_part {
	const char *text; /* records without what stands before the first and behind the last */
	int64_t count, last; /* how many, and the number of the last; count 0: there are no more */
};
extern const struct type export_in_type, export_begin_in_type, export_begun_type, export_part_in_type, export_part_type;

/* How many there are; what the audit knows of an export by the command line. */
err_t user_export_begin(struct cx *cx, const struct export_begin_in *in, struct export_begun *out) CHECKED;
err_t user_export_part(struct cx *cx, const struct export_part_in *in, struct export_part *out) CHECKED;
/* What stands before the first record, between two parts (in JSON a comma), and behind the last. */
const char *export_head(struct arena *a, unsigned format, bool with_hashes);
const char *export_between(unsigned format);
const char *export_tail(unsigned format);

#endif
