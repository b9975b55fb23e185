/* What was said between us and an SMTP server: how far a letter came, what the last answer was, and the whole conversation
 * when somebody wants to read it, without the secrets of the log-in. Every byte of it is the server's: it may be anything. */
#ifndef HTTP_SMTP_TALK_H
#define HTTP_SMTP_TALK_H

#include "base/buf.h"

enum smtp_stage {
	SMTP_HELLO, /* connecting, TLS, log-in */
	SMTP_FROM, /* MAIL FROM was sent */
	SMTP_TO, /* RCPT TO was sent */
	SMTP_BODY, /* DATA was sent */
};

struct smtp_talk {
	enum smtp_stage stage;
	int code; /* of the answer to the last command, 0: none yet */
	char reply[256]; /* its last line, printable ASCII */
	bool in_login; /* what is sent next is a secret */
	bool over; /* QUIT was sent: what is said from then on changes nothing */
	struct buf *text; /* where the conversation is written, a line each; NULL: nowhere */
};

/* Bytes that we sent, that came, and what libcurl says of the connection; pieces as they come. */
void smtp_talk_sent(struct smtp_talk *t, const char *p, size_t n);
void smtp_talk_got(struct smtp_talk *t, const char *p, size_t n);
void smtp_talk_note(struct smtp_talk *t, const char *p, size_t n);
void smtp_talk_body(struct smtp_talk *t, size_t n); /* n bytes of the letter were sent */

/* The text as printable ASCII on one line, cut at `room` - 1 bytes. */
void smtp_talk_clean(char *out, size_t room, const char *p, size_t n);

#endif
