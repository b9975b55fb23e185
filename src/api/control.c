#include "api/control.h"
#include "api/answer.h"
#include "base/json.h"
#include "base/str.h"

#include <string.h>
#include <unistd.h>

static const struct endpoint canonical = { .route = "POST /control/op/{name}" };

static err_t bind(struct call *c)
{
	struct http_req *r = c->door;
	struct input in;
	input_begin(&in, &c->cx, c->op->call->in, c->in, false);
	if (r->body_n)
		TRY(input_json(&in, r->body, r->body_n));
	return input_end(&in);
}

/* Every operation answers the command line in the envelope, also those that speak a standard's own form elsewhere. */
static void fill(struct call *c)
{
	answer_call(c, c->door, &canonical);
}

static void answer(struct call *c)
{
	struct http_req *r = c->door;
	fill(c);
	http_finish(r);
}

enum http_when control_request(struct http_req *r)
{
	static const char prefix[] = "/control/op/";
	if (r->peer_uid != 0 && r->peer_uid != geteuid()) {
		answer_error(r, ERR_DENIED, "Only the user that runs the server may use this socket.", NULL);
		return HTTP_NOW;
	}
	const struct op *op = str_starts(r->path, prefix) ? op_find(r->path + strlen(prefix), NULL) : NULL;
	if (!op || op->raw || op->answer_file) {
		answer_error(r, ERR_NOT_FOUND, "The running server knows no such operation; is it of another version?",
			NULL);
		return HTTP_NOW;
	}
	struct call *c = call_new(r->mem, op);
	c->creds.local = true;
	c->cx.from.ip = c->cx.from.ip_block = "local";
	c->bind = bind;
	c->answer = answer;
	c->door = r;
	if (!call_start(c))
		return HTTP_LATER;
	fill(c);
	return HTTP_NOW;
}
