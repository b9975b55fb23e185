#include "features/user/user_name.h"
#include "base/id.h"
#include "base/str.h"
#include "base/test.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static const char *put(char out[static 8], uint32_t c)
{
	utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
	out[n > 0 ? n : 0] = 0;
	return out;
}

TEST(email, is_shown_and_keyed_alike_however_it_is_spelt)
{
	static const struct {
		const char *given, *shown, *key;
	} good[] = {
		{ "ann@example.org", "ann@example.org", "e:ann@example.org" },
		{ "Ann@Example.ORG", "ann@example.org", "e:ann@example.org" },
		{ "ann+tag@example.org", "ann+tag@example.org", "e:ann+tag@example.org" },
		{ "a.b-c_d'e@sub.example.co.uk", "a.b-c_d'e@sub.example.co.uk", "e:a.b-c_d'e@sub.example.co.uk" },
		{ "Ann@BÜCHER.example", "ann@bücher.example", "e:ann@xn--bcher-kva.example" },
		{ "ann@xn--bcher-kva.example", "ann@bücher.example", "e:ann@xn--bcher-kva.example" },
		{ "ann@XN--BCHER-KVA.example", "ann@bücher.example", "e:ann@xn--bcher-kva.example" },
		{ "JOSÉ@example.org", "josé@example.org", "e:josé@example.org" },
		{ "jose\xcc\x81@example.org", "josé@example.org", "e:josé@example.org" }, /* e and an accent */
		{ "ﬁn@example.org", "fin@example.org", "e:fin@example.org" }, /* a ligature */
		{ "straße@example.org", "straße@example.org", "e:strasse@example.org" },
		{ "用户@例子.广告", "用户@例子.广告", "e:用户@xn--fsqu00a.xn--4rr70v" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *shown, *key;
		CHECK_TEXT(email_normal(a, good[i].given, &shown, &key), NULL);
		CHECK_TEXT(shown, good[i].shown);
		CHECK_TEXT(key, good[i].key);
		CHECK_TEXT(login_key(a, good[i].given), key);
		CHECK_TEXT(email_check(good[i].given), NULL);
	}
	arena_free(a);
}

TEST(email, what_no_mail_server_takes_is_refused)
{
	static const char *const bad[] = { "", "ann", "@", "@example.org", "ann@", "ann@@example.org",
		"a@b@example.org", "ann@example", "ann@localhost", "ann@.example.org", "ann@example..org",
		"ann@example.org.", ".ann@example.org", "ann.@example.org", "a..b@example.org", "ann @example.org",
		" ann@example.org", "ann@example.org ", "ann@exam ple.org", "ann@-example.org", "ann@example-.org",
		"ann@192.0.2.1", "ann@[192.0.2.1]", "\"ann\"@example.org", "ann@exa_mple.org", "ann(x)@example.org",
		"ann,bob@example.org", "ann;@example.org", "ann<x>@example.org", "ann\\@example.org",
		"ann@example.org\nBcc: bob@example.org", "ann\t@example.org", "ann@example.org\r\n", "ann@xn--.example",
		"ann@xn--a.example", "ann@exa\xffmple.org", "\xff@example.org" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!email_check(bad[i]))
			test_fail(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
}

TEST(email, advisory_look_alikes_of_at_and_invisible_characters_are_refused)
{
	static const uint32_t odd[] = { 0xff20, 0xfe6b, /* look like @ */
		0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a,
		0x202e, 0x2028, 0x2029, 0x2060, 0x2061, 0x2066, 0x2069, 0x206a, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xe0001,
		0xe0020, /* invisible, or turn the writing round */
		0x00a0, 0x2003, 0x3000, 0x0001, 0x007f, 0x0085, 0xe000, 0x10fffd };
	char c[8], text[64];
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		static const char *const forms[] = { "an%sn@example.org", "ann%s@example.org", "ann@exam%sple.org",
			"ann%sexample.org", "%sann@example.org", "ann@example.org%s" };
		put(c, odd[i]);
		for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
			const char *at = strstr(forms[k], "%s");
			snprintf(text, sizeof text, "%.*s%s%s", (int)(at - forms[k]), forms[k], c, at + 2);
			if (!email_check(text))
				test_fail(__FILE__, __LINE__, "U+%04X was taken in form %zu", (unsigned)odd[i], k);
		}
	}
}

