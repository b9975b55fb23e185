/* What an SMTP server says: any bytes, in any pieces, make a conversation of printable lines. The first byte of each piece
 * says which way it went. */
#include "http/smtp_talk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf b = { 0 };
	struct smtp_talk t = { .text = &b };
	void (*const ways[])(
		struct smtp_talk *, const char *, size_t) = { smtp_talk_got, smtp_talk_sent, smtp_talk_note };
	while (n > 1) {
		size_t length = data[0] / 3 < n - 1 ? data[0] / 3 : n - 1;
		ways[data[0] % 3](&t, (const char *)data + 1, length);
		data += 1 + length;
		n -= 1 + length;
	}
	if (t.code < 0 || t.code > 999 || strlen(t.reply) >= sizeof t.reply)
		abort();
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != '\n' && (b.p[i] < 0x20 || b.p[i] >= 0x7f))
			abort();
	buf_free(&b);
	return 0;
}
