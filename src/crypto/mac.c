#include "crypto/crypto.h"

#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Contexts are kept per thread: making one costs ten times what a short HMAC does. They hold what was last hashed in
 * midstream form until the next use, inside a process that holds the keys themselves anyway. */
struct contexts {
	EVP_MD_CTX *sha256;
	EVP_MAC_CTX *hmac;
	EVP_KDF_CTX *hkdf;
};

static _Thread_local struct contexts *kept;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t kept_key;
static EVP_MD *sha256;
static EVP_MAC *hmac;
static EVP_KDF *hkdf;

static void contexts_free(void *arg)
{
	struct contexts *c = arg;
	EVP_MD_CTX_free(c->sha256);
	EVP_MAC_CTX_free(c->hmac);
	EVP_KDF_CTX_free(c->hkdf);
	free(c);
}

static void methods_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	if (!sha256 || !hmac || !hkdf || pthread_key_create(&kept_key, contexts_free))
		abort();
}

/* OpenSSL fails here only when memory runs out or we hand it nonsense; both abort. */
static void must(int ok)
{
	if (ok != 1)
		abort();
}

const EVP_MD *digest_sha256(void)
{
	pthread_once(&once, methods_fetch);
	return sha256;
}

static struct contexts *contexts_make(void)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	pthread_once(&once, methods_fetch);
	struct contexts *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	*c = (struct contexts){ EVP_MD_CTX_new(), EVP_MAC_CTX_new(hmac), EVP_KDF_CTX_new(hkdf) };
	if (!c->sha256 || !c->hmac || !c->hkdf)
		abort();
	must(EVP_MAC_CTX_set_params(c->hmac, params));
	pthread_setspecific(kept_key, c);
	kept = c;
	return c;
}

static inline struct contexts *contexts(void)
{
	return kept ? kept : contexts_make();
}

void crypto_sha256(const void *p, size_t n, uint8_t out[static SHA256_SIZE])
{
	struct contexts *c = contexts();
	must(EVP_DigestInit_ex2(c->sha256, sha256, NULL));
	must(EVP_DigestUpdate(c->sha256, p, n));
	must(EVP_DigestFinal_ex(c->sha256, out, NULL));
}

void crypto_hmac_key(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[static SHA256_SIZE])
{
	struct contexts *c = contexts();
	size_t out_n = 0;
	must(EVP_MAC_init(c->hmac, key, key_n, NULL));
	must(EVP_MAC_update(c->hmac, p, n));
	must(EVP_MAC_final(c->hmac, out, &out_n, SHA256_SIZE));
}

void crypto_hmac(const uint8_t key[static KEY_SIZE], const void *p, size_t n, uint8_t out[static SHA256_SIZE])
{
	crypto_hmac_key(key, KEY_SIZE, p, n, out);
}

void crypto_hkdf(struct bytes master, struct bytes salt, struct bytes info, uint8_t *out, size_t n)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[5] = { OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)master.p, master.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.p, info.n),
		OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end() };
	if (salt.n)
		params[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.p, salt.n);
	EVP_KDF_CTX *kdf = contexts()->hkdf;
	must(EVP_KDF_derive(kdf, out, n, params));
	EVP_KDF_CTX_reset(kdf); /* wipes the master key it copied */
}

void crypto_subkey(const uint8_t master[static KEY_SIZE], const char *purpose, uint8_t out[static KEY_SIZE])
{
	crypto_hkdf((struct bytes){ master, KEY_SIZE }, (struct bytes){ 0 }, (struct bytes){ purpose, strlen(purpose) },
		out, KEY_SIZE);
}
