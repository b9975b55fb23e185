/* The keys of this installation: one master key of 32 bytes, and a subkey for each purpose made from it by HKDF. Set once
 * at start, read by every thread. */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include "crypto/crypto.h"

enum key_purpose {
	KEY_CURSOR, /* authenticates cursors of lists */
	KEY_REFRESH, /* the root of refresh tokens' MACs */
	KEY_SIGNING, /* seals signing keys */
	KEY_CSRF, /* CSRF tokens of sessions */
	KEY_AUDIT, /* authenticates what was taken out of the audit log by rule */
	KEY_LOCKOUT, /* names of accounts that do not exist, as their failures are counted */
	KEY_IDEMPOTENCY, /* keys and inputs of repeated requests, and what was answered */
	KEY_FLOW, /* MACs of one-time codes */
	KEY_MAIL, /* seals letters that wait to be sent */
	KEY_WEBHOOK, /* seals the secrets that sign what webhooks are sent */
	KEY_SHARED, /* seals what nodes keep in a shared cache */
	KEY_LIMIT, /* hashes of callers, as nodes count them together */
	KEY_CHECK, /* proves that a database was sealed with this master key */
	KEY_PURPOSES
};

/* Makes the subkeys; the master key itself is not kept. */
void keyring_set(const uint8_t master[static KEY_SIZE]);
/* 32 bytes; aborts when keyring_set() was not called. */
const uint8_t *keyring_key(enum key_purpose purpose);

/* A text that a client carries and gives back, such as a cursor: readable by nobody's promise, but not forgeable. `kind`
 * keeps those of one list from being used for another. */
const char *keyring_sign_text(struct arena *a, const char *kind, const char *text);
/* The text, or NULL when it was not made here for this kind. */
const char *keyring_open_text(struct arena *a, const char *kind, const char *token);

#endif
