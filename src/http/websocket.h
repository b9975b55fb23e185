/* WebSocket, the server's side (RFC 6455): the handshake and a session without input or output of its own. The server
 * feeds it what it read, is called back with whole messages, and writes what waits in ws_output().
 *
 *	on bytes:  ws_feed(w, p, n);
 *	then:      write ws_output(w); ws_sent(w, as many as the socket took);
 *	           if (ws_done(w)) close the socket once nothing waits
 *
 * One thread at a time; a session is used on its loop only. It keeps 4 KiB while it is idle. */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/websocket_deflate.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- handshake (section 4.2) ---------------------------------------------------------------------------------------- */

struct ws_request { /* header values, NULL when absent; of lists field_join() */
	bool get; /* the method is GET */
	const char *connection, *upgrade, *version, *key;
	size_t key_count; /* how many Sec-WebSocket-Key there were */
	const char *protocols; /* Sec-WebSocket-Protocol */
	const char *extensions; /* Sec-WebSocket-Extensions */
	int window; /* as in struct ws_limits: what the door agrees to */
};
struct ws_accept {
	const char *accept; /* value of Sec-WebSocket-Accept */
	const char *protocol; /* what of `supported` to answer, NULL: none */
	const char *extensions; /* value of Sec-WebSocket-Extensions, NULL: none */
	int window; /* for the session: what was agreed on */
};

/* True when the request asks for a WebSocket at all (Upgrade names websocket); what else is wrong is ws_handshake's. */
bool ws_wanted(const char *upgrade);

/* Checks the request. `supported` is a NULL-terminated list of sub-protocols in our order of liking, or NULL; the first
 * that the client offers is chosen. ERR_MALFORMED and *why a sentence; *version_wrong tells to answer 426 with
 * `Sec-WebSocket-Version: 13`. Origin is not looked at here: whose pages may connect is the caller's to decide, before
 * it calls. */
err_t ws_handshake(struct arena *a, const struct ws_request *r, const char *const *supported, struct ws_accept *out,
	bool *version_wrong, const char **why) CHECKED;

/* --- session -------------------------------------------------------------------------------------------------------- */

enum ws_kind { WS_TEXT, WS_BINARY };

enum ws_code { /* section 7.4.1 */
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL_ERROR = 1002,
	WS_NO_STATUS = 1005, /* only in on_close: the client's close had no code */
	WS_ABNORMAL = 1006, /* only in on_close: there was no close frame */
	WS_NOT_UTF8 = 1007,
	WS_POLICY = 1008,
	WS_TOO_BIG = 1009,
	WS_FAILED = 1011,
};

struct ws;

struct ws_handler {
	/* A whole message; a NUL stands behind its n bytes; text is valid UTF-8. The memory is the session's and only lent.
	 * May call ws_send() and ws_close(); must not call ws_feed() or ws_free(). */
	void (*on_message)(void *arg, struct ws *w, enum ws_kind kind, const char *p, size_t n);
	/* The session ends, once: the code that the client sent, or with which we ended it. NULL: not wanted. */
	void (*on_close)(void *arg, struct ws *w, int code, const char *reason, size_t n);
	/* A pong came, for the owner's idle timer. NULL: not wanted. */
	void (*on_pong)(void *arg, struct ws *w);
	void *arg;
};

struct ws_limits { /* 0 in any of them: the number behind it */
	size_t message; /* 16 MiB: bytes of a message, once it is inflated; beyond it 1009 */
	size_t fragments; /* 65,536: frames of a message; beyond it 1009 */
	size_t output; /* 32 MiB: bytes that wait for a client that does not read; beyond it the session is cut */
	/* Of messages that are compressed (permessage-deflate, RFC 7692), the window in bits, 9 to 15: for a handshake the
	 * largest that is agreed to, WS_WINDOW_MAX; for a session that which was. 0: none are compressed. */
	int window;
};

/* Never NULL; the handler is copied. limits NULL: the defaults. */
struct ws *ws_new(const struct ws_handler *handler, const struct ws_limits *limits);
void ws_free(struct ws *w); /* NULL is allowed; on_close is not called */

/* Reads bytes of the client. After the end of the session they are ignored. */
void ws_feed(struct ws *w, const char *p, size_t n);
/* The client is gone without a word: on_close with WS_ABNORMAL unless the session had ended. */
void ws_gone(struct ws *w);

/* Queue a message, compressed where that was agreed on and makes it smaller. False, and nothing is queued, when the session is closing or too much waits (then it is cut with
 * WS_POLICY). The bytes are copied; text must be UTF-8. */
bool ws_send(struct ws *w, enum ws_kind kind, const char *p, size_t n);

/* For one message to many: it is written as a frame once, and the frames (of several messages, if need be) are queued in each
 * session that takes them: none that is closing, compresses, or has too much waiting. Those take messages one by one. */
void ws_frame(struct buf *out, enum ws_kind kind, const char *p, size_t n);
bool ws_may_frames(const struct ws *w, size_t n);
void ws_send_frames(struct ws *w, const char *p, size_t n);
bool ws_ping(struct ws *w);
/* Begins the closing handshake; `reason` may be NULL, at most 123 bytes of it are sent. The session is done when the
 * client has answered; a caller that does not want to wait for it closes the socket after its own deadline. */
void ws_close(struct ws *w, enum ws_code code, const char *reason);

/* What waits to be written; *n is 0 when nothing does. The pointer holds until the next call of any function here. */
const char *ws_output(const struct ws *w, size_t *n);
void ws_sent(struct ws *w, size_t n); /* that many bytes of it were written */

bool ws_closing(const struct ws *w); /* a close frame was sent or received: no more messages */
bool ws_done(const struct ws *w); /* nothing more will be read: close the socket when nothing waits */

#endif
