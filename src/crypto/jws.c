/* Compact JSON Web Signatures (RFC 7515 section 7.1). Read strictly: one spelling of each token, no extension. */
#include "crypto/sign.h"

#include "base/buf.h"
#include "base/str.h"
#include "crypto/sign_key.h"

#include <jansson.h>
#include <string.h>

enum {
	TOKEN_MAX = 8 * 1024,
	HEADER_MAX = 1024, /* decoded; ours have about 100 bytes */
	HEADER_NESTING = 8, /* brackets in a header: enough for a `jwk`, far from what a recursive parser minds */
};

static const char *header_make(struct arena *a, const struct sign_key *k, const char *typ)
{
	struct buf b = { .mem = a };
	buf_str(&b, "{\"alg\":\"");
	buf_str(&b, sign_alg_name(k->alg));
	buf_str(&b, "\",\"typ\":\"");
	buf_str(&b, typ);
	buf_str(&b, "\",\"kid\":\"");
	buf_str(&b, k->id);
	buf_str(&b, "\"}");
	return base64_encode(a, b.p, b.n, true);
}

char *jws_sign(struct arena *a, const struct sign_key *k, const char *typ, const char *payload, size_t n)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t signature_n;
	struct buf token = { .mem = a };
	buf_str(&token, header_make(a, k, typ));
	buf_char(&token, '.');
	buf_str(&token, base64_encode(a, payload, n, true));
	if (!sign_raw(k, token.p, token.n, signature, &signature_n))
		return NULL;
	buf_char(&token, '.');
	buf_str(&token, base64_encode(a, signature, signature_n, true));
	buf_grow(&token, 1);
	token.p[token.n] = 0;
	return token.p;
}

/* A text member of the header, "" when absent; NULL when it is no text. */
static const char *member(struct arena *a, const json_t *header, const char *name)
{
	const json_t *v = json_object_get(header, name);
	if (!v)
		return "";
	return json_is_string(v) ? arena_memdup0(a, json_string_value(v), json_string_length(v)) : NULL;
}

static bool header_fill(struct arena *a, const json_t *header, struct jws *out)
{
	/* RFC 7515 section 4.1.11: what `crit` names must be understood, and we understand nothing. RFC 7797's b64 is one
	 * of these, and turns the payload's meaning around: refused also where a sender forgot `crit`. */
	if (json_object_get(header, "crit") || json_object_get(header, "b64"))
		return false;
	out->alg = member(a, header, "alg");
	out->typ = member(a, header, "typ");
	out->kid = member(a, header, "kid");
	return out->alg && *out->alg && out->typ && out->kid;
}

static bool header_parse(struct arena *a, const char *text, size_t n, struct jws *out)
{
	size_t nesting = 0;
	for (size_t i = 0; i < n; i++)
		nesting += text[i] == '{' || text[i] == '[';
	if (n > HEADER_MAX || nesting > HEADER_NESTING)
		return false;
	/* Of two members with one name each reader would pick its own: refused (RFC 7515 section 4). */
	json_t *header = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	bool ok = json_is_object(header) && header_fill(a, header, out);
	json_decref(header);
	return ok;
}

/* The header that this thread read last. Tokens of one key have the same, byte for byte: what was found right in it is
 * right again. */
static _Thread_local struct {
	char text[256]; /* as in the token */
	size_t n;
	char alg[16], typ[32], kid[128];
} known;

static bool fits(const char *s, size_t room)
{
	return strlen(s) < room;
}

static void remember(const char *text, size_t n, const struct jws *t)
{
	if (n > sizeof known.text || !fits(t->alg, sizeof known.alg) || !fits(t->typ, sizeof known.typ) ||
		!fits(t->kid, sizeof known.kid))
		return;
	memcpy(known.text, text, n);
	known.n = n;
	memcpy(known.alg, t->alg, strlen(t->alg) + 1);
	memcpy(known.typ, t->typ, strlen(t->typ) + 1);
	memcpy(known.kid, t->kid, strlen(t->kid) + 1);
}

static bool header_read(struct arena *a, const char *text, size_t n, struct jws *out)
{
	if (known.n && known.n == n && memcmp(known.text, text, n) == 0) {
		out->alg = arena_strdup(a, known.alg);
		out->typ = arena_strdup(a, known.typ);
		out->kid = arena_strdup(a, known.kid);
		return true;
	}
	size_t header_n;
	const char *header = (const char *)base64_decode(a, text, n, true, &header_n);
	if (!header || !header_parse(a, header, header_n, out))
		return false;
	remember(text, n, out);
	return true;
}

err_t jws_parse(struct arena *a, const char *token, size_t n, struct jws *out)
{
	size_t payload_n, signature_n;
	*out = (struct jws){ .alg = "", .typ = "", .kid = "" };
	if (n > TOKEN_MAX || memchr(token, '=', n)) /* padding would be a second spelling of the same token */
		return ERR_TOKEN_INVALID;
	const char *end = token + n, *dot1 = memchr(token, '.', n);
	const char *dot2 = dot1 ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;
	if (!dot2)
		return ERR_TOKEN_INVALID;
	/* a third dot is no letter of base64 and fails below */
	const char *payload = (const char *)base64_decode(a, dot1 + 1, (size_t)(dot2 - dot1 - 1), true, &payload_n);
	const uint8_t *signature = base64_decode(a, dot2 + 1, (size_t)(end - dot2 - 1), true, &signature_n);
	if (!payload || !signature || !signature_n || !header_read(a, token, (size_t)(dot1 - token), out))
		return ERR_TOKEN_INVALID;
	out->payload = payload;
	out->payload_n = payload_n;
	out->signed_part = token;
	out->signed_n = (size_t)(dot2 - token);
	out->signature = signature;
	out->signature_n = signature_n;
	return ERR_OK;
}

err_t jws_verify(const struct jws *t, const struct sign_key *k)
{
	/* The key decides, not the token: this line is what stops "alg":"none" and a public key used as an HMAC secret. */
	if (strcmp(t->alg, sign_alg_name(k->alg)) != 0)
		return ERR_TOKEN_INVALID;
	return verify_raw(k, t->signed_part, t->signed_n, t->signature, t->signature_n) ? ERR_OK : ERR_TOKEN_INVALID;
}
