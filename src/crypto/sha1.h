/* SHA-1, for the handshake of WebSocket alone (RFC 6455 section 4.2.2), where it proves nothing and protects nothing: it
 * only shows that the server read the key. Nothing else may use it. */
#ifndef CRYPTO_SHA1_H
#define CRYPTO_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_SIZE = 20 };
void crypto_sha1(const void *p, size_t n, uint8_t out[static SHA1_SIZE]);

#endif
