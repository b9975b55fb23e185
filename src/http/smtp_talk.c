#include "http/smtp_talk.h"
#include "base/str.h"

enum { CONVERSATION_MAX = 64 << 10, LINE_MAX_ = 512 };

void smtp_talk_clean(char *out, size_t room, const char *p, size_t n)
{
	size_t used = 0;
	while (n && (p[n - 1] == '\r' || p[n - 1] == '\n' || p[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < n && used + 1 < room; i++)
		out[used++] = p[i] >= 0x20 && p[i] < 0x7f ? p[i] : p[i] == '\t' ? ' ' : '?';
	out[used] = 0;
}

static void write_line(struct smtp_talk *t, const char *mark, const char *p, size_t n)
{
	char line[LINE_MAX_];
	if (!t->text || t->text->n > CONVERSATION_MAX)
		return;
	smtp_talk_clean(line, sizeof line, p, n);
	buf_printf(t->text, "%s %s\n", mark, line);
}

/* Calls for each line of a piece. */
static void each_line(
	struct smtp_talk *t, const char *p, size_t n, void (*fn)(struct smtp_talk *, const char *, size_t))
{
	while (n) {
		const char *end = memchr(p, '\n', n);
		size_t length = end ? (size_t)(end - p) + 1 : n;
		fn(t, p, length);
		p += length;
		n -= length;
	}
}

static bool begins(const char *p, size_t n, const char *word)
{
	size_t length = strlen(word);
	return n >= length && memcmp(p, word, length) == 0;
}

static void sent_line(struct smtp_talk *t, const char *p, size_t n)
{
	t->over = t->over || begins(p, n, "QUIT");
	if (t->over) {
		write_line(t, ">", p, n);
		return;
	}
	t->code = 0;
	t->reply[0] = 0;
	if (t->in_login) {
		write_line(t, ">", "***", 3);
		return;
	}
	if (begins(p, n, "AUTH ")) {
		/* "AUTH PLAIN AGFubgBzZWNyZXQ=": the name of the way stays, what follows it does not */
		const char *blank = memchr(p + 5, ' ', n - 5);
		t->in_login = true;
		write_line(t, ">", p, blank ? (size_t)(blank - p) : n);
		if (blank)
			write_line(t, ">", "***", 3);
		return;
	}
	if (begins(p, n, "MAIL FROM"))
		t->stage = SMTP_FROM;
	else if (begins(p, n, "RCPT TO"))
		t->stage = SMTP_TO;
	else if (begins(p, n, "DATA"))
		t->stage = SMTP_BODY;
	write_line(t, ">", p, n);
}

void smtp_talk_sent(struct smtp_talk *t, const char *p, size_t n)
{
	each_line(t, p, n, sent_line);
}

static int code_of(const char *p, size_t n)
{
	if (n < 3)
		return 0;
	for (int i = 0; i < 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

static void got_line(struct smtp_talk *t, const char *p, size_t n)
{
	int code = code_of(p, n);
	if (code && !t->over) {
		t->code = code;
		smtp_talk_clean(t->reply, sizeof t->reply, p, n);
	}
	/* A challenge of the log-in (334) may hold what the server made of our secret. */
	bool challenge = t->in_login && code == 334;
	write_line(t, "<", p, challenge ? 3 : n);
	if (code && code != 334)
		t->in_login = false;
}

void smtp_talk_got(struct smtp_talk *t, const char *p, size_t n)
{
	each_line(t, p, n, got_line);
}

static void note_line(struct smtp_talk *t, const char *p, size_t n)
{
	write_line(t, "*", p, n);
}

void smtp_talk_note(struct smtp_talk *t, const char *p, size_t n)
{
	each_line(t, p, n, note_line);
}

void smtp_talk_body(struct smtp_talk *t, size_t n)
{
	t->code = 0;
	t->reply[0] = 0;
	if (t->text && t->text->n <= CONVERSATION_MAX)
		buf_printf(t->text, "> (the letter, %zu bytes)\n", n);
}
