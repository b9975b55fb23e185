/* Inside crypto/ alone: what a signing key is made of, and raw signatures. */
#ifndef CRYPTO_SIGN_KEY_H
#define CRYPTO_SIGN_KEY_H

#include "crypto/sign.h"

#include <openssl/types.h>

enum {
	ED25519_SEED = 32,
	ED25519_PUBLIC = 32,
	ED25519_SECRET = 64,
	ED25519_SIGNATURE = 64,
	ES256_SIGNATURE = 64, /* r and s, 32 bytes each (RFC 7518 section 3.4) */
	RS256_BITS = 2048,
	RS256_BITS_MAX = 4096,
	SHARED_MIN = 32, /* RFC 7518 section 3.2: as long as the hash */
	KEY_ID_SIZE = 44, /* base64url of 32 bytes and a NUL */
	SIGNATURE_MAX = RS256_BITS_MAX / 8,
};

struct sign_key {
	enum sign_alg alg;
	char id[KEY_ID_SIZE];
	EVP_PKEY *pkey; /* ES256, RS256 */
	uint8_t ed_secret[ED25519_SECRET], ed_public[ED25519_PUBLIC]; /* EDDSA */
	uint8_t *shared; /* HS256 */
	size_t shared_n;
};

/* Signs n bytes; the signature is as JWS wants it. False when out of resources. */
bool sign_raw(const struct sign_key *k, const void *p, size_t n, uint8_t out[static SIGNATURE_MAX], size_t *out_n);
bool verify_raw(const struct sign_key *k, const void *p, size_t n, const uint8_t *signature, size_t signature_n);

/* Names the key: RFC 7638. */
void key_id_set(struct sign_key *k);

#endif
