#include "cli/transfer.h"
#include "base/json.h"
#include "base/str.h"
#include "base/write.h"
#include "cli/outcome.h"
#include "cli/progress.h"
#include "features/importer/importer_file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ERRORS_SHOWN = 20 };

struct transfer_import_in {
	const char *file;
	struct opt_enum format;
	unsigned existing;
	bool skip_existing, overwrite, dry_run;
};
struct transfer_export_in {
	unsigned format;
	const char *output;
	bool with_hashes;
};
extern const struct type transfer_import_in_type, transfer_export_in_type;
TYPE(transfer_import_in,
	FIELD(transfer_import_in, file, REQUIRED | IN_PATH, "The file; - is standard input", .max = 4096),
	FIELD_ENUM(transfer_import_in, format, importer_format_names, 0, "Its form; when absent, as its name ends"),
	FIELD_ENUM(transfer_import_in, existing, importer_existing_names, 0,
		"What becomes of a record whose account is there already: skip, overwrite, fail", .dflt = "skip"),
	FIELD(transfer_import_in, skip_existing, 0, "The same as --existing skip"),
	FIELD(transfer_import_in, overwrite, 0, "The same as --existing overwrite"),
	FIELD(transfer_import_in, dry_run, 0, "Check everything and keep nothing"));
TYPE(transfer_export_in, FIELD_ENUM(transfer_export_in, format, importer_format_names, 0, "Its form", .dflt = "json"),
	FIELD(transfer_export_in, output, 0, "The file to write; standard output when absent", .max = 4096),
	FIELD(transfer_export_in, with_hashes, 0, "With password hashes: keep the file as you keep the database"));

static const struct op_call import_call = { .name = "user_import", .in = &transfer_import_in_type, .out = &none_type },
			    export_call = { .name = "user_export", .in = &transfer_export_in_type, .out = &none_type };
const struct op transfer_import = { .call = &import_call,
	.doc = "Bring accounts in from a file: JSON, JSON lines or CSV" },
		transfer_export = { .call = &export_call, .doc = "Take all accounts out as a file" };

/* Reads the settings and the flags; an exit status. */
static int begin(struct cli *c, const struct flags *f, void *in)
{
	int status = cli_configure(c);
	if (status)
		return status;
	struct cx cx = { .mem = c->mem, .conf = conf_current() };
	if (!flags_bind(&cx, f, in))
		return CLI_OK;
	for (const struct field_error *e = cx.fail.fields; e; e = e->next)
		buf_printf(&c->err, "roster: --%s %s\n", e->path, e->why);
	return CLI_USAGE;
}

/* Runs one operation whose input was set by name; its data, or NULL and *status when it failed. */
static json_t *run_part(struct cli *part, struct flags *f, struct cli *c, int *status)
{
	struct outcome o = op_outcome(part, f);
	if (o.status < 200 || o.status > 299) {
		*status = outcome_show(c, f, &o);
		return NULL;
	}
	json_t *envelope = json_loadb(o.envelope, o.n, 0, NULL), *data = json_object_get(envelope, "data");
	json_incref(data);
	json_decref(envelope);
	*status = data ? CLI_OK : CLI_FAILED;
	return data;
}

