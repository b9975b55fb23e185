/* Small readers of header values (RFC 9110 section 5.6): tokens, comma lists, parameters. They point into the text that
 * they read and copy nothing. */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "http/http.h"
#include <stdbool.h>
#include <stddef.h>

/* A piece of a header value: n bytes, no NUL behind them. */
struct span {
	const char *p;
	size_t n;
};

bool field_is_token_char(char c);
bool field_is_token(const char *s, size_t n); /* at least one character */
struct span field_trim(struct span s); /* without blanks and tabs at its ends */
bool span_is(struct span s, const char *text); /* ASCII case does not count */

/* The next piece of *rest up to `separator` (',' or ';'), trimmed; a separator inside a quoted string does not count.
 * False at the end. Pieces may be empty (RFC 9110 section 5.6.1 lets lists hold them). */
bool field_next(struct span *rest, char separator, struct span *out);
static inline struct span span_of(const char *s)
{
	return (struct span){ s, s ? strlen(s) : 0 };
}

/* True when the comma list holds the token, in any case: "keep-alive, Upgrade" holds "upgrade". NULL holds nothing. */
bool field_has_token(const char *list, const char *token);

/* Splits a parameter "name=value" or "name=\"quoted\""; a value without quotes must be a token, and nothing may follow.
 * The value of a quoted one is unescaped into the arena. False when it is neither. */
bool field_param(struct arena *a, struct span s, struct span *name, const char **value);

/* A weight "0.5" of Accept and its kin in thousandths, -1 when malformed (RFC 9110 section 12.4.2). */
int field_weight(struct span s);

/* All values of a repeated header, joined with ", " in the order in which they came; NULL when it is absent. `name` in
 * lower case. Without a repetition nothing is copied. */
const char *field_join(struct arena *a, const struct http_headers *h, const char *name);

#endif
