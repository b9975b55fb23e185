#include "features/photo/photo_http.h"
#include "features/photo/photo_file.h"
#include "http/http.h"
#include "http/negotiate.h"

#include <string.h>

/* A file never changes under its name, which is its ETag as well. Were it ever taken for a page, it is one that may do
 * nothing; other sites may show it. */
static void add_headers(struct http_req *r, const char *etag)
{
	http_add(r, "ETag", etag);
	http_add(r, "Cache-Control", "public, max-age=31536000, immutable");
	http_add(r, "Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
	http_add(r, "Cross-Origin-Resource-Policy", "cross-origin");
}

err_t photo_read_http(struct cx *cx, struct http_req *r)
{
	static const char prefix[] = "/uploads/";
	const char *folder = r->path + sizeof prefix - 1, *type;
	size_t n = strcspn(folder, "/");
	if (!folder[n])
		return FAIL(cx, ERR_NOT_FOUND, "no file");
	const char *name = folder + n + 1;
	int fd;
	TRY(photo_file_open(cx, arena_memdup0(cx->mem, folder, n), name, &fd, &type));
	const char *etag = arena_printf(r->mem, "\"%s\"", name), *known = http_header(r, "if-none-match");
	add_headers(r, etag);
	r->res->file = fd;
	r->res->content_type = type;
	if (known && etag_listed(known, etag, false))
		r->res->status = 304;
	return ERR_OK;
}
