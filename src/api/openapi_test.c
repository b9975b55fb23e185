#include "api/openapi.h"
#include "base/json.h"
#include "base/sample_test.h"
#include "api/shape.h"
#include "base/page.h"
#include "base/test.h"

#include <jansson.h>
#include <string.h>

struct sample_list {
	struct list items;
	const struct page *page;
};
TYPE(sample_list, FIELD_LIST(sample_list, items, sample, REQUIRED, "Samples"),
	FIELD_OBJECT(sample_list, page, page, REQUIRED, "Place in the list"));

static const struct op_call update = { .name = "sample_update", .in = &sample_type, .out = &sample_type };
static const struct op_call find = { .name = "sample_find", .in = &sample_type, .out = &sample_list_type };
static const struct op_call drop = { .name = "sample_drop", .in = &none_type, .out = &none_type };
static const struct op_call bare = { .name = "sample_bare", .in = &none_type, .out = &sample_address_type };

static const struct shape older = { .name = "older" };
static const struct feature sample_feature = {
	.name = "sample",
	.doc = "Samples of everything",
	.ops =
		(const struct op[]){
			{ .call = &update,
				.rest = "PATCH /samples/{id}, PUT /samples/{id}",
				.doc = "Change",
				.flags = OP_WRITE },
			{ .call = &find, .rest = "GET /samples", .doc = "Find", .flags = OP_ANYONE },
			{ .call = &drop, .rest = "DELETE /samples", .doc = "Drop", .status = 204, .flags = OP_WRITE },
			{ .call = &bare,
				.root = "GET /.well-known/x",
				.doc = "Bare",
				.flags = OP_BARE | OP_ANYONE | OP_SERVICE },
			{ .call = &drop, .root = "GET /page", .doc = "Page", .flags = OP_HIDDEN },
			{ .call = NULL },
		},
	.shapes =
		(const struct shape_row[]){
			{ .shape = &older, .route = "POST /api/samples/{id}", .op = "sample_update" },
			{ .route = NULL },
		},
};
static const struct feature *const features[] = { &sample_feature, NULL };

static json_t *document(struct cx *cx)
{
	struct buf b = { .mem = cx->mem };
	static const char examples[] =
		"PATCH /api/v1/samples/{id}\nparameter id \"7f\"\napplication/json {\"name\":\"Ann\"}\n"
		"200 {\"success\":true}\n\n";
	const struct openapi_info info = { .version = "1.2.3",
		.server_url = "http://127.0.0.1:8080",
		.contact_email = "ann@example.org",
		.examples = examples };
	openapi_write(&b, features, &info);
	json_error_t error;
	json_t *v = json_loads(buf_cstr(&b), JSON_REJECT_DUPLICATES, &error);
	if (!v)
		test_fail(__FILE__, __LINE__, "%s at line %d", error.text, error.line);
	return v;
}

/* The value at "a|b|c"; numbers are places in a list. */
static json_t *at(json_t *v, const char *path)
{
	while (v && *path) {
		char step[80] = "";
		size_t n = strcspn(path, "|");
		memcpy(step, path, n < sizeof step ? n : sizeof step - 1);
		v = json_is_array(v) ? json_array_get(v, strtoul(step, NULL, 10)) : json_object_get(v, step);
		path += n + (path[n] == '|');
	}
	return v;
}

static const char *text_at(json_t *v, const char *path)
{
	return json_string_value(at(v, path));
}

TEST(openapi, has_every_route_of_the_tables_and_hides_hidden_ones)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	CHECK_TEXT(text_at(v, "openapi"), "3.1.0");
	CHECK_TEXT(text_at(v, "info|version"), "1.2.3");
	CHECK_INT(json_object_size(at(v, "paths")), 4);
	CHECK_TEXT(text_at(v, "paths|/api/v1/samples/{id}|patch|operationId"), "sampleUpdate");
	CHECK_TEXT(text_at(v, "paths|/api/v1/samples/{id}|put|operationId"), "sampleUpdate_2");
	CHECK_TEXT(text_at(v, "paths|/api/v1/samples|get|summary"), "Find");
	CHECK_TEXT(text_at(v, "paths|/api/samples/{id}|post|x-shape"), "older");
	CHECK(!at(v, "paths|/page"));
	json_decref(v);
	sample_cx_end(cx);
}

TEST(openapi, puts_fields_in_path_query_or_body)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	json_t *patch = at(v, "paths|/api/v1/samples/{id}|patch");
	CHECK_TEXT(text_at(patch, "parameters|0|name"), "id");
	CHECK_TEXT(text_at(patch, "parameters|0|in"), "path");
	CHECK_TEXT(text_at(patch, "parameters|1|name"), "limit");
	CHECK_TEXT(text_at(patch, "parameters|1|in"), "query");
	CHECK_TEXT(text_at(patch, "parameters|2|name"), "Idempotency-Key");
	CHECK_TEXT(text_at(patch, "parameters|2|in"), "header");
	CHECK_INT(json_array_size(at(patch, "parameters")), 3);
	CHECK_TEXT(
		text_at(patch, "requestBody|content|application/json|schema|$ref"), "#/components/schemas/SampleInput");
	json_t *in = at(v, "components|schemas|SampleInput");
	CHECK(at(in, "properties|name") && !at(in, "properties|id") && !at(in, "properties|limit"));
	CHECK(!at(in, "properties|made_by") && !at(in, "properties|row_key"));
	CHECK_TEXT(text_at(in, "required|0"), "name");
	CHECK(json_is_false(at(in, "additionalProperties")));
	CHECK(!at(v, "paths|/api/v1/samples|get|requestBody") && !at(v, "paths|/api/v1/samples|delete|requestBody"));
	json_decref(v);
	sample_cx_end(cx);
}

