#include "api/intake.h"
#include "http/form.h"
#include "http/multipart.h"

#include <string.h>
#include <strings.h>
#include <sys/mman.h>

/* A form's boundaries and other fields, beside its file. */
enum { FORM_ROOM = 64 << 10 };

static err_t bind_form(struct cx *cx, const struct http_req *r, struct input *in)
{
	struct form form;
	const char *why;
	err_t e = form_parse(cx->mem, r->body, r->body_n, FORM_PAIRS, &form, &why);
	if (e) {
		cx->fail.message = why;
		return FAIL(cx, e, "form: %s", why);
	}
	for (size_t i = 0; i < form.n; i++)
		input_text(in, form.items[i].name, form.items[i].value);
	return ERR_OK;
}

/* Files in a form that the operation does not take: a client that always sends one is not refused for it. */
static err_t pass_file(void *arg, const struct multipart_file *file)
{
	(void)arg;
	(void)file;
	return ERR_OK;
}

static err_t pass_data(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return ERR_OK;
}

static err_t pass_end(void *arg)
{
	(void)arg;
	return ERR_OK;
}

static void unmap(void *arg)
{
	const struct attachment *file = arg;
	munmap((void *)(uintptr_t)file->bytes, file->n);
}

/* The spooled bytes as memory: the file has no name, so nobody can cut it short under the mapping. */
static err_t attach(struct cx *cx, const struct http_file *from)
{
	if (cx->file)
		return cx_field(cx, from->field, "is a second file; send one");
	void *p = mmap(NULL, (size_t)from->size, PROT_READ, MAP_PRIVATE, from->fd, 0);
	if (p == MAP_FAILED)
		return FAIL(cx, ERR_UNAVAILABLE, "the upload cannot be mapped");
	cx->file = arena_new_of(cx->mem, struct attachment);
	*cx->file = (struct attachment){ .bytes = p, .n = (size_t)from->size };
	arena_defer(cx->mem, unmap, cx->file);
	return ERR_OK;
}

static bool is_file_name(const char *field)
{
	static const char *const names[] = { "file", "photo", NULL };
	return names_index(names, field, strlen(field)) >= 0;
}

/* Of other names a file is passed over, as ever. */
static err_t bind_files(struct cx *cx, const struct http_req *r)
{
	cx->file = NULL;
	for (size_t i = 0; i < r->files_n; i++)
		if (r->files[i].size && is_file_name(r->files[i].field))
			TRY(attach(cx, &r->files[i]));
	return ERR_OK;
}

/* Browsers send an empty part, without a name of a file, for one that was not chosen. */
static void bind_fields(const struct form *form, struct input *in)
{
	for (size_t i = 0; i < form->n; i++)
		if (*form->items[i].value || !is_file_name(form->items[i].name))
			input_text(in, form->items[i].name, form->items[i].value);
}

static err_t bind_multipart(struct cx *cx, const struct http_req *r, const char *type, struct input *in)
{
	const char *boundary;
	struct form form;
	TRY(multipart_boundary(cx->mem, type, &boundary));
	struct multipart *m = multipart_new(cx->mem, boundary, &(struct multipart_limits){ 0 },
		&(struct multipart_sink){ pass_file, pass_data, pass_end, NULL });
	err_t e = multipart_feed(m, r->body, r->body_n);
	e = e ? e : multipart_finish(m, &form);
	if (e) {
		cx->fail.message = multipart_why(m);
		return FAIL(cx, e, "multipart: %s", multipart_why(m));
	}
	bind_fields(&form, in);
	return ERR_OK;
}

static bool type_is(const char *content_type, const char *name)
{
	size_t n = strlen(name);
	return strncasecmp(content_type, name, n) == 0 && (!content_type[n] || strchr("; \t", content_type[n]));
}

int64_t intake_file_max(const struct op *op, const struct http_req *r, int64_t file_max)
{
	if (op->body_max)
		return op->body_max();
	const char *type = http_header(r, "content-type");
	if (!op->file || !type || http_header(r, "content-encoding"))
		return 0;
	if (!(op->flags & OP_ANYONE) && !http_header(r, "authorization") && !http_header(r, "cookie"))
		return 0;
	bool file = type_is(type, "multipart/form-data") || (op->file_body && strncasecmp(type, "image/", 6) == 0);
	return file ? file_max + FORM_ROOM : 0;
}

/* Of a body that went to the disk: its text fields, and its file where the operation takes one of the request. */
static err_t bind_spooled(struct cx *cx, const struct op *op, const struct http_req *r, struct input *in)
{
	if (r->form)
		bind_fields(r->form, in);
	return op->file ? bind_files(cx, r) : ERR_OK;
}

err_t intake_body(struct cx *cx, const struct op *op, const struct http_req *r, struct input *in)
{
	const char *type = http_header(r, "content-type");
	if (r->files_n || r->form)
		return bind_spooled(cx, op, r, in);
	if (r->body_n == 0)
		return ERR_OK;
	if (http_header(r, "content-encoding"))
		return FAIL(cx, ERR_MEDIA_TYPE, "a compressed body");
	if (!type || type_is(type, "application/json"))
		return input_json(in, r->body, r->body_n);
	if (type_is(type, "application/x-www-form-urlencoded"))
		return bind_form(cx, r, in);
	if (type_is(type, "multipart/form-data"))
		return bind_multipart(cx, r, type, in);
	return FAIL(cx, ERR_MEDIA_TYPE, "content type %s", type);
}
