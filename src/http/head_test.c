#include "base/test.h"
#include "http/chunk.h"
#include "http/head.h"
#include "http/http.h"
#include "http/parse.h"

#include <string.h>

/* The odd shapes of requests have a file each in test/wire; here are the facts that those cannot see. */

static bool check(const char *text, struct head *h)
{
	return head_check(text, strlen(text), h);
}

TEST(head, tells_where_things_are)
{
	struct head h;
	CHECK(check("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n", &h));
	CHECK_BYTES(h.method, h.method_n, "POST", 4);
	CHECK_BYTES(h.target, h.target_n, "/a?b", 4);
	CHECK_INT(h.minor, 1);
	CHECK_INT(h.fields, 3);
	CHECK_INT(h.length, 12);
	CHECK(h.expect_continue && !h.chunked);
}

TEST(head, without_a_length_says_so)
{
	struct head h;
	CHECK(check("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &h));
	CHECK_INT(h.length, -1);
	CHECK(check("GET / HTTP/1.0\r\n\r\n", &h));
	CHECK_INT(h.fields, 0);
}

TEST(head, is_found_though_it_drips)
{
	const char *text = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
	size_t whole = strlen(text) - 4, from = 0, n = 0;
	for (size_t have = 0; have < whole; have++)
		CHECK_INT(head_find(text, have, &from, &n), HEAD_PART);
	CHECK_INT(head_find(text, strlen(text), &from, &n), HEAD_WHOLE);
	CHECK_INT(n, whole);
}

TEST(head, every_single_byte_changed_is_no_crash)
{
	const char *text = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
	char own[128];
	for (size_t i = 0; i < strlen(text); i++)
		for (int b = 0; b < 256; b++) {
			struct head h;
			size_t from = 0, n;
			memcpy(own, text, strlen(text));
			own[i] = (char)b;
			if (head_find(own, strlen(text), &from, &n) == HEAD_WHOLE && !head_check(own, n, &h))
				CHECK(h.status >= 400 && h.why);
		}
}

TEST(head, advisory_no_control_character_passes_wherever_it_stands_in_a_value)
{
	for (int b = 0; b < 256; b++)
		for (size_t at = 0; at < 19; at++) {
			char text[80] = "GET / HTTP/1.1\r\nHost: x\r\nX:";
			struct head h;
			size_t n = strlen(text);
			memset(text + n, 'v', 19);
			text[n + at] = (char)b;
			memcpy(text + n + 19, "\r\n\r\n", 5);
			if (b == '\n')
				continue; /* another line: not this test's */
			bool fits = b >= 0x20 ? b != 0x7f : b == '\t';
			CHECK_INT(head_check(text, n + 23, &h), fits);
		}
}

static err_t chunks(const char *text, int64_t max, size_t piece, struct chunk *c, size_t *used)
{
	size_t n = strlen(text), at = 0, took;
	chunk_init(c, max);
	while (at < n && c->at != CHUNK_DONE) {
		size_t k = n - at < piece ? n - at : piece;
		TRY(chunk_check(c, text + at, k, &took));
		at += took;
	}
	*used = at;
	return ERR_OK;
}

TEST(chunk, ends_at_the_same_byte_in_pieces_of_any_size)
{
	const char *text = "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: v\r\n\r\nGET / HTTP/1.1";
	for (size_t piece = 1; piece < strlen(text); piece++) {
		struct chunk c;
		size_t used;
		CHECK_OK(chunks(text, 100, piece, &c, &used));
		CHECK_INT(c.at, CHUNK_DONE);
		CHECK_TEXT(text + used, "GET / HTTP/1.1");
		CHECK_INT(c.total, 6);
	}
}

TEST(chunk, limit_counts_all_chunks_together)
{
	struct chunk c;
	size_t used;
	CHECK_OK(chunks("3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n", 6, 99, &c, &used));
	CHECK_ERR(chunks("3\r\nabc\r\n4\r\n", 6, 99, &c, &used), ERR_TOO_LARGE);
	CHECK_ERR(chunks("fffffffffffff\r\n", INT64_MAX, 99, &c, &used), ERR_MALFORMED);
}

struct seen {
	int fields;
	char body[64];
	size_t n;
};

static void on_field(void *arg, char *name, size_t name_n, char *value, size_t value_n)
{
	struct seen *s = arg;
	(void)name;
	(void)name_n;
	(void)value;
	(void)value_n;
	s->fields++;
}

static err_t on_body(void *arg, const char *p, size_t n)
{
	struct seen *s = arg;
	if (s->n + n > sizeof s->body)
		return ERR_TOO_LARGE;
	memcpy(s->body + s->n, p, n);
	s->n += n;
	return ERR_OK;
}

TEST(parse, agrees_with_the_scanner_and_stops_at_the_end)
{
	struct arena *a = arena_new(0);
	char head[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
	struct seen seen = { 0 };
	struct head h;
	size_t used;
	CHECK(head_check(head, strlen(head), &h));
	struct parse *p = parse_new(a, &(struct parse_sink){ on_field, on_body, &seen });
	CHECK_OK(parse_head(p, head, strlen(head), &h));
	CHECK(parse_keep_alive(p) && !parse_upgrade(p) && !parse_done(p));
	CHECK_OK(parse_body(p, "abcGET", 6, &used));
	CHECK_INT(used, 3);
	CHECK(parse_done(p));
	CHECK_BYTES(seen.body, seen.n, "abc", 3);
	CHECK_INT(seen.fields, 2);
	arena_free(a);
}

TEST(parse, refuses_what_the_scanner_read_in_another_way)
{
	struct arena *a = arena_new(0);
	char head[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
	struct seen seen = { 0 };
	struct head h;
	CHECK(head_check(head, strlen(head), &h));
	h.length = 4;
	struct parse *p = parse_new(a, &(struct parse_sink){ on_field, on_body, &seen });
	CHECK_ERR(parse_head(p, head, strlen(head), &h), ERR_MALFORMED);
	arena_free(a);
}

TEST(message, methods_and_statuses_have_names)
{
	CHECK_INT(http_method_parse("PATCH", 5), HTTP_PATCH);
	CHECK_INT(http_method_parse("PATC", 4), HTTP_OTHER);
	CHECK_INT(http_method_parse("get", 3), HTTP_OTHER);
	CHECK_TEXT(http_method_name(HTTP_DELETE), "DELETE");
	CHECK_TEXT(http_status_text(404), "Not Found");
	CHECK_TEXT(http_status_text(799), "Unknown");
}
