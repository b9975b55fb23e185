#include "features/session/session_token.h"
#include "base/id.h"
#include "base/str.h"
#include "crypto/keyring.h"

#include <string.h>

enum { ID_BYTES = 16, COUNTER_BYTES = 8, BODY = ID_BYTES + COUNTER_BYTES, TOKEN = BODY + SHA256_SIZE };
enum { TOKEN_TEXT = (TOKEN * 4 + 2) / 3 }; /* in base64 without padding: a token has one spelling */
static const char prefix[] = "rr1_"; /* kind and version: secret scanners can know it */

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void pack_id(const char *id, uint8_t out[static ID_BYTES])
{
	for (size_t i = 0; i < ID_BYTES; i++) {
		while (*id == '-')
			id++;
		out[i] = (uint8_t)(hex_value(id[0]) << 4 | hex_value(id[1]));
		id += 2;
	}
}

static const char *unpack_id(struct arena *a, const uint8_t *b)
{
	const char *h = hex_encode(a, b, ID_BYTES);
	return arena_printf(a, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
}

static void mac(const uint8_t *body, uint8_t out[static SHA256_SIZE])
{
	char purpose[2 * ID_BYTES + 16] = "session ";
	static const char hex[] = "0123456789abcdef";
	char *p = purpose + strlen(purpose);
	for (size_t i = 0; i < ID_BYTES; i++) {
		*p++ = hex[body[i] >> 4];
		*p++ = hex[body[i] & 15];
	}
	*p = 0;
	uint8_t key[KEY_SIZE];
	crypto_subkey(keyring_key(KEY_REFRESH), purpose, key);
	crypto_hmac(key, body, BODY, out);
	crypto_wipe(key, sizeof key);
}

const char *session_token_make(struct arena *a, const char *session_id, int64_t counter)
{
	uint8_t bytes[TOKEN];
	pack_id(session_id, bytes);
	for (int i = 0; i < COUNTER_BYTES; i++)
		bytes[ID_BYTES + i] = (uint8_t)((uint64_t)counter >> (56 - 8 * i));
	mac(bytes, bytes + BODY);
	const char *text = arena_printf(a, "%s%s", prefix, base64_encode(a, bytes, TOKEN, true));
	crypto_wipe(bytes, sizeof bytes);
	return text;
}

bool session_token_read(struct arena *a, const char *token, const char **session_id, int64_t *counter)
{
	size_t n, length = strlen(token), skip = strlen(prefix);
	if (length != skip + TOKEN_TEXT || !str_starts(token, prefix))
		return false;
	const uint8_t *bytes = base64_decode(a, token + skip, length - skip, true, &n);
	if (!bytes || n != TOKEN)
		return false;
	uint8_t want[SHA256_SIZE];
	mac(bytes, want);
	bool good = crypto_same(want, bytes + BODY, SHA256_SIZE);
	crypto_wipe(want, sizeof want);
	if (!good)
		return false;
	uint64_t c = 0;
	for (int i = 0; i < COUNTER_BYTES; i++)
		c = c << 8 | bytes[ID_BYTES + i];
	*counter = (int64_t)c;
	*session_id = unpack_id(a, bytes);
	return true;
}
