/* Where a Redis is: redis://user:password@host:port/db, rediss:// for TLS, unix:/path?db=0 (redis+unix:// too). What is left
 * out is 127.0.0.1, 6379, the default user without a password, database 0. */
#ifndef BUS_REDIS_URL_H
#define BUS_REDIS_URL_H

#include "base/arena.h"
#include <stdint.h>

struct redis_url {
	bool tls;
	const char *path; /* of a unix socket; NULL: host and port */
	const char *host, *port;
	const char *user, *password; /* NULL: none */
	int64_t db;
};

/* False when it is none; no sentence repeats it, for it may hold a password. */
bool redis_url_read(struct arena *a, const char *url, struct redis_url *out);

#endif
