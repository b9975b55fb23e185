#include "base/id.h"
#include "base/arena.h"
#include "base/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* One getrandom() serves many ids: the system call costs more than all the rest of making one. The store is dropped
 * after a fork, so that parent and child never give out the same bytes. */
static _Thread_local struct {
	unsigned char bytes[512];
	size_t left;
} store;

static void store_drop(void)
{
	explicit_bzero(&store, sizeof store);
}

__attribute__((constructor)) static void at_fork(void)
{
	pthread_atfork(NULL, NULL, store_drop);
}

void id_random(void *p, size_t n)
{
	unsigned char *out = p;
	while (n) {
		if (!store.left) {
			if (getentropy(store.bytes, 256) || getentropy(store.bytes + 256, 256))
				abort();
			store.left = sizeof store.bytes;
		}
		size_t take = n < store.left ? n : store.left;
		unsigned char *from = store.bytes + sizeof store.bytes - store.left;
		memcpy(out, from, take);
		explicit_bzero(from, take);
		store.left -= take;
		out += take;
		n -= take;
	}
}

void id_make(char out[static ID_SIZE], int64_t now_ms)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char b[16];
	id_random(b + 6, 10);
	for (int i = 0; i < 6; i++)
		b[i] = (unsigned char)((uint64_t)now_ms >> (40 - 8 * i));
	b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
	b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
	char *o = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*o++ = '-';
		*o++ = hex[b[i] >> 4];
		*o++ = hex[b[i] & 15];
	}
	*o = 0;
}

bool id_is(const char *s)
{
	for (int i = 0; i < 36; i++) {
		char c = s[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return !s[36];
}

void id_token(char out[static ID_TOKEN])
{
	enum { BYTES = 15 };
	uint8_t random[BYTES];
	struct arena *a = arena_new(0);
	id_random(random, sizeof random);
	memcpy(out, base64_encode(a, random, sizeof random, true), ID_TOKEN);
	arena_free(a);
}
