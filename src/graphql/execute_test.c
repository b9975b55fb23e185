/* Operations run over a small world: a chain of things of which some are broken. */
#include "graphql/execute.h"
#include "base/test.h"
#include "graphql/check.h"

#include <stdio.h>
#include <stdlib.h>

static const struct gql_limits wide = {
	.bytes = 1 << 20, .tokens = 4000, .depth = 20, .aliases = 4000, .directives = 4000, .fragments = 64
};
static const struct gql_check_limits bounds = { .depth = 20, .operations = 50, .variables = 50, .work = 100000 };

/* --- the world ---------------------------------------------------------------------------------------------------- */

/* Thing { n: Int!, bad: Int, worst: Int!, none: Int!, next: Thing, must: Thing!, list(n: Int = 2): [Thing], strict: [Thing!],
 * named: Named, echo(...): JSON } */
struct thing {
	int64_t n;
};
static const struct thing things[] = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 }, { 8 } };

static struct {
	char calls[400]; /* "next:1 list:2 ": which field was asked of how many */
	struct arena *mem;
	struct gql_schema *schema;
	const struct gql_type *thing, *other;
} world;

static void say(const char *field, size_t n)
{
	size_t used = strlen(world.calls);
	(void)snprintf(world.calls + used, sizeof world.calls - used, "%s:%zu ", field, n);
}

static struct gql_result of_thing(const struct thing *t)
{
	return (struct gql_result){ .kind = GQL_R_OBJECT, .type = world.thing, .object = t };
}

static struct gql_result number(int64_t n)
{
	return (struct gql_result){ .kind = GQL_R_INT, .n = n };
}

static struct gql_result error(const char *text)
{
	return (struct gql_result){ .kind = GQL_R_ERROR, .text = text, .extensions = "\"code\":\"oops\"" };
}

static struct gql_result several(const struct gql_ask *ask, int64_t n)
{
	struct gql_result r = {
		.kind = GQL_R_LIST, .n = n, .items = arena_array_of(world.mem, struct gql_result, (size_t)n)
	};
	for (int64_t i = 0; i < n; i++)
		r.items[i] = of_thing(&things[i]);
	if (strcmp(ask->field->name, "broken") == 0)
		r.items[n - 1] = (struct gql_result){ .kind = GQL_R_NULL };
	return r;
}

static void write_json(struct buf *out, const void *a, const void *b)
{
	(void)b;
	buf_str(out, a);
}

static void free_text(void *p)
{
	free(p);
}

static struct gql_result echo(const struct gql_ask *ask)
{
	char *text = json_dumps(ask->arguments, JSON_COMPACT | JSON_SORT_KEYS);
	arena_defer(world.mem, free_text, text);
	return (struct gql_result){ .kind = GQL_R_WRITTEN, .write = write_json, .a = text };
}

static struct gql_result one(const struct gql_ask *ask, const struct thing *t)
{
	const char *f = ask->field->name;
	const struct thing *next = &things[(t->n + 1) % 9];
	if (strcmp(f, "n") == 0)
		return number(t->n);
	if (strcmp(f, "bad") == 0 || strcmp(f, "worst") == 0)
		return error("It is broken.");
	if (strcmp(f, "next") == 0 || strcmp(f, "must") == 0 || strcmp(f, "thing") == 0 || strcmp(f, "do") == 0)
		return of_thing(next);
	if (strcmp(f, "named") == 0)
		return t->n % 2 ? (struct gql_result){ .kind = GQL_R_OBJECT, .type = world.other, .object = t }
		                : of_thing(t);
	if (strcmp(f, "title") == 0)
		return (struct gql_result){ .kind = GQL_R_TEXT, .text = "a \"title\"" };
	if (strcmp(f, "echo") == 0)
		return echo(ask);
	if (strcmp(f, "none") == 0)
		return (struct gql_result){ .kind = GQL_R_NULL };
	return several(ask, json_integer_value(json_object_get(ask->arguments, "n")));
}

