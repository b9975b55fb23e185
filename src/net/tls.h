/* TLS on memory: the caller moves ciphertext between a session and its socket. TLS 1.2 and 1.3, forward secrecy only,
 * ALPN http/1.1, certificates chosen by the name that the client asks for (SNI) and exchanged without a restart. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct tls_conf {
	const char *cert, *key; /* PEM files: the chain, leaf first; its private key */
	const char *sni; /* "name=cert,key;*.name=cert,key" beside them, or NULL */
};

/* The certificates; shared by all loops. */
struct tls_store;
/* Reads the files. ERR_INVALID and a sentence in *why when one is missing, broken or does not fit its key. */
err_t tls_store_new(const struct tls_conf *conf, struct tls_store **out, const char **why) CHECKED;
/* Reads them again. When that fails, the old ones stay. From any thread. */
err_t tls_store_reload(struct tls_store *s, const char **why) CHECKED;
void tls_store_free(struct tls_store *s); /* sessions may live longer; NULL is allowed */

struct tls;
struct tls *tls_new(struct tls_store *s);
void tls_free(struct tls *t); /* NULL is allowed */

/* Ciphertext that came. */
void tls_feed(struct tls *t, const char *p, size_t n);
enum tls_got { TLS_BYTES, TLS_MORE, TLS_END, TLS_BROKEN };
/* The next plain bytes, at most cap. TLS_MORE: nothing until more is fed; TLS_END: the client closed in order; TLS_BROKEN:
 * end the connection after sending what tls_output() still gives (an alert). Drives the handshake. */
enum tls_got tls_read(struct tls *t, char *p, size_t cap, size_t *n);
/* Encrypts n bytes; false when the session is broken or still shaking hands. */
bool tls_write(struct tls *t, const char *p, size_t n);
void tls_close(struct tls *t); /* says that no more will follow */
/* Appends the ciphertext that is to be sent. */
void tls_output(struct tls *t, struct buf *out);
bool tls_ready(const struct tls *t); /* the handshake is over */
bool tls_resumed(const struct tls *t);

#endif
