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

/* --- permessage-deflate (RFC 7692 section 7.1) ----------------------------------------------------------------------- */

struct deflate_offer {
	bool server_fresh, client_fresh; /* the parameters ..._no_context_takeover */
	int server_bits, client_bits; /* ..._max_window_bits; 0: absent, -1 of the client: without a value */
};

/* A number of 8 to 15, written without a zero in front; else 0. */
static int window_bits(const char *s)
{
	int64_t bits = 0;
	return *s != '0' && str_int(s, &bits) && bits >= 8 && bits <= WS_WINDOW_MAX ? (int)bits : 0;
}

static bool set_once(bool *flag)
{
	bool first = !*flag;
	*flag = true;
	return first;
}

static bool set_bits(int *bits, const char *value)
{
	bool first = !*bits;
	*bits = value ? window_bits(value) : -1;
	return first && *bits;
}

/* False: the parameter is unknown, has a wrong value, or stood there before. */
static bool take_parameter(struct arena *a, struct span s, struct deflate_offer *out)
{
	struct span name = s;
	const char *value = NULL;
	if (memchr(s.p, '=', s.n) && !field_param(a, s, &name, &value))
		return false;
	if (!value && span_is(name, "server_no_context_takeover"))
		return set_once(&out->server_fresh);
	if (!value && span_is(name, "client_no_context_takeover"))
		return set_once(&out->client_fresh);
	if (value && span_is(name, "server_max_window_bits"))
		return set_bits(&out->server_bits, value);
	return span_is(name, "client_max_window_bits") && set_bits(&out->client_bits, value);
}

/* Whether an offer is one that we can meet; zlib has no window of 8 bits to deflate with, and reads any. */
static bool offer_fits(struct arena *a, struct span offer, struct deflate_offer *out)
{
	struct span piece;
	*out = (struct deflate_offer){ 0 };
	if (!field_next(&offer, ';', &piece) || !span_is(piece, "permessage-deflate"))
		return false;
	while (field_next(&offer, ';', &piece))
		if (!take_parameter(a, piece, out))
			return false;
	return out->server_bits == 0 || out->server_bits >= WS_WINDOW_MIN;
}

/* The first offer that fits is met (section 5.1). Neither side keeps a window from one message to the next, whatever was said
 * about it; what the client deflates with is its own choice. */
static void choose_deflate(struct arena *a, const struct ws_request *r, struct ws_accept *out)
{
	struct span rest = span_of(r->extensions), offer;
	struct deflate_offer got;
	while (r->window && field_next(&rest, ',', &offer)) {
		if (!offer_fits(a, offer, &got))
			continue;
		bool smaller = got.server_bits && got.server_bits < r->window;
		out->window = smaller ? got.server_bits : r->window;
		out->extensions = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
		if (got.server_bits)
			out->extensions =
				arena_printf(a, "%s; server_max_window_bits=%d", out->extensions, out->window);
		return;
	}
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
	*out = (struct ws_accept){ .accept = base64_encode(a, digest, sizeof digest, false),
		.protocol = choose_protocol(r->protocols, supported) };
	choose_deflate(a, r, out);
	return ERR_OK;
}
