/* Engine.IO v4, the server's side: sessions of messages over HTTP polling or a WebSocket, from the one to the other without a
 * loss. It knows no Socket.IO and no feature.
 *
 * A session's handlers are called one after another, on a loop's thread (on_close: on the timer's), and must not block; they
 * may call any function here. A session is there as long as somebody holds it: eio_hold(), eio_let_go(). */
#ifndef REALTIME_EIO_H
#define REALTIME_EIO_H

#include "http/http.h"

struct eio;
struct eio_session;

struct eio_conf {
	int64_t ping_ms, pong_ms; /* a ping after so long, and the longest time to its pong */
	int64_t first_ms; /* a session ends after so long, unless eio_settled() was called; 0: it does not */
	int64_t upgrade_ms; /* the longest time that a change to WebSocket may take */
	size_t payload_max; /* bytes of a message, or of a POST */
	size_t waiting_max; /* bytes that wait for a client that does not read; then its session ends */
	size_t sessions_max; /* more are refused with 503; 0: no bound */
	bool compress; /* messages of WebSockets, where the client offers it (RFC 7692) */
	/* The request that opens a session is still there; false, with r->res filled, refuses it. */
	bool (*may_open)(void *arg, struct http_req *r); /* NULL: any may */
	void (*on_open)(void *arg, struct eio_session *s, const struct http_req *r); /* NULL: not wanted */
	void (*on_message)(void *arg, struct eio_session *s, bool binary, const char *p, size_t n); /* NUL behind p */
	void (*on_close)(
		void *arg, struct eio_session *s, const char *why); /* once: nothing more comes; NULL: not wanted */
	void *arg;
};

struct eio *eio_new(const struct eio_conf *conf);
/* The server whose requests come: before the first of them. */
void eio_serve(struct eio *e, struct http_server *server);
/* Before the server stops: sessions end, and no more are opened. A poll that waited would have kept the server waiting. */
void eio_stop(struct eio *e);
/* After the server has stopped. */
void eio_free(struct eio *e);

/* A request for the address of this engine, whatever is wrong with it. */
enum http_when eio_request(struct eio *e, struct http_req *r);

/* Sends, or keeps until the client asks. False when the session has ended. From any thread. */
bool eio_send(struct eio_session *s, bool binary, const char *p, size_t n);
/* The same, unless something waits for this client already: then it is dropped (volatile). */
bool eio_send_now_or_never(struct eio_session *s, bool binary, const char *p, size_t n);
/* Whether a WebSocket carries it, and which: once it does, it does so to its end. */
bool eio_socket_id(struct eio_session *s, uint64_t *id);
/* Many of them, to be sent the same text at once; see http_socket_list_free(). Who does not read is dropped later. */
struct http_socket_list;
struct http_socket_list *eio_list_new(struct eio *e, const uint64_t *ids, size_t n);
void eio_list_send(struct http_socket_list *l, uint64_t except, const char *p, size_t n);
/* Ends it, after what was sent. From any thread; on_close comes later. `why` is static. */
void eio_close(struct eio_session *s, const char *why);

/* It did what was expected of it at first. */
void eio_settled(struct eio_session *s);

const char *eio_sid(const struct eio_session *s);
const char *eio_transport(struct eio_session *s); /* "polling", "websocket" */
void *eio_user(const struct eio_session *s); /* the handlers' own */
void eio_set_user(struct eio_session *s, void *user); /* in on_open */
void eio_hold(struct eio_session *s);
void eio_let_go(struct eio_session *s);

struct eio_stats {
	int64_t sessions, opened, closed;
};
void eio_stats(struct eio *e, struct eio_stats *out);

#endif
