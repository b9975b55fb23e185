/* Compact JWS from strangers: reading must not crash, no key of ours may accept one, and what is accepted as a token has
 * one spelling only. */
#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/sign.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct sign_key *keys[SIGN_ALG_COUNT];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	crypto_init();
	for (unsigned i = 0; i < SIGN_ALG_COUNT; i++)
		keys[i] = sign_key_new((enum sign_alg)i);
	return 0;
}

/* Text before the last two dots is compared as it is: it is what was signed. */
static void check_spelling(struct arena *a, const struct jws *t, const char *token, size_t n)
{
	const char *dot = memchr(token, '.', n);
	const char *again = arena_printf(a, "%.*s.%s.%s", (int)(dot - token), token,
		base64_encode(a, t->payload, t->payload_n, true), base64_encode(a, t->signature, t->signature_n, true));
	if (strlen(again) != n || memcmp(again, token, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct jws t;
	const char *token = arena_memdup0(a, data, n);
	if (!jws_parse(a, token, n, &t)) {
		check_spelling(a, &t, token, n);
		for (unsigned i = 0; i < SIGN_ALG_COUNT; i++) {
			t.alg = sign_alg_name((enum sign_alg)i);
			if (!jws_verify(&t, keys[i]))
				abort();
		}
	}
	arena_free(a);
	return 0;
}
