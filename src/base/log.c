#include "base/log.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/time.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { FULL = 32 * 1024, LATEST_MS = 200, LONGEST_TEXT = 2048 };

static _Atomic int least = LOG_INFO;
static _Atomic int out = 2;

static _Thread_local struct {
	struct buf text;
	int64_t written;
	int64_t second; /* that `now` was made for: all but its milliseconds stay the same */
	char now[TIME_TEXT];
} mine;

bool log_on(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&least, memory_order_relaxed);
}

void log_set(enum log_level level, int fd)
{
	atomic_store(&least, (int)level);
	atomic_store(&out, fd);
}

static const char *const level_names[] = { "debug", "info", "warn", "error", "off", NULL };

bool log_level_parse(const char *s, enum log_level *level)
{
	for (int i = 0; level_names[i]; i++)
		if (str_same_ascii(s, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

/* How much of a text is shown: not half a character at its end. */
static size_t shown(const char *s)
{
	size_t n = strnlen(s, LONGEST_TEXT);
	if (n == LONGEST_TEXT)
		for (int i = 0; i < 3 && ((unsigned char)s[n] & 0xc0) == 0x80; i++)
			n--;
	return n;
}

/* Escapes what JSON demands; a text that is not UTF-8 (a hostile header) has its odd bytes shown as '?'. */
static bool plain(unsigned char c, bool odd)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && (c < 0x80 || !odd);
}

static bool add_plain(struct buf *b, const char *s)
{
	size_t n = 0;
	while (n < LONGEST_TEXT && plain((unsigned char)s[n], true))
		n++;
	if (s[n])
		return false;
	buf_char(b, '"');
	buf_add(b, s, n);
	buf_char(b, '"');
	return true;
}

static void add_text(struct buf *b, const char *s)
{
	if (add_plain(b, s)) /* nearly all are */
		return;
	size_t n = shown(s), i = 0;
	bool odd = !utf8_valid(s, n);
	buf_char(b, '"');
	while (i < n) {
		size_t from = i;
		while (i < n && plain((unsigned char)s[i], odd))
			i++;
		buf_add(b, s + from, i - from);
		if (i == n)
			break;
		unsigned char c = (unsigned char)s[i++];
		if (c == '"' || c == '\\') {
			buf_char(b, '\\');
			buf_char(b, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_char(b, '?');
		}
	}
	buf_char(b, '"');
}

static void add_field(struct buf *b, const struct log_field *f)
{
	if (f->tag == LOG_TEXT && (!f->s || !*f->s))
		return;
	buf_add(b, ",\"", 2);
	buf_str(b, f->name);
	buf_add(b, "\":", 2);
	switch (f->tag) {
	case LOG_TEXT:
		add_text(b, f->s);
		break;
	case LOG_INT:
		buf_int(b, f->i);
		break;
	case LOG_MICROS:
		buf_int(b, f->i / 1000);
		buf_char(b, '.');
		buf_char(b, (char)('0' + f->i / 100 % 10));
		buf_char(b, (char)('0' + f->i / 10 % 10));
		buf_char(b, (char)('0' + f->i % 10));
		break;
	case LOG_BOOL:
		buf_str(b, f->i ? "true" : "false");
		break;
	case LOG_END:
		break;
	}
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
	struct buf *b = &mine.text;
	int64_t now = time_now();
	if (now / 1000 != mine.second || !*mine.now) {
		time_format(mine.now, now);
		mine.second = now / 1000;
	}
	for (int i = 0, ms = (int)(now % 1000); i < 3; i++, ms /= 10)
		mine.now[22 - i] = (char)('0' + ms % 10);
	if (!b->cap)
		buf_grow(b, FULL + LONGEST_TEXT); /* one allocation for all that is gathered till the next flush */
	buf_add(b, "{\"time\":\"", 9);
	buf_str(b, mine.now);
	buf_add(b, "\",\"level\":\"", 11);
	buf_str(b, level_names[level]);
	buf_add(b, "\",\"msg\":", 8);
	add_text(b, message);
	for (; fields->tag != LOG_END; fields++)
		add_field(b, fields);
	buf_add(b, "}\n", 2);
	if (b->n >= FULL || level >= LOG_WARN)
		log_flush();
}

void log_flush(void)
{
	struct buf *b = &mine.text;
	size_t at = 0;
	while (at < b->n) {
		ssize_t k = write(atomic_load(&out), b->p + at, b->n - at);
		if (k <= 0)
			break; /* a log that cannot be written must not stop the program */
		at += (size_t)k;
	}
	mine.written = time_monotonic();
	buf_free(b);
}

void log_tick(void)
{
	if (mine.text.n && time_monotonic() - mine.written >= LATEST_MS)
		log_flush();
}
