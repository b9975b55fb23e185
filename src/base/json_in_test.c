#include "base/json.h"
#include "base/json_flat.h"
#include "base/json_scan.h"
#include "base/sample_test.h"
#include "base/str.h"
#include "base/test.h"

#include <jansson.h>
#include <string.h>

/* Reads a document into a sample; the errors as lines when it is refused. */
static const char *errors_of(const char *text)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	static char lines[8192];
	err_t e = json_read(cx, &sample_type, &s, text, strlen(text), false);
	if (e == ERR_INVALID)
		snprintf(lines, sizeof lines, "%s", sample_errors(cx));
	else
		snprintf(lines, sizeof lines, "%s", e ? cx->fail.message : "");
	sample_cx_end(cx);
	return lines;
}

/* The errors of a document that holds a name and one further member. */
static const char *with_name(const char *member)
{
	char text[4096];
	snprintf(text, sizeof text, "{\"name\":\"anna\",%s}", member);
	return errors_of(text);
}

TEST(json_in, sets_every_kind)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	const char *text =
		"{\"name\":\"  Anna \",\"count\":-5,\"created_at\":\"2026-01-02T04:04:05.678+01:00\",\"ratio\":2,"
		"\"on\":true,\"colour\":\"blue\",\"password\":\"geh\\teim\",\"extra\":{\"a\": [1, 0.1]},"
		"\"tags\":[\"a\",\"b\"],\"addresses\":[{\"street\":\"x\"}],\"home\":{\"street\":\"y\",\"zip\":8000},"
		"\"labels\":{\"k\":\"v\"},\"maybe\":false,\"age\":null,\"score\":0.5,\"nickname\":null,\"tint\":\"red\","
		"\"id\":\"0192F8A0-1111-7ABC-8DEF-0123456789AB\"}";
	CHECK_OK(json_read(cx, &sample_type, &s, text, strlen(text), false));
	CHECK_TEXT(s.name, "Anna");
	CHECK_INT(s.count, -5);
	CHECK_INT(s.created_at, 1767323045678);
	CHECK(s.ratio == 2 && s.on && s.colour == COLOUR_BLUE);
	CHECK_BYTES(s.password.s, s.password.n, "geh\teim", 7);
	CHECK_TEXT(s.extra.text, "{\"a\":[1,0.1]}");
	CHECK_TEXT(((const char **)s.tags.items)[1], "b");
	const struct sample_address *a = s.addresses.items;
	CHECK_TEXT(a->street, "x");
	CHECK_TEXT(a->city, "Bern");
	CHECK(s.addresses.n == 1 && a->zip.has == ABSENT);
	CHECK(s.home && s.home->zip.has == IS_SET && s.home->zip.v == 8000);
	CHECK_TEXT(s.labels.items[0].value, "v");
	CHECK(s.maybe.has == IS_SET && !s.maybe.v && s.age.has == IS_NULL && s.seen_at.has == ABSENT);
	CHECK(s.nickname.has == IS_NULL && s.score.v == 0.5 && s.tint.has == IS_SET && s.tint.v == COLOUR_RED);
	CHECK_TEXT(s.id, "0192f8a0-1111-7abc-8def-0123456789ab");
	CHECK_INT(s.limit, 20); /* a default */
	sample_cx_end(cx);
}

TEST(json_in, tells_every_wrong_field_at_once_with_its_path)
{
	const char *text = "{\"title\":\"x\",\"made_by\":\"me\",\"count\":1.0,\"shoe\":4,\"home\":{\"zip\":0},"
			   "\"addresses\":[{\"street\":\"a\"},{\"street\":\"b\",\"lines\":[\"c\",7]},3]}";
	CHECK_TEXT(errors_of(text), "title: must be at least 2 characters long (invalid)\n"
				    "made_by: cannot be set (read_only)\n"
				    "count: must be a whole number (invalid)\n"
				    "shoe: is not a field of this request (unknown_field)\n"
				    "home.zip: must be 1 or more (invalid)\n"
				    "home.street: is required (required)\n"
				    "addresses[1].lines[1]: must be a text (invalid)\n"
				    "addresses[2]: must be an object (invalid)\n");
}

