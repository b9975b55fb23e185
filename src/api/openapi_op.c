#include "api/openapi_op.h"
#include "api/openapi_about.h"
#include "api/schema.h"
#include "base/page.h"

#include <string.h>

/* Failures that a route may answer, beside success: which, and why. */
static const struct failure {
	int status;
	const char *name, *doc;
} failures[] = {
	{ 400, "BadRequest", "The request could not be read." },
	{ 401, "Unauthorized", "Log in first: a valid access token is needed." },
	{ 403, "Forbidden", "The caller may not do that." },
	{ 404, "NotFound", "There is no such thing." },
	{ 409, "Conflict", "It already exists, or was changed in the meantime." },
	{ 412, "PreconditionFailed", "It was changed since it was read (If-Match)." },
	{ 413, "TooLarge", "The body is larger than this address takes." },
	{ 415, "UnsupportedMediaType", "The body has a content type that this address does not take." },
	{ 422, "Unprocessable", "Some of the input is not valid; `details` tells every field." },
	{ 423, "Locked", "Too many failed attempts: wait." },
	{ 428, "ProofRequired", "Too many failed attempts on this account: solve `challenge`, send `proof`." },
	{ 429, "TooManyRequests", "Too many requests: wait as long as `Retry-After` says." },
	{ 503, "Unavailable", "The server cannot do that just now: wait as long as `Retry-After` says." },
};

static void pair(struct buf *b, const char *name, const char *value)
{
	json_write_text(b, name);
	buf_char(b, ':');
	json_write_text(b, value);
}

static bool in_path(const struct api_route *route, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = route->path; (p = strchr(p, '{')); p++)
		if (strncmp(p + 1, name, n) == 0 && p[1 + n] == '}')
			return true;
	return false;
}

static bool takes_query(const struct api_route *route)
{
	return strcmp(route->method, "get") == 0 || strcmp(route->method, "delete") == 0;
}

static bool is_query_field(const struct api_route *route, const struct field *f)
{
	if (!schema_has(f, true) || (f->flags & IN_PATH) || in_path(route, f->name))
		return false;
	return (f->flags & IN_QUERY) || takes_query(route);
}

bool openapi_has_body(const struct api_route *route)
{
	if (takes_query(route))
		return false;
	if (route->op->file)
		return true;
	for (const struct field *f = route->op->call->in->fields; f->name; f++)
		if (schema_has(f, true) && !(f->flags & (IN_PATH | IN_QUERY)) && !in_path(route, f->name))
			return true;
	return false;
}

static bool takes_key(const struct op *op)
{
	return (op->flags & OP_WRITE) && !(op->flags & OP_NO_IDEMPOTENCY) && !op->raw;
}

static bool body_required(const struct type *t)
{
	for (const struct field *f = t->fields; f->name; f++)
		if (schema_has(f, true) && (f->flags & REQUIRED) && !(f->flags & (IN_PATH | IN_QUERY)))
			return true;
	return false;
}

/* --- parameters and body ------------------------------------------------------------------------------------------ */

void openapi_parameter(
	struct buf *b, const struct api_route *route, const struct field *f, const char *name, size_t n, bool path)
{
	bool required = path || (f->flags & REQUIRED);
	buf_printf(b, "%s{\"name\":\"%.*s\",\"in\":\"%s\",", b->p[b->n - 1] == '[' ? "" : ",", (int)n, name,
		path ? "path" : "query");
	if (f)
		pair(b, "description", f->doc);
	else
		pair(b, "description", "As in the path");
	buf_printf(b, ",\"required\":%s,\"schema\":", required ? "true" : "false");
	if (f)
		schema_field(b, f, true);
	else
		buf_str(b, "{\"type\":\"string\"}");
	const char *value = example_value(route->example, name, n);
	if (value)
		buf_printf(b, ",\"example\":%s", value);
	buf_char(b, '}');
}

static void write_path_parameters(struct buf *b, const struct api_route *route)
{
	for (const char *p = route->path; (p = strchr(p, '{')); p++) {
		size_t n = strcspn(p + 1, "}");
		const struct field *f = type_field(route->op->call->in, p + 1, n);
		openapi_parameter(b, route, f, p + 1, n, true);
	}
}

static void header_parameter(struct buf *b, const char *name, const char *doc, const char *schema)
{
	buf_printf(b, "%s{\"name\":\"%s\",\"in\":\"header\",\"required\":false,\"description\":\"%s\",\"schema\":{%s}}",
		b->p[b->n - 1] == '[' ? "" : ",", name, doc, schema);
}

