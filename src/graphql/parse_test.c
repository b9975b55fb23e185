/* Documents as they are read: trees of right ones, in a short hand, and why wrong ones are refused. */
#include "base/buf.h"
#include "base/test.h"
#include "graphql/query.h"

static const struct gql_limits wide = {
	.bytes = 1 << 20, .tokens = 4000, .depth = 20, .aliases = 50, .directives = 50, .fragments = 50
};

/* --- the short hand ----------------------------------------------------------------------------------------------- */

static void put_name(struct buf *b, const char *before, const struct gql_name *n)
{
	if (!n->s)
		return;
	buf_str(b, before);
	buf_add(b, n->s, n->n);
}

static void put_arguments(struct buf *b, const struct gql_argument *a);

static void put_value(struct buf *b, const struct gql_value *v)
{
	static const char *const marks[] = { [GQL_VARIABLE] = "$",
		[GQL_INT] = "int:",
		[GQL_FLOAT] = "float:",
		[GQL_STRING] = "'",
		[GQL_BOOLEAN] = "bool:",
		[GQL_NULL] = "",
		[GQL_ENUM] = "enum:",
		[GQL_LIST] = "[",
		[GQL_OBJECT] = "{" };
	put_name(b, marks[v->kind], &v->text);
	if (v->kind == GQL_LIST) {
		buf_str(b, "[");
		for (const struct gql_value *i = v->items; i; i = i->next) {
			put_value(b, i);
			buf_str(b, i->next ? " " : "");
		}
		buf_str(b, "]");
	}
	if (v->kind == GQL_OBJECT) {
		buf_str(b, "{");
		put_arguments(b, v->fields);
		buf_str(b, "}");
	}
}

static void put_arguments(struct buf *b, const struct gql_argument *a)
{
	for (; a; a = a->next) {
		put_name(b, "", &a->name);
		buf_str(b, "=");
		put_value(b, &a->value);
		buf_str(b, a->next ? " " : "");
	}
}

static void put_directives(struct buf *b, const struct gql_directive *d)
{
	for (; d; d = d->next) {
		put_name(b, "@", &d->name);
		buf_str(b, "(");
		put_arguments(b, d->arguments);
		buf_str(b, ")");
	}
}

static void put_selections(struct buf *b, const struct gql_selection *s)
{
	buf_str(b, "{");
	for (; s; s = s->next) {
		put_name(b, "", &s->alias);
		put_name(b,
			s->alias.s              ? ":"
			: s->kind == GQL_SPREAD ? "..."
			: s->kind == GQL_INLINE ? "...on "
						: "",
			&s->name);
		if (s->kind == GQL_INLINE && !s->name.s)
			buf_str(b, "...");
		if (s->arguments) {
			buf_str(b, "(");
			put_arguments(b, s->arguments);
			buf_str(b, ")");
		}
		put_directives(b, s->directives);
		if (s->selections)
			put_selections(b, s->selections);
		buf_str(b, s->next ? " " : "");
	}
	buf_str(b, "}");
}

static void put_type(struct buf *b, const struct gql_written_type *t)
{
	put_name(b, "", &t->name);
	if (t->of) {
		buf_str(b, "[");
		put_type(b, t->of);
		buf_str(b, "]");
	}
	buf_str(b, t->non_null ? "!" : "");
}

static void put_operation(struct buf *b, const struct gql_operation *op)
{
	static const char *const kinds[] = { "query", "mutation", "subscription" };
	buf_str(b, kinds[op->kind]);
	put_name(b, " ", &op->name);
	for (const struct gql_variable *v = op->variables; v; v = v->next) {
		put_name(b, " $", &v->name);
		buf_str(b, ":");
		put_type(b, v->type);
		if (v->dflt) {
			buf_str(b, "=");
			put_value(b, v->dflt);
		}
		put_directives(b, v->directives);
	}
	put_directives(b, op->directives);
	put_selections(b, op->selections);
}

static const char *short_hand(struct arena *a, const struct gql_document *d)
{
	struct buf b = { .mem = a };
	for (const struct gql_operation *op = d->operations; op; op = op->next)
		put_operation(&b, op);
	for (const struct gql_fragment *f = d->fragments; f; f = f->next) {
		put_name(&b, "fragment ", &f->name);
		put_name(&b, " on ", &f->on);
		put_directives(&b, f->directives);
		put_selections(&b, f->selections);
	}
	return buf_cstr(&b);
}

