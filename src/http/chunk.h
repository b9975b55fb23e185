/* The strict scanner of chunked bodies in front of http-parser, which lets too much pass between the chunks (RFC 9112
 * section 7.1). It follows the bytes as they come and stops at the first that is wrong. */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHUNK_EXTENSIONS_MAX = 4096, /* bytes of all extensions of a body: they are read and dropped */
	CHUNK_TRAILERS_MAX = 4096, /* bytes of all trailers: the same */
};

struct chunk {
	enum chunk_at {
		CHUNK_SIZE_FIRST, /* the first digit of a size */
		CHUNK_SIZE,
		CHUNK_EXTENSION,
		CHUNK_SIZE_LF,
		CHUNK_DATA,
		CHUNK_DATA_CR,
		CHUNK_DATA_LF,
		CHUNK_TRAILER_FIRST, /* the first character of a line behind the last chunk */
		CHUNK_TRAILER_NAME,
		CHUNK_TRAILER_VALUE,
		CHUNK_TRAILER_LF,
		CHUNK_END_LF,
		CHUNK_DONE,
	} at;
	int64_t left; /* of the chunk */
	int64_t total, max; /* bytes of the body */
	int digits;
	int extensions, trailers;
};

void chunk_init(struct chunk *c, int64_t body_max);

/* Checks the next n bytes. ERR_OK: the first *used of them are right; fewer than n only when the body ends with them
 * (c->at is CHUNK_DONE). ERR_MALFORMED, or ERR_TOO_LARGE as soon as a chunk's size goes past the limit. */
err_t chunk_check(struct chunk *c, const char *p, size_t n, size_t *used) CHECKED;

#endif
