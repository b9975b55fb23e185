#include "bus/shared_value.h"

#include <string.h>

/* Clocks of nodes may differ by so much. */
enum { SKEW_MS = 60000 };

static char *about(struct arena *a, const struct shared_what *w, const char *head)
{
	return arena_printf(a, "shared\n%s\n%s\n%.*s", w->kind, w->id, VALUE_HEAD, head);
}

char *shared_value_write(struct arena *a, const struct shared_seal *seal, const struct shared_what *what,
	int64_t version, int64_t now, const void *p, size_t n)
{
	char *head = arena_printf(a, "%s%016llx", what->epoch, (unsigned long long)(version > 0 ? version : 0));
	char *inner = arena_alloc(a, sizeof now + n);
	memcpy(inner, &now, sizeof now);
	if (n)
		memcpy(inner + sizeof now, p, n);
	return arena_printf(a, "%s%s", head, seal->seal(a, about(a, what, head), inner, sizeof now + n));
}

void *shared_value_read(struct arena *a, const struct shared_seal *seal, const struct shared_what *what,
	const char *value, size_t value_n, int64_t now, int64_t most, size_t *n)
{
	size_t inner_n = 0;
	int64_t made;
	if (value_n <= VALUE_HEAD || value_n > VALUE_MAX || memcmp(value, what->epoch, EPOCH_TEXT) != 0 ||
		memchr(value, 0, value_n))
		return NULL;
	const char *sealed = arena_memdup0(a, value + VALUE_HEAD, value_n - VALUE_HEAD);
	uint8_t *inner = seal->open(a, about(a, what, value), sealed, &inner_n);
	if (!inner || inner_n < sizeof made)
		return NULL;
	memcpy(&made, inner, sizeof made);
	/* Redis ends it by its own clock; one who put back an old copy gains no time by it. */
	if (made > now + SKEW_MS || now - made > most + SKEW_MS)
		return NULL;
	*n = inner_n - sizeof made;
	return inner + sizeof made;
}