/* What becomes of a source: its short hand, or "LINE:COLUMN why". */
static const char *read_as(struct arena *a, const char *source)
{
	struct gql_fault fault;
	const struct gql_document *d = gql_parse(a, source, strlen(source), &wide, &fault);
	if (d)
		return short_hand(a, d);
	struct gql_place at = gql_place_of(source, fault.at);
	return arena_printf(a, "%u:%u %s", at.line, at.column, fault.message);
}

struct row {
	const char *source, *read;
};

static void check_rows(const struct row *rows, size_t n)
{
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < n; i++)
		CHECK_TEXT(read_as(a, rows[i].source), rows[i].read);
	arena_free(a);
}

/* --- what is read ------------------------------------------------------------------------------------------------- */

TEST(graphql_parse, operations_fragments_and_selections)
{
	static const struct row rows[] = { { "{a}", "query{a}" }, { "query{a b,c}", "query{a b c}" },
		{ "query Q { a: b(x: 1) @d { c } }", "query Q{a:b(x=int:1)@d(){c}}" },
		{ "mutation M{a} subscription S{b}", "mutation M{a}subscription S{b}" },
		{ "{...F ... on T{a} ...{b} ... @x{c}} fragment F on T @d {e}",
			"query{...F ...on T{a} ...{b} ...@x(){c}}fragment F on T@d(){e}" },
		{ "query ($a:Int,$b:[T!]!=[1 2]@d,$c:[[T]]){a}",
			"query $a:Int $b:[T!]!=[int:1 int:2]@d() $c:[[T]]{a}" },
		{ "{query mutation fragment on true null}", "query{query mutation fragment on true null}" },
		{ "query on{on:on(on:on)}", "query on{on:on(on=enum:on)}" },
		{ "\xef\xbb\xbf # a comment\r\n,,{ a #b\n}", "query{a}" } };
	check_rows(rows, sizeof rows / sizeof *rows);
}

TEST(graphql_parse, values_of_every_kind)
{
	static const struct row rows[] = { { "{a(x:$v y:-0 z:1.5e+3)}", "query{a(x=$v y=int:-0 z=float:1.5e+3)}" },
		{ "{a(x:true y:false z:null w:trUe)}", "query{a(x=bool:true y=bool:false z=null w=enum:trUe)}" },
		{ "{a(x:[1[2 $v]{}]y:{b:{c:[]}})}", "query{a(x=[int:1 [int:2 $v] {}] y={b={c=[]}})}" },
		{ "{a(x:\"\"y:\"b\" z:\"q\\\"\\\\\\/\\u0041\\u{1F600}\\uD83D\\uDE00\")}",
			"query{a(x=' y='b z='q\"\\/A\xf0\x9f\x98\x80\xf0\x9f\x98\x80)}" },
		{ "{a(x:\"\\b\\f\\n\\r\\t\\u00e9\\u20AC\")}", "query{a(x='\b\f\n\r\t\xc3\xa9\xe2\x82\xac)}" } };
	check_rows(rows, sizeof rows / sizeof *rows);
}

