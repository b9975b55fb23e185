/* Files built into the program: Swagger UI at /swagger/, ReDoc at /redoc/ and GraphiQL at /graphiql/, from the npm packages that web/package.json
 * names. Made by tools/embed_assets; a build with WEB=no has none. */
#ifndef API_ASSETS_H
#define API_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct http_req;

struct asset {
	const char *path; /* on the server: "/swagger/" */
	const char *content_type;
	const char *etag; /* of the plain bytes, quotes included; a compressed answer needs one of its own */
	const unsigned char *plain,
		*gz; /* as is (NULL: a large one, which is kept compressed alone), and as a gzip file */
	size_t n, gz_n;
};

/* What the pages may do (Content-Security-Policy): scripts and connections of this server alone; ReDoc searches in a
 * worker that it makes of a blob, and both write their styles into the page. */
#define ASSET_CSP \
	"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; " \
	"img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; " \
	"frame-ancestors 'none'"

/* NULL when there is no such file. */
const struct asset *asset_find(const char *path);

/* Answers a GET or HEAD of one of these files, compressed for who takes that; false, and nothing is done, for any other
 * request. */
bool asset_answer(struct http_req *r);

/* All of them; ends with .path == NULL. */
extern const struct asset assets_builtin[];

#endif
