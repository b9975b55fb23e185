#include "crypto/keyring.h"
#include "base/str.h"

#include <assert.h>
#include <string.h>

enum { TEXT_MAC = 16, TOKEN_MAX = 1024 };

static uint8_t keys[KEY_PURPOSES][KEY_SIZE];
static bool ready;

void keyring_set(const uint8_t master[static KEY_SIZE])
{
	static const char *const purposes[KEY_PURPOSES] = { [KEY_CURSOR] = "roster cursor",
		[KEY_REFRESH] = "roster refresh token",
		[KEY_SIGNING] = "roster signing key",
		[KEY_CSRF] = "roster csrf",
		[KEY_AUDIT] = "roster audit",
		[KEY_LOCKOUT] = "roster lockout",
		[KEY_IDEMPOTENCY] = "roster idempotency",
		[KEY_FLOW] = "roster one-time code",
		[KEY_MAIL] = "roster mail",
		[KEY_WEBHOOK] = "roster webhook",
		[KEY_SHARED] = "roster shared cache",
		[KEY_LIMIT] = "roster shared limits",
		[KEY_CHECK] = "roster check" };
	for (int i = 0; i < KEY_PURPOSES; i++)
		crypto_subkey(master, purposes[i], keys[i]);
	ready = true;
}

const uint8_t *keyring_key(enum key_purpose purpose)
{
	assert(ready);
	return keys[purpose];
}

static void mac(struct arena *a, const char *kind, const char *text, uint8_t out[static SHA256_SIZE])
{
	const char *both = arena_printf(a, "%s\n%s", kind, text);
	crypto_hmac(keyring_key(KEY_CURSOR), both, strlen(both), out);
}

const char *keyring_sign_text(struct arena *a, const char *kind, const char *text)
{
	size_t n = strlen(text);
	uint8_t full[SHA256_SIZE];
	mac(a, kind, text, full);
	uint8_t *bytes = arena_alloc(a, TEXT_MAC + n);
	memcpy(bytes, full, TEXT_MAC);
	memcpy(bytes + TEXT_MAC, text, n);
	return base64_encode(a, bytes, TEXT_MAC + n, true);
}

const char *keyring_open_text(struct arena *a, const char *kind, const char *token)
{
	size_t length = strlen(token), n;
	if (length > TOKEN_MAX)
		return NULL;
	const uint8_t *bytes = base64_decode(a, token, length, true, &n);
	if (!bytes || n < TEXT_MAC || memchr(bytes + TEXT_MAC, 0, n - TEXT_MAC))
		return NULL;
	const char *text = (const char *)bytes + TEXT_MAC;
	uint8_t full[SHA256_SIZE];
	mac(a, kind, text, full);
	return crypto_same(full, bytes, TEXT_MAC) ? text : NULL;
}
