/* The form of a value in Redis: whoever can write there can neither read nor make one, nor put one in the place of another.
 *
 *	epoch (16 hex digits), version (16 hex digits), the sealed rest: when it was made, and the bytes
 *
 * The seal is bound to kind, id, epoch and version. */
#ifndef BUS_SHARED_VALUE_H
#define BUS_SHARED_VALUE_H

#include "base/arena.h"
#include <stdint.h>

enum { EPOCH_TEXT = 16, VERSION_TEXT = 16, VALUE_HEAD = EPOCH_TEXT + VERSION_TEXT, VALUE_MAX = 256 << 10 };

/* How bytes are sealed and opened: crypto_seal() and crypto_open() under a key of all nodes. */
struct shared_seal {
	char *(*seal)(struct arena *a, const char *about, const void *p, size_t n);
	uint8_t *(*open)(struct arena *a, const char *about, const char *sealed, size_t *n);
};

struct shared_what {
	const char *kind, *id, *epoch; /* epoch: EPOCH_TEXT characters and a NUL */
};
char *shared_value_write(struct arena *a, const struct shared_seal *seal, const struct shared_what *what,
	int64_t version, int64_t now, const void *p, size_t n);
/* The bytes, or NULL: it was not sealed here for this, in this epoch, or longer ago than `most` ms. */
void *shared_value_read(struct arena *a, const struct shared_seal *seal, const struct shared_what *what,
	const char *value, size_t value_n, int64_t now, int64_t most, size_t *n);

#endif
