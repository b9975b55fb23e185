#include "crypto/sha1.h"

#include <openssl/evp.h>
#include <stdlib.h>

void crypto_sha1(const void *p, size_t n, uint8_t out[static SHA1_SIZE])
{
	if (EVP_Digest(p, n, out, NULL, EVP_sha1(), NULL) != 1)
		abort();
}
