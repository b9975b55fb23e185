/* What a letter says, made from its template; and the message that is sent (RFC 5322, MIME). */
#ifndef FEATURES_MAIL_LETTER_H
#define FEATURES_MAIL_LETTER_H

#include "base/buf.h"
#include "features/mail/mail.h"

struct mail_body {
	const char *text, *html; /* html: NULL when there is none in the language */
};
extern const struct type mail_body_type;

/* Fills the template: language, subject and body. `values` are the caller's; what is not given gets its default. */
err_t mail_letter_render(struct cx *cx, const struct mail_letter *letter, const char **language, const char **subject,
	struct mail_body *body) CHECKED;

struct mail_sender {
	const char *from, *from_name; /* an address that mail_text_address() made */
};
/* The whole message with CRLF line ends. Its Message-ID is made of the letter's id: the same however often it is sent. */
void mail_letter_write(
	struct buf *b, const struct mail_sender *sender, const struct mail *mail, const struct mail_body *body);

#endif