TEST(graphql_parse, block_strings_lose_their_common_indent)
{
	static const struct row rows[] = { { "{a(x:\"\"\"\"\"\")}", "query{a(x=')}" },
		{ "{a(x:\"\"\"b \\\"\"\" c\"\"\")}", "query{a(x='b \"\"\" c)}" },
		{ "{a(x:\"\"\"\n\n    one\n      two\r\n\t\n    three  \n\n  \"\"\")}",
			"query{a(x='one\n  two\n\nthree  )}" },
		{ "{a(x:\"\"\"  first\n   second\n  third\"\"\")}", "query{a(x='  first\n second\nthird)}" },
		{ "{a(x:\"\"\"\\n\\u0041\"\"\")}", "query{a(x='\\n\\u0041)}" },
		{ "{a(x:\"\"\"  \n \t \"\"\")}", "query{a(x=')}" } };
	check_rows(rows, sizeof rows / sizeof *rows);
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

TEST(graphql_parse, what_is_no_document_is_told_where_and_why)
{
	static const struct row rows[] = {
		{ "", "1:1 Expected a query, a mutation, a subscription or a fragment, found the end of the document." },
		{ "{", "1:2 Expected a name, found the end of the document." },
		{ "{}", "1:2 Expected a name, found \"}\"." },
		{ "{a", "1:3 Expected a name, found the end of the document." },
		{ "{a}}", "1:4 Expected a query, a mutation, a subscription or a fragment, found \"}\"." },
		{ "{a()}", "1:4 Expected an argument, found \")\"." }, { "{a{}}", "1:4 Expected a name, found \"}\"." },
		{ "{a(x 1)}", "1:6 Expected \":\", found \"1\"." }, { "{a(x:)}", "1:6 Expected a value, found \")\"." },
		{ "{a:}", "1:4 Expected a name, found \"}\"." }, { "{..a}", "1:2 This character has no meaning here." },
		{ "{\n  \xc3\xa9\n}", "2:3 This character has no meaning here." },
		{ "query(){a}", "1:7 Expected a variable, found \")\"." },
		{ "query($a:Int=$b){a}", "1:14 A variable cannot stand here: the value must be a constant." },
		{ "query($a:){a}", "1:10 Expected a name, found \")\"." },
		{ "type T{a:Int}", "1:1 Expected a query, a mutation, a subscription or a fragment, found \"type\"." },
		{ "fragment on on T{a}", "1:10 Expected the name of a fragment, found \"on\"." },
		{ "fragment F T{a}", "1:12 Expected \"on\", found \"T\"." },
		{ "{a(x:\"b)}", "1:6 This string has no end on its line." },
		{ "{a(x:\"b\n\")}", "1:6 This string has no end on its line." },
		{ "{a(x:\"\"\"b\")}", "1:6 This block string has no end." },
		{ "{a(x:\"\\x\")}", "1:7 This is no escape that a string may hold." },
		{ "\r\n\r{a(x:01)}", "3:6 This is no number." }
	};
	check_rows(rows, sizeof rows / sizeof *rows);
}

TEST(graphql_parse, numbers_and_escapes_that_only_look_like_some_are_refused)
{
	static const char *const bad[] = { "00", "01", "-", "+1", "1.", "1.e1", ".5", "1e", "1e+", "1x", "1_", "1.5.2",
		"0x1", "1.5e3.", "\"\\u12\"", "\"\\uD83D\"", "\"\\uD83D\\u0041\"", "\"\\uDE00\"", "\"\\u{}\"",
		"\"\\u{110000}\"", "\"\\u{D800}\"", "\"\\u0000\"", "\"\\u{000000041}\"", "\"\\u{41\"" };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct gql_fault fault;
		const char *source = arena_printf(a, "{a(x:%s)}", bad[i]);
		CHECK(!gql_parse(a, source, strlen(source), &wide, &fault));
		CHECK(fault.message && !fault.limit);
	}
	arena_free(a);
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static const char *repeated(struct arena *a, const char *before, const char *what, size_t n, const char *after)
{
	struct buf b = { .mem = a };
	buf_str(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_str(&b, what);
	buf_str(&b, after);
	return buf_cstr(&b);
}

static bool refused(struct arena *a, const char *source, const char *why)
{
	struct gql_fault fault;
	return !gql_parse(a, source, strlen(source), &wide, &fault) && fault.limit && strstr(fault.message, why);
}

TEST(graphql_parse, advisory_graphql_bombs_are_refused_while_they_are_read)
{
	struct arena *a = arena_new(0);
	CHECK(refused(a, repeated(a, "{", "a ", 5000, "}"), "tokens"));
	CHECK(refused(a, repeated(a, "{a", "{a", 100000, ""), "nested"));
	CHECK(refused(a, repeated(a, "{a(x:", "[", 100000, ")}"), "nested"));
	CHECK(refused(a, repeated(a, "{a(x:", "{y:", 100000, ")}"), "nested"));
	CHECK(refused(a, repeated(a, "query($x:", "[", 100000, "){a}"), "nested"));
	CHECK(refused(a, repeated(a, "{", "a:b ", 51, "}"), "aliases"));
	CHECK(refused(a, repeated(a, "{a", "@b", 51, "}"), "directives"));
	CHECK(refused(a, repeated(a, "{a}", "fragment F on T{a}", 51, ""), "fragments"));
	CHECK(refused(a, repeated(a, "{a}", " ", 2 << 20, ""), "longer"));
	arena_free(a);
}

TEST(graphql_parse, what_stands_at_a_limit_is_read)
{
	struct arena *a = arena_new(0);
	struct gql_fault fault;
	const char *deep = repeated(a, "{a", "{a", 19, ""), *source = repeated(a, deep, "}", 20, "");
	CHECK(gql_parse(a, source, strlen(source), &wide, &fault));
	source = repeated(a, "{", "a:b ", 50, "}");
	CHECK(gql_parse(a, source, strlen(source), &wide, &fault));
	arena_free(a);
}
