/* scrypt (RFC 7914) in the spellings of PHC and passlib, Werkzeug and Django. libxcrypt's `$7$` is in password_crypt.c. */
#include "crypto/password_scheme.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

struct scrypt {
	int64_t n, r, lanes;
	struct blob salt, digest;
};

enum { LOG2_MAX = 24, N_MAX = 1 << LOG2_MAX, R_MAX = 1024 };

/* $scrypt$ln=16,r=8,p=1$salt$digest */
static bool parse_phc(const char *p, struct scrypt *out)
{
	struct span salt, digest;
	int64_t log2_n;
	if (!take(&p, "$scrypt$ln=") || !take_number(&p, 1, LOG2_MAX, &log2_n))
		return false;
	out->n = INT64_C(1) << log2_n;
	return take(&p, ",r=") && take_number(&p, 1, R_MAX, &out->r) && take(&p, ",p=") &&
	       take_number(&p, 1, SCRYPT_LANES_MAX, &out->lanes) && take(&p, "$") && take_until(&p, '$', &salt) &&
	       take_until(&p, 0, &digest) && blob_base64(salt, BASE64_BARE, &out->salt) &&
	       blob_base64(digest, BASE64_BARE, &out->digest);
}

/* scrypt:32768:8:1$salt$hex */
static bool parse_werkzeug(const char *p, struct scrypt *out)
{
	struct span salt, digest;
	return take(&p, "scrypt:") && take_number(&p, 2, N_MAX, &out->n) && take(&p, ":") &&
	       take_number(&p, 1, R_MAX, &out->r) && take(&p, ":") &&
	       take_number(&p, 1, SCRYPT_LANES_MAX, &out->lanes) && take(&p, "$") && take_until(&p, '$', &salt) &&
	       take_until(&p, 0, &digest) && blob_text(salt, &out->salt) && blob_hex(digest, &out->digest);
}

/* scrypt$16384$salt$8$1$base64 */
static bool parse_django(const char *p, struct scrypt *out)
{
	struct span salt, digest;
	return take(&p, "scrypt$") && take_number(&p, 2, N_MAX, &out->n) && take(&p, "$") &&
	       take_until(&p, '$', &salt) && take_number(&p, 1, R_MAX, &out->r) && take(&p, "$") &&
	       take_number(&p, 1, SCRYPT_LANES_MAX, &out->lanes) && take(&p, "$") && take_until(&p, 0, &digest) &&
	       blob_text(salt, &out->salt) && blob_base64(digest, BASE64_PADDED, &out->digest);
}

static bool parse(const char *hash, struct scrypt *out)
{
	if (!parse_phc(hash, out) && !parse_werkzeug(hash, out) && !parse_django(hash, out))
		return false;
	if (out->n & (out->n - 1)) /* RFC 7914 section 2: a power of two */
		return false;
	int64_t kib = out->n * out->r / 8; /* 128 * N * r bytes */
	return kib <= MEMORY_MAX_KIB && kib * out->lanes <= SCRYPT_WORK_MAX_KIB && out->digest.n >= DIGEST_MIN &&
	       out->digest.n <= DIGEST_MAX;
}

static bool scrypt_known(const char *hash)
{
	struct scrypt parts;
	return parse(hash, &parts);
}

static bool scrypt_verify(const char *hash, const struct secret *password)
{
	enum { ROOM = 64 * 1024 * 1024 }; /* OpenSSL counts its small tables too */
	struct scrypt h;
	uint8_t made[DIGEST_MAX];
	if (!parse(hash, &h))
		return false;
	bool same = EVP_PBE_scrypt(password->s, password->n, h.salt.b, h.salt.n, (uint64_t)h.n, (uint64_t)h.r,
			    (uint64_t)h.lanes, (uint64_t)MEMORY_MAX_KIB * 1024 + ROOM, made, h.digest.n) == 1 &&
	            sodium_memcmp(made, h.digest.b, h.digest.n) == 0;
	sodium_memzero(made, sizeof made);
	ERR_clear_error(); /* it refuses a few shapes (large N with a small r) that we leave to it */
	return same;
}

const struct scheme scrypt_schemes[] = {
	{ "$scrypt$", scrypt_known, scrypt_verify },
	{ "scrypt:", scrypt_known, scrypt_verify },
	{ "scrypt$", scrypt_known, scrypt_verify },
	{ 0 },
};
