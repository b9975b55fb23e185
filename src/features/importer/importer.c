#include "features/importer/importer.h"
#include "features/importer/importer_record.h"
#include "features/importer/importer_store.h"
#include "features/role/role.h"

#include <string.h>

/* --- what came of it ---------------------------------------------------------------------------------------------- */

void import_result_error(struct arena *a, struct import_result *sum, int64_t row, const char *field, const char *why)
{
	if (sum->errors.n == IMPORT_ERRORS_MAX)
		return;
	if (!sum->errors.items)
		sum->errors.items = arena_array_of(a, struct import_error, IMPORT_ERRORS_MAX);
	((struct import_error *)sum->errors.items)[sum->errors.n++] =
		(struct import_error){ row, arena_strdup(a, field), arena_strdup(a, why) };
}

void import_result_add(struct arena *a, struct import_result *sum, const struct import_result *more)
{
	sum->total += more->total;
	sum->created += more->created;
	sum->updated += more->updated;
	sum->skipped += more->skipped;
	sum->failed += more->failed;
	const struct import_error *e = more->errors.items;
	for (size_t i = 0; i < more->errors.n; i++)
		import_result_error(a, sum, e[i].row, e[i].field, e[i].why);
	const char *const *names = more->ignored.items;
	for (size_t i = 0; i < more->ignored.n; i++)
		import_note_ignored(a, &sum->ignored, names[i]);
}

static void row_failed(struct cx *cx, struct import_result *out, int64_t row, const struct field_error *wrong)
{
	out->failed++;
	for (; wrong; wrong = wrong->next)
		import_result_error(cx->mem, out, row, wrong->path, wrong->why);
}

/* --- one record --------------------------------------------------------------------------------------------------- */

/* A file is one more way to give a role: it gives none that is not there, and none that may do more than who brings it. */
static err_t check_role(struct cx *cx, const char *before, const char *now)
{
	if (strcmp(before, now) == 0)
		return ERR_OK;
	if (cx->who.kind != ACTOR_LOCAL && !may(&cx->who, PERM_ROLE_GRANT))
		return cx_field_code(cx, "role", "denied", "needs the permission role.grant to be given or taken");
	err_t e = role_give(cx, "role", now);
	return e == ERR_DENIED ? cx_field_code(cx, "role", "denied", "may do more than you may yourself") : e;
}

static err_t add(struct cx *cx, const struct import_item *item, struct user *u, struct user_keys *keys)
{
	u->role = "user";
	u->preferences = (struct user_channels){ true, true };
	TRY(import_apply(cx, &item->said, u));
	TRY(check_role(cx, "user", u->role));
	if (item->said.display_name.has == ABSENT)
		u->display_name = u->name ? u->name : u->username; /* the same as for one that registers */
	TRY(user_restore(cx, u, keys));
	return item->hash ? password_store(cx, u->id, item->hash) : ERR_OK;
}

static err_t replace(struct cx *cx, const struct import_item *item, const struct user *before, const struct user *names,
	struct user_keys *keys)
{
	struct user *now = arena_new_of(cx->mem, struct user);
	const char *stored = NULL;
	*now = *before;
	TRY(import_apply(cx, &item->said, now));
	TRY(check_role(cx, before->role, now->role));
	if (names->username)
		now->username = names->username;
	if (item->said.email.has != ABSENT)
		now->email = names->email;
	if (item->hash)
		TRY(password_stored(cx, now->id, &stored));
	bool fresh = item->hash && (!stored || strcmp(stored, item->hash) != 0);
	TRY(user_replace(cx, before, now, keys, fresh));
	return fresh ? password_store(cx, now->id, item->hash) : ERR_OK;
}

static err_t existing(struct cx *cx, const struct import_batch_in *in, const struct import_item *item,
	const struct user *before, const struct user *names, struct user_keys *keys, struct import_result *out)
{
	if (in->options.existing == EXISTING_FAIL)
		return cx_field(cx, "", "There is an account with this identifier, address or name already.");
	if (in->options.existing == EXISTING_SKIP) {
		out->skipped++;
		return ERR_OK;
	}
	TRY(replace(cx, item, before, names, keys));
	out->updated++;
	return ERR_OK;
}

static err_t one(
	struct cx *cx, const struct import_batch_in *in, const struct import_item *item, struct import_result *out)
{
	struct user *u = arena_new_of(cx->mem, struct user), *found = arena_new_of(cx->mem, struct user);
	struct user_keys keys;
	u->id = item->said.id;
	u->username = item->said.username.has == IS_SET ? item->said.username.v : NULL;
	u->email = item->said.email.has == IS_SET ? item->said.email.v : NULL;
	err_t e = user_match(cx, u, &keys, found);
	if (!e)
		return existing(cx, in, item, found, u, &keys, out);
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(add(cx, item, u, &keys));
	out->created++;
	return ERR_OK;
}

/* --- a batch ------------------------------------------------------------------------------------------------------ */

/* Failures that are the record's own and that came before anything was written. All others end the transaction. */
static bool is_the_records(err_t e)
{
	return e == ERR_INVALID || e == ERR_DENIED || e == ERR_LAST_ADMIN;
}

static err_t take(struct cx *cx, const struct import_batch_in *in, const struct import_item *item, int64_t row,
	struct import_result *out)
{
	if (item->wrong) {
		row_failed(cx, out, row, item->wrong);
		return ERR_OK;
	}
	err_t e = one(cx, in, item, out);
	if (!e || !is_the_records(e))
		return e;
	const char *why = cx->fail.message ? cx->fail.message : err_info(e)->text;
	row_failed(cx, out, row, cx->fail.fields ? cx->fail.fields : &(struct field_error){ .path = "", .why = why });
	cx_forgive(cx);
	return ERR_OK;
}

static void note_in_audit(struct cx *cx, const struct import_result *out)
{
	struct import_result *counts = arena_new_of(cx->mem, struct import_result);
	*counts = *out;
	counts->errors = counts->ignored = (struct list){ 0 };
	memset(&cx->audit, 0, sizeof cx->audit);
	cx->audit.subject_type = "import";
	cx->audit.type = &import_result_type;
	cx->audit.after = counts;
}

err_t user_import_batch_prepare(struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work)
{
	work->own = arena_new_of(cx->mem, struct import_work);
	return import_read(cx, in, work->own);
}

err_t user_import_batch(
	struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work, struct import_result *out)
{
	const struct import_work *w = work->own;
	if (in->options.dry_run)
		TRY(import_store_try(cx));
	for (size_t i = 0; i < w->n; i++)
		TRY(take(cx, in, &w->items[i], in->first + (int64_t)i, out));
	if (in->options.dry_run)
		TRY(import_store_forget(cx));
	out->total = (int64_t)w->n;
	out->complete = true;
	out->dry_run = in->options.dry_run;
	out->ignored = w->ignored;
	note_in_audit(cx, out);
	return ERR_OK;
}

err_t user_import_batch_finish(
	struct cx *cx, const struct import_batch_in *in, struct import_batch_work *work, struct import_result *out)
{
	(void)cx;
	(void)in;
	(void)work;
	(void)out;
	return ERR_OK; /* hashes and passwords go with the arena, which is wiped */
}
