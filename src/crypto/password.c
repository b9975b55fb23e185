#include "crypto/password.h"

#include "base/str.h"
#include "crypto/hash_memory.h"
#include "crypto/password_scheme.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static const struct scheme *const families[] = { argon2_schemes, bcrypt_schemes, crypt_schemes, pbkdf2_schemes,
	scrypt_schemes };

static const struct scheme *scheme_of(const char *hash)
{
	if (!hash || strnlen(hash, HASH_TEXT_MAX + 1) > HASH_TEXT_MAX)
		return NULL;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		for (const struct scheme *s = families[i]; s->prefix; s++)
			if (str_starts(hash, s->prefix))
				return s;
	return NULL;
}

err_t password_hash(const struct secret *password, struct password_cost cost, char out[static PASSWORD_HASH_MAX])
{
	_Static_assert((int)PASSWORD_HASH_MAX >= (int)crypto_pwhash_argon2id_STRBYTES, "the text fits");
	assert(password->s && cost.memory_kib >= 8 && cost.passes >= 1);
	hash_memory_begin();
	int failed = crypto_pwhash_argon2id_str(
		out, password->s, password->n, (unsigned long long)cost.passes, (size_t)cost.memory_kib * 1024);
	hash_memory_end();
	return failed ? ERR_UNAVAILABLE : ERR_OK;
}

bool password_verify(const char *hash, const struct secret *password)
{
	const struct scheme *s = scheme_of(hash);
	return s && password->s && s->verify(hash, password);
}

void password_thread_busy(bool busy)
{
	hash_memory_keep(busy);
}

bool password_known(const char *hash)
{
	const struct scheme *s = scheme_of(hash);
	return s && s->known(hash);
}

bool password_outdated(const char *hash, struct password_cost cost)
{
	struct argon2_cost had;
	if (!scheme_of(hash) || !argon2_parse(hash, &had))
		return true;
	return !had.id || had.memory_kib != cost.memory_kib || had.passes != cost.passes || had.lanes != 1 ||
	       had.salt_n != crypto_pwhash_argon2id_SALTBYTES || had.digest_n != 32;
}