static void resolve_world(struct gql_ask *ask)
{
	say(ask->field->name, ask->n);
	for (size_t i = 0; i < ask->n; i++)
		ask->out[i] = one(ask, ask->objects[i] ? ask->objects[i] : &things[0]); /* the root is none */
}

static void add_list(struct gql_type *to, const char *name, const struct gql_type *type)
{
	struct gql_field_def *f = gql_field_add(world.schema, to, name, type, "");
	gql_input_add(world.schema, &f->takes, "n", world.schema->int_, "2", "");
}

static void make_thing(struct gql_type *t, struct gql_type *named)
{
	struct gql_schema *s = world.schema;
	const struct gql_type *must = gql_non_null(s, s->int_);
	gql_field_add(s, t, "n", must, "Its number");
	gql_field_add(s, t, "bad", s->int_, "")->deprecated = "It is broken";
	gql_field_add(s, t, "worst", must, "");
	gql_field_add(s, t, "none", must, "");
	gql_field_add(s, t, "next", t, "");
	gql_field_add(s, t, "must", gql_non_null(s, t), "");
	gql_field_add(s, t, "title", s->string, "");
	gql_field_add(s, t, "named", named, "");
	add_list(t, "list", gql_list_of(s, t));
	add_list(t, "strict", gql_list_of(s, gql_non_null(s, t)));
	add_list(t, "broken", gql_list_of(s, gql_non_null(s, t)));
}

static void take(struct gql_field_def *f, const char *name, const struct gql_type *type, const char *dflt)
{
	gql_input_add(world.schema, &f->takes, name, type, dflt, "");
}

static void make_roots(struct gql_type *t)
{
	struct gql_schema *s = world.schema;
	struct gql_type *q = gql_type_named(s, GQL_OBJECT_TYPE, "Query", ""),
			*m = gql_type_named(s, GQL_OBJECT_TYPE, "Mutation", ""),
			*in = gql_type_named(s, GQL_INPUT, "In", ""),
			*e = gql_type_named(s, GQL_ENUM_TYPE, "Color", "");
	const struct gql_type *json = gql_type_named(s, GQL_SCALAR, "JSON", "");
	gql_enum_add(s, e, "RED", "");
	gql_enum_add(s, e, "BLUE", "");
	gql_input_add(s, &in->inputs, "must", gql_non_null(s, s->int_), NULL, "");
	gql_input_add(s, &in->inputs, "color", e, "RED", "");
	gql_field_add(s, q, "thing", t, "");
	gql_field_add(s, m, "do", t, "");
	struct gql_field_def *f = gql_field_add(s, q, "echo", json, "");
	take(f, "int", s->int_, NULL);
	take(f, "dflt", s->int_, "7");
	take(f, "id", s->id, NULL);
	take(f, "float", s->float_, NULL);
	take(f, "text", s->string, NULL);
	take(f, "color", e, NULL);
	take(f, "list", gql_list_of(s, gql_non_null(s, s->string)), NULL);
	take(f, "in", in, NULL);
	take(f, "any", json, NULL);
	s->query = q;
	s->mutation = m;
}

static void open_world(void)
{
	world.mem = arena_new(0);
	world.schema = gql_schema_new(world.mem);
	struct gql_type *t = gql_type_named(world.schema, GQL_OBJECT_TYPE, "Thing", "A thing"),
			*other = gql_type_named(world.schema, GQL_OBJECT_TYPE, "Other", ""),
			*named = gql_type_named(world.schema, GQL_UNION, "Named", "");
	gql_field_add(world.schema, other, "title", world.schema->string, "");
	gql_possible_add(world.schema, named, t);
	gql_possible_add(world.schema, named, other);
	make_thing(t, named);
	make_roots(t);
	gql_schema_finish(world.schema);
	world.thing = t;
	world.other = other;
}

