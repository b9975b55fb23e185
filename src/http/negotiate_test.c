#include "http/negotiate.h"

#include "base/test.h"

TEST(negotiate, gzip_is_chosen_when_it_is_liked)
{
	static const struct {
		const char *header;
		enum coding want;
	} cases[] = {
		{ NULL, CODING_PLAIN },
		{ "", CODING_PLAIN },
		{ "gzip", CODING_GZIP },
		{ "GZIP", CODING_GZIP },
		{ "x-gzip", CODING_GZIP },
		{ "gzip, deflate, br", CODING_GZIP },
		{ "br;q=1.0, gzip;q=0.8, *;q=0.1", CODING_GZIP },
		{ "*", CODING_GZIP },
		{ "deflate", CODING_PLAIN },
		{ "gzip;q=0", CODING_PLAIN },
		{ "gzip;q=0.0, *", CODING_PLAIN },
		{ "gzip; q=0.5, identity", CODING_PLAIN },
		{ "gzip;q=0.5, identity;q=0.5", CODING_GZIP },
		{ "gzip;q=0.001", CODING_GZIP },
		{ "identity", CODING_PLAIN },
		{ "identity;q=0", CODING_NEITHER },
		{ "identity;q=0, gzip;q=0.1", CODING_GZIP },
		{ "*;q=0", CODING_NEITHER },
		{ "*;q=0, identity", CODING_PLAIN },
		{ "*;q=0, gzip", CODING_GZIP },
		{ "identity;q=0, gzip;q=0", CODING_NEITHER },
		{ "gzip;q=x", CODING_PLAIN },
		{ "gzip;q=2", CODING_PLAIN },
		{ "gzipped", CODING_PLAIN },
		{ ",,;,q=1", CODING_PLAIN },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum coding got = negotiate_coding(cases[i].header);
		if (got != cases[i].want)
			test_fail(__FILE__, __LINE__, "%s: %d", cases[i].header, (int)got);
	}
}

