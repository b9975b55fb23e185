#include "base/time.h"
#include "http/exchange.h"
#include "http/gzip.h"
#include "http/negotiate.h"
#include "http/range.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { GZIP_LEVEL = 4 };

static struct http_header *own_header(struct http_res *res, const char *name)
{
	for (size_t i = 0; i < res->headers.n; i++)
		if (strcasecmp(res->headers.items[i].name, name) == 0)
			return &res->headers.items[i];
	return NULL;
}

static bool has_no_body(int status)
{
	return status < 200 || status == 204 || status == 304;
}

/* The compressed text is another sequence of bytes: a strong etag of the plain one may not stand on it (RFC 9110
 * section 8.8.3.3). */
static void etag_weaken(struct exchange *e)
{
	struct http_header *etag = own_header(&e->res, "etag");
	if (etag && etag->value[0] == '"')
		etag->value = arena_printf(e->req.mem, "W/%s", etag->value);
}

static void compress(struct exchange *e)
{
	struct http_res *res = &e->res;
	if (res->no_gzip || !res->body || has_no_body(res->status) || res->status == 206)
		return;
	if (!gzip_worth(res->content_type, res->body_n) || own_header(res, "content-encoding"))
		return;
	http_add(&e->req, "Vary", "Accept-Encoding");
	char *p;
	size_t n;
	if (negotiate_coding(http_header(&e->req, "accept-encoding")) != CODING_GZIP ||
		!gzip_compress(e->req.mem, res->body, res->body_n, GZIP_LEVEL, &p, &n))
		return;
	res->body = p;
	res->body_n = n;
	http_add(&e->req, "Content-Encoding", "gzip");
	etag_weaken(e);
}

/* What of the file is sent (RFC 9110 section 14): the whole, one range, or nothing. */
static void choose_range(struct exchange *e, int64_t size)
{
	struct http_req *r = &e->req;
	struct http_res *res = &e->res;
	const struct http_header *etag = own_header(res, "etag"), *changed = own_header(res, "last-modified");
	int64_t modified = 0;
	if (changed && !time_parse_http(changed->value, &modified))
		modified = 0;
	e->file_at = 0;
	e->file_left = size;
	http_add(r, "Accept-Ranges", "bytes");
	if (r->method != HTTP_GET || res->status != 200 || http_header_count(r, "range") != 1 ||
		!range_if_range(http_header(r, "if-range"), etag ? etag->value : NULL, modified, time_now()))
		return;
	struct range part;
	enum range_answer answer = range_parse(http_header(r, "range"), size, &part);
	if (answer == RANGE_WHOLE)
		return;
	char *text = arena_alloc(r->mem, RANGE_TEXT);
	range_content(text, answer == RANGE_PART ? &part : NULL, size);
	http_add(r, "Content-Range", text);
	res->status = answer == RANGE_PART ? 206 : 416;
	e->file_at = answer == RANGE_PART ? part.first : 0;
	e->file_left = answer == RANGE_PART ? part.length : 0;
}

static void prepare_file(struct exchange *e)
{
	struct stat s;
	e->res.body = NULL;
	e->res.body_n = 0;
	if (has_no_body(e->res.status))
		return;
	if (fstat(e->res.file, &s) != 0 || !S_ISREG(s.st_mode)) {
		e->res.status = 500;
		return;
	}
	choose_range(e, s.st_size);
}

void answer_prepare(struct exchange *e)
{
	if (e->prepared)
		return;
	e->prepared = true;
	if (e->res.file >= 0)
		prepare_file(e);
	else
		compress(e);
}

static void add_line(struct buf *out, const char *name, const char *value)
{
	buf_str(out, name);
	buf_add(out, ": ", 2);
	buf_str(out, value);
	buf_add(out, "\r\n", 2);
}

static void add_status(struct buf *out, int status)
{
	if (status == 200) {
		buf_add(out, "HTTP/1.1 200 OK\r\n", 17);
		return;
	}
	buf_add(out, "HTTP/1.1 ", 9);
	buf_int(out, status);
	buf_char(out, ' ');
	buf_str(out, http_status_text(status));
	buf_add(out, "\r\n", 2);
}

void answer_head(struct exchange *e, struct buf *out, const char *date, bool stay, size_t *body_n)
{
	const struct http_res *res = &e->res;
	size_t before = out->n;
	bool bodiless = has_no_body(res->status);
	int64_t length = res->file >= 0 ? e->file_left : (int64_t)res->body_n;
	add_status(out, res->status);
	buf_str(out, date); /* "Date: ...\r\n" */
	if (res->content_type && !bodiless)
		add_line(out, "Content-Type", res->content_type);
	bool endless = e->socket && res->status != 101;
	if (!bodiless && !endless) {
		buf_add(out, "Content-Length: ", 16);
		buf_int(out, length);
		buf_add(out, "\r\n", 2);
	}
	for (size_t i = 0; i < res->headers.n; i++)
		add_line(out, res->headers.items[i].name, res->headers.items[i].value);
	if (res->status == 101)
		;
	else if (!stay || endless)
		buf_add(out, "Connection: close\r\n", 19);
	else if (e->head.minor == 0)
		buf_add(out, "Connection: keep-alive\r\n", 24); /* HTTP/1.0 has to be told */
	buf_add(out, "\r\n", 2);
	bool silent = bodiless || e->req.method == HTTP_HEAD;
	if (silent)
		e->file_left = 0;
	*body_n = silent ? 0 : res->body_n;
	e->bytes = (int64_t)(out->n - before) + (int64_t)*body_n + e->file_left;
}
