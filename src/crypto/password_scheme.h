/* Inside crypto/ alone: the families of password hashes, a file each, and what they share to read a hash text.
 *
 * Hash texts come from outside (an import). Each family reads the whole text first, strictly, and compares every cost with
 * its limit (the most costly of each takes 1 to 4 s on one core of 2024); no work is done and no memory is taken for a text that is not right to the last byte. */
#ifndef CRYPTO_PASSWORD_SCHEME_H
#define CRYPTO_PASSWORD_SCHEME_H

#include "base/type.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HASH_TEXT_MAX = 511, /* longest hash text that is looked at */
	DIGEST_MIN = 16, /* fewer bytes could be met by chance */
	DIGEST_MAX = 64,
	SALT_MAX = 256,
	MEMORY_MAX_KIB = 256 * 1024, /* of argon2, scrypt and yescrypt */
	ARGON2_PASSES_MAX = 10,
	ARGON2_LANES_MAX = 16,
	BCRYPT_COST_MIN = 4,
	BCRYPT_COST_MAX = 15,
	PBKDF2_ROUNDS_MAX = 2000000,
	CRYPT_ROUNDS_MAX = 1000000, /* of sha-crypt and its like */
	SCRYPT_LANES_MAX = 16,
	SCRYPT_WORK_MAX_KIB = 512 * 1024, /* memory times lanes: takes the time of the most costly argon2 */
};

struct scheme {
	const char *prefix;
	bool (*known)(const char *hash); /* well formed and within the limits */
	bool (*verify)(const char *hash, const struct secret *password); /* false for a hash that is not known */
};

/* Each list ends with a NULL prefix; a text belongs to the first row whose prefix it has. */
extern const struct scheme argon2_schemes[], bcrypt_schemes[], crypt_schemes[], pbkdf2_schemes[], scrypt_schemes[];

/* What an argon2 text says; false when it is malformed or beyond the limits. */
struct argon2_cost {
	bool id; /* Argon2id, not Argon2i */
	int64_t memory_kib, passes, lanes;
	size_t salt_n, digest_n;
};
bool argon2_parse(const char *hash, struct argon2_cost *out);

/* Hashes n bytes with libxcrypt under the setting in `hash` and compares. False for a password that holds a NUL or is
 * longer than libxcrypt takes (511 bytes). */
bool crypt_matches(const char *hash, const char *password, size_t n);

/* --- reading a hash text: each moves *p past what it took, and leaves it alone when it answers false ------------- */

struct span {
	const char *s;
	size_t n;
};
bool take(const char **p, const char *literal);
/* Decimal without sign or leading zeros, from min to max. */
bool take_number(const char **p, int64_t min, int64_t max, int64_t *out);
/* The characters before the next `stop`, which is taken too; with stop 0: the rest of the text. */
bool take_until(const char **p, char stop, struct span *out);

/* Bytes out of text; false when malformed or too many. */
struct blob {
	uint8_t b[SALT_MAX];
	size_t n;
};
enum base64_form {
	BASE64_PADDED, /* RFC 4648 section 4 */
	BASE64_BARE, /* without '=', as PHC strings have it */
	BASE64_PASSLIB, /* bare, with '.' or '+' for 62 */
};
bool blob_base64(struct span s, enum base64_form form, struct blob *out);
bool blob_hex(struct span s, struct blob *out);
bool blob_text(struct span s, struct blob *out); /* the characters themselves */
/* True when all n characters are of the alphabet of crypt: . / 0-9 A-Z a-z */
bool is_crypt64(const char *s, size_t n);

#endif
