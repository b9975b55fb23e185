/* Query strings and application/x-www-form-urlencoded bodies (WHATWG URL standard, section 5.1), and percent escapes of
 * paths. Stricter than a browser: a bad escape, a NUL or bytes that are not UTF-8 are refused, never guessed at. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include <stddef.h>

struct form_pair {
	const char *name, *value; /* decoded, UTF-8, never NULL; the value is "" when there was no '=' */
};
struct form {
	struct form_pair *items; /* in the order of the text; repeated names are all here */
	size_t n;
};

enum { FORM_PAIRS = 100 }; /* a sensible `pairs_max` */

/* Reads n bytes of "a=1&b=2" (no '?' in front). Empty pieces ("&&") are skipped. ERR_MALFORMED with *why a sentence that
 * names the place, ERR_TOO_LARGE when there are more than pairs_max pairs. */
err_t form_parse(
	struct arena *a, const char *s, size_t n, size_t pairs_max, struct form *out, const char **why) CHECKED;

/* The first value of that name, NULL when there is none; form_count tells of repetitions, which the caller judges. */
const char *form_get(const struct form *f, const char *name);
size_t form_count(const struct form *f, const char *name);

/* Decodes the percent escapes of one path segment or parameter ('+' stays a plus). ERR_MALFORMED and *why for a bad
 * escape, a NUL or bytes that are not UTF-8. */
err_t percent_decode(struct arena *a, const char *s, size_t n, const char **out, const char **why) CHECKED;

/* Decodes the path of a request: begins with '/', and after decoding it has no "." or ".." segment, no backslash and no
 * control character. "%2F" is refused: decoded it would move a segment's border, and two readers of the path would
 * disagree about which resource it names. */
err_t path_decode(struct arena *a, const char *s, size_t n, const char **out, const char **why) CHECKED;

/* Encodes a text for use in a query or a path segment: all but letters, digits and -._~ become escapes. */
char *percent_encode(struct arena *a, const char *s);

#endif