TEST(email, lengths_are_bounded)
{
	char text[400];
	memset(text, 'a', sizeof text);
	memcpy(text + 64, "@example.org", 13);
	CHECK_TEXT(email_check(text), NULL);
	memset(text, 'a', sizeof text);
	memcpy(text + 65, "@example.org", 13);
	CHECK(email_check(text));
	memset(text, 'a', sizeof text); /* a label of 64, then a domain too long in all */
	memcpy(text, "ann@", 4);
	memcpy(text + 68, ".org", 5);
	CHECK(email_check(text));
	for (int i = 0; i < 300; i++)
		text[i] = i % 50 ? 'a' : '.';
	memcpy(text, "ann@a", 5);
	memcpy(text + 300, "a.org", 6);
	CHECK(email_check(text));
}

TEST(email, every_character_gives_a_key_that_is_its_own_key)
{
	char c[8], text[32];
	for (uint32_t u = 1; u < 0x11000; u++) {
		const char *shown, *key, *again, *again_key;
		if (u >= 0xd800 && u < 0xe000)
			continue;
		struct arena *a = arena_new(0);
		snprintf(text, sizeof text, "x%sy@example.org", put(c, u));
		if (!email_normal(a, text, &shown, &key)) {
			if (email_normal(a, shown, &again, &again_key) || strcmp(key, again_key) != 0)
				test_fail(__FILE__, __LINE__, "U+%04X: %s, then %s", u, key, again_key);
			CHECK(strchr(shown, '@') == strrchr(shown, '@'));
		}
		arena_free(a);
	}
}

TEST(username, is_lower_case_and_unique_without_case)
{
	static const struct {
		const char *given, *shown, *key;
	} good[] = { { "ann", "ann", "u:ann" }, { "Ann_B-c.9", "ann_b-c.9", "u:ann_b-c.9" },
		{ "ÄNNE", "änne", "u:änne" }, { "\x41\xcc\x88nne", "änne", "u:änne" },
		{ "Straße", "straße", "u:strasse" }, { "ＡＮＮ", NULL, NULL }, { "ａｎｎ", "ann", "u:ann" },
		{ "ﬁna", "fina", "u:fina" }, { "Ольга", "ольга", "u:ольга" }, { "田中太", "田中太", "u:田中太" },
		{ "007", "007", "u:007" } };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *shown = NULL, *key = NULL;
		const char *wrong = username_normal(a, good[i].given, &shown, &key);
		if (!good[i].shown)
			continue;
		CHECK_TEXT(wrong, NULL);
		CHECK_TEXT(shown, good[i].shown);
		CHECK_TEXT(key, good[i].key);
		CHECK_TEXT(login_key(a, good[i].given), key);
	}
	arena_free(a);
}