TEST(json_in, refuses_values_of_the_wrong_kind)
{
	CHECK_TEXT(with_name("\"on\":1"), "on: must be true or false (invalid)\n");
	CHECK_TEXT(with_name("\"count\":\"1\""), "count: must be a whole number (invalid)\n");
	CHECK_TEXT(with_name("\"created_at\":1"), "created_at: must be a time, as a text (invalid)\n");
	CHECK_TEXT(with_name("\"ratio\":\"1\""), "ratio: must be a number (invalid)\n");
	CHECK_TEXT(with_name("\"email\":5"), "email: must be a text (invalid)\n");
	CHECK_TEXT(with_name("\"tags\":\"a\""), "tags: must be a list (invalid)\n");
	CHECK_TEXT(with_name("\"labels\":[]"), "labels: must be an object (invalid)\n");
	CHECK_TEXT(with_name("\"labels\":{\"a\":1}"), "labels.a: must be a text (invalid)\n");
	CHECK_TEXT(with_name("\"home\":[]"), "home: must be an object (invalid)\n");
	CHECK_TEXT(with_name("\"on\":null"), "on: must not be null (invalid)\n");
	CHECK_TEXT(errors_of("{\"name\":null}"), "name: must not be null (invalid)\n");
	CHECK_TEXT(errors_of("{}"), "name: is required (required)\n");
}

TEST(json_in, refuses_numbers_and_times_out_of_range)
{
	CHECK_TEXT(with_name("\"count\":101"), "count: must be 100 or less (invalid)\n");
	CHECK_TEXT(with_name("\"count\":-6"), "count: must be -5 or more (invalid)\n");
	CHECK_TEXT(with_name("\"count\":9223372036854775808"), "count: is a number that does not fit (invalid)\n");
	CHECK_TEXT(with_name("\"home\":{\"street\":\"a\",\"zip\":1e999}"),
		"home.zip: is a number that does not fit (invalid)\n");
	CHECK_TEXT(with_name("\"created_at\":\"0000-01-01T00:00:00+10:00\""),
		"created_at: must be a time such as 2026-01-31T09:30:00Z (invalid)\n");
	CHECK_TEXT(with_name("\"created_at\":\"2026-02-30T00:00:00Z\""),
		"created_at: must be a time such as 2026-01-31T09:30:00Z (invalid)\n");
}

TEST(json_in, names_the_place_of_a_repeated_name)
{
	CHECK_TEXT(with_name("\"name\":\"b\""), "name: is given twice (invalid)\n");
	CHECK_TEXT(with_name("\"title\":\"b\""), "title: is given twice (duplicate)\n");
	CHECK_TEXT(with_name("\"addresses\":[{},{\"street\":\"a\",\"street\":\"b\"}]"),
		"addresses[1].street: is given twice (invalid)\n");
	CHECK_TEXT(with_name("\"extra\":{\"a\":{\"b\":1,\"b\":2}}"), "extra.a.b: is given twice (invalid)\n");
}

TEST(json_in, refuses_bad_utf8_nul_and_lone_surrogates)
{
	CHECK_TEXT(with_name("\"bio\":\"a\xff\""), "bio: must be valid UTF-8 (invalid)\n");
	CHECK_TEXT(with_name("\"bio\":\"\xed\xa0\x80\""), "bio: must be valid UTF-8 (invalid)\n");
	CHECK_TEXT(with_name("\"bio\":\"\xc0\xaf\""), "bio: must be valid UTF-8 (invalid)\n");
	CHECK_TEXT(with_name("\"bio\":\"a\\u0000b\""), "bio: must not hold NUL characters (invalid)\n");
	CHECK(str_starts(with_name("\"bio\":\"\\ud800\""), "The body is not valid JSON"));
}

TEST(json_in, checks_formats_and_lengths_in_characters)
{
	CHECK_TEXT(errors_of("{\"name\":\"中中中中中中中中中中\"}"), "");
	CHECK_TEXT(errors_of("{\"name\":\"中中中中中中中中中中中\"}"),
		"name: must be at most 10 characters long (invalid)\n");
	CHECK_TEXT(errors_of("{\"name\":\"1a\"}"), "name: must begin with a letter (invalid)\n");
	CHECK_TEXT(errors_of("{\"name\":\" \"}"), "name: must not be empty (invalid)\n");
	CHECK_TEXT(with_name("\"email\":\"a@b@c\""), "email: must be an e-mail address (invalid)\n");
	CHECK_TEXT(with_name("\"id\":\"7\""), "id: must be a UUID (invalid)\n");
	CHECK_TEXT(with_name("\"birthday\":\"2025-02-29\""),
		"birthday: must be a date that exists, written YYYY-MM-DD (invalid)\n");
	CHECK_TEXT(with_name("\"colour\":\"Red\""), "colour: must be one of red, green, blue (invalid)\n");
	CHECK_TEXT(with_name("\"password\":\"abc\""), "password: must be at least 4 characters long (invalid)\n");
	CHECK_TEXT(
		with_name("\"tags\":[\"\",\"\",\"\",\"\",\"\",\"\"]"), "tags: must have at most 5 items (invalid)\n");
}

