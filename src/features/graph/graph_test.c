/* The schema of all operations, and what documents cost in it. Over HTTP: test/e2e/graphql.test.mjs. */
#include "api/graph_cost.h"
#include "api/graph_schema.h"
#include "base/test.h"
#include "features/features.h"
#include "graphql/check.h"

static struct arena *mem;

static const struct gql_type *type(const char *name)
{
	return gql_type_find(graph_schema(), &(struct gql_name){ .s = name, .n = (uint32_t)strlen(name) });
}

static const struct gql_field_def *field(const char *of, const char *name)
{
	return gql_field_find(type(of), &(struct gql_name){ .s = name, .n = (uint32_t)strlen(name) });
}

static bool is_called(const struct op *op)
{
	const struct gql_type *const roots[] = { type("Query"), type("Mutation") };
	for (size_t r = 0; r < 2; r++)
		for (size_t i = 0; i < roots[r]->n_fields; i++)
			if (((const struct graph_how *)roots[r]->fields[i]->how)->op == op)
				return true;
	return false;
}

TEST(graph_schema, every_operation_that_speaks_json_is_a_field)
{
	size_t n = 0;
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++) {
			if (!op_speaks_json(op))
				continue;
			if (!is_called(op))
				test_fail(__FILE__, __LINE__, "%s is no field", op->call->name);
			n++;
		}
	CHECK(n > 100);
}

TEST(graph_schema, what_changes_something_is_no_query)
{
	const struct gql_type *query = type("Query");
	for (size_t i = 0; i < query->n_fields; i++) {
		const struct graph_how *how = query->fields[i]->how;
		if ((how->op->flags & OP_WRITE) || how->op->rate == RATE_WRITE || how->op->rate == RATE_AUTH)
			test_fail(__FILE__, __LINE__, "%s", query->fields[i]->name);
	}
}

TEST(graph_schema, what_privacy_may_hide_may_be_null)
{
	const struct gql_type *user = type("User");
	for (size_t i = 0; i < user->n_fields; i++)
		CHECK((user->fields[i]->type->kind == GQL_NON_NULL) == (strcmp(user->fields[i]->name, "id") == 0));
	CHECK_TEXT(gql_type_text(mem = arena_new(0), field("Query", "users")->type), "UserSearchResult!");
	CHECK_TEXT(gql_type_text(mem, field("UserSearchResult", "data")->type), "[User!]!");
	CHECK_TEXT(gql_type_text(mem, field("Mutation", "unfollowUser")->type), "Boolean!");
	arena_free(mem);
}

/* --- cost --------------------------------------------------------------------------------------------------------- */

static struct graph_cost cost_with(const char *source, const char *variables, uint64_t most)
{
	static const struct gql_limits wide = { 100000, 10000, 50, 1000, 1000, 1000 };
	static const struct gql_check_limits bounds = { 50, 50, 50, 1000000 };
	struct gql_fault fault;
	struct gql_faults faults;
	struct gql_variables given;
	const char *why = "";
	uint32_t at;
	mem = arena_new(0);
	const struct gql_document *d = gql_parse(mem, source, strlen(source), &wide, &fault);
	if (!d || !gql_check(mem, graph_schema(), d, &bounds, &faults))
		test_fail(__FILE__, __LINE__, "%s: %s", source, d ? faults.list[0].message : fault.message);
	json_t *json = variables ? gql_keep(mem, json_loads(variables, 0, NULL)) : NULL;
	const struct gql_operation *op = d->operations;
	CHECK(gql_variables(mem, graph_schema(), op, json, &given, &why, &at));
	struct graph_cost cost = graph_cost(graph_schema(), d, op, &given, most);
	arena_free(mem);
	return cost;
}

static int64_t cost(const char *source)
{
	return (int64_t)cost_with(source, NULL, 1000000).total;
}

