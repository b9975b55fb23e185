/* The pages of the health feature that are not JSON of an operation. For health_api.c. */
#ifndef FEATURES_HEALTH_HTTP_H
#define FEATURES_HEALTH_HTTP_H

#include "base/buf.h"
#include "base/cx.h"

struct http_req;

/* Metrics in the Prometheus text form. */
err_t metrics_read_http(struct cx *cx, struct http_req *r) CHECKED;
/* Writes the OpenAPI document of all features, as a server with these settings gives it. */
void openapi_document(struct buf *out, const struct conf *conf);
/* The same, as an answer. */
err_t openapi_read_http(struct cx *cx, struct http_req *r) CHECKED;
/* A word of welcome with the addresses of everything else. */
err_t welcome_http(struct cx *cx, struct http_req *r) CHECKED;
err_t docs_http(struct cx *cx, struct http_req *r) CHECKED;

#endif
