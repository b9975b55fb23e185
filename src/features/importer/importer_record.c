#include "features/importer/importer_record.h"
#include "base/csv.h"
#include "base/csv_read.h"
#include "base/json.h"
#include "base/time.h"
#include "features/importer/importer_split.h"

#include <string.h>

enum { IGNORED_MAX = 20 };

void import_note_ignored(struct arena *a, struct list *ignored, const char *name)
{
	const char **names = ignored->items;
	for (size_t i = 0; i < ignored->n; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (ignored->n == IGNORED_MAX)
		return;
	if (!names)
		ignored->items = names = arena_array_of(a, const char *, IGNORED_MAX);
	names[ignored->n++] = arena_strdup(a, name);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* Takes the failures that reading one record noted: names that are not known here are passed over and told once. */
static struct field_error *take_errors(struct cx *cx, struct import_work *w)
{
	struct field_error *wrong = NULL, **last = &wrong;
	for (struct field_error *e = cx->fail.fields, *next; e; e = next) {
		next = e->next;
		e->next = NULL;
		if (strcmp(e->code, "unknown_field") == 0) {
			import_note_ignored(cx->mem, &w->ignored, e->path);
			continue;
		}
		*last = e;
		last = &e->next;
	}
	cx_forgive(cx);
	return wrong;
}

static void note(struct cx *cx, struct import_item *item, const char *path, const char *why)
{
	struct field_error *e = arena_new_of(cx->mem, struct field_error);
	*e = (struct field_error){ item->wrong, path, why, "invalid" };
	item->wrong = e;
}

static void read_json(struct cx *cx, const char *p, size_t n, struct import_work *w, struct import_item *item)
{
	err_t e = json_read(cx, &import_record_type, &item->said, p, n, false);
	item->wrong = take_errors(cx, w);
	if (e && e != ERR_INVALID)
		note(cx, item, "", "The record is not a JSON object that can be read.");
}

/* Nothing between two commas is no value; two quotes are an empty text, where a text may be anything. */
static bool says_nothing(const struct field *f, const struct csv_value *v)
{
	bool free_text = f && f->kind == KIND_TEXT && f->opt && !f->check && !(f->flags & (DATE | URL));
	return !*v->text && !(v->quoted && free_text);
}

static void read_cells(
	struct cx *cx, const struct csv_row *header, const struct csv_row *row, struct import_record *said)
{
	struct input in;
	input_begin(&in, cx, &import_columns_type, said, false);
	for (size_t i = 0; i < row->n; i++) {
		const char *name = csv_text(header->cells[i].text);
		const struct field *f = type_field(&import_columns_type, name, strlen(name));
		if (!f || !says_nothing(f, &row->cells[i]))
			input_text(&in, name, csv_text(row->cells[i].text));
		else
			field_mark(f, said, IS_NULL);
	}
	if (input_end(&in))
		return; /* noted in cx */
}

static void read_csv(struct cx *cx, const struct csv_row *header, const char *p, size_t n, struct import_work *w,
	struct import_item *item)
{
	struct csv_row row;
	const char *wrong = csv_row_read(cx->mem, p, n, &row);
	if (!wrong && row.n != header->n)
		wrong = arena_printf(cx->mem, "has %zu cells, and the header has %zu", row.n, header->n);
	if (wrong) {
		note(cx, item, "", arena_printf(cx->mem, "The row %s.", wrong));
		return;
	}
	read_cells(cx, header, &row, &item->said);
	item->wrong = take_errors(cx, w);
}

/* --- passwords ---------------------------------------------------------------------------------------------------- */

static void take_password(struct cx *cx, struct import_item *item, int *plain)
{
	const struct import_record *said = &item->said;
	struct user owner = { .username = said->username.v, .email = said->email.v, .name = said->name.v };
	if (said->password_hash.s && said->password.s) {
		note(cx, item, "password", "cannot stand beside a password_hash");
	} else if (said->password_hash.s && *said->password_hash.s) {
		item->hash = said->password_hash.s;
		if (!password_known(item->hash))
			note(cx, item, "password_hash", "is of no kind that is known here, or costs too much to check");
	} else if (said->password.s && *said->password.s) {
		char *hash = arena_alloc(cx->mem, PASSWORD_HASH_MAX);
		if (++*plain > IMPORT_PASSWORDS_MAX)
			note(cx, item, "password", "is one plain password too many; bring hashes in their place");
		else if (password_acceptable(cx, "password", &said->password, &owner))
			item->wrong = cx->fail.fields;
		else if (password_make(cx, &said->password, hash))
			note(cx, item, "password", "could not be hashed");
		cx_forgive(cx);
		item->hash = hash;
	}
}

/* --- a document --------------------------------------------------------------------------------------------------- */

static err_t read_header(struct cx *cx, const struct csv_row *header, struct import_work *w)
{
	size_t known = 0;
	for (size_t i = 0; i < header->n; i++) {
		const char *name = csv_text(header->cells[i].text);
		if (type_field(&import_columns_type, name, strlen(name)))
			known++;
		else
			import_note_ignored(cx->mem, &w->ignored, name);
	}
	cx->fail.message = "The first row must name the columns: username, email, password_hash and others.";
	if (!known)
		return FAIL(cx, ERR_MALFORMED, "no known column");
	cx->fail.message = NULL;
	return ERR_OK;
}

static err_t take_header(struct cx *cx, const char *p, size_t n, struct csv_row *header, struct import_work *w)
{
	const char *wrong = csv_row_read(cx->mem, p, n, header);
	if (!wrong)
		return read_header(cx, header, w);
	cx->fail.message = arena_printf(cx->mem, "The first row, which names the columns, %s.", wrong);
	return FAIL(cx, ERR_MALFORMED, "%s", wrong);
}

err_t import_read(struct cx *cx, const struct import_batch_in *in, struct import_work *out)
{
	struct split split = { .format = in->options.format };
	struct csv_row header = { 0 };
	const char *p = in->text.s, *end = p + in->text.n;
	int plain = 0;
	out->items = arena_array_of(cx->mem, struct import_item, IMPORT_BATCH_ROWS);
	while (out->n < IMPORT_BATCH_ROWS) {
		const char *record;
		size_t n, used;
		if (split_next(&split, p, (size_t)(end - p), true, &record, &n, &used) != SPLIT_RECORD)
			break;
		p += used;
		if (in->options.format == IMPORT_CSV && !header.n) {
			TRY(take_header(cx, record, n, &header, out));
			continue;
		}
		struct import_item *item = &out->items[out->n++];
		if (in->options.format == IMPORT_CSV)
			read_csv(cx, &header, record, n, out, item);
		else
			read_json(cx, record, n, out, item);
		if (!item->wrong)
			take_password(cx, item, &plain);
	}
	return ERR_OK;
}

/* --- from what it says to a user ---------------------------------------------------------------------------------- */

/* RFC 3339; and without a zone, as Python's isoformat() writes it: that is UTC. */
static err_t moment(struct cx *cx, const char *path, const struct opt_text *t, int64_t *out)
{
	if (t->has == ABSENT)
		return ERR_OK;
	*out = 0;
	if (t->has == IS_NULL || !*t->v)
		return ERR_OK;
	if (time_parse(t->v, out) || time_parse(arena_printf(cx->mem, "%sZ", t->v), out))
		return ERR_OK;
	return cx_field(cx, path, "must be a time such as 2026-01-31T09:30:00Z");
}

static void text(const struct opt_text *t, const char **out)
{
	if (t->has != ABSENT)
		*out = t->has == IS_SET ? t->v : NULL;
}

static void truth(const struct opt_bool *b, bool *out)
{
	if (b->has == IS_SET)
		*out = b->v;
}

static void count(const struct opt_int *i, int64_t *out)
{
	if (i->has == IS_SET)
		*out = i->v;
}

static void apply_texts(const struct import_record *r, struct user *u)
{
	text(&r->name, &u->name);
	text(&r->first_name, &u->first_name);
	text(&r->last_name, &u->last_name);
	text(&r->display_name, &u->display_name);
	text(&r->bio, &u->bio);
	text(&r->website, &u->website);
	text(&r->location, &u->location);
	text(&r->gender, &u->gender);
	text(&r->date_of_birth, &u->date_of_birth);
	text(&r->avatar_url, &u->avatar_url);
	text(&r->cover_url, &u->cover_url);
	text(&r->status_reason, &u->status_reason);
	text(&r->push_token, &u->push_token);
	if (r->role.has == IS_SET)
		u->role = r->role.v;
}

static void apply_choices(const struct import_record *r, struct user *u)
{
	truth(&r->email_verified, &u->email_verified);
	truth(&r->is_private, &u->is_private);
	truth(&r->email_notifications, &u->preferences.email);
	truth(&r->push_notifications, &u->preferences.push);
	if (r->preferences) {
		truth(&r->preferences->email, &u->preferences.email);
		truth(&r->preferences->push, &u->preferences.push);
	}
	if (r->status.has == IS_SET)
		u->status = r->status.v;
	if (r->visibility.has == IS_SET)
		u->visibility = r->visibility.v;
	count(&r->followers_count, &u->followers_count);
	count(&r->following_count, &u->following_count);
	count(&r->posts_count, &u->posts_count);
}

err_t import_apply(struct cx *cx, const struct import_record *r, struct user *u)
{
	int64_t created = u->created_at, updated = cx->now;
	err_t bad = r->status.has == IS_SET && r->status.v == USER_DELETED
	                    ? cx_field(cx, "status", "cannot be deleted: leave the record out")
	                    : ERR_OK;
	const struct {
		const char *name;
		const struct opt_text *said;
		int64_t *to;
	} times[] = {
		{ "status_until", &r->status_until, &u->status_until },
		{ "created_at", &r->created_at, &created },
		{ "updated_at", &r->updated_at, &updated },
		{ "last_login_at", &r->last_login_at, &u->last_login_at },
		{ "last_active_at", &r->last_active_at, &u->last_active_at },
	};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		err_t e = moment(cx, times[i].name, times[i].said, times[i].to);
		bad = e ? e : bad;
	}
	TRY(bad);
	u->created_at = created ? created : cx->now;
	u->updated_at = updated ? updated : cx->now;
	apply_texts(r, u);
	apply_choices(r, u);
	return ERR_OK;
}
