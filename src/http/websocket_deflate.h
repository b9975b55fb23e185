/* The payload of compressed messages (RFC 7692 section 7.2), each by itself: no window is kept from one to the next. So a
 * connection keeps nothing, what one message says does not show in the length of another, and zlib's memory is a thread's: 44 KB
 * to inflate, at most 256 KB for each size of window to deflate, from the first message on that needs it. */
#ifndef HTTP_WEBSOCKET_DEFLATE_H
#define HTTP_WEBSOCKET_DEFLATE_H

#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>

/* The window that zlib deflates with, in bits; it cannot do 8. */
enum { WS_WINDOW_MIN = 9, WS_WINDOW_MAX = 15 };

/* Adds the payload to out. False, and nothing is added, when it would not be smaller than the n bytes. `window` in bits. */
bool ws_deflate(int window, const char *p, size_t n, struct buf *out);

enum ws_inflated { WS_INFLATED, WS_INFLATE_BROKEN, WS_INFLATE_TOO_BIG };
/* Adds what the payload says to out, which is empty. It stops at the first byte past `most`: what stands in out then, and when
 * the payload is broken or ends too early, is only its beginning. */
enum ws_inflated ws_inflate(const char *p, size_t n, size_t most, struct buf *out);

#endif
