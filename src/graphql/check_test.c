/* Documents held against a schema of pets: what is right, and each rule of section 5 broken. */
#include "base/buf.h"
#include "base/test.h"
#include "graphql/check.h"

static const struct gql_limits wide = {
	.bytes = 1 << 20, .tokens = 4000, .depth = 20, .aliases = 4000, .directives = 4000, .fragments = 64
};
static const struct gql_check_limits bounds = { .depth = 20, .operations = 50, .variables = 50, .work = 100000 };

/* --- the schema --------------------------------------------------------------------------------------------------- */

struct pets {
	struct gql_schema *s;
	struct gql_type *query, *pet, *dog, *cat, *human, *either, *command, *complex;
	const struct gql_type *some_string;
};

static void add(const struct pets *p, struct gql_type *to, const char *name, const struct gql_type *type)
{
	gql_field_add(p->s, to, name, type, "");
}

static void take(const struct pets *p, struct gql_type *of, const char *field, const struct gql_type *gives,
	const char *name, const struct gql_type *type, const char *dflt)
{
	struct gql_field_def *f = gql_field_add(p->s, of, field, gives, "");
	gql_input_add(p->s, &f->takes, name, type, dflt, "");
}

static void add_animals(const struct pets *p)
{
	struct gql_type *const named[] = { p->pet, p->dog, p->cat, p->human };
	for (size_t i = 0; i < 4; i++)
		add(p, named[i], "name", p->some_string);
	add(p, p->dog, "barks", p->s->boolean);
	add(p, p->dog, "owner", p->human);
	add(p, p->dog, "volume", p->s->int_);
	take(p, p->dog, "knows", gql_non_null(p->s, p->s->boolean), "command", gql_non_null(p->s, p->command), NULL);
	add(p, p->cat, "meows", p->s->boolean);
	add(p, p->cat, "volume", p->some_string);
	add(p, p->human, "pets", gql_list_of(p->s, p->pet));
	gql_possible_add(p->s, p->pet, p->dog);
	gql_possible_add(p->s, p->pet, p->cat);
	gql_possible_add(p->s, p->either, p->dog);
	gql_possible_add(p->s, p->either, p->cat);
	gql_enum_add(p->s, p->command, "SIT", "");
	gql_enum_add(p->s, p->command, "DOWN", "");
	gql_input_add(p->s, &p->complex->inputs, "must", gql_non_null(p->s, p->s->boolean), NULL, "");
	gql_input_add(p->s, &p->complex->inputs, "int", p->s->int_, NULL, "");
	gql_input_add(p->s, &p->complex->inputs, "list", gql_list_of(p->s, p->s->string), NULL, "");
	gql_input_add(p->s, &p->complex->inputs, "more", p->complex, NULL, "");
}

static void add_roots(struct pets *p)
{
	struct gql_schema *s = p->s;
	struct gql_type *q = p->query;
	struct gql_type *json = gql_type_named(s, GQL_SCALAR, "JSON", "");
	add(p, q, "dog", p->dog);
	add(p, q, "cat", p->cat);
	add(p, q, "pet", p->pet);
	add(p, q, "either", p->either);
	take(p, q, "human", p->human, "id", s->id, NULL);
	take(p, q, "int", s->int_, "x", s->int_, NULL);
	take(p, q, "must", s->int_, "x", gql_non_null(s, s->int_), NULL);
	take(p, q, "with", s->int_, "x", gql_non_null(s, s->int_), "7");
	take(p, q, "float", s->float_, "x", s->float_, NULL);
	take(p, q, "text", s->string, "x", s->string, NULL);
	take(p, q, "bool", s->boolean, "x", s->boolean, NULL);
	take(p, q, "enum", s->boolean, "x", p->command, NULL);
	take(p, q, "complex", s->boolean, "x", p->complex, NULL);
	take(p, q, "list", s->boolean, "x", gql_list_of(s, p->some_string), NULL);
	take(p, q, "any", s->boolean, "x", json, NULL);
	struct gql_type *m = gql_type_named(s, GQL_OBJECT_TYPE, "Mutation", ""),
			*sub = gql_type_named(s, GQL_OBJECT_TYPE, "Subscription", "");
	add(p, m, "do", s->int_);
	add(p, sub, "barked", p->dog);
	add(p, sub, "meowed", p->cat);
	s->query = q;
	s->mutation = m;
	s->subscription = sub;
}

