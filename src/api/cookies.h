/* Cookies of the HTTP door: for browsers, whose scripts should not see the tokens. What comes by cookie is read here, what a
 * service put into cx->cookies is written here; which cookies there are, the features say.
 *
 * Over https the names begin with "__Host-": browsers then let no neighbouring host set them (RFC 6265bis section 4.1.3.2). */
#ifndef API_COOKIES_H
#define API_COOKIES_H

#include "api/op.h"
#include "base/json.h"
#include "http/cookie.h"
#include "http/http.h"

struct door_cookies {
	const char *prefix;
	bool secure;
	struct cookies all;
};

/* `https`: the public URL is one, whatever the last part of the way is. */
void cookies_read(const struct http_req *r, bool https, struct door_cookies *out);
/* The value of a cookie by its plain name ("access"); NULL when there is none. */
const char *cookies_get(struct arena *a, const struct door_cookies *c, const char *name);
/* "X-Auth-Mode: cookie" at an operation that gives tokens: they are wanted as cookies. A form of another site cannot send
 * that header, so nobody is logged in as somebody else by it. */
bool cookies_wanted(const struct http_req *r, const struct op *op);
/* Fields that a cookie stands for, where the body did not say them. Returns whether there was one. */
bool cookies_bind(struct arena *a, const struct door_cookies *c, struct input *in);
/* Set-Cookie for each in cx->cookies. */
void cookies_write(const struct cx *cx, const struct door_cookies *c, struct http_req *r);

#endif
