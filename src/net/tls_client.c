#include "net/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct tls_client {
	SSL_CTX *ctx;
	SSL *ssl;
};

static bool trust(SSL_CTX *ctx, const char *ca_file)
{
	if (ca_file && *ca_file)
		return SSL_CTX_load_verify_locations(ctx, ca_file, NULL);
	return SSL_CTX_set_default_verify_paths(ctx);
}

/* RFC 9525: an address is compared with the certificate's addresses, a name with its names. */
static bool expect(SSL *ssl, const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];
	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	return SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
}

struct tls_client *tls_client_new(int fd, const char *host, const char *ca_file, const char **why)
{
	struct tls_client *t = calloc(1, sizeof *t);
	if (!t)
		abort();
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx || !SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION))
		abort();
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(t->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	ERR_clear_error();
	if (!trust(t->ctx, ca_file)) {
		*why = "The certificates that vouch for the server cannot be read.";
		tls_client_free(t);
		return NULL;
	}
	t->ssl = SSL_new(t->ctx);
	if (!t->ssl)
		abort();
	if (!expect(t->ssl, host) || !SSL_set_fd(t->ssl, fd)) {
		*why = "The server's name is none that a certificate could have.";
		tls_client_free(t);
		return NULL;
	}
	return t;
}

void tls_client_free(struct tls_client *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	free(t);
}

static enum tls_step step(struct tls_client *t, int result)
{
	if (result > 0)
		return TLS_STEP_DONE;
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return TLS_STEP_READ;
	case SSL_ERROR_WANT_WRITE:
		return TLS_STEP_WRITE;
	default:
		return TLS_STEP_FAILED;
	}
}

enum tls_step tls_client_greet(struct tls_client *t)
{
	ERR_clear_error();
	return step(t, SSL_connect(t->ssl));
}

enum tls_step tls_client_read(struct tls_client *t, void *p, size_t cap, size_t *n)
{
	ERR_clear_error();
	return step(t, SSL_read_ex(t->ssl, p, cap, n));
}

enum tls_step tls_client_write(struct tls_client *t, const void *p, size_t n, size_t *sent)
{
	ERR_clear_error();
	return step(t, SSL_write_ex(t->ssl, p, n, sent));
}

const char *tls_client_why(struct tls_client *t)
{
	static _Thread_local char text[160];
	long verdict = SSL_get_verify_result(t->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_error());
	if (verdict != X509_V_OK)
		snprintf(text, sizeof text, "The server's certificate is not trusted: %s.",
			X509_verify_cert_error_string(verdict));
	else
		snprintf(text, sizeof text, "TLS failed: %s.", reason ? reason : "the server closed the connection");
	return text;
}
