/* One keep-alive HTTP/1.1 connection to a server on this host, for the load client: one request at a time, as little work
 * as can be, so that what is measured is the server. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct client {
	int fd; /* -1: not connected */
	int epoll;
	unsigned index; /* its number among all connections */
	struct buf out, in;
	size_t sent;
	uint64_t began; /* when the request was due, ns */
	uint64_t paused_until; /* told to come back later; 0: not paused */
	bool busy, wants_write;
	/* what the mode remembers about the request under way */
	size_t user; /* index of the user it is made for */
	unsigned step;
	uint64_t random, serial;
	const char *key; /* Idempotency-Key of its requests; NULL: none */
};

struct answer {
	int status;
	const char *head, *body; /* neither ends with NUL */
	size_t head_n, body_n;
};

enum client_state { CLIENT_WAITS, CLIENT_ANSWERED, CLIENT_BROKEN };

/* Connects to 127.0.0.1 and joins the epoll set; false when refused. */
bool client_open(struct client *c, int epoll, uint16_t port);
void client_close(struct client *c);
/* Sends what c->out holds, as far as the socket takes it; to be called again when it is writable. */
enum client_state client_send(struct client *c);
/* Reads; when the whole answer is there it is in *a, until client_done(). A body needs Content-Length. */
enum client_state client_receive(struct client *c, struct answer *a);
void client_done(struct client *c);

/* --- requests and answers --------------------------------------------------------------------------------------- */

/* Makes a request in c->out. `token` and `json` may be NULL. */
void client_request(struct client *c, const char *method, const char *path, const char *token, const char *json);
/* A copy on the heap of the text that follows "name":" in the body; NULL when it is not there. */
char *answer_text(const struct answer *a, const char *name);
bool answer_holds(const struct answer *a, const char *text);
/* Seconds of Retry-After, or `otherwise`. */
uint64_t answer_retry_after(const struct answer *a, uint64_t otherwise);

#endif
