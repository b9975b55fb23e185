/* Values, headers and bodies: what comes out is a letter as RFC 5322 has it, whatever goes in. */
#include "features/mail/mail_text.h"
#include "base/str.h"
#include "base/test.h"

#include <string.h>

static struct arena *mem;

static const char *header(const char *name, const char *value)
{
	struct buf b = { .mem = mem };
	mail_text_header(&b, name, value);
	return buf_cstr(&b);
}

static const char *quoted(const char *s)
{
	struct buf b = { .mem = mem };
	mail_text_quoted(&b, s);
	return buf_cstr(&b);
}

/* Every line ends with CRLF, has at most `most` bytes, and holds printable ASCII alone. */
static void check_lines(const char *s, size_t most)
{
	while (*s) {
		size_t n = strcspn(s, "\r\n");
		CHECK(n <= most);
		CHECK(s[n] == '\r' && s[n + 1] == '\n');
		for (size_t i = 0; i < n; i++)
			CHECK(s[i] >= 0x20 && s[i] < 0x7f);
		s += n + 2;
	}
}

TEST(mail_text, a_value_is_one_line_without_marks_that_steer)
{
	mem = arena_new(0);
	CHECK_TEXT(mail_text_line(mem, "a\r\nBcc: eve@example.org\tb\x7f", 100), "a  Bcc: eve@example.org b ");
	CHECK_TEXT(mail_text_line(mem, "x\u202Egnp.exe\u2028y\xc2\x85z", 100), "x gnp.exe y z");
	CHECK_TEXT(mail_text_line(mem, "Jürgen Müller", 6), "Jürgen");
	arena_free(mem);
}

TEST(mail_text, knows_what_mail_programs_make_a_link_of)
{
	static const char *const links[] = { "win.example", "http://x", "a//b", "you@x", "Go to EVIL.com now", "x\\y",
		"пример.рф" };
	static const char *const names[] = { "Ann", "J. R. R. Tolkien", "St.J.", "O'Neil, jr.", "Ann-Marie (she/her)",
		"Mozilla/5.0 Firefox/128.0", "3.14", "..." };
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		CHECK(mail_text_looks_like_link(links[i]));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(!mail_text_looks_like_link(names[i]));
}

TEST(mail_text, an_address_is_given_a_domain_of_the_dns)
{
	const char *domain;
	mem = arena_new(0);
	CHECK_TEXT(mail_text_address(mem, "Ann@Bücher.Example", &domain), "Ann@xn--bcher-kva.example");
	CHECK_TEXT(domain, "xn--bcher-kva.example");
	CHECK_TEXT(mail_text_address(mem, "jörg+x@example.org", &domain), "jörg+x@example.org");
	CHECK(!mail_text_address(mem, "\"a b\"@example.org", &domain));
	CHECK(!mail_text_address(mem, "a\xff@example.org", &domain));
	CHECK(!mail_text_address(mem, NULL, &domain));
	arena_free(mem);
}

TEST(mail_text, a_subject_beyond_ascii_becomes_encoded_words)
{
	mem = arena_new(0);
	CHECK_TEXT(header("Subject", "Choose a new password"), "Subject: Choose a new password\r\n");
	CHECK_TEXT(header("Subject", "Wählen"), "Subject: =?UTF-8?B?V8OkaGxlbg==?=\r\n");
	CHECK_TEXT(header("Subject", "=?UTF-8?Q?fake?="), "Subject: =?UTF-8?B?PT9VVEYtOD9RP2Zha2U/PQ==?=\r\n");
	arena_free(mem);
}

TEST(mail_text, long_headers_are_folded_where_no_character_breaks)
{
	char text[4 * 200 + 1] = "";
	mem = arena_new(0);
	for (int i = 0; i < 200; i++)
		memcpy(text + 4 * i, "\U0001F426", 4);
	const char *folded = header("Subject", text);
	check_lines(folded, 76);
	/* each word is whole characters: it can be read by itself */
	for (const char *word = folded; (word = strstr(word, "=?UTF-8?B?"));) {
		size_t n;
		word += strlen("=?UTF-8?B?");
		const char *plain = (const char *)base64_decode(mem, word, strcspn(word, "?"), false, &n);
		CHECK(plain && n % 4 == 0 && utf8_valid(plain, n));
	}
	const char *words =
		"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
	check_lines(header("Subject", words), 78);
	CHECK(strstr(header("Subject", words), "\r\n "));
	memset(text, 'x', 300);
	text[300] = 0;
	check_lines(header("Subject", text), 76);
	arena_free(mem);
}

TEST(mail_text, advisory_a_name_cannot_write_a_header)
{
	struct buf b = { .mem = mem = arena_new(0) };
	mail_text_mailbox(&b, "From", "Eve\" <eve@example.org>\r\nBcc: all@example.org\r\n\r\n<h1>", "id@example.org");
	CHECK_TEXT(buf_cstr(&b),
		"From: \"Eve\\\" <eve@example.org>  Bcc: all@example.org    <h1>\"\r\n <id@example.org>\r\n");
	CHECK_TEXT(header("Subject", "x\r\nBcc: all@example.org"), "Subject: x  Bcc: all@example.org\r\n");
	arena_free(mem);
}

TEST(mail_text, bodies_are_quoted_printable)
{
	mem = arena_new(0);
	CHECK_TEXT(quoted("a=b\nGrüße \nend"), "a=3Db\r\nGr=C3=BC=C3=9Fe=20\r\nend\r\n");
	CHECK_TEXT(quoted(".\nFrom me\r\n.."), "=2E\r\n=46rom me\r\n=2E.\r\n");
	CHECK_TEXT(quoted(""), "");
	char text[1000];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	check_lines(quoted(text), 76);
	memset(text, '.', sizeof text - 1);
	check_lines(quoted(text), 76);
	CHECK(!strstr(quoted(text), "\r\n."));
	arena_free(mem);
}

TEST(mail_text, dates_are_those_of_mail)
{
	mem = arena_new(0);
	CHECK_TEXT(mail_text_date(mem, INT64_C(784111777000)), "Sun, 06 Nov 1994 08:49:37 +0000");
	arena_free(mem);
}
