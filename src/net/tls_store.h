/* Private to net/tls*.c: the certificates that new sessions get. A set is never changed, only replaced as a whole; each
 * session keeps the one it began with. */
#ifndef NET_TLS_STORE_H
#define NET_TLS_STORE_H

#include "net/tls.h"
#include <openssl/ssl.h>

struct tls_set;
struct tls_set *tls_store_take(struct tls_store *s); /* the present set; give it back with tls_set_drop() */
void tls_set_drop(struct tls_set *set);
SSL_CTX *tls_set_default(const struct tls_set *set);

#endif
