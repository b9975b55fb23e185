/* The HTTP door: finds the operation of a request, binds path, query and body to its input by the type table, starts the
 * call and encodes its outcome. It knows no feature. */
#ifndef API_REST_H
#define API_REST_H

#include "http/http.h"

struct rest_conf {
	const char *cors_origins; /* exact origins, with commas; "" none */
	bool https; /* as the public URL has it */
	int64_t body_max;
	int64_t file_max; /* of a body with a file, for operations that take one */
};

/* Builds routes; call once, before the server starts. The handler's functions take &rest_conf as arg. */
void rest_init(const struct rest_conf *conf);
struct http_handler rest_handler(void);

#endif