TEST(graph_cost, is_what_the_answer_may_hold)
{
	enum { READ = 10, WRITE = 50, HASH = 500, LIST = 20 };
	CHECK_INT(cost("{__typename}"), 1);
	CHECK_INT(cost("{me{id username}}"), READ + 2);
	CHECK_INT(cost("{a:me{id}b:me{id}}"), 2 * (READ + 1));
	CHECK_INT(cost("{searchUsers(query:\"a\"){data{id}}}"), READ + 1 + LIST);
	CHECK_INT(cost("{userSearch(q:\"a\" limit:5){data{id username}pagination{limit}}}"), READ + 1 + 10 + 2);
	CHECK_INT(cost("{searchUsers(query:\"a\" pagination:{limit:7}){data{id}}}"), READ + 1 + 7);
	CHECK_INT(cost("{me{followers(limit:3){data{followers(limit:4){data{id}}}}}}"), READ + 1 + 1 + 3 * (1 + 1 + 4));
	CHECK_INT(cost("mutation{logout}"), WRITE);
	CHECK_INT(cost("mutation{login(emailOrUsername:\"a\" password:\"b\"){user{id}}}"), HASH + 2);
	CHECK_INT(cost("{...F} fragment F on Query{me{id}}"), 1 + READ + 1);
	CHECK_INT(cost("{me@skip(if:true){id}}"), 10);
	CHECK_INT((int64_t)cost_with("query($n:Int){userSearch(q:\"a\" limit:$n){data{id}}}", "{}", 1000).total,
		READ + 1 + LIST);
	CHECK_INT((int64_t)cost_with("query($n:Int){userSearch(q:\"a\" limit:$n){data{id}}}", "{\"n\":9}", 1000).total,
		READ + 1 + 9);
	CHECK_INT((int64_t)cost_with("query($p:PaginationInput){searchUsers(query:\"a\" pagination:$p){data{id}}}",
			  "{\"p\":{\"limit\":9}}", 1000)
			  .total,
		READ + 1 + 9);
}

TEST(graph_cost, says_what_kind_of_call_it_is)
{
	CHECK(cost_with("{me{id}}", NULL, 1000).fast);
	CHECK(!cost_with("{me{followers{data{id}}}}", NULL, 1000).fast);
	CHECK(!cost_with("{searchUsers(query:\"a\"){data{id}}}", NULL, 1000).fast);
	CHECK(cost_with("mutation{login(emailOrUsername:\"a\" password:\"b\"){user{id}}}", NULL, 1000).hash);
	CHECK(!cost_with("mutation{logout}", NULL, 1000).hash);
	CHECK(cost_with("{__schema{types{name}}}", NULL, 1000).introspects);
	CHECK(!cost_with("{__typename}", NULL, 1000).introspects);
	CHECK(cost_with("{__schema{types{fields{type{fields{type{fields{name}}}}}}}}", NULL, 1000).deep);
}

TEST(graph_cost, advisory_graphql_what_multiplies_is_stopped_at_once)
{
	CHECK(cost_with("{me{followers(limit:100){data{followers(limit:100){data{id username}}}}}}", NULL, 10000)
			.total > 10000);
	/* Each fragment spreads the next one ten times: 10^9 fields. */
	CHECK(cost_with("{...A} fragment A on Query{...B ...B ...B ...B ...B ...B ...B ...B ...B ...B}"
			"fragment B on Query{...C ...C ...C ...C ...C ...C ...C ...C ...C ...C}"
			"fragment C on Query{...D ...D ...D ...D ...D ...D ...D ...D ...D ...D}"
			"fragment D on Query{...E ...E ...E ...E ...E ...E ...E ...E ...E ...E}"
			"fragment E on Query{...F ...F ...F ...F ...F ...F ...F ...F ...F ...F}"
			"fragment F on Query{...G ...G ...G ...G ...G ...G ...G ...G ...G ...G}"
			"fragment G on Query{...H ...H ...H ...H ...H ...H ...H ...H ...H ...H}"
			"fragment H on Query{...I ...I ...I ...I ...I ...I ...I ...I ...I ...I}"
			"fragment I on Query{__typename}",
		      NULL, 10000)
			.total > 10000);
	/* Left out, and spread ten times in each: steps all the same. */
	CHECK(cost_with("{...A} fragment A on Query{...B ...B ...B ...B ...B ...B ...B ...B ...B ...B}"
			"fragment B on Query{...C ...C ...C ...C ...C ...C ...C ...C ...C ...C}"
			"fragment C on Query{...D ...D ...D ...D ...D ...D ...D ...D ...D ...D}"
			"fragment D on Query{a:me@skip(if:true){id}b:me@include(if:false){id}}",
		      NULL, 10000)
			.total > 10000);
}