static int64_t number(const json_t *data, const char *name)
{
	return json_integer_value(json_object_get(data, name));
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

static unsigned format_of(const struct transfer_import_in *in)
{
	return in->format.has == IS_SET ? in->format.v : str_ends(in->file, ".csv") ? IMPORT_CSV : IMPORT_JSON;
}

static void take_result(struct arena *a, struct import_result *sum, const json_t *data)
{
	size_t i;
	json_t *e;
	sum->total += number(data, "total");
	sum->created += number(data, "created");
	sum->updated += number(data, "updated");
	sum->skipped += number(data, "skipped");
	sum->failed += number(data, "failed");
	json_array_foreach(json_object_get(data, "errors"), i, e)
	{
		const char *field = json_string_value(json_object_get(e, "field"));
		const char *why = json_string_value(json_object_get(e, "why"));
		import_result_error(a, sum, number(e, "row"), field ? field : "", why ? why : "");
	}
	struct import_result more = { 0 };
	const char *name;
	json_array_foreach(json_object_get(data, "ignored"), i, e)
	{
		name = json_string_value(e);
		more.ignored = (struct list){ &name, name != NULL };
		import_result_add(a, sum, &more);
	}
}

static int send_batch(struct cli *c, struct arena *mem, const struct import_batch_in *b, struct import_result *sum)
{
	struct cli part = *c;
	part.mem = mem;
	struct flags f = { .op = op_find("user_import_batch", NULL), .command = "user import" };
	flags_set(&part, &f, "format", importer_format_names[b->options.format]);
	flags_set(&part, &f, "existing", importer_existing_names[b->options.existing]);
	flags_set(&part, &f, "dry_run", b->options.dry_run ? "true" : "false");
	flags_set(&part, &f, "first", arena_printf(mem, "%lld", (long long)b->first));
	flags_set(&part, &f, "text", b->text.s);
	int status;
	json_t *data = run_part(&part, &f, c, &status);
	if (data)
		take_result(c->mem, sum, data);
	json_decref(data);
	return status;
}

static int send_file(struct cli *c, int fd, const struct transfer_import_in *in, struct import_result *sum)
{
	struct import_file file;
	struct stat s;
	int64_t size = fstat(fd, &s) == 0 ? s.st_size : 0;
	struct import_batch_in batch = { .options = { .existing = in->overwrite ? EXISTING_OVERWRITE : in->existing,
						 .dry_run = in->dry_run } };
	int status = CLI_OK;
	import_file_begin(&file, c->mem, fd, format_of(in));
	for (bool more = true; more && !status;) {
		struct arena *mem = arena_new(0);
		more = import_file_next(&file, mem, &batch, sum);
		if (more)
			status = send_batch(c, mem, &batch, sum);
		progress_show(file.done, size);
		arena_free(mem);
	}
	progress_end();
	import_file_end(&file);
	return status;
}

/* The first words of an older program, whose scripts look for them. */
static void tell(struct cli *c, const struct import_result *r, bool dry_run)
{
	buf_printf(&c->out, "%s: %lld imported, %lld skipped, %lld failed",
		dry_run ? "Trial complete" : "Import complete", (long long)r->created + (long long)r->updated,
		(long long)r->skipped, (long long)r->failed);
	buf_printf(&c->out, " (%lld new, %lld overwritten, of %lld)%s\n", (long long)r->created, (long long)r->updated,
		(long long)r->total, dry_run ? "; nothing was kept" : "");
	const struct import_error *e = r->errors.items;
	for (size_t i = 0; i < r->errors.n && i < ERRORS_SHOWN; i++)
		buf_printf(&c->err, "record %lld: %s%s%s\n", (long long)e[i].row, e[i].field, *e[i].field ? " " : "",
			e[i].why);
	if (r->errors.n > ERRORS_SHOWN)
		buf_str(&c->err, "... and more; the counts are above\n");
	const char *const *names = r->ignored.items;
	for (size_t i = 0; i < r->ignored.n; i++)
		buf_printf(&c->err, "%s%s%s", i ? ", " : "not known here and passed over: ", names[i],
			i + 1 == r->ignored.n ? "\n" : "");
}

int cli_import(struct cli *c, struct flags *f)
{
	struct transfer_import_in in = { 0 };
	struct import_result sum = { 0 };
	int status = begin(c, f, &in);
	if (status)
		return status;
	bool from_stdin = strcmp(in.file, "-") == 0;
	int fd = from_stdin ? c->in_fd : open(in.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		buf_printf(&c->err, "roster: %s cannot be read.\n", in.file);
		return CLI_NOT_FOUND;
	}
	status = send_file(c, fd, &in, &sum);
	if (!from_stdin)
		close(fd);
	tell(c, &sum, in.dry_run);
	return status ? status : sum.failed || !sum.complete ? CLI_FAILED : CLI_OK;
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

static bool write_text(int fd, const char *text)
{
	return write_all(fd, text, strlen(text));
}

static int cannot_write(struct cli *c)
{
	buf_str(&c->err, "roster: the export could not be written; what is there is not whole.\n");
	return CLI_FAILED;
}

static int export_total(struct cli *c, const struct transfer_export_in *in, int64_t *total)
{
	struct flags f = { .op = op_find("user_export_begin", NULL), .command = "user export" };
	int status;
	flags_set(c, &f, "with_hashes", in->with_hashes ? "true" : "false");
	json_t *data = run_part(c, &f, c, &status);
	*total = number(data, "total");
	json_decref(data);
	return status;
}

/* One part behind number *after; *count 0 when there are no more. */
static int export_part(
	struct cli *c, int fd, const struct transfer_export_in *in, struct arena *mem, int64_t *after, int64_t *count)
{
	struct cli part = *c;
	part.mem = mem;
	struct flags f = { .op = op_find("user_export_part", NULL), .command = "user export" };
	flags_set(&part, &f, "format", importer_format_names[in->format]);
	flags_set(&part, &f, "with_hashes", in->with_hashes ? "true" : "false");
	flags_set(&part, &f, "after", arena_printf(mem, "%lld", (long long)*after));
	int status;
	json_t *data = run_part(&part, &f, c, &status);
	const char *text = json_string_value(json_object_get(data, "text"));
	*count = number(data, "count");
	bool good =
		!*count || ((!*after || write_text(fd, export_between(in->format))) && text && write_text(fd, text));
	*after = number(data, "last");
	json_decref(data);
	return status || good ? status : cannot_write(c);
}

static int export_all(struct cli *c, int fd, const struct transfer_export_in *in)
{
	int64_t total = 0, done = 0, after = 0, count = 1;
	int status = export_total(c, in, &total);
	if (!status && !write_text(fd, export_head(c->mem, in->format, in->with_hashes)))
		status = cannot_write(c);
	while (!status && count) {
		struct arena *mem = arena_new(0);
		status = export_part(c, fd, in, mem, &after, &count);
		done += count;
		progress_show(done, total);
		arena_free(mem);
	}
	progress_end();
	if (!status && !write_text(fd, export_tail(in->format)))
		status = cannot_write(c);
	if (!status && in->output)
		buf_printf(&c->out, "%lld accounts were written to %s.\n", (long long)done, in->output);
	return status;
}

int cli_export(struct cli *c, struct flags *f)
{
	struct transfer_export_in in = { 0 };
	int status = begin(c, f, &in);
	if (status)
		return status;
	/* What others may not read in the database they may not read here. */
	int fd = in.output ? open(in.output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : STDOUT_FILENO;
	if (fd < 0) {
		buf_printf(&c->err, "roster: %s cannot be written.\n", in.output);
		return CLI_FAILED;
	}
	status = export_all(c, fd, &in);
	if (in.output && close(fd) && !status)
		status = cannot_write(c);
	return status;
}
