#include "base/json.h"
#include "base/sample_test.h"
#include "base/test.h"
#include "base/time.h"

#include <math.h>
#include <string.h>

static const char *text_of(struct cx *cx, const struct sample *s, enum json_mode mode)
{
	struct buf b = { .mem = cx->mem };
	json_write(&b, &sample_type, s, mode);
	return buf_cstr(&b);
}

/* The text without a piece of it: fields that are shown, but not taken back. */
static const char *without(struct cx *cx, const char *text, const char *piece)
{
	const char *at = strstr(text, piece);
	CHECK(at);
	return arena_printf(cx->mem, "%.*s%s", (int)(at - text), text, at + strlen(piece));
}

TEST(json_out, what_it_writes_reads_back_the_same)
{
	for (uint64_t seed = 0; seed < 500; seed++) {
		struct cx *cx = sample_cx();
		struct sample s, back = { 0 };
		sample_fill(cx, &s, seed);
		const char *text = text_of(cx, &s, JSON_ANSWER);
		const char *input = without(cx, without(cx, text, "\"made_by\":null,"), "\"fixed\":\"constant\",");
		err_t e = json_read(cx, &sample_type, &back, input, strlen(input), false);
		CHECK_TEXT(sample_errors(cx), "");
		CHECK_OK(e);
		CHECK_TEXT(text_of(cx, &back, JSON_ANSWER), text);
		CHECK(back.ratio == s.ratio && back.score.v == s.score.v);
		CHECK(back.age.has == s.age.has && back.nickname.has == s.nickname.has);
		sample_cx_end(cx);
	}
}

TEST(json_out, keeps_secrets_hidden_fields_and_masked_fields_back)
{
	struct cx *cx = sample_cx();
	struct sample s = { .name = "a", .password = { "geheim", 6 }, .row_key = "schlüssel", .email = "a@b.c" };
	s.hide = UINT64_C(1) << 1;
	const char *text = text_of(cx, &s, JSON_ANSWER);
	CHECK(!strstr(text, "geheim") && !strstr(text, "password") && !strstr(text, "schl"));
	CHECK(!strstr(text, "\"name\"") && strstr(text, "\"email\":\"a@b.c\""));
	CHECK(!strstr(text_of(cx, &s, JSON_RECORD), "email"));
	sample_cx_end(cx);
}

TEST(json_out, hides_a_field_wherever_a_derived_type_puts_it)
{
	struct cx *cx = sample_cx();
	struct sample s = { .name = "a", .email = "a@b.c", .hide = UINT64_C(1) << 1 };
	struct field fields[3] = { sample_type.fields[1], sample_type.fields[1], { 0 } };
	fields[0].name = "first";
	fields[0].place = 65; /* never hidden, though it stands first */
	fields[1].name = "second";
	fields[1].place = 2; /* the bit that hid it at its old place */
	const struct type derived = { "derived", sizeof s, fields, 2, sample_type.hide };
	struct buf b = { .mem = cx->mem };
	json_write(&b, &derived, &s, JSON_ANSWER);
	CHECK_TEXT(buf_cstr(&b), "{\"first\":\"a\"}");
	sample_cx_end(cx);
}

TEST(json_out, leaves_out_absent_optionals_and_writes_nulls)
{
	struct cx *cx = sample_cx();
	struct sample_address a = { .zip = { .has = IS_NULL } };
	struct buf b = { .mem = cx->mem };
	json_write(&b, &sample_address_type, &a, JSON_ANSWER);
	CHECK_TEXT(buf_cstr(&b), "{\"street\":null,\"city\":null,\"lines\":[],\"zip\":null}");
	a.zip.has = ABSENT;
	b.n = 0;
	json_write(&b, &sample_address_type, &a, JSON_ANSWER);
	CHECK_TEXT(buf_cstr(&b), "{\"street\":null,\"city\":null,\"lines\":[]}");
	sample_cx_end(cx);
}

TEST(json_out, writes_camel_case_names_on_every_level)
{
	struct cx *cx = sample_cx();
	struct sample s = { .made_by = "m_e", .colour = 7 };
	struct buf b = { .mem = cx->mem };
	json_write_camel(&b, &sample_type, &s, JSON_ANSWER);
	const char *text = buf_cstr(&b);
	CHECK(strstr(text, "\"madeBy\":\"m_e\"") && strstr(text, "\"createdAt\":null"));
	CHECK(strstr(text, "\"colour\":null")); /* a number that the table does not know */
	sample_cx_end(cx);
}

TEST(json_out, escapes_what_json_must_and_nothing_else)
{
	struct cx *cx = sample_cx();
	struct buf b = { .mem = cx->mem };
	json_write_text(&b, "\"\\/\b\f\n\r\t\x01\x1f\x7f</é中😀 and some more\"");
	CHECK_TEXT(buf_cstr(&b), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f</é中😀 and some more\\\"\"");
	for (int c = 1; c < 256; c++) /* each byte at each place of a word of eight */
		for (size_t at = 0; at < 17; at++) {
			char in[18] = "aaaaaaaaaaaaaaaaa";
			in[at] = (char)c;
			b.n = 0;
			json_write_text(&b, in);
			size_t extra = c >= 32 ? c == '"' || c == '\\' : memchr("\b\f\n\r\t", c, 5) ? 1 : 5;
			CHECK_INT(b.n, 19 + extra);
		}
	sample_cx_end(cx);
}

TEST(json_out, writes_the_shortest_double_that_reads_back)
{
	static const struct {
		double v;
		const char *text;
	} rows[] = { { 0.1, "0.1" }, { 1, "1" }, { -2.5, "-2.5" }, { -0.0, "-0.0" }, { 1e300, "1e+300" },
		{ 5e-324, "4.94065645841247e-324" }, { 0.1 + 0.2, "0.30000000000000004" }, { (double)INFINITY, "null" },
		{ (double)NAN, "null" } };
	struct cx *cx = sample_cx();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf b = { .mem = cx->mem };
		json_write_double(&b, rows[i].v);
		CHECK_TEXT(buf_cstr(&b), rows[i].text);
	}
	sample_cx_end(cx);
}

TEST(json_out, indents_for_people)
{
	struct cx *cx = sample_cx();
	struct buf b = { .mem = cx->mem };
	const char *text = "{\"a\":[1,{\"b\":\"x,{\\\"\"}],\"c\":{},\"d\":[]}";
	json_indent(&b, text, strlen(text));
	CHECK_TEXT(buf_cstr(&b), "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{\\\"\"\n    }\n  ],\n"
				 "  \"c\": {},\n  \"d\": []\n}\n");
	sample_cx_end(cx);
}