TEST(username, what_would_mislead_is_refused)
{
	static const char *const bad[] = { "", "a", "ab", "a b", "ann!", "ann@example.org", "ann/bob", "..", "...",
		"._-", "___", "ann\xe2\x80\x8b", "ann\xe2\x80\xae", "a\xc2\xad\x62\x63", "ann\n", "me", "ME", "Admin",
		"ａｄｍｉｎ", "root", "search", "well-known", ".well-known", "jwks.json", "openapi.json",
		"0190a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7", "0190A1B2-C3D4-7E5F-8091-A2B3C4D5E6F7", "<script>", "ann%20",
		"\xff\xfe\xfd", "😀😀😀" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!username_check(bad[i]))
			test_fail(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
	char text[52];
	memset(text, 'a', sizeof text);
	text[51] = 0;
	CHECK(username_check(text));
	text[50] = 0;
	CHECK_TEXT(username_check(text), NULL);
}

TEST(username, every_character_gives_a_name_that_stays_as_it_is)
{
	char c[8], text[32];
	for (uint32_t u = 1; u < 0x11000; u++) {
		const char *shown, *key, *again, *again_key;
		if (u >= 0xd800 && u < 0xe000)
			continue;
		struct arena *a = arena_new(0);
		snprintf(text, sizeof text, "x%syz", put(c, u));
		if (!username_normal(a, text, &shown, &key))
			if (username_normal(a, shown, &again, &again_key) || strcmp(shown, again) != 0 ||
				strcmp(key, again_key) != 0)
				test_fail(__FILE__, __LINE__, "U+%04X: %s, then %s", u, shown, again);
		arena_free(a);
	}
}

static void check_derived(struct cx *cx, const char *email)
{
	for (int attempt = 0; attempt < 6; attempt++) {
		const char *shown, *key, *name = username_derive(cx, email, attempt);
		const char *wrong = username_normal(cx->mem, name, &shown, &key);
		if (wrong)
			test_fail(
				__FILE__, __LINE__, "%s gave \"%s\", which %s", email ? email : "(none)", name, wrong);
	}
}

TEST(username, derived_ones_are_valid_however_odd_the_address)
{
	static const char *const odd[] = { "a@example.org", "me@example.org", "admin@example.org", "!@example.org",
		"#$%@example.org", "_@example.org", "-._@example.org", "o'brien+tag@example.org", "ÄÖÜ@example.org",
		"0190a1b2-c3d4-7e5f-8091-a2b3c4d5e6f7@example.org", "用@example.org", "\xcc\x81\xcc\x81@example.org",
		"a\xcc\x81@example.org", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.org",
		"ééééééééééééééééééééééééééééééé@example.org", "田田田田田田田田田田田田田田田田田田田田田@example.org",
		"", "@", "no-at-sign", NULL };
	char c[8], text[32];
	struct cx cx = { .mem = arena_new(0) };
	for (const char *const *o = odd; *o; o++)
		check_derived(&cx, *o);
	check_derived(&cx, NULL);
	arena_free(cx.mem);
	for (uint32_t u = 1; u < 0x11000; u++) {
		if (u >= 0xd800 && u < 0xe000)
			continue;
		cx.mem = arena_new(0);
		snprintf(text, sizeof text, "%s@example.org", put(c, u));
		check_derived(&cx, text);
		arena_free(cx.mem);
	}
}

TEST(username, derived_ones_differ_from_attempt_to_attempt)
{
	struct cx cx = { .mem = arena_new(0) };
	CHECK_TEXT(username_derive(&cx, "ann@example.org", 0), "ann");
	const char *second = username_derive(&cx, "ann@example.org", 1);
	CHECK(str_starts(second, "ann_") && strlen(second) == 8);
	CHECK_INT(strlen(username_derive(&cx, "ann@example.org", 3)), 13);
	arena_free(cx.mem);
}

TEST(login_key, of_what_nobody_can_be_called_is_none)
{
	struct arena *a = arena_new(0);
	CHECK_TEXT(login_key(a, "a"), NULL);
	CHECK_TEXT(login_key(a, "ann@@example.org"), NULL);
	CHECK_TEXT(login_key(a, "' OR 1=1 --"), NULL);
	CHECK_TEXT(login_key(a, ""), NULL);
	arena_free(a);
}

TEST(search, words_are_folded_without_marks_and_with_single_blanks)
{
	static const struct {
		const char *given, *normal;
	} texts[] = { { "Ann  Müller", "ann muller" }, { "\t Ann\n", "ann" }, { "ÉCOLE", "ecole" },
		{ "Straße", "strasse" }, { "ＡＮＮ", "ann" }, { "", "" }, { "   ", "" }, { "Ольга", "ольга" },
		{ "\xff", "" } };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CHECK_TEXT(search_normal(a, texts[i].given), texts[i].normal);
	arena_free(a);
}
