/* The strict scanner in front of http-parser. It looks at a whole request head and says yes or no: what http-parser or a
 * proxy before us might read in another way (bare LF, folded lines, a blank before a colon, two lengths) is refused, so
 * that no request can be smuggled inside another (RFC 9112 sections 2.2, 5, 6.3 and 11.2). */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAD_FIELDS_MAX = 100, HEAD_TARGET_MAX = 8 * 1024 };

enum target_form {
	TARGET_ORIGIN, /* "/path?query" */
	TARGET_ABSOLUTE, /* "http://host/path" */
	TARGET_ASTERISK, /* "*", with OPTIONS alone */
};

struct head {
	const char *method, *target; /* into the scanned bytes, without NUL */
	size_t method_n, target_n;
	enum target_form form;
	int minor; /* HTTP/1.minor */
	size_t fields;
	int64_t length; /* Content-Length, -1: none */
	bool chunked;
	bool expect_continue;
	bool host, coded; /* a Host, a Transfer-Encoding was there */
	/* why it was refused */
	int status; /* 400, 414, 417, 431, 501, 505 */
	err_t error;
	const char *why; /* a sentence */
};

enum head_found { HEAD_PART, HEAD_WHOLE, HEAD_BROKEN };

/* Looks for the end of a head: the first empty line. *from remembers between calls how far it has looked (0 at first),
 * so that a head that drips in is not read again and again. HEAD_WHOLE: *n is its length with the empty line.
 * HEAD_BROKEN: a line that does not end with CRLF, or a first byte that cannot begin a method. */
enum head_found head_find(const char *p, size_t have, size_t *from, size_t *n);

/* Checks a whole head of n bytes. False: h->status, h->error and h->why say why; the rest holds what was understood. */
bool head_check(const char *p, size_t n, struct head *h);

#endif