void openapi_key_parameter(struct buf *b, const struct op *op)
{
	if (takes_key(op))
		header_parameter(b, "Idempotency-Key",
			"A repeated request with the same key gets the first one's answer, and nothing is done twice",
			"\"type\":\"string\",\"minLength\":1,\"maxLength\":255");
}

static void cookie_parameter(struct buf *b, const struct op *op)
{
	if (op->flags & OP_COOKIES)
		header_parameter(b, "X-Auth-Mode",
			"For pages in a browser: tokens come and go as cookies that scripts do not see",
			"\"const\":\"cookie\"");
}

static void write_parameters(struct buf *b, const struct api_route *route)
{
	buf_str(b, ",\"parameters\":[");
	write_path_parameters(b, route);
	for (const struct field *f = route->op->call->in->fields; f->name; f++)
		if (is_query_field(route, f))
			openapi_parameter(b, route, f, f->name, strlen(f->name), false);
	openapi_key_parameter(b, route->op);
	cookie_parameter(b, route->op);
	buf_char(b, ']');
}

/* ",\"example\":VALUE" */
static void write_example(struct buf *b, const char *value)
{
	if (!value)
		return;
	buf_str(b, ",\"example\":");
	buf_str(b, value);
}

void openapi_example_body(struct buf *b, const struct api_route *route, const char *type)
{
	const struct example *e = route->example;
	if (e && e->type && strcmp(e->type, type) == 0)
		write_example(b, e->body);
}

void openapi_example_answer(struct buf *b, const struct api_route *route, int status, const char *type)
{
	const struct example *e = route->example;
	if (e && e->status == status && strcmp(e->answer_type, type) == 0)
		write_example(b, e->answer);
}

static const char file_property[] =
	"{\"type\":\"object\",\"properties\":{\"%s\":{\"type\":\"string\",\"format\":\"binary\"}}";

void openapi_photo_body(struct buf *b, const struct type *in)
{
	buf_str(b, "\"multipart/form-data\":{\"schema\":{\"allOf\":[");
	schema_body(b, in, IN_PATH | IN_QUERY, SCHEMA_INPUT | SCHEMA_WHOLE | SCHEMA_FILE);
	buf_char(b, ',');
	buf_printf(b, file_property, "photo");
	buf_str(b, "}]}}");
}

/* A form with the file alone, and the file itself. */
static void write_file_body(struct buf *b)
{
	static const char *const images[] = { "image/jpeg", "image/png", "image/webp", "image/gif" };
	buf_str(b, ",\"requestBody\":{\"required\":true,\"content\":{\"multipart/form-data\":{\"schema\":");
	buf_printf(b, file_property, "file");
	buf_str(b, ",\"required\":[\"file\"]}}");
	for (size_t i = 0; i < sizeof images / sizeof *images; i++)
		buf_printf(b, ",\"%s\":{}", images[i]);
	buf_str(b, "}}");
}

