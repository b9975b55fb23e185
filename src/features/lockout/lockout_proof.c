#include "features/lockout/lockout_proof.h"
#include "base/conf.h"
#include "base/str.h"
#include "crypto/keyring.h"

#include <string.h>

enum { NONCE_BYTES = 15, LIFE_MS = 600000 };

/* The subject is in the MAC alone: two names of one account get challenges that do not tell so. */
static const char *kind_of(struct cx *cx, const char *subject)
{
	return arena_printf(cx->mem, "proof %s", subject);
}

void proof_challenge(struct cx *cx, const char *subject, struct lockout_challenge *out)
{
	uint8_t random[NONCE_BYTES];
	crypto_random(random, sizeof random);
	out->difficulty = CONF_OF(cx, lockout)->proof_bits;
	out->expires_at = cx->now + LIFE_MS;
	const char *text = arena_printf(cx->mem, "%lld.%lld.%s", (long long)out->expires_at, (long long)out->difficulty,
		base64_encode(cx->mem, random, sizeof random, true));
	out->challenge = keyring_sign_text(cx->mem, kind_of(cx, subject), text);
}

int proof_zero_bits(const char *text, size_t n)
{
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(text, n, hash);
	int bits = 0;
	while (bits < 8 * SHA256_SIZE && !(hash[bits / 8] >> (7 - bits % 8) & 1))
		bits++;
	return bits;
}

/* Cuts the number off that ends at the next dot. */
static bool take_number(struct cx *cx, const char **text, int64_t *out)
{
	const char *dot = strchr(*text, '.');
	if (!dot || !str_int(arena_memdup0(cx->mem, *text, (size_t)(dot - *text)), out))
		return false;
	*text = dot + 1;
	return true;
}

const char *proof_check(struct cx *cx, const char *subject, const char *proof)
{
	const char *colon = strchr(proof, ':');
	int64_t expires_at, bits;
	if (!colon)
		return NULL;
	const char *challenge = arena_memdup0(cx->mem, proof, (size_t)(colon - proof));
	const char *text = keyring_open_text(cx->mem, kind_of(cx, subject), challenge);
	if (!text || !take_number(cx, &text, &expires_at) || !take_number(cx, &text, &bits))
		return NULL;
	if (expires_at <= cx->now || proof_zero_bits(proof, strlen(proof)) < bits)
		return NULL;
	return text;
}

/* Far later than any challenge lives: a used proof stays used although the clock is set back by hours. */
int64_t proof_forgotten_at(const struct cx *cx)
{
	return cx->now + INT64_C(144) * LIFE_MS;
}
