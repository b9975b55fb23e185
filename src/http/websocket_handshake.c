#include "http/websocket.h"

#include "base/str.h"
#include "crypto/sha1.h"
#include "http/field.h"

#include <string.h>

enum { KEY_TEXT = 24, KEY_BYTES = 16 };

bool ws_wanted(const char *upgrade)
{
	return field_has_token(upgrade, "websocket");
}

static bool key_is_valid(struct arena *a, const char *key)
{
	size_t n;
	return strlen(key) == KEY_TEXT && base64_decode(a, key, KEY_TEXT, false, &n) && n == KEY_BYTES;
}

static const char *choose_protocol(const char *offered, const char *const *supported)
{
	for (; supported && *supported; supported++) {
		struct span rest = span_of(offered), piece;
		while (field_next(&rest, ',', &piece)) /* names of sub-protocols have case: section 1.9 */
			if (piece.n == strlen(*supported) && memcmp(piece.p, *supported, piece.n) == 0)
				return *supported;
	}
	return NULL;
}

static const char *what_is_wrong(struct arena *a, const struct ws_request *r, bool *version_wrong)
{
	if (!r->get)
		return "A WebSocket is asked for with GET.";
	if (!field_has_token(r->connection, "upgrade"))
		return "The Connection header does not say Upgrade.";
	if (!ws_wanted(r->upgrade))
		return "The Upgrade header does not say websocket.";
	*version_wrong = !r->version || strcmp(r->version, "13") != 0;
	if (*version_wrong)
		return "Only version 13 of WebSocket is spoken here.";
	if (!r->key || r->key_count != 1 || !key_is_valid(a, r->key))
		return "The Sec-WebSocket-Key is not 16 bytes in base64.";
	return NULL;
}

err_t ws_handshake(struct arena *a, const struct ws_request *r, const char *const *supported, struct ws_accept *out,
	bool *version_wrong, const char **why)
{
	*version_wrong = false;
	*why = what_is_wrong(a, r, version_wrong);
	if (*why)
		return ERR_MALFORMED;
	uint8_t digest[SHA1_SIZE];
	const char *proof = arena_printf(a, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", r->key);
	crypto_sha1(proof, strlen(proof), digest);
	out->accept = base64_encode(a, digest, sizeof digest, false);
	out->protocol = choose_protocol(r->protocols, supported);
	return ERR_OK;
}
