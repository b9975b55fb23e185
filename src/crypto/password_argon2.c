/* Argon2id and Argon2i as PHC strings, version 19, with any number of lanes; also behind Django's "argon2" prefix.
 * Argon2d is not known: libsodium leaves it out, for its memory accesses tell about the password. */
#include "crypto/hash_memory.h"
#include "crypto/password_scheme.h"

#include <sodium.h>
#include <string.h>

enum { ARGON2_SALT_MIN = 8, ARGON2_SALT_MAX = 64 };

static bool parse_cost(const char **p, struct argon2_cost *out)
{
	return take(p, "v=19$m=") && take_number(p, 8, MEMORY_MAX_KIB, &out->memory_kib) && take(p, ",t=") &&
	       take_number(p, 1, ARGON2_PASSES_MAX, &out->passes) && take(p, ",p=") &&
	       take_number(p, 1, ARGON2_LANES_MAX, &out->lanes) && take(p, "$") &&
	       out->memory_kib >= 8 * out->lanes; /* RFC 9106 section 3.1: at least 8 KiB a lane */
}

bool argon2_parse(const char *hash, struct argon2_cost *out)
{
	const char *p = hash;
	struct span salt, digest;
	struct blob salt_bytes, digest_bytes;
	out->id = take(&p, "$argon2id$");
	if (!out->id && !take(&p, "$argon2i$"))
		return false;
	if (!parse_cost(&p, out) || !take_until(&p, '$', &salt) || !take_until(&p, 0, &digest))
		return false;
	if (!blob_base64(salt, BASE64_BARE, &salt_bytes) || !blob_base64(digest, BASE64_BARE, &digest_bytes))
		return false;
	out->salt_n = salt_bytes.n;
	out->digest_n = digest_bytes.n;
	return salt_bytes.n >= ARGON2_SALT_MIN && salt_bytes.n <= ARGON2_SALT_MAX && digest_bytes.n >= DIGEST_MIN &&
	       digest_bytes.n <= DIGEST_MAX;
}

static bool argon2_known(const char *hash)
{
	struct argon2_cost cost;
	return argon2_parse(hash, &cost);
}

static bool argon2_verify(const char *hash, const struct secret *password)
{
	struct argon2_cost cost;
	if (!argon2_parse(hash, &cost))
		return false;
	hash_memory_begin();
	int differs = cost.id ? crypto_pwhash_argon2id_str_verify(hash, password->s, password->n)
	                      : crypto_pwhash_argon2i_str_verify(hash, password->s, password->n);
	hash_memory_end();
	return !differs;
}

/* Django writes "argon2" in front of the PHC string, whose own dollar stays. */
static const char *after_django(const char *hash)
{
	return hash + strlen("argon2");
}

static bool django_known(const char *hash)
{
	return argon2_known(after_django(hash));
}

static bool django_verify(const char *hash, const struct secret *password)
{
	return argon2_verify(after_django(hash), password);
}

const struct scheme argon2_schemes[] = {
	{ "$argon2id$", argon2_known, argon2_verify },
	{ "$argon2i$", argon2_known, argon2_verify },
	{ "argon2$", django_known, django_verify },
	{ 0 },
};
