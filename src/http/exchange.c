#include "http/exchange.h"
#include "base/str.h"
#include "base/time.h"
#include "http/conn.h"
#include "http/field.h"
#include "http/form.h"
#include "http/parse.h"
#include "http/proxy.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_MAX = 64 * 1024 * 1024, BODY_FIRST = 16 * 1024 };

struct exchange *exchange_new(struct http_conn *c)
{
	struct arena *mem = arena_new(ARENA_MAX);
	struct exchange *e = arena_new_of(mem, struct exchange);
	e->shard = c->shard;
	e->body.mem = mem;
	e->res.status = 200;
	e->res.file = -1;
	struct http_req *r = &e->req;
	r->mem = mem;
	r->method = HTTP_OTHER;
	r->method_name = r->target = r->path = r->query = r->host = r->body = "";
	r->ip = arena_strdup(mem, c->ip); /* the connection may be gone before the request */
	r->secure = c->tls != NULL;
	r->local = c->kind == CONN_CONTROL;
	r->peer_uid = c->uid;
	r->start_ns = c->first_ns ? c->first_ns : time_nanos();
	r->res = &e->res;
	r->conn = c;
	r->conn_id = c->id;
	return e;
}

void exchange_free(struct exchange *e)
{
	if (!e)
		return;
	if (e->res.file >= 0)
		close(e->res.file);
	arena_free(e->req.mem);
}

/* --- head ------------------------------------------------------------------------------------------------------- */

/* The bytes are the arena's: NULs are set where colons and line ends stood. */
static void on_field(void *arg, char *name, size_t name_n, char *value, size_t value_n)
{
	struct exchange *e = arg;
	while (value_n && (value[value_n - 1] == ' ' || value[value_n - 1] == '\t'))
		value_n--;
	struct http_headers *h = &e->req.headers;
	assert(h->n < h->cap); /* the scanner counted them */
	for (size_t i = 0; i < name_n; i++)
		e->lowered[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	e->raw_names[h->n] = name;
	h->items[h->n++] = (struct http_header){ e->lowered, value };
	e->lowered += name_n + 1;
	/* http-parser is behind these bytes already, and reads none twice */
	name[name_n] = 0;
	value[value_n] = 0;
}

static err_t on_body(void *arg, const char *p, size_t n)
{
	struct exchange *e = arg;
	if (e->upload)
		return upload_feed(e->upload, p, n);
	if (!e->body.cap) /* not all that was announced at once: announcing costs the client nothing */
		buf_grow(&e->body, e->head.length > BODY_FIRST ? BODY_FIRST : n);
	buf_add(&e->body, p, n);
	return ERR_OK;
}

static bool refuse(struct exchange *e, int status, err_t error, const char *why)
{
	e->head.status = status;
	e->head.error = error;
	e->head.why = why;
	return false;
}

/* Splits the target: path and query; in absolute form the host in it counts (RFC 9112 section 3.2.2). */
static bool take_target(struct exchange *e)
{
	struct http_req *r = &e->req;
	const char *t = r->target, *why = NULL;
	const char *host = http_header(r, "host");
	r->host = host ? host : "";
	if (e->head.form == TARGET_ASTERISK) {
		r->path = "*";
		return true;
	}
	if (e->head.form == TARGET_ABSOLUTE) {
		t = strstr(t, "//") + 2;
		size_t n = strcspn(t, "/?");
		if (n == 0 || memchr(t, '@', n))
			return refuse(e, 400, ERR_MALFORMED, "The target's host is not a host name.");
		r->host = arena_memdup0(r->mem, t, n);
		t += n;
	}
	size_t n = strcspn(t, "?");
	r->query = t[n] ? t + n + 1 : "";
	if (n == 0)
		r->path = "/";
	else if (path_decode(r->mem, t, n, &r->path, &why))
		return refuse(e, 400, ERR_MALFORMED, why);
	return true;
}

static void find_client(struct exchange *e)
{
	struct http_req *r = &e->req;
	const struct proxy_list *trusted = &e->shard->server->trusted;
	if (r->local || (trusted->n == 0 && !trusted->local))
		return;
	const struct http_conn *c = r->conn;
	struct proxy_headers said = { field_join(r->mem, &r->headers, "x-forwarded-for"),
		field_join(r->mem, &r->headers, "forwarded"), field_join(r->mem, &r->headers, "x-forwarded-proto") };
	struct proxy_peer peer = { c->kind == CONN_UNIX, c->peer, r->secure };
	struct proxy_client client = proxy_client(trusted, &peer, &said);
	r->secure = client.secure;
	if (client.known && !ip_same(&client.ip, &c->peer)) {
		char *text = arena_alloc(r->mem, IP_TEXT);
		ip_format(&client.ip, text);
		r->ip = text;
	}
}

bool exchange_head(struct exchange *e, const char *p, size_t n)
{
	struct http_req *r = &e->req;
	char *own = arena_memdup0(r->mem, p, n);
	bool ok = head_check(own, n, &e->head);
	if (e->head.method_n) {
		r->method = http_method_parse(e->head.method, e->head.method_n);
		r->method_name = arena_memdup0(r->mem, e->head.method, e->head.method_n);
	}
	if (!ok)
		return false;
	r->headers.cap = e->head.fields;
	r->headers.items = arena_array_of(r->mem, struct http_header, r->headers.cap + 1);
	r->raw_names = e->raw_names = arena_array_of(r->mem, const char *, r->headers.cap + 1);
	e->lowered = arena_alloc(r->mem, n);
	e->parse = parse_new(r->mem, &(struct parse_sink){ on_field, on_body, e });
	err_t error = parse_head(e->parse, own, n, &e->head);
	if (error == ERR_NOT_SUPPORTED)
		return refuse(e, 501, error, "The method is not known.");
	if (error)
		return refuse(e, 400, error, "The request could not be read.");
	((char *)(uintptr_t)e->head.target)[e->head.target_n] = 0; /* the arena's own copy */
	r->target = e->head.target;
	e->keep_alive = parse_keep_alive(e->parse);
	e->upgrade = parse_upgrade(e->parse);
	if (!take_target(e))
		return false;
	find_client(e);
	return true;
}

int http_spool_open(const struct http_req *r)
{
	const char *dir = ((const struct exchange *)(const void *)r)->shard->server->conf.spool_dir;
	return spool_open(dir ? dir : "/tmp");
}

/* --- body ------------------------------------------------------------------------------------------------------- */

bool exchange_complete(const struct exchange *e)
{
	return parse_done(e->parse);
}

err_t exchange_body(struct exchange *e, const char *p, size_t n, size_t *used)
{
	if (!e->head.chunked)
		return parse_body(e->parse, p, n, used);
	size_t good, taken;
	TRY(chunk_check(&e->chunk, p, n, &good));
	TRY(parse_body(e->parse, p, good, &taken));
	/* Both must see the end at the same byte, or one of them is wrong about where the next request begins. */
	if (taken != good || parse_done(e->parse) != (e->chunk.at == CHUNK_DONE))
		return ERR_MALFORMED;
	*used = good;
	return ERR_OK;
}

err_t exchange_close_body(struct exchange *e)
{
	struct http_req *r = &e->req;
	if (e->upload)
		return upload_finish(e->upload, r);
	if (e->body.n) {
		r->body = buf_cstr(&e->body);
		r->body_n = e->body.n;
	}
	return ERR_OK;
}