TEST(json_in, takes_only_web_addresses_that_lead_where_they_seem_to)
{
	static const char *const good[] = { "http://a", "HTTPS://Example.org:8443/x?y=z#f", "http://[::1]:80/",
		"https://bücher.example/ä", "http://127.0.0.1" };
	static const char *const bad[] = { "ftp://a", "javascript:alert(1)", "http://", "http:///x", "http://a b",
		"http://paypal.com@evil.example", "http://a:0", "http://a:70000", "http://a:x", "http://[::1",
		"http://.a", "//a", "http://a<b", "http://[]/" };
	char member[200];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(member, sizeof member, "\"website\":\"%s\"", good[i]);
		CHECK_TEXT(with_name(member), "");
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(member, sizeof member, "\"website\":\"%s\"", bad[i]);
		CHECK_TEXT(with_name(member),
			"website: must be a web address that begins with http:// or https:// (invalid)\n");
	}
}

TEST(json_in, refuses_control_characters_but_for_line_breaks_where_allowed)
{
	CHECK_TEXT(with_name("\"bio\":\"a\\n\\tb\\r\\n\""), "");
	CHECK_TEXT(with_name("\"bio\":\"a\\u0007\""), "bio: must not hold control characters (invalid)\n");
	const char *why = "nickname: must not hold line breaks or control characters (invalid)\n";
	CHECK_TEXT(with_name("\"nickname\":\"a\\nb\""), why);
	CHECK_TEXT(with_name("\"nickname\":\"a\\u007f\""), why);
	CHECK_TEXT(with_name("\"nickname\":\"a\\u0085\""), why);
	CHECK_TEXT(with_name("\"nickname\":\"a\\u2028\""), why);
	CHECK(strstr(with_name("\"labels\":{\"a\\u0001\":\"b\"}"), "has a name that must not hold"));
}

TEST(json_in, is_malformed_when_it_is_no_object)
{
	CHECK_TEXT(errors_of("[]"), "The body must be a JSON object.");
	CHECK_TEXT(errors_of(""), "The body is not valid JSON: look at line 1, column 0.");
	CHECK_TEXT(errors_of("{\n \"name\": tru}"), "The body is not valid JSON: look at line 2, column 12.");
	CHECK_TEXT(errors_of("{} {}"), "The body is not valid JSON: look at line 1, column 4.");
	CHECK_TEXT(errors_of("\"secret\""), "The body is not valid JSON: look at line 1, column 8.");
}

