#include "crypto/crypto.h"

#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void crypto_init(void)
{
	if (sodium_init() < 0 || !OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL))
		abort();
	digest_sha256(); /* aborts here and now when OpenSSL has no provider that works */
}

void crypto_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

void crypto_wipe(void *p, size_t n)
{
	sodium_memzero(p, n);
}

uint64_t crypto_short_hash(const uint8_t key[static SHORT_KEY_SIZE], const void *p, size_t n)
{
	_Static_assert(SHORT_KEY_SIZE == crypto_shorthash_KEYBYTES && crypto_shorthash_BYTES == 8, "SipHash-2-4");
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t hash;
	crypto_shorthash(out, p, n, key);
	memcpy(&hash, out, sizeof hash);
	return hash;
}

bool crypto_same(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

bool crypto_same_text(const char *a, const char *b)
{
	size_t n = strlen(a);
	return n == strlen(b) && crypto_same(a, b, n);
}