TEST(negotiate, the_most_specific_range_gives_the_weight)
{
	static const struct {
		const char *accept, *type;
		int want;
	} cases[] = {
		{ NULL, "text/html", 1000 },
		{ "", "text/html", 1000 },
		{ "*/*", "text/html", 1000 },
		{ "text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/html", 700 },
		{ "text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/plain", 300 },
		{ "text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "image/png", 500 },
		{ "text/html", "application/json", 0 },
		{ "text/html;q=0, */*", "text/html", 0 },
		{ "TEXT/HTML", "text/html", 1000 },
		{ "application/json;charset=utf-8", "application/json", 1000 },
		{ "textual/*", "text/html", 0 },
		{ "*/html", "text/html", 0 },
		{ "text/html;q=x", "text/html", 1000 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(negotiate_weight(cases[i].accept, cases[i].type), cases[i].want);
}

TEST(negotiate, a_browser_prefers_html_and_curl_does_not)
{
	const char *browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
	CHECK(negotiate_prefers(browser, "text/html", "application/json"));
	CHECK(!negotiate_prefers("*/*", "text/html", "application/json"));
	CHECK(!negotiate_prefers(NULL, "text/html", "application/json"));
	CHECK(!negotiate_prefers("application/json, text/plain, */*", "text/html", "application/json"));
}

TEST(negotiate, etags_compare_strongly_or_weakly)
{
	/* RFC 9110 section 8.8.3.2 */
	static const struct {
		const char *a, *b;
		bool strong, weak;
	} cases[] = {
		{ "W/\"1\"", "W/\"1\"", false, true },
		{ "W/\"1\"", "W/\"2\"", false, false },
		{ "W/\"1\"", "\"1\"", false, true },
		{ "\"1\"", "\"1\"", true, true },
		{ "\"\"", "\"\"", true, true },
		{ "1", "1", false, false },
		{ "\"1", "\"1", false, false },
		{ "w/\"1\"", "\"1\"", false, false },
		{ "\"", "\"", false, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(etag_same(cases[i].a, cases[i].b, true), cases[i].strong);
		CHECK_INT(etag_same(cases[i].a, cases[i].b, false), cases[i].weak);
	}
}

TEST(negotiate, etag_lists_hold_commas_and_backslashes)
{
	CHECK(etag_listed("\"a\", \"b\"", "\"b\"", true));
	CHECK(etag_listed("\"a\",,\t\"b\"", "\"b\"", true));
	CHECK(etag_listed("\"x,y\", \"b\"", "\"x,y\"", true));
	CHECK(etag_listed("\"x\\\", \"b\"", "\"b\"", true));
	CHECK(etag_listed("W/\"a\"", "\"a\"", false));
	CHECK(!etag_listed("W/\"a\"", "\"a\"", true));
	CHECK(etag_listed(" * ", "\"a\"", true));
	CHECK(etag_listed("*", NULL, true));
	CHECK(!etag_listed("\"a\", *", "\"b\"", true));
	CHECK(!etag_listed("", "\"b\"", true));
	CHECK(!etag_listed(NULL, "\"b\"", true));
	CHECK(!etag_listed("\"a\"", NULL, true));
	CHECK(etag_listed("\"b\", a", "\"b\"", true));
	CHECK(!etag_listed("a, \"b\"", "\"b\"", true));
	CHECK(!etag_listed("\"b\"x", "\"b\"", true));
}

#define OLD "Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define LATER "Sun, 06 Nov 1994 08:49:38 GMT"

TEST(negotiate, conditions_are_evaluated_in_their_order)
{
	static const struct validators here = { true, "\"a\"", 784111777123 }, none = { 0 },
				       weak = { true, "W/\"a\"", 0 };
	enum { GO = PRECONDITION_PROCEED, SEEN = PRECONDITION_NOT_MODIFIED, NO = PRECONDITION_FAILED };
	static const struct {
		enum http_method method;
		struct conditions asked;
		const struct validators *now;
		int want;
	} cases[] = {
		{ HTTP_GET, { 0 }, &here, GO },
		{ HTTP_GET, { .if_none_match = "\"a\"" }, &here, SEEN },
		{ HTTP_HEAD, { .if_none_match = "\"a\"" }, &here, SEEN },
		{ HTTP_GET, { .if_none_match = "W/\"a\"" }, &here, SEEN },
		{ HTTP_GET, { .if_none_match = "\"a\"" }, &weak, SEEN },
		{ HTTP_GET, { .if_none_match = "\"b\"" }, &here, GO },
		{ HTTP_GET, { .if_none_match = "*" }, &here, SEEN },
		{ HTTP_GET, { .if_none_match = "*" }, &none, GO },
		{ HTTP_PUT, { .if_none_match = "*" }, &here, NO },
		{ HTTP_PUT, { .if_none_match = "*" }, &none, GO },
		{ HTTP_DELETE, { .if_none_match = "\"a\"" }, &here, NO },
		{ HTTP_PATCH, { .if_match = "\"a\"" }, &here, GO },
		{ HTTP_PATCH, { .if_match = "\"x\", \"a\"" }, &here, GO },
		{ HTTP_PATCH, { .if_match = "\"b\"" }, &here, NO },
		{ HTTP_PATCH, { .if_match = "W/\"a\"" }, &weak, NO },
		{ HTTP_PATCH, { .if_match = "*" }, &here, GO },
		{ HTTP_PATCH, { .if_match = "*" }, &none, NO },
		{ HTTP_PATCH, { .if_match = "" }, &here, NO },
		{ HTTP_GET, { .if_match = "\"b\"", .if_none_match = "\"a\"" }, &here, NO },
		{ HTTP_GET, { .if_match = "\"a\"", .if_none_match = "\"a\"" }, &here, SEEN },
		{ HTTP_PUT, { .if_unmodified_since = OLD }, &here, NO },
		{ HTTP_PUT, { .if_unmodified_since = SAME }, &here, GO },
		{ HTTP_PUT, { .if_unmodified_since = "soon" }, &here, GO },
		{ HTTP_PUT, { .if_match = "\"a\"", .if_unmodified_since = OLD }, &here, GO },
		{ HTTP_GET, { .if_modified_since = SAME }, &here, SEEN },
		{ HTTP_GET, { .if_modified_since = LATER }, &here, SEEN },
		{ HTTP_GET, { .if_modified_since = OLD }, &here, GO },
		{ HTTP_GET, { .if_modified_since = "soon" }, &here, GO },
		{ HTTP_GET, { .if_modified_since = SAME }, &weak, GO },
		{ HTTP_POST, { .if_modified_since = SAME }, &here, GO },
		{ HTTP_GET, { .if_none_match = "\"b\"", .if_modified_since = SAME }, &here, GO },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int got = (int)precondition_check(cases[i].method, &cases[i].asked, cases[i].now);
		if (got != cases[i].want)
			test_fail(__FILE__, __LINE__, "case %zu: %d", i, got);
	}
}
