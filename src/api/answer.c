#include "api/answer.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "http/negotiate.h"

#include <fcntl.h>
#include <string.h>

/* --- headers ------------------------------------------------------------------------------------------------------ */

/* What the answer says of itself, a file's above all, stands; else it is an answer for programs and may do nothing. */
static bool has_policy(const struct http_req *r)
{
	for (size_t i = 0; i < r->res->headers.n; i++)
		if (strcmp(r->res->headers.items[i].name, "Content-Security-Policy") == 0)
			return true;
	return false;
}

void answer_common(struct http_req *r, const char *correlation_id)
{
	http_add(r, "X-Content-Type-Options", "nosniff");
	http_add(r, "X-Frame-Options", "DENY");
	http_add(r, "Referrer-Policy", "no-referrer");
	if (!has_policy(r))
		http_add(r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (r->secure)
		http_add(r, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
	if (correlation_id && *correlation_id)
		http_add(r, "X-Correlation-ID", correlation_id);
}

static void add_number(struct http_req *r, const char *name, int64_t n)
{
	enum { DIGITS = 24 };
	struct buf b = { .p = arena_alloc(r->mem, DIGITS), .cap = DIGITS, .mem = r->mem };
	buf_int(&b, n);
	http_add(r, name, buf_cstr(&b));
}

/* draft-ietf-httpapi-ratelimit-headers, in the form that clients know: three headers, seconds. */
static void limit_headers(struct http_req *r, const struct cx *cx, const struct endpoint *endpoint)
{
	const struct view *view = endpoint->view;
	if (!cx->rate.limit)
		return;
	add_number(r, "RateLimit-Limit", cx->rate.limit);
	add_number(r, "RateLimit-Remaining", cx->rate.remaining);
	add_number(r, "RateLimit-Reset", cx->rate.reset);
	const char *theirs = view ? view->row->shape->limits : NULL;
	if (!theirs)
		return;
	add_number(r, arena_printf(r->mem, "%s-Limit", theirs), cx->rate.limit);
	add_number(r, arena_printf(r->mem, "%s-Remaining", theirs), cx->rate.remaining);
	add_number(r, arena_printf(r->mem, "%s-Reset", theirs), cx->rate.reset);
}

static void failure_headers(struct http_req *r, err_t e, int status, int64_t retry_after, bool shown)
{
	if (e == ERR_BAD_CLIENT)
		http_add(r, "WWW-Authenticate", "Basic realm=\"roster\"");
	else if (status == 401 || e == ERR_UNAUTHENTICATED)
		/* RFC 6750 section 3: no error code when nothing was shown. */
		http_add(r, "WWW-Authenticate",
			shown ? "Bearer realm=\"roster\", error=\"invalid_token\"" : "Bearer realm=\"roster\"");
	if (status == 503 || status == 429 || status == 423 || retry_after)
		add_number(r, "Retry-After", retry_after ? retry_after : 1);
	http_add(r, "Cache-Control", "no-store");
}

static void set_body(struct http_req *r, int status, struct buf *b)
{
	r->res->status = status;
	r->res->content_type = "application/json; charset=utf-8";
	r->res->body = buf_cstr(b);
	r->res->body_n = b->n;
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

struct failure {
	err_t e;
	int status;
	const char *code, *text; /* machine's and person's */
	const struct field_error *fields;
	const char *correlation_id;
	int64_t retry_after, now;
	const struct type *more_type;
	const void *more;
};

static void pair(struct buf *b, const char *name, const char *text)
{
	buf_char(b, b->p[b->n - 1] == '{' ? ' ' : ',');
	if (b->p[b->n - 1] == ' ')
		b->n--;
	json_write_text(b, name);
	buf_char(b, ':');
	json_write_text(b, text);
}

/* Further fields that the error brings with it, such as a challenge. */
static void write_more(struct buf *b, const struct failure *f)
{
	for (const struct field *m = f->more_type ? f->more_type->fields : NULL; m && m->name; m++) {
		buf_char(b, ',');
		json_write_text(b, m->name);
		buf_char(b, ':');
		json_write_value(b, m, f->more, JSON_ANSWER, false);
	}
}

static bool said_before(const struct field_error *first, const struct field_error *f)
{
	for (; first != f; first = first->next)
		if (strcmp(first->path, f->path) == 0)
			return true;
	return false;
}

/* {"email":["why","why"],...} */
static void write_details(struct buf *b, const struct field_error *first)
{
	buf_str(b, ",\"details\":{");
	for (const struct field_error *f = first; f; f = f->next) {
		if (said_before(first, f))
			continue;
		if (f != first)
			buf_char(b, ',');
		json_write_text(b, f->path);
		buf_str(b, ":[");
		for (const struct field_error *g = f; g; g = g->next)
			if (strcmp(g->path, f->path) == 0) {
				if (g != f)
					buf_char(b, ',');
				json_write_text(b, g->why);
			}
		buf_char(b, ']');
	}
	buf_char(b, '}');
}

static void write_envelope(struct buf *b, const struct failure *f)
{
	buf_str(b, "{\"success\":false");
	pair(b, "message", f->text);
	pair(b, "error", f->code);
	if (f->fields)
		write_details(b, f->fields);
	if (f->correlation_id && *f->correlation_id)
		pair(b, "correlation_id", f->correlation_id);
	write_more(b, f);
	buf_char(b, '}');
}

static void write_message(struct buf *b, const struct failure *f)
{
	buf_char(b, '{');
	pair(b, "error", f->text);
	pair(b, "message", err_info(f->e)->text);
	pair(b, "code", f->code);
	for (const struct field_error *d = f->fields; d; d = d->next) {
		buf_str(b, d == f->fields ? ",\"details\":[{" : ",{");
		pair(b, "type", "field");
		pair(b, "msg", d->why);
		pair(b, "path", d->path);
		pair(b, "location", "body");
		buf_str(b, d->next ? "}" : "}]");
	}
	if (f->status == 429) {
		char now[TIME_TEXT];
		time_format(now, f->now);
		buf_printf(b, ",\"retryAfter\":%lld", (long long)f->retry_after);
		pair(b, "timestamp", now);
	}
	write_more(b, f);
	buf_char(b, '}');
}

static void write_detail(struct buf *b, const struct failure *f)
{
	buf_char(b, '{');
	if (!f->fields || f->status != 422) {
		pair(b, "detail", f->text);
	} else {
		buf_str(b, "\"detail\":[");
		for (const struct field_error *d = f->fields; d; d = d->next) {
			buf_str(b, d == f->fields ? "{\"loc\":[\"body\"," : ",{\"loc\":[\"body\",");
			json_write_text(b, d->path);
			buf_char(b, ']');
			pair(b, "msg", d->why);
			pair(b, "type", strcmp(d->code, "required") == 0 ? "missing" : "value_error");
			buf_char(b, '}');
		}
		buf_char(b, ']');
	}
	write_more(b, f);
	buf_char(b, '}');
}

/* RFC 6749 section 5.2. What is no code of the standard becomes the nearest of its own. */
static void write_oauth(struct buf *b, const struct failure *f)
{
	const char *code = f->code;
	if (f->e == ERR_INVALID || f->e == ERR_MALFORMED || f->e == ERR_MEDIA_TYPE)
		code = "invalid_request";
	else if (f->status == 503)
		code = "temporarily_unavailable";
	else if (f->e == ERR_BAD_CREDENTIALS || f->e == ERR_NOT_ACTIVE || f->e == ERR_UNVERIFIED)
		code = "invalid_grant";
	buf_char(b, '{');
	pair(b, "error", code);
	pair(b, "error_description", f->fields ? f->fields->why : f->text);
	write_more(b, f);
	buf_char(b, '}');
}

/* The members of extensions: what the envelope tells beside its sentence. */
static void write_extensions(struct buf *b, const struct failure *f)
{
	buf_str(b, "\"code\":");
	json_write_text(b, f->code);
	buf_printf(b, ",\"status\":%d", f->status);
	if (f->fields)
		write_details(b, f->fields);
	if (f->retry_after)
		buf_printf(b, ",\"retry_after\":%lld", (long long)f->retry_after);
	write_more(b, f);
}

void answer_graphql(struct buf *b, const char *message, const char *extensions)
{
	buf_str(b, "{\"errors\":[{\"message\":");
	json_write_text(b, message);
	if (extensions)
		buf_printf(b, ",\"extensions\":{%s}", extensions);
	buf_str(b, "}]}");
}

static void write_graphql(struct buf *b, const struct failure *f)
{
	struct buf extensions = { .mem = b->mem };
	write_extensions(&extensions, f);
	if (f->correlation_id && *f->correlation_id)
		pair(&extensions, "correlation_id", f->correlation_id);
	answer_graphql(b, f->text, buf_cstr(&extensions));
	buf_free(&extensions);
}

static void write_failure(struct buf *b, enum error_form form, const struct failure *f)
{
	switch (form) {
	case ERRORS_ENVELOPE:
		write_envelope(b, f);
		break;
	case ERRORS_MESSAGE:
		write_message(b, f);
		break;
	case ERRORS_DETAIL:
		write_detail(b, f);
		break;
	case ERRORS_OAUTH:
		write_oauth(b, f);
		break;
	case ERRORS_GRAPHQL:
		write_graphql(b, f);
		break;
	}
}

static enum error_form form_of(const struct endpoint *endpoint)
{
	if (endpoint && endpoint->view)
		return endpoint->view->row->shape->errors;
	if (endpoint && endpoint->op && endpoint->op->shape)
		return endpoint->op->shape->errors;
	return endpoint && endpoint->op && (endpoint->op->flags & OP_BARE) ? ERRORS_OAUTH : ERRORS_ENVELOPE;
}

/* RFC 6749 section 5.2 answers bad credentials with 400; only a client that failed to authenticate gets 401. */
static int oauth_status(err_t e, int status)
{
	bool grant = e == ERR_BAD_CREDENTIALS || e == ERR_NOT_ACTIVE || e == ERR_UNVERIFIED;
	return e == ERR_INVALID || grant ? 400 : status;
}

static struct failure failure_of(const struct call *c)
{
	const struct cx *cx = &c->cx;
	const struct err_info *info = err_info(c->result);
	return (struct failure){ c->result, info->http, info->code, cx->fail.message ? cx->fail.message : info->text,
		cx->fail.fields, cx->from.correlation_id, cx->fail.retry_after, cx->now, cx->fail.more_type,
		cx->fail.more };
}

const char *answer_extensions(struct arena *a, const struct call *c)
{
	struct buf b = { .mem = a };
	const struct failure f = failure_of(c);
	write_extensions(&b, &f);
	return buf_cstr(&b);
}

static void answer_failure(struct call *c, struct http_req *r, const struct endpoint *endpoint)
{
	const struct cx *cx = &c->cx;
	struct failure f = failure_of(c);
	enum error_form form = form_of(endpoint);
	const struct shape_error *theirs = endpoint->view ? view_error(endpoint->view, f.code) : NULL;
	if (theirs) {
		f.status = theirs->status;
		f.text = theirs->text ? theirs->text : f.text;
	} else if (form == ERRORS_OAUTH) {
		f.status = oauth_status(f.e, f.status);
	} else if (form == ERRORS_GRAPHQL && f.e == ERR_INVALID) {
		f.status = 400; /* GraphQL over HTTP: a request that is not well formed */
	}
	struct buf b = { .mem = r->mem };
	write_failure(&b, form, &f);
	set_body(r, f.status, &b);
	failure_headers(r, c->result, f.status, cx->fail.retry_after, c->creds.bearer || c->creds.cookie);
}

static enum error_form form_of_path(const char *path)
{
	static const struct shape *const shapes[] = { &shape_camel, &shape_bare, &shape_graphql };
	if (str_starts(path, "/api/v1"))
		return ERRORS_ENVELOPE;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (str_starts(path, shapes[i]->prefix))
			return shapes[i]->errors;
	return ERRORS_ENVELOPE;
}

void answer_error(struct http_req *r, err_t e, const char *message, const char *correlation_id)
{
	const struct err_info *info = err_info(e);
	struct failure f = { e, info->http, info->code, message ? message : info->text, NULL, correlation_id, 0, 0,
		NULL, NULL };
	struct buf b = { .mem = r->mem };
	write_failure(&b, form_of_path(r->path ? r->path : ""), &f);
	set_body(r, info->http, &b);
	failure_headers(r, e, info->http, 0, false);
	answer_common(r, correlation_id);
}

/* --- successes ---------------------------------------------------------------------------------------------------- */

static const char *message_of(const struct call *c)
{
	/* As clients of X-Request-ID know it. */
	if (c->cx.from.replayed && !c->keys.key)
		return "Cached response (idempotent request)";
	if (c->cx.message)
		return c->cx.message;
	if (c->op->message)
		return c->op->message;
	return op_is_list(c->op) ? "Data retrieved successfully" : "Done";
}

/* Returns where in the text the data begin: what the ETag is made of. */
static size_t write_canonical(struct buf *b, const struct call *c, bool bare)
{
	const struct op *op = c->op;
	if (bare) {
		json_write(b, op->call->out, c->out, JSON_ANSWER);
		return 0;
	}
	buf_str(b, "{\"success\":true");
	pair(b, "message", message_of(c));
	buf_str(b, ",\"data\":");
	size_t data = b->n;
	if (op_is_list(op)) {
		const struct field *f = op->call->out->fields;
		json_write_value(b, &f[0], c->out, JSON_ANSWER, false);
		buf_str(b, ",\"meta\":");
		json_write_value(b, &f[1], c->out, JSON_ANSWER, false);
	} else {
		json_write(b, op->call->out, c->out, JSON_ANSWER);
	}
	if (op_may_be_nothing(op) && b->n == data + strlen("{}")) {
		b->n = data;
		buf_str(b, "null");
	}
	buf_char(b, '}');
	return data;
}

static void write_view(struct buf *b, const struct call *c, const struct view *v)
{
	if (v->root)
		json_write_value(b, v->out->fields, c->out, JSON_ANSWER, false);
	else
		json_write(b, v->out, c->out, JSON_ANSWER);
}

/* Reads have an ETag, so that a client that has the answer already is spared its bytes (RFC 9110 section 13.1.2). It is
 * that of op_etag(): a hash of the data as the canonical shape writes them, whatever shape this answer has. */
static void add_etag(struct http_req *r, const char *tag)
{
	http_add(r, "ETag", tag);
	http_add(r, "Cache-Control", "private, no-cache");
	const char *wanted = http_header(r, "if-none-match");
	if (wanted && etag_listed(wanted, tag, false)) {
		r->res->status = 304;
		r->res->body = NULL;
		r->res->body_n = 0;
		r->res->content_type = NULL;
	}
}

static void answer_success(struct call *c, struct http_req *r, const struct endpoint *endpoint)
{
	const struct op *op = c->op;
	const struct view *v = endpoint->view;
	struct buf b = { .mem = r->mem };
	buf_grow(&b, 1800); /* most answers fit: one allocation */
	size_t data = 0;
	if (v)
		write_view(&b, c, v);
	else
		data = write_canonical(&b, c, endpoint->op && (op->flags & OP_BARE));
	int status = v && v->row->status ? v->row->status : op->status ? op->status : 200;
	status = c->cx.status ? c->cx.status : status;
	set_body(r, status, &b);
	if (!v && (op->flags & OP_BARE) && op->call->out == &none_type)
		r->res->body_n = 0; /* RFC 7009 section 2.2: the status says it all */
	if (!r->res->body_n)
		r->res->content_type = NULL;
	if (op->flags & OP_NO_STORE) {
		http_add(r, "Cache-Control", "no-store");
		r->res->no_gzip = true;
	} else if (r->method == HTTP_GET || r->method == HTTP_HEAD) {
		add_etag(r, v ? op_etag(r->mem, op, c->out)
			      : etag_of_json(r->mem, op->call->out, b.p + data, b.n - data - (data != 0)));
	} else {
		http_add(r, "Cache-Control", "no-store");
	}
}

/* The server closes what it sends; the call's own descriptor goes with its arena. */
static void answer_file(struct call *c, struct http_req *r)
{
	r->res->status = 200;
	r->res->file = fcntl(c->cx.out_file.fd, F_DUPFD_CLOEXEC, 0);
	r->res->content_type = c->op->answer_file;
	r->res->no_gzip = true;
	http_add(r, "Content-Disposition", arena_printf(r->mem, "attachment; filename=\"%s\"", c->cx.out_file.name));
	http_add(r, "Cache-Control", "no-store");
}

void answer_call(struct call *c, struct http_req *r, const struct endpoint *endpoint)
{
	if (c->result)
		answer_failure(c, r, endpoint);
	else if (c->op->answer_file)
		answer_file(c, r);
	else if (!c->op->raw)
		answer_success(c, r, endpoint);
	r->res->not_before = c->cx.not_before;
	answer_common(r, c->cx.from.correlation_id);
	limit_headers(r, &c->cx, endpoint);
	if (c->cx.from.replayed)
		http_add(r, "Idempotent-Replay", "true");
}
