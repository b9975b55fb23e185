/* Cookies (RFC 6265): reads the Cookie header, writes Set-Cookie. */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cookie_pair {
	const char *name, *value; /* the value as received: quotes, when there are any, belong to it */
};
struct cookies {
	struct cookie_pair *items;
	size_t n;
};

enum { COOKIES_MAX = 100 }; /* pairs past this number are left out */

/* Reads a Cookie header; pieces that are no cookie (no '=', a name that is no token, a control character, not UTF-8) are
 * skipped, since other programs on the same host set cookies too. NULL reads as none. */
void cookie_parse(struct arena *a, const char *header, struct cookies *out);

/* The value of that name, NULL when there is none. Of several THE FIRST counts: browsers send the one with the longest
 * path first. A neighbouring host can plant such a cookie, so whatever matters (sessions, CSRF) is named "__Host-...",
 * which browsers let only this very host set, for the path "/" alone. */
const char *cookie_get(const struct cookies *c, const char *name);

enum cookie_same_site { COOKIE_LAX, COOKIE_STRICT, COOKIE_NONE };

/* All zero but the name and value: until the browser closes, Path=/, HttpOnly, SameSite=Lax, not Secure. */
struct cookie {
	const char *name, *value; /* value: visible ASCII without blank , ; " \ */
	const char *path; /* NULL: "/" */
	const char *domain; /* NULL: this host alone (wanted nearly always) */
	int64_t max_age; /* seconds; 0: until the browser closes */
	bool remove; /* makes the browser forget it at once */
	bool secure;
	bool for_scripts; /* without HttpOnly: a CSRF token that the page must read */
	enum cookie_same_site same_site; /* COOKIE_NONE needs `secure` */
};

/* The value of a Set-Cookie header. ERR_INVALID when a part holds a character that could break out of it, when a name
 * with "__Host-" is not secure, has a domain or another path than "/", when "__Secure-" is not secure, or when it is
 * longer than the 4096 bytes that browsers keep. */
err_t cookie_format(struct arena *a, const struct cookie *c, const char **out) CHECKED;

#endif