static void close_world(void)
{
	arena_free(world.mem);
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static const char *run_with(const char *source, const char *variables, uint32_t most)
{
	struct gql_fault fault;
	struct gql_faults faults;
	struct buf out = { .mem = world.mem };
	const char *why = "";
	uint32_t at;
	const struct gql_document *d = gql_parse(world.mem, source, strlen(source), &wide, &fault);
	CHECK(d);
	if (!gql_check(world.mem, world.schema, d, &bounds, &faults))
		test_fail(__FILE__, __LINE__, "%s: %s", source, faults.list[0].message);
	world.calls[0] = 0;
	struct gql_run run = { .mem = world.mem,
		.schema = world.schema,
		.document = d,
		.operation = d->operations,
		.resolve = resolve_world,
		.fields_max = most,
		.bytes_max = 50000 };
	json_t *given = gql_keep(world.mem, variables ? json_loads(variables, 0, NULL) : NULL);
	if (!gql_variables(world.mem, world.schema, d->operations, given, &run.variables, &why, &at))
		return why;
	return gql_execute(&run, NULL, &out) ? buf_cstr(&out) : "too long";
}

static const char *run(const char *source)
{
	return run_with(source, NULL, 1000);
}

TEST(graphql_execute, fields_come_in_the_order_that_they_are_asked_in)
{
	open_world();
	CHECK_TEXT(run("{thing{b:title n a:next{n}}}"),
		"{\"data\":{\"thing\":{\"b\":\"a \\\"title\\\"\",\"n\":1,\"a\":{\"n\":2}}}}");
	CHECK_TEXT(run("{thing{...F next{n}} } fragment F on Thing{next{title} ...on Thing{n}}"),
		"{\"data\":{\"thing\":{\"next\":{\"title\":\"a \\\"title\\\"\",\"n\":2},\"n\":1}}}");
	CHECK_TEXT(run("{thing{__typename} t:__typename}"),
		"{\"data\":{\"thing\":{\"__typename\":\"Thing\"},\"t\":\"Query\"}}");
	close_world();
}

TEST(graphql_execute, each_level_is_asked_once)
{
	open_world();
	CHECK_TEXT(run("{thing{list(n:3){n list{next{n}}}}}"),
		"{\"data\":{\"thing\":{\"list\":[{\"n\":0,\"list\":[{\"next\":{\"n\":1}},{\"next\":{\"n\":2}}]},"
		"{\"n\":1,\"list\":[{\"next\":{\"n\":1}},{\"next\":{\"n\":2}}]},{\"n\":2,\"list\":[{\"next\":{\"n\":1}},{\"next\":{\"n\":2}}]}]}}}");
	CHECK_TEXT(world.calls, "thing:1 list:1 n:3 list:3 next:6 n:6 ");
	close_world();
}

TEST(graphql_execute, objects_of_a_union_are_asked_by_their_types)
{
	open_world();
	CHECK_TEXT(run("{thing{list(n:3){named{__typename ...on Other{title}...on Thing{n}}}}}"),
		"{\"data\":{\"thing\":{\"list\":[{\"named\":{\"__typename\":\"Thing\",\"n\":0}},"
		"{\"named\":{\"__typename\":\"Other\",\"title\":\"a \\\"title\\\"\"}},{\"named\":{\"__typename\":\"Thing\",\"n\":2}}]}}}");
	CHECK_TEXT(world.calls, "thing:1 list:1 named:3 n:2 title:1 ");
	close_world();
}

TEST(graphql_execute, advisory_one_long_value_in_many_places_is_written_up_to_a_bound)
{
	open_world();
	const char *two = "{thing{list(n:8){list(n:8){list(n:8){a:title b:title}}}}}";
	const char *eight = "{thing{list(n:8){list(n:8){list(n:8){...F}}}}}"
			    "fragment F on Thing{a:title b:title c:title d:title e:title f:title g:title h:title}";
	CHECK(strlen(run_with(two, NULL, 100000)) > 20000);
	CHECK_TEXT(run_with(eight, NULL, 100000), "too long");
	close_world();
}

TEST(graphql_execute, mutations_are_done_one_after_another)
{
	open_world();
	(void)run("mutation{a:do{next{n}}b:do{n}}");
	CHECK_TEXT(world.calls, "do:1 next:1 n:1 do:1 n:1 ");
	close_world();
}

#define AT(line, column, path, message, code) \
	"{\"message\":\"" message "\",\"locations\":[{\"line\":" line ",\"column\":" column "}],\"path\":[" path \
	"],\"extensions\":{" code "}}"
#define BROKEN(column, path) AT("1", column, path, "It is broken.", "\"code\":\"oops\"")

TEST(graphql_execute, an_error_leaves_null_and_takes_along_what_may_not_be)
{
	static const struct {
		const char *source, *answer;
	} rows[] = {
		{ "{thing{bad n}}", "{\"data\":{\"thing\":{\"bad\":null,\"n\":1}},\"errors\":[" BROKEN(
					    "8", "\"thing\",\"bad\"") "]}" },
		{ "{thing{worst n}}",
			"{\"data\":{\"thing\":null},\"errors\":[" BROKEN("8", "\"thing\",\"worst\"") "]}" },
		{ "{thing{must{must{worst}}}}", "{\"data\":{\"thing\":null},\"errors\":[" BROKEN(
							"18", "\"thing\",\"must\",\"must\",\"worst\"") "]}" },
		{ "{thing{next{must{worst}}n}}", "{\"data\":{\"thing\":{\"next\":null,\"n\":1}},\"errors\":[" BROKEN(
							 "18", "\"thing\",\"next\",\"must\",\"worst\"") "]}" },
		{ "{thing{none}}",
			"{\"data\":{\"thing\":null},\"errors\":[" AT("1", "8", "\"thing\",\"none\"",
				"none cannot be null, and is.", "\"code\":\"internal\",\"status\":500") "]}" },
		{ "{thing{list{a:worst}}}",
			"{\"data\":{\"thing\":{\"list\":[null,null]}},\"errors\":[" BROKEN("13",
				"\"thing\",\"list\",0,\"a\"") "," BROKEN("13", "\"thing\",\"list\",1,\"a\"") "]}" },
		{ "{thing{strict{worst}}}", "{\"data\":{\"thing\":{\"strict\":null}},\"errors\":[" BROKEN(
						    "15", "\"thing\",\"strict\",0,\"worst\"") "," BROKEN("15",
						    "\"thing\",\"strict\",1,\"worst\"") "]}" },
		{ "{thing{broken{n}}}",
			"{\"data\":{\"thing\":{\"broken\":null}},\"errors\":[" AT("1", "8", "\"thing\",\"broken\",1",
				"broken cannot be null, and is.", "\"code\":\"internal\",\"status\":500") "]}" },
	};
	open_world();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(run(rows[i].source), rows[i].answer);
	close_world();
}

TEST(graphql_execute, skip_and_include_say_what_is_left_out)
{
	open_world();
	CHECK_TEXT(
		run_with("query($y:Boolean!$n:Boolean!=false){thing{a:n@skip(if:$y)b:n@include(if:$y)c:n@include(if:$n)"
			 "...on Thing@skip(if:true){d:n} e:n@include(if:true)@skip(if:false)}}",
			"{\"y\":true}", 100),
		"{\"data\":{\"thing\":{\"b\":1,\"e\":1}}}");
	close_world();
}

TEST(graphql_execute, advisory_graphql_an_answer_grows_no_larger_than_it_may)
{
	open_world();
	const char *answer = run_with("{thing{list(n:8){list(n:8){list(n:8){n}}}}}", NULL, 100);
	CHECK(strstr(answer, "larger than this server gives") && strlen(answer) < 12000);
	close_world();
}

/* --- what comes in ------------------------------------------------------------------------------------------------ */

TEST(graphql_execute, arguments_are_made_into_what_their_types_are)
{
	static const struct {
		const char *source, *variables, *answer;
	} rows[] = {
		{ "{echo}", NULL, "{\"dflt\":7}" },
		{ "{echo(int:1 id:2 float:3 text:\"x\" color:BLUE list:\"one\" dflt:null)}", NULL,
			"{\"color\":\"BLUE\",\"dflt\":null,\"float\":3,\"id\":\"2\",\"int\":1,\"list\":[\"one\"],\"text\":\"x\"}" },
		{ "{echo(in:{must:1} any:{a:[1.5 true null E {}]})}", NULL,
			"{\"any\":{\"a\":[1.5,true,null,\"E\",{}]},\"dflt\":7,\"in\":{\"color\":\"RED\",\"must\":1}}" },
		{ "query($i:Int $id:ID $c:Color $l:[String!] $in:In $a:JSON $d:Int){echo(int:$i id:$id color:$c list:$l in:$in any:$a dflt:$d)}",
			"{\"i\":1.0,\"id\":5,\"c\":\"RED\",\"l\":\"one\",\"in\":{\"must\":2,\"color\":\"BLUE\"},\"a\":[{}]}",
			"{\"any\":[{}],\"color\":\"RED\",\"dflt\":7,\"id\":\"5\",\"in\":{\"color\":\"BLUE\",\"must\":2},\"int\":1,\"list\":[\"one\"]}" },
		{ "query($i:Int=3 $l:[String!]=[\"a\"]){echo(int:$i list:$l)}", NULL,
			"{\"dflt\":7,\"int\":3,\"list\":[\"a\"]}" },
		{ "query($i:Int=3){echo(int:$i)}", "{\"i\":null}", "{\"dflt\":7,\"int\":null}" },
		{ "query($s:String!){echo(list:[$s \"b\"] in:{must:1 color:null})}", "{\"s\":\"a\"}",
			"{\"dflt\":7,\"in\":{\"color\":null,\"must\":1},\"list\":[\"a\",\"b\"]}" },
	};
	open_world();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(run_with(rows[i].source, rows[i].variables, 100),
			arena_printf(world.mem, "{\"data\":{\"echo\":%s}}", rows[i].answer));
	close_world();
}

TEST(graphql_execute, null_stands_nowhere_that_a_default_let_it_in)
{
	static const char *const sources[] = { "query($x:Int=1){echo(in:{must:$x})}",
		"query($x:String=\"a\"){echo(list:[$x])}" };
	open_world();
	for (size_t i = 0; i < 2; i++) {
		CHECK(!strstr(run_with(sources[i], "{}", 100), "errors"));
		CHECK(strstr(run_with(sources[i], "{\"x\":null}", 100), "cannot be null.\""));
	}
	close_world();
}

TEST(graphql_execute, variables_that_are_none_are_told)
{
	static const struct {
		const char *type, *variables, *why;
	} rows[] = { { "Int!", "{}", "$x is needed." }, { "Int!", "{\"x\":null}", "$x is no Int!." },
		{ "Int", "{\"x\":1.5}", "$x is no Int." }, { "Int", "{\"x\":3000000000}", "$x is no Int." },
		{ "Int", "{\"x\":\"1\"}", "$x is no Int." }, { "String", "{\"x\":1}", "$x is no String." },
		{ "Boolean", "{\"x\":1}", "$x is no Boolean." }, { "ID", "{\"x\":1.5}", "$x is no ID." },
		{ "Color", "{\"x\":\"PINK\"}", "$x is no Color." },
		{ "[Int!]", "{\"x\":[1,null]}", "$x[1] is no Int!." }, { "In", "{\"x\":{}}", "$x.must is no Int!." },
		{ "In", "{\"x\":{\"must\":1,\"no\":2}}", "$x takes no no." }, { "In", "{\"x\":7}", "$x is no In." } };
	open_world();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *source = arena_printf(world.mem, "query($x:%s){__typename}", rows[i].type);
		struct gql_fault fault;
		struct gql_variables out;
		const char *why = "";
		uint32_t at;
		const struct gql_document *d = gql_parse(world.mem, source, strlen(source), &wide, &fault);
		json_t *given = gql_keep(world.mem, json_loads(rows[i].variables, 0, NULL));
		CHECK(!gql_variables(world.mem, world.schema, d->operations, given, &out, &why, &at));
		CHECK_TEXT(why, rows[i].why);
	}
	close_world();
}