static const struct gql_schema *pets(struct arena *a)
{
	struct gql_schema *s = gql_schema_new(a);
	struct pets p = { .s = s,
		.query = gql_type_named(s, GQL_OBJECT_TYPE, "Query", ""),
		.pet = gql_type_named(s, GQL_INTERFACE, "Pet", ""),
		.dog = gql_type_named(s, GQL_OBJECT_TYPE, "Dog", ""),
		.cat = gql_type_named(s, GQL_OBJECT_TYPE, "Cat", ""),
		.human = gql_type_named(s, GQL_OBJECT_TYPE, "Human", ""),
		.either = gql_type_named(s, GQL_UNION, "Either", ""),
		.command = gql_type_named(s, GQL_ENUM_TYPE, "Command", ""),
		.complex = gql_type_named(s, GQL_INPUT, "Complex", ""),
		.some_string = gql_non_null(s, s->string) };
	add_animals(&p);
	add_roots(&p);
	gql_schema_finish(s);
	return s;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

/* "" when it is right, else "LINE:COLUMN why" of its first fault. */
static const char *judged(struct arena *a, const struct gql_schema *s, const char *source)
{
	struct gql_fault fault;
	struct gql_faults faults;
	const struct gql_document *d = gql_parse(a, source, strlen(source), &wide, &fault);
	CHECK(d);
	if (gql_check(a, s, d, &bounds, &faults))
		return "";
	struct gql_place at = gql_place_of(source, faults.list[0].at);
	return arena_printf(a, "%u:%u %s", at.line, at.column, faults.list[0].message);
}

struct row {
	const char *source, *why;
};

static void check_rows(const struct row *rows, size_t n)
{
	struct arena *a = arena_new(0);
	const struct gql_schema *s = pets(a);
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(judged(a, s, rows[i].source), rows[i].why);
	arena_free(a);
}
#define RIGHT(source) \
	{ \
		source, "" \
	}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

TEST(graphql_check, operations)
{
	static const struct row rows[] = {
		RIGHT("{dog{name}}"), RIGHT("query A{dog{name}} mutation B{do}"), RIGHT("subscription{barked{name}}"),
		RIGHT("subscription{...F} fragment F on Subscription{barked{name}barked{barks}}"),
		{ "query A{dog{name}} query A{cat{name}}", "1:26 There are two operations A." },
		{ "{dog{name}} query B{cat{name}}", "1:1 An operation without a name must be the only one." },
		{ "subscription{barked{name}meowed{name}}", "1:26 A subscription is to one field alone." },
		{ "subscription{...F} fragment F on Subscription{barked{name}meowed{name}}",
			"1:59 A subscription is to one field alone." },
		{ "subscription{__typename}", "1:14 A subscription is to something that happens, not to __typename." }
	};
	CHECK_ROWS(rows);
}

TEST(graphql_check, fields)
{
	static const struct row rows[] = { RIGHT("{pet{name __typename}either{__typename ...on Dog{barks}}}"),
		RIGHT("{__schema{types{name}}__type(name:\"Dog\"){kind fields(includeDeprecated:true){name}}}"),
		{ "{dog{wings}}", "1:6 Dog has no field wings." }, { "{pet{barks}}", "1:6 Pet has no field barks." },
		{ "{either{name}}", "1:9 Either has no field name." },
		{ "{dog{__schema{types{name}}}}", "1:6 Dog has no field __schema." },
		{ "{dog}", "1:2 dog is of type Dog: say which of its fields, in { }." },
		{ "{dog{name{x}}}", "1:6 name is of type String, which has no fields." },
		{ "{human{pets}}", "1:8 pets is of type Pet: say which of its fields, in { }." } };
	CHECK_ROWS(rows);
}

TEST(graphql_check, arguments)
{
	static const struct row rows[] = { RIGHT("{dog{knows(command:SIT)}}"), RIGHT("{with}"), RIGHT("{must(x:1)}"),
		{ "{dog{knows}}", "1:6 knows needs command." }, { "{int(y:1)}", "1:6 int takes no y." },
		{ "{int(x:1 x:1)}", "1:10 x is given twice." }, { "{must(x:null)}", "1:9 null cannot stand for Int!." },
		{ "{dog@skip{name}}", "1:6 skip needs if." },
		{ "{dog@skip(if:1){name}}", "1:14 This is no Boolean." } };
	CHECK_ROWS(rows);
}

TEST(graphql_check, values)
{
	static const struct row rows[] = { RIGHT("{int(x:2147483647)}"), RIGHT("{float(x:1)}"),
		RIGHT("{human(id:7){name}}"), RIGHT("{complex(x:{must:true,list:\"one\",more:{must:false}})}"),
		RIGHT("{list(x:\"one\")}"), RIGHT("{list(x:null)}"), RIGHT("{any(x:{a:[1,{b:E}]})}"),
		RIGHT("{text(x:\"\"\"block\"\"\")}"), RIGHT("{complex(x:{must:true int:null})}"),
		{ "{int(x:2147483648)}", "1:8 This is no Int." },
		{ "{int(x:99999999999999999999)}", "1:8 This is no Int." }, { "{int(x:1.0)}", "1:8 This is no Int." },
		{ "{int(x:\"1\")}", "1:8 This is no Int." }, { "{text(x:1)}", "1:9 This is no String." },
		{ "{bool(x:1)}", "1:9 This is no Boolean." }, { "{human(id:1.5){name}}", "1:11 This is no ID." },
		{ "{enum(x:JUMP)}", "1:9 This is no Command." }, { "{enum(x:\"SIT\")}", "1:9 This is no Command." },
		{ "{complex(x:{})}", "1:12 Complex needs must." },
		{ "{complex(x:{must:null})}", "1:18 null cannot stand for Boolean!." },
		{ "{complex(x:{must:true,other:1})}", "1:23 Complex takes no other." },
		{ "{complex(x:{must:true,must:true})}", "1:23 must is given twice." },
		{ "{complex(x:{must:true,list:[1]})}", "1:29 This is no String." },
		{ "{complex(x:1)}", "1:12 This is no Complex." },
		{ "{list(x:[null])}", "1:10 null cannot stand for String!." },
		{ "{any(x:{a:1,a:2})}", "1:13 a is given twice." } };
	CHECK_ROWS(rows);
}

TEST(graphql_check, directives)
{
	static const struct row rows[] = { RIGHT("query($b:Boolean!){dog@skip(if:$b)@include(if:true){name}}"),
		RIGHT("{...F@include(if:true) ...on Query@skip(if:false){int}} fragment F on Query{int}"),
		{ "{dog@fly{name}}", "1:6 There is no directive @fly." },
		{ "query@skip(if:true){dog{name}}", "1:7 @skip cannot stand here." },
		{ "{dog@skip(if:true)@skip(if:true){name}}", "1:20 @skip can stand here once." },
		{ "{dog@deprecated{name}}", "1:6 @deprecated cannot stand here." } };
	CHECK_ROWS(rows);
}

TEST(graphql_check, fragments)
{
	static const struct row rows[] = { RIGHT("{pet{...D ...on Cat{meows}...{name}}} fragment D on Dog{barks}"),
		RIGHT("{either{...on Pet{name}}}"), RIGHT("{dog{...P}} fragment P on Pet{...on Dog{barks}}"),
		{ "{dog{...F}}", "1:9 There is no fragment F." },
		{ "{dog{name}} fragment F on Dog{name}", "1:22 The fragment F is not used." },
		{ "{dog{...F}} fragment F on Dog{name} fragment F on Dog{barks}", "1:46 There are two fragments F." },
		{ "{dog{...F}} fragment F on Bird{name}", "1:27 There is no type Bird." },
		{ "{dog{...on Bird{name}}}", "1:12 There is no type Bird." },
		{ "{dog{...on Boolean{name}}}", "1:12 Boolean has no fields: no fragment can be on it." },
		{ "{dog{...F}} fragment F on Complex{name}", "1:27 Complex has no fields: no fragment can be on it." },
		{ "{dog{...on Cat{meows}}}", "1:6 Dog can never be Cat." },
		{ "{dog{...F}} fragment F on Cat{meows}", "1:6 Dog can never be Cat." },
		{ "{dog{...F}} fragment F on Dog{...F}", "1:31 The fragment F is in itself." },
		{ "{dog{...F}} fragment F on Dog{...G} fragment G on Dog{owner{name}...F}",
			"1:66 The fragment F is in itself." } };
	CHECK_ROWS(rows);
}

TEST(graphql_check, variables)
{
	static const struct row rows[] = { RIGHT("query($x:Int){int(x:$x)}"),
		RIGHT("query($x:Int!){must(x:$x)int(x:$x)}"), RIGHT("query($x:Int=1){must(x:$x)}"),
		RIGHT("query($x:Int){with(x:$x)}"), RIGHT("query($x:[String!]){list(x:$x)}"),
		RIGHT("query($x:String!){list(x:[$x])}"), RIGHT("query($x:Boolean!){complex(x:{must:$x})}"),
		RIGHT("query($x:Int){any(x:{a:[$x]})}"),
		RIGHT("query($x:Int){...F} fragment F on Query{...G} fragment G on Query{int(x:$x)}"),
		RIGHT("query($x:Complex={must:true,list:[\"a\"]}){complex(x:$x)}"),
		{ "query($x:[[Int!]]=[[1]2]){any(x:$x)}", "1:33 $x cannot stand for JSON." },
		{ "query($x:Int$x:Int){int(x:$x)}", "1:14 $x is defined twice." },
		{ "query($x:Dog){int(x:$x)}", "1:10 A variable cannot be Dog: it is given out, not taken." },
		{ "query($x:Bird){int(x:$x)}", "1:10 There is no type Bird." },
		{ "{int(x:$x)}", "1:8 $x is not defined." },
		{ "query A{...F} query B($x:Int){...F} fragment F on Query{int(x:$x)}", "1:63 $x is not defined." },
		{ "query($x:Int){int}", "1:8 $x is not used." },
		{ "query($x:Int){must(x:$x)}", "1:22 $x cannot stand for Int!." },
		{ "query($x:Int=null){must(x:$x)}", "1:27 $x cannot stand for Int!." },
		{ "query($x:String){int(x:$x)}", "1:24 $x cannot stand for Int." },
		{ "query($x:[String]){list(x:$x)}", "1:27 $x cannot stand for [String!]." },
		{ "query($x:String){list(x:[$x])}", "1:26 $x cannot stand for String!." },
		{ "query($x:String!){list(x:$x)}", "1:26 $x cannot stand for [String!]." },
		{ "query($x:Int=\"a\"){int(x:$x)}", "1:14 This is no Int." },
		{ "query($x:Int!=null){int(x:$x)}", "1:15 null cannot stand for a type with !." },
		{ "query($x:[Int!]=[null]){any(x:$x)}", "1:18 null cannot stand for a type with !." } };
	CHECK_ROWS(rows);
}

#define OTHER_TYPE " would be two things of different types in the answer: give one of them another name."
#define OTHER_THING " would be two different things in the answer: give one of them another name."

TEST(graphql_check, what_shares_a_name_in_the_answer)
{
	static const struct row rows[] = { RIGHT("{dog{name name}dog{name}}"), RIGHT("{int(x:1)int(x:1)}"),
		RIGHT("{complex(x:{must:true,int:1})complex(x:{int:1,must:true})}"),
		RIGHT("{pet{...on Dog{n:name}...on Cat{n:name}}}"),
		RIGHT("{pet{...on Dog{x:barks}...on Cat{x:meows}}}"), RIGHT("query($a:Int){int(x:$a)int(x:$a)}"),
		{ "{dog{name name:barks}}", "1:11 name" OTHER_TYPE },
		{ "{x:dog{name}x:cat{name}}", "1:13 x" OTHER_THING }, { "{int(x:1)int(x:2)}", "1:10 int" OTHER_THING },
		{ "{int int(x:1)}", "1:6 int" OTHER_THING },
		{ "{pet{...on Dog{volume}...on Cat{volume}}}", "1:33 volume" OTHER_TYPE },
		{ "{pet{...on Dog{x:name}...on Cat{x:meows}}}", "1:33 x" OTHER_TYPE },
		{ "{dog{owner{name}}...F} fragment F on Query{dog{owner{name:__typename}}}", "1:54 name" OTHER_THING },
		{ "{pet{x:name ...on Dog{x:barks}}}", "1:23 x" OTHER_TYPE },
		{ "{a:dog{x:name}a:dog{x:__typename}}", "1:21 x" OTHER_THING } };
	CHECK_ROWS(rows);
}

/* --- cost --------------------------------------------------------------------------------------------------------- */

static void put_many(struct buf *b, const char *fmt, int n)
{
	for (int i = 0; i < n; i++)
		buf_printf(b, fmt, i, i + 1, i + 1, i + 1);
}

/* Why it is refused, by its first fault; "" when it is not. */
static const char *first_fault(struct arena *a, const struct gql_schema *s, const char *source)
{
	struct gql_fault fault;
	struct gql_faults faults;
	const struct gql_document *d = gql_parse(a, source, strlen(source), &wide, &fault);
	if (!d)
		return fault.message;
	return gql_check(a, s, d, &bounds, &faults) ? "" : faults.list[0].message;
}

TEST(graphql_check, advisory_graphql_overlaps_and_fragments_that_multiply_are_refused_or_cost_little)
{
	static const struct {
		const char *before, *each, *after, *why;
		int n;
	} bombs[] = { { "{dog{...F0}}",
			      "fragment F%d on Dog{x:owner{pets{...F%d}}y:owner{pets{...F%d}}z:owner{pets{...F%d}}}",
			      "fragment F40 on Dog{name}", "nested more deeply", 40 },
		{ "{dog{...F0}}", "fragment F%d on Dog{...F%d ...F%d ...F%d}", "fragment F60 on Dog{name}", "", 60 },
		{ "{", "x:int(x:%d)", "}", "two different things", 400 }, { "{", "int ", "}", "", 3900 },
		{ "{dog{", "...on Dog{name}", "}}", "", 600 },
		{ "query(", "$v%d:Int", "){int}", "more variables", 900 },
		{ "{any(x:{", "f%d:1 ", "})}", "too complicated", 1200 },
		{ "", "query Q%d{int}", "", "more operations", 700 },
		{ "{pet{", "...on Dog{name x:name}...on Cat{name x:name}", "}}", "", 200 },
		{ "{pet{", "...on Dog{a:owner{name}}...on Pet{name}", "}}", "", 230 } };
	struct arena *a = arena_new(0);
	const struct gql_schema *s = pets(a);
	for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
		struct buf b = { .mem = a };
		buf_str(&b, bombs[i].before);
		put_many(&b, bombs[i].each, bombs[i].n);
		buf_str(&b, bombs[i].after);
		const char *why = first_fault(a, s, buf_cstr(&b));
		if (*bombs[i].why ? !strstr(why, bombs[i].why) : *why)
			test_fail(__FILE__, __LINE__, "%.60s...: %s", b.p, why);
	}
	arena_free(a);
}

TEST(graphql_check, depth_counts_what_fragments_bring)
{
	struct arena *a = arena_new(0);
	const struct gql_schema *s = pets(a);
	struct buf b = { .mem = a };
	buf_str(&b, "{dog{...F0}}");
	for (int i = 0; i < 12; i++)
		buf_printf(&b, "fragment F%d on Dog{owner{pets{...F%d}}}", i, i + 1);
	buf_str(&b, "fragment F12 on Dog{name}");
	CHECK_TEXT(judged(a, s, buf_cstr(&b)), "1:1 The operation is nested more deeply than this server answers.");
	arena_free(a);
}
