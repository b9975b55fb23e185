/* The crypt(5) family, through libxcrypt: md5-crypt, sha-crypt, sha1-crypt, Sun's MD5, scrypt, yescrypt and gost-yescrypt.
 * Left out on purpose: DES and NT hashes, which a desk computer undoes at billions a second; DES even cuts at 8 bytes. */
#include "crypto/password_scheme.h"

#include "base/str.h"

#include <crypt.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool crypt_matches(const char *hash, const char *password, size_t n)
{
	if (n >= CRYPT_MAX_PASSPHRASE_SIZE || memchr(password, 0, n))
		return false;
	struct crypt_data *data = calloc(1, sizeof *data); /* 32 KiB: too much for a small stack */
	if (!data)
		abort();
	memcpy(data->input, password, n);
	const char *made = crypt_r(data->input, hash, data);
	size_t made_n = made ? strlen(made) : 0;
	bool same = made_n && made_n == strlen(hash) && sodium_memcmp(made, hash, made_n) == 0;
	sodium_memzero(data, sizeof *data);
	free(data);
	return same;
}

/* Value of a character of crypt's base64, or 64. */
static unsigned value64(char c)
{
	static const char set[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c ? strchr(set, c) : NULL;
	return at ? (unsigned)(at - set) : 64;
}

static bool cost_fixed(const char **p)
{
	return **p != '$';
}

/* "rounds=5000$", which may be missing. */
static bool cost_sha(const char **p)
{
	int64_t rounds;
	return !take(p, "rounds=") || (take_number(p, 1000, CRYPT_ROUNDS_MAX, &rounds) && take(p, "$"));
}

static bool cost_sha1(const char **p)
{
	int64_t rounds;
	return take_number(p, 1, CRYPT_ROUNDS_MAX, &rounds) && take(p, "$");
}

/* "$md5$" or "$md5,rounds=34000$" */
static bool cost_sun(const char **p)
{
	int64_t rounds;
	return (!take(p, ",rounds=") || take_number(p, 1, CRYPT_ROUNDS_MAX, &rounds)) && take(p, "$");
}

static bool memory_fits(unsigned log2_n, uint64_t r, uint64_t lanes)
{
	if (log2_n < 1 || log2_n > 30 || r < 1 || r > 1024 || lanes < 1 || lanes > SCRYPT_LANES_MAX)
		return false;
	uint64_t kib = ((r << log2_n) * 128) / 1024;
	return kib <= MEMORY_MAX_KIB && kib * lanes <= SCRYPT_WORK_MAX_KIB;
}

/* "j9T$": flavour j, log2(N) - 1 and r - 1, a character each. That is all crypt_gensalt() ever writes; longer forms, which
 * could ask for more time or for a ROM, are not known. */
static bool cost_yescrypt(const char **p)
{
	const char *s = *p;
	if (s[0] != 'j' || !s[1] || !s[2] || s[3] != '$')
		return false;
	unsigned n = value64(s[1]), r = value64(s[2]);
	if (n > 47 || r > 47 || !memory_fits(n + 1, r + 1, 1)) /* from 48 on more characters follow */
		return false;
	*p += 4;
	return true;
}

static bool value64_five(const char *s, uint64_t *out)
{
	*out = 0;
	for (int i = 0; i < 5; i++) {
		unsigned v = value64(s[i]);
		if (v > 63)
			return false;
		*out |= (uint64_t)v << (6 * i);
	}
	return true;
}

/* "CU..../....": log2(N), r and p, in 1, 5 and 5 characters. */
static bool cost_scrypt(const char **p)
{
	const char *s = *p;
	uint64_t r, lanes;
	if (!is_crypt64(s, strnlen(s, 11)) || strnlen(s, 11) < 11)
		return false;
	if (!value64_five(s + 1, &r) || !value64_five(s + 6, &lanes) || !memory_fits(value64(s[0]), r, lanes))
		return false;
	*p += 11;
	return true;
}

static const struct form {
	const char *prefix;
	bool (*cost)(const char **p); /* reads the parameters that stand before the salt */
	size_t salt_max, digest_n;
} forms[] = {
	{ "$1$", cost_fixed, 8, 22 },
	{ "$5$", cost_sha, 16, 43 },
	{ "$6$", cost_sha, 16, 86 },
	{ "$y$", cost_yescrypt, 86, 43 },
	{ "$gy$", cost_yescrypt, 86, 43 },
	{ "$7$", cost_scrypt, 64, 43 },
	{ "$sha1$", cost_sha1, 64, 28 },
	{ "$md5", cost_sun, 64, 22 },
	{ 0 },
};

static bool salt_is_right(struct span salt, size_t max)
{
	for (size_t i = 0; i < salt.n; i++)
		if (salt.s[i] <= ' ' || salt.s[i] > '~' || strchr(":*!\\", salt.s[i])) /* crypt(5) refuses these */
			return false;
	return salt.n <= max;
}

static bool form_fits(const struct form *f, const char *p)
{
	struct span salt, digest;
	if (!f->cost(&p) || !take_until(&p, '$', &salt))
		return false;
	if (f->cost == cost_sun)
		take(&p, "$"); /* Sun's form has one dollar more in its newer spelling */
	return take_until(&p, 0, &digest) && salt_is_right(salt, f->salt_max) && digest.n == f->digest_n &&
	       is_crypt64(digest.s, digest.n);
}

static bool crypt_known(const char *hash)
{
	for (const struct form *f = forms; f->prefix; f++)
		if (str_starts(hash, f->prefix))
			return form_fits(f, hash + strlen(f->prefix));
	return false;
}

static bool crypt_verify(const char *hash, const struct secret *password)
{
	return crypt_known(hash) && crypt_matches(hash, password->s, password->n);
}

const struct scheme crypt_schemes[] = {
	{ "$1$", crypt_known, crypt_verify },
	{ "$5$", crypt_known, crypt_verify },
	{ "$6$", crypt_known, crypt_verify },
	{ "$y$", crypt_known, crypt_verify },
	{ "$gy$", crypt_known, crypt_verify },
	{ "$7$", crypt_known, crypt_verify },
	{ "$sha1$", crypt_known, crypt_verify },
	{ "$md5", crypt_known, crypt_verify },
	{ 0 },
};
