/* Inside crypto/ alone: OpenSSL methods that are fetched once. A fetch by name takes longer than hashing a token. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <openssl/types.h>

const EVP_MD *digest_sha256(void); /* never NULL */

#endif
