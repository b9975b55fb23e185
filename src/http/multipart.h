/* multipart/form-data (RFC 7578), read as its bytes come, in pieces of any size. Text fields are collected in the arena
 * up to a limit; the bytes of files are handed out at once, so that memory does not grow with an upload. Strict: CRLF
 * only, no text before the first or behind the last boundary, every part named, the closing boundary present. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/form.h"
#include <stdint.h>

struct multipart_limits { /* 0 in any of them: the number behind it */
	size_t parts; /* 32: fields and files together */
	size_t headers; /* 4096: bytes of one part's headers */
	size_t field; /* 64 KiB: bytes of one text field */
	size_t fields; /* 256 KiB: bytes of all text fields together */
};

struct multipart_file {
	const char *field; /* name of the form's field */
	const char *filename; /* the last component of what the client said; "" when it said nothing usable */
	const char *content_type; /* as said; "application/octet-stream" when not */
};

/* What happens to a file; an error ends the reading and is what multipart_feed() returns. All three are needed. */
struct multipart_sink {
	err_t (*begin)(void *arg, const struct multipart_file *file);
	err_t (*data)(void *arg, const char *p, size_t n); /* n > 0; the bytes are only lent */
	err_t (*end)(void *arg);
	void *arg;
};

/* Takes the boundary out of a Content-Type value. ERR_MEDIA_TYPE when it is not multipart/form-data, ERR_MALFORMED when
 * the boundary is missing, repeated or not valid (RFC 2046 section 5.1.1: 1 to 70 of a small set of characters). */
err_t multipart_boundary(struct arena *a, const char *content_type, const char **out) CHECKED;

struct multipart;

/* A reader in the arena; everything it collects lives there too. `sink` may be NULL: then a file is refused with
 * ERR_MEDIA_TYPE. Both structs are copied. */
struct multipart *multipart_new(struct arena *a, const char *boundary, const struct multipart_limits *limits,
	const struct multipart_sink *sink);

/* Reads the next n bytes. ERR_MALFORMED, ERR_TOO_LARGE (a limit), or the sink's error; after an error every further call
 * returns the same one. */
err_t multipart_feed(struct multipart *m, const char *p, size_t n) CHECKED;

/* The body has ended: ERR_MALFORMED when its closing boundary did not come. *fields are the text fields in order. When
 * a file was begun and the body broke off, its `end` is never called. */
err_t multipart_finish(struct multipart *m, struct form *fields) CHECKED;

/* A sentence about the error; "" when there was none. */
const char *multipart_why(const struct multipart *m);

#endif
