#include "features/session/session_token.h"
#include "base/id.h"
#include "base/str.h"
#include "crypto/keyring.h"

#include <string.h>

enum { ID_BYTES = 16, COUNTER_BYTES = 8, PREFIX = 4, BODY_MAX = 2 * ID_BYTES + COUNTER_BYTES };

/* Kind and version, which secret scanners can know, and how many ids stand before the counter: the session's, and its user's,
 * which the first version had not. New ones are of the last. */
static const struct form {
	char prefix[PREFIX + 1];
	size_t ids;
} forms[] = { { "rr1_", 1 }, { "rr2_", 2 } };

static size_t body_size(const struct form *f)
{
	return f->ids * ID_BYTES + COUNTER_BYTES;
}

static const struct form *form_of(const char *token)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (str_starts(token, forms[i].prefix))
			return &forms[i];
	return NULL;
}

bool session_token_is(const char *token)
{
	return form_of(token);
}

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

static void mac(const uint8_t *body, size_t n, uint8_t out[static SHA256_SIZE])
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
	crypto_hmac(key, body, n, out);
	crypto_wipe(key, sizeof key);
}

const char *session_token_make(struct arena *a, const char *session_id, const char *user_id, int64_t counter)
{
	const struct form *f = &forms[1];
	uint8_t bytes[BODY_MAX + SHA256_SIZE];
	pack_id(session_id, bytes);
	pack_id(user_id, bytes + ID_BYTES);
	for (int i = 0; i < COUNTER_BYTES; i++)
		bytes[2 * ID_BYTES + i] = (uint8_t)((uint64_t)counter >> (56 - 8 * i));
	mac(bytes, BODY_MAX, bytes + BODY_MAX);
	const char *text = arena_printf(a, "%s%s", f->prefix, base64_encode(a, bytes, sizeof bytes, true));
	crypto_wipe(bytes, sizeof bytes);
	return text;
}

static bool is_ours(const uint8_t *bytes, size_t body)
{
	uint8_t want[SHA256_SIZE];
	mac(bytes, body, want);
	bool good = crypto_same(want, bytes + body, SHA256_SIZE);
	crypto_wipe(want, sizeof want);
	return good;
}

bool session_token_read(struct arena *a, const char *token, struct session_token *out)
{
	const struct form *f = form_of(token);
	if (!f)
		return false;
	size_t n, length = strlen(token) - PREFIX, body = body_size(f);
	if (length != ((body + SHA256_SIZE) * 4 + 2) / 3) /* base64 without padding: a token has one spelling */
		return false;
	const uint8_t *bytes = base64_decode(a, token + PREFIX, length, true, &n);
	if (!bytes || n != body + SHA256_SIZE || !is_ours(bytes, body))
		return false;
	uint64_t c = 0;
	for (int i = 0; i < COUNTER_BYTES; i++)
		c = c << 8 | bytes[f->ids * ID_BYTES + (size_t)i];
	*out = (struct session_token){ .session_id = unpack_id(a, bytes),
		.user_id = f->ids > 1 ? unpack_id(a, bytes + ID_BYTES) : NULL,
		.counter = (int64_t)c };
	return true;
}
