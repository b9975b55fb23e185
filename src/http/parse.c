#include "http/parse.h"

#include <http_parser.h>
#include <stdint.h>

struct parse {
	http_parser parser;
	struct parse_sink sink;
	char *name; /* the field whose value comes next */
	size_t name_n;
	err_t error; /* the sink's */
	bool keep_alive, upgrade, head_done, done;
	uint64_t length;
};

static int on_field(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;
	s->name = (char *)(uintptr_t)at; /* the caller's own bytes, which it may change */
	s->name_n = n;
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;
	if (s->head_done)
		return 0; /* trailers are dropped (RFC 9110 section 6.5.1: merging them is the way to smuggle fields) */
	s->sink.field(s->sink.arg, s->name, s->name_n, (char *)(uintptr_t)at, n);
	return 0;
}

static int on_head(http_parser *p)
{
	struct parse *s = p->data;
	s->head_done = true;
	s->keep_alive = http_should_keep_alive(p);
	s->length = p->content_length;
	s->upgrade = p->upgrade;
	p->upgrade = 0; /* whether it is one is decided later: its body, if any, is read as any other */
	return 0;
}

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct parse *s = p->data;
	s->error = s->sink.body(s->sink.arg, at, n);
	return s->error != ERR_OK;
}

static int on_complete(http_parser *p)
{
	struct parse *s = p->data;
	s->done = true;
	http_parser_pause(p, 1); /* the next request has a parser of its own */
	return 0;
}

static const http_parser_settings settings = {
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_head,
	.on_body = on_body,
	.on_message_complete = on_complete,
};

struct parse *parse_new(struct arena *mem, const struct parse_sink *sink)
{
	struct parse *s = arena_new_of(mem, struct parse);
	http_parser_init(&s->parser, HTTP_REQUEST);
	s->parser.data = s;
	s->sink = *sink;
	return s;
}

static err_t execute(struct parse *s, const char *p, size_t n, size_t *used)
{
	*used = http_parser_execute(&s->parser, &settings, p, n);
	if (s->error)
		return s->error;
	enum http_errno e = HTTP_PARSER_ERRNO(&s->parser);
	if (e == HPE_INVALID_METHOD)
		return ERR_NOT_SUPPORTED;
	return e == HPE_OK || (e == HPE_PAUSED && s->done) ? ERR_OK : ERR_MALFORMED;
}

err_t parse_head(struct parse *s, char *p, size_t n, const struct head *checked)
{
	size_t used;
	TRY(execute(s, p, n, &used));
	bool body = checked->chunked || checked->length > 0;
	bool agree = used == n && s->head_done && s->done == !body && s->parser.http_major == 1 &&
	             s->parser.http_minor == checked->minor &&
	             ((s->parser.flags & F_CHUNKED) != 0) == checked->chunked &&
	             s->length == (checked->length < 0 ? UINT64_MAX : (uint64_t)checked->length);
	return agree ? ERR_OK : ERR_MALFORMED;
}

bool parse_keep_alive(const struct parse *s)
{
	return s->keep_alive;
}

bool parse_upgrade(const struct parse *s)
{
	return s->upgrade;
}

bool parse_done(const struct parse *s)
{
	return s->done;
}

err_t parse_body(struct parse *s, const char *p, size_t n, size_t *used)
{
	return execute(s, p, n, used);
}
