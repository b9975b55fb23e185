#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* Where it is, when nothing was given since; else anew. */
static char *grow_in_arena(const struct buf *b, size_t cap)
{
	if (!b->p)
		return arena_alloc(b->mem, cap);
	if (arena_extend(b->mem, b->p, b->cap, cap))
		return b->p;
	return memcpy(arena_alloc(b->mem, cap), b->p, b->n);
}

void buf_grow(struct buf *b, size_t more)
{
	size_t need;
	if (__builtin_add_overflow(b->n, more, &need) || __builtin_add_overflow(need, 1, &need))
		abort();
	if (need <= b->cap)
		return;
	size_t cap = b->cap ? b->cap : 256;
	while (cap < need)
		cap *= 2;
	b->p = b->mem ? grow_in_arena(b, cap) : realloc(b->p, cap);
	if (!b->p)
		abort();
	b->cap = cap;
}

void buf_free(struct buf *b)
{
	if (!b->mem)
		free(b->p);
	*b = (struct buf){ .mem = b->mem };
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, aq;
	va_start(ap, fmt);
	va_copy(aq, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		buf_grow(b, (size_t)n);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, aq);
		b->n += (size_t)n;
	}
	va_end(aq);
}

void buf_int(struct buf *b, int64_t v)
{
	char tmp[24], *e = tmp + sizeof tmp, *s = e;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do
		*--s = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--s = '-';
	buf_add(b, s, (size_t)(e - s));
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}
