#include "features/health/health_http.h"
#include "api/metrics.h"
#include "api/examples.h"
#include "api/openapi.h"
#include "base/version.h"
#include "features/health/health.h"
#include "http/http.h"

err_t metrics_read_http(struct cx *cx, struct http_req *r)
{
	struct buf b = { .mem = cx->mem };
	metrics_write(&b);
	http_answer_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", buf_cstr(&b));
	http_add(r, "Cache-Control", "no-store");
	return ERR_OK;
}

void openapi_document(struct buf *out, const struct conf *conf)
{
	const struct api_conf *c = conf_get(conf, &api_conf_group);
	const struct openapi_info info = { .version = ROSTER_VERSION,
		.server_url = "/",
		.contact_name = c->contact_name,
		.contact_url = c->contact_url,
		.contact_email = c->contact_email,
		.examples = examples_text };
	openapi_write(out, features_all, &info);
}

err_t openapi_read_http(struct cx *cx, struct http_req *r)
{
	struct buf b = { .mem = cx->mem };
	openapi_document(&b, cx->conf);
	http_answer_text(r, 200, "application/json; charset=utf-8", buf_cstr(&b));
	http_add(r, "Cache-Control", "no-cache");
	return ERR_OK;
}

err_t welcome_http(struct cx *cx, struct http_req *r)
{
	(void)cx;
	http_answer_text(r, 200, "text/plain; charset=utf-8",
		"Roster " ROSTER_VERSION ", a user service.\n\n"
		"/swagger/                try the API\n"
		"/redoc/                  read the API\n"
		"/graphiql/               ask it by GraphQL (/graphql)\n"
		"/socket.io/              connect by Socket.IO\n"
		"/api/v1/events           hear what happens, by Server-Sent Events\n"
		"/openapi.json            the API as OpenAPI 3.1\n"
		"/health                  is it well\n"
		"/.well-known/jwks.json   keys that verify access tokens\n");
	return ERR_OK;
}

err_t docs_http(struct cx *cx, struct http_req *r)
{
	(void)cx;
	http_answer_text(r, 302, "text/plain; charset=utf-8", "The API pages are at /swagger/.\n");
	http_add(r, "Location", "/swagger/");
	return ERR_OK;
}