static void write_body(struct buf *b, const struct api_route *route)
{
	static const char *const types[] = { "application/json", "application/x-www-form-urlencoded" };
	const struct op *op = route->op;
	if (op->file_body) {
		write_file_body(b);
		return;
	}
	buf_printf(
		b, ",\"requestBody\":{\"required\":%s,\"content\":{", body_required(op->call->in) ? "true" : "false");
	for (size_t i = 0; i < 2; i++) {
		buf_printf(b, "%s\"%s\":{\"schema\":", i ? "," : "", types[i]);
		schema_ref(b, op->call->in, true);
		openapi_example_body(b, route, types[i]);
		buf_char(b, '}');
	}
	if (op->file) {
		buf_char(b, ',');
		openapi_photo_body(b, op->call->in);
	}
	buf_str(b, "}}");
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void write_list_schema(struct buf *b, const struct op *op)
{
	const struct field *items = op->call->out->fields;
	buf_str(b, "\"data\":");
	schema_field(b, items, false);
	buf_str(b, ",\"meta\":");
	schema_ref(b, items[1].type, false);
	buf_str(b, "},\"required\":[\"success\",\"data\",\"meta\"]}");
}

static void write_envelope(struct buf *b, const struct op *op)
{
	buf_str(b,
		"{\"type\":\"object\",\"properties\":{\"success\":{\"const\":true},\"message\":{\"type\":\"string\"},");
	if (op_is_list(op)) {
		write_list_schema(b, op);
		return;
	}
	buf_str(b, "\"data\":");
	bool maybe = op_may_be_nothing(op) && op->call->out->n;
	buf_str(b, maybe ? "{\"anyOf\":[{\"type\":\"null\"}," : "");
	if (op->call->out == &none_type)
		buf_str(b, "{\"type\":\"null\"}");
	else
		schema_ref(b, op->call->out, false);
	buf_str(b, maybe ? "]}" : "");
	buf_str(b, "},\"required\":[\"success\",\"data\"]}");
}

/* {"text/csv":{"schema":{}},...}: of bytes that no schema describes. */
static void write_types(struct buf *b, const struct api_route *route, const char *types, int status)
{
	char before = '{';
	for (const char *s = types; *s; s += strspn(s, ", ")) {
		size_t n = strcspn(s, ",");
		const char *type = arena_memdup0(b->mem, s, n);
		buf_char(b, before);
		json_write_text(b, type);
		buf_str(b, ":{\"schema\":{}");
		if (status)
			openapi_example_answer(b, route, status, type);
		else
			openapi_example_body(b, route, type);
		buf_char(b, '}');
		before = ',';
		s += n;
	}
	buf_char(b, '}');
}

static void write_upload(struct buf *b, const struct api_route *route)
{
	buf_str(b, ",\"requestBody\":{\"required\":true,\"content\":");
	write_types(b, route, route->op->types ? route->op->types : "application/octet-stream", 0);
	buf_char(b, '}');
}

/* A raw route's answer is text, or what it says. */
static void write_success(struct buf *b, const struct api_route *route, int status)
{
	const struct op *op = route->op;
	buf_printf(b, "\"%d\":{", status);
	pair(b, "description", op->message ? op->message : op->doc);
	bool bare = op->flags & OP_BARE;
	if (op->raw && op->types) {
		buf_str(b, ",\"content\":");
		write_types(b, route, op->types, status);
	} else if (op->raw) {
		buf_str(b, ",\"content\":{\"text/plain\":{\"schema\":{\"type\":\"string\"}");
		openapi_example_answer(b, route, status, "text/plain");
		buf_str(b, "}}");
	} else if (op->answer_file) {
		buf_printf(b, ",\"content\":{\"%s\":{\"schema\":{\"type\":\"string\",\"format\":\"binary\"}}}",
			op->answer_file);
	} else if (status != 204 && !(bare && op->call->out == &none_type)) {
		buf_str(b, ",\"content\":{\"application/json\":{\"schema\":");
		if (bare)
			schema_ref(b, op->call->out, false);
		else
			write_envelope(b, op);
		openapi_example_answer(b, route, status, "application/json");
		buf_str(b, "}}");
	}
	buf_char(b, '}');
}

static bool may_fail(const struct api_route *route, int status)
{
	const struct op *op = route->op;
	bool write = op->flags & OP_WRITE;
	switch (status) {
	case 403:
		return op->need != PERM_NONE || op->own || write;
	case 404:
		return strchr(route->path, '{') != NULL;
	case 409:
		return write;
	case 412:
		return op->reads != NULL;
	case 413:
	case 415:
		return op->body_max || openapi_has_body(route);
	case 422:
		return op->call->in->n > 0 || op->file || takes_key(op);
	case 423:
	case 428:
		return op->rate == RATE_AUTH;
	case 429:
		return op->rate != RATE_NONE;
	default:
		return true;
	}
}

const char *openapi_error_name(enum error_form form)
{
	static const char *const names[] = { [ERRORS_ENVELOPE] = "Error",
		[ERRORS_MESSAGE] = "MessageError",
		[ERRORS_DETAIL] = "DetailError",
		[ERRORS_OAUTH] = "OAuthError",
		[ERRORS_GRAPHQL] = "GraphqlError" };
	return names[form];
}

static void write_responses(struct buf *b, const struct api_route *route)
{
	bool bare = route->op->flags & OP_BARE;
	buf_str(b, ",\"responses\":{");
	write_success(b, route, route->op->status ? route->op->status : 200);
	if (route->op->status_also) {
		buf_char(b, ',');
		write_success(b, route, route->op->status_also);
	}
	if (strcmp(route->method, "get") == 0)
		buf_str(b, ",\"304\":{\"description\":\"Not changed since the ETag in If-None-Match.\"}");
	for (size_t i = 0; !bare && i < sizeof failures / sizeof *failures; i++)
		if (may_fail(route, failures[i].status))
			buf_printf(b, ",\"%d\":{\"$ref\":\"#/components/responses/%s\"}", failures[i].status,
				failures[i].name);
	const char *other = route->op->shape ? openapi_error_name(route->op->shape->errors)
	                    : bare           ? "OAuthError"
	                                     : "Error";
	buf_printf(b, ",\"default\":{\"$ref\":\"#/components/responses/%s\"}}", other);
}

static void write_response(struct buf *b, const char *name, const char *doc, const char *schema)
{
	buf_printf(b, "\"%s\":{", name);
	pair(b, "description", doc);
	buf_printf(
		b, ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}}", schema);
}