/* --- introspection ------------------------------------------------------------------------------------------------ */

TEST(graphql_execute, a_schema_tells_of_itself)
{
	open_world();
	CHECK_TEXT(run("{__type(name:\"Color\"){kind name enumValues{name}fields{name}}}"),
		"{\"data\":{\"__type\":{\"kind\":\"ENUM\",\"name\":\"Color\",\"enumValues\":[{\"name\":\"RED\"},{\"name\":\"BLUE\"}],\"fields\":null}}}");
	CHECK_TEXT(run("{__type(name:\"In\"){inputFields{name defaultValue type{kind ofType{name}}}}}"),
		"{\"data\":{\"__type\":{\"inputFields\":[{\"name\":\"must\",\"defaultValue\":null,\"type\":{\"kind\":\"NON_NULL\",\"ofType\":{\"name\":\"Int\"}}},"
		"{\"name\":\"color\",\"defaultValue\":\"RED\",\"type\":{\"kind\":\"ENUM\",\"ofType\":null}}]}}}");
	CHECK(!strstr(run("{__type(name:\"Thing\"){fields{name}}}"), "bad"));
	CHECK(strstr(run("{__type(name:\"Thing\"){fields(includeDeprecated:true){name deprecationReason}}}"),
		"{\"name\":\"bad\",\"deprecationReason\":\"It is broken\"}"));
	CHECK_TEXT(run("{__type(name:\"Nothing\"){name}}"), "{\"data\":{\"__type\":null}}");
	CHECK_TEXT(run("{__schema{queryType{name}subscriptionType{name}directives{name locations}}}"),
		"{\"data\":{\"__schema\":{\"queryType\":{\"name\":\"Query\"},\"subscriptionType\":null,\"directives\":["
		"{\"name\":\"include\",\"locations\":[\"FIELD\",\"FRAGMENT_SPREAD\",\"INLINE_FRAGMENT\"]},"
		"{\"name\":\"skip\",\"locations\":[\"FIELD\",\"FRAGMENT_SPREAD\",\"INLINE_FRAGMENT\"]},"
		"{\"name\":\"deprecated\",\"locations\":[\"FIELD_DEFINITION\",\"ARGUMENT_DEFINITION\",\"INPUT_FIELD_DEFINITION\",\"ENUM_VALUE\"]},"
		"{\"name\":\"specifiedBy\",\"locations\":[\"SCALAR\"]}]}}}");
	close_world();
}

TEST(graphql_execute, every_field_of_introspection_has_an_answer)
{
	open_world();
	struct buf b = { .mem = world.mem };
	for (size_t i = 0; i < world.schema->n_types; i++) {
		const struct gql_type *t = world.schema->types[i];
		if (strncmp(t->name, "__", 2) != 0 || t->kind != GQL_OBJECT_TYPE)
			continue;
		buf_printf(&b, "fragment F%s on %s{", t->name, t->name);
		for (size_t k = 0; k < t->n_fields; k++)
			buf_printf(&b, "%s%s ", t->fields[k]->name,
				gql_is_composite(gql_bare(t->fields[k]->type)) ? "{__typename}" : "");
		buf_str(&b, "}");
	}
	const char *all = arena_printf(world.mem,
		"{__schema{...F__Schema types{...F__Type all:fields(includeDeprecated:true){...F__Field args{...F__InputValue}}"
		"enumValues{...F__EnumValue}}directives{...F__Directive}}}%s",
		buf_cstr(&b));
	const char *answer = run_with(all, NULL, 100000);
	CHECK(strlen(answer) > 5000 && !strstr(answer, "\"errors\""));
	close_world();
}