TEST(json_in, refuses_deep_and_costly_documents_before_parsing)
{
	char deep[200] = "{\"name\":\"anna\",\"extra\":";
	size_t n = strlen(deep);
	memset(deep + n, '[', 31);
	memset(deep + n + 31, ']', 31);
	memcpy(deep + n + 62, "}", 2);
	CHECK_TEXT(errors_of(deep), "");
	memset(deep + n, '[', 32);
	memset(deep + n + 32, ']', 32);
	memcpy(deep + n + 64, "}", 2);
	CHECK_TEXT(errors_of(deep), "The body cannot be read: it is nested deeper than 32 levels.");
	static char many[60000];
	for (size_t i = 0; i + 3 < sizeof many; i += 3)
		memcpy(many + i, "{},", 3);
	CHECK_TEXT(json_cost(many, sizeof many), "it holds too many values");
	CHECK(!json_cost("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"", 47));
}

/* A list in which the same value stands n times: what GraphQL makes of [$v, $v, ...]. */
static json_t *many_times(json_t *v, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append(list, v);
	json_decref(v);
	return list;
}

static json_t *wrapped(json_t *v, int levels)
{
	for (int i = 0; i < levels; i++)
		v = many_times(v, 1);
	return v;
}

static const char *made_cost(json_t *made)
{
	const char *why = json_made_cost(made);
	json_decref(made);
	return why ? why : "";
}

TEST(json_in, refuses_what_was_made_of_cheap_pieces_and_costs_much)
{
	static char text[(1 << 20) + 1];
	memset(text, 'x', 1 << 20);
	CHECK_TEXT(made_cost(json_string(text)), "");
	CHECK_TEXT(made_cost(json_pack("{s:s}", "a", text)), "its texts are longer than 1 MiB together");
	text[2000] = 0;
	CHECK_TEXT(made_cost(many_times(json_string(text), 500)), "");
	CHECK_TEXT(made_cost(many_times(json_string(text), 1000000)), "its texts are longer than 1 MiB together");
	CHECK_TEXT(made_cost(many_times(json_object(), 99999)), "");
	CHECK_TEXT(made_cost(many_times(many_times(many_times(json_object(), 1000), 1000), 1000)),
		"it holds too many values");
	CHECK_TEXT(made_cost(wrapped(json_true(), JSON_DEPTH)), "");
	CHECK_TEXT(made_cost(wrapped(json_object(), JSON_DEPTH)), "it is nested deeper than 32 levels");
}

TEST(json_in, takes_no_arguments_that_cost_too_much)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	json_t *in = json_pack("{s:s,s:o}", "name", "anna", "extra", wrapped(json_true(), JSON_DEPTH));
	CHECK_ERR(json_read_object(cx, &sample_type, &s, in), ERR_TOO_LARGE);
	CHECK_TEXT(cx->fail.message, "The input cannot be taken: it is nested deeper than 32 levels.");
	CHECK(!s.name);
	json_decref(in);
	sample_cx_end(cx);
}

TEST(json_in, notes_fifty_errors_and_no_more)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	struct buf b = { .mem = cx->mem };
	buf_char(&b, '{');
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "\"f%d\":1,", i);
	buf_str(&b, "\"name\":1}");
	CHECK_ERR(json_read(cx, &sample_type, &s, b.p, b.n, false), ERR_INVALID);
	size_t n = 0;
	for (const struct field_error *f = cx->fail.fields; f; f = f->next)
		n++;
	CHECK_INT(n, INPUT_ERRORS);
	sample_cx_end(cx);
}

TEST(json_in, passes_over_unknown_fields_when_lax)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	const char *text = "{\"name\":\"anna\",\"nonce\":{\"a\":[1]},\"row_key\":\"k\"}";
	CHECK_OK(json_read(cx, &sample_type, &s, text, strlen(text), true));
	CHECK(!s.row_key);
	sample_cx_end(cx);
	CHECK_TEXT(with_name("\"row_key\":\"k\""), "row_key: is not a field of this request (unknown_field)\n");
}

TEST(json_in, cuts_long_unknown_names_before_it_repeats_them)
{
	char member[1000] = "\"", want[200];
	for (int i = 0; i < 100; i++)
		memcpy(member + 1 + i * 3, "中", 3);
	memcpy(member + 301, "\":1", 4);
	memset(want, 0, sizeof want);
	for (int i = 0; i < 21; i++)
		memcpy(want + i * 3, "中", 3);
	memcpy(want + 63, ": is not", 8);
	CHECK(str_starts(with_name(member), want));
}

TEST(json_in, answers_every_damaged_document_and_never_crashes)
{
	struct cx *cx = sample_cx();
	struct sample s;
	struct buf b = { .mem = cx->mem };
	sample_fill(cx, &s, 4711);
	json_write(&b, &sample_type, &s, JSON_ANSWER);
	for (size_t i = 0; i < b.n; i++)
		for (int flip = 0; flip <= 8; flip++) {
			struct cx *one = sample_cx();
			struct sample out = { 0 };
			size_t n = flip ? b.n : i; /* 0: cut here, else one bit turned */
			char *text = arena_memdup0(one->mem, b.p, n);
			if (flip)
				text[i] = (char)((unsigned char)text[i] ^ 1u << (flip - 1));
			err_t e = json_read(one, &sample_type, &out, text, n, false);
			CHECK(e == ERR_OK || e == ERR_MALFORMED || e == ERR_INVALID);
			CHECK(flip || e != ERR_OK);
			CHECK(e != ERR_INVALID || one->fail.fields);
			sample_cx_end(one);
		}
	sample_cx_end(cx);
}

