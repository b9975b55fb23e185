/* Giving letters to an SMTP server (RFC 5321): several at once by one thread, each over a connection of its own. TLS is
 * checked against the server's name; where it is asked for there is no way back to plain text. */
#ifndef HTTP_SMTP_H
#define HTTP_SMTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

struct smtp_conf {
	const char *url; /* smtp://host:port or smtps://host:port */
	const char *user, *password; /* empty: no log-in */
	const char *ca_file; /* empty: the system's */
	bool starttls; /* smtp:// must go over to TLS before anything is said */
	int64_t connect_ms, total_ms; /* for the connection to be ready; for one letter */
	int at_once; /* connections */
};

enum smtp_verdict {
	SMTP_TAKEN, /* the server has it now */
	SMTP_REFUSED, /* it will never take this letter */
	SMTP_LATER, /* not now; the server as such is well */
	SMTP_DOWN, /* the server cannot be reached, or does not let us in: no fault of the letter */
};
struct smtp_outcome {
	enum smtp_verdict verdict;
	bool answered; /* the failure is an answer of the server, not silence */
	const char *reason; /* printable; borrowed; "" for a letter that was taken */
};

/* One letter on its way; the caller's, who keeps it until done() was called. */
struct smtp_letter {
	const char *from, *to; /* addresses without blanks and brackets */
	const char *bytes; /* the message with CRLF line ends */
	size_t n;
	struct buf *conversation; /* what was said, a line each; may be NULL */
	bool probe; /* no letter at all: is the server there, does it let us in? */
	void (*done)(struct smtp_letter *letter, const struct smtp_outcome *outcome);
};

struct smtp;
/* NULL and *why when libcurl is not there. The texts of conf are copied. For one thread. */
struct smtp *smtp_new(const struct smtp_conf *conf, const char **why);
void smtp_submit(struct smtp *s, struct smtp_letter *letter);
/* Works until something was done, at most so long; done() is called in here. */
void smtp_work(struct smtp *s, int64_t ms);
size_t smtp_busy(const struct smtp *s); /* letters on their way */
/* From any thread: what is on its way ends now, as if the connections had broken; nothing waits for the server. */
void smtp_cut(struct smtp *s);
/* Cuts what is on its way: done() is called with SMTP_DOWN. NULL is allowed. */
void smtp_free(struct smtp *s);

/* One letter to its end. */
void smtp_send(const struct smtp_conf *conf, struct smtp_letter *letter);

#endif
