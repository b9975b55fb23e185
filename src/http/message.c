#include "http/http.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

const char *http_method_name(enum http_method m)
{
	return m < HTTP_OTHER ? methods[m] : "OTHER";
}

enum http_method http_method_parse(const char *s, size_t n)
{
	for (int m = HTTP_GET; m < HTTP_OTHER; m++)
		if (strlen(methods[m]) == n && memcmp(methods[m], s, n) == 0)
			return (enum http_method)m;
	return HTTP_OTHER;
}

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 100, "Continue" },
	{ 101, "Switching Protocols" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *http_status_text(int status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "Unknown";
}

/* A request asks for a dozen names, and most differ in the first letter. */
static bool is_named(const struct http_header *h, const char *name)
{
	return *h->name == *name && strcmp(h->name, name) == 0;
}

const char *http_header(const struct http_req *r, const char *name)
{
	for (size_t i = 0; i < r->headers.n; i++)
		if (is_named(&r->headers.items[i], name))
			return r->headers.items[i].value;
	return NULL;
}

size_t http_header_count(const struct http_req *r, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < r->headers.n; i++)
		n += is_named(&r->headers.items[i], name);
	return n;
}

const char *http_bearer_token(const char *value)
{
	static const char scheme[] = "Bearer ";
	if (strncasecmp(value, scheme, strlen(scheme)) != 0)
		return NULL;
	value += strlen(scheme);
	return value + strspn(value, " ");
}

const char *http_bearer(const struct http_req *r)
{
	const char *value = http_header(r, "authorization");
	if (http_header_count(r, "authorization") > 1)
		return "";
	return value ? http_bearer_token(value) : NULL;
}

void http_add(struct http_req *r, const char *name, const char *value)
{
	struct http_headers *h = &r->res->headers;
	/* A line break that came in with some user's text would let it write headers of its own. */
	if (strpbrk(name, "\r\n: ") || strpbrk(value, "\r\n"))
		abort();
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 8;
		struct http_header *items = arena_array_of(r->mem, struct http_header, cap);
		if (h->n)
			memcpy(items, h->items, h->n * sizeof *items);
		h->items = items;
		h->cap = cap;
	}
	h->items[h->n++] = (struct http_header){ name, value };
}

void http_answer_text(struct http_req *r, int status, const char *content_type, const char *body)
{
	r->res->status = status;
	r->res->content_type = content_type;
	r->res->body = body;
	r->res->body_n = strlen(body);
}
