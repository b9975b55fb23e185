#include "api/graphql.h"
#include "api/answer.h"
#include "api/graph_cost.h"
#include "api/graph_live.h"
#include "api/graph_resolve.h"
#include "api/graph_schema.h"
#include "base/cache.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "graphql/check.h"
#include "http/negotiate.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

enum {
	LOOP_MAX = 8192,
	BYTES_MAX = 100000,
	ANSWER_MAX = 16 << 20,
	VALUES_MAX = 100000,
	WORK_MAX = 30000,
	OPERATIONS_MAX = 50,
	VARIABLES_MAX = 100
};

/* --- refusing ----------------------------------------------------------------------------------------------------- */

static void refuse_faults(
	struct cx *cx, struct graphql_work *w, const char *source, const struct gql_fault *f, size_t n)
{
	struct buf b = { .mem = cx->mem };
	gql_write_faults(&b, source, f, n);
	w->refusal = buf_cstr(&b);
	w->document = NULL;
}

static void refuse(struct cx *cx, struct graphql_work *w, const char *message, const char *code, int status)
{
	struct buf b = { .mem = cx->mem };
	answer_graphql(&b, message, arena_printf(cx->mem, "\"code\":\"%s\",\"status\":%d", code, status));
	w->refusal = buf_cstr(&b);
	w->document = NULL;
}

/* --- documents that are known by their hash ------------------------------------------------------------------------ */

enum { KEPT_MAX = 16 << 10 }; /* of a document: longer ones are sent each time */
static struct cache *kept;
static int64_t kept_entries;

static void open_kept(void)
{
	if (kept_entries)
		kept = cache_new((size_t)kept_entries);
}

static struct cache *kept_documents(const struct cx *cx)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	__atomic_store_n(&kept_entries, CONF_OF(cx, graphql)->persisted, __ATOMIC_RELAXED);
	pthread_once(&once, open_kept);
	return kept;
}

enum { HEX = 2 * SHA256_SIZE };

/* The hash that the client names; NULL when it names none. */
static const char *hash_of(struct cx *cx, const struct graphql_request *in)
{
	if (!in->extensions.text)
		return NULL;
	json_t *extensions = json_in_arena(cx->mem, in->extensions.text, strlen(in->extensions.text));
	const char *hex =
		json_string_value(json_object_get(json_object_get(extensions, "persistedQuery"), "sha256Hash"));
	return hex && strlen(hex) == HEX ? hex : NULL;
}

static bool is_hash_of(struct cx *cx, const char *hash, const char *query)
{
	uint8_t real[SHA256_SIZE];
	crypto_sha256(query, strlen(query), real);
	return strcasecmp(hash, hex_encode(cx->mem, real, sizeof real)) == 0;
}

