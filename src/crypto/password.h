/* Password hashes: made with Argon2id (RFC 9106) alone; verified also in the forms that other systems left behind:
 *
 *	$argon2id$ $argon2i$		version 19, any number of lanes; also behind Django's "argon2"
 *	$2a$ $2b$ $2y$			bcrypt, also behind Django's "bcrypt$"; bcrypt_sha256$ (Django), $bcrypt-sha256$ (passlib)
 *	pbkdf2_sha256$ pbkdf2_sha1$	Django; pbkdf2:sha256: (Werkzeug), $pbkdf2-sha256$ (passlib, PHC), {PKCS5S2} (Atlassian),
 *					grub.pbkdf2.; each with SHA-1, SHA-256 or SHA-512
 *	$scrypt$ scrypt: scrypt$	PHC and passlib, Werkzeug, Django
 *	$1$ $5$ $6$ $7$ $y$ $gy$	crypt(5): md5-, sha256- and sha512-crypt, scrypt, yescrypt; $sha1$, $md5
 *
 * Not known, on purpose: bare or salted MD5, SHA-1 and the like, DES and NT hashes. They are undone at billions a second;
 * such accounts get a password reset instead. Hashes whose cost is absurd are refused before any work is done (argon2
 * memory over 256 MiB, 10 passes, 16 lanes; bcrypt 15; PBKDF2 2,000,000 rounds; sha-crypt 1,000,000; scrypt and yescrypt
 * alike, see password_scheme.h). */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/type.h"

struct password_cost {
	int64_t memory_kib, passes; /* lanes are 1 */
};

enum { PASSWORD_HASH_MAX = 256 };

/* "$argon2id$v=19$m=19456,t=2,p=1$..." of the whole password, however long. Takes tens of milliseconds and memory_kib of
 * memory: call it on the hash pool. ERR_UNAVAILABLE when there is no memory. */
err_t password_hash(
	const struct secret *password, struct password_cost cost, char out[static PASSWORD_HASH_MAX]) CHECKED;

/* True when the password belongs to the hash. An unknown, malformed or too costly hash is false, never an error.
 * A password with a NUL byte in it never matches a form that stops at NUL. */
bool password_verify(const char *hash, const struct secret *password);

/* A thread of the hash pool says true when it has hashes to do, false when it has none left: in between it keeps the memory
 * of one Argon2 hash for the next, which takes two fifths off its time. */
void password_thread_busy(bool busy);

/* True when the hash should be made anew at the next log-in: another scheme, or a cost other than `cost`. */
bool password_outdated(const char *hash, struct password_cost cost);

/* True for a form that password_verify() can check, within the cost limits: what an import may bring. */
bool password_known(const char *hash);

/* zxcvbn's score of a password, 0 (guessed at once) to 4; `own` are NULL-terminated words of the account (name, e-mail)
 * that make it weak. Only the first 100 bytes are scored: its cost grows with the square. */
int password_score(const char *password, const char *const *own);

#endif
