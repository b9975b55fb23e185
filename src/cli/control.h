/* A blocking HTTP client for the control socket of the server that runs on a data folder. */
#ifndef CLI_CONTROL_H
#define CLI_CONTROL_H

#include "base/arena.h"
#include "base/err.h"

struct control_answer {
	int status;
	const char *body; /* NUL behind it */
	size_t n;
};

/* POST /control/op/NAME with a JSON body. ERR_NOT_HERE: no server runs there and nothing was sent. ERR_DENIED: the socket
 * belongs to another user. ERR_UNAVAILABLE: the connection broke or the answer made no sense; the operation may or may not
 * have run. */
err_t control_call(struct arena *a, const char *data, const char *op, const char *json, size_t n,
	struct control_answer *out) CHECKED;

#endif
