/* What strangers send in place of a token. */
#include "crypto/sign.h"

#include "base/str.h"
#include "base/test.h"
#include "crypto/crypto.h"
#include "crypto/jws_vectors_test.h"

#include <string.h>

static const char payload[] = "{\"sub\":\"1\"}";

static err_t check(struct arena *a, const char *token, const struct sign_key *k)
{
	struct jws t;
	TRY(jws_parse(a, token, strlen(token), &t));
	return jws_verify(&t, k);
}

/* A token with any header and any signature. */
static const char *forge(struct arena *a, const char *header, const void *signature, size_t n)
{
	return arena_printf(a, "%s.%s.%s", base64_encode(a, header, strlen(header), true),
		base64_encode(a, payload, sizeof payload - 1, true), base64_encode(a, signature, n, true));
}

/* The same, rightly signed with HMAC under a key of the forger's choice. */
static const char *forge_hmac(struct arena *a, const char *header, const void *key, size_t key_n)
{
	uint8_t mac[SHA256_SIZE];
	const char *text = arena_printf(a, "%s.%s", base64_encode(a, header, strlen(header), true),
		base64_encode(a, payload, sizeof payload - 1, true));
	crypto_hmac_key(key, key_n, text, strlen(text), mac);
	return arena_printf(a, "%s.%s", text, base64_encode(a, mac, sizeof mac, true));
}

TEST(jws, a_public_key_is_no_hmac_secret)
{
	crypto_init();
	static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
	for (unsigned i = 0; i < SIGN_HS256; i++) {
		struct arena *a = arena_new(0);
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		const char *jwk = sign_key_jwk(a, k);
		CHECK_ERR(check(a, forge_hmac(a, header, jwk, strlen(jwk)), k), ERR_TOKEN_INVALID);
		size_t n; /* the DER of the pair, for good measure */
		const uint8_t *der = sign_key_export(a, k, &n);
		CHECK_ERR(check(a, forge_hmac(a, header, der, n), k), ERR_TOKEN_INVALID);
		CHECK_ERR(check(a, forge_hmac(a, header, "", 0), k), ERR_TOKEN_INVALID);
		sign_key_free(k);
		arena_free(a);
	}
}

TEST(jws, alg_none_is_refused_in_any_spelling_with_any_key)
{
	crypto_init();
	static const char *const nones[] = { "none", "None", "nOnE", "NONE", "", "HS256\\u0000", "es256", "ES256 ",
		"ES384", "ES256K", "HS512", "RS512", "PS256" };
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct arena *a = arena_new(0);
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		for (size_t j = 0; j < sizeof nones / sizeof *nones; j++) {
			const char *header = arena_printf(a, "{\"alg\":\"%s\"}", nones[j]);
			CHECK_ERR(check(a, forge(a, header, "", 0), k), ERR_TOKEN_INVALID);
			CHECK_ERR(check(a, forge(a, header, "x", 1), k), ERR_TOKEN_INVALID);
		}
		sign_key_free(k);
		arena_free(a);
	}
}

TEST(jws, a_token_of_one_algorithm_is_not_taken_under_another)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *keys[SIGN_ALG_COUNT];
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++)
		keys[i] = sign_key_new((enum sign_alg)i);
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct jws t;
		const char *token = jws_sign(a, keys[i], "JWT", payload, sizeof payload - 1);
		CHECK_OK(jws_parse(a, token, strlen(token), &t));
		for (unsigned j = 0; j < SIGN_ALG_COUNT; j++) {
			CHECK_ERR(jws_verify(&t, keys[j]), i == j ? ERR_OK : ERR_TOKEN_INVALID);
			t.alg = sign_alg_name((enum sign_alg)j); /* the signature still says no */
			CHECK_ERR(jws_verify(&t, keys[j]), i == j ? ERR_OK : ERR_TOKEN_INVALID);
			t.alg = sign_alg_name((enum sign_alg)i);
		}
	}
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++)
		sign_key_free(keys[i]);
	arena_free(a);
}

TEST(jws, another_key_of_the_same_algorithm_does_not_verify)
{
	crypto_init();
	struct arena *a = arena_new(0);
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct sign_key *k = sign_key_new((enum sign_alg)i), *other = sign_key_new((enum sign_alg)i);
		CHECK_ERR(check(a, jws_sign(a, k, "JWT", payload, sizeof payload - 1), other), ERR_TOKEN_INVALID);
		sign_key_free(k);
		sign_key_free(other);
	}
	arena_free(a);
}

