#include "http/utf8_stream.h"

#include <string.h>

/* The first byte of a character: how many follow, and between what the next one must lie, which rules out overlong
 * forms, surrogates and code points past U+10FFFF at the second byte (Unicode, table 3-7). */
static bool begin(struct utf8_stream *s, uint8_t c)
{
	s->low = 0x80;
	s->high = 0xbf;
	if (c < 0x80)
		return true;
	if (c < 0xc2 || c > 0xf4)
		return false;
	s->need = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	switch (c) {
	case 0xe0:
		s->low = 0xa0;
		break;
	case 0xed:
		s->high = 0x9f;
		break;
	case 0xf0:
		s->low = 0x90;
		break;
	case 0xf4:
		s->high = 0x8f;
		break;
	}
	return true;
}

/* How many bytes at the front are ASCII, eight at a time. */
static size_t ascii(const char *p, size_t n)
{
	size_t i = 0;
	for (uint64_t eight; n - i >= sizeof eight; i += sizeof eight) {
		memcpy(&eight, p + i, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	return i;
}

bool utf8_stream_feed(struct utf8_stream *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)p[i];
		if (!s->need) {
			if (c < 0x80) {
				size_t skip = ascii(p + i, n - i);
				i += skip ? skip - 1 : 0;
			} else if (!begin(s, c)) {
				return false;
			}
			continue;
		}
		if (c < s->low || c > s->high)
			return false;
		s->need--;
		s->low = 0x80;
		s->high = 0xbf;
	}
	return true;
}
