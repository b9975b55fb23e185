/* What sockets hear, as Server-Sent Events (WHATWG HTML section 9.2): GET /events for clients without Socket.IO. Each stream is a
 * socket of its own: it counts as a connection of its person, and ends with his session. */
#ifndef API_SSE_H
#define API_SSE_H

#include "api/call.h"
#include "http/http.h"

/* op.raw(). Last-Event-ID names the last event that the client has heard. */
err_t sse_http(struct cx *cx, struct http_req *r) CHECKED;

#endif
