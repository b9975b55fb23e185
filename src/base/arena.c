#include "base/arena.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 4096 - 32, /* what most requests need; with the heap's own header one page */
	KEEP = 64, /* wiped blocks that a thread keeps for its next arenas */
};

struct block {
	struct block *next;
	size_t used, cap;
	max_align_t data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *head;
	struct defer *defers;
	size_t total, limit;
};

/* Blocks in the thread's store are all zero: wiping at the end is what makes arena_alloc() zeroed at the beginning. */
struct keep {
	struct block *head;
	unsigned n;
};
static _Thread_local struct keep kept;
static pthread_key_t kept_key;
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void kept_drop(void *arg)
{
	struct keep *k = arg;
	for (struct block *b = k->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	*k = (struct keep){ 0 };
}

void arena_rest(void)
{
	kept_drop(&kept);
}

static void kept_key_make(void)
{
	if (pthread_key_create(&kept_key, kept_drop))
		abort();
}

static struct block *block_get(size_t n)
{
	if (n <= BLOCK && kept.head) {
		struct block *b = kept.head;
		kept.head = b->next;
		kept.n--;
		return b;
	}
	size_t cap = n > BLOCK ? n : BLOCK;
	struct block *b = must(calloc(1, sizeof *b + cap));
	b->cap = cap;
	return b;
}

static void block_put(struct block *b)
{
	explicit_bzero(b->data, b->used);
	b->used = 0;
	if (b->cap != BLOCK || kept.n >= KEEP) {
		free(b);
		return;
	}
	if (!kept.head) {
		pthread_once(&kept_once, kept_key_make);
		pthread_setspecific(kept_key, &kept);
	}
	b->next = kept.head;
	kept.head = b;
	kept.n++;
}

static size_t rounded(size_t n)
{
	return (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
}

struct arena *arena_new(size_t limit)
{
	struct block *b = block_get(sizeof(struct arena));
	b->next = NULL;
	b->used = rounded(sizeof(struct arena));
	struct arena *a = (struct arena *)(void *)b->data;
	a->head = b;
	a->limit = limit;
	return a;
}

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2)
		abort();
	n = rounded(n);
	if (a->head->cap - a->head->used < n) {
		struct block *b = block_get(n);
		b->next = a->head;
		a->head = b;
	}
	void *p = (char *)a->head->data + a->head->used;
	a->head->used += n;
	a->total += n;
	return p;
}

bool arena_extend(struct arena *a, const void *p, size_t old, size_t n)
{
	struct block *b = a->head;
	if (n < old || n > SIZE_MAX / 2)
		return false;
	old = rounded(old);
	size_t more = rounded(n) - old;
	if ((const char *)p + old != (const char *)b->data + b->used || b->cap - b->used < more)
		return false;
	b->used += more;
	a->total += more;
	return true;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(n, size, &bytes))
		abort();
	return arena_alloc(a, bytes);
}

char *arena_memdup0(struct arena *a, const void *p, size_t n)
{
	char *s = arena_alloc(a, n + 1);
	if (n)
		memcpy(s, p, n);
	return s;
}

void *arena_room(struct arena *a, void *list, size_t n, size_t size)
{
	if (n & (n - 1))
		return list; /* between two powers of two */
	void *more = arena_alloc_array(a, n ? 2 * n : 1, size);
	if (n)
		memcpy(more, list, n * size);
	return more;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup0(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, aq;
	va_start(ap, fmt);
	va_copy(aq, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	char *s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, aq);
	va_end(aq);
	return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct defer *d = arena_new_of(a, struct defer);
	*d = (struct defer){ a->defers, fn, arg };
	a->defers = d;
}

static void run_defers(struct arena *a, const struct defer *until)
{
	while (a->defers && a->defers != until) {
		struct defer *d = a->defers;
		a->defers = d->next;
		d->fn(d->arg);
	}
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->head, a->defers, a->head->used, a->total };
}

void arena_reset(struct arena *a, struct arena_mark m)
{
	run_defers(a, m.defer);
	while (a->head != m.block) {
		struct block *b = a->head;
		a->head = b->next;
		block_put(b);
	}
	explicit_bzero((char *)a->head->data + m.used, a->head->used - m.used);
	a->head->used = m.used;
	a->total = m.total;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	run_defers(a, NULL);
	for (struct block *b = a->head, *next; b; b = next) {
		next = b->next;
		block_put(b); /* the first block, which holds the arena itself, is the last of the list */
	}
}

bool arena_over(const struct arena *a)
{
	return a->limit && a->total > a->limit;
}

size_t arena_used(const struct arena *a)
{
	return a->total;
}
