/* Signing keys and JSON Web Tokens (RFC 7515, 7517, 7519). A key knows its one algorithm; a token is accepted only under
 * the algorithm of the key that its `kid` names, whatever its header says. */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sign_alg { SIGN_ES256, SIGN_EDDSA, SIGN_RS256, SIGN_HS256, SIGN_ALG_COUNT };
const char *sign_alg_name(enum sign_alg alg); /* "ES256" ... */
bool sign_alg_parse(const char *name, enum sign_alg *alg);

struct sign_key; /* immutable once made; used by many threads at a time */

/* A new key pair (RS256: 2048 bits). Never NULL. */
struct sign_key *sign_key_new(enum sign_alg alg);
/* A shared HS256 key out of a secret of at least 32 bytes, else NULL. */
struct sign_key *sign_key_shared(const void *secret, size_t n);
void sign_key_free(struct sign_key *k); /* wipes; NULL is allowed */

enum sign_alg sign_key_alg(const struct sign_key *k);
/* Key id: base64url of the RFC 7638 thumbprint; of a shared key a fingerprint under HMAC. Lives as long as the key. */
const char *sign_key_id(const struct sign_key *k);
/* The private key as bytes to be sealed (PKCS#8 DER; the secret itself for HS256), and back. NULL when malformed. */
uint8_t *sign_key_export(struct arena *a, const struct sign_key *k, size_t *n);
struct sign_key *sign_key_import(enum sign_alg alg, const uint8_t *p, size_t n);
/* The public half as a JWK object ({"kty":...,"kid":...,"alg":...,"use":"sig"}); NULL for a shared key. */
char *sign_key_jwk(struct arena *a, const struct sign_key *k);

/* A compact JWS of a JSON payload; header {"alg","typ","kid"}; typ is a constant of ours and is not escaped. In the arena; NULL when out of resources. */
char *jws_sign(struct arena *a, const struct sign_key *k, const char *typ, const char *payload, size_t n);

/* The parts of a compact JWS, not yet verified. */
struct jws {
	const char *alg, *typ, *kid; /* texts of the header, "" when absent */
	const char *payload; /* decoded, NUL behind it */
	size_t payload_n;
	const char *signed_part; /* header.payload as received */
	size_t signed_n;
	const uint8_t *signature;
	size_t signature_n;
};
/* Takes a token apart: three base64url parts without padding, at most 8 KiB, the header a JSON object of
 * at most 1 KiB without `crit`, `b64` or a member given twice.
 * ERR_TOKEN_INVALID when it is anything else. */
err_t jws_parse(struct arena *a, const char *token, size_t n, struct jws *out) CHECKED;
/* Checks the signature with the key, constant time for HMAC. ERR_TOKEN_INVALID when the header's alg is not the key's, or
 * the signature is wrong (ES256: 64 bytes r||s, exactly). */
err_t jws_verify(const struct jws *t, const struct sign_key *k) CHECKED;

#endif