void openapi_error_responses(struct buf *b)
{
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		write_response(b, failures[i].name, failures[i].doc, "Error");
		buf_char(b, ',');
	}
	write_response(b, "Error", "Any other failure.", "Error");
	buf_char(b, ',');
	write_response(b, "OAuthError", "A failure, as RFC 6749 section 5.2 has it.", "OAuthError");
	buf_char(b, ',');
	write_response(b, "GraphqlError", "A failure before anything was run, as GraphQL tells it.", "GraphqlError");
}

void openapi_error_schemas(struct buf *b)
{
	buf_str(b,
		"\"Error\":{\"type\":\"object\",\"description\":\"Every failure.\",\"properties\":{"
		"\"success\":{\"const\":false},"
		"\"message\":{\"type\":\"string\",\"description\":\"A sentence for a person\"},"
		"\"error\":{\"type\":\"string\",\"description\":\"A code for programs; it never changes\"},"
		"\"details\":{\"type\":\"object\",\"description\":\"What is wrong with each field\","
		"\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
		"\"correlation_id\":{\"type\":\"string\",\"description\":\"Finds this request in the log\"},"
		"\"challenge\":{\"type\":\"string\",\"description\":\"With proof_required: send CHALLENGE:T as proof, T chosen so"
		" that SHA-256 of that text begins with as many zero bits as difficulty says\"},"
		"\"difficulty\":{\"type\":\"integer\"},"
		"\"expires_at\":{\"type\":\"string\",\"format\":\"date-time\"}},"
		"\"required\":[\"success\",\"message\",\"error\"]},"
		"\"OAuthError\":{\"type\":\"object\",\"description\":\"RFC 6749 section 5.2\",\"properties\":{"
		"\"error\":{\"type\":\"string\"},\"error_description\":{\"type\":\"string\"}},"
		"\"required\":[\"error\"]},"
		"\"GraphqlError\":{\"type\":\"object\",\"description\":\"October 2021, section 7.1\",\"properties\":{"
		"\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
		"\"message\":{\"type\":\"string\"},\"extensions\":{\"type\":\"object\",\"properties\":{"
		"\"code\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"}}}},\"required\":[\"message\"]}}},"
		"\"required\":[\"errors\"]}");
}

/* --- operation ---------------------------------------------------------------------------------------------------- */

/* user_create is userCreate, and userCreate_2 under its second address. */
static void write_id(struct buf *b, const struct api_route *route)
{
	buf_str(b, "\"operationId\":\"");
	for (const char *s = route->op->call->name; *s; s++) {
		bool up = *s == '_' && s[1];
		s += up;
		buf_char(b, up && *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
	}
	if (route->nth > 1)
		buf_printf(b, "_%u", route->nth);
	buf_str(b, "\",");
}

const char *openapi_security(const struct op *op)
{
	if (!(op->flags & OP_ANYONE))
		return "[{\"bearerAuth\":[]},{\"cookieAuth\":[]}]";
	return op->flags & OP_SERVICE ? "[{},{\"bearerAuth\":[]},{\"cookieAuth\":[]}]" : "[]";
}

void openapi_operation(struct buf *b, const struct api_route *route)
{
	const struct op *op = route->op;
	buf_char(b, '{');
	write_id(b, route);
	pair(b, "summary", op->doc);
	buf_char(b, ',');
	openapi_about(b, op);
	buf_str(b, ",\"tags\":[");
	json_write_text(b, op->tag ? op->tag : route->feature->name);
	buf_printf(b, "],\"security\":%s", openapi_security(op));
	write_parameters(b, route);
	if (op->body_max)
		write_upload(b, route);
	else if (openapi_has_body(route))
		write_body(b, route);
	write_responses(b, route);
	buf_char(b, '}');
}
