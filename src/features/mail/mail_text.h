/* Texts as mail carries them: values that nobody can hide a header or a link in, subjects, bodies, dates. */
#ifndef FEATURES_MAIL_TEXT_H
#define FEATURES_MAIL_TEXT_H

#include "base/buf.h"

/* A value on one line: control characters, line breaks and marks that turn the direction of writing become blanks; at most
 * `most` characters. */
const char *mail_text_line(struct arena *a, const char *s, size_t most);
/* True for a text that mail programs would turn into a link, or that looks like an address: "win.example", "a@b". */
bool mail_text_looks_like_link(const char *s);

/* A domain as the DNS has it ("bücher.example" becomes "xn--bcher-kva.example"); NULL when it is none. */
const char *mail_text_domain(struct arena *a, const char *domain);
/* The address with such a domain, and that domain; NULL when it is no address. */
const char *mail_text_address(struct arena *a, const char *address, const char **domain);

/* Adds "Name: value" and CRLF. The value is UTF-8 on one line; what is not ASCII becomes encoded words (RFC 2047), and
 * long lines are folded (RFC 5322 section 2.1.1). */
void mail_text_header(struct buf *b, const char *name, const char *value);
/* "Name <address>", or the address alone when there is no name. */
void mail_text_mailbox(struct buf *b, const char *header, const char *name, const char *address);
/* Adds a text in quoted-printable (RFC 2045 section 6.7); line breaks of either kind become CRLF. */
void mail_text_quoted(struct buf *b, const char *s);
/* "Sat, 21 Nov 2026 10:11:35 +0000" (RFC 5322 section 3.3). */
const char *mail_text_date(struct arena *a, int64_t ms);

#endif
