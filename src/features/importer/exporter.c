#include "base/csv.h"
#include "base/json.h"
#include "base/time.h"
#include "features/importer/importer.h"
#include "features/importer/importer_store.h"

#include <string.h>

static bool is_hash(const struct field *f)
{
	return strcmp(f->name, "password_hash") == 0;
}

/* --- CSV ---------------------------------------------------------------------------------------------------------- */

/* No value is nothing at all, an empty text a pair of quotes: an import tells them apart. */
static void write_text(struct buf *b, const char *text)
{
	if (text && !*text)
		buf_str(b, "\"\"");
	else if (text)
		csv_cell(b, text);
}

static void write_cell(struct buf *b, const struct field *f, const struct export_record *r)
{
	const void *v = field_value(f, r);
	char time[TIME_TEXT];
	int64_t i;
	switch (f->kind) {
	case KIND_BOOL:
		buf_str(b, *(const bool *)v ? "true" : "false");
		return;
	case KIND_INT:
		i = *(const int64_t *)v;
		if (!(f->flags & TIME))
			buf_int(b, i);
		else if (i)
			buf_add(b, time, time_format(time, i));
		return;
	case KIND_ENUM:
		buf_str(b, f->names[*(const unsigned *)v]);
		return;
	default:
		write_text(b, *(const char *const *)v);
		return;
	}
}

static void write_row(struct buf *b, const struct export_record *r, bool with_hashes)
{
	bool more = false;
	for (const struct field *f = export_columns_type.fields; f->name; f++) {
		if (is_hash(f) && !with_hashes)
			continue;
		buf_str(b, more ? "," : "");
		if (r)
			write_cell(b, f, r);
		else
			csv_cell(b, f->name);
		more = true;
	}
	buf_str(b, "\r\n");
}

/* --- what stands around the records ------------------------------------------------------------------------------- */

const char *export_head(struct arena *a, unsigned format, bool with_hashes)
{
	struct buf b = { .mem = a };
	if (format == IMPORT_CSV)
		write_row(&b, NULL, with_hashes);
	else
		buf_str(&b, format == IMPORT_JSON ? "[\n" : "");
	return buf_cstr(&b);
}

const char *export_between(unsigned format)
{
	return format == IMPORT_JSON ? ",\n" : "";
}

const char *export_tail(unsigned format)
{
	return format == IMPORT_JSON ? "\n]\n" : "";
}

/* --- records ------------------------------------------------------------------------------------------------------ */

static void write_records(struct buf *b, const struct export_record *r, size_t n, const struct export_part_in *in)
{
	for (size_t i = 0; i < n; i++) {
		if (in->format == IMPORT_CSV) {
			write_row(b, &r[i], in->with_hashes);
			continue;
		}
		buf_str(b, i ? export_between(in->format) : "");
		json_write(b, &export_record_type, &r[i], JSON_ANSWER);
		buf_str(b, in->format == IMPORT_LINES ? "\n" : "");
	}
}

/* Both lists are in the order of the users' numbers. */
static void join_hashes(struct export_record *r, size_t n, const struct list *hashes)
{
	const struct import_hash *h = hashes->items;
	for (size_t k = 0, from = 0; k < hashes->n; k++) {
		size_t i = from;
		while (i < n && strcmp(r[i].user.id, h[k].user_id) != 0)
			i++;
		if (i == n)
			continue; /* of an account that was made or erased between the two reads */
		r[i].password_hash = h[k].hash;
		from = i + 1;
	}
}

err_t user_export_begin(struct cx *cx, const struct export_begin_in *in, struct export_begun *out)
{
	cx->audit.subject_type = in->with_hashes ? "export_with_hashes" : "export";
	return user_count(cx, &out->total);
}

err_t user_export_part(struct cx *cx, const struct export_part_in *in, struct export_part *out)
{
	struct list users, hashes = { 0 };
	TRY(user_batch(cx, in->after, EXPORT_BATCH, &users));
	const struct user *u = users.items;
	out->count = (int64_t)users.n;
	out->last = users.n ? u[users.n - 1].number : in->after;
	if (in->with_hashes && users.n)
		TRY(import_store_hashes(cx, u[0].number, out->last, EXPORT_BATCH, &hashes));
	struct export_record *r = arena_array_of(cx->mem, struct export_record, users.n);
	for (size_t i = 0; i < users.n; i++) {
		r[i].user = u[i];
		person_own(&r[i].user);
	}
	join_hashes(r, users.n, &hashes);
	struct buf b = { .mem = cx->mem };
	write_records(&b, r, users.n, in);
	out->text = buf_cstr(&b);
	return ERR_OK;
}