/* Automatic persisted queries, as clients of Apollo speak them: the hash first, and with the document when it is not known. */
static const char *document_of(struct cx *cx, const struct graphql_request *in, struct graphql_work *w)
{
	const char *hash = hash_of(cx, in);
	if (in->query) {
		if (!hash || is_hash_of(cx, hash, in->query))
			return in->query;
		refuse(cx, w, "The hash is not that of the document.", "invalid", 422);
		return NULL;
	}
	size_t n;
	struct cache *c = hash ? kept_documents(cx) : NULL;
	const char *query = c ? cache_get(c, hash, HEX, cx->mem, &n) : NULL;
	if (!query && hash) {
		refuse(cx, w, "PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 404);
		w->stays = true;
	} else if (!query) {
		refuse(cx, w, "Send a document as `query`. The page /graphiql/ helps to write one.", "invalid", 400);
	}
	return query;
}

static void keep_document(struct cx *cx, const struct graphql_request *in)
{
	const char *hash = hash_of(cx, in);
	size_t n = in->query ? strlen(in->query) + 1 : 0;
	struct cache *c = hash && n && n <= KEPT_MAX ? kept_documents(cx) : NULL;
	if (c)
		cache_put(c, hash, HEX, in->query, n, cache_ticket(c, hash, HEX));
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

static bool read_document(struct cx *cx, const char *query, struct graphql_work *w)
{
	const struct graphql_conf *conf = CONF_OF(cx, graphql);
	const struct gql_limits limits = { .bytes = BYTES_MAX,
		.tokens = (uint32_t)conf->tokens,
		.depth = (uint32_t)conf->depth,
		.aliases = (uint32_t)conf->aliases,
		.directives = (uint32_t)conf->aliases,
		.fragments = (uint32_t)conf->fragments };
	const struct gql_check_limits bounds = { .depth = (uint32_t)conf->depth,
		.operations = OPERATIONS_MAX,
		.variables = VARIABLES_MAX,
		.work = WORK_MAX };
	struct gql_fault fault = { 0 };
	struct gql_faults faults = { 0 };
	w->document = gql_parse(cx->mem, query, strlen(query), &limits, &fault);
	if (!w->document) {
		refuse_faults(cx, w, query, &fault, 1);
		return false;
	}
	if (gql_check(cx->mem, graph_schema(), w->document, &bounds, &faults))
		return true;
	refuse_faults(cx, w, query, faults.list, faults.n);
	return false;
}

static bool read_variables(struct cx *cx, const struct graphql_request *in, struct graphql_work *w)
{
	const char *why = "", *source = w->document->source;
	struct gql_fault fault = { 0 };
	w->operation = gql_operation_of(w->document, in->operation_name, &why);
	if (!w->operation) {
		refuse(cx, w, why, "invalid", 422);
		return false;
	}
	const char *text = in->variables.text;
	json_t *given = text ? json_in_arena(cx->mem, text, strlen(text)) : NULL;
	if (gql_variables(cx->mem, graph_schema(), w->operation, given, &w->variables, &why, &fault.at))
		return true;
	fault.message = why;
	refuse_faults(cx, w, source, &fault, 1);
	return false;
}

static bool judge_cost(struct cx *cx, struct graphql_work *w, unsigned *flags)
{
	uint64_t most = (uint64_t)CONF_OF(cx, graphql)->cost;
	struct graph_cost cost = graph_cost(graph_schema(), w->document, w->operation, &w->variables, most);
	if (cost.introspects && !CONF_OF(cx, graphql)->introspection)
		refuse(cx, w, "This server keeps its schema to itself.", "denied", 403);
	else if (cost.deep)
		refuse(cx, w, "Introspection goes from list to list too often.", "too_large", 413);
	else if (cost.total > most)
		refuse(cx, w,
			arena_printf(cx->mem,
				"This asks for too much: it may cost %llu. Ask for less at once, or for shorter lists by `limit`.",
				(unsigned long long)most),
			"too_large", 413);
	else if (cost.hash)
		*flags |= OP_HASH;
	else if (cost.fast)
		*flags |= OP_FAST;
	return w->document;
}

static size_t size_of(const struct graphql_request *in)
{
	return (in->query ? strlen(in->query) : 0) + (in->variables.text ? strlen(in->variables.text) : 0);
}

err_t graphql_plan(struct cx *cx, const void *request, void *work, unsigned *flags)
{
	const struct graphql_request *in = request;
	struct graphql_work *w = work;
	*w = (struct graphql_work){ 0 };
	*flags &= ~(unsigned)(OP_FAST | OP_HASH);
	if (cx->on_loop && size_of(in) > LOOP_MAX)
		return ERR_NOT_HERE; /* what takes a millisecond to judge keeps nobody else waiting */
	const char *query = document_of(cx, in, w);
	if (query && read_document(cx, query, w) && read_variables(cx, in, w) && judge_cost(cx, w, flags))
		keep_document(cx, in);
	else
		*flags |= OP_FAST; /* the refusal is at hand */
	return ERR_OK;
}

/* --- answering ---------------------------------------------------------------------------------------------------- */

static const char media_type[] = "application/graphql-response+json";

/* Its own media type for who asks for it, and likes it as well as plain JSON. */
static bool takes_own(const struct http_req *r)
{
	const char *accept = http_header(r, "accept");
	return accept && strstr(accept, media_type) &&
	       negotiate_weight(accept, media_type) >= negotiate_weight(accept, "application/json");
}

static void answer(struct http_req *r, int status, const char *body, size_t n)
{
	r->res->status = status;
	r->res->content_type =
		takes_own(r) ? "application/graphql-response+json; charset=utf-8" : "application/json; charset=utf-8";
	r->res->body = body;
	r->res->body_n = n;
	http_add(r, "Cache-Control", "no-store");
	http_add(r, "Vary", "Accept");
}

static bool is_page_wanted(const struct http_req *r, const struct graphql_request *in)
{
	return r->method == HTTP_GET && !in->query && !in->extensions.text &&
	       negotiate_prefers(http_header(r, "accept"), "text/html", "application/json");
}

err_t graphql_run(struct call *c, struct graph_context *at, struct buf *out)
{
	struct cx *cx = &c->cx;
	const struct graphql_work *w = c->work;
	const struct graphql_conf *conf = CONF_OF(cx, graphql);
	at->outer = c;
	at->until_ns = time_nanos() + (uint64_t)conf->time * 1000000;
	struct gql_run *run = arena_new_of(cx->mem, struct gql_run);
	*run = (struct gql_run){ .mem = cx->mem,
		.schema = graph_schema(),
		.document = w->document,
		.operation = w->operation,
		.variables = w->variables,
		.resolve = graph_resolve,
		.context = at,
		.fields_max = VALUES_MAX,
		.bytes_max = ANSWER_MAX };
	c->paid = true; /* by the gate, for the whole */
	bool whole = gql_execute(run, NULL, out);
	if (at->not_here)
		return ERR_NOT_HERE;
	if (!whole) {
		cx->fail.message = "The answer is longer than 16 MiB: ask for less at once.";
		return FAIL(cx, ERR_TOO_LARGE, "%s", cx->fail.message);
	}
	/* What was changed is told, whatever became of the rest. */
	return w->operation->kind == GQL_MUTATION ? ERR_OK : cx_memory(cx);
}

static err_t execute(struct call *c, struct http_req *r)
{
	struct graph_context at = { 0 };
	struct buf b = { .mem = c->cx.mem };
	TRY(graphql_run(c, &at, &b));
	r->res->no_gzip = at.secret;
	answer(r, 200, buf_cstr(&b), b.n);
	return ERR_OK;
}

static bool wants_stream(const struct http_req *r)
{
	return negotiate_prefers(http_header(r, "accept"), "text/event-stream", "application/json");
}

err_t graphql_http(struct cx *cx, struct http_req *r)
{
	struct call *c = (struct call *)(void *)cx; /* its first member */
	const struct graphql_work *w = c->work;
	if (is_page_wanted(r, c->in)) {
		r->res->status = 303;
		http_add(r, "Location", "/graphiql/");
		return ERR_OK;
	}
	if (!w->document) {
		answer(r, takes_own(r) && !w->stays ? 400 : 200, w->refusal, strlen(w->refusal));
		return ERR_OK;
	}
	if (r->method == HTTP_GET && w->operation->kind == GQL_MUTATION) {
		http_add(r, "Allow", "POST");
		cx->fail.message = "What changes something is sent with POST.";
		return FAIL(cx, ERR_METHOD, "a mutation by GET");
	}
	if (wants_stream(r))
		return graph_live_stream(c, r);
	if (w->operation->kind == GQL_SUBSCRIPTION) {
		cx->fail.message =
			"A subscription is heard over a WebSocket, or asked for with Accept: text/event-stream.";
		return FAIL(cx, ERR_NOT_ACCEPTABLE, "a subscription without a stream");
	}
	return execute(c, r);
}
