#include "features/importer/importer_http.h"
#include "api/call.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/write.h"
#include "features/importer/importer_file.h"
#include "http/http.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct call *call_of(const struct cx *cx)
{
	return (const struct call *)(const void *)cx;
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

static unsigned format_of(const struct import_in *in, const struct http_file *f)
{
	if (in->format.has == IS_SET)
		return in->format.v;
	return strncasecmp(f->content_type, "text/csv", 8) == 0 || str_ends(f->filename, ".csv") ? IMPORT_CSV
	                                                                                         : IMPORT_JSON;
}

/* The first reason of a failure, for a person. */
static const char *reason(const struct call *c)
{
	const struct field_error *f = c->cx.fail.fields;
	if (f)
		return f->why;
	return c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text;
}

/* One batch, as the caller himself would send it: the gate asks each time whether he still may. */
static err_t run_batch(struct cx *cx, const struct import_batch_in *in, struct arena *mem, struct import_result *sum)
{
	struct call *c = call_new(mem, op_find("user_import_batch", NULL));
	*(struct import_batch_in *)c->in = *in;
	c->creds = call_of(cx)->creds;
	c->cx.from = cx->from;
	err_t e = call_run(c);
	if (!e) {
		import_result_add(cx->mem, sum, c->out);
		return ERR_OK;
	}
	if (in->first == 1) {
		cx->fail.message = arena_strdup(cx->mem, reason(c));
		return FAIL(cx, e, "batch: %s", c->cx.fail.detail ? c->cx.fail.detail : "");
	}
	/* What was committed before stays, and is told. */
	sum->complete = false;
	import_result_error(cx->mem, sum, in->first, "",
		arena_printf(cx->mem, "The import stopped before this record: %s", reason(c)));
	return e;
}

static err_t import_file(struct cx *cx, struct import_file *f, const struct import_in *in, struct import_result *sum)
{
	struct import_batch_in batch = { .options = { .existing = in->existing, .dry_run = in->dry_run } };
	err_t e = ERR_OK;
	for (bool more = true; more && !e;) {
		struct arena *mem = arena_new(0);
		more = import_file_next(f, mem, &batch, sum);
		if (more)
			e = run_batch(cx, &batch, mem, sum);
		arena_free(mem);
	}
	return e && batch.first == 1 ? e : ERR_OK;
}

err_t user_import(struct cx *cx, const struct import_in *in, struct import_result *out)
{
	static atomic_flag busy = ATOMIC_FLAG_INIT;
	const struct http_req *r = call_of(cx)->door;
	if (!r || r->files_n != 1) {
		cx->fail.message = "Send one file: as the body, or as the only file of a form.";
		return FAIL(cx, ERR_MALFORMED, "%zu files", r ? r->files_n : 0);
	}
	if (atomic_flag_test_and_set(&busy)) {
		cx->fail.message = "Another import is running on this server. Try again when it is done.";
		return FAIL(cx, ERR_BUSY, "one import at a time");
	}
	struct import_file f;
	import_file_begin(&f, cx->mem, r->files[0].fd, format_of(in, &r->files[0]));
	err_t e = import_file(cx, &f, in, out);
	import_file_end(&f);
	atomic_flag_clear(&busy);
	out->dry_run = in->dry_run;
	return e;
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

/* Part after part, each in memory of its own; *more turns false behind the last. */
static bool write_text(int fd, const char *text)
{
	return write_all(fd, text, strlen(text));
}

static err_t write_part(struct cx *cx, int fd, struct export_part_in *in, bool *more)
{
	struct arena *all = cx->mem, *mem = arena_new(0);
	struct export_part part = { 0 };
	cx->mem = mem;
	err_t e = user_export_part(cx, in, &part);
	cx->mem = all;
	bool written = e || !part.count ||
	               ((!in->after || write_text(fd, export_between(in->format))) && write_text(fd, part.text));
	arena_free(mem);
	*more = part.count > 0;
	in->after = part.last;
	TRY(e);
	return written ? ERR_OK : FAIL(cx, ERR_UNAVAILABLE, "the export could not be written: error %d", errno);
}

static err_t write_export(struct cx *cx, int fd, unsigned format)
{
	struct export_part_in in = { .format = format };
	if (fd < 0 || !write_text(fd, export_head(cx->mem, format, false)))
		return FAIL(cx, ERR_UNAVAILABLE, "no file for an export: error %d", errno);
	for (bool more = true; more;)
		TRY(write_part(cx, fd, &in, &more));
	return write_text(fd, export_tail(format))
	               ? ERR_OK
	               : FAIL(cx, ERR_UNAVAILABLE, "the export could not be written: error %d", errno);
}

err_t user_export_http(struct cx *cx, struct http_req *r)
{
	const struct export_in *in = call_of(cx)->in;
	static const struct {
		const char *type, *disposition;
	} forms[] = {
		[IMPORT_JSON] = { "application/json; charset=utf-8", "attachment; filename=\"users.json\"" },
		[IMPORT_CSV] = { "text/csv; charset=utf-8; header=present", "attachment; filename=\"users.csv\"" },
		[IMPORT_LINES] = { "application/x-ndjson; charset=utf-8", "attachment; filename=\"users.ndjson\"" },
	};
	int fd = http_spool_open(r);
	err_t e = write_export(cx, fd, in->format);
	if (e) {
		if (fd >= 0)
			close(fd);
		return e;
	}
	r->res->file = fd;
	r->res->content_type = forms[in->format].type;
	http_add(r, "Content-Disposition", forms[in->format].disposition);
	http_add(r, "Cache-Control", "no-store");
	return ERR_OK;
}
