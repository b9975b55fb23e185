/* Packed structs, pages, texts, log lines, times and type tables. */
#include "base/buf.h"
#include "base/cx.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/page.h"
#include "base/sample_test.h"
#include "base/str.h"
#include "base/test.h"
#include "base/time.h"
#include "base/wait.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* --- pack --------------------------------------------------------------------------------------------------------- */

struct inner {
	bool yes;
};
struct packed {
	const char *id, *none, *empty, *text;
	int64_t number;
	struct inner inner;
};
TYPE(inner, FIELD(inner, yes, 0, ""));
TYPE(packed, FIELD(packed, id, 0, ""), FIELD_AS(packed, id, "again", 0, ""), FIELD(packed, none, 0, ""),
	FIELD(packed, empty, 0, ""), FIELD(packed, text, 0, ""), FIELD(packed, number, 0, ""),
	FIELD_EMBEDDED(packed, inner, inner, 0, ""));

TEST(pack, a_struct_comes_back_as_it_was_from_one_piece_of_memory)
{
	struct arena *a = arena_new(0), *b = arena_new(0);
	const struct packed was = { "ann", NULL, "", "a longer text, with ü", -5, { true } };
	size_t n;
	void *bytes = pack(a, &packed_type, &was, &n);
	void *copy = arena_memdup0(b, bytes, n);
	arena_free(a); /* nothing points back */
	const struct packed *is = unpack(&packed_type, copy);
	CHECK_TEXT(is->id, was.id);
	CHECK_TEXT(is->none, NULL);
	CHECK_TEXT(is->empty, "");
	CHECK_TEXT(is->text, was.text);
	CHECK(is->number == -5 && is->inner.yes);
	CHECK(is->id > (char *)copy && is->text < (char *)copy + n);
	arena_free(b);
}

/* --- page --------------------------------------------------------------------------------------------------------- */

static struct page *fill(struct cx *cx, int64_t number, int64_t limit, size_t rows, int64_t total)
{
	struct list l = { NULL, rows };
	struct page *p = page_fill(cx, &(struct page_want){ .page = number, .limit = limit }, &l, total);
	CHECK(l.n <= (size_t)limit);
	return p;
}

TEST(page, counts_pages_as_a_person_would)
{
	static const struct {
		int64_t page, limit, rows, total, pages;
		bool next, previous;
	} cases[] = { { 1, 20, 0, 0, 0, false, false }, { 1, 20, 20, 20, 1, false, false },
		{ 1, 20, 21, 21, 2, true, false }, { 2, 20, 1, 21, 2, false, true }, { 3, 1, 2, 9, 9, true, true },
		{ 9, 20, 0, 21, 2, false, true } };
	struct cx cx = { .mem = arena_new(0) };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct page *p = fill(&cx, cases[i].page, cases[i].limit, (size_t)cases[i].rows, cases[i].total);
		CHECK_INT(p->total_pages.v, cases[i].pages);
		CHECK_INT(p->has_next, cases[i].next);
		CHECK_INT(p->has_previous, cases[i].previous);
		CHECK_INT(p->total_capped.has, ABSENT);
	}
	const struct page *p = fill(&cx, 1, 20, 21, PAGE_COUNT_MAX + 1);
	CHECK(p->total_capped.v && p->total.v == PAGE_COUNT_MAX);
	p = fill(&cx, 0, 20, 21, -1);
	CHECK(p->total.has == ABSENT && p->page.has == ABSENT && p->has_next);
	arena_free(cx.mem);
}

TEST(page, goes_no_deeper_than_counting_is_cheap)
{
	struct cx cx = { .mem = arena_new(0) };
	CHECK_OK(page_check(&cx, &(struct page_want){ 500, 20, NULL }));
	CHECK_ERR(page_check(&cx, &(struct page_want){ 501, 20, NULL }), ERR_INVALID);
	CHECK_OK(page_check(&cx, &(struct page_want){ 10000, 1, NULL }));
	CHECK_ERR(page_check(&cx, &(struct page_want){ INT64_MAX, 1, NULL }), ERR_INVALID);
	CHECK_ERR(page_check(&cx, &(struct page_want){ 1, 20, "c" }), ERR_INVALID);
	CHECK_OK(page_check(&cx, &(struct page_want){ 0, 20, "c" }));
	arena_free(cx.mem);
}

