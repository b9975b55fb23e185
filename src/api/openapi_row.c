#include "api/openapi_row.h"
#include "api/openapi_about.h"
#include "api/schema.h"

#include <string.h>

static void pair(struct buf *b, const char *name, const char *value)
{
	json_write_text(b, name);
	buf_char(b, ':');
	json_write_text(b, value);
}

/* "POST /api/auth/verify-email/{token}" is postApiAuthVerifyEmailToken: no two rows have one address. */
static const char *id_of(struct arena *mem, const struct api_route *route)
{
	bool up = false;
	struct buf id = { .mem = mem };
	buf_str(&id, route->method);
	for (const char *s = route->path; *s; s++) {
		bool word = strchr("/{}-_.", *s) == NULL;
		if (word)
			buf_char(&id, up && *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s);
		up = !word;
	}
	return buf_cstr(&id);
}

/* --- input -------------------------------------------------------------------------------------------------------- */

static bool in_path(const struct api_route *route, const struct field *f)
{
	size_t n = strlen(f->name);
	for (const char *p = route->path; (p = strchr(p, '{')); p++)
		if (strncmp(p + 1, f->name, n) == 0 && p[1 + n] == '}')
			return true;
	return (f->flags & IN_PATH) != 0;
}

static bool takes_query(const struct api_route *route)
{
	return strcmp(route->method, "get") == 0 || strcmp(route->method, "delete") == 0;
}

static bool in_query(const struct api_route *route, const struct field *f)
{
	return schema_has(f, true) && !in_path(route, f) && ((f->flags & IN_QUERY) || takes_query(route));
}

static bool in_body(const struct api_route *route, const struct field *f)
{
	return schema_has(f, true) && !in_path(route, f) && !(f->flags & IN_QUERY) && !takes_query(route);
}

static void write_parameters(struct buf *b, const struct api_route *route)
{
	const struct type *in = route->view->in;
	buf_str(b, ",\"parameters\":[");
	for (const char *p = route->path; (p = strchr(p, '{')); p++) {
		size_t n = strcspn(p + 1, "}");
		openapi_parameter(b, route, type_field(in, p + 1, n), p + 1, n, true);
	}
	for (const struct field *f = in->fields; f->name; f++)
		if (in_query(route, f))
			openapi_parameter(b, route, f, f->name, strlen(f->name), false);
	openapi_key_parameter(b, route->view->op);
	buf_char(b, ']');
}

/* The fields that stand in the body, as a type of their own; NULL when there are none. */
static const struct type *body_of(struct arena *mem, const struct api_route *route, bool *required)
{
	const struct type *in = route->view->in;
	struct field *fields = arena_array_of(mem, struct field, in->n + 1);
	size_t n = 0;
	*required = false;
	for (const struct field *f = in->fields; f->name; f++)
		if (in_body(route, f)) {
			fields[n++] = *f;
			*required |= (f->flags & REQUIRED) != 0;
		}
	struct type *out = arena_new_of(mem, struct type);
	*out = (struct type){ in->name, in->size, fields, n, 0 };
	return n ? out : NULL;
}

void openapi_row_input(struct buf *b, const struct api_route *route)
{
	bool required;
	const struct type *body = body_of(b->mem, route, &required);
	if (!body)
		return;
	unsigned lax = route->row->ignore_unknown || (route->view->op->flags & OP_IGNORE_UNKNOWN) ? SCHEMA_LAX : 0;
	unsigned file = route->view->op->file ? SCHEMA_FILE : 0;
	buf_printf(b, ",\"%sInput\":", id_of(b->mem, route));
	schema_body(b, body, 0, SCHEMA_INPUT | SCHEMA_WHOLE | lax | file);
}

