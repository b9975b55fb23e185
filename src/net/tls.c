#include "net/tls.h"
#include "net/tls_store.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls {
	SSL *ssl;
	struct tls_set *set; /* the certificates as they were when the session began */
};

struct tls *tls_new(struct tls_store *s)
{
	struct tls *t = calloc(1, sizeof *t);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	if (!t || !in || !out)
		abort();
	t->set = tls_store_take(s);
	t->ssl = SSL_new(tls_set_default(t->set));
	if (!t->ssl)
		abort();
	BIO_set_mem_eof_return(in, -1); /* empty means: not yet */
	SSL_set_bio(t->ssl, in, out);
	SSL_set_accept_state(t->ssl);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	/* Without this a session whose socket broke off would be struck from those that may be resumed. */
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	tls_set_drop(t->set);
	free(t);
}

void tls_feed(struct tls *t, const char *p, size_t n)
{
	while (n) {
		int piece = n > INT_MAX ? INT_MAX : (int)n;
		if (BIO_write(SSL_get_rbio(t->ssl), p, piece) != piece)
			abort(); /* a memory BIO fails only for want of memory */
		p += piece;
		n -= (size_t)piece;
	}
}

enum tls_got tls_read(struct tls *t, char *p, size_t cap, size_t *n)
{
	ERR_clear_error();
	if (SSL_read_ex(t->ssl, p, cap, n))
		return TLS_BYTES;
	*n = 0;
	switch (SSL_get_error(t->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		ERR_clear_error();
		return TLS_BROKEN;
	}
}

bool tls_write(struct tls *t, const char *p, size_t n)
{
	ERR_clear_error();
	size_t done;
	bool ok = n == 0 || (SSL_write_ex(t->ssl, p, n, &done) && done == n);
	ERR_clear_error();
	return ok;
}

void tls_close(struct tls *t)
{
	if (SSL_is_init_finished(t->ssl))
		(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

void tls_output(struct tls *t, struct buf *out)
{
	BIO *b = SSL_get_wbio(t->ssl);
	for (size_t waits; (waits = BIO_ctrl_pending(b)) > 0;) {
		int piece = waits > INT_MAX ? INT_MAX : (int)waits;
		buf_grow(out, (size_t)piece);
		int got = BIO_read(b, out->p + out->n, piece);
		if (got <= 0)
			return;
		out->n += (size_t)got;
	}
}

bool tls_ready(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

bool tls_resumed(const struct tls *t)
{
	return SSL_session_reused(t->ssl);
}