TEST(jws, no_prefix_of_a_token_is_valid)
{
	crypto_init();
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct arena *a = arena_new(0);
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		char *token = jws_sign(a, k, "JWT", payload, sizeof payload - 1);
		for (size_t n = strlen(token); n-- > 0;) {
			struct jws t;
			struct arena *b = arena_new(0);
			char *cut = arena_memdup0(b, token, n);
			CHECK(jws_parse(b, cut, n, &t) || jws_verify(&t, k));
			arena_free(b);
		}
		sign_key_free(k);
		arena_free(a);
	}
}

TEST(jws, no_bit_of_the_signature_or_the_text_may_change)
{
	crypto_init();
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct arena *a = arena_new(0);
		struct jws t;
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		const char *token = jws_sign(a, k, "JWT", payload, sizeof payload - 1);
		CHECK_OK(jws_parse(a, token, strlen(token), &t));
		uint8_t *signature = (uint8_t *)arena_memdup0(a, t.signature, t.signature_n);
		char *text = arena_memdup0(a, t.signed_part, t.signed_n);
		t.signature = signature;
		t.signed_part = text;
		CHECK_OK(jws_verify(&t, k));
		for (size_t bit = 0; bit < 8 * t.signature_n; bit++) {
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
			CHECK_ERR(jws_verify(&t, k), ERR_TOKEN_INVALID);
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t at = 0; at < t.signed_n; at++) {
			text[at] ^= 1;
			CHECK_ERR(jws_verify(&t, k), ERR_TOKEN_INVALID);
			text[at] ^= 1;
		}
		CHECK_OK(jws_verify(&t, k));
		sign_key_free(k);
		arena_free(a);
	}
}

TEST(jws, a_signature_has_exactly_its_length)
{
	crypto_init();
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct arena *a = arena_new(0);
		struct jws t;
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		const char *token = jws_sign(a, k, "JWT", payload, sizeof payload - 1);
		CHECK_OK(jws_parse(a, token, strlen(token), &t));
		size_t right = t.signature_n;
		uint8_t *longer = arena_alloc(a, right + 16);
		memcpy(longer, t.signature, right);
		t.signature = longer;
		for (t.signature_n = 0; t.signature_n < right + 16; t.signature_n++)
			CHECK_ERR(jws_verify(&t, k), t.signature_n == right ? ERR_OK : ERR_TOKEN_INVALID);
		sign_key_free(k);
		arena_free(a);
	}
}

TEST(jws, a_der_signature_is_no_es256_signature)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = sign_key_new(SIGN_ES256);
	/* 70 bytes that begin as DER does, and 64 of the same */
	uint8_t der[70] = { 0x30, 0x44, 0x02, 0x20 };
	CHECK_ERR(check(a, forge(a, "{\"alg\":\"ES256\"}", der, 70), k), ERR_TOKEN_INVALID);
	CHECK_ERR(check(a, forge(a, "{\"alg\":\"ES256\"}", der, 64), k), ERR_TOKEN_INVALID);
	sign_key_free(k);
	arena_free(a);
}

TEST(jws, zero_and_the_order_of_the_curve_are_no_signature_numbers)
{
	crypto_init();
	/* CVE-2022-21449: with r = s = 0 the equation holds for every key and text */
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	struct arena *a = arena_new(0);
	struct sign_key *k = sign_key_new(SIGN_ES256);
	const char *header = "{\"alg\":\"ES256\"}";
	uint8_t rs[64] = { 0 };
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	rs[31] = 1;
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	rs[31] = 0;
	rs[63] = 1;
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	memcpy(rs, order, 32);
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	memcpy(rs + 32, order, 32);
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	memset(rs, 0xff, sizeof rs);
	CHECK_ERR(check(a, forge(a, header, rs, 64), k), ERR_TOKEN_INVALID);
	sign_key_free(k);
	arena_free(a);
}

static err_t parse(struct arena *a, const char *token)
{
	struct jws t;
	return jws_parse(a, token, strlen(token), &t);
}

