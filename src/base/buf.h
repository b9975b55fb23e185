/* A byte buffer that grows: for encoders and sockets. With an arena its memory goes with that arena and buf_free() does
 * nothing; without one it is on the heap and its owner frees it. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *p;
	size_t n, cap;
	struct arena *mem; /* NULL: heap */
};

void buf_grow(struct buf *b, size_t more); /* room for `more` bytes and a NUL; aborts when out of memory */
void buf_free(struct buf *b); /* heap only; the struct can be used again */
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_int(struct buf *b, int64_t v);
void buf_drop(struct buf *b, size_t n); /* takes n bytes off the front */

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->cap - b->n <= n)
		buf_grow(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

static inline void buf_char(struct buf *b, char c)
{
	if (b->cap - b->n <= 1)
		buf_grow(b, 1);
	b->p[b->n++] = c;
}

static inline void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* The content with a NUL behind it; never NULL. */
static inline const char *buf_cstr(struct buf *b)
{
	buf_grow(b, 1);
	b->p[b->n] = 0;
	return b->p;
}

#endif
