/* What checking an ES256 signature costs with nothing around it: EVP_DigestVerify over a signing input of the length of an
 * access token, the key parsed once and the context kept.
 *
 *	verify THREADS SECONDS [BYTES] */
#include "threads.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *key;
static unsigned char *input, signature[128];
static size_t input_size, signature_size = sizeof signature;

static void sign(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	key = EVP_EC_gen("P-256");
	if (!key || !c || EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
		EVP_DigestSign(c, signature, &signature_size, input, input_size) != 1)
		stop("cannot sign");
	EVP_MD_CTX_free(c);
}

static void *make(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!c || EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) != 1)
		stop("cannot verify");
	return c;
}

/* A context is used again by giving it the same key: NULL for digest and key keeps both. */
static int once(void *own)
{
	return EVP_DigestVerifyInit(own, NULL, NULL, NULL, NULL) == 1 &&
	       EVP_DigestVerify(own, signature, signature_size, input, input_size) == 1;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: verify THREADS SECONDS [BYTES]\n", stderr);
		return 2;
	}
	input_size = argc > 3 ? strtoul(argv[3], NULL, 10) : 400;
	input = malloc(input_size + 1);
	if (!input)
		stop("out of memory");
	memset(input, 'e', input_size);
	sign();
	unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
	double rate = threads_rate(&(struct work){ make, once }, threads, strtod(argv[2], NULL));
	printf("{\"program\":\"verify\",\"threads\":%u,\"bytes\":%zu,\"rate\":%.1f}\n", threads, input_size, rate);
	return 0;
}
