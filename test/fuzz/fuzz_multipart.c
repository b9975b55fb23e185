/* Multipart bodies: pieces of any size must give what the whole gives. The first byte says how large the pieces are. */
#include "base/buf.h"
#include "http/multipart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static err_t file_begin(void *arg, const struct multipart_file *f)
{
	if (strpbrk(f->filename, "/\\\r\n"))
		abort();
	buf_printf(arg, "[%s|%s|%s]", f->field, f->filename, f->content_type);
	return ERR_OK;
}

static err_t file_data(void *arg, const char *p, size_t n)
{
	if (!n)
		abort();
	buf_add(arg, p, n);
	return ERR_OK;
}

static err_t file_end(void *arg)
{
	buf_str(arg, "[end]");
	return ERR_OK;
}

static err_t read_pieces(struct arena *a, const uint8_t *data, size_t n, size_t piece, struct buf *said)
{
	struct multipart_sink sink = { file_begin, file_data, file_end, said };
	struct multipart *m = multipart_new(a, "B", &(struct multipart_limits){ .headers = 300, .field = 200 }, &sink);
	struct form fields;
	err_t e = ERR_OK;
	for (size_t i = 0; i < n && !e; i += piece)
		e = multipart_feed(m, (const char *)data + i, n - i < piece ? n - i : piece);
	e = multipart_finish(m, &fields);
	for (size_t i = 0; i < fields.n; i++)
		buf_printf(said, "(%s=%s)", fields.items[i].name, fields.items[i].value);
	buf_str(said, multipart_why(m));
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	size_t piece = *data ? *data : 1;
	data++;
	n--;
	struct arena *a = arena_new(0);
	struct buf whole = { .mem = a }, pieces = { .mem = a };
	err_t e = read_pieces(a, data, n, n ? n : 1, &whole);
	err_t f = read_pieces(a, data, n, piece, &pieces);
	/* A refused field may have given out different parts of a file before: only what is taken must be alike. */
	if (!e != !f || (!e && (whole.n != pieces.n || memcmp(whole.p, pieces.p, whole.n) != 0)))
		abort();
	const char *boundary, *type = arena_memdup0(a, data, n);
	if (!multipart_boundary(a, type, &boundary))
		multipart_new(a, boundary, NULL, NULL); /* its assertion holds for every boundary that was taken */
	arena_free(a);
	return 0;
}