static const char *flat_of(const char *text)
{
	static char out[200];
	struct flat f;
	size_t n = 0;
	if (!json_flat(text, strlen(text), &f))
		return "no";
	out[0] = 0;
	for (size_t i = 0; i < f.n; i++) {
		const struct flat_member *m = &f.member[i];
		n += (size_t)snprintf(out + n, sizeof out - n, "%.*s=%.*s%lld/%d ", (int)m->name_n, m->name,
			m->kind == FLAT_TEXT ? (int)m->text_n : 0, m->kind == FLAT_TEXT ? m->text : "",
			m->kind == FLAT_INT ? (long long)m->number : 0, m->kind);
	}
	return out;
}

TEST(json_flat, takes_plain_objects)
{
	CHECK_TEXT(flat_of("{\"a\":\"b c\",\"n\":-12,\"z\":0}"), "a=b c0/0 n=-12/1 z=0/1 ");
	CHECK_TEXT(flat_of(" {\t\"t\" : true ,\r\n\"f\":false, \"x\":null , \"\":\"\" } "), "t=0/2 f=0/3 x=0/4 =0/0 ");
	CHECK_TEXT(flat_of("{\"most\":999999999999999999}"), "most=999999999999999999/1 ");
}

TEST(json_flat, leaves_all_else_to_the_parser)
{
	const char *const others[] = { "", "{", "{}", "[]", "1", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x",
		"{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "{\"a\":01}", "{\"a\":-}", "{\"a\":-0}", "{\"a\":1.0}",
		"{\"a\":1e3}", "{\"a\":1000000000000000000}", "{\"a\":truth}", "{\"a\":nul}", "{\"a\":[]}",
		"{\"a\":\"\\u0041\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\", "{\"a\\n\":1}", "{\"a\":\"\x01\"}",
		"{\"a\":\"\x7f\"}", "{\"a\":\"\xc3\xa4\"}", "{\"\xc3\xa4\":1}", "{\"a\":\"b}", "{a:1}", "{'a':1}",
		"{\"a\":+1}", "{\"a\":1", "{\"a\":{\"b\": 1}}", "{\"a\":{ }}", "{\"a\":{\"b\":[]}}",
		"{\"a\":{\"b\":\"\\n\"}}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":{\"b\":1}", "{\"a\":{\"b\":1.5}}",
		"{\"a\":{", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK_TEXT(flat_of(others[i]), "no");
}

TEST(json_flat, reads_escapes_but_those_of_code_points)
{
	struct cx *cx = sample_cx();
	struct flat f;
	size_t n;
	const char *text = "{\"a\":\"q\\\"\\\\\\/\\b\\f\\n\\r\\tz\",\"b\":\"plain\"}";
	CHECK(json_flat(text, strlen(text), &f));
	CHECK_TEXT(flat_text(cx->mem, &f.member[0], &n), "q\"\\/\b\f\n\r\tz");
	CHECK_INT(n, 10);
	CHECK_TEXT(flat_text(cx->mem, &f.member[1], &n), "plain");
	CHECK_INT(n, 5);
	sample_cx_end(cx);
}

TEST(json_flat, takes_no_more_members_than_it_has_room_for)
{
	struct flat f;
	struct buf b = { 0 };
	for (int i = 0; i <= FLAT_MEMBERS; i++) {
		buf_printf(&b, "%c\"m%d\":%d", i ? ',' : '{', i, i);
		size_t n = b.n;
		buf_char(&b, '}');
		CHECK(json_flat(b.p, b.n, &f) == (i < FLAT_MEMBERS));
		b.n = n;
	}
	buf_free(&b);
}

/* n objects of 24 that have one member each: 49 n members. */
static bool takes_nested(int n)
{
	struct flat f;
	struct buf b = { 0 };
	for (int i = 0; i < n; i++) {
		buf_printf(&b, "%c\"%d\":", i ? ',' : '{', i);
		for (int k = 0; k < 24; k++)
			buf_printf(&b, "%c\"%d\":{\"\":1}", k ? ',' : '{', k);
		buf_char(&b, '}');
	}
	buf_char(&b, '}');
	bool takes = json_flat(b.p, b.n, &f);
	json_t *v = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
	CHECK_INT(json_object_size(v), n);
	json_decref(v);
	buf_free(&b);
	return takes;
}

TEST(json_flat, leaves_many_objects_in_objects_to_who_counts_what_they_cost)
{
	CHECK(takes_nested(20));
	CHECK(!takes_nested(21));
	CHECK(!takes_nested(24));
}

TEST(json_flat, every_prefix_and_changed_byte_binds_as_the_parser_would)
{
	const char *text = "{\"name\":\"anna\",\"limit\":7,\"colour\":\"green\"}";
	char own[80];
	for (size_t i = 0; i < strlen(text); i++)
		for (int c = 0; c < 128; c++) {
			struct flat f;
			memcpy(own, text, strlen(text) + 1);
			own[i] = (char)c;
			bool flat = json_flat(own, strlen(own), &f);
			json_t *v = json_loadb(own, strlen(own), JSON_REJECT_DUPLICATES, NULL);
			CHECK(!flat || (json_is_object(v) && json_object_size(v) == f.n));
			json_decref(v);
		}
}

/* --- a value of any kind, judged; a text of an older shape in its capitals ---------------------------------------- */

struct loose {
	struct json own;
	const char *role;
};
extern const struct type loose_type;

TYPE(loose, FIELD(loose, own, NULL_CLEARS, "An object", .max = 12, .check = json_object_check),
	FIELD(loose, role, UPPER, "A name in capitals"));
static err_t read_loose(struct loose *out, const char *text)
{
	struct cx *cx = sample_cx();
	*out = (struct loose){ { NULL }, NULL };
	err_t e = json_read(cx, &loose_type, out, text, strlen(text), false);
	static char own[32], role[32];
	snprintf(own, sizeof own, "%s", out->own.text ? out->own.text : "");
	snprintf(role, sizeof role, "%s", out->role ? out->role : "");
	*out = (struct loose){ { own }, role };
	sample_cx_end(cx);
	return e;
}

TEST(json_in, a_json_value_is_judged_by_its_check_and_null_may_clear_it)
{
	struct loose v;
	CHECK_OK(read_loose(&v, "{\"own\":{\"a\": [1]}}"));
	CHECK_TEXT(v.own.text, "{\"a\":[1]}");
	CHECK_OK(read_loose(&v, "{\"own\":null}"));
	CHECK_TEXT(v.own.text, "null");
	CHECK_OK(read_loose(&v, "{}"));
	CHECK_TEXT(v.own.text, "");
	CHECK_ERR(read_loose(&v, "{\"own\":[1]}"), ERR_INVALID);
	CHECK_ERR(read_loose(&v, "{\"own\":{\"a\":\"too long\"}}"), ERR_INVALID);
}

TEST(json_in, a_json_value_is_the_same_by_the_short_way_and_by_the_parser)
{
	/* The parser is asked where blanks stand in the value. */
	const char *const ways[][2] = { { "{\"own\":{}}", "{\"own\":{ }}" },
		{ "{\"own\":{\"b\":\"/\"}}", "{\"own\":{\"b\": \"/\"}}" },
		{ "{\"own\":{\"b\":-7}}", "{\"own\":{\"b\" :-7}}" },
		{ "{\"own\":{\"z\":{}}}", "{\"own\":{\"z\":{ }}}" },
		{ "{\"own\":{\"n\":null}}", "{\"own\":{\"n\":null }}" },
		{ "{\"own\":{\"a\":\"too long\"}}", "{\"own\":{\"a\": \"too long\"}}" } };
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct loose v;
		char by_flat[32];
		struct flat f;
		CHECK(json_flat(ways[i][0], strlen(ways[i][0]), &f));
		CHECK(!json_flat(ways[i][1], strlen(ways[i][1]), &f));
		err_t e = read_loose(&v, ways[i][0]);
		snprintf(by_flat, sizeof by_flat, "%s", v.own.text);
		CHECK_ERR(read_loose(&v, ways[i][1]), e);
		CHECK_TEXT(v.own.text, by_flat);
	}
}

TEST(json_in, a_text_that_is_shown_in_capitals_is_taken_in_any_case)
{
	struct loose v;
	CHECK_OK(read_loose(&v, "{\"role\":\"MODERator\"}"));
	CHECK_TEXT(v.role, "moderator");
}
