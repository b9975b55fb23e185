/* PBKDF2 (RFC 8018 section 5.2) in the spellings of Django, Werkzeug, passlib, PHC, Atlassian and GRUB. */
#include "crypto/password_scheme.h"

#include <limits.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

struct pbkdf2 {
	const EVP_MD *md;
	int64_t rounds;
	struct blob salt, digest;
};

static bool take_digest_name(const char **p, struct pbkdf2 *out)
{
	if (take(p, "sha512"))
		out->md = EVP_sha512();
	else if (take(p, "sha256"))
		out->md = EVP_sha256();
	else if (take(p, "sha1"))
		out->md = EVP_sha1();
	else
		return false;
	return true;
}

static bool take_rounds(const char **p, struct pbkdf2 *out)
{
	return take_number(p, 1, PBKDF2_ROUNDS_MAX, &out->rounds);
}

/* pbkdf2_sha256$260000$salt$base64 */
static bool parse_django(const char *p, struct pbkdf2 *out)
{
	struct span salt, digest;
	return take(&p, "pbkdf2_") && take_digest_name(&p, out) && take(&p, "$") && take_rounds(&p, out) &&
	       take(&p, "$") && take_until(&p, '$', &salt) && take_until(&p, 0, &digest) &&
	       blob_text(salt, &out->salt) && blob_base64(digest, BASE64_PADDED, &out->digest);
}

/* pbkdf2:sha256:260000$salt$hex */
static bool parse_werkzeug(const char *p, struct pbkdf2 *out)
{
	struct span salt, digest;
	return take(&p, "pbkdf2:") && take_digest_name(&p, out) && take(&p, ":") && take_rounds(&p, out) &&
	       take(&p, "$") && take_until(&p, '$', &salt) && take_until(&p, 0, &digest) &&
	       blob_text(salt, &out->salt) && blob_hex(digest, &out->digest);
}

/* $pbkdf2-sha256$29000$salt$digest (passlib; without a name it is SHA-1), $pbkdf2-sha512$i=120000,l=64$salt$digest (PHC) */
static bool parse_phc(const char *p, struct pbkdf2 *out)
{
	struct span salt, digest;
	int64_t length = 0;
	out->md = EVP_sha1();
	if (!take(&p, "$pbkdf2$") && !(take(&p, "$pbkdf2-") && take_digest_name(&p, out) && take(&p, "$")))
		return false;
	take(&p, "i=");
	if (!take_rounds(&p, out))
		return false;
	if (take(&p, ",l=") && !take_number(&p, DIGEST_MIN, DIGEST_MAX, &length))
		return false;
	return take(&p, "$") && take_until(&p, '$', &salt) && take_until(&p, 0, &digest) &&
	       blob_base64(salt, BASE64_PASSLIB, &out->salt) && blob_base64(digest, BASE64_PASSLIB, &out->digest) &&
	       (length == 0 || (size_t)length == out->digest.n);
}

/* {PKCS5S2} and base64 of 16 bytes of salt and 32 of digest, 10,000 rounds of SHA-1. */
static bool parse_atlassian(const char *p, struct pbkdf2 *out)
{
	struct span text;
	struct blob both;
	if (!take(&p, "{PKCS5S2}") || !take_until(&p, 0, &text) || !blob_base64(text, BASE64_PADDED, &both) ||
		both.n != 48)
		return false;
	out->md = EVP_sha1();
	out->rounds = 10000;
	memcpy(out->salt.b, both.b, out->salt.n = 16);
	memcpy(out->digest.b, both.b + 16, out->digest.n = 32);
	return true;
}

/* grub.pbkdf2.sha512.25000.hex.hex */
static bool parse_grub(const char *p, struct pbkdf2 *out)
{
	struct span salt, digest;
	return take(&p, "grub.pbkdf2.") && take_digest_name(&p, out) && take(&p, ".") && take_rounds(&p, out) &&
	       take(&p, ".") && take_until(&p, '.', &salt) && take_until(&p, 0, &digest) &&
	       blob_hex(salt, &out->salt) && blob_hex(digest, &out->digest);
}

static bool parse(const char *hash, struct pbkdf2 *out)
{
	if (!parse_django(hash, out) && !parse_werkzeug(hash, out) && !parse_phc(hash, out) &&
		!parse_atlassian(hash, out) && !parse_grub(hash, out))
		return false;
	if (out->digest.n < DIGEST_MIN || out->digest.n > DIGEST_MAX)
		return false;
	/* each block of output costs all the rounds again: a long digest of a short hash is no way round the limit */
	size_t block = (size_t)EVP_MD_get_size(out->md), blocks = (out->digest.n + block - 1) / block;
	return out->rounds * (int64_t)blocks <= PBKDF2_ROUNDS_MAX;
}

static bool pbkdf2_known(const char *hash)
{
	struct pbkdf2 parts;
	return parse(hash, &parts);
}

static bool pbkdf2_verify(const char *hash, const struct secret *password)
{
	struct pbkdf2 h;
	uint8_t made[DIGEST_MAX];
	if (password->n > INT_MAX || !parse(hash, &h))
		return false;
	bool same = PKCS5_PBKDF2_HMAC(password->s, (int)password->n, h.salt.b, (int)h.salt.n, (int)h.rounds, h.md,
			    (int)h.digest.n, made) == 1 &&
	            sodium_memcmp(made, h.digest.b, h.digest.n) == 0;
	sodium_memzero(made, sizeof made);
	return same;
}

const struct scheme pbkdf2_schemes[] = {
	{ "pbkdf2_", pbkdf2_known, pbkdf2_verify },
	{ "pbkdf2:", pbkdf2_known, pbkdf2_verify },
	{ "$pbkdf2", pbkdf2_known, pbkdf2_verify },
	{ "{PKCS5S2}", pbkdf2_known, pbkdf2_verify },
	{ "grub.pbkdf2.", pbkdf2_known, pbkdf2_verify },
	{ 0 },
};