TEST(jws, a_token_has_one_spelling)
{
	crypto_init();
	struct arena *a = arena_new(0);
	const char *good = rfc8037_token;
	const char *dot = strchr(good, '.'), *last = strrchr(good, '.');
	const char *const bad[] = {
		arena_printf(a, "%s.", good),
		arena_printf(a, "%s..", good),
		arena_printf(a, ".%s", good),
		arena_printf(a, "%s.x", good),
		arena_printf(a, "%s ", good),
		arena_printf(a, " %s", good),
		arena_printf(a, "%s\n", good),
		arena_printf(a, "%s=", good),
		arena_printf(a, "%s==", good),
		arena_printf(a, "%.*s=%s", (int)(dot - good), good, dot),
		arena_printf(a, "%.*s\r\n%s", (int)(dot - good), good, dot),
		arena_printf(a, "%.*s", (int)(last - good), good),
		arena_printf(a, "%.*s.", (int)(last - good), good),
		arena_printf(a, "Bearer %s", good),
		arena_printf(a, "%.*sB", (int)(strlen(good) - 1), good), /* stray bits behind the last byte */
		str_replace_char(a, good, '_', '/'),
		str_replace_char(a, good, '-', '+'),
		"",
		".",
		"..",
		"...",
		"a.b.c",
		"{}.{}.{}",
	};
	CHECK_OK(parse(a, good));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!parse(a, bad[i]))
			test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
	struct jws t;
	CHECK_ERR(jws_parse(a, good, strlen(good) + 1, &t), ERR_TOKEN_INVALID); /* with its NUL */
	arena_free(a);
}

TEST(jws, headers_that_mean_more_than_we_do_are_refused)
{
	crypto_init();
	static const char *const bad[] = {
		"{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}",
		"{\"alg\":\"ES256\",\"crit\":[]}",
		"{\"alg\":\"ES256\",\"b64\":false,\"crit\":[\"b64\"]}",
		"{\"alg\":\"ES256\",\"b64\":false}",
		"{\"alg\":\"ES256\",\"alg\":\"none\"}",
		"{\"alg\":\"ES256\",\"kid\":\"a\",\"k\\u0069d\":\"b\"}", /* the same name, spelt otherwise */
		"{\"alg\":[\"ES256\"]}",
		"{\"alg\":null}",
		"{\"alg\":1}",
		"{\"alg\":\"\"}",
		"{}",
		"{\"kid\":\"a\"}",
		"{\"alg\":\"ES256\",\"kid\":1}",
		"{\"alg\":\"ES256\",\"typ\":{}}",
		"{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"}",
		"{\"alg\":\"ES256\",\"kid\":\"\xff\"}",
		"{\"alg\":\"ES256\"} {}",
		"{\"alg\":\"ES256\"",
		"[\"ES256\"]",
		"\"ES256\"",
		"null",
		"{\"alg\":\"ES256\",\"x\":[[[[[[[[]]]]]]]]}",
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!parse(a, forge(a, bad[i], "x", 1)))
			test_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
	CHECK_OK(parse(a, forge(a, "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"}}", "x", 1))); /* unknown, so ignored */
	arena_free(a);
}

TEST(jws, sizes_are_bounded)
{
	crypto_init();
	static char big[20000];
	struct arena *a = arena_new(0);
	memset(big, 'A', sizeof big - 1);
	CHECK_OK(parse(a, arena_printf(a, "eyJhbGciOiJFUzI1NiJ9.%.*s.AAAA", 8164, big)));
	CHECK_ERR(parse(a, arena_printf(a, "eyJhbGciOiJFUzI1NiJ9.%.*s.AAAA", 8168, big)), ERR_TOKEN_INVALID);
	CHECK_ERR(parse(a, big), ERR_TOKEN_INVALID);
	memset(big, '[', 2000);
	big[2000] = 0;
	CHECK_ERR(parse(a, forge(a, big, "x", 1)), ERR_TOKEN_INVALID);
	memset(big, 'k', 1024);
	big[1024] = 0;
	CHECK_ERR(parse(a, forge(a, arena_printf(a, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", big), "x", 1)),
		ERR_TOKEN_INVALID);
	arena_free(a);
}

TEST(jws, an_empty_payload_is_a_payload)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = sign_key_new(SIGN_EDDSA);
	CHECK_OK(check(a, jws_sign(a, k, "JWT", "", 0), k));
	sign_key_free(k);
	arena_free(a);
}
