#include "crypto/crypto.h"

#include "base/str.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, /* 24 bytes: random ones never meet again */
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one size of key");

char *crypto_seal(struct arena *a, const uint8_t key[static KEY_SIZE], const char *about, const void *p, size_t n)
{
	if (n > SIZE_MAX / 4)
		abort();
	uint8_t *box = arena_alloc(a, NONCE + n + TAG);
	randombytes_buf(box, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		box + NONCE, NULL, p, n, (const uint8_t *)about, strlen(about), NULL, box, key);
	return base64_encode(a, box, NONCE + n + TAG, true);
}

uint8_t *crypto_open(
	struct arena *a, const uint8_t key[static KEY_SIZE], const char *about, const char *sealed, size_t *n)
{
	size_t box_n = 0;
	const uint8_t *box = base64_decode(a, sealed, strlen(sealed), true, &box_n);
	if (!box || box_n < NONCE + TAG)
		return NULL;
	size_t plain_n = box_n - NONCE - TAG;
	uint8_t *plain = arena_alloc(a, plain_n + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    plain, NULL, NULL, box + NONCE, box_n - NONCE, (const uint8_t *)about, strlen(about), box, key))
		return NULL;
	*n = plain_n;
	return plain;
}
