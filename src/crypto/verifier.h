/* Inside crypto/ alone: what checking a signature needs, made ready once for each thread and key. A new context for each
 * signature costs a twentieth of a verification on P-256 in locks and allocations. */
#ifndef CRYPTO_VERIFIER_H
#define CRYPTO_VERIFIER_H

#include "crypto/sign_key.h"

#include <openssl/types.h>

/* The calling thread's own context for EVP_PKEY_verify() with the key, its to keep; NULL when out of resources. It holds the
 * public half alone: a private key must not outlive sign_key_free() because some thread once verified with it. */
EVP_PKEY_CTX *verifier_of(const struct sign_key *k);

#endif
