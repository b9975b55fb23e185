/* Public keys as JSON Web Keys (RFC 7517, 7518 section 6, 8037) and their names (RFC 7638). */
#include "crypto/sign_key.h"

#include "base/str.h"
#include "crypto/crypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* A public number of the key in base64url, as `size` bytes (0: as few as it needs). */
static const char *number(struct arena *a, const EVP_PKEY *pkey, const char *name, int size)
{
	uint8_t bytes[SIGNATURE_MAX];
	BIGNUM *n = NULL;
	if (EVP_PKEY_get_bn_param(pkey, name, &n) != 1)
		abort();
	int len = BN_bn2binpad(n, bytes, size ? size : BN_num_bytes(n));
	if (len <= 0)
		abort();
	BN_free(n);
	return base64_encode(a, bytes, (size_t)len, true);
}

/* The members that make the key what it is, in the order of RFC 7638 section 3.2; NULL for a shared key. */
static const char *members(struct arena *a, const struct sign_key *k)
{
	switch (k->alg) {
	case SIGN_ES256:
		return arena_printf(a, "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"",
			number(a, k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, 32),
			number(a, k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
	case SIGN_EDDSA:
		return arena_printf(a, "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"",
			base64_encode(a, k->ed_public, ED25519_PUBLIC, true));
	case SIGN_RS256:
		return arena_printf(a, "\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"",
			number(a, k->pkey, OSSL_PKEY_PARAM_RSA_E, 0), number(a, k->pkey, OSSL_PKEY_PARAM_RSA_N, 0));
	case SIGN_HS256:
		return NULL;
	case SIGN_ALG_COUNT:
		break;
	}
	abort();
}

char *sign_key_jwk(struct arena *a, const struct sign_key *k)
{
	const char *m = members(a, k);
	if (!m)
		return NULL;
	return arena_printf(a, "{%s,\"kid\":\"%s\",\"alg\":\"%s\",\"use\":\"sig\"}", m, k->id, sign_alg_name(k->alg));
}

void key_id_set(struct sign_key *k)
{
	struct arena *a = arena_new(0);
	uint8_t digest[SHA256_SIZE];
	const char *m = members(a, k);
	if (m) {
		const char *json = arena_printf(a, "{%s}", m);
		crypto_sha256(json, strlen(json), digest);
	} else {
		/* A bare hash would let anyone who sees the name try guesses of the secret against all services at once. */
		static const char purpose[] = "roster key id";
		crypto_hmac_key(k->shared, k->shared_n, purpose, sizeof purpose - 1, digest);
	}
	const char *id = base64_encode(a, digest, sizeof digest, true);
	memcpy(k->id, id, strlen(id) + 1);
	arena_free(a);
}