/* --- str ---------------------------------------------------------------------------------------------------------- */

TEST(str, beginnings_ends_and_case)
{
	struct arena *a = arena_new(0);
	CHECK(str_starts("abc", "") && str_starts("abc", "abc") && !str_starts("ab", "abc"));
	CHECK(str_ends("abc", "") && str_ends("abc", "bc") && !str_ends("bc", "abc"));
	CHECK(str_same_ascii("AbC", "aBc") && !str_same_ascii("ab", "abc") && !str_same_ascii("abc", "ab"));
	CHECK(!str_same_ascii("Ä", "ä") && str_same_ascii("", ""));
	CHECK_TEXT(str_camel(a, "first_name_2"), "firstName2");
	CHECK_TEXT(str_camel(a, "_a"), "_a");
	CHECK_TEXT(str_camel(a, "a_"), "a_");
	CHECK_TEXT(str_camel(a, "name"), "name");
	CHECK_TEXT(str_replace_char(a, "a-b-c", '-', '_'), "a_b_c");
	char text[] = "ÄBC";
	str_lower_ascii(text);
	CHECK_TEXT(text, "Äbc");
	CHECK_TEXT(hex_encode(a, "\x00\xff\x10", 3), "00ff10");
	CHECK_TEXT(hex_encode(a, "", 0), "");
	arena_free(a);
}

TEST(str, code_points_are_read_one_by_one)
{
	const char *s = "aä€😀\xff"
			"b";
	static const uint32_t want[] = { 'a', 0xe4, 0x20ac, 0x1f600, 0xfffd, 'b', 0, 0 };
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		CHECK_INT(utf8_next(&s), want[i]);
	CHECK_INT(utf8_length("aä€😀"), 4);
	CHECK_INT(utf8_length(""), 0);
	s = "\xf0\x9f"; /* cut off */
	CHECK_INT(utf8_next(&s), 0xfffd);
}

/* --- log ---------------------------------------------------------------------------------------------------------- */

static struct {
	int in, out;
	char text[1 << 16];
} reader;

static void log_to_pipe(enum log_level level)
{
	int ends[2];
	CHECK(pipe2(ends, O_NONBLOCK) == 0);
	reader.in = ends[0];
	reader.out = ends[1];
	log_set(level, reader.out);
}

static const char *logged(void)
{
	log_flush();
	ssize_t n = read(reader.in, reader.text, sizeof reader.text - 1);
	reader.text[n > 0 ? n : 0] = 0;
	return reader.text;
}

TEST(log, advisory_a_text_cannot_forge_a_line_or_a_field)
{
	log_to_pipe(LOG_INFO);
	log_info("a\"b\\c", LT("user", "x\n{\"level\":\"error\"}\r\x1b[2J\x7f"), LT("odd", "\xff\xc3(ä"),
		LT("name", "ä"));
	const char *line = logged();
	CHECK(strchr(line, '\n') == line + strlen(line) - 1);
	CHECK(strstr(line, "\"msg\":\"a\\\"b\\\\c\""));
	CHECK(strstr(line, "\"user\":\"x\\u000a{\\\"level\\\":\\\"error\\\"}\\u000d\\u001b[2J\\u007f\""));
	CHECK(utf8_valid(line, strlen(line)));
	CHECK(strstr(line, "\"name\":\"ä\""));
}

