#include "features/webhook/webhook_secret.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/keyring.h"

#include <string.h>

enum { SECRET_BYTES = 32 }; /* the standard takes 24 to 64 */
static const char prefix[] = "whsec_";

const char *webhook_secret_new(struct arena *a)
{
	uint8_t bytes[SECRET_BYTES];
	crypto_random(bytes, sizeof bytes);
	const char *secret = arena_printf(a, "%s%s", prefix, base64_encode(a, bytes, sizeof bytes, false));
	crypto_wipe(bytes, sizeof bytes);
	return secret;
}

static const char *place(struct arena *a, const char *webhook_id)
{
	return arena_printf(a, "webhook %s", webhook_id);
}

const char *webhook_secret_seal(struct arena *a, const char *webhook_id, const char *secret)
{
	return crypto_seal(a, keyring_key(KEY_WEBHOOK), place(a, webhook_id), secret, strlen(secret));
}

err_t webhook_secret_open(struct cx *cx, const char *webhook_id, const char *sealed, const char **out)
{
	size_t n;
	*out = (const char *)crypto_open(cx->mem, keyring_key(KEY_WEBHOOK), place(cx->mem, webhook_id), sealed, &n);
	return *out ? ERR_OK
	            : FAIL(cx, ERR_INTERNAL, "the secret of webhook %s was not sealed with this master key",
			      webhook_id);
}

const char *webhook_sign(struct arena *a, const char *secret, const struct webhook_message *m)
{
	size_t key_n;
	uint8_t mac[SHA256_SIZE];
	struct buf text = { .mem = a };
	if (!str_starts(secret, prefix))
		return NULL;
	const char *base64 = secret + strlen(prefix);
	const unsigned char *key = base64_decode(a, base64, strlen(base64), false, &key_n);
	if (!key || !key_n)
		return NULL;
	buf_printf(&text, "%s.%lld.", m->id, (long long)m->second);
	buf_add(&text, m->body, m->n);
	crypto_hmac_key(key, key_n, text.p, text.n, mac);
	return arena_printf(a, "v1,%s", base64_encode(a, mac, sizeof mac, false));
}
