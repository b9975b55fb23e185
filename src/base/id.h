/* Identifiers: UUIDv7 (RFC 9562 section 5.7), lower-case text; they sort by the time they were made. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_SIZE = 37 }; /* 36 characters and a NUL */

void id_make(char out[static ID_SIZE], int64_t now_ms);
/* True for the canonical form of any UUID: 8-4-4-4-12 lower-case hex digits. */
bool id_is(const char *s);
/* Fills p with random bytes of the kernel, kept in a small store per thread; aborts when the kernel gives none. */
void id_random(void *p, size_t n);
/* 20 characters that are safe in a URL, 120 random bits: the name of something that is known to who was told it. */
enum { ID_TOKEN = 21 };
void id_token(char out[static ID_TOKEN]);

#endif
