#include "base/test.h"
#include "features/fixture_test.h"
#include "features/importer/importer_file.h"

#include <string.h>
#include <unistd.h>

/* --- splitting ---------------------------------------------------------------------------------------------------- */

/* All records with bars between them and how it ended, given `step` bytes more at a time. */
static const char *split_all(struct arena *a, unsigned format, const char *text, size_t step)
{
	static const char *const ends[] = { "", "?", ".", "!" };
	struct split s = { .format = format };
	struct buf b = { .mem = a };
	size_t n = strlen(text), at = 0, seen = step < n ? step : n;
	for (;;) {
		const char *record;
		size_t size, used;
		enum split_found f = split_next(&s, text + at, seen - at, seen == n, &record, &size, &used);
		at += used;
		if (f == SPLIT_RECORD)
			buf_printf(&b, "%.*s|", (int)size, record);
		else if (f == SPLIT_MORE && seen < n)
			seen = seen + step < n ? seen + step : n;
		else
			return arena_printf(a, "%s%s", buf_cstr(&b), ends[f]);
	}
}

TEST(importer, finds_records_wherever_the_bytes_are_cut)
{
	static const struct {
		unsigned format;
		const char *text, *records;
	} cases[] = {
		{ IMPORT_JSON, "", "." },
		{ IMPORT_JSON, " \n", "." },
		{ IMPORT_JSON, "[]", "." },
		{ IMPORT_JSON, "\xef\xbb\xbf [ ] \n", "." },
		{ IMPORT_JSON, "[{\"a\":1},{\"b\":[2,{}]} ]", "{\"a\":1}|{\"b\":[2,{}]}|." },
		{ IMPORT_JSON, "[{\"a\":\"}\\\"],\"} , 5,\"x,y\"]", "{\"a\":\"}\\\"],\"}|5|\"x,y\"|." },
		{ IMPORT_JSON, "[{},]", "{}|!" },
		{ IMPORT_JSON, "[,{}]", "!" },
		{ IMPORT_JSON, "[{} {}]", "{}|!" },
		{ IMPORT_JSON, "[{}", "{}|!" },
		{ IMPORT_JSON, "[{},{\"a\":", "{}|!" },
		{ IMPORT_JSON, "[{}] x", "{}|!" },
		{ IMPORT_JSON, "{}\n\n{\"a\":\n", "{}\n|{\"a\":\n|." },
		{ IMPORT_LINES, "[1]\n{}", "[1]\n|{}|." },
		{ IMPORT_CSV,
			"\xef\xbb\xbf"
			"a,b\r\n\r\n 1,\"x\ny\"\n2",
			"a,b\r\n| 1,\"x\ny\"\n|2|." },
		{ IMPORT_CSV, "a\n\"b", "a\n|!" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t step = 1; step < 8; step++)
			CHECK_TEXT(split_all(a, cases[i].format, cases[i].text, step), cases[i].records);
	arena_free(a);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static int file_of(const char *text, size_t n)
{
	char path[] = "/tmp/importer_test.XXXXXX";
	int fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	unlink(path);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The documents that a file is taken in, with their first numbers. */
static const char *documents(struct arena *a, unsigned format, const char *text, size_t n, struct import_result *sum)
{
	struct import_file f;
	struct import_batch_in in;
	struct buf b = { .mem = a };
	int fd = file_of(text, n);
	import_file_begin(&f, a, fd, format);
	while (import_file_next(&f, a, &in, sum))
		buf_printf(&b, "%lld:%s;", (long long)in.first, in.text.s);
	import_file_end(&f);
	close(fd);
	return buf_cstr(&b);
}

TEST(importer, a_record_that_is_no_text_is_told_and_the_others_keep_their_numbers)
{
	struct arena *a = arena_new(0);
	struct import_result sum = { 0 };
	static const char lines[] = "{\"a\":1}\n\xff\n{\"b\":2}\n{\"c\0\":3}\n{}";
	CHECK_TEXT(documents(a, IMPORT_JSON, lines, sizeof lines - 1, &sum), "1:{\"a\":1}\n;3:{\"b\":2}\n;5:{}\n;");
	CHECK(sum.failed == 2 && sum.complete && sum.errors.n == 2);
	const struct import_error *e = sum.errors.items;
	CHECK(e[0].row == 2 && e[1].row == 4);
	CHECK_TEXT(e[1].why, "The record holds a NUL character.");
	arena_free(a);
}

TEST(importer, each_document_of_a_csv_file_has_the_header)
{
	struct arena *a = arena_new(0);
	struct import_result sum = { 0 };
	struct buf text = { .mem = a };
	buf_str(&text, "username\r\n");
	for (int i = 0; i < IMPORT_BATCH_ROWS + 1; i++)
		buf_str(&text, "x\r\n");
	const char *all = documents(a, IMPORT_CSV, text.p, text.n, &sum);
	CHECK(strstr(all, ";201:username\r\nx\r\n;"));
	CHECK(sum.complete && !sum.failed);
	arena_free(a);
}

/* --- batches ------------------------------------------------------------------------------------------------------ */

TEST(importer, the_same_account_twice_in_one_file_is_one_account)
{
	home_open();
	struct call *c = home_local("user_import_batch",
		"{\"format\":\"json\",\"existing\":\"skip\",\"first\":1,\"text\":\"[{\\\"username\\\":\\\"anna\\\"},"
		"{\\\"username\\\":\\\"ANNA\\\"}]\"}");
	const struct import_result *r = HOME_OUT(import_result, c);
	CHECK_INT(r->created, 1);
	CHECK_INT(r->skipped, 1);
	CHECK_INT(home_events("user.created"), 1);
	home_close();
}

TEST(importer, advisory_a_moderator_cannot_import_at_all)
{
	home_open();
	struct person mo = home_with_role("moe", "moderator");
	struct call *c = home_call(mo.access, "user_import_batch", "{\"first\":1,\"text\":\"[]\"}");
	CHECK_INT(c->result, ERR_DENIED);
	c = home_call(mo.access, "user_export_part", "{}");
	CHECK_INT(c->result, ERR_DENIED);
	home_close();
}

static void make_role(const char *name, const char *perms)
{
	CHECK_OK(home_local("role_create", home_text("{\"name\":\"%s\",\"permissions\":[%s]}", name, perms))->result);
}

/* Brings one record in over what is there; the answer tells what came of it. */
static const struct import_result *overwrite(const char *access, const char *record)
{
	struct call *c = home_call(access, "user_import_batch",
		home_text("{\"format\":\"json\",\"existing\":\"overwrite\",\"first\":1,\"text\":\"[%s]\"}", record));
	return HOME_OUT(import_result, c);
}

/* A file was a way to become an administrator for who may bring accounts in and give roles, and nothing else. */
TEST(importer, advisory_nobody_gives_by_a_file_a_role_that_may_do_more_than_he)
{
	static const char *const higher[] = { "admin", "keys", "moderator" };
	home_open();
	make_role("clerk", "\"user.import\",\"role.grant\"");
	make_role("keys", "\"key.admin\"");
	struct person ann = home_with_role("ann", "clerk"), bob = home_person("bob");
	for (size_t i = 0; i < sizeof higher / sizeof *higher; i++) {
		const char *const names[] = { "ann", "bob", "puppet" };
		for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
			const struct import_result *r =
				overwrite(ann.access, home_text("{\\\"username\\\":\\\"%s\\\",\\\"role\\\":\\\"%s\\\"}",
							      names[n], higher[i]));
			CHECK_INT(r->failed, 1);
			CHECK_TEXT(((struct import_error *)r->errors.items)->field, "role");
		}
	}
	CHECK_TEXT(rig_text(home_text("SELECT role FROM users WHERE id = '%s'", ann.id)), "clerk");
	CHECK_TEXT(rig_text(home_text("SELECT role FROM users WHERE id = '%s'", bob.id)), "user");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users"), 2);
	CHECK_INT(overwrite(ann.access, "{\\\"username\\\":\\\"bob\\\",\\\"role\\\":\\\"clerk\\\"}")->updated, 1);
	home_close();
}

/* Or who has it would be whatever somebody makes of that name later. */
TEST(importer, advisory_a_role_that_is_not_there_is_given_to_nobody)
{
	home_open();
	const struct import_result *r = HOME_OUT(import_result,
		home_local("user_import_batch", "{\"format\":\"json\",\"first\":1,\"text\":"
						"\"[{\\\"username\\\":\\\"anna\\\",\\\"role\\\":\\\"boss\\\"}]\"}"));
	CHECK_INT(r->failed, 1);
	CHECK_TEXT(((struct import_error *)r->errors.items)->why, "is no role that this server knows");
	home_close();
}

TEST(importer, a_trial_leaves_no_event_behind)
{
	home_open();
	int64_t before = home_events("user.created");
	struct call *c = home_local(
		"user_import_batch", "{\"dry_run\":true,\"first\":1,\"text\":\"[{\\\"username\\\":\\\"anna\\\"}]\"}");
	const struct import_result *r = HOME_OUT(import_result, c);
	CHECK(r->created == 1 && r->dry_run);
	CHECK_INT(home_events("user.created"), before);
	home_close();
}

TEST(importer, plain_passwords_are_taken_in_small_numbers)
{
	home_open();
	struct arena *a = arena_new(0);
	struct buf b = { .mem = a };
	buf_str(&b, "{\"format\":\"ndjson\",\"first\":1,\"text\":\"");
	for (int i = 0; i <= IMPORT_PASSWORDS_MAX; i++)
		buf_printf(
			&b, "{\\\"username\\\":\\\"many%d\\\",\\\"password\\\":\\\"seventeen quiet herons\\\"}\\n", i);
	buf_str(&b, "\"}");
	const struct import_result *r = HOME_OUT(import_result, home_local("user_import_batch", buf_cstr(&b)));
	CHECK_INT(r->created, IMPORT_PASSWORDS_MAX);
	CHECK_INT(r->failed, 1);
	arena_free(a);
	home_close();
}
