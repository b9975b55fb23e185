/* Memory that a thread keeps from one Argon2 hash to the next.
 *
 * libsodium maps the memory of each hash (19 MiB by default), lets the kernel clear every page of it, and gives it back:
 * six of the fifteen milliseconds a hash takes, and none of its functions takes memory of the caller's. So the program
 * brings its own mmap() and munmap(), as malloc replacements bring theirs; the dynamic linker lets libraries call the
 * program's. They are the C library's own to everybody but libsodium between hash_memory_begin() and _end() of a thread.
 *
 * Argon2 writes each block before it reads it, so it does not matter what the last hash left behind; what it did leave is
 * as secret as a password. It is never in a core dump, and hash_memory_keep(false) gives it back to the kernel, which
 * clears it: a thread calls that when it has nothing to do. */
#ifndef CRYPTO_HASH_MEMORY_H
#define CRYPTO_HASH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this thread's memory outlives a hash; false gives back what it holds. Threads start with false. */
void hash_memory_keep(bool keep);

/* Around one call of libsodium. */
void hash_memory_begin(void);
void hash_memory_end(void);

/* Bytes this thread holds. */
size_t hash_memory_held(void);

#endif
