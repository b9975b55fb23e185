/* Raw signatures with the four algorithms. */
#include "crypto/sign.h"

#include "crypto/crypto.h"
#include "crypto/digest.h"
#include "crypto/sign_key.h"
#include "crypto/verifier.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { DER_MAX = 80 }; /* a DER signature on P-256 has at most 72 bytes */

static const char *const names[SIGN_ALG_COUNT] = { "ES256", "EdDSA", "RS256", "HS256" };

const char *sign_alg_name(enum sign_alg alg)
{
	return names[alg];
}

bool sign_alg_parse(const char *name, enum sign_alg *alg)
{
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*alg = (enum sign_alg)i;
			return true;
		}
	}
	return false;
}

/* The context is not kept for the next signature: it would keep the private key alive after sign_key_free(). With the
 * digest fetched beforehand a new one costs a twentieth of a signature on P-256. */
static bool openssl_sign(EVP_PKEY *key, const void *p, size_t n, uint8_t *out, size_t *out_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, digest_sha256(), NULL, key) == 1 &&
	          EVP_DigestSign(ctx, out, out_n, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool openssl_verify(EVP_PKEY *key, const void *p, size_t n, const uint8_t *signature, size_t signature_n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, digest_sha256(), NULL, key) == 1 &&
	          EVP_DigestVerify(ctx, signature, signature_n, p, n) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error(); /* a wrong signature leaves a note in the thread's queue, where TLS would find it */
	return ok;
}

/* OpenSSL speaks DER, JWS two numbers of 32 bytes. */
static bool es256_from_der(const uint8_t *der, size_t n, uint8_t out[static ES256_SIGNATURE])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32) == 32 &&
	          BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32) == 32;
	ECDSA_SIG_free(sig);
	return ok;
}

static bool es256_to_der(const uint8_t raw[static ES256_SIGNATURE], uint8_t out[static DER_MAX], size_t *n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, 32, NULL), *s = BN_bin2bn(raw + 32, 32, NULL);
	if (!sig || !r || !s)
		abort();
	ECDSA_SIG_set0(sig, r, s);
	int len = i2d_ECDSA_SIG(sig, &out);
	ECDSA_SIG_free(sig);
	*n = len > 0 ? (size_t)len : 0;
	return len > 0;
}

static bool es256_sign(const struct sign_key *k, const void *p, size_t n, uint8_t *out)
{
	uint8_t der[DER_MAX];
	size_t der_n = sizeof der;
	return openssl_sign(k->pkey, p, n, der, &der_n) && es256_from_der(der, der_n, out);
}

static bool es256_verify(const struct sign_key *k, const void *p, size_t n, const uint8_t *signature)
{
	uint8_t der[DER_MAX], digest[SHA256_SIZE];
	size_t der_n;
	EVP_PKEY_CTX *ctx = verifier_of(k);
	crypto_sha256(p, n, digest);
	bool ok = ctx && es256_to_der(signature, der, &der_n) &&
	          EVP_PKEY_verify(ctx, der, der_n, digest, sizeof digest) == 1;
	if (!ok)
		ERR_clear_error(); /* as above */
	return ok;
}

bool sign_raw(const struct sign_key *k, const void *p, size_t n, uint8_t out[static SIGNATURE_MAX], size_t *out_n)
{
	switch (k->alg) {
	case SIGN_ES256:
		*out_n = ES256_SIGNATURE;
		return es256_sign(k, p, n, out);
	case SIGN_EDDSA:
		*out_n = ED25519_SIGNATURE;
		return crypto_sign_ed25519_detached(out, NULL, p, n, k->ed_secret) == 0;
	case SIGN_RS256:
		*out_n = SIGNATURE_MAX;
		return openssl_sign(k->pkey, p, n, out, out_n);
	case SIGN_HS256:
		*out_n = SHA256_SIZE;
		crypto_hmac_key(k->shared, k->shared_n, p, n, out);
		return true;
	case SIGN_ALG_COUNT:
		break;
	}
	abort();
}

static bool hs256_verify(const struct sign_key *k, const void *p, size_t n, const uint8_t *signature)
{
	uint8_t want[SHA256_SIZE];
	crypto_hmac_key(k->shared, k->shared_n, p, n, want);
	bool same = crypto_same(want, signature, sizeof want);
	crypto_wipe(want, sizeof want); /* it is the signature that would have been right */
	return same;
}

bool verify_raw(const struct sign_key *k, const void *p, size_t n, const uint8_t *signature, size_t signature_n)
{
	switch (k->alg) {
	case SIGN_ES256:
		return signature_n == ES256_SIGNATURE && es256_verify(k, p, n, signature);
	case SIGN_EDDSA:
		return signature_n == ED25519_SIGNATURE &&
		       crypto_sign_ed25519_verify_detached(signature, p, n, k->ed_public) == 0;
	case SIGN_RS256:
		return openssl_verify(k->pkey, p, n, signature, signature_n);
	case SIGN_HS256:
		return signature_n == SHA256_SIZE && hs256_verify(k, p, n, signature);
	case SIGN_ALG_COUNT:
		break;
	}
	abort();
}
