/* What the client would like: encodings, media types, and conditions on the version of what it asks for
 * (RFC 9110 sections 12 and 13). */
#ifndef HTTP_NEGOTIATE_H
#define HTTP_NEGOTIATE_H

#include "http/http.h"
#include <stdbool.h>
#include <stdint.h>

enum coding {
	CODING_PLAIN,
	CODING_GZIP,
	CODING_NEITHER, /* the client refuses both: answer plain all the same, or 406 */
};
/* Which encoding an Accept-Encoding value asks for; gzip when both are liked alike. NULL: plain. An answer that depends
 * on this carries `Vary: Accept-Encoding`. */
enum coding negotiate_coding(const char *accept_encoding);

/* How much the client likes a media type, in thousandths: 0 is "not at all", 1000 when there is no Accept header or it
 * says nothing against it. The most specific matching range counts; parameters other than q are not compared. */
int negotiate_weight(const char *accept, const char *type);
/* True when the client likes `type` strictly more than `other`: a browser with text/html over application/json, and not
 * curl with its star. */
bool negotiate_prefers(const char *accept, const char *type, const char *other);

/* Compares entity tags with their quotes: W/"x" is weak. Strong: both strong and the same. Weak: the same text. */
bool etag_same(const char *a, const char *b, bool strong);
/* True when the list of If-Match or If-None-Match names the etag, or is "*". A malformed list names what stands before
 * the fault. */
bool etag_listed(const char *list, const char *etag, bool strong);

struct conditions { /* header values, NULL when absent; of repeated ones field_join() */
	const char *if_match, *if_none_match, *if_modified_since, *if_unmodified_since;
};
struct validators {
	bool exists; /* there is such a resource now */
	const char *etag; /* with quotes; NULL: none */
	int64_t modified_ms; /* 0: not known */
};
enum precondition {
	PRECONDITION_PROCEED,
	PRECONDITION_NOT_MODIFIED, /* 304, with ETag and the like as a 200 would have them */
	PRECONDITION_FAILED, /* 412 */
};
/* Evaluates the conditions in the order of RFC 9110 section 13.2.2. A date that cannot be read counts as absent. */
enum precondition precondition_check(
	enum http_method method, const struct conditions *asked, const struct validators *now);

#endif
