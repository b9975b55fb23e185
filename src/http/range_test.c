#include "http/range.h"

#include "base/test.h"
#include "base/time.h"

#include <string.h>

TEST(range, headers_are_read_as_the_rfc_says)
{
	static const struct {
		const char *header;
		int64_t size;
		enum range_answer want;
		int64_t first, length;
	} cases[] = {
		{ NULL, 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9", 100, RANGE_PART, 0, 10 },
		{ "BYTES=0-9", 100, RANGE_PART, 0, 10 },
		{ "bytes=0-0", 100, RANGE_PART, 0, 1 },
		{ "bytes=99-99", 100, RANGE_PART, 99, 1 },
		{ "bytes=10-", 100, RANGE_PART, 10, 90 },
		{ "bytes=0-", 100, RANGE_PART, 0, 100 },
		{ "bytes=-10", 100, RANGE_PART, 90, 10 },
		{ "bytes=-500", 100, RANGE_PART, 0, 100 },
		{ "bytes=50-500", 100, RANGE_PART, 50, 50 },
		{ "bytes=0-99999999999999999999999999", 100, RANGE_PART, 0, 100 },
		{ "bytes=-99999999999999999999999999", 100, RANGE_PART, 0, 100 },
		{ "bytes= 0-9 ", 100, RANGE_PART, 0, 10 },
		{ "bytes=,0-9,", 100, RANGE_PART, 0, 10 },
		{ "bytes=100-", 100, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=100-200", 100, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=99999999999999999999999999-", 100, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=-0", 100, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=0-", 0, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=0-0", 0, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=-5", 0, RANGE_WHOLE, 0, 0 },
		{ "bytes=-10", 0, RANGE_WHOLE, 0, 0 },
		{ "bytes=-0", 0, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=200-,0-9", 100, RANGE_PART, 0, 10 },
		{ "bytes=0-9,200-", 100, RANGE_PART, 0, 10 },
		{ "bytes=0-9,20-29", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9,5-", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=200-,300-", 100, RANGE_OUTSIDE, 0, 0 },
		/* malformed: ignored */
		{ "", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=-", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=,", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=9-0", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=a-b", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9x", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=0 -9", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=--5", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-9-", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=+1-2", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes = 0-9", 100, RANGE_WHOLE, 0, 0 },
		{ "pages=1-2", 100, RANGE_WHOLE, 0, 0 },
		{ "bytes=200-,x", 100, RANGE_WHOLE, 0, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct range r = { 0 };
		enum range_answer got = range_parse(cases[i].header, cases[i].size, &r);
		if (got != cases[i].want)
			test_fail(__FILE__, __LINE__, "%s: %d", cases[i].header, (int)got);
		if (got == RANGE_PART) {
			CHECK_INT(r.first, cases[i].first);
			CHECK_INT(r.length, cases[i].length);
		}
	}
}

TEST(range, numbers_around_the_largest_do_not_wrap)
{
	struct range r;
	CHECK_INT(range_parse("bytes=9223372036854775807-9223372036854775808", 10, &r), RANGE_OUTSIDE);
	CHECK_INT(range_parse("bytes=0-9223372036854775807", INT64_MAX, &r), RANGE_PART);
	CHECK_INT(r.length, INT64_MAX);
	CHECK_INT(range_parse("bytes=-9223372036854775807", INT64_MAX, &r), RANGE_PART);
	CHECK_INT(r.first, 0);
	CHECK_INT(range_parse("bytes=1000000000000000000-1000000000000000001", INT64_MAX, &r), RANGE_PART);
	CHECK_INT(r.first, 1000000000000000000);
	CHECK_INT(r.length, 2);
}

TEST(range, if_range_wants_the_same_version)
{
	const int64_t changed = 784111777000 + 456; /* Sun, 06 Nov 1994 08:49:37 GMT and a little */
	const int64_t now = changed + 60000;
	const char *date = "Sun, 06 Nov 1994 08:49:37 GMT";
	CHECK(range_if_range(NULL, "\"a\"", changed, now));
	CHECK(range_if_range("\"a\"", "\"a\"", changed, now));
	CHECK(!range_if_range("\"b\"", "\"a\"", changed, now));
	CHECK(!range_if_range("W/\"a\"", "\"a\"", changed, now));
	CHECK(!range_if_range("W/\"a\"", "W/\"a\"", changed, now));
	CHECK(!range_if_range("\"a\"", "W/\"a\"", changed, now));
	CHECK(!range_if_range("\"a\"", NULL, changed, now));
	CHECK(range_if_range(date, NULL, changed, now));
	CHECK(!range_if_range(date, NULL, changed, changed + 500)); /* may have changed again within its second */
	CHECK(!range_if_range("Sun, 06 Nov 1994 08:49:38 GMT", NULL, changed, now)); /* newer is not the same */
	CHECK(!range_if_range(date, NULL, 0, now));
	CHECK(!range_if_range("yesterday", NULL, changed, now));
	CHECK(!range_if_range("", NULL, changed, now));
}

TEST(range, content_range_is_written)
{
	char text[RANGE_TEXT];
	struct range r = { 90, 10 };
	CHECK_INT(range_content(text, &r, 100), 15);
	CHECK_TEXT(text, "bytes 90-99/100");
	range_content(text, NULL, 100);
	CHECK_TEXT(text, "bytes */100");
	r = (struct range){ INT64_MAX - 1, 1 };
	range_content(text, &r, INT64_MAX);
	CHECK_TEXT(text, "bytes 9223372036854775806-9223372036854775806/9223372036854775807");
}
