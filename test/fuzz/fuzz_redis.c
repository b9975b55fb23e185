/* What comes from Redis: answers of the protocol, and the values in them, however they were planted. A value is believed only
 * when it was sealed here for its place; one that was sealed here and not changed is read back. */
#include "bus/redis.h"
#include "bus/shared_value.h"
#include "crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOUR = 3600000, NOW = 1700000000 };
static const uint8_t key[KEY_SIZE] = { 7 };
static const struct shared_what what = { "profile", "0190a1b2-0000-7000-8000-000000000000", "0123456789abcdef" };

static char *seal(struct arena *a, const char *about, const void *p, size_t n)
{
	return crypto_seal(a, key, about, p, n);
}

static uint8_t *open_sealed(struct arena *a, const char *about, const char *sealed, size_t *n)
{
	return crypto_open(a, key, about, sealed, n);
}

static const struct shared_seal seals = { seal, open_sealed };

/* Walks through all of an answer: what it points to must be there. */
static size_t walk(const struct reply *r)
{
	size_t sum = 1;
	if (r->kind == REPLY_TEXT || r->kind == REPLY_ERROR)
		sum += strlen(r->s) + r->n;
	for (size_t i = 0; r->kind == REPLY_LIST && i < r->n; i++)
		sum += walk(r->items[i]);
	return sum;
}

static void as_value(struct arena *a, const char *p, size_t n)
{
	size_t out_n = 0;
	if (shared_value_read(a, &seals, &what, p, n, NOW, HOUR, &out_n))
		abort(); /* the key is not in the input */
	if (n <= VALUE_HEAD)
		return;
	char *of_now = arena_memdup0(a, p, n); /* past the epoch's door */
	memcpy(of_now, what.epoch, EPOCH_TEXT);
	if (shared_value_read(a, &seals, &what, of_now, n, NOW, HOUR, &out_n))
		abort();
}

static void round_trip(struct arena *a, const uint8_t *data, size_t size)
{
	size_t n = 0;
	char *value = shared_value_write(a, &seals, &what, (int64_t)size, NOW, data, size);
	void *back = shared_value_read(a, &seals, &what, value, strlen(value), NOW, HOUR, &n);
	if (size < 100000 && (!back || n != size || memcmp(back, data, size) != 0))
		abort();
	size_t at = size ? data[0] % strlen(value) : 0;
	value[at] = value[at] == 'A' ? 'B' : 'A';
	if (shared_value_read(a, &seals, &what, value, strlen(value), NOW, HOUR, &n))
		abort();
	value[at] = 0;
	(void)shared_value_read(a, &seals, &what, value, at, NOW, HOUR, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	if (!begun)
		crypto_init();
	begun = true;
	struct arena *a = arena_new(0);
	struct reply *last = NULL;
	if (redis_read(a, data, size, &last) && last) {
		walk(last);
		if (last->kind == REPLY_TEXT)
			as_value(a, last->s, last->n);
	}
	as_value(a, (const char *)data, size);
	round_trip(a, data, size);
	arena_free(a);
	return 0;
}
