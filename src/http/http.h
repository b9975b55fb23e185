/* HTTP/1.1 messages as the rest of the program sees them, and the server that carries them. A request is complete when a
 * handler gets it: head checked, body collected (or its files spooled), everything in one arena that goes with it. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER, /* see method_name */
};
const char *http_method_name(enum http_method m);
enum http_method http_method_parse(const char *s, size_t n);
const char *http_status_text(int status);

struct http_header {
	const char *name, *value; /* request: name in lower case, value without blanks at its ends */
};
struct http_headers {
	struct http_header *items;
	size_t n, cap;
};

/* A file that came in a multipart body, or as the body, spooled to disk; unlinked when the request's arena is freed. */
struct http_file {
	const char *field, *filename, *content_type;
	int fd;
	int64_t size;
};

struct http_conn; /* the server's own */

struct http_req {
	struct arena *mem; /* everything below, and the answer; freed after the answer is sent */
	enum http_method method;
	const char *method_name;
	const char *target; /* as received */
	const char *path; /* percent-decoded, begins with '/', no dot segments, no NUL */
	const char *query; /* raw, without '?'; "" when absent */
	const char *host; /* as received */
	struct http_headers headers;
	const char *const *raw_names; /* of headers, in the same order, as received; only for tools that show them */
	const char *body; /* NUL behind it; never NULL */
	size_t body_n;
	struct http_file *files; /* of the body; NULL when it was not spooled (see on_head) */
	size_t files_n;
	const struct form *form; /* text fields of such a body (http/form.h); NULL otherwise */
	const char *ip; /* of the client: the peer, or what a trusted proxy says of it */
	bool secure; /* TLS here, or said so by a trusted proxy */
	bool local; /* came over the local socket: see peer_uid */
	uint32_t peer_uid;
	uint64_t start_ns; /* when its first byte came */
	struct http_res *res; /* the answer being made */
	struct http_conn *conn;
	uint64_t conn_id; /* the server's own: finds the connection again, or finds it gone */
	void *user; /* the handler's own */
};

/* NULL when absent; `name` in lower case. Of repeated headers the first; http_header_count tells of more. */
const char *http_header(const struct http_req *r, const char *name);
size_t http_header_count(const struct http_req *r, const char *name);
/* The token of Authorization: Bearer (RFC 6750 section 2.1); NULL when there is no such header, or it is of another scheme. Of two
 * headers, a proxy before us may have checked the other (RFC 9110 section 5.3): then it is "", which is nobody's token. */
const char *http_bearer(const struct http_req *r);
/* The same of a text that may be such a header's; NULL: it is not. */
const char *http_bearer_token(const char *value);

struct http_res {
	int status; /* 200 at first */
	struct http_headers headers;
	const char *body; /* in the request's arena or static; NULL: none */
	size_t body_n;
	const char *content_type; /* NULL: none */
	int file; /* >= 0: the body is this file (closed by the server), with ranges; -1 at first */
	bool no_gzip; /* secrets beside chosen text: never compressed (BREACH) */
	bool close; /* close the connection after it */
	int64_t not_before; /* time_monotonic() before which it is not sent, 0: at once */
};

/* Adds a header to the answer; name and value must live as long as the request (or be static) and hold no CR, LF, NUL
 * (aborts: ours to guarantee). */
void http_add(struct http_req *r, const char *name, const char *value);
void http_answer_text(struct http_req *r, int status, const char *content_type, const char *body);

/* A file without a name, for reading and writing, where uploads are spooled: for an answer too large for memory. -1 when
 * there can be none. From any thread. */
int http_spool_open(const struct http_req *r);

/* What a handler does with a request: answer now (r->res is filled), or later, from any thread, by http_finish(). */
enum http_when { HTTP_NOW, HTTP_LATER };

/* A handler takes the connection over for a WebSocket by http_upgrade() (http/socket.h). */

struct http_handler {
	/* On the loop's thread: must not block. */
	enum http_when (*on_request)(void *arg, struct http_req *r);
	/* Asked once the head is there, before the body is taken: the most bytes of body this request may bring, and whether
	 * the body is spooled: a multipart one's files, or the whole. NULL: limits of the server. */
	void (*on_head)(void *arg, struct http_req *r, int64_t *body_max, bool *files);
	/* Called on the loop's thread after the last byte of the answer was handed to the kernel, or the client was gone
	 * (sent == false). For the log line and the metrics. NULL: not wanted. */
	void (*on_done)(void *arg, struct http_req *r, int64_t bytes, bool sent);
	/* An error the server answers by itself (400, 408, 413, 414, 417, 431, 501, 503, 505): gives it a body in r->res, whose
	 * status is already right and stays. NULL: plain text. r has only what was understood so far; `path` may be "". */
	void (*on_refused)(void *arg, struct http_req *r, err_t e, const char *why);
	void *arg;
};

/* The answer is complete: hands the request back to its loop. From any thread; the caller must not touch r again. Safe
 * when the client is long gone. */
void http_finish(struct http_req *r);

struct http_server;

struct http_server_conf {
	struct http_handler handler;
	const char *const *listen; /* "127.0.0.1:8080", "[::]:443", ":0", "unix:/path" (0666) ; NULL-terminated */
	const char *control; /* path of a local socket for the command line (0600), NULL: none */
	bool inherit; /* take sockets from systemd (LISTEN_FDS), when there are any, instead of `listen` */
	int loops; /* 0: one a core */
	int64_t head_ms, body_ms, idle_ms, write_ms; /* total deadlines: head, body, keep-alive; a stalled write */
	int64_t head_max, body_max; /* bytes; 16 KiB and 1 MiB when 0 */
	int connections_max; /* in all; 0: from RLIMIT_NOFILE */
	int connections_per_address; /* a /32 or /64; 0: no cap */
	const char *trusted_proxies; /* "127.0.0.1, 10.0.0.0/8, unix": whose X-Forwarded-* count; "" none */
	const char *tls_cert, *tls_key; /* files; NULL: no TLS. "name=cert,key;name=cert,key" beside them for SNI */
	const char *tls_sni;
	const char *spool_dir; /* where uploads are spooled */
	int64_t stop_ms; /* longest time that a graceful stop may take; 10 s when 0 */
	void (*tick)(void *arg); /* on each loop about 5 times a second; NULL: none */
	void *tick_arg;
};

/* Binds and starts the loops' threads. On failure *why is a sentence. The arena and the texts in conf must live until the
 * server has stopped. */
err_t http_server_start(
	struct arena *a, const struct http_server_conf *conf, struct http_server **out, const char **why) CHECKED;
/* The address bound by listener i ("127.0.0.1:41234"), for port 0; NULL past the last. */
const char *http_server_address(const struct http_server *s, int i);
/* Reads certificate files again; ERR_INVALID and *why when they do not fit, and the old ones stay. */
err_t http_server_reload_tls(struct http_server *s, const char **why) CHECKED;
/* Stops accepting, lets what runs finish (at most stop_ms), closes, joins the threads, frees. */
void http_server_stop(struct http_server *s);

struct http_stats {
	int64_t connections, idle, accepted, refused, requests, bad_requests, timeouts, bytes_in, bytes_out;
};
void http_server_stats(struct http_server *s, struct http_stats *out);

#endif
