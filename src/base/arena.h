/* Memory of one request, job or command. Whatever a function returns that takes a `struct arena *` (or a `struct cx *`)
 * lives as long as that arena; nobody frees a part of it. Blocks are wiped when the arena is freed, so that a password
 * that passed through leaves nothing behind, and kept by the thread for its next arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Gives back the blocks that this thread keeps: for one that has had nothing to do for a while. */
void arena_rest(void);

/* An empty arena. `limit` is in bytes, 0 for none: beyond it memory is still given, but arena_over() turns true and the
 * gate refuses the request at the end of its stage. Never NULL; out of memory aborts, here and below. */
struct arena *arena_new(size_t limit);

/* Runs the deferred calls, newest first, wipes and releases everything. NULL is allowed. */
void arena_free(struct arena *a);

/* Zeroed memory for n bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n);
#define arena_new_of(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array_of(a, T, n) ((T *)arena_alloc_array((a), (n), sizeof(T)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size); /* aborts when n * size overflows */

/* Makes the memory that was given last longer where it is, from `old` bytes to n; the new ones are zero. False when it is
 * not the last, or its block is full: then nothing has changed. */
bool arena_extend(struct arena *a, const void *p, size_t old, size_t n);

/* A list of n items in which there is room for one more: it doubles at each power of two, so that it needs no other account of
 * its size. ARENA_ROOM(a, list, n) puts it where the list was. */
void *arena_room(struct arena *a, void *list, size_t n, size_t size);
#define ARENA_ROOM(a, list, n) ((list) = arena_room((a), (list), (n), sizeof *(list)))

char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_memdup0(struct arena *a, const void *p, size_t n); /* a copy with a NUL behind it */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* Calls fn(arg) when the arena is freed: ties a handle that must be closed to the request. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* A point to which the arena can be taken back: for an attempt that is run again with fresh memory. Deferred calls made
 * since the mark are run by arena_reset(); memory given since is wiped. */
struct arena_mark {
	void *block, *defer;
	size_t used, total;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark m);

bool arena_over(const struct arena *a); /* more was asked for than the limit */
size_t arena_used(const struct arena *a); /* bytes given out so far */

#endif
