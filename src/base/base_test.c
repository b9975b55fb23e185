#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

TEST(arena, memory_is_zeroed_even_after_reuse)
{
	for (int round = 0; round < 3; round++) {
		struct arena *a = arena_new(0);
		for (size_t n = 1; n < 9000; n *= 3) {
			unsigned char *p = arena_alloc(a, n);
			for (size_t i = 0; i < n; i++)
				CHECK(p[i] == 0);
			memset(p, 0xa5, n);
		}
		arena_free(a);
	}
}

static int deferred;
static void count(void *arg)
{
	deferred = deferred * 10 + *(int *)arg;
}

TEST(arena, deferred_calls_run_newest_first_and_at_a_reset)
{
	int one = 1, two = 2, three = 3;
	struct arena *a = arena_new(0);
	arena_defer(a, count, &one);
	struct arena_mark m = arena_mark(a);
	arena_defer(a, count, &two);
	arena_alloc(a, 10000);
	arena_reset(a, m);
	CHECK_INT(deferred, 2);
	arena_defer(a, count, &three);
	arena_free(a);
	CHECK_INT(deferred, 231);
}

TEST(arena, says_when_it_is_over_its_limit)
{
	struct arena *a = arena_new(1000);
	arena_alloc(a, 900);
	CHECK(!arena_over(a));
	arena_alloc(a, 200);
	CHECK(arena_over(a));
	arena_free(a);
}

TEST(arena, makes_longer_what_was_given_last_and_nothing_else)
{
	struct arena *a = arena_new(0);
	char *p = arena_alloc(a, 64);
	CHECK(arena_extend(a, p, 64, 256));
	memset(p, 'x', 256);
	CHECK_INT((int64_t)arena_used(a), 256);
	char *q = arena_alloc(a, 16);
	CHECK(q >= p + 256);
	CHECK(!arena_extend(a, p, 256, 512)); /* q is behind it */
	CHECK(!arena_extend(a, q, 16, 1 << 20)); /* more than the block has */
	CHECK(!arena_extend(a, q, 16, SIZE_MAX));
	CHECK(arena_extend(a, q, 16, 100));
	CHECK_INT(q[99], 0);
	char *r = arena_alloc(a, 1);
	CHECK(r >= q + 100 && (uintptr_t)r % alignof(max_align_t) == 0);
	arena_free(a);
}

TEST(buf, grows_where_it_is_while_nothing_stands_behind_it)
{
	struct arena *a = arena_new(0);
	struct buf one = { .mem = a }, two = { .mem = a };
	buf_str(&one, "one");
	const char *at = one.p;
	for (int i = 0; i < 1000; i++)
		buf_char(&one, '.');
	CHECK(one.p == at);
	buf_str(&two, "two");
	for (int i = 0; i < 2000; i++)
		buf_char(&one, '.');
	CHECK(one.p != at);
	CHECK_TEXT(buf_cstr(&two), "two");
	CHECK(str_starts(buf_cstr(&one), "one..."));
	CHECK_INT((int64_t)one.n, 3003);
	arena_free(a);
}

TEST(buf, grows_in_an_arena_and_on_the_heap)
{
	struct arena *a = arena_new(0);
	struct buf bufs[] = { { .mem = a }, { 0 } };
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < 1000; i++) {
			buf_int(&bufs[k], i - 500);
			buf_char(&bufs[k], ',');
		}
		CHECK(str_starts(buf_cstr(&bufs[k]), "-500,-499,"));
		CHECK(str_ends(buf_cstr(&bufs[k]), "498,499,"));
		buf_drop(&bufs[k], 5);
		CHECK(str_starts(buf_cstr(&bufs[k]), "-499,"));
		buf_free(&bufs[k]);
	}
	arena_free(a);
}

TEST(id, is_a_version_7_uuid_that_sorts_by_time)
{
	char a[ID_SIZE], b[ID_SIZE];
	id_make(a, 1000);
	id_make(b, 1001);
	CHECK(id_is(a) && id_is(b));
	CHECK(a[14] == '7' && strchr("89ab", a[19]));
	CHECK(strcmp(a, b) < 0);
	CHECK(!id_is("00000000-0000-7000-8000-00000000000"));
	CHECK(!id_is("00000000-0000-7000-8000-00000000000G"));
}

