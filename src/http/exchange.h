/* Private to the server: one request and its answer. It lives in its own arena and belongs to the loop, but for the time
 * between on_request() and http_finish(), when it is the handler's. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/buf.h"
#include "http/chunk.h"
#include "http/head.h"
#include "http/http.h"
#include "http/upload.h"
#include "net/loop.h"

enum exchange_state {
	EXCHANGE_READING, /* its body is coming */
	EXCHANGE_RUNNING, /* with the handler */
	EXCHANGE_HELD, /* answered, but not to be sent yet (not_before) */
	EXCHANGE_READY, /* answered */
	EXCHANGE_SENDING, /* its bytes wait for the socket */
};

struct exchange {
	struct http_req req; /* first: http_finish() comes back with it */
	struct http_res res;
	struct post post;
	struct shard *shard;
	struct exchange *next; /* in the connection's queue */
	struct exchange *later; /* in the shard's list of those held */
	enum exchange_state state;
	struct head head;
	struct parse *parse;
	const char **raw_names;
	char *lowered; /* where the next name in lower case comes to stand */
	struct chunk chunk;
	int64_t body_max;
	struct buf body;
	struct upload *upload; /* NULL: the body is kept in memory */
	bool keep_alive; /* what the client wants, and the server while it does not stop */
	bool upgrade; /* asks for another protocol */
	bool prepared;
	struct socket_offer *socket; /* the answer is a 101 */
	int64_t bytes; /* of the answer */
	int64_t file_at, file_left; /* what of res.file is to be sent */
	uv_fs_t file_read;
};

struct exchange *exchange_new(struct http_conn *c);
void exchange_free(struct exchange *e); /* NULL is allowed */

/* Reads a whole head of n bytes; the request's texts come to stand in the arena. False when it is refused: e->head says
 * why. */
bool exchange_head(struct exchange *e, const char *p, size_t n);
/* Reads body bytes. After an error nothing more of the connection can be understood. */
err_t exchange_body(struct exchange *e, const char *p, size_t n, size_t *used) CHECKED;
bool exchange_complete(const struct exchange *e);
/* The body is complete: puts it, or its files, into the request. */
err_t exchange_close_body(struct exchange *e) CHECKED;

/* What the answer needs before its bytes can be written: compression, the file's size and range. On any thread. */
void answer_prepare(struct exchange *e);
/* Appends the status line and headers. *body_n is how many bytes of res.body follow. */
void answer_head(struct exchange *e, struct buf *out, const char *date, bool stay, size_t *body_n);

#endif
