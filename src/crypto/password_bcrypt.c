/* bcrypt, bare or behind Django's prefix, and the two forms that hash the password with SHA-256 first (Django, passlib).
 * bcrypt itself reads 72 bytes and no more: a hash made elsewhere of a longer password is of its first 72 bytes. */
#include "crypto/crypto.h"
#include "crypto/password_scheme.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { BCRYPT_READS = 72, BCRYPT_TEXT = 60, BCRYPT_SALT = 22, BCRYPT_DIGEST = 31 };

/* "$2b$10$" and 53 characters. */
static bool bcrypt_known(const char *hash)
{
	const char *p = hash;
	struct span cost, rest;
	if (!take(&p, "$2a$") && !take(&p, "$2b$") && !take(&p, "$2y$"))
		return false;
	if (!take_until(&p, '$', &cost) || !take_until(&p, 0, &rest) || cost.n != 2)
		return false;
	if (cost.s[0] < '0' || cost.s[0] > '1' || cost.s[1] < '0' || cost.s[1] > '9')
		return false;
	int v = (cost.s[0] - '0') * 10 + (cost.s[1] - '0');
	return v >= BCRYPT_COST_MIN && v <= BCRYPT_COST_MAX && rest.n == BCRYPT_SALT + BCRYPT_DIGEST &&
	       is_crypt64(rest.s, rest.n);
}

static bool bcrypt_matches(const char *hash, const char *password, size_t n)
{
	/* the whole password: a NUL behind byte 72 makes it no more one that bcrypt could have been given */
	if (!bcrypt_known(hash) || memchr(password, 0, n))
		return false;
	return crypt_matches(hash, password, n < BCRYPT_READS ? n : BCRYPT_READS);
}

static bool bcrypt_verify(const char *hash, const struct secret *password)
{
	return bcrypt_matches(hash, password->s, password->n);
}

static bool django_known(const char *hash)
{
	return bcrypt_known(hash + strlen("bcrypt$"));
}

static bool django_verify(const char *hash, const struct secret *password)
{
	return bcrypt_verify(hash + strlen("bcrypt$"), password);
}

static bool django_sha256_known(const char *hash)
{
	return bcrypt_known(hash + strlen("bcrypt_sha256$"));
}

/* bcrypt of the SHA-256 in hex. */
static bool django_sha256_verify(const char *hash, const struct secret *password)
{
	uint8_t digest[SHA256_SIZE];
	char hex[2 * SHA256_SIZE + 1];
	crypto_sha256(password->s, password->n, digest);
	sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
	bool same = bcrypt_matches(hash + strlen("bcrypt_sha256$"), hex, sizeof hex - 1);
	crypto_wipe(digest, sizeof digest);
	crypto_wipe(hex, sizeof hex);
	return same;
}

/* passlib: "$bcrypt-sha256$v=2,t=2b,r=12$salt$digest" is bcrypt of base64(HMAC-SHA256(salt, password)). */
static bool passlib_inner(const char *hash, char inner[static BCRYPT_TEXT + 1], struct span *salt)
{
	const char *p = hash;
	struct span digest;
	int64_t cost;
	if (!take(&p, "$bcrypt-sha256$v=2,t=2b,r=") || !take_number(&p, BCRYPT_COST_MIN, BCRYPT_COST_MAX, &cost))
		return false;
	if (!take(&p, "$") || !take_until(&p, '$', salt) || !take_until(&p, 0, &digest))
		return false;
	if (salt->n != BCRYPT_SALT || digest.n != BCRYPT_DIGEST)
		return false;
	snprintf(inner, BCRYPT_TEXT + 1, "$2b$%02d$%.*s%.*s", (int)cost, BCRYPT_SALT, salt->s, BCRYPT_DIGEST, digest.s);
	return bcrypt_known(inner);
}

static bool passlib_known(const char *hash)
{
	char inner[BCRYPT_TEXT + 1];
	struct span salt;
	return passlib_inner(hash, inner, &salt);
}

static bool passlib_verify(const char *hash, const struct secret *password)
{
	char inner[BCRYPT_TEXT + 1], text[sodium_base64_ENCODED_LEN(SHA256_SIZE, sodium_base64_VARIANT_ORIGINAL)];
	struct span salt;
	uint8_t digest[SHA256_SIZE];
	if (!passlib_inner(hash, inner, &salt))
		return false;
	crypto_hmac_key(salt.s, salt.n, password->s, password->n, digest);
	sodium_bin2base64(text, sizeof text, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
	bool same = bcrypt_matches(inner, text, strlen(text));
	crypto_wipe(digest, sizeof digest);
	crypto_wipe(text, sizeof text);
	return same;
}

const struct scheme bcrypt_schemes[] = {
	{ "$2a$", bcrypt_known, bcrypt_verify },
	{ "$2b$", bcrypt_known, bcrypt_verify },
	{ "$2y$", bcrypt_known, bcrypt_verify },
	{ "bcrypt$", django_known, django_verify },
	{ "bcrypt_sha256$", django_sha256_known, django_sha256_verify },
	{ "$bcrypt-sha256$", passlib_known, passlib_verify },
	{ 0 },
};