TEST(str, utf8_is_checked_strictly)
{
	static const char *const good[] = { "", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xed\x9f\xbf",
		"\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80",
		"\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\xff" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(utf8_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!utf8_valid(bad[i], strlen(bad[i])));
}

TEST(str, base64_is_strict_and_comes_back)
{
	struct arena *a = arena_new(0);
	for (size_t n = 0; n < 40; n++)
		for (int url = 0; url < 2; url++) {
			unsigned char in[40];
			id_random(in, sizeof in);
			size_t m;
			char *s = base64_encode(a, in, n, url);
			unsigned char *out = base64_decode(a, s, strlen(s), url, &m);
			CHECK(out);
			CHECK_BYTES(out, m, in, n);
		}
	size_t m;
	static const char *const bad[] = { "A", "AB=A", "A===", "QQ==QQ==", "QR==", "Q Q=", "QQ\n=", "+/+_" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!base64_decode(a, bad[i], strlen(bad[i]), true, &m));
	static const char *const padded[] = { "QQ==", "QUI=" };
	for (size_t i = 0; i < sizeof padded / sizeof *padded; i++) {
		CHECK(base64_decode(a, padded[i], 4, false, &m));
		CHECK(!base64_decode(a, padded[i], 4, true, &m)); /* a second spelling of one token */
	}
	arena_free(a);
}

TEST(str, numbers_that_do_not_fit_are_refused)
{
	int64_t v;
	CHECK(str_int("9223372036854775807", &v) && v == INT64_MAX);
	CHECK(str_int("-9223372036854775808", &v) && v == INT64_MIN);
	CHECK(!str_int("9223372036854775808", &v));
	CHECK(!str_int("-9223372036854775809", &v));
	CHECK(!str_int("", &v) && !str_int("-", &v) && !str_int("1x", &v) && !str_int(" 1", &v) && !str_int("+1", &v));
}

TEST(time, texts_come_back)
{
	static const int64_t moments[] = { 0, 1, 951782400000, 1709210096789, 4102444799999, 253402300799999,
		-62135596800000 };
	char s[TIME_TEXT];
	int64_t ms;
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		time_format(s, moments[i]);
		CHECK(time_parse(s, &ms));
		CHECK_INT(ms, moments[i]);
	}
	time_format(s, 951782400000);
	CHECK_TEXT(s, "2000-02-29T00:00:00.000Z");
	CHECK(time_parse("1985-04-12T23:20:50.52Z", &ms) && ms == 482196050520);
	CHECK(time_parse("1996-12-19T16:39:57-08:00", &ms) && ms == 851042397000);
	CHECK(!time_parse("2023-02-29T00:00:00Z", &ms) && !time_parse("2023-01-01", &ms));
	CHECK(!time_parse("2023-01-01T24:00:00Z", &ms) && !time_parse("2023-01-01T00:00:00", &ms));
}

TEST(time, http_dates_are_read_in_all_three_forms)
{
	int64_t ms;
	char s[TIME_TEXT];
	CHECK(time_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &ms) && ms == 784111777000);
	CHECK(time_parse_http("Sunday, 06-Nov-94 08:49:37 GMT", &ms) && ms == 784111777000);
	CHECK(time_parse_http("Sun Nov  6 08:49:37 1994", &ms) && ms == 784111777000);
	time_format_http(s, ms);
	CHECK_TEXT(s, "Sun, 06 Nov 1994 08:49:37 GMT");
	CHECK(!time_parse_http("yesterday", &ms));
}

TEST(time, durations_and_sizes_have_units)
{
	int64_t v;
	CHECK(duration_parse("15m", &v) && v == 900000);
	CHECK(duration_parse("250ms", &v) && v == 250);
	CHECK(duration_parse("7d", &v) && v == 604800000);
	CHECK(duration_parse("90", &v) && v == 90000);
	CHECK(!duration_parse("15 m", &v) && !duration_parse("m", &v) && !duration_parse("99999999d", &v) &&
		!duration_parse("1.5h", &v));
	CHECK(size_parse("512MiB", &v) && v == 536870912);
	CHECK(size_parse("10GB", &v) && v == 10000000000);
	CHECK(!size_parse("10 GB", &v) && !size_parse("99999999TiB", &v) && !size_parse("-1", &v));
}
