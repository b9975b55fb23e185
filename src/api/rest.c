#include "api/rest.h"
#include "api/answer.h"
#include "api/assets.h"
#include "api/control.h"
#include "api/cookies.h"
#include "api/cors.h"
#include "api/graph_live.h"
#include "api/intake.h"
#include "base/json.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/socket.h"
#include "base/log.h"
#include "base/str.h"
#include "base/time.h"
#include "http/form.h"
#include "http/ip.h"
#include "http/websocket.h"
#include "http/negotiate.h"

#include <string.h>
#include <strings.h>

/* What the door keeps of one request until its log line is written: in the request's arena, at r->user. */
struct rest {
	struct http_req *req;
	struct call *call; /* NULL: no operation */
	const struct endpoint *endpoint;
	struct route_match match;
	const char *correlation_id, *trace_id;
	struct door_cookies cookies;
};

static struct rest_conf settings;
enum { CONTROL_BODY_MAX = 8 << 20 }; /* a batch of an import, as the command line sends it */

/* --- who is asking ------------------------------------------------------------------------------------------------ */

/* The trace id of a W3C traceparent, "00-<32 hex>-<16 hex>-<2 hex>"; NULL when there is none that is well formed. */
static const char *trace_id(struct http_req *r)
{
	const char *t = http_header(r, "traceparent");
	if (!t || strlen(t) < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-' || str_starts(t, "ff"))
		return NULL;
	if (strspn(t + 3, "0123456789abcdef") != 32 || strspn(t + 36, "0123456789abcdef") != 16)
		return NULL;
	const char *id = arena_memdup0(r->mem, t + 3, 32);
	return strspn(id, "0") == 32 ? NULL : id;
}

/* From this very host. A proxy on it that is not in server.trusted_proxies speaks for strangers: it does not count. */
static bool is_loopback(const struct http_req *r)
{
	if (http_header(r, "x-forwarded-for") || http_header(r, "forwarded"))
		return false;
	return str_starts(r->ip, "127.") || strcmp(r->ip, "::1") == 0;
}

/* "Basic base64(id:secret)", both form-encoded (RFC 6749 section 2.3.1). */
static void basic_credentials(struct http_req *r, const char *value, struct credentials *out)
{
	size_t n;
	const char *why;
	const char *text = (const char *)base64_decode(r->mem, value, strlen(value), false, &n);
	const char *colon = text && strlen(text) == n ? strchr(text, ':') : NULL;
	if (!colon || percent_decode(r->mem, text, (size_t)(colon - text), &out->basic_id, &why) ||
		percent_decode(r->mem, colon + 1, strlen(colon + 1), &out->basic_secret, &why))
		out->basic_id = NULL;
	if (!out->basic_id)
		out->basic_id = out->basic_secret = ""; /* shown, and wrong */
}

static struct credentials credentials_of(struct http_req *r, const struct op *op, const struct door_cookies *cookies)
{
	/* By what it does, not by its method alone: another site may lead a browser to whatever GET it likes. */
	bool get = r->method == HTTP_GET || r->method == HTTP_HEAD;
	struct credentials c = { .safe = get && !(op->flags & OP_WRITE), .bearer = http_bearer(r) };
	const char *a = http_header(r, "authorization");
	if (c.bearer)
		return c;
	if (a && strncasecmp(a, "Basic ", 6) == 0) {
		basic_credentials(r, a + 6 + strspn(a + 6, " "), &c);
	} else if (!a) {
		c.cookie = cookies_get(r->mem, cookies, "access");
		c.csrf = cookies->all.n ? http_header(r, "x-csrf-token") : NULL;
	}
	return c;
}

/* --- input -------------------------------------------------------------------------------------------------------- */

static const struct type *input_type(const struct rest *d)
{
	return d->endpoint->view ? d->endpoint->view->in : d->call->op->call->in;
}

static void bind_path(struct rest *d, struct input *in)
{
	for (size_t i = 0; i < ROUTE_PARAMS && d->endpoint->params[i]; i++)
		input_text(in, d->endpoint->params[i], d->match.values[i]);
}

static err_t bind_query(struct rest *d, struct input *in, bool marked_only)
{
	struct form form;
	const char *why;
	struct cx *cx = &d->call->cx;
	err_t e = form_parse(cx->mem, d->req->query, strlen(d->req->query), FORM_PAIRS, &form, &why);
	if (e) {
		cx->fail.message = why;
		return FAIL(cx, e, "query: %s", why);
	}
	for (size_t i = 0; i < form.n; i++) {
		const struct field *f = type_field(in->type, form.items[i].name, strlen(form.items[i].name));
		if (f && (!marked_only || (f->flags & IN_QUERY)))
			input_text(in, form.items[i].name, form.items[i].value);
	}
	return ERR_OK;
}

static err_t bind_input(struct call *c)
{
	struct http_req *r = c->door;
	struct rest *d = r->user;
	struct input in;
	bool has_body = r->method == HTTP_POST || r->method == HTTP_PUT || r->method == HTTP_PATCH;
	const struct view *view = d->endpoint->view;
	bool lax = !has_body || (c->op->flags & OP_IGNORE_UNKNOWN) || (view && view->row->ignore_unknown);
	input_begin(&in, &c->cx, input_type(d), c->in, lax);
	bind_path(d, &in);
	TRY(bind_query(d, &in, has_body));
	if (has_body)
		TRY(intake_body(&c->cx, c->op, r, &in));
	if (c->cx.from.cookies && cookies_bind(r->mem, &d->cookies, &in))
		c->cx.from.by_cookie = true;
	return input_end(&in);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

/* One that stands in two headers is none: "" is refused at the gate. */
static const char *one_header(const struct http_req *r, const char *name)
{
	return http_header_count(r, name) > 1 ? "" : http_header(r, name);
}

static struct request_keys keys_of(const struct http_req *r)
{
	if (r->method == HTTP_GET || r->method == HTTP_HEAD)
		return (struct request_keys){ 0 };
	return (struct request_keys){ .key = one_header(r, "idempotency-key"),
		.request_id = one_header(r, "x-request-id"),
		.method = r->method_name,
		.path = r->path };
}

static void answer_it(struct call *c, struct http_req *r, const struct rest *d)
{
	answer_call(c, r, d->endpoint);
	cookies_write(&c->cx, &d->cookies, r);
	cors_headers(r, settings.cors_origins);
}

static void answer(struct call *c)
{
	struct http_req *r = c->door;
	struct rest *d = r->user;
	answer_it(c, r, d);
	http_finish(r);
}

static enum http_when no_operation(struct http_req *r, struct rest *d)
{
	if (d->match.methods) {
		http_add(r, "Allow", route_allow(r->mem, d->match.methods));
		if (r->method == HTTP_OPTIONS) {
			r->res->status = 204;
			answer_common(r, d->correlation_id);
		} else {
			answer_error(r, ERR_METHOD, NULL, d->correlation_id);
		}
	} else {
		answer_error(r, ERR_NOT_FOUND, "There is nothing at this address. /openapi.json lists what there is.",
			d->correlation_id);
	}
	cors_headers(r, settings.cors_origins);
	return HTTP_NOW;
}

/* On a public address without an administrator a page is served for the set-up alone; operations ask at the gate. */
static bool is_closed(const struct http_req *r)
{
	bool (*open)(void) = engine()->hooks.open;
	return open && !open() && !str_starts(r->path, "/setup");
}

static enum http_when on_request(void *arg, struct http_req *r)
{
	(void)arg;
	if (r->local)
		return control_request(r);
	struct rest *d = arena_new_of(r->mem, struct rest);
	*d = (struct rest){ .req = r,
		.correlation_id = call_correlation(r->mem, http_header(r, "x-correlation-id")),
		.trace_id = trace_id(r) };
	r->user = d;
	if (r->method == HTTP_OPTIONS && cors_preflight(r, settings.cors_origins)) {
		answer_common(r, d->correlation_id);
		return HTTP_NOW;
	}
	bool sockets = strcmp(r->path, SOCKETS_PATH) == 0;
	bool live = r->method == HTTP_GET && strcmp(r->path, "/graphql") == 0 && ws_wanted(http_header(r, "upgrade"));
	d->match = route_find(r->mem, r->method, r->path);
	d->endpoint = d->match.endpoint;
	if (sockets && !is_closed(r)) {
		answer_common(r, d->correlation_id);
		cors_headers(r, settings.cors_origins);
		return sockets_request(r);
	}
	if (live && !is_closed(r)) {
		answer_common(r, d->correlation_id);
		return graph_live_connect(r);
	}
	if (!d->endpoint && is_closed(r)) {
		answer_error(r, ERR_SETUP_NEEDED, NULL, d->correlation_id);
		return HTTP_NOW;
	}
	if (!d->endpoint) {
		if (!d->match.methods && asset_answer(r))
			return HTTP_NOW;
		return no_operation(r, d);
	}
	struct call *c = d->call = call_new(r->mem, d->endpoint->op);
	const char *agent = http_header(r, "user-agent");
	c->cx.from = (struct origin){ .ip = r->ip,
		.ip_block = ip_block_text(r->mem, r->ip),
		/* It is stored and shown; a header may be any bytes (RFC 9110 section 5.5), a text may not. */
		.user_agent = agent && utf8_valid(agent, strlen(agent)) ? agent : "",
		.correlation_id = d->correlation_id,
		.traceparent = d->trace_id ? d->trace_id : "",
		.secure = r->secure,
		.loopback = is_loopback(r) };
	cookies_read(r, settings.https, &d->cookies);
	if (!(c->op->flags & OP_PUBLIC))
		c->creds = credentials_of(r, c->op, &d->cookies);
	c->cx.from.by_cookie = c->creds.cookie;
	c->cx.from.cookies = !d->endpoint->view && cookies_wanted(r, c->op);
	c->cx.from.csrf = c->creds.csrf;
	c->if_match = http_header(r, "if-match");
	c->keys = keys_of(r);
	c->bind = bind_input;
	c->answer = answer;
	c->door = r;
	c->start_ns = r->start_ns;
	if (!call_start(c))
		return HTTP_LATER;
	answer_it(c, r, d);
	return HTTP_NOW;
}

/* The path, where no route stands for it. Of an address that answers other methods that one's route is told: what stands in
 * its place may be a token. */
static const char *logged_path(const struct rest *d, const struct http_req *r)
{
	if (d && d->endpoint)
		return "";
	for (int i = 0; d && d->match.methods && i < ROUTE_METHODS; i++)
		if (d->match.methods[i].op)
			return strchr(d->match.methods[i].route, ' ') + 1;
	return r->path;
}

static void on_done(void *arg, struct http_req *r, int64_t bytes, bool sent)
{
	(void)arg;
	const struct rest *d = r->user;
	const struct call *c = d ? d->call : NULL;
	uint64_t ns = time_nanos() - r->start_ns;
	metrics_observe(c ? c->op : NULL, r->res->status, ns);
	if (!log_on(LOG_INFO))
		return;
	const struct cx *cx = c ? &c->cx : NULL;
	bool failed = c && c->result && err_info(c->result)->http >= 500;
	const char *at = failed || (c && c->result)
	                         ? arena_printf(r->mem, "%s:%d", cx->fail.file ? cx->fail.file : "", cx->fail.line)
	                         : "";
	log_write(failed ? LOG_ERROR : LOG_INFO, "request",
		(const struct log_field[]){ LT("method", r->method_name),
			LT("route", d && d->endpoint ? d->endpoint->route : ""), LT("path", logged_path(d, r)),
			LI("status", r->res->status), LUS("ms", ns / 1000), LI("bytes", bytes), LT("ip", r->ip),
			LT("user", cx ? cx->who.id : ""), LT("correlation_id", d ? d->correlation_id : ""),
			LT("trace_id", d ? d->trace_id : ""),
			LT("error", c && c->result ? err_info(c->result)->code : ""),
			LT("detail", cx && c->result ? cx->fail.detail : ""), LT("at", at),
			LT("gone", sent ? "" : "before the answer"), { .tag = LOG_END } });
}

static void on_refused(void *arg, struct http_req *r, err_t e, const char *why)
{
	(void)arg;
	answer_error(r, e, why, r->headers.n ? call_correlation(r->mem, http_header(r, "x-correlation-id")) : NULL);
}

/* Whether memory knows the caller as one who may send this: of anybody else a body is small, and does not come to the disk. */
static bool is_welcome(struct http_req *r, const struct op *op)
{
	struct call *c = call_new(r->mem, op);
	struct door_cookies cookies;
	cookies_read(r, settings.https, &cookies);
	c->creds = credentials_of(r, op, &cookies);
	c->cx.from.ip = c->cx.from.ip_block = r->ip;
	return call_welcome(c);
}

static void on_head(void *arg, struct http_req *r, int64_t *body_max, bool *files)
{
	(void)arg;
	*files = false;
	if (r->local) {
		*body_max = CONTROL_BODY_MAX;
		return;
	}
	if (settings.body_max)
		*body_max = settings.body_max;
	if (strcmp(r->path, SOCKETS_PATH) == 0)
		*body_max = sockets_payload_max();
	if (r->method == HTTP_GET || r->method == HTTP_HEAD)
		return;
	const struct endpoint *e = route_find(r->mem, r->method, r->path).endpoint;
	int64_t most = e ? intake_file_max(e->op, r, settings.file_max) : 0;
	*files = most && (!e->op->body_max || is_welcome(r, e->op));
	if (*files && most > *body_max)
		*body_max = most;
}

void rest_init(const struct rest_conf *conf)
{
	settings = *conf;
	routes_init();
}

struct http_handler rest_handler(void)
{
	return (struct http_handler){
		.on_request = on_request, .on_head = on_head, .on_done = on_done, .on_refused = on_refused
	};
}
