#include "features/importer/importer_file.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 128 << 10 };

void import_file_begin(struct import_file *f, struct arena *told, int fd, unsigned format)
{
	*f = (struct import_file){ .fd = fd, .told = told, .split = { .format = format } };
}

void import_file_end(struct import_file *f)
{
	if (f->window.p)
		explicit_bzero(f->window.p, f->window.cap); /* it may hold passwords */
	buf_free(&f->window);
	buf_free(&f->header);
}

/* Reads a piece behind what is there. */
static void read_more(struct import_file *f)
{
	buf_drop(&f->window, f->at);
	f->at = 0;
	buf_grow(&f->window, PIECE);
	ssize_t n;
	do
		n = read(f->fd, f->window.p + f->window.n, PIECE);
	while (n < 0 && errno == EINTR);
	f->last = n <= 0;
	f->window.n += n > 0 ? (size_t)n : 0;
	f->done += n > 0 ? n : 0;
}

static void failed(struct import_file *f, struct import_result *sum, const char *why)
{
	sum->total++;
	sum->failed++;
	import_result_error(f->told, sum, ++f->row, "", why);
}

static enum split_found find(struct import_file *f, const char **record, size_t *n, size_t *used)
{
	for (;;) {
		enum split_found found =
			split_next(&f->split, f->window.p + f->at, f->window.n - f->at, f->last, record, n, used);
		if (found == SPLIT_RECORD && *n > IMPORT_RECORD_MAX)
			return SPLIT_MORE;
		if (found != SPLIT_MORE || f->last)
			return found;
		f->at += *used;
		if (f->window.n - f->at > IMPORT_RECORD_MAX)
			return SPLIT_MORE;
		read_more(f);
	}
}

static void add_record(struct import_file *f, struct buf *text, const char *p, size_t n)
{
	bool list = f->split.list;
	buf_str(text, list ? text->n ? "," : "[" : "");
	buf_add(text, p, n);
	if (!list && p[n - 1] != '\n')
		buf_char(text, '\n');
}

static const char *wrong_with(const char *p, size_t n)
{
	if (memchr(p, 0, n))
		return "The record holds a NUL character.";
	return utf8_valid(p, n) ? NULL : "The record is not valid UTF-8.";
}

static void stop(struct import_file *f, struct import_result *sum, enum split_found found)
{
	f->over = true;
	sum->complete = found == SPLIT_END;
	if (found == SPLIT_CUT)
		failed(f, sum, "The file ends inside this record, or goes on where it should not.");
	else if (found == SPLIT_MORE)
		failed(f, sum, "The record is longer than 1 MiB; nothing behind it was read.");
}

/* The header of a CSV file is no record: it stands before the rows of each document. */
static bool take_header(struct import_file *f, const char *p, size_t n)
{
	if (f->split.format != IMPORT_CSV || f->header.n)
		return false;
	buf_add(&f->header, p, n);
	if (p[n - 1] != '\n')
		buf_char(&f->header, '\n');
	return true;
}

bool import_file_next(struct import_file *f, struct arena *mem, struct import_batch_in *in, struct import_result *sum)
{
	struct buf text = { .mem = mem };
	int rows = 0;
	buf_add(&text, f->header.p, f->header.n);
	if (!f->window.p)
		read_more(f);
	while (!f->over && rows < IMPORT_BATCH_ROWS && text.n < IMPORT_BATCH_BYTES) {
		const char *record = NULL;
		size_t n = 0, used = 0;
		enum split_found found = find(f, &record, &n, &used);
		const char *wrong = found == SPLIT_RECORD ? wrong_with(record, n) : NULL;
		if (rows && (found != SPLIT_RECORD || wrong))
			break; /* looked at again next time: the rows of a document have one number after the other */
		if (found != SPLIT_RECORD) {
			stop(f, sum, found);
		} else if (wrong) {
			failed(f, sum, wrong);
		} else if (take_header(f, record, n)) {
			buf_add(&text, f->header.p, f->header.n);
		} else {
			add_record(f, &text, record, n);
			rows++;
		}
		f->at += used;
	}
	if (!rows)
		return false;
	if (f->split.list)
		buf_char(&text, ']');
	in->options.format = f->split.format == IMPORT_CSV ? IMPORT_CSV : f->split.list ? IMPORT_JSON : IMPORT_LINES;
	in->first = f->row + 1;
	f->row += rows;
	in->text = (struct secret){ buf_cstr(&text), text.n };
	return true;
}
