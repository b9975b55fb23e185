#include "base/record.h"
#include "base/json.h"
#include "base/sample_test.h"
#include "base/test.h"

#include <string.h>

static const char *json_of(struct cx *cx, const struct type *t, const void *object)
{
	struct buf b = { .mem = cx->mem };
	json_write(&b, t, object, JSON_ANSWER);
	return buf_cstr(&b);
}

static struct buf written(struct cx *cx, const struct sample *s, unsigned flags)
{
	struct buf b = { .mem = cx->mem };
	record_write(&b, &sample_type, s, flags);
	return b;
}

TEST(record, what_was_written_comes_back)
{
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct cx *cx = sample_cx();
		struct sample s = { 0 }, again = { 0 };
		sample_fill(cx, &s, seed);
		s.row_key = "hidden ones too";
		s.hide = seed % 3 ? 0 : seed * UINT64_C(0x9e3779b97f4a7c15);
		struct buf b = written(cx, &s, RECORD_SECRETS), c;
		CHECK(record_read(cx->mem, &sample_type, &again, b.p, b.n));
		CHECK_TEXT(json_of(cx, &sample_type, &again), json_of(cx, &sample_type, &s));
		if (!s.hide)
			CHECK_TEXT(again.row_key, s.row_key);
		CHECK_INT(again.password.n, s.password.n);
		c = written(cx, &again, RECORD_SECRETS);
		CHECK_BYTES(c.p, c.n, b.p, b.n);
		struct sample numbered = { 0 };
		c = written(cx, &s, RECORD_SECRETS | RECORD_NUMBERED);
		CHECK(c.n < b.n);
		CHECK(record_read(cx->mem, &sample_type, &numbered, c.p, c.n));
		c = written(cx, &numbered, RECORD_SECRETS);
		CHECK_BYTES(c.p, c.n, b.p, b.n);
		sample_cx_end(cx);
	}
}

TEST(record, the_same_values_are_the_same_bytes_and_others_are_not)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 }, t = { 0 };
	sample_fill(cx, &s, 5);
	sample_fill(cx, &t, 5);
	struct buf a = written(cx, &s, RECORD_SECRETS), b = written(cx, &t, RECORD_SECRETS);
	CHECK_BYTES(a.p, a.n, b.p, b.n);
	t.password = (struct secret){ "another", 7 };
	b = written(cx, &t, RECORD_SECRETS);
	CHECK(a.n != b.n || memcmp(a.p, b.p, a.n) != 0);
	sample_cx_end(cx);
}

TEST(record, advisory_secrets_are_kept_only_when_asked_for)
{
	struct cx *cx = sample_cx();
	struct sample s = { .name = "n", .email = "sensitive@example.org", .password = { "quartz otter", 12 } };
	struct buf b = written(cx, &s, 0);
	CHECK(!memmem(b.p, b.n, "quartz", 6) && memmem(b.p, b.n, "sensitive@", 10));
	b = written(cx, &s, RECORD_DISCREET);
	CHECK(!memmem(b.p, b.n, "quartz", 6) && !memmem(b.p, b.n, "sensitive@", 10));
	sample_cx_end(cx);
}

struct older {
	const char *name, *gone;
	int64_t number;
};
TYPE(older, FIELD(older, gone, 0, ""), FIELD(older, number, 0, ""), FIELD(older, name, 0, ""));
struct newer {
	const char *name, *added;
	int64_t number;
};
TYPE(newer, FIELD(newer, name, 0, ""), FIELD(newer, added, 0, ""), FIELD(newer, number, 0, ""));

TEST(record, another_version_reads_what_it_knows)
{
	struct cx *cx = sample_cx();
	struct buf b = { .mem = cx->mem };
	struct newer n = { 0 };
	record_write(&b, &older_type, &(struct older){ "ann", "was here", 7 }, 0);
	CHECK(record_read(cx->mem, &newer_type, &n, b.p, b.n));
	CHECK_TEXT(n.name, "ann");
	CHECK(!n.added);
	CHECK_INT(n.number, 7);
	sample_cx_end(cx);
}

TEST(record, what_is_cut_or_changed_is_refused_or_harmless)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	sample_fill(cx, &s, 11);
	struct buf b = written(cx, &s, RECORD_SECRETS);
	for (size_t n = 0; n < b.n; n++) {
		struct sample out = { 0 };
		CHECK(!record_read(cx->mem, &sample_type, &out, arena_memdup0(cx->mem, b.p, n), n));
	}
	for (size_t i = 0; i < b.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct sample out = { 0 };
			char *changed = arena_memdup0(cx->mem, b.p, b.n);
			changed[i] ^= (char)(1 << bit);
			(void)record_read(cx->mem, &sample_type, &out, changed, b.n);
		}
	sample_cx_end(cx);
}
