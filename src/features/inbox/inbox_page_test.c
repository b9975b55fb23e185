/* Pages as neighbours write them, and as they should not. */
#include "features/inbox/inbox_page.h"
#include "base/test.h"
#include "base/time.h"

#include <stdio.h>
#include <string.h>

#define ANN "01a1fc88-7a2d-7c34-9404-6091f8f70001"
#define BOB "01a1fc88-7a2d-7c34-9404-6091f8f70002"
#define ASKED INT64_C(1750000000000) /* 2025-06-15T15:06:40Z */

static struct arena *mem;

static const char *read_from(enum inbox_source from, const char *text, struct inbox_page *out)
{
	if (!mem)
		mem = arena_new(0);
	return inbox_page_read(mem, from, ASKED, text, strlen(text), out);
}

static struct inbox_page page_of(enum inbox_source from, const char *text)
{
	struct inbox_page p;
	CHECK_TEXT(read_from(from, text, &p), NULL);
	return p;
}

static const struct inbox_entry *person(const struct inbox_page *p, size_t i)
{
	CHECK(i < p->profiles.n);
	return (const struct inbox_entry *)p->profiles.items + i;
}

static const char *refusal(const char *text)
{
	struct inbox_page p;
	const char *why = read_from(INBOX_SOCIAL, text, &p);
	return why ? why : "nothing";
}

TEST(inbox_page, a_list_with_a_cursor_is_read)
{
	struct inbox_page p = page_of(INBOX_SOCIAL,
		"{\"success\":true,\"data\":[{\"user_id\":\"" ANN "\",\"posts_count\":3,\"likes_count\":null},"
		" {\"user_id\":\"" BOB "\",\"followers_count\":4} ],"
		"\"meta\":{\"limit\":2,\"has_next\":true,\"next_cursor\":\"abc\",\"total\":null}}");
	CHECK_INT(p.people, 2);
	CHECK_INT(p.wrong, 0);
	CHECK_TEXT(person(&p, 0)->user_id, ANN);
	CHECK_INT(person(&p, 0)->posts.v, 3);
	CHECK(person(&p, 0)->likes.has != IS_SET && person(&p, 0)->followers.has == ABSENT);
	CHECK_INT(person(&p, 0)->at, ASKED);
	CHECK_INT(person(&p, 1)->followers.v, 4);
	CHECK_TEXT(p.cursor, "abc");
	CHECK(p.has_next.has == IS_SET && p.has_next.v);
}

TEST(inbox_page, a_list_with_page_numbers_is_read)
{
	struct inbox_page p = page_of(INBOX_SOCIAL,
		"{\"data\":[{\"id\":7,\"userId\":\"" ANN "\",\"bio\":\"a \\\"quote\\\" ] } ,\","
		"\"postsCount\":3,\"likesReceivedCount\":5,\"lastSyncAt\":\"2024-01-01T00:00:00Z\"}],"
		"\"pagination\":{\"page\":1,\"limit\":20,\"total\":41,\"pages\":3}}");
	CHECK_INT(person(&p, 0)->posts.v, 3);
	CHECK_INT(person(&p, 0)->likes.v, 5);
	CHECK_INT(person(&p, 0)->at, INT64_C(1704067200000));
	CHECK_INT(p.number, 1);
	CHECK_INT(p.pages, 3);
	CHECK_INT(p.total, 41);
	CHECK(!p.cursor && p.has_next.has == ABSENT);
	p = page_of(INBOX_MODERATION, "{\"items\":[{\"userId\":\"" BOB
				      "\",\"trustScore\":0.5,\"suspensionCount\":2}],\"page\":2,\"total_pages\":2}");
	CHECK_INT(person(&p, 0)->suspensions.v, 2);
	CHECK_INT(p.number, 2);
	CHECK_INT(p.pages, 2);
}

