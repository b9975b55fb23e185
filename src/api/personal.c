#include "api/personal.h"
#include "api/archive.h"
#include "api/op.h"
#include "api/outbox.h"
#include "base/json.h"

#include <stdatomic.h>
#include <string.h>

enum { FILES_MAX = 200, PLACE_MAX = 128 };

static const char *folder = ".";
static _Atomic bool busy; /* one at a time: an export is not to take the machine from those who work */

void personal_init(const char *dir)
{
	folder = dir;
}

err_t personal_erase(struct cx *cx, const char *user_id)
{
	size_t n = 0;
	while (features_all[n])
		n++;
	while (n--)
		if (features_all[n]->erase)
			TRY(features_all[n]->erase(cx, user_id));
	return outbox_forget(cx, user_id);
}

/* --- export ------------------------------------------------------------------------------------------------------- */

struct manifest_file {
	const char *name, *doc;
};
TYPE(manifest_file, FIELD(manifest_file, name, 0, ""), FIELD(manifest_file, doc, 0, ""));
struct manifest {
	const char *user_id;
	int64_t made_at;
	struct list files;
};
TYPE(manifest, FIELD(manifest, user_id, 0, ""), FIELD(manifest, made_at, TIME, ""),
	FIELD_LIST(manifest, files, manifest_file, 0, ""));

struct export
{
	struct cx *cx;
	const char *user_id;
	enum json_mode mode;
	struct archive *zip;
};

static err_t write_object(struct export *x, const struct type *t, const void *object, const char *before)
{
	struct buf b = { .mem = x->cx->mem };
	buf_str(&b, before);
	json_write(&b, t, object, x->mode);
	return archive_write(x->zip, b.p, b.n);
}

/* Rows are read, written and forgotten a batch at a time. */
static err_t write_rows(struct export *x, const struct personal_part *part, const char *place, char next[PLACE_MAX])
{
	struct list rows = { 0 };
	const char *on = NULL;
	TRY(part->read(x->cx, x->user_id, *place ? place : NULL, &rows, &on));
	size_t n = on ? strnlen(on, PLACE_MAX - 1) : 0;
	for (size_t i = 0; i < rows.n; i++)
		TRY(write_object(
			x, part->type, (const char *)rows.items + i * part->type->size, *place || i ? ",\n" : "\n"));
	if (n)
		memcpy(next, on, n);
	next[n] = 0;
	return ERR_OK;
}

static err_t write_part(struct export *x, const struct personal_part *part)
{
	char place[PLACE_MAX] = "", next[PLACE_MAX];
	TRY(archive_file(x->zip, part->file));
	TRY(archive_write(x->zip, "[", 1));
	do {
		struct arena_mark mark = arena_mark(x->cx->mem);
		TRY(write_rows(x, part, place, next));
		arena_reset(x->cx->mem, mark);
		memcpy(place, next, sizeof place);
	} while (*place);
	return archive_write(x->zip, "\n]\n", 3);
}

static err_t write_all(struct export *x)
{
	struct manifest_file *files = arena_array_of(x->cx->mem, struct manifest_file, FILES_MAX);
	struct manifest m = { .user_id = x->user_id, .made_at = x->cx->now, .files = { files, 0 } };
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct personal_part *p = (*f)->parts; p && p->file && m.files.n < FILES_MAX; p++) {
			TRY(write_part(x, p));
			files[m.files.n++] = (struct manifest_file){ p->file, p->doc };
		}
	TRY(archive_file(x->zip, "manifest.json"));
	return write_object(x, &manifest_type, &m, "");
}

err_t personal_export(struct cx *cx, const char *user_id, bool own, int *fd)
{
	struct export x = { cx, user_id, own ? JSON_ANSWER : JSON_RECORD, NULL };
	if (atomic_exchange(&busy, true)) {
		cx->fail.retry_after = 2;
		return FAIL(cx, ERR_BUSY, "another export is being made");
	}
	err_t e = archive_begin(cx->mem, folder, cx->now, &x.zip);
	e = e ? e : write_all(&x);
	e = e ? e : archive_finish(x.zip, fd);
	atomic_store(&busy, false);
	return e && !cx->fail.code ? FAIL(cx, e, "the archive could not be written") : e;
}
