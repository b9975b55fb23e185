#include "crypto/hash_memory.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	HELD_MIN = 1 << 20, /* smaller memory is cheap to map */
	HELD_MAX = 64 << 20, /* what an imported hash wants beyond is given back at once */
	HUGE_PAGE = 2 << 20,
};

static _Thread_local struct {
	uint8_t *map, *at; /* at: where the first huge page begins */
	size_t map_n, n;
	bool keep, begun, lent;
} held;

/* Libraries call these two before a sanitizer can be told of our calls. */
#define EARLY __attribute__((no_sanitize("thread", "address", "undefined")))

/* --- the C library's, by the names that are not ours (cppcheck: no file is -1) ---------------------- */

EARLY static void *libc_map(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	return mmap64(at, n, prot, flags, fd, offset); // cppcheck-suppress invalidFunctionArg
}

EARLY static int libc_unmap(void *at, size_t n)
{
	return (int)syscall(SYS_munmap, at, n);
}

/* --- what is held ------------------------------------------------------------------------------------------------- */

static void give_back(void)
{
	assert(!held.lent);
	if (held.map)
		(void)libc_unmap(held.map, held.map_n);
	held.map = held.at = NULL;
	held.map_n = held.n = 0;
}

/* A page fault for each 2 MiB in place of one for each 4 KiB, where the kernel has such pages to give. */
static bool take(size_t n)
{
	give_back();
	size_t map_n = n + HUGE_PAGE;
	void *map = libc_map(NULL, map_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return false;
	held.map = map;
	held.map_n = map_n;
	held.at = held.map + (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE) % HUGE_PAGE;
	held.n = n;
	(void)madvise(held.at, n, MADV_HUGEPAGE);
	(void)madvise(held.at, n, MADV_DONTDUMP);
	return true;
}

EARLY static bool lend(size_t n, int prot, int flags)
{
	if (!held.begun || held.lent || n < HELD_MIN || n > HELD_MAX)
		return false;
	if (prot != (PROT_READ | PROT_WRITE) || !(flags & MAP_PRIVATE) || !(flags & MAP_ANONYMOUS))
		return false;
	held.lent = n <= held.n || take(n);
	return held.lent;
}

EARLY void *mmap( // NOLINT(readability-inconsistent-declaration-parameter-name)
	void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	return !at && lend(n, prot, flags) ? held.at : libc_map(at, n, prot, flags, fd, offset);
}

EARLY int munmap(void *at, size_t n) // NOLINT(readability-inconsistent-declaration-parameter-name)
{
	if (!held.lent || at != held.at)
		return libc_unmap(at, n);
	held.lent = false;
	return 0;
}

/* --- for crypto/ -------------------------------------------------------------------------------------------------- */

void hash_memory_begin(void)
{
	held.begun = true;
}

void hash_memory_end(void)
{
	held.begun = held.lent = false; /* the hash is over, whether it gave back or failed before it could */
	if (!held.keep)
		give_back();
}

void hash_memory_keep(bool keep)
{
	held.keep = keep;
	if (!keep)
		give_back();
}

size_t hash_memory_held(void)
{
	return held.n;
}
