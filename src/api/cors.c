#include "api/cors.h"
#include "http/field.h"

#include <string.h>
#include <strings.h>

enum verdict { CORS_NO, CORS_ANY, CORS_LISTED };

static enum verdict judge(const struct http_req *r, const char *origins, const char **origin)
{
	*origin = http_header(r, "origin");
	if (!*origin || !origins || !*origins)
		return CORS_NO;
	struct span rest = span_of(origins), one;
	while (field_next(&rest, ',', &one)) {
		if (one.n == 1 && *one.p == '*')
			return CORS_ANY;
		if (one.n == strlen(*origin) && memcmp(one.p, *origin, one.n) == 0)
			return CORS_LISTED;
	}
	return CORS_NO;
}

void cors_headers(struct http_req *r, const char *origins)
{
	if (!origins || !*origins)
		return;
	const char *origin;
	enum verdict v = judge(r, origins, &origin);
	http_add(r, "Vary", "Origin");
	if (v == CORS_NO)
		return;
	http_add(r, "Access-Control-Allow-Origin", v == CORS_ANY ? "*" : origin);
	if (v == CORS_LISTED)
		http_add(r, "Access-Control-Allow-Credentials", "true");
	http_add(r, "Access-Control-Expose-Headers",
		"ETag, X-Correlation-ID, Retry-After, Idempotent-Replay, "
		"RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset");
}

bool cors_may_connect(const struct http_req *r, const char *origins)
{
	const char *origin;
	if (judge(r, origins, &origin) != CORS_NO || !origin)
		return true;
	const char *host = strstr(origin, "://");
	return host && r->host && *r->host && http_header_count(r, "origin") == 1 && strcasecmp(host + 3, r->host) == 0;
}

bool cors_preflight(struct http_req *r, const char *origins)
{
	if (!http_header(r, "origin") || !http_header(r, "access-control-request-method"))
		return false;
	const char *origin;
	r->res->status = 204;
	cors_headers(r, origins);
	if (judge(r, origins, &origin) == CORS_NO)
		return true;
	http_add(r, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
	http_add(r, "Access-Control-Allow-Headers",
		"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-ID, X-Correlation-ID, X-CSRF-Token, "
		"X-Auth-Mode, "
		"traceparent");
	http_add(r, "Access-Control-Max-Age", "600");
	return true;
}
