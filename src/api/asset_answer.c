#include "api/assets.h"
#include "api/answer.h"
#include "http/negotiate.h"

#include <string.h>

static bool not_acceptable(struct http_req *r)
{
	static const char why[] = "This file is kept compressed alone: ask for it with `Accept-Encoding: gzip`.\n";
	r->res->status = 406;
	r->res->content_type = "text/plain; charset=utf-8";
	r->res->body = why;
	r->res->body_n = sizeof why - 1;
	http_add(r, "Vary", "Accept-Encoding");
	http_add(r, "X-Content-Type-Options", "nosniff");
	return true;
}

bool asset_answer(struct http_req *r)
{
	const struct asset *a = asset_find(r->path);
	if (!a || (r->method != HTTP_GET && r->method != HTTP_HEAD))
		return false;
	const char *accepted = http_header(r, "accept-encoding"), *known = http_header(r, "if-none-match");
	bool gz = a->gz && (!a->plain || negotiate_coding(accepted) == CODING_GZIP);
	/* Without the header any coding will do (RFC 9110 section 12.5.3). */
	if (!a->plain && accepted && negotiate_coding(accepted) != CODING_GZIP)
		return not_acceptable(r);
	const char *etag = gz ? arena_printf(r->mem, "%.*s-gz\"", (int)strlen(a->etag) - 1, a->etag) : a->etag;
	r->res->content_type = a->content_type;
	http_add(r, "ETag", etag);
	http_add(r, "Vary", "Accept-Encoding");
	http_add(r, "Cache-Control", "no-cache");
	http_add(r, "X-Content-Type-Options", "nosniff");
	http_add(r, "X-Frame-Options", "DENY");
	http_add(r, "Content-Security-Policy", ASSET_CSP);
	http_add(r, "Referrer-Policy", "no-referrer");
	if (known && etag_listed(known, etag, false)) {
		r->res->status = 304;
		return true;
	}
	r->res->body = (const char *)(gz ? a->gz : a->plain);
	r->res->body_n = gz ? a->gz_n : a->n;
	r->res->no_gzip = true;
	if (gz)
		http_add(r, "Content-Encoding", "gzip");
	return true;
}
