#include "crypto/sign_key.h"

#include "crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static struct sign_key *key_alloc(enum sign_alg alg)
{
	struct sign_key *k = calloc(1, sizeof *k);
	if (!k)
		abort();
	k->alg = alg;
	return k;
}

static struct sign_key *key_finish(struct sign_key *k)
{
	key_id_set(k);
	return k;
}

static struct sign_key *key_of_pkey(enum sign_alg alg, EVP_PKEY *pkey)
{
	struct sign_key *k = key_alloc(alg);
	k->pkey = pkey;
	return key_finish(k);
}

static struct sign_key *key_of_seed(const uint8_t seed[static ED25519_SEED])
{
	struct sign_key *k = key_alloc(SIGN_EDDSA);
	crypto_sign_ed25519_seed_keypair(k->ed_public, k->ed_secret, seed);
	return key_finish(k);
}

struct sign_key *sign_key_shared(const void *secret, size_t n)
{
	if (n < SHARED_MIN)
		return NULL;
	struct sign_key *k = key_alloc(SIGN_HS256);
	k->shared = malloc(n);
	if (!k->shared)
		abort();
	memcpy(k->shared, secret, n);
	k->shared_n = n;
	return key_finish(k);
}

static struct sign_key *new_pkey(enum sign_alg alg, EVP_PKEY *pkey)
{
	if (!pkey)
		abort();
	return key_of_pkey(alg, pkey);
}

struct sign_key *sign_key_new(enum sign_alg alg)
{
	uint8_t bytes[32];
	struct sign_key *k = NULL;
	switch (alg) {
	case SIGN_ES256:
		return new_pkey(alg, EVP_EC_gen("P-256"));
	case SIGN_RS256:
		return new_pkey(alg, EVP_RSA_gen(RS256_BITS));
	case SIGN_EDDSA:
	case SIGN_HS256:
		crypto_random(bytes, sizeof bytes);
		k = alg == SIGN_EDDSA ? key_of_seed(bytes) : sign_key_shared(bytes, sizeof bytes);
		crypto_wipe(bytes, sizeof bytes);
		return k;
	case SIGN_ALG_COUNT:
		break;
	}
	abort();
}

void sign_key_free(struct sign_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey); /* OpenSSL wipes private numbers */
	if (k->shared)
		crypto_wipe(k->shared, k->shared_n);
	free(k->shared);
	crypto_wipe(k, sizeof *k);
	free(k);
}

enum sign_alg sign_key_alg(const struct sign_key *k)
{
	return k->alg;
}

const char *sign_key_id(const struct sign_key *k)
{
	return k->id;
}

/* --- PKCS#8 (RFC 5958) ------------------------------------------------------------------------------------------ */

static uint8_t *export_pkey(struct arena *a, const EVP_PKEY *pkey, size_t *n)
{
	uint8_t *der = NULL, *out = NULL;
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;
	if (len <= 0)
		abort(); /* a key that signs can be written down; only memory can be missing */
	out = (uint8_t *)arena_memdup0(a, der, (size_t)len);
	*n = (size_t)len;
	OPENSSL_clear_free(der, (size_t)len);
	PKCS8_PRIV_KEY_INFO_free(info);
	return out;
}

uint8_t *sign_key_export(struct arena *a, const struct sign_key *k, size_t *n)
{
	if (k->alg == SIGN_HS256) {
		*n = k->shared_n;
		return (uint8_t *)arena_memdup0(a, k->shared, k->shared_n);
	}
	if (k->pkey)
		return export_pkey(a, k->pkey, n);
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, k->ed_secret, ED25519_SEED);
	uint8_t *out = export_pkey(a, pkey, n);
	EVP_PKEY_free(pkey);
	return out;
}

enum { PKCS8_MAX = 65536 };

/* All of the n bytes must be one key: rest bytes are as malformed as missing ones. */
static EVP_PKEY *pkey_read(const uint8_t *p, size_t n)
{
	const uint8_t *at = p;
	if (n > PKCS8_MAX)
		return NULL;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)n);
	EVP_PKEY *pkey = info && at == p + n ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

/* The kind and size that the algorithm asks for, and a private half that belongs to its public half. */
static bool pkey_fits(EVP_PKEY *pkey, enum sign_alg alg)
{
	char group[32];
	int bits = EVP_PKEY_get_bits(pkey);
	if (alg == SIGN_EDDSA)
		return EVP_PKEY_is_a(pkey, "ED25519");
	if (alg == SIGN_RS256 && !(EVP_PKEY_is_a(pkey, "RSA") && bits >= RS256_BITS && bits <= RS256_BITS_MAX))
		return false;
	if (alg == SIGN_ES256 &&
		!(EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) &&
			strcmp(group, "prime256v1") == 0))
		return false;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx && EVP_PKEY_pairwise_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static struct sign_key *import_ed25519(EVP_PKEY *pkey)
{
	uint8_t seed[ED25519_SEED];
	size_t n = sizeof seed;
	struct sign_key *k = NULL;
	if (EVP_PKEY_get_raw_private_key(pkey, seed, &n) == 1 && n == sizeof seed)
		k = key_of_seed(seed);
	crypto_wipe(seed, sizeof seed);
	EVP_PKEY_free(pkey);
	return k;
}

struct sign_key *sign_key_import(enum sign_alg alg, const uint8_t *p, size_t n)
{
	if (alg == SIGN_HS256)
		return sign_key_shared(p, n);
	EVP_PKEY *pkey = pkey_read(p, n);
	if (!pkey || !pkey_fits(pkey, alg)) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return NULL;
	}
	return alg == SIGN_EDDSA ? import_ed25519(pkey) : key_of_pkey(alg, pkey);
}
