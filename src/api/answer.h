/* Turns the outcome of a call into an HTTP answer: envelope or older shape, status, headers. */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "api/call.h"
#include "api/route.h"
#include "http/http.h"

/* The success or failure of a finished call, into r->res. `endpoint` tells the shape. */
void answer_call(struct call *c, struct http_req *r, const struct endpoint *endpoint);
/* A failure for which there is no call: no such address, a malformed head. The shape follows the path's prefix. */
void answer_error(struct http_req *r, err_t e, const char *message, const char *correlation_id);
/* A failure as GraphQL tells it (October 2021, section 7.1): the sentence, and the members of `extensions` (NULL: none). */
void answer_graphql(struct buf *b, const char *message, const char *extensions);
/* What it tells of a failed call beside the sentence: the members of `extensions`, as JSON. */
const char *answer_extensions(struct arena *a, const struct call *c);
/* Headers that every answer carries. */
void answer_common(struct http_req *r, const char *correlation_id);

#endif
