/* The load client: many connections to one server on this host, in one or two threads, closed loop (each connection asks
 * again as soon as it is answered) or paced. What is asked is a `struct mode`; the loop in drive.c knows none of them. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "client.h"
#include "hist.h"
#include "users.h"

#include <stdatomic.h>

struct load;

/* What became of a request. */
enum verdict {
	GOOD_READ,
	GOOD_WRITE,
	REFUSED, /* 503, where the mode expects that a full queue says so */
	WRONG_STATUS,
	WRONG_CONTENT, /* a read that does not show what was written before */
	BROKEN, /* hung up, or no answer that could be read */
	VERDICTS
};

struct worker {
	struct load *load;
	int epoll;
	struct client *clients;
	unsigned n;
	struct hist reads, writes;
	uint64_t verdict[VERDICTS];
	int odd_status; /* the last status that was not expected */
	uint64_t due; /* paced: when the next request is to start, ns */
	uint64_t last_answer;
};

struct mode {
	const char *name, *doc;
	/* Makes request number `ticket` in c->out. */
	void (*ask)(struct worker *w, struct client *c, uint64_t ticket);
	enum verdict (*judge)(struct worker *w, struct client *c, const struct answer *a);
	enum {
		GOES_ON, /* until the time or --count is reached */
		FINITE, /* as many requests as there are users or tokens */
		HOLDS, /* a request a connection; then they stay open until standard input ends */
	} extent;
};
const struct mode *mode_find(const char *name); /* NULL: unknown */
extern const struct mode modes[]; /* ends with .name == NULL */

struct load {
	const struct mode *mode;
	uint16_t port;
	unsigned connections, threads;
	double seconds, rate; /* rate 0: closed loop */
	uint64_t count; /* most requests, 0: no bound */
	size_t skip; /* tokens or users of the file that were used before */
	bool check; /* look for what was written */
	bool no_password; /* `create` makes accounts that nobody can log in to */
	const char *token; /* one for all requests, or NULL */
	struct users users;
	struct lines tokens, paths;
	const char *save, *save_tokens; /* files to write, or NULL */
	atomic_uint_fast64_t ticket;
	uint64_t began, until;
};

/* Runs one worker until the time or the count is reached; for pthread_create(). */
void *drive(void *worker);
uint64_t nanos(void);

#endif
