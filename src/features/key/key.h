/* Signing keys of access tokens: made at the first start, kept sealed in the database, published as JWKS, rotated with
 * overlap: an old key signs no more but still verifies what it signed. */
#ifndef FEATURES_KEY_H
#define FEATURES_KEY_H

#include "base/json.h"
#include "base/page.h"
#include "crypto/sign.h"

struct key_conf {
	const char *algorithm, *secret;
	int64_t overlap, rotate_every;
};
extern const struct conf_group key_conf_group;

struct key_info {
	const char *kid, *alg;
	int64_t created_at, retired_at;
	bool signs;
};
struct key_list {
	struct list items; /* struct key_info */
	struct page *page;
};
struct jwks {
	struct json keys;
};
extern const struct type key_info_type, key_list_type, jwks_type;
extern const struct event key_rotated;

/* Holds the master key against the one that this database was sealed with, or notes it at the first start. ERR_CONFLICT:
 * another one, with which every secret in it would be lost. Inside a transaction. */
err_t key_check_master(struct cx *cx) CHECKED;
/* Reads the keys into memory, making the first one when there is none. Inside a transaction. */
err_t key_load(struct cx *cx) CHECKED;
/* The key that signs now; NULL before key_load(). */
const struct sign_key *key_signer(void);
/* The key of that id among those that still verify; *out is NULL when there is none. One that memory does not know may have
 * been made by another node a moment ago: it is looked for in the database (ERR_NOT_HERE on a loop, ERR_UNAVAILABLE). */
err_t key_verifier(struct cx *cx, const char *kid, const struct sign_key **out) CHECKED;
/* This node or another rotated: the next key_refresh() reads the keys again (ERR_NOT_HERE on a
 * loop); it does nothing otherwise. */
void key_changed(void);
err_t key_refresh(struct cx *cx) CHECKED;

/* JSON Web Key Set (RFC 7517) of the public halves. */
err_t key_jwks(struct cx *cx, const struct none *in, struct jwks *out) CHECKED;
/* Makes a new key that signs from now on; the old ones verify until their tokens have expired. Emits key.rotated. */
err_t key_rotate(struct cx *cx, const struct none *in, struct key_info *out) CHECKED;
err_t key_list(struct cx *cx, const struct none *in, struct key_list *out) CHECKED;
/* Job: rotates when the signing key is older than key.rotate_every, removes keys past their overlap. */
err_t key_age(struct cx *cx) CHECKED;

#endif
