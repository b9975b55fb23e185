/* A schema as it is written. */
#include "graphql/print.h"
#include "base/test.h"

TEST(graphql_print, a_schema_with_everything_in_it)
{
	struct arena *a = arena_new(0);
	struct gql_schema *s = gql_schema_new(a);
	struct gql_type *q = gql_type_named(s, GQL_OBJECT_TYPE, "Query", "Where it \"begins\""),
			*named = gql_type_named(s, GQL_INTERFACE, "Named", NULL),
			*dog = gql_type_named(s, GQL_OBJECT_TYPE, "Dog", NULL),
			*either = gql_type_named(s, GQL_UNION, "Either", NULL),
			*color = gql_type_named(s, GQL_ENUM_TYPE, "Color", NULL),
			*in = gql_type_named(s, GQL_INPUT, "In", NULL),
			*date = gql_type_named(s, GQL_SCALAR, "DateTime", NULL);
	struct buf b = { .mem = a };
	date->specified_by = "https://example.org/date";
	gql_field_add(s, named, "name", gql_non_null(s, s->string), "Its name");
	gql_field_add(s, dog, "name", gql_non_null(s, s->string), NULL);
	gql_field_add(s, dog, "tail", s->int_, NULL)->deprecated = "Dogs are more than tails";
	gql_possible_add(s, named, dog);
	gql_possible_add(s, either, dog);
	gql_possible_add(s, either, q);
	gql_enum_add(s, color, "RED", "Like blood");
	gql_enum_add(s, color, "BLUE", NULL);
	gql_input_add(s, &in->inputs, "color", color, "RED", "Which");
	gql_input_add(s, &in->inputs, "at", gql_non_null(s, date), NULL, NULL);
	struct gql_field_def *f = gql_field_add(s, q, "dogs", gql_list_of(s, gql_non_null(s, dog)), NULL);
	gql_input_add(s, &f->takes, "in", gql_non_null(s, in), NULL, NULL);
	gql_input_add(s, &f->takes, "most", s->int_, "20", NULL);
	f = gql_field_add(s, q, "dog", dog, NULL);
	gql_input_add(s, &f->takes, "id", s->id, NULL, "Which");
	gql_input_add(s, &f->takes, "in", in, NULL, NULL);
	gql_field_add(s, q, "any", either, NULL);
	s->query = q;
	gql_schema_finish(s);
	gql_print(&b, s);
	CHECK_TEXT(buf_cstr(&b),
		"schema {\n  query: Query\n}\n\n"
		"enum Color {\n  \"Like blood\"\n  RED\n  BLUE\n}\n\n"
		"scalar DateTime @specifiedBy(url: \"https://example.org/date\")\n\n"
		"type Dog implements Named {\n  name: String!\n  tail: Int @deprecated(reason: \"Dogs are more than tails\")\n}\n\n"
		"union Either = Dog | Query\n\n"
		"input In {\n  \"Which\"\n  color: Color = RED\n  at: DateTime!\n}\n\n"
		"interface Named {\n  \"Its name\"\n  name: String!\n}\n\n"
		"\"Where it \\\"begins\\\"\"\ntype Query {\n  dogs(in: In!, most: Int = 20): [Dog!]\n  dog(\n    \"Which\"\n    id: ID\n    in: In\n  ): Dog\n  any: Either\n}\n");
	arena_free(a);
}
