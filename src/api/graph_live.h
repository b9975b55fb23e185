/* GraphQL over connections that stay: the protocol graphql-transport-ws on /graphql (github.com/enisdenjo/graphql-ws,
 * PROTOCOL.md), and answers as Server-Sent Events (graphql-sse, distinct connections). Subscriptions hear what the sockets of their
 * person hear; each event is run through the gate like a request of its own. */
#ifndef API_GRAPH_LIVE_H
#define API_GRAPH_LIVE_H

#include "api/call.h"
#include "http/http.h"

/* A WebSocket handshake for /graphql. */
enum http_when graph_live_connect(struct http_req *r);
/* Answers the request of that call as a stream. */
err_t graph_live_stream(struct call *c, struct http_req *r) CHECKED;
/* op.plan() and op.raw() of the operation by which documents are run here. */
err_t graph_live_plan(struct cx *cx, const void *request, void *work, unsigned *flags) CHECKED;
err_t graph_live_run(struct cx *cx, struct http_req *door) CHECKED;
/* Now and then: who connects and says nothing is sent away. */
void graph_live_tick(int64_t now_monotonic);

#endif