TEST(log, fields_have_their_kinds_and_empty_texts_are_left_out)
{
	log_to_pipe(LOG_DEBUG);
	log_debug("m", LI("n", -3), LUS("ms", 12345), LB("yes", true), LB("no", false), LT("none", NULL),
		LT("empty", ""));
	const char *line = logged();
	CHECK(strstr(line, "\"level\":\"debug\",\"msg\":\"m\",\"n\":-3,\"ms\":12.345,\"yes\":true,\"no\":false}"));
}

TEST(log, writes_what_its_level_asks_for)
{
	enum log_level level;
	log_to_pipe(LOG_WARN);
	log_info("quiet", LI("n", 1));
	CHECK_TEXT(logged(), "");
	log_warn("loud", LI("n", 1));
	ssize_t n = read(reader.in, reader.text, sizeof reader.text); /* at once, without a flush */
	CHECK(n > 0);
	log_set(LOG_OFF, reader.out);
	log_error("nothing", LI("n", 1));
	CHECK_TEXT(logged(), "");
	CHECK(log_level_parse("WARN", &level) && level == LOG_WARN);
	CHECK(!log_level_parse("loud", &level) && !log_level_parse("", &level));
}

TEST(log, long_texts_are_cut_and_still_valid)
{
	char text[5000];
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = 0;
	log_to_pipe(LOG_INFO);
	log_info("m", LT("t", text));
	CHECK(strlen(logged()) < 2300);
	for (size_t i = 0; i + 2 < sizeof text; i += 2) /* the cut falls into a character */
		memcpy(text + 1 + i, "ä", 2);
	log_info("m", LT("t", text));
	const char *line = logged();
	CHECK(utf8_valid(line, strlen(line)));
	CHECK(strstr(line, "\"aää")); /* and spoils no other */
}

TEST(log, gathers_no_more_than_a_thread_may_hold)
{
	int null = open("/dev/null", O_WRONLY);
	log_set(LOG_INFO, null);
	for (int i = 0; i < 20000; i++)
		log_info("line", LI("n", i),
			LT("text", "some text that is long enough to fill the buffer now and then"));
	log_tick();
	log_flush();
	log_set(LOG_INFO, -1); /* a log that cannot be written stops nothing */
	log_error("m", LI("n", 1));
	log_tick();
}

/* --- time --------------------------------------------------------------------------------------------------------- */

