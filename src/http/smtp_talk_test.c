#include "http/smtp_talk.h"
#include "base/test.h"

static void sent(struct smtp_talk *t, const char *s)
{
	smtp_talk_sent(t, s, strlen(s));
}

static void got(struct smtp_talk *t, const char *s)
{
	smtp_talk_got(t, s, strlen(s));
}

TEST(smtp_talk, knows_how_far_a_letter_came_and_what_was_answered)
{
	struct smtp_talk t = { 0 };
	got(&t, "220 hello\r\n");
	sent(&t, "EHLO x\r\n");
	CHECK_INT(t.code, 0);
	got(&t, "250-a\r\n250-b\r\n250 c\r\n");
	CHECK_INT(t.stage, SMTP_HELLO);
	sent(&t, "MAIL FROM:<a@b>\r\n");
	CHECK_INT(t.stage, SMTP_FROM);
	got(&t, "250 OK\r\n");
	sent(&t, "RCPT TO:<c@d>\r\n");
	got(&t, "550 5.1.1 no \x1b[31msuch\xff person\r\n");
	CHECK_INT(t.stage, SMTP_TO);
	CHECK_INT(t.code, 550);
	CHECK_TEXT(t.reply, "550 5.1.1 no ?[31msuch? person");
	sent(&t, "QUIT\r\n");
	got(&t, "221 bye\r\n");
	CHECK_INT(t.code, 550);
}

TEST(smtp_talk, advisory_the_secrets_of_the_log_in_are_not_written_down)
{
	struct buf b = { 0 };
	struct smtp_talk t = { .text = &b };
	sent(&t, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
	got(&t, "235 welcome\r\n");
	sent(&t, "AUTH LOGIN\r\n");
	got(&t, "334 VXNlcm5hbWU6\r\n");
	sent(&t, "dXNlcg==\r\n");
	got(&t, "334 c2VjcmV0\r\n");
	sent(&t, "c2VjcmV0\r\n");
	got(&t, "535 no\r\n");
	sent(&t, "MAIL FROM:<a@b>\r\n");
	CHECK_TEXT(buf_cstr(&b),
		"> AUTH PLAIN\n> ***\n< 235 welcome\n> AUTH LOGIN\n< 334\n> ***\n< 334\n> ***\n< 535 no\n> MAIL FROM:<a@b>\n");
	buf_free(&b);
}

TEST(smtp_talk, a_server_that_says_very_much_does_not_fill_memory)
{
	struct buf b = { 0 };
	struct smtp_talk t = { .text = &b };
	for (int i = 0; i < 100000; i++)
		got(&t, "250-more and more and more and more\r\n");
	CHECK(b.n < 100000);
	buf_free(&b);
}
