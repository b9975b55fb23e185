#include "api/shape.h"
#include "api/route.h"
#include "base/json.h"
#include "base/test.h"

#include <string.h>

static const char *const states[] = { "active", "pending", "banned", NULL };

struct part {
	const char *street_name;
};
struct thing {
	const char *id, *first_name, *role;
	unsigned state;
	int64_t made_at;
	const struct part *home_part;
	struct list parts;
};
TYPE(part, FIELD(part, street_name, 0, "A text"));
TYPE(thing, FIELD(thing, id, REQUIRED, "Id"), FIELD(thing, first_name, 0, "A text", .alias = "given"),
	FIELD(thing, role, WORD, "A word"), FIELD_ENUM(thing, state, states, 0, "A state"),
	FIELD(thing, made_at, TIME, "A time"), FIELD_OBJECT(thing, home_part, part, 0, "A part"),
	FIELD_LIST(thing, parts, part, 0, "Parts"));

static const struct op_call call = { .name = "thing_do", .in = &thing_type, .out = &thing_type };
static const struct op op = { .call = &call };
static const struct part parts[] = { { "one" }, { "two" } };
static const struct thing sample = { .id = "i",
	.first_name = "Ann",
	.role = "admin",
	.state = 1,
	.made_at = 1000,
	.home_part = &parts[0],
	.parts = { (void *)(uintptr_t)parts, 2 } };

static struct arena *mem;

static const struct view *compile(const struct shape_row *row)
{
	mem = mem ? mem : arena_new(0);
	return view_new(mem, row, &op);
}

static const char *shown(const struct shape *shape, const char *out)
{
	const struct shape_row row = { .shape = shape, .route = "GET /x", .message = "Done well", .out = out };
	const struct view *v = compile(&row);
	struct buf b = { .mem = mem };
	if (v->root)
		json_write_value(&b, v->out->fields, &sample, JSON_ANSWER, false);
	else
		json_write(&b, v->out, &sample, JSON_ANSWER);
	return buf_cstr(&b);
}

TEST(shape, answers_are_renamed_nested_and_cut)
{
	CHECK_TEXT(shown(&shape_bare, "id, name=first_name"), "{\"id\":\"i\",\"name\":\"Ann\"}");
	CHECK_TEXT(shown(&shape_bare, "message, id"), "{\"message\":\"Done well\",\"id\":\"i\"}");
	CHECK_TEXT(shown(&shape_bare, "who=.{id, deeper=.{name=first_name}}, role"),
		"{\"who\":{\"id\":\"i\",\"deeper\":{\"name\":\"Ann\"}},\"role\":\"admin\"}");
	CHECK_TEXT(shown(&shape_bare, "home=home_part{street=street_name}"), "{\"home\":{\"street\":\"one\"}}");
	CHECK_TEXT(shown(&shape_bare, "data=parts{s=street_name}"), "{\"data\":[{\"s\":\"one\"},{\"s\":\"two\"}]}");
	CHECK_TEXT(shown(&shape_bare, "@parts{s=street_name}"), "[{\"s\":\"one\"},{\"s\":\"two\"}]");
	CHECK_TEXT(shown(&shape_bare, "@home_part{street_name}"), "{\"street_name\":\"one\"}");
}

TEST(shape, camel_shapes_write_camel_names_and_upper_case_words)
{
	CHECK_TEXT(shown(&shape_camel, "id, firstName, role, state"),
		"{\"id\":\"i\",\"firstName\":\"Ann\",\"role\":\"ADMIN\",\"state\":\"PENDING_VERIFICATION\"}");
	CHECK_TEXT(shown(&shape_camel, "homePart"), "{\"homePart\":{\"streetName\":\"one\"}}");
	CHECK_TEXT(shown(&shape_camel, "*"),
		"{\"id\":\"i\",\"firstName\":\"Ann\",\"role\":\"ADMIN\",\"state\":\"PENDING_VERIFICATION\","
		"\"madeAt\":\"1970-01-01T00:00:01.000Z\",\"homePart\":{\"streetName\":\"one\"},"
		"\"parts\":[{\"streetName\":\"one\"},{\"streetName\":\"two\"}]}");
}

static struct thing *bound(const struct shape_row *row, const char *json, err_t want)
{
	static struct cx cx;
	const struct view *v = compile(row);
	cx = (struct cx){ .mem = mem };
	struct thing *t = arena_new_of(mem, struct thing);
	CHECK_ERR(json_read(&cx, v->in, t, json, strlen(json), false), want);
	return t;
}

TEST(shape, input_takes_their_names_and_ours)
{
	const struct shape_row row = { .shape = &shape_camel, .route = "POST /x", .in = "who=first_name" };
	CHECK_TEXT(bound(&row, "{\"id\":\"1\",\"who\":\"a\"}", ERR_OK)->first_name, "a");
	CHECK_TEXT(bound(&row, "{\"id\":\"1\",\"first_name\":\"a\"}", ERR_OK)->first_name, "a");
	CHECK_TEXT(bound(&row, "{\"id\":\"1\",\"given\":\"a\"}", ERR_OK)->first_name, "a");
	CHECK_INT(bound(&row, "{\"id\":\"1\",\"state\":\"BANNED\"}", ERR_OK)->state, 2);
	bound(&row, "{\"id\":\"1\",\"who\":\"a\",\"first_name\":\"b\"}", ERR_INVALID);
	bound(&row, "{\"id\":\"1\",\"stranger\":\"a\"}", ERR_INVALID);
	bound(&row, "{}", ERR_INVALID);
}

