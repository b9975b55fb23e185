/* WebSockets of the server, and answers that go on and on: a handler takes a connection over, gets its messages on the loop's thread, and may send to
 * it from any thread by the number of the connection, which may be gone. */
#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H

#include "http/http.h"
#include "http/websocket.h"

struct http_socket_handler {
	/* On the loop's thread: must not block. `id` is for http_socket_send(). */
	/* What it returns is the `arg` of the others from then on; the request, and what is in its arena, is still there. NULL: not
	 * wanted. */
	void *(*on_open)(void *arg, uint64_t id);
	void (*on_message)(
		void *arg, uint64_t id, enum ws_kind kind, const char *p, size_t n); /* bytes are only lent */
	void (*on_close)(void *arg, uint64_t id, int code); /* once, when it was opened; NULL: not wanted */
	void *arg;
};

/* Makes the answer to r: 101 when the request is a proper handshake, and the connection is a WebSocket from then on; or
 * 400 or 426. `protocols` is a NULL-terminated list of those we speak, or NULL; limits NULL: the defaults. Return
 * HTTP_NOW after it, or http_finish(). The Origin is the caller's to judge before. */
void http_upgrade(struct http_req *r, const struct http_socket_handler *handler, const char *const *protocols,
	const struct ws_limits *limits);

/* Makes the answer to r one without an end: its head is sent as it stands in r->res, and what http_socket_send() sends from then
 * on is the body, until http_socket_close() or until the client goes. At most `waiting_max` bytes wait for it. on_message is
 * not called: a client has nothing more to say. A HEAD has its head alone, and nothing is opened. Return HTTP_NOW after it, or
 * http_finish(). */
void http_stream(struct http_req *r, const struct http_socket_handler *handler, size_t waiting_max);

/* From any thread; the bytes are copied. Nothing happens when the connection is gone. A client that does not read is cut
 * when too much waits for it. */
void http_socket_send(struct http_server *s, uint64_t id, enum ws_kind kind, const char *p, size_t n);
void http_socket_close(struct http_server *s, uint64_t id, enum ws_code code, const char *reason);

/* Many connections, for what is sent to all of them: each loop is told once. Those that are gone are passed over. */
struct http_socket_list;
struct http_socket_list *http_socket_list_new(struct http_server *s, const uint64_t *ids, size_t n);
void http_socket_list_free(struct http_socket_list *l); /* NULL is allowed */
/* As http_socket_send(), to all but `except` (0: to all). */
void http_socket_list_send(struct http_socket_list *l, uint64_t except, enum ws_kind kind, const char *p, size_t n);

#endif