/* The row is written before its event is stamped: that event must not be added to it. */
TEST(inbox_page, a_person_is_right_a_little_after_his_row_was_written_and_never_after_the_page_was_asked_for)
{
	struct inbox_page p =
		page_of(INBOX_SOCIAL, "{\"data\":[{\"userId\":\"" ANN "\",\"updatedAt\":\"2024-01-01T00:00:00Z\"},"
				      "{\"userId\":\"" ANN "\",\"updatedAt\":\"2999-01-01T00:00:00Z\"},"
				      "{\"userId\":\"" ANN "\",\"lastSyncAt\":\"1900-01-01T00:00:00Z\"}]}");
	CHECK_INT(person(&p, 0)->at, INT64_C(1704067205000));
	CHECK_INT(person(&p, 1)->at, ASKED);
	CHECK_INT(person(&p, 2)->at, ASKED);
}

TEST(inbox_page, advisory_who_makes_no_sense_spoils_no_other)
{
	static const char *const wrong[] = { "7", "null", "\"x\"", "{}", "[]", "{\"userId\":\"x\"}",
		"{\"userId\":\"" ANN "\",\"postsCount\":-1}", "{\"userId\":\"" ANN "\",\"postsCount\":1e400}",
		"{\"userId\":\"" ANN "\",\"postsCount\":99999999999999999999}",
		"{\"userId\":\"" ANN "\",\"postsCount\":1000000000001}",
		"{\"userId\":\"" ANN "\",\"postsCount\":\"3\"}", "{\"userId\":\"" ANN "\",\"bio\":\"\\u0000\"}",
		"{\"userId\":\"" ANN "\",\"bio\":\"\xff\"}", "{\"userId\":\"" ANN "\",\"userId\":\"" BOB "\"}",
		"{\"userId\":\"" ANN "\" 5}", "{\"userId\":\"" ANN "\",\"lastSyncAt\":\"soon\"}",
		"{\"userId\":\"" ANN
		"\",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[1000];
		snprintf(text, sizeof text, "{\"data\":[%s,{\"userId\":\"" BOB "\",\"postsCount\":2}]}", wrong[i]);
		struct inbox_page p = page_of(INBOX_SOCIAL, text);
		CHECK_INT(p.wrong, 1);
		CHECK_INT(p.profiles.n, 1);
		CHECK_INT(person(&p, 0)->posts.v, 2);
		CHECK(p.why && strncmp(p.why, "person 1: ", 10) == 0);
		for (const char *c = p.why; *c; c++)
			CHECK(*c >= ' ' && *c < 0x7f);
	}
}

TEST(inbox_page, advisory_what_is_no_page_is_refused)
{
	static const char *const no_list[] = { "", "[]", "5", "{", "{}", "{\"data\"", "{\"data\":", "{\"data\":{}}",
		"{\"data\":[", "{\"data\":[1,2", "<html>", "{\"x\":1 \"data\":[]}" };
	for (size_t i = 0; i < sizeof no_list / sizeof *no_list; i++)
		CHECK_TEXT(refusal(no_list[i]), "is no JSON object with a list called data, items or profiles");
	static const char *const broken[] = { "{\"data\":[{}{}]}", "{\"data\":[,]}", "{\"data\":[{},]}",
		"{\"data\":[{}}]}" };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		CHECK(strncmp(refusal(broken[i]), "cannot be read: ", 16) == 0 ||
			strstr(refusal(broken[i]), "is no JSON object"));
	CHECK_TEXT(refusal("{\"data\":[]"), "cannot be read: is no JSON object that can be read");
	CHECK_TEXT(refusal("{\"data\":[]} x"), "cannot be read: is no JSON object that can be read");
	CHECK_TEXT(refusal("{\"data\":[],\"data\":[]}"), "cannot be read: data is given twice");
	CHECK_TEXT(refusal("{\"data\":[],\"meta\":{\"total\":-1}}"), "cannot be read: meta.total must be 0 or more");
	CHECK_TEXT(refusal("{\"data\":[],\"meta\":{\"next_cursor\":\"a\\nb\"}}"),
		"cannot be read: meta.next_cursor must not hold line breaks or control characters");
}
