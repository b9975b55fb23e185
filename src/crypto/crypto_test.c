#include "crypto/crypto.h"

#include "base/str.h"
#include "base/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void check_hex(const uint8_t *got, size_t n, const char *want)
{
	struct arena *a = arena_new(0);
	CHECK_TEXT(hex_encode(a, got, n), want);
	arena_free(a);
}

TEST(crypto, sha256_is_that_of_fips_180)
{
	crypto_init();
	uint8_t out[SHA256_SIZE];
	crypto_sha256("abc", 3, out);
	check_hex(out, sizeof out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256("", 0, out);
	check_hex(out, sizeof out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(crypto, hmac_is_that_of_rfc_4231)
{
	crypto_init();
	uint8_t key[131], out[SHA256_SIZE];
	memset(key, 0x0b, 20);
	crypto_hmac_key(key, 20, "Hi There", 8, out);
	check_hex(out, sizeof out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	crypto_hmac_key("Jefe", 4, "what do ya want for nothing?", 28, out);
	check_hex(out, sizeof out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key); /* longer than a block: hashed first */
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
	crypto_hmac_key(key, sizeof key, text, strlen(text), out);
	check_hex(out, sizeof out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(crypto, hmac_with_a_key_of_32_bytes_is_the_same_function)
{
	crypto_init();
	uint8_t key[KEY_SIZE] = { 1, 2, 3 }, one[SHA256_SIZE], two[SHA256_SIZE];
	crypto_hmac(key, "text", 4, one);
	crypto_hmac_key(key, sizeof key, "text", 4, two);
	CHECK_BYTES(one, sizeof one, two, sizeof two);
}

TEST(crypto, hkdf_is_that_of_rfc_5869)
{
	crypto_init();
	uint8_t ikm[22], out[42];
	const uint8_t salt[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	const uint8_t info[] = { 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9 };
	memset(ikm, 0x0b, sizeof ikm);
	crypto_hkdf((struct bytes){ ikm, sizeof ikm }, (struct bytes){ salt, sizeof salt },
		(struct bytes){ info, sizeof info }, out, sizeof out);
	check_hex(out, sizeof out,
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	crypto_hkdf((struct bytes){ ikm, sizeof ikm }, (struct bytes){ 0 }, (struct bytes){ 0 }, out, sizeof out);
	check_hex(out, sizeof out,
		"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(crypto, subkeys_differ_by_purpose_and_by_master)
{
	crypto_init();
	uint8_t master[KEY_SIZE] = { 7 }, other[KEY_SIZE] = { 8 }, a[KEY_SIZE], b[KEY_SIZE], c[KEY_SIZE],
		again[KEY_SIZE];
	crypto_subkey(master, "refresh tokens", a);
	crypto_subkey(master, "totp secrets", b);
	crypto_subkey(other, "refresh tokens", c);
	crypto_subkey(master, "refresh tokens", again);
	CHECK_BYTES(a, KEY_SIZE, again, KEY_SIZE);
	CHECK(!crypto_same(a, b, KEY_SIZE));
	CHECK(!crypto_same(a, c, KEY_SIZE));
}

TEST(crypto, same_text_tells_contents_and_lengths_apart)
{
	crypto_init();
	CHECK(crypto_same_text("", ""));
	CHECK(crypto_same_text("secret", "secret"));
	CHECK(!crypto_same_text("secret", "secreT"));
	CHECK(!crypto_same_text("secret", "secret "));
	CHECK(!crypto_same_text("", "s"));
}

TEST(crypto, wipe_leaves_zeros)
{
	char secret[] = "secret", zeros[sizeof secret] = { 0 };
	crypto_wipe(secret, sizeof secret);
	CHECK_BYTES(secret, sizeof secret, zeros, sizeof zeros);
}

TEST(crypto, random_bytes_do_not_repeat)
{
	crypto_init();
	uint8_t a[32], b[32];
	crypto_random(a, sizeof a);
	crypto_random(b, sizeof b);
	CHECK(!crypto_same(a, b, sizeof a));
}

TEST(seal, opens_to_what_was_sealed)
{
	crypto_init();
	static const char big[10000] = "x";
	uint8_t key[KEY_SIZE] = { 1 };
	struct arena *a = arena_new(0);
	for (size_t n = 0; n <= sizeof big; n = n * 2 + 1) {
		size_t got_n = 99;
		uint8_t *got = crypto_open(a, key, "totp:1", crypto_seal(a, key, "totp:1", big, n), &got_n);
		CHECK(got);
		CHECK_BYTES(got, got_n, big, n);
		CHECK(got[got_n] == 0);
	}
	arena_free(a);
}

TEST(seal, is_another_text_each_time)
{
	crypto_init();
	uint8_t key[KEY_SIZE] = { 1 };
	struct arena *a = arena_new(0);
	CHECK(strcmp(crypto_seal(a, key, "x", "same", 4), crypto_seal(a, key, "x", "same", 4)) != 0);
	arena_free(a);
}

TEST(seal, does_not_open_elsewhere_or_with_another_key)
{
	crypto_init();
	uint8_t key[KEY_SIZE] = { 1 }, other[KEY_SIZE] = { 2 };
	struct arena *a = arena_new(0);
	const char *sealed = crypto_seal(a, key, "totp:1", "secret", 6);
	size_t n;
	CHECK(!crypto_open(a, key, "totp:2", sealed, &n));
	CHECK(!crypto_open(a, key, "", sealed, &n));
	CHECK(!crypto_open(a, other, "totp:1", sealed, &n));
	arena_free(a);
}

TEST(seal, no_changed_or_shortened_text_opens)
{
	crypto_init();
	uint8_t key[KEY_SIZE] = { 1 };
	struct arena *a = arena_new(0);
	char *sealed = crypto_seal(a, key, "x", "secret", 6);
	size_t n, len = strlen(sealed);
	for (size_t i = 0; i < len; i++) {
		char was = sealed[i];
		sealed[i] = was == 'A' ? 'B' : 'A';
		CHECK(!crypto_open(a, key, "x", sealed, &n));
		sealed[i] = 0; /* every prefix */
		CHECK(!crypto_open(a, key, "x", sealed, &n));
		sealed[i] = was;
	}
	CHECK(crypto_open(a, key, "x", sealed, &n));
	CHECK(!crypto_open(a, key, "x", "not base64!", &n));
	arena_free(a);
}

static const char text[] = "text!";

/* NULL when every round gives what the first one gave. */
static void *hash_much(void *first)
{
	uint8_t key[KEY_SIZE] = { 1 }, out[3][SHA256_SIZE];
	for (int i = 0; i < 500; i++) {
		crypto_hmac(key, text, 5, out[0]);
		crypto_sha256(text, 5, out[1]);
		crypto_subkey(key, text, out[2]);
		if (!crypto_same(out, first, sizeof out))
			return first;
	}
	return NULL;
}

TEST(crypto, many_threads_hash_at_once)
{
	crypto_init();
	uint8_t key[KEY_SIZE] = { 1 }, first[3][SHA256_SIZE];
	crypto_hmac(key, text, 5, first[0]);
	crypto_sha256(text, 5, first[1]);
	crypto_subkey(key, text, first[2]);
	pthread_t threads[8];
	for (int i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, hash_much, first) == 0);
	for (int i = 0; i < 8; i++) {
		void *wrong = NULL;
		pthread_join(threads[i], &wrong);
		CHECK(!wrong);
	}
}
