/* Everything cryptographic, on OpenSSL 3, libsodium and libxcrypt; no other directory calls those libraries (TLS in net/
 * aside). Functions here never log, compare in constant time, and wipe what they no longer need. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/type.h"
#include <stdint.h>

/* Call once before any other function here; aborts when a library does not start. */
void crypto_init(void);

/* --- bytes ------------------------------------------------------------------------------------------------------ */

enum { SHA256_SIZE = 32, KEY_SIZE = 32 };

void crypto_random(void *p, size_t n); /* aborts when the kernel gives none */
void crypto_wipe(void *p, size_t n); /* not optimised away */
bool crypto_same(const void *a, const void *b, size_t n); /* constant time */
bool crypto_same_text(const char *a, const char *b); /* constant time in the content; lengths may show */
void crypto_sha256(const void *p, size_t n, uint8_t out[static SHA256_SIZE]);
void crypto_hmac(const uint8_t key[static KEY_SIZE], const void *p, size_t n, uint8_t out[static SHA256_SIZE]);

/* SipHash-2-4: for places in tables that nobody may foresee; no MAC for anything that is kept. */
enum { SHORT_KEY_SIZE = 16 };
uint64_t crypto_short_hash(const uint8_t key[static SHORT_KEY_SIZE], const void *p, size_t n);

/* HMAC-SHA256 (RFC 2104) under a key of any length. */
void crypto_hmac_key(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[static SHA256_SIZE]);

struct bytes {
	const void *p;
	size_t n;
};
/* HKDF-SHA256 (RFC 5869) whole; n is at most 255 * 32. Without a salt that is 32 zero bytes. */
void crypto_hkdf(struct bytes master, struct bytes salt, struct bytes info, uint8_t *out, size_t n);
/* HKDF-SHA256 (RFC 5869): a key for one purpose out of a master key. `purpose` is the info text. */
void crypto_subkey(const uint8_t master[static KEY_SIZE], const char *purpose, uint8_t out[static KEY_SIZE]);

/* Encrypts and authenticates under a key (XChaCha20-Poly1305, random nonce in front). `about` binds the text to its
 * place (table and id), so that sealed values cannot be exchanged. Text form is base64url in the arena. */
char *crypto_seal(struct arena *a, const uint8_t key[static KEY_SIZE], const char *about, const void *p, size_t n);
/* NULL when it was not sealed with this key for this place. The opened bytes have a NUL behind them. */
uint8_t *crypto_open(
	struct arena *a, const uint8_t key[static KEY_SIZE], const char *about, const char *sealed, size_t *n);

#endif
