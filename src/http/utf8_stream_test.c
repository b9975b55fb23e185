#include "http/utf8_stream.h"

#include "base/str.h"
#include "base/test.h"

#include <string.h>

/* How many bytes are taken before the stream says no; n + 1 when it never does. */
static size_t first_refused(const char *p, size_t n)
{
	struct utf8_stream s = { 0 };
	for (size_t i = 0; i < n; i++)
		if (!utf8_stream_feed(&s, p + i, 1))
			return i;
	return n + 1;
}

TEST(utf8_stream, wrong_bytes_are_refused_where_they_stand)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
		{ "\x80", 0 },
		{ "\xbf", 0 },
		{ "a\x80", 1 },
		{ "\xc0\xaf", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xc2z", 1 },
		{ "\xe0\x80\xaf", 1 },
		{ "\xe0\x9f\xbf", 1 },
		{ "\xed\xa0\x80", 1 },
		{ "\xed\xbf\xbf", 1 },
		{ "\xf0\x80\x80\xaf", 1 },
		{ "\xf0\x8f\xbf\xbf", 1 },
		{ "\xf4\x90\x80\x80", 1 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xf8\x88\x80\x80\x80", 0 },
		{ "\xfc", 0 },
		{ "\xfe", 0 },
		{ "\xff", 0 },
		{ "\xe2\x82z", 2 },
		{ "\xf0\x9f\x98z", 3 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(first_refused(cases[i].text, strlen(cases[i].text)), cases[i].at);
}

TEST(utf8_stream, texts_cut_anywhere_are_taken)
{
	static const char text[] = "ASCII long enough for eight at a time \xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"
				   "\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbf end of it all";
	const size_t n = sizeof text; /* its NUL too: U+0000 is a character */
	for (size_t cut = 0; cut <= n; cut++) {
		struct utf8_stream s = { 0 };
		CHECK(utf8_stream_feed(&s, text, cut));
		CHECK_INT(utf8_stream_complete(&s), utf8_valid(text, cut));
		CHECK(utf8_stream_feed(&s, text + cut, n - cut));
		CHECK(utf8_stream_complete(&s));
	}
}

TEST(utf8_stream, agrees_with_the_whole_text_check_on_all_short_sequences)
{
	char p[4] = { 0 };
	for (unsigned v = 0; v < 1u << 24; v += v < 1u << 16 ? 1 : 7) {
		p[0] = (char)(v >> 16 | (v & 1 ? 0xe0 : 0));
		p[1] = (char)(v >> 8);
		p[2] = (char)v;
		struct utf8_stream s = { 0 };
		bool ok = utf8_stream_feed(&s, p, 3) && utf8_stream_complete(&s);
		if (ok != utf8_valid(p, 3))
			test_fail(__FILE__, __LINE__, "%02x %02x %02x", p[0] & 255, p[1] & 255, p[2] & 255);
	}
}