TEST(openapi, describes_addresses_of_older_clients_in_their_form)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	json_t *post = at(v, "paths|/api/samples/{id}|post");
	CHECK_TEXT(text_at(post, "operationId"), "postApiSamplesId");
	CHECK_TEXT(text_at(post, "tags|0"), "compatibility");
	CHECK_TEXT(text_at(post, "parameters|0|name"), "id");
	CHECK_TEXT(text_at(post, "requestBody|content|application/json|schema|$ref"),
		"#/components/schemas/postApiSamplesIdInput");
	json_t *in = at(v, "components|schemas|postApiSamplesIdInput");
	CHECK(at(in, "properties|name") && !at(in, "properties|id") && !at(in, "properties|limit"));
	json_t *out = at(post, "responses|200|content|application/json|schema");
	CHECK(at(out, "properties|name") && !at(out, "properties|password"));
	CHECK_TEXT(text_at(post, "responses|default|$ref"), "#/components/responses/Error");
	json_decref(v);
	sample_cx_end(cx);
}

TEST(openapi, shows_examples_where_they_belong)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	json_t *patch = at(v, "paths|/api/v1/samples/{id}|patch");
	CHECK_TEXT(text_at(patch, "parameters|0|example"), "7f");
	CHECK_TEXT(text_at(patch, "requestBody|content|application/json|example|name"), "Ann");
	CHECK(!at(patch, "requestBody|content|application/x-www-form-urlencoded|example"));
	CHECK(json_is_true(at(patch, "responses|200|content|application/json|example|success")));
	CHECK(!at(v, "paths|/api/v1/samples/{id}|put|parameters|0|example"));
	json_decref(v);
	sample_cx_end(cx);
}

TEST(openapi, says_who_may_call_and_what_a_group_is_for)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	CHECK_TEXT(text_at(v, "paths|/api/v1/samples|get|description"), "Anyone may call it.");
	CHECK_TEXT(text_at(v, "paths|/api/v1/samples|delete|description"), "For people who are logged in.");
	CHECK_TEXT(text_at(v, "tags|1|name"), "sample");
	CHECK_TEXT(text_at(v, "tags|1|description"), "Samples of everything");
	CHECK_TEXT(text_at(v, "info|contact|email"), "ann@example.org");
	json_decref(v);
	sample_cx_end(cx);
}

TEST(openapi, describes_answers_as_doors_give_them)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	const char *schema = "responses|200|content|application/json|schema";
	json_t *one = at(at(v, "paths|/api/v1/samples/{id}|put"), schema);
	CHECK_TEXT(text_at(one, "properties|data|$ref"), "#/components/schemas/Sample");
	json_t *list = at(at(v, "paths|/api/v1/samples|get"), schema);
	CHECK_TEXT(text_at(list, "properties|data|items|$ref"), "#/components/schemas/Sample");
	CHECK_TEXT(text_at(list, "properties|meta|$ref"), "#/components/schemas/Page");
	json_t *alone = at(v, "paths|/.well-known/x|get");
	CHECK_TEXT(text_at(at(alone, schema), "$ref"), "#/components/schemas/SampleAddress");
	CHECK_TEXT(text_at(alone, "responses|default|$ref"), "#/components/responses/OAuthError");
	CHECK(at(v, "paths|/api/v1/samples|delete|responses|204") && at(v, "paths|/api/v1/samples|get|responses|304"));
	CHECK(!at(v, "components|schemas|Sample|properties|password"));
	CHECK(!at(v, "components|schemas|Sample|required")); /* any of them may be hidden from a viewer */
	CHECK_INT(json_array_size(at(v, "paths|/api/v1/samples|get|security")), 0);
	CHECK_INT(json_array_size(at(alone, "security")), 3); /* nobody, a token, a cookie */
	CHECK_INT(json_array_size(at(v, "paths|/api/v1/samples|delete|security")), 2);
	json_decref(v);
	sample_cx_end(cx);
}

/* Every "$ref" of the document leads somewhere. */
static void check_refs(json_t *root, json_t *v)
{
	const char *name;
	json_t *member;
	size_t i;
	json_object_foreach(v, name, member)
	{
		if (strcmp(name, "$ref") == 0) {
			char path[200];
			snprintf(path, sizeof path, "%s", json_string_value(member) + 2);
			for (char *p = path; (p = strchr(p, '/'));)
				*p = '|';
			CHECK(at(root, path));
		}
		check_refs(root, member);
	}
	json_array_foreach(v, i, member) check_refs(root, member);
}

TEST(openapi, refers_to_nothing_that_is_not_there)
{
	struct cx *cx = sample_cx();
	json_t *v = document(cx);
	check_refs(v, v);
	json_decref(v);
	sample_cx_end(cx);
}
