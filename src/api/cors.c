#include "api/cors.h"
#include "http/field.h"

#include <string.h>
#include <strings.h>

static bool is_listed(const struct http_req *r, const char *origins)
{
	const char *origin = http_header(r, "origin");
	if (!origin || !origins || !*origins)
		return false;
	struct span rest = span_of(origins), one;
	while (field_next(&rest, ',', &one))
		if (one.n == strlen(origin) && memcmp(one.p, origin, one.n) == 0)
			return true;
	return false;
}

void cors_headers(struct http_req *r, const char *origins)
{
	if (!origins || !*origins)
		return;
	http_add(r, "Vary", "Origin");
	if (!is_listed(r, origins))
		return;
	http_add(r, "Access-Control-Allow-Origin", http_header(r, "origin"));
	http_add(r, "Access-Control-Allow-Credentials", "true");
	http_add(r, "Access-Control-Expose-Headers",
		"ETag, X-Correlation-ID, Retry-After, Idempotent-Replay, "
		"RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset");
}

static bool is_own(const struct http_req *r, const char *origin)
{
	const char *host = strstr(origin, "://");
	return host && r->host && *r->host && http_header_count(r, "origin") == 1 && strcasecmp(host + 3, r->host) == 0;
}

bool cors_may_connect(const struct http_req *r, const char *origins)
{
	const char *origin = http_header(r, "origin");
	return !origin || is_own(r, origin) || is_listed(r, origins);
}

bool cors_preflight(struct http_req *r, const char *origins)
{
	if (!http_header(r, "origin") || !http_header(r, "access-control-request-method"))
		return false;
	r->res->status = 204;
	cors_headers(r, origins);
	if (!is_listed(r, origins))
		return true;
	http_add(r, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
	http_add(r, "Access-Control-Allow-Headers",
		"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-ID, X-Correlation-ID, X-CSRF-Token, "
		"X-Auth-Mode, "
		"traceparent");
	http_add(r, "Access-Control-Max-Age", "600");
	return true;
}
