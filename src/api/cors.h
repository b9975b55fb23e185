/* Cross-origin requests (Fetch standard, section "CORS protocol"): by an exact list of origins, never by reflection. */
#ifndef API_CORS_H
#define API_CORS_H

#include "http/http.h"

/* Adds the headers that let the page of a listed origin read the answer. `origins`: "https://a.example, https://b.example";
 * "" none. */
void cors_headers(struct http_req *r, const char *origins);
/* Whether the page that asks may open a connection that lasts: one of this server's own address, of a listed origin, or none at
 * all (a program that is no browser sends no Origin). What it shows as a cookie is believed. */
bool cors_may_connect(const struct http_req *r, const char *origins);
/* Answers a preflight (OPTIONS with Origin and Access-Control-Request-Method). False when the request is none. */
bool cors_preflight(struct http_req *r, const char *origins);

#endif
