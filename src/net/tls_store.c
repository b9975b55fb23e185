#include "net/tls_store.h"
#include "base/str.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

enum { NAMES_MAX = 256 };

struct named {
	char *name; /* "*.example.org" stands for one label more; NULL: the default */
	SSL_CTX *ctx;
};

struct tls_set {
	_Atomic int refs;
	size_t n;
	struct named items[NAMES_MAX]; /* [0] is the default */
};

struct tls_store {
	pthread_mutex_t lock; /* guards `set` */
	struct tls_set *set;
	struct tls_conf conf; /* own copies */
};

static bool name_fits(const char *pattern, const char *name)
{
	if (strncmp(pattern, "*.", 2) != 0)
		return strcasecmp(pattern, name) == 0;
	const char *dot = strchr(name, '.');
	return dot && dot != name && strcasecmp(pattern + 1, dot) == 0;
}

static int on_server_name(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	const struct tls_set *set = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	for (size_t i = 1; name && i < set->n; i++)
		if (name_fits(set->items[i].name, name)) {
			SSL_set_SSL_CTX(ssl, set->items[i].ctx);
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_OK; /* an unknown name gets the default: old clients send none at all */
}

static int on_alpn(
	SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in, unsigned in_n, void *arg)
{
	(void)ssl;
	(void)arg;
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen = NULL;
	if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301 section 3.2: no_application_protocol */
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *ctx_new(struct tls_set *set)
{
	static const unsigned char context[] = "roster";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ||
		!SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") ||
		!SSL_CTX_set_session_id_context(ctx, context, sizeof context - 1))
		abort();
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS); /* idle connections keep no buffers of 16 KB */
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, set);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return ctx;
}

/* `name` is owned by the set from here on. */
static err_t set_add(struct tls_set *set, char *name, const char *cert, const char *key, const char **why)
{
	SSL_CTX *ctx = ctx_new(set);
	set->items[set->n++] = (struct named){ name, ctx };
	*why = NULL;
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		*why = "The TLS certificate file cannot be read as PEM.";
	else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		*why = "The TLS key file cannot be read as PEM, or does not fit the certificate.";
	else if (SSL_CTX_check_private_key(ctx) != 1)
		*why = "The TLS key does not fit the certificate.";
	ERR_clear_error();
	return *why ? ERR_INVALID : ERR_OK;
}

/* One "name=cert,key"; the text is taken apart in place. */
static err_t set_add_entry(struct tls_set *set, char *entry, const char **why)
{
	char *equals = strchr(entry, '='), *comma = equals ? strchr(equals, ',') : NULL;
	*why = "The list of TLS names looks like name=cert.pem,key.pem;name=cert.pem,key.pem.";
	if (!equals || !comma || equals == entry || set->n >= NAMES_MAX)
		return ERR_INVALID;
	*equals = *comma = 0;
	return set_add(set, str_copy(entry), equals + 1, comma + 1, why);
}

static err_t set_fill(struct tls_set *set, const struct tls_conf *conf, const char **why)
{
	TRY(set_add(set, NULL, conf->cert, conf->key, why));
	char *text = str_copy(conf->sni ? conf->sni : ""), *rest = text;
	err_t e = ERR_OK;
	for (char *entry; !e && (entry = strsep(&rest, ";"));)
		if (*entry)
			e = set_add_entry(set, entry, why);
	free(text);
	return e;
}

static err_t set_new(const struct tls_conf *conf, struct tls_set **out, const char **why)
{
	struct tls_set *set = calloc(1, sizeof *set);
	if (!set)
		abort();
	set->refs = 1;
	err_t e = set_fill(set, conf, why);
	if (e)
		tls_set_drop(set);
	else
		*out = set;
	return e;
}

void tls_set_drop(struct tls_set *set)
{
	if (!set || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	for (size_t i = 0; i < set->n; i++) {
		SSL_CTX_free(set->items[i].ctx);
		free(set->items[i].name);
	}
	free(set);
}

SSL_CTX *tls_set_default(const struct tls_set *set)
{
	return set->items[0].ctx;
}

struct tls_set *tls_store_take(struct tls_store *s)
{
	pthread_mutex_lock(&s->lock);
	struct tls_set *set = s->set;
	atomic_fetch_add(&set->refs, 1);
	pthread_mutex_unlock(&s->lock);
	return set;
}

err_t tls_store_new(const struct tls_conf *conf, struct tls_store **out, const char **why)
{
	struct tls_set *set = NULL;
	TRY(set_new(conf, &set, why));
	struct tls_store *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	s->set = set;
	s->conf = (struct tls_conf){ str_copy(conf->cert), str_copy(conf->key), str_copy(conf->sni) };
	*out = s;
	return ERR_OK;
}

err_t tls_store_reload(struct tls_store *s, const char **why)
{
	struct tls_set *fresh = NULL;
	TRY(set_new(&s->conf, &fresh, why));
	pthread_mutex_lock(&s->lock);
	struct tls_set *old = s->set;
	s->set = fresh;
	pthread_mutex_unlock(&s->lock);
	tls_set_drop(old);
	return ERR_OK;
}

void tls_store_free(struct tls_store *s)
{
	if (!s)
		return;
	tls_set_drop(s->set);
	pthread_mutex_destroy(&s->lock);
	free((void *)(uintptr_t)s->conf.cert);
	free((void *)(uintptr_t)s->conf.key);
	free((void *)(uintptr_t)s->conf.sni);
	free(s);
}