TEST(shape, a_name_of_an_enum_is_another_in_that_enum_alone)
{
	static const char *const ties[] = { "accepted", "pending", NULL }, *const seen[] = { "public", "followers",
		NULL };
	struct arena *a = arena_new(0);
	const struct field tie = { .name = "tie", .kind = KIND_ENUM, .names = ties };
	const struct field who = { .name = "who_sees", .kind = KIND_ENUM, .names = seen };
	CHECK_TEXT(view_field(a, &shape_camel, &thing_type, &tie).names[1], "PENDING");
	CHECK_TEXT(view_field(a, &shape_camel, &thing_type, &who).names[1], "FRIENDS_ONLY");
	CHECK_TEXT(view_field(a, &shape_camel, &thing_type, &who).name, "whoSees");
	arena_free(a);
}

TEST(shape, fixed_values_stand_in_for_what_older_clients_do_not_send)
{
	const struct shape_row row = { .shape = &shape_bare, .route = "POST /x", .fixed = "id=seven, role=user" };
	CHECK_TEXT(bound(&row, "{}", ERR_OK)->id, "seven");
	CHECK_TEXT(bound(&row, "{\"role\":\"x\"}", ERR_OK)->role, "x");
}

TEST(shape, the_rows_own_errors_win_over_the_shapes)
{
	const struct shape_row row = {
		.shape = &shape_camel, .route = "POST /x", .errors = "not_found=410:It is gone, denied=403"
	};
	const struct view *v = compile(&row);
	CHECK_INT(view_error(v, "not_found")->status, 410);
	CHECK_TEXT(view_error(v, "not_found")->text, "It is gone");
	CHECK_TEXT(view_error(v, "denied")->text, NULL);
	CHECK_INT(view_error(v, "invalid")->status, 400);
	CHECK(!view_error(v, "no_such_code"));
}

TEST(shape, every_row_of_every_feature_compiles_and_names_errors_that_there_are)
{
	struct arena *a = arena_new(0);
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct shape_row *row = (*f)->shapes; row && row->route; row++) {
			const struct op *operation = op_find(row->op, NULL);
			CHECK(operation);
			const struct view *v = view_new(a, row, operation);
			for (size_t i = 0; i < v->errors_n; i++) {
				bool known = false;
				for (int e = 0; e < ERR_COUNT; e++)
					known = known || strcmp(err_info((err_t)e)->code, v->errors[i].code) == 0;
				if (!known)
					test_fail(__FILE__, __LINE__, "%s: there is no error %s", row->route,
						v->errors[i].code);
			}
			void *empty = arena_alloc(a, operation->call->out->size);
			struct buf b = { .mem = a };
			json_write(&b, v->out, empty, JSON_ANSWER);
			CHECK(b.n >= 2);
		}
	arena_free(a);
}

/* --- routes ------------------------------------------------------------------------------------------------------- */

static struct route_match find(enum http_method method, const char *path)
{
	mem = mem ? mem : arena_new(0);
	routes_init();
	return route_find(mem, method, path);
}

static const char *op_of(enum http_method method, const char *path)
{
	struct route_match m = find(method, path);
	return m.endpoint ? m.endpoint->op->call->name : m.methods ? "405" : "404";
}

TEST(route, literals_win_over_parameters)
{
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/me"), "user_me");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/search"), "user_search");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/ann"), "user_get");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/mee"), "user_get");
	struct route_match m = find(HTTP_POST, "/api/v1/users/ann/status");
	CHECK_TEXT(m.endpoint->op->call->name, "user_set_status");
	CHECK_TEXT(m.values[0], "ann");
	CHECK_TEXT(m.endpoint->params[0], "id");
	/* A literal that leads nowhere gives way. */
	CHECK_TEXT(find(HTTP_POST, "/api/v1/users/me/status").values[0], "me");
}

TEST(route, a_slash_at_the_end_makes_no_difference_but_two_in_a_row_do)
{
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/me/"), "user_me");
	CHECK_TEXT(op_of(HTTP_GET, "/"), "welcome");
	CHECK_TEXT(op_of(HTTP_GET, "/health/"), "health_get");
	CHECK_TEXT(op_of(HTTP_GET, "//health"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/api//v1/users/me"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users//"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/me//"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/API/v1/users/me"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/api/v1/users/a/b/c/d/e/f/g/h/i/j"), "404");
	CHECK_TEXT(op_of(HTTP_GET, "/api"), "404");
}

TEST(route, head_finds_what_get_finds_and_others_are_told_what_is_allowed)
{
	CHECK_TEXT(op_of(HTTP_HEAD, "/api/v1/users/me"), "user_me");
	CHECK_TEXT(op_of(HTTP_HEAD, "/api/v1/auth/login"), "405");
	CHECK_TEXT(op_of(HTTP_OTHER, "/api/v1/users/me"), "405");
	CHECK_TEXT(op_of(HTTP_OPTIONS, "/api/v1/users/me"), "405");
	struct route_match m = find(HTTP_POST, "/api/v1/users/me");
	CHECK(!m.endpoint);
	const char *allow = route_allow(mem, m.methods);
	static const char *const names[] = { "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(strstr(allow, names[i]));
	CHECK(!strstr(allow, "POST"));
}
