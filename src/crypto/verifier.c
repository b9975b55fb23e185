#include "crypto/verifier.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 4 }; /* the signing key, and those before it whose tokens still live */

struct verifiers {
	struct {
		char id[KEY_ID_SIZE];
		EVP_PKEY_CTX *ctx;
	} kept[KEPT];
	unsigned oldest;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t mine;

static void forget(void *p)
{
	struct verifiers *v = p;
	for (int i = 0; i < KEPT; i++)
		EVP_PKEY_CTX_free(v->kept[i].ctx);
	free(v);
}

static void make_key(void)
{
	if (pthread_key_create(&mine, forget))
		abort();
}

static struct verifiers *of_this_thread(void)
{
	pthread_once(&once, make_key);
	struct verifiers *v = pthread_getspecific(mine);
	if (v)
		return v;
	v = calloc(1, sizeof *v);
	if (!v || pthread_setspecific(mine, v))
		abort();
	return v;
}

static EVP_PKEY *public_half(EVP_PKEY *pkey)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);
	const unsigned char *at = der;
	EVP_PKEY *half = n > 0 ? d2i_PUBKEY(NULL, &at, n) : NULL;
	OPENSSL_free(der);
	return half;
}

static EVP_PKEY_CTX *make(const struct sign_key *k)
{
	EVP_PKEY *half = public_half(k->pkey);
	EVP_PKEY_CTX *ctx = half ? EVP_PKEY_CTX_new(half, NULL) : NULL;
	EVP_PKEY_free(half);
	if (ctx && EVP_PKEY_verify_init(ctx) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* A key's id is a hash of its public half (RFC 7638): the same id is the same key, wherever its memory now lies. */
EVP_PKEY_CTX *verifier_of(const struct sign_key *k)
{
	struct verifiers *v = of_this_thread();
	for (int i = 0; i < KEPT; i++)
		if (v->kept[i].ctx && strcmp(v->kept[i].id, k->id) == 0)
			return v->kept[i].ctx;
	EVP_PKEY_CTX *ctx = make(k);
	if (!ctx)
		return NULL;
	unsigned at = v->oldest++ % KEPT;
	EVP_PKEY_CTX_free(v->kept[at].ctx);
	v->kept[at].ctx = ctx;
	memcpy(v->kept[at].id, k->id, sizeof k->id);
	return ctx;
}
