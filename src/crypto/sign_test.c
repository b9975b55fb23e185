#include "crypto/sign.h"

#include "base/str.h"
#include "base/test.h"
#include "crypto/crypto.h"
#include "crypto/jws_vectors_test.h"

#include <pthread.h>
#include <string.h>

TEST(sign, algorithms_have_their_names_of_rfc_7518)
{
	enum sign_alg alg;
	CHECK(sign_alg_parse("EdDSA", &alg) && alg == SIGN_EDDSA);
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++)
		CHECK(sign_alg_parse(sign_alg_name((enum sign_alg)i), &alg) && alg == i);
	CHECK(!sign_alg_parse("none", &alg));
	CHECK(!sign_alg_parse("es256", &alg));
	CHECK(!sign_alg_parse("", &alg));
}

TEST(sign, an_exported_key_comes_back_as_the_same_key)
{
	crypto_init();
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
		struct arena *a = arena_new(0);
		size_t n;
		struct jws t;
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		uint8_t *der = sign_key_export(a, k, &n);
		struct sign_key *back = sign_key_import((enum sign_alg)i, der, n);
		CHECK(back);
		CHECK_INT(sign_key_alg(back), i);
		CHECK_TEXT(sign_key_id(back), sign_key_id(k));
		const char *token = jws_sign(a, k, "JWT", "{}", 2);
		CHECK_OK(jws_parse(a, token, strlen(token), &t));
		CHECK_OK(jws_verify(&t, back));
		sign_key_free(k);
		sign_key_free(back);
		arena_free(a);
	}
}

TEST(sign, a_malformed_key_is_refused)
{
	crypto_init();
	struct arena *a = arena_new(0);
	for (unsigned i = 0; i < SIGN_HS256; i++) {
		size_t n;
		struct sign_key *k = sign_key_new((enum sign_alg)i);
		uint8_t *der = sign_key_export(a, k, &n);
		for (size_t len = 0; len < n; len++)
			CHECK(!sign_key_import((enum sign_alg)i, der, len));
		CHECK(!sign_key_import((enum sign_alg)i, der, n + 1)); /* the NUL behind it */
		for (unsigned other = 0; other < SIGN_HS256; other++)
			CHECK(other == i || !sign_key_import((enum sign_alg)other, der, n));
		sign_key_free(k);
	}
	arena_free(a);
}

TEST(sign, a_short_shared_secret_is_refused)
{
	crypto_init();
	char secret[32] = "0123456789";
	CHECK(!sign_key_shared(secret, 31));
	struct sign_key *k = sign_key_shared(secret, 32);
	CHECK(k);
	sign_key_free(k);
	sign_key_free(NULL);
}

static struct sign_key *import_text(struct arena *a, enum sign_alg alg, const char *text)
{
	size_t n;
	const uint8_t *der = base64_decode(a, text, strlen(text), true, &n);
	return sign_key_import(alg, der, n);
}

TEST(sign, key_id_is_the_thumbprint_of_rfc_7638)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = import_text(a, SIGN_EDDSA, rfc8037_key);
	CHECK(k);
	CHECK_TEXT(sign_key_id(k), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"); /* RFC 8037 appendix A.3 */
	CHECK_TEXT(sign_key_jwk(a, k),
		"{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
		"\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\",\"alg\":\"EdDSA\",\"use\":\"sig\"}");
	sign_key_free(k);
	arena_free(a);
}

TEST(sign, jwk_of_a_curve_point_has_the_numbers_of_rfc_7515)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = import_text(a, SIGN_ES256, rfc7515_a3_key);
	CHECK(k);
	CHECK(str_starts(sign_key_jwk(a, k),
		"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",\"kid\":\""));
	sign_key_free(k);
	arena_free(a);
}

TEST(sign, a_shared_key_has_no_public_half)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = sign_key_new(SIGN_HS256);
	CHECK(!sign_key_jwk(a, k));
	CHECK_INT(strlen(sign_key_id(k)), 43);
	sign_key_free(k);
	arena_free(a);
}