TEST(time, moments_at_the_edges_are_read_and_written)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "1970-01-01T00:00:00Z", 0 }, { "1969-12-31T23:59:59.999Z", -1 },
		{ "2000-02-29T12:00:00+01:00", 951822000000 }, { "9999-12-31T23:59:59.999Z", 253402300799999 },
		{ "0000-01-01T00:00:00Z", -62167219200000 }, { "2026-01-02t03:04:05z", 1767323045000 },
		{ "2026-01-02T03:04:05.123456789Z", 1767323045123 }, { "2026-01-02T03:04:05-23:59", 1767409385000 } };
	static const char *const bad[] = { "", "2026-01-02", "2026-01-02T03:04:05", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-01-32T00:00:00Z",
		"2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+0100", "2026-01-02T03:04:05Z ", " 2026-01-02T03:04:05Z", "12026-01-02T03:04:05Z",
		"-026-01-02T03:04:05Z", "2026-1-2T03:04:05Z" };
	char text[TIME_TEXT];
	int64_t ms;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK(time_parse(good[i].text, &ms));
		CHECK_INT(ms, good[i].ms);
		CHECK_INT(time_format(text, ms), 24);
		int64_t again;
		CHECK(time_parse(text, &again) && again == ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (time_parse(bad[i], &ms))
			test_fail(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
	time_format(text, INT64_MAX); /* never past its 32 bytes */
	time_format(text, INT64_MIN);
}

TEST(time, days_are_those_of_the_calendar)
{
	CHECK(time_is_date("2024-02-29") && time_is_date("2000-02-29") && time_is_date("0001-01-01"));
	CHECK(!time_is_date("2023-02-29") && !time_is_date("1900-02-29") && !time_is_date("2023-04-31"));
	CHECK(!time_is_date("2023-4-1") && !time_is_date("2023-04-01 ") && !time_is_date("") &&
		!time_is_date("2023-04"));
	CHECK(!time_is_date("2023/04/01") && !time_is_date("20230401"));
}

TEST(time, durations_and_sizes_that_do_not_fit_are_refused)
{
	static const char *const durations[] = { "", "m", "-1s", "1 s", "1w", "36526d", "9223372036854775807s",
		"99999999999999999999", "1.5h", "1h30m", " 1s", "1S" };
	static const char *const sizes[] = { "", "B", "-1", "1kb", "9223372036854775807KB", "8388608TiB",
		"99999999999999999999", "1.5MiB", "1 MiB" };
	int64_t v;
	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
		CHECK(!duration_parse(durations[i], &v));
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		CHECK(!size_parse(sizes[i], &v));
	CHECK(duration_parse("36525d", &v) && v == INT64_C(36525) * 86400000);
	CHECK(duration_parse("0", &v) && v == 0);
	CHECK(size_parse("8388607TiB", &v) && size_parse("9223372036854775807", &v) && v == INT64_MAX);
}

/* --- type --------------------------------------------------------------------------------------------------------- */

struct bell {
	pthread_mutex_t lock;
	pthread_cond_t rings;
	bool rung;
};

static void *ring(void *arg)
{
	struct bell *b = arg;
	pthread_mutex_lock(&b->lock);
	b->rung = true;
	pthread_cond_signal(&b->rings);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

TEST(wait, ends_when_it_is_told_or_at_its_moment)
{
	struct bell b = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t ringer;
	wait_init(&b.rings);
	pthread_mutex_lock(&b.lock);
	CHECK(!wait_until(&b.rings, &b.lock, time_monotonic() - 5000));
	int64_t at = time_monotonic() + 30;
	while (wait_until(&b.rings, &b.lock, at))
		continue;
	CHECK(time_monotonic() >= at);
	pthread_create(&ringer, NULL, ring, &b);
	while (!b.rung)
		CHECK(wait_until(&b.rings, &b.lock, time_monotonic() + 60000));
	pthread_mutex_unlock(&b.lock);
	pthread_join(ringer, NULL);
	pthread_cond_destroy(&b.rings);
}

TEST(type, fields_are_found_by_whole_name_and_by_alias)
{
	struct arena *a = arena_new(0);
	for (const struct field *f = sample_type.fields; f->name; f++) {
		size_t n = strlen(f->name);
		CHECK(type_field(&sample_type, f->name, n) == f);
		CHECK(type_field(&sample_type, arena_printf(a, "%sx", f->name), n + 1) != f);
		CHECK(type_field(&sample_type, f->name, n - 1) != f);
	}
	CHECK(!type_field(&sample_type, "", 0));
	static const struct field fields[] = { { .name = "a", .alias = "bb|c" }, { .name = "c" }, { 0 } };
	static const struct type t = { "t", 1, fields, 2, 0 };
	CHECK(type_field(&t, "bb", 2) == &fields[0]);
	CHECK(type_field(&t, "c", 1) == &fields[1]); /* a name before an alias */
	CHECK(!type_field(&t, "b", 1) && !type_field(&t, "bb|c", 4) && !type_field(&t, "|", 1));
	arena_free(a);
}

TEST(type, presence_is_told_for_every_kind)
{
	struct sample s = { 0 };
	for (const struct field *f = sample_type.fields; f->name; f++) {
		enum has has = field_has(f, &s);
		if (f->opt)
			CHECK_INT(has, ABSENT);
		field_mark(f, &s, IS_NULL);
		if (f->opt)
			CHECK_INT(field_has(f, &s), IS_NULL);
	}
	static const char *const names[] = { "red", "green", NULL };
	CHECK_INT(names_index(names, "green", 5), 1);
	CHECK_INT(names_index(names, "gree", 4), -1);
	CHECK_INT(names_index(names, "greens", 6), -1);
	CHECK_INT(names_index(names, "", 0), -1);
}
