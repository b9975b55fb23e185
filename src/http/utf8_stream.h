/* UTF-8 that comes in pieces: says at the first wrong byte that a text can no longer be valid (RFC 3629). */
#ifndef HTTP_UTF8_STREAM_H
#define HTTP_UTF8_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: at the start of a text. */
struct utf8_stream {
	uint8_t need; /* bytes that the character begun still lacks */
	uint8_t low, high; /* between which its next byte must lie */
};

bool utf8_stream_feed(struct utf8_stream *s, const char *p, size_t n); /* false: not UTF-8 */
static inline bool utf8_stream_complete(const struct utf8_stream *s)
{
	return s->need == 0; /* no character is cut in half */
}

#endif
