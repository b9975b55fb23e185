/* One Socket.IO connection to a server on this host, over WebSocket alone, as far as a client that measures needs it: it opens,
 * shows its token, answers pings, and tells which frames came. As little work as can be, so that what is measured is the
 * server. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum talk_step { TALK_OPENS, TALK_SHAKES, TALK_ASKS, TALK_JOINED, TALK_ENDED };

struct talk {
	int fd; /* -1: not connected */
	enum talk_step step;
	unsigned index; /* its number among all */
	uint64_t told; /* messages that came and were counted */
	const char *token; /* not its own */
	struct buf in; /* a frame that is not whole yet */
};

/* What the program does when something comes. `text` does not end with NUL, and is there during the call alone. */
struct talk_handler {
	void (*joined)(struct talk *t);
	void (*told)(struct talk *t, const char *text, size_t n); /* an event */
	void (*ended)(struct talk *t); /* the server has closed too, and the descriptor is gone */
};

/* Connects from 127.0.0.2 to .251 by its index (ports of one address run short), and joins the epoll set. A server that is
 * not there, refuses, or breaks the protocol ends the program with status 1. */
void talk_open(struct talk *t, int epoll, uint16_t port);
void talk_read(struct talk *t, const struct talk_handler *h);
/* Adds a text frame to b; what is in it goes out in one piece. */
void talk_frame(struct buf *b, const char *text, size_t n);
void talk_send(struct talk *t, const char *p, size_t n);
/* Asks for the end; it comes by talk_read(). */
void talk_close(struct talk *t);

_Noreturn void talk_stop(const char *what, const char *text, size_t n);

#endif