TEST(sign, tokens_of_the_rfc_verify)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *keys[] = { NULL, import_text(a, SIGN_RS256, rfc7515_a2_key),
		import_text(a, SIGN_ES256, rfc7515_a3_key), import_text(a, SIGN_EDDSA, rfc8037_key) };
	size_t n;
	const uint8_t *shared = base64_decode(a, rfc7515_a1_key, strlen(rfc7515_a1_key), true, &n);
	const char *tokens[] = { rfc7515_a1_token, rfc7515_a2_token, rfc7515_a3_token, rfc8037_token };
	keys[0] = sign_key_shared(shared, n);
	for (size_t i = 0; i < 4; i++) {
		struct jws t;
		CHECK(keys[i]);
		CHECK_OK(jws_parse(a, tokens[i], strlen(tokens[i]), &t));
		for (size_t k = 0; k < 4; k++)
			CHECK_ERR(jws_verify(&t, keys[k]), k == i ? ERR_OK : ERR_TOKEN_INVALID);
	}
	for (size_t i = 0; i < 4; i++)
		sign_key_free(keys[i]);
	arena_free(a);
}

TEST(sign, the_payload_comes_back_byte_by_byte)
{
	crypto_init();
	struct arena *a = arena_new(0);
	struct sign_key *k = sign_key_new(SIGN_ES256);
	const char *payload = "{\"sub\":\"Zoë\"}", *token = jws_sign(a, k, "at+jwt", payload, strlen(payload));
	struct jws t;
	CHECK_OK(jws_parse(a, token, strlen(token), &t));
	CHECK_TEXT(t.alg, "ES256");
	CHECK_TEXT(t.typ, "at+jwt");
	CHECK_TEXT(t.kid, sign_key_id(k));
	CHECK_TEXT(t.payload, payload);
	CHECK_INT(t.payload_n, strlen(payload));
	sign_key_free(k);
	arena_free(a);
}

/* NULL when all went well. */
static void *sign_much(void *key)
{
	for (int i = 0; i < 50; i++) {
		struct arena *a = arena_new(0);
		struct jws t;
		const char *token = jws_sign(a, key, "JWT", "{}", 2);
		bool ok = token && !jws_parse(a, token, strlen(token), &t) && !jws_verify(&t, key);
		arena_free(a);
		if (!ok)
			return key;
	}
	return NULL;
}

TEST(sign, more_keys_than_a_thread_keeps_ready_take_turns)
{
	enum { KEYS = 7 };
	struct arena *a = arena_new(0);
	struct sign_key *key[KEYS];
	struct jws token[KEYS];
	crypto_init();
	for (int i = 0; i < KEYS; i++) {
		key[i] = sign_key_new(SIGN_ES256);
		const char *text = jws_sign(a, key[i], "JWT", "{}", 2);
		CHECK_OK(jws_parse(a, text, strlen(text), &token[i]));
	}
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < KEYS; i++)
			for (int k = 0; k < KEYS; k++)
				CHECK_ERR(jws_verify(&token[i], key[k]), i == k ? ERR_OK : ERR_TOKEN_INVALID);
	for (int i = 0; i < KEYS; i++)
		sign_key_free(key[i]);
	arena_free(a);
}

TEST(sign, many_threads_share_a_key)
{
	crypto_init();
	for (unsigned alg = 0; alg < SIGN_ALG_COUNT; alg++) {
		struct sign_key *k = sign_key_new((enum sign_alg)alg);
		pthread_t threads[8];
		for (int i = 0; i < 8; i++)
			CHECK(pthread_create(&threads[i], NULL, sign_much, k) == 0);
		for (int i = 0; i < 8; i++) {
			void *wrong = NULL;
			pthread_join(threads[i], &wrong);
			CHECK(!wrong);
		}
		sign_key_free(k);
	}
}