static void write_body(struct buf *b, const struct api_route *route)
{
	static const char *const types[] = { "application/json", "application/x-www-form-urlencoded",
		"multipart/form-data" };
	bool required;
	const struct type *body = body_of(b->mem, route, &required);
	if (!body)
		return;
	buf_printf(b, ",\"requestBody\":{\"required\":%s,\"content\":{", required ? "true" : "false");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		buf_printf(b, "%s\"%s\":{\"schema\":{\"$ref\":\"#/components/schemas/%sInput\"}", i ? "," : "",
			types[i], id_of(b->mem, route));
		openapi_example_body(b, route, types[i]);
		buf_char(b, '}');
	}
	buf_str(b, "}}");
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void write_success(struct buf *b, const struct api_route *route, int status)
{
	const struct view *v = route->view;
	buf_printf(b, "\"%d\":{", status);
	pair(b, "description", v->row->message ? v->row->message : v->op->message ? v->op->message : v->op->doc);
	buf_str(b, ",\"content\":{\"application/json\":{\"schema\":");
	if (v->root)
		schema_field(b, v->out->fields, SCHEMA_WHOLE);
	else
		schema_body(b, v->out, 0, SCHEMA_WHOLE);
	openapi_example_answer(b, route, status, "application/json");
	buf_str(b, "}}}");
}

static void write_responses(struct buf *b, const struct api_route *route)
{
	const struct op *op = route->view->op;
	buf_str(b, ",\"responses\":{");
	write_success(b, route, route->row->status ? route->row->status : op->status ? op->status : 200);
	if (op->status_also) {
		buf_char(b, ',');
		write_success(b, route, op->status_also);
	}
	if (strcmp(route->method, "get") == 0)
		buf_str(b, ",\"304\":{\"description\":\"Not changed since the ETag in If-None-Match.\"}");
	buf_printf(b, ",\"default\":{\"$ref\":\"#/components/responses/%s\"}}",
		openapi_error_name(route->row->shape->errors));
}

void openapi_row_responses(struct buf *b, bool any)
{
	if (!any)
		return;
	static const struct {
		enum error_form form;
		const char *doc;
	} forms[] = { { ERRORS_MESSAGE, "A failure, with a sentence as `error`." },
		{ ERRORS_DETAIL, "A failure, with a sentence or a list of wrong fields as `detail`." } };
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const char *name = openapi_error_name(forms[i].form);
		buf_printf(b, ",\"%s\":{", name);
		pair(b, "description", forms[i].doc);
		buf_printf(b,
			",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}}",
			name);
	}
}

void openapi_row_schemas(struct buf *b, bool any)
{
	if (!any)
		return;
	buf_str(b,
		",\"MessageError\":{\"type\":\"object\",\"properties\":{"
		"\"error\":{\"type\":\"string\",\"description\":\"What happened, as these clients know it\"},"
		"\"message\":{\"type\":\"string\",\"description\":\"A sentence for a person\"},"
		"\"code\":{\"type\":\"string\",\"description\":\"A code for programs; it never changes\"},"
		"\"details\":{\"type\":\"array\",\"description\":\"What is wrong with each field\",\"items\":{"
		"\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"field\"},\"msg\":{\"type\":\"string\"},"
		"\"path\":{\"type\":\"string\"},\"location\":{\"type\":\"string\"}}}},"
		"\"retryAfter\":{\"type\":\"integer\",\"description\":\"Seconds to wait, when there were too many requests\"},"
		"\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"When that was\"}},"
		"\"required\":[\"error\",\"message\"]},"
		"\"DetailError\":{\"type\":\"object\",\"properties\":{\"detail\":{\"anyOf\":[{\"type\":\"string\"},"
		"{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
		"\"loc\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"msg\":{\"type\":\"string\"},"
		"\"type\":{\"type\":\"string\"}},\"required\":[\"loc\",\"msg\",\"type\"]}}]}},"
		"\"required\":[\"detail\"]}");
}

/* --- operation ---------------------------------------------------------------------------------------------------- */

void openapi_row(struct buf *b, const struct api_route *route)
{
	const struct op *op = route->view->op;
	buf_char(b, '{');
	pair(b, "operationId", id_of(b->mem, route));
	buf_char(b, ',');
	struct buf summary = { .mem = b->mem };
	buf_printf(&summary, "%s (for older clients)", op->doc);
	pair(b, "summary", buf_cstr(&summary));
	buf_char(b, ',');
	openapi_about(b, op);
	buf_str(b, ",\"tags\":[\"compatibility\"],\"security\":");
	buf_str(b, openapi_security(op));
	buf_char(b, ',');
	pair(b, "x-shape", route->row->shape->name);
	buf_char(b, ',');
	pair(b, "x-operation", route->row->op);
	write_parameters(b, route);
	write_body(b, route);
	write_responses(b, route);
	buf_char(b, '}');
}
