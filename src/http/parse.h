/* http-parser for one request. It gets only what the scanners have passed, and must come to the same result: two readers
 * that disagree about where a request ends are what smuggling lives on, so a disagreement is refused. (Its header names
 * clash with http.h: this is the only file that sees it.) */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "http/head.h"

/* What is found; the bytes are those that were fed. */
struct parse_sink {
	void (*field)(void *arg, char *name, size_t name_n, char *value, size_t value_n);
	err_t (*body)(void *arg, const char *p, size_t n);
	void *arg;
};

struct parse;
struct parse *parse_new(struct arena *mem, const struct parse_sink *sink);

/* Reads a head that head_check() has passed. ERR_MALFORMED when http-parser reads it in another way, ERR_NOT_SUPPORTED
 * when it does not know the method. */
err_t parse_head(struct parse *s, char *p, size_t n, const struct head *checked) CHECKED;
bool parse_keep_alive(const struct parse *s); /* RFC 9112 section 9.3 */
bool parse_upgrade(const struct parse *s); /* Connection: upgrade and an Upgrade header */
bool parse_done(const struct parse *s); /* the request is complete */

/* Reads body bytes, chunked or counted; *used is less than n only when the request ends with them. Also the sink's error. */
err_t parse_body(struct parse *s, const char *p, size_t n, size_t *used) CHECKED;

#endif
